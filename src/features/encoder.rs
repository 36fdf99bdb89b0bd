//! The encoder: one worker's way from texts to rows, with a memory that is used again for every text.

use std::ops::Range;

use super::cues::{Match, PartId};
use super::featurizer::Featurizer;
use super::surfaces::{Surfaces, key};
use super::vocabulary::NONE;
use crate::text::token::TokenKind;

/// What is known of a surface form.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// Number of the word, [`NONE`] if it is in no term; a left-out token has no entry in the text at all.
    word: u32,
    /// Number of its list of cue parts.
    parts: u32,
    left_out: bool,
}

/// One worker's memory: surface forms seen before, and buffers that are used again for every text.
#[derive(Debug)]
pub struct Encoder<'f> {
    featurizer: &'f Featurizer,
    surfaces: Surfaces<Known>,
    /// Distinct lists of cue parts; the first is empty.
    part_lists: Vec<Box<[PartId]>>,
    /// The tokens of the text at hand.
    tokens: Vec<(Range<usize>, TokenKind)>,
    /// The words of the text at hand.
    words: Vec<u32>,
    /// Which of them match parts of cues, and which.
    matches: Vec<Match>,
    /// How often each term stands in the text at hand; zero between texts.
    counts: Vec<u32>,
    hits: Vec<u32>,
    row: Vec<(u32, f32)>,
}

impl<'f> Encoder<'f> {
    /// A fresh memory.
    pub fn new(featurizer: &'f Featurizer) -> Self {
        Self {
            featurizer,
            surfaces: Surfaces::new(),
            part_lists: vec![Box::default()],
            tokens: Vec::new(),
            words: Vec::new(),
            matches: Vec::new(),
            counts: vec![0; featurizer.vocabulary().len()],
            hits: vec![0; featurizer.cues().len()],
            row: Vec::new(),
        }
    }

    /// The row of a text, columns ascending. Empty if the text has no known word and hits no cue.
    pub fn encode(&mut self, text: &str) -> &[(u32, f32)] {
        self.encode_unordered(text);
        self.row.sort_unstable_by_key(|(column, _)| *column);
        &self.row
    }

    /// The row of a text with its columns in the order in which they first stand in the text, cues last: for sums, which need no order.
    pub fn encode_unordered(&mut self, text: &str) -> &[(u32, f32)] {
        self.scan(text, |_| ());
        self.row.clear();
        self.push_terms();
        self.push_cues();
        &self.row
    }

    fn push_terms(&mut self) {
        let Self {
            featurizer,
            words,
            counts,
            row,
            ..
        } = self;
        featurizer.vocabulary().walk(words, |term, _, _| {
            let count = &mut counts[term as usize];
            if *count == 0 {
                row.push((term, 0.0));
            }
            *count += 1;
        });
        let idf = featurizer.idf();
        let mut squares = 0.0;
        for (term, value) in row.iter_mut() {
            let frequency = match std::mem::take(&mut counts[*term as usize]) {
                1 => 1.0,
                count => 1.0 + f64::from(count).ln() as f32,
            };
            *value = frequency * idf[*term as usize];
            squares += f64::from(*value * *value);
        }
        let scale = (1.0 / squares.sqrt()) as f32;
        row.iter_mut().for_each(|(_, value)| *value *= scale);
    }

    fn push_cues(&mut self) {
        if self.matches.is_empty() {
            return;
        }
        let cues = self.featurizer.cues();
        self.hits.fill(0);
        cues.hits(&self.matches, &self.part_lists, |feature, _, _| self.hits[feature] += 1);
        let first = self.featurizer.vocabulary().len() as u32;
        let hit = self.hits.iter().zip(first..).filter(|&(&n, _)| n > 0);
        self.row.extend(hit.map(|(&n, column)| (column, cues.value(n) as f32)));
    }

    /// Calls `found` for every occurrence of every feature in a text.
    pub(super) fn occurrences(&mut self, text: &str, mut found: impl FnMut(usize, Range<usize>)) {
        let mut spans = Vec::new();
        self.scan(text, |span| spans.push(span));
        let span = |first: usize, last: usize| spans[first].start..spans[last].end;
        let vocabulary = self.featurizer.vocabulary();
        vocabulary.walk(&self.words, |term, first, last| found(term as usize, span(first, last)));
        let cues = self.featurizer.cues();
        cues.hits(&self.matches, &self.part_lists, |feature, first, last| {
            found(vocabulary.len() + feature, span(first, last));
        });
    }

    /// Fills `words` and `matches`; `seen` is told the span of each word. First all tokens are cut, then all are looked up: the processor can wait for many look-ups
    /// at once, but not across the branches of the tokenizer.
    #[inline]
    fn scan(&mut self, text: &str, mut seen: impl FnMut(Range<usize>)) {
        let Self {
            featurizer,
            surfaces,
            part_lists,
            tokens,
            words,
            matches,
            ..
        } = self;
        tokens.clear();
        words.clear();
        matches.clear();
        tokens.extend(featurizer.analyzer().tokens(text).map(|token| (token.span, token.kind)));
        for (span, kind) in tokens.iter() {
            let find = || find(featurizer, part_lists, &text[span.clone()], *kind);
            let known = match key(text.as_bytes(), span.start, span.end, *kind) {
                Some(key) => surfaces.short(key, find),
                None => surfaces.long(&text[span.clone()], find),
            };
            if known.left_out {
                continue;
            }
            if known.parts != 0 {
                matches.push(Match {
                    word: words.len(),
                    parts: known.parts as usize,
                });
            }
            words.push(known.word);
            seen(span.clone());
        }
    }
}

/// Finds out about a surface form.
#[cold]
fn find(featurizer: &Featurizer, part_lists: &mut Vec<Box<[PartId]>>, surface: &str, kind: TokenKind) -> Known {
    let analyzer = featurizer.analyzer();
    let parts = match featurizer.cues().is_empty() {
        true => Vec::new(),
        false => featurizer.cues().parts(&analyzer.lower_case(surface)),
    };
    let list = part_lists.iter().position(|l| **l == *parts).unwrap_or_else(|| {
        part_lists.push(parts.into());
        part_lists.len() - 1
    });
    let form = analyzer.normal_form(surface, kind);
    let word = form.as_deref().and_then(|form| featurizer.vocabulary().word(form));
    Known {
        word: word.unwrap_or(NONE),
        left_out: form.is_none(),
        parts: list as u32,
    }
}
