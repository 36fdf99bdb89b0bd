//! The encoder: one worker's way from texts to rows, with a memory that is used again for every text.

use std::ops::Range;

use super::cues::{Match, Parts};
use super::featurizer::Featurizer;
use super::surfaces::{Surfaces, key};
use super::vocabulary::Node;
use crate::text::token::{Token, TokenKind};

/// What is known of a surface form.
#[derive(Debug, Clone, Copy)]
struct Known {
    word: Node,
    /// What it can be in cues: a place in the encoder's list, or [`LEFT_OUT`].
    parts: u32,
}

/// In place of what a word can be in cues: the token is left out, and its neighbours are each other's neighbours.
const LEFT_OUT: u32 = u32::MAX;

/// One worker's memory: surface forms seen before, and buffers that are used again for every text.
#[derive(Debug)]
pub struct Encoder<'f> {
    featurizer: &'f Featurizer,
    surfaces: Surfaces<Known>,
    /// What words can be in cues, each once; the first is nothing.
    parts: Vec<Parts>,
    /// The words of the text at hand that can be something in cues.
    matches: Vec<Match>,
    /// How often each term stands in the text at hand; zero between texts.
    counts: Vec<u32>,
    /// The terms of the text at hand, each once; behind them what was there before.
    terms: Vec<u32>,
    /// The sublinear frequency of small counts.
    frequencies: [f32; 32],
    hits: Vec<u32>,
    row: Vec<(u32, f32)>,
}

impl<'f> Encoder<'f> {
    /// A fresh memory.
    pub fn new(featurizer: &'f Featurizer) -> Self {
        Self {
            featurizer,
            surfaces: Surfaces::new(),
            parts: vec![Parts::default()],
            matches: Vec::new(),
            counts: vec![0; featurizer.vocabulary().len()],
            terms: Vec::new(),
            frequencies: std::array::from_fn(sublinear),
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

    /// The row of a text with its columns in no order: for sums, which need none.
    pub fn encode_unordered(&mut self, text: &str) -> &[(u32, f32)] {
        let (mut counts, mut terms) = (std::mem::take(&mut self.counts), std::mem::take(&mut self.terms));
        let mut distinct = 0;
        self.scan(
            text,
            |_| (),
            |term, _| {
                // Whether a term is new cannot be predicted: it is always written down, and stays if it was.
                if distinct == terms.len() {
                    terms.resize(2 * distinct + 64, 0);
                }
                terms[distinct] = term;
                let count = &mut counts[term as usize];
                distinct += usize::from(*count == 0);
                *count += 1;
            },
        );
        let idf = self.featurizer.idf();
        let mut squares = 0.0;
        self.row.clear();
        self.row.extend(terms[..distinct].iter().map(|&term| {
            let count = std::mem::take(&mut counts[term as usize]) as usize;
            let frequency = match self.frequencies.get(count) {
                Some(&frequency) => frequency,
                None => sublinear(count),
            };
            let value = frequency * idf[term as usize];
            squares += f64::from(value * value);
            (term, value)
        }));
        let scale = (1.0 / squares.sqrt()) as f32;
        self.row.iter_mut().for_each(|(_, value)| *value *= scale);
        (self.counts, self.terms) = (counts, terms);
        self.push_cues();
        &self.row
    }

    fn push_cues(&mut self) {
        if self.matches.is_empty() {
            return;
        }
        let cues = self.featurizer.cues();
        self.hits.fill(0);
        cues.hits(&self.matches, &self.parts, |feature, _, _| self.hits[feature] += 1);
        let first = self.featurizer.vocabulary().len() as u32;
        let hit = self.hits.iter().zip(first..).filter(|&(&n, _)| n > 0);
        self.row.extend(hit.map(|(&n, column)| (column, cues.value(n) as f32)));
    }

    /// Calls `found` for every occurrence of every feature in a text.
    pub(super) fn occurrences(&mut self, text: &str, mut found: impl FnMut(usize, Range<usize>)) {
        let (mut spans, mut terms) = (Vec::new(), Vec::new());
        self.scan(text, |span| spans.push(span), |term, last| terms.push((term, last)));
        let span = |first: usize, last: usize| spans[first].start..spans[last].end;
        let vocabulary = self.featurizer.vocabulary();
        for (term, last) in terms {
            found(term as usize, span(last + 1 - vocabulary.length(term), last));
        }
        let cues = self.featurizer.cues();
        cues.hits(&self.matches, &self.parts, |feature, first, last| {
            found(vocabulary.len() + feature, span(first, last));
        });
    }

    /// Goes through a text: `seen` is told the span of each word, `found` each term and the place of its last word; `matches` gets what can be something in cues.
    #[inline]
    fn scan(&mut self, text: &str, mut seen: impl FnMut(Range<usize>), mut found: impl FnMut(u32, usize)) {
        let Self {
            featurizer,
            surfaces,
            parts,
            matches,
            ..
        } = self;
        let mut walk = featurizer.vocabulary().walk();
        let mut place = 0;
        matches.clear();
        for Token { span, kind } in featurizer.analyzer().tokens(text) {
            let surface = || &text[span.clone()];
            let key = key(text.as_bytes(), span.start, span.end, kind);
            let known = surfaces.get(key, surface, || find(featurizer, parts, surface(), kind));
            if known.parts == LEFT_OUT {
                continue;
            }
            if known.parts != 0 {
                matches.push(Match {
                    word: place,
                    parts: known.parts as usize,
                });
            }
            walk.step(known.word, |term| found(term, place));
            seen(span);
            place += 1;
        }
    }
}

/// `1 + ln(count)`.
fn sublinear(count: usize) -> f32 {
    1.0 + (count as f64).ln() as f32
}

/// Finds out about a surface form.
#[cold]
fn find(featurizer: &Featurizer, parts: &mut Vec<Parts>, surface: &str, kind: TokenKind) -> Known {
    let analyzer = featurizer.analyzer();
    let own = match featurizer.cues().is_empty() {
        true => Parts::default(),
        false => featurizer.cues().parts(&analyzer.lower_case(surface)),
    };
    let place = parts.iter().position(|p| *p == own).unwrap_or_else(|| {
        parts.push(own);
        parts.len() - 1
    });
    match analyzer.normal_form(surface, kind) {
        Some(form) => Known {
            word: featurizer.vocabulary().word(&form),
            parts: place as u32,
        },
        None => Known {
            word: Node::UNKNOWN,
            parts: LEFT_OUT,
        },
    }
}
