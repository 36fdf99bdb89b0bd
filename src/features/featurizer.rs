//! The featurizer: one text in, one sparse row out. Training and prediction both use it.
//!
//! - term frequency, sublinear: `tf' = 1 + ln(tf)`
//! - inverse document frequency, smooth: `idf = ln((1 + n) / (1 + df)) + 1`, with `n` and `df` of the training texts
//! - the row of `tf' · idf`, divided by its Euclidean length
//! - behind the terms the cue features ([`super::cues`]), which the length does not touch
//!
//! Terms are as in scikit-learn's `TfidfVectorizer(sublinear_tf=True, smooth_idf=True, norm="l2")`; `tests/reference/` holds numbers made with it.

use std::ops::Range;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::cues::{CueSettings, CueTable, PartId};
use super::rows::SparseRows;
use super::vocabulary::{NONE, Vocabulary, VocabularySettings};
use crate::error::Result;
use crate::progress::Progress;
use crate::schema::Schema;
use crate::text::analyzer::{Analyzer, AnalyzerSettings};
use crate::text::token::TokenKind;

/// Surface forms that an encoder remembers at most.
const REMEMBERED: usize = 1 << 17;
/// Longest surface form in bytes that is remembered.
const LONGEST_REMEMBERED: usize = 48;
/// Texts that one worker encodes at a time.
const CHUNK: usize = 256;

/// All that a featurizer is made from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeatureSettings {
    /// From text to words.
    pub analyzer: AnalyzerSettings,
    /// From words to terms.
    pub vocabulary: VocabularySettings,
    /// From hits to cue features.
    pub cues: CueSettings,
}

/// Turns texts into rows.
#[derive(Debug)]
pub struct Featurizer {
    analyzer: Analyzer,
    vocabulary: Vocabulary,
    idf: Vec<f32>,
    cues: CueTable,
}

impl Featurizer {
    /// Learns vocabulary and document frequencies from texts.
    ///
    /// # Errors
    /// If a setting is out of range or no term is left.
    pub fn fit<S: AsRef<str> + Sync>(texts: &[S], schema: &Schema, settings: &FeatureSettings) -> Result<Self> {
        let analyzer = Analyzer::new(settings.analyzer.clone());
        let (vocabulary, frequencies) = Vocabulary::count(texts, &analyzer, settings.vocabulary)?;
        let n = texts.len() as f64;
        let idf = frequencies
            .iter()
            .map(|&df| (((1.0 + n) / (1.0 + f64::from(df))).ln() + 1.0) as f32)
            .collect();
        Ok(Self::from_parts(analyzer, vocabulary, idf, schema, settings.cues))
    }

    /// A featurizer from saved parts; `idf` has one value for each term.
    pub fn from_parts(
        analyzer: Analyzer,
        vocabulary: Vocabulary,
        idf: Vec<f32>,
        schema: &Schema,
        cues: CueSettings,
    ) -> Self {
        let cues = CueTable::new(schema, &analyzer, cues);
        Self {
            analyzer,
            vocabulary,
            idf,
            cues,
        }
    }

    /// Number of features: terms, then cues.
    pub fn features(&self) -> usize {
        self.vocabulary.len() + self.cues.len()
    }

    /// The terms.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The cue features.
    pub fn cues(&self) -> &CueTable {
        &self.cues
    }

    /// Inverse document frequency of each term.
    pub fn idf(&self) -> &[f32] {
        &self.idf
    }

    /// The analyzer.
    pub fn analyzer(&self) -> &Analyzer {
        &self.analyzer
    }

    /// The rows of many texts, in order.
    pub fn transform<S: AsRef<str> + Sync>(&self, texts: &[S], progress: &dyn Progress) -> SparseRows {
        let chunks: Vec<SparseRows> = texts
            .par_chunks(CHUNK)
            .map_init(
                || Encoder::new(self),
                |encoder, texts| {
                    let mut rows = SparseRows::new(self.features());
                    for text in texts {
                        rows.push(encoder.encode(text.as_ref()).iter().copied());
                    }
                    progress.advance(texts.len() as u64);
                    rows
                },
            )
            .collect();
        let mut rows = SparseRows::new(self.features());
        chunks.iter().for_each(|chunk| rows.append(chunk));
        rows
    }

