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

use super::cues::{CueSettings, CueTable};
use super::encoder::Encoder;
use super::rows::SparseRows;
use super::vocabulary::{Vocabulary, VocabularySettings};
use crate::error::Result;
use crate::progress::Progress;
use crate::schema::Schema;
use crate::text::analyzer::{Analyzer, AnalyzerSettings};

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
        let mut found = Vec::new();
        Encoder::new(self).occurrences(text, |feature, span| found.push((feature, span)));
        found.sort_by_key(|(feature, span)| (span.start, span.end, *feature));
        found
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
