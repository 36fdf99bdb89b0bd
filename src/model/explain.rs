//! Explanations: how much each feature of a text adds to the score of a label.
//!
//! The score of a label (its calibrated decision function) is the sum of its bias and of one contribution for each feature in the text; the sigmoid of the score is the
//! label's probability, or the softmax over the scores of all labels for a single-choice task.

use std::ops::Range;

use super::Model;
use crate::features::encoder::Encoder;

/// What one feature adds to a score.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// The term as people write it, or `cues of LABEL`.
    pub feature: String,
    /// Weight times value.
    pub contribution: f32,
    /// Byte spans in the text.
    pub spans: Vec<Range<usize>>,
}

/// Why a label has its score.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The label, numbered through all tasks.
    pub label: usize,
    /// The score: bias plus all contributions.
    pub score: f32,
    /// The part that does not depend on the text.
    pub bias: f32,
    /// The strongest contributions, strongest first.
    pub contributions: Vec<Contribution>,
    /// Sum of the contributions that are not listed.
    pub rest: f32,
}

impl Model {
    /// The name of a feature for people.
    pub fn feature_name(&self, feature: usize) -> String {
        let vocabulary = self.featurizer.vocabulary();
        match feature.checked_sub(vocabulary.len()) {
            None => vocabulary.readable(feature),
            Some(cue) => {
                let label = self.featurizer.cues().label(cue);
                let mut names = self.schema.tasks.iter().flat_map(|t| t.label_names());
                format!("cues of {}", names.nth(label).unwrap_or_default())
            }
        }
    }

    /// Explains the scores of these labels (numbered through all tasks) with up to `top` contributions each.
    pub fn explain(&self, text: &str, labels: &[usize], top: usize) -> Vec<Explanation> {
        let mut encoder = Encoder::new(&self.featurizer);
        let row = encoder.encode(text);
        let occurrences = self.featurizer.occurrences(text);
        let spans = |feature: u32| -> Vec<Range<usize>> {
            let own = occurrences.iter().filter(|(f, _)| *f == feature as usize);
            own.map(|(_, span)| span.clone()).collect()
        };
        labels
            .iter()
            .map(|&label| {
                let bias = self.linear.bias()[label];
                let contribution =
                    |&(feature, value): &(u32, f32)| (feature, value * self.linear.weight(feature as usize, label));
                let mut all: Vec<(u32, f32)> = row.iter().map(contribution).collect();
                let score = bias + all.iter().map(|c| c.1).sum::<f32>();
                all.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
                // The sum of nothing is -0.
                let rest = all.iter().skip(top).map(|c| c.1).sum::<f32>() + 0.0;
                let contributions = all
                    .into_iter()
                    .take(top)
                    .map(|(feature, contribution)| Contribution {
                        feature: self.feature_name(feature as usize),
                        contribution,
                        spans: spans(feature),
                    })
                    .collect();
                Explanation {
                    label,
                    score,
                    bias,
                    contributions,
                    rest,
                }
            })
            .collect()
    }

    /// The strongest features for a label (numbered through all tasks): name and weight, strongest first.
    pub fn strongest(&self, label: usize, top: usize) -> Vec<(String, f32)> {
        let mut all: Vec<(f32, usize)> = (0..self.linear.features())
            .map(|f| (self.linear.weight(f, label), f))
            .collect();
        all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        all.into_iter()
            .take(top)
            .filter(|(w, _)| *w > 0.0)
            .map(|(w, f)| (self.feature_name(f), w))
            .collect()
    }
}