    /// Every occurrence of every feature in a text, with its byte span, in order of place.
    pub fn occurrences(&self, text: &str) -> Vec<(usize, Range<usize>)> {
        let mut encoder = Encoder::new(self);
        let spans = encoder.scan(text);
        let mut found = Vec::new();
        let span = |first: usize, last: usize| spans[first].start..spans[last].end;
        self.vocabulary.walk(&encoder.words, |term, first, last| {
            found.push((term as usize, span(first, last)))
        });
        let parts = |i: usize| encoder.part_lists[encoder.parts[i] as usize].as_ref();
        self.cues.hits(parts, encoder.words.len(), |feature, first, last| {
            found.push((self.vocabulary.len() + feature, span(first, last)));
        });
        found.sort_by_key(|(feature, span)| (span.start, span.end, *feature));
        found
    }
}

/// What is known of a surface form.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// Number of the word, [`NONE`] if it is in no term; a left-out token has no entry in the text at all.
    word: u32,
    /// Number of its list of cue parts.
    parts: u32,
    left_out: bool,
}

/// A surface form of at most 16 bytes as two overlapping machine words and its length: compared and hashed without a look at
/// memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct ShortSurface(u64, u64, u8);

impl ShortSurface {
    #[inline]
    fn new(surface: &str) -> Option<Self> {
        let bytes = surface.as_bytes();
        let length = bytes.len();
        let (low, high) = match length {
            8..=16 => (
                u64::from_le_bytes(*bytes.first_chunk()?),
                u64::from_le_bytes(*bytes.last_chunk()?),
            ),
            4..=7 => (
                u64::from(u32::from_le_bytes(*bytes.first_chunk()?)),
                u64::from(u32::from_le_bytes(*bytes.last_chunk()?)),
            ),
            1..=3 => {
                let [first, middle, last] = [bytes[0], bytes[length / 2], bytes[length - 1]].map(u64::from);
                (first | middle << 8 | last << 16, 0)
            }
            _ => return None,
        };
        Some(Self(low, high, length as u8))
    }
}

