//! The tagger: asks a model about texts.

use std::ops::Range;

use super::Model;
use super::calibration::probabilities;
use crate::features::encoder::Encoder;
use crate::schema::TaskKind;

/// What a model says of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict<'t> {
    /// The text has no words.
    Empty,
    /// None of its words is known: there is nothing to go by.
    NoKnownWords,
    /// The probabilities of all labels, task after task.
    Tagged(&'t [f32]),
}

/// One worker's view of a model.
#[derive(Debug)]
pub struct Tagger<'m> {
    model: &'m Model,
    thresholds: &'m [f32],
    ranges: Vec<Range<usize>>,
    encoder: Encoder<'m>,
    scores: Vec<f32>,
}

impl<'m> Tagger<'m> {
    /// Asks `model` with its own thresholds.
    pub fn new(model: &'m Model) -> Self {
        Self::with_thresholds(model, &model.thresholds)
    }

    /// Asks `model` with these thresholds, one for each label.
    pub fn with_thresholds(model: &'m Model, thresholds: &'m [f32]) -> Self {
        Self {
            model,
            thresholds,
            ranges: model.schema.label_ranges(),
            encoder: Encoder::new(&model.featurizer),
            scores: vec![0.0; model.linear.padded_labels()],
        }
    }

    /// The model's verdict on one text.
    pub fn tag(&mut self, text: &str) -> Verdict<'_> {
        if text.trim_start().is_empty() {
            return Verdict::Empty;
        }
        let row = self.encoder.encode_unordered(text);
        if row.is_empty() {
            return Verdict::NoKnownWords;
        }
        let linear = &self.model.linear;
        linear.decisions(row, &mut self.scores);
        for (task, range) in self.model.schema.tasks.iter().zip(&self.ranges) {
            probabilities(task.kind, &mut self.scores[range.clone()]);
        }
        Verdict::Tagged(&self.scores[..linear.labels()])
    }

    /// The labels of a task, numbered within it, that these probabilities of all labels give.
    pub fn labels(&self, task: usize, scores: &[f32]) -> impl Iterator<Item = usize> {
        let range = self.ranges[task].clone();
        choose(
            self.model.schema.tasks[task].kind,
            &self.thresholds[range.clone()],
            &scores[range],
        )
    }
}

/// The labels of a task that its probabilities give: all at or above their threshold, or the most probable one (the first of equals).
#[inline]
pub fn choose(kind: TaskKind, thresholds: &[f32], scores: &[f32]) -> impl Iterator<Item = usize> {
    let range = match kind {
        TaskKind::Multi => 0..scores.len(),
        TaskKind::Single => {
            let best = (0..scores.len()).rev().max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
            best.map_or(0..0, |best| best..best + 1)
        }
    };
    range.filter(move |&k| kind == TaskKind::Single || scores[k] >= thresholds[k])
}
