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

/// One worker's memory: surface forms seen before, and buffers that are used again for every text.
#[derive(Debug)]
pub struct Encoder<'f> {
    featurizer: &'f Featurizer,
    known: FxHashMap<Box<str>, Known>,
    /// Distinct lists of cue parts; the first is empty.
    part_lists: Vec<Box<[PartId]>>,
    words: Vec<u32>,
    parts: Vec<u32>,
    terms: Vec<u32>,
    hits: Vec<u32>,
    row: Vec<(u32, f32)>,
}

impl<'f> Encoder<'f> {
    /// A fresh memory.
    pub fn new(featurizer: &'f Featurizer) -> Self {
        Self {
            featurizer,
            known: FxHashMap::default(),
            part_lists: vec![Box::default()],
            words: Vec::new(),
            parts: Vec::new(),
            terms: Vec::new(),
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
        if let Some(&known) = self.known.get(surface) {
            return known;
        }
        let known = self.find(surface, kind);
        if surface.len() <= LONGEST_REMEMBERED {
            if self.known.len() >= REMEMBERED {
                self.known.clear();
            }
            self.known.insert(surface.into(), known);
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