/// One worker's memory: surface forms seen before, and buffers that are used again for every text.
#[derive(Debug)]
pub struct Encoder<'f> {
    featurizer: &'f Featurizer,
    known_short: FxHashMap<ShortSurface, Known>,
    known_long: FxHashMap<Box<str>, Known>,
    /// Distinct lists of cue parts; the first is empty.
    part_lists: Vec<Box<[PartId]>>,
    words: Vec<u32>,
    parts: Vec<u32>,
    terms: Vec<u32>,
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
            known_short: FxHashMap::default(),
            known_long: FxHashMap::default(),
            part_lists: vec![Box::default()],
            words: Vec::new(),
            parts: Vec::new(),
            terms: Vec::new(),
            counts: Vec::new(),
            hits: vec![0; featurizer.cues.len()],
            row: Vec::new(),
        }
    }

    /// The row of a text: columns ascending. Empty if the text has no known word and hits no cue.
    pub fn encode(&mut self, text: &str) -> &[(u32, f32)] {
        self.scan_words(text, |_| ());
        let Self {
            featurizer,
            words,
            parts,
            terms,
            hits,
            row,
            part_lists,
            ..
        } = self;
        terms.clear();
        row.clear();
        featurizer.vocabulary.walk(words, |term, _, _| terms.push(term));
        terms.sort_unstable();
        let mut squares = 0.0;
        for run in terms.chunk_by(|a, b| a == b) {
            let frequency = 1.0 + (run.len() as f64).ln();
            let value = frequency * f64::from(featurizer.idf[run[0] as usize]);
            squares += value * value;
            row.push((run[0], value as f32));
        }
        let length = squares.sqrt();
        for (_, value) in row.iter_mut() {
            *value = (f64::from(*value) / length) as f32;
        }
        if !featurizer.cues.is_empty() {
            hits.fill(0);
            let of = |i: usize| part_lists[parts[i] as usize].as_ref();
            featurizer
                .cues
                .hits(of, words.len(), |feature, _, _| hits[feature] += 1);
            let first = featurizer.vocabulary.len() as u32;
            let hit = hits.iter().zip(first..).filter(|&(&n, _)| n > 0);
            row.extend(hit.map(|(&n, column)| (column, featurizer.cues.value(n) as f32)));
        }
        row
    }

    /// Sets `sums` to the product of a text's row and a matrix without making the row; `of_feature(f)` is row `f` of the matrix. False if
    /// the row is empty. Equal to [`Encoder::encode`] and a product, up to rounding.
    pub fn multiply<'w>(&mut self, text: &str, of_feature: impl Fn(usize) -> &'w [f32], sums: &mut [f32]) -> bool {
        self.scan_words(text, |_| ());
        let Self {
            featurizer,
            words,
            parts,
            terms,
            hits,
            counts,
            part_lists,
            ..
        } = self;
        let add = |sums: &mut [f32], value: f32, weights: &[f32]| {
            sums.iter_mut()
                .zip(weights)
                .for_each(|(sum, weight)| *sum += value * weight);
        };
        terms.clear();
        counts.resize(featurizer.vocabulary.len(), 0);
        featurizer.vocabulary.walk(words, |term, _, _| {
            let count = &mut counts[term as usize];
            if *count == 0 {
                terms.push(term);
            }
            *count += 1;
        });
        sums.fill(0.0);
        let mut squares = 0.0;
        for &term in terms.iter() {
            let frequency = match std::mem::take(&mut counts[term as usize]) {
                1 => 1.0,
                count => 1.0 + (count as f32).ln(),
            };
            let value = frequency * featurizer.idf[term as usize];
            squares += value * value;
            add(sums, value, of_feature(term as usize));
        }
        if !terms.is_empty() {
            let scale = 1.0 / f32::sqrt(squares);
            sums.iter_mut().for_each(|sum| *sum *= scale);
        }
        let mut any_hit = false;
        if parts.iter().any(|&list| list != 0) {
            hits.fill(0);
            let of = |i: usize| part_lists[parts[i] as usize].as_ref();
            featurizer
                .cues
                .hits(of, words.len(), |feature, _, _| hits[feature] += 1);
            for (feature, &n) in hits.iter().enumerate().filter(|(_, n)| **n > 0) {
                any_hit = true;
                add(
                    sums,
                    featurizer.cues.value(n) as f32,
                    of_feature(featurizer.vocabulary.len() + feature),
                );
            }
        }
        any_hit || !terms.is_empty()
    }

    /// Fills `words` and `parts`, and gives the span of each word.
    fn scan(&mut self, text: &str) -> Vec<Range<usize>> {
        let mut spans = Vec::new();
        self.scan_words(text, |span| spans.push(span));
        spans
    }

    fn scan_words(&mut self, text: &str, mut seen: impl FnMut(Range<usize>)) {
        self.words.clear();
        self.parts.clear();
        for token in self.featurizer.analyzer.tokens(text) {
            let known = self.look_up(&text[token.span.clone()], token.kind);
            if !known.left_out {
                self.words.push(known.word);
                self.parts.push(known.parts);
                seen(token.span);
            }
        }
    }

    #[inline]
    fn look_up(&mut self, surface: &str, kind: TokenKind) -> Known {
        // `US` is an acronym or a shouted pronoun, by its neighbours: its surface form alone does not decide.
        if kind == TokenKind::Acronym {
            return self.find(surface, kind);
        }
        if let Some(short) = ShortSurface::new(surface) {
            if let Some(&known) = self.known_short.get(&short) {
                return known;
            }
            let known = self.find(surface, kind);
            if self.known_short.len() >= REMEMBERED {
                self.known_short.clear();
            }
            self.known_short.insert(short, known);
            return known;
        }
        if let Some(&known) = self.known_long.get(surface) {
            return known;
        }
        let known = self.find(surface, kind);
        if surface.len() <= LONGEST_REMEMBERED {
            if self.known_long.len() >= REMEMBERED {
                self.known_long.clear();
            }
            self.known_long.insert(surface.into(), known);
        }
        known
    }

    fn find(&mut self, surface: &str, kind: TokenKind) -> Known {
        let Featurizer {
            analyzer,
            vocabulary,
            cues,
            ..
        } = self.featurizer;
        let parts = match cues.is_empty() {
            true => Vec::new(),
            false => cues.parts(&analyzer.lower_case(surface)),
        };
        let list = self
            .part_lists
            .iter()
            .position(|l| l.as_ref() == parts.as_slice())
            .unwrap_or_else(|| {
                self.part_lists.push(parts.into());
                self.part_lists.len() - 1
            });
        let form = analyzer.normal_form(surface, kind);
        Known {
            word: form.as_deref().and_then(|form| vocabulary.word(form)).unwrap_or(NONE),
            left_out: form.is_none(),
            parts: list as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Place;
    use crate::progress::Silent;

    const TEXTS: [&str; 3] = [
        "Oil prices rise as the US sanctions tankers",
        "The U.S. freezes assets",
        "an asset freeze, US sanctions",
    ];

    fn schema() -> Schema {
        let text = "[[task]]\nname='t'\nkind='multi'\nlabel=[{name='a',cues=['oil','tanker*']},{name='b'},{name='c',cues=['asset freeze*','sanction*']}]";
        Schema::parse(text, Place::default()).unwrap()
    }

    fn featurizer() -> Featurizer {
        let settings = FeatureSettings {
            vocabulary: VocabularySettings {
                min_df: 1,
                ..VocabularySettings::default()
            },
            ..FeatureSettings::default()
        };
        Featurizer::fit(&TEXTS, &schema(), &settings).unwrap()
    }

    #[test]
    fn rows_have_length_one_and_cues_behind() {
        let featurizer = featurizer();
        let rows = featurizer.transform(&TEXTS, &Silent);
        let terms = featurizer.vocabulary().len() as u32;
        for row in rows.iter() {
            let squares: f64 = row
                .iter()
                .filter(|(i, _)| *i < terms as usize)
                .map(|(_, v)| f64::from(v).powi(2))
                .sum();
            assert!((squares - 1.0).abs() < 1e-6);
        }
        let cues: Vec<Vec<(u32, f32)>> = rows
            .iter()
            .map(|r| {
                r.iter()
                    .map(|(i, v)| (i as u32, v))
                    .filter(|p| p.0 >= terms)
                    .map(|(i, v)| (i - terms, v))
                    .collect()
            })
            .collect();
        let third = 1.0_f32 / 3.0;
        assert_eq!(
            cues,
            [vec![(0, 2.0 * third), (1, third)], vec![], vec![(1, 2.0 * third)]]
        );
    }

    #[test]
    fn occurrences_stand_where_they_say() {
        let featurizer = featurizer();
        let text = "A tanker. Oil prices; asset freezes";
        let found: Vec<(String, &str)> = featurizer
            .occurrences(text)
            .into_iter()
            .map(|(f, span)| {
                let name = if f < featurizer.vocabulary().len() {
                    featurizer.vocabulary().term(f)
                } else {
                    "cue".into()
                };
                (name, &text[span])
            })
            .collect();
        assert!(found.contains(&("oil price".into(), "Oil prices")), "{found:?}");
        assert!(found.contains(&("cue".into(), "asset freezes")), "{found:?}");
    }

    #[test]
    fn a_text_without_known_words_is_an_empty_row() {
        assert!(Encoder::new(&featurizer()).encode("Zebra crossing 7").is_empty());
    }
}
