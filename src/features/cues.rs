//! Cue features: for each label that has cues, how many of them a text hits.
//!
//! A cue is a word (`embargo`), a phrase (`asset freeze`) or one of these with an open end (`sanction*`). It is compared with words in
//! lower case, not with stems. The feature of a label is `scale · min(hits, cap) / cap`, where `hits` counts the positions of the text at which a
//! cue of the label begins. Its weight is learned like that of any other feature.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::schema::Schema;
use crate::text::analyzer::Analyzer;

/// How cue hits become a number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CueSettings {
    /// The feature's greatest value; rows of TF-IDF have length one. Zero turns cues off.
    pub scale: f64,
    /// Hits from which on it has that value.
    pub cap: u32,
}

impl Default for CueSettings {
    fn default() -> Self {
        Self { scale: 1.0, cap: 3 }
    }
}

/// A part of a cue that a word can match: number of the cue and of the part.
type PartId = (u32, u32);

/// A word of a text that can be something in cues.
#[derive(Debug, Clone, Copy)]
pub struct Match {
    /// Its place among the words of the text.
    pub word: usize,
    /// What it can be in cues: its place in the list of [`Parts`].
    pub parts: usize,
}

/// What a word can be in cues.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// The features for which it is a cue by itself.
    features: Vec<u32>,
    /// Its parts in longer cues.
    phrases: Vec<PartId>,
}

#[derive(Debug, Clone)]
struct Cue {
    /// Which cue feature it counts for.
    feature: u32,
    parts: u32,
}

/// All cues of a schema.
#[derive(Debug, Clone, Default)]
pub struct CueTable {
    cues: Vec<Cue>,
    words: FxHashMap<String, Vec<PartId>>,
    /// Open ends by their length in bytes.
    prefixes: BTreeMap<usize, FxHashMap<String, Vec<PartId>>>,
    /// For each cue feature its label, numbered through all tasks.
    labels: Vec<u32>,
    settings: CueSettings,
}

impl CueTable {
    /// The cues of all labels; words are split as the analyzer splits them.
    pub fn new(schema: &Schema, analyzer: &Analyzer, settings: CueSettings) -> Self {
        let mut table = Self {
            settings,
            ..Self::default()
        };
        if settings.scale == 0.0 || settings.cap == 0 {
            return table;
        }
        let labels = schema.tasks.iter().flat_map(|t| &t.labels).zip(0_u32..);
        for (label, number) in labels.filter(|(label, _)| !label.cues.is_empty()) {
            let feature = table.labels.len() as u32;
            table.labels.push(number);
            for cue in &label.cues {
                table.add(cue, feature, analyzer);
            }
        }
        table
    }

    fn add(&mut self, cue: &str, feature: u32, analyzer: &Analyzer) {
        let cue = cue.trim();
        let open = cue.ends_with('*');
        let words: Vec<String> = analyzer
            .tokens(cue)
            .map(|t| analyzer.lower_case(&cue[t.span]).into_owned())
            .collect();
        let id = self.cues.len() as u32;
        self.cues.push(Cue {
            feature,
            parts: words.len() as u32,
        });
        let last = words.len().saturating_sub(1);
        for (i, word) in words.into_iter().enumerate() {
            let part = (id, i as u32);
            let known = match open && i == last {
                true => self.prefixes.entry(word.len()).or_default(),
                false => &mut self.words,
            };
            known.entry(word).or_default().push(part);
        }
    }

    /// Number of cue features.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether no label has cues.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The label, numbered through all tasks, that a cue feature belongs to.
    pub fn label(&self, feature: usize) -> usize {
        self.labels[feature] as usize
    }

    /// What a word in lower case can be in cues.
    pub fn parts(&self, lower: &str) -> Parts {
        let prefixes = self
            .prefixes
            .iter()
            .filter_map(|(&length, known)| known.get(lower.get(..length)?));
        let mut all: Vec<PartId> = prefixes.chain(self.words.get(lower)).flatten().copied().collect();
        all.sort_unstable();
        let (words, phrases): (Vec<PartId>, Vec<PartId>) =
            all.into_iter().partition(|&(id, _)| self.cues[id as usize].parts == 1);
        let mut features: Vec<u32> = words.iter().map(|&(id, _)| self.cues[id as usize].feature).collect();
        features.sort_unstable();
        features.dedup();
        Parts { features, phrases }
    }

    /// Calls `hit(feature, first, last)` for every position at which a cue of the feature begins, once for each feature. `matches` are the words that can be anything in
    /// cues, in their order, `parts` what they can be.
    pub fn hits(&self, matches: &[Match], parts: &[Parts], mut hit: impl FnMut(usize, usize, usize)) {
        for (at, first) in matches.iter().enumerate() {
            let Parts { features, phrases } = &parts[first.parts];
            for &feature in features {
                hit(feature as usize, first.word, first.word);
            }
            let mut done = None;
            for &(id, _) in phrases.iter().filter(|&&(_, part)| part == 0) {
                let cue = &self.cues[id as usize];
                let mut rest = (1..cue.parts).zip(1..);
                let whole = rest.all(|(part, behind)| {
                    let next = matches.get(at + behind);
                    let follows = |next: &Match| next.word == first.word + behind;
                    next.is_some_and(|next| follows(next) && parts[next.parts].phrases.contains(&(id, part)))
                });
                if whole && done != Some(cue.feature) && !features.contains(&cue.feature) {
                    hit(cue.feature as usize, first.word, first.word + cue.parts as usize - 1);
                    done = Some(cue.feature);
                }
            }
        }
    }

    /// The feature's value for so many hits.
    pub fn value(&self, hits: u32) -> f64 {
        self.settings.scale * f64::from(hits.min(self.settings.cap)) / f64::from(self.settings.cap)
    }
}
