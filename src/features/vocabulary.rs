//! The vocabulary: which word n-grams are features.
//!
//! A **term** is an n-gram of normal forms. It is kept if it stands in at least `min_df` texts and in at most the share `max_df` of them;
//! of these the `max_features` most frequent. Terms are numbered by falling document frequency, equal ones in alphabetical order, so that the same
//! texts give the same numbers and frequent terms lie together in memory.
//!
//! n-grams are counted level by level: an n-gram can only be frequent if the (n-1)-gram at its start is (Agrawal and Srikant, 1994).

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::error::{Kind, Result};
use crate::text::analyzer::Analyzer;
use crate::text::token::TokenKind;

/// No word, no node, no term.
pub const NONE: u32 = u32::MAX;
/// Longest term in words.
pub const LONGEST: usize = 8;
/// Texts that one worker counts at a time; fixed, so that results do not depend on the number of threads.
const CHUNK: usize = 512;

/// Which n-grams become terms.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VocabularySettings {
    /// Longest n-gram in words.
    pub ngrams: u32,
    /// Least number of texts with the term.
    pub min_df: u32,
    /// Greatest share of texts with the term.
    pub max_df: f64,
    /// Greatest number of terms.
    pub max_features: Option<u32>,
}

impl Default for VocabularySettings {
    fn default() -> Self {
        Self {
            ngrams: 2,
            min_df: 2,
            max_df: 1.0,
            max_features: None,
        }
    }
}

impl VocabularySettings {
    /// Whether all settings are in range.
    ///
    /// # Errors
    /// [`Kind::Setting`].
    pub fn check(&self) -> Result<()> {
        let fault = |name, wanted: &str, found: String| {
            Err(Kind::Setting {
                name,
                wanted: wanted.into(),
                found,
            }
            .into())
        };
        if !(1..=LONGEST as u32).contains(&self.ngrams) {
            return fault("ngrams", "from 1 to 8", self.ngrams.to_string());
        }
        if self.min_df == 0 {
            return fault("min-df", "at least 1", "0".into());
        }
        if !(self.max_df > 0.0 && self.max_df <= 1.0) {
            return fault("max-df", "a share above 0, up to 1", self.max_df.to_string());
        }
        if self.max_features == Some(0) {
            return fault("max-features", "at least 1", "0".into());
        }
        Ok(())
    }
}

/// Terms, found by walking from word to word.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    words: FxHashMap<Box<str>, u32>,
    /// Readable surface form of each word.
    surfaces: Vec<Box<str>>,
    forms: Vec<Box<str>>,
    /// From (n-gram, word) to the n-gram that is one longer.
    children: FxHashMap<u64, Node>,
    /// Which keys may be among them.
    maybe: Sieve,
    /// The words as n-grams.
    nodes: Vec<Node>,
    /// The words of each term.
    terms: Vec<Box<[u32]>>,
}

/// An n-gram that is a term or the start of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Its number among the n-grams, [`NONE`] if it is in no term.
    number: u32,
    /// Its term, or [`NONE`].
    term: u32,
    /// Whether a longer n-gram begins with it.
    goes_on: bool,
    /// Whether it is a word that stands in an n-gram behind another one.
    follows: bool,
}

impl Node {
    /// A word that is in no term.
    pub const UNKNOWN: Self = Self::new(NONE);

    const fn new(number: u32) -> Self {
        Self {
            number,
            term: NONE,
            goes_on: false,
            follows: false,
        }
    }
}

fn key(node: u32, word: u32) -> u64 {
    u64::from(node) << 32 | u64::from(word)
}

impl Vocabulary {
    /// The terms of `texts` and their document frequencies.
    ///
    /// # Errors
    /// If a setting is out of range or no term is left.
    pub fn count<S: AsRef<str> + Sync>(
        texts: &[S],
        analyzer: &Analyzer,
        settings: VocabularySettings,
    ) -> Result<(Self, Vec<u32>)> {
        settings.check()?;
        let counted = Counted::new(texts, analyzer);
        let least = settings.min_df;
        let most = (settings.max_df * texts.len() as f64).floor() as u32;
        let mut kept: Vec<(u32, Box<[u32]>)> = counted.frequent(settings.ngrams, least);
        kept.retain(|(df, _)| *df <= most);
        let text_of = |words: &[u32]| {
            words
                .iter()
                .map(|&w| counted.forms[w as usize].as_ref())
                .collect::<Vec<_>>()
                .join(" ")
        };
        let mut ordered: Vec<(u32, String, Box<[u32]>)> = kept
            .into_iter()
            .map(|(df, words)| (df, text_of(&words), words))
            .collect();
        ordered.par_sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        ordered.truncate(settings.max_features.map_or(usize::MAX, |m| m as usize));
        if ordered.is_empty() {
            let message = format!("no term stands in {least} texts or more (lower --min-df or give more texts)");
            return Err(Kind::CannotLearn(message).into());
        }
        let frequencies = ordered.iter().map(|t| t.0).collect();
        let surfaces = |form: &str| counted.surface(form);
        let terms = ordered.iter().map(|t| t.1.as_str());
        Ok((Self::from_terms(terms, surfaces), frequencies))
    }

    /// A vocabulary of these terms, in this order; words of a term are separated by one blank. `surface` gives the readable form of a word.
    pub fn from_terms<'t>(terms: impl Iterator<Item = &'t str>, surface: impl Fn(&str) -> Option<String>) -> Self {
        let mut made = Self::default();
        for term in terms {
            let words: Box<[u32]> = term.split(' ').map(|form| made.intern(form, &surface)).collect();
            made.terms.push(words);
        }
        // Words have the numbers 0.., longer n-grams those that follow.
        made.nodes = (0..made.forms.len() as u32).map(Node::new).collect();
        let mut number = made.forms.len() as u32;
        for (words, term) in made.terms.iter().zip(0..) {
            let mut node = &mut made.nodes[words[0] as usize];
            for &word in &words[1..] {
                node.goes_on = true;
                let key = key(node.number, word);
                made.nodes[word as usize].follows = true;
                node = made.children.entry(key).or_insert_with(|| {
                    number += 1;
                    Node::new(number - 1)
                });
            }
            node.term = term;
        }
        made.maybe = Sieve::new(&made.children);
        made
    }

    fn intern(&mut self, form: &str, surface: impl Fn(&str) -> Option<String>) -> u32 {
        if let Some(&word) = self.words.get(form) {
            return word;
        }
        let word = self.forms.len() as u32;
        self.words.insert(form.into(), word);
        self.forms.push(form.into());
        self.surfaces
            .push(surface(form).unwrap_or_else(|| form.to_owned()).into());
        word
    }

    /// Number of terms.
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    /// Whether there are no terms.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The word with this normal form; [`Node::UNKNOWN`] if it is in no term.
    pub fn word(&self, form: &str) -> Node {
        let word = self.words.get(form);
        word.map_or(Node::UNKNOWN, |&word| self.nodes[word as usize])
    }

    /// Normal forms of a term, joined by blanks.
    pub fn term(&self, term: usize) -> String {
        self.join(term, &self.forms)
    }

    /// A term as people write it: the most frequent surface forms of its words.
    pub fn readable(&self, term: usize) -> String {
        self.join(term, &self.surfaces)
    }

    fn join(&self, term: usize, names: &[Box<str>]) -> String {
        let words: Vec<&str> = self.terms[term].iter().map(|&w| names[w as usize].as_ref()).collect();
        words.join(" ")
    }

    /// Normal and readable form of each word.
    pub fn words(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.forms
            .iter()
            .map(Box::as_ref)
            .zip(self.surfaces.iter().map(Box::as_ref))
    }

    /// A walk over the words of a text.
    pub fn walk(&self) -> Walk<'_> {
        Walk {
            vocabulary: self,
            begun: [NONE; LONGEST],
            count: 0,
        }
    }

    /// Length of a term in words.
    pub fn length(&self, term: u32) -> usize {
        self.terms[term as usize].len()
    }
}

/// Keeps out most keys that are not in a table: a Bloom filter (Bloom, 1970) of one hash function and about 16 bits for each key, which stays in the fastest cache where
/// the table does not. Most pairs of neighbouring words are in no term.
#[derive(Debug, Clone, Default)]
struct Sieve {
    bits: Vec<u64>,
}

impl Sieve {
    fn new(table: &FxHashMap<u64, Node>) -> Self {
        let mut sieve = Self {
            bits: vec![0; (table.len() / 4).next_power_of_two()],
        };
        for &key in table.keys() {
            let (place, bit) = sieve.place(key);
            sieve.bits[place] |= bit;
        }
        sieve
    }

    #[inline]
    fn place(&self, key: u64) -> (usize, u64) {
        let mixed = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        ((mixed >> 32) as usize & (self.bits.len() - 1), 1 << (mixed >> 26 & 63))
    }

    #[inline]
    fn lets_through(&self, key: u64) -> bool {
        let (place, bit) = self.place(key);
        self.bits[place] & bit != 0
    }
}

/// A walk over the words of a text, which finds the terms that end with each.
#[derive(Debug)]
pub struct Walk<'v> {
    vocabulary: &'v Vocabulary,
    /// The n-grams that end with the last word and with which longer ones begin.
    begun: [u32; LONGEST],
    count: usize,
}

impl Walk<'_> {
    /// Takes the next word and calls `found` for every term that ends with it.
    #[inline]
    pub fn step(&mut self, word: Node, mut found: impl FnMut(u32)) {
        let Self {
            vocabulary,
            begun,
            count,
        } = self;
        let before = std::mem::take(count);
        let mut visit = |node: Node, begun: &mut [u32; LONGEST]| {
            if node.term != NONE {
                found(node.term);
            }
            if node.goes_on {
                begun[*count] = node.number;
                *count += 1;
            }
        };
        // Longer ones first: what they leave behind never overtakes what is still to be read. Most pairs of words are in no term, and are told by what is known of
        // either before the pair is looked up.
        if word.follows {
            for i in 0..before {
                let key = key(begun[i], word.number);
                if vocabulary.maybe.lets_through(key)
                    && let Some(&longer) = vocabulary.children.get(&key)
                {
                    visit(longer, begun);
                }
            }
        }
        visit(word, begun);
    }
}

/// Words of all texts.
struct Counted {
    forms: Vec<Box<str>>,
    /// For each form its most frequent surface form in lower case.
    surfaces: FxHashMap<Box<str>, Box<str>>,
    /// Words of all texts, one after the other.
    words: Vec<u32>,
    starts: Vec<usize>,
}

/// What one worker makes of a chunk of texts.
struct Chunk {
    /// Distinct surface forms with their normal form, in order of appearance.
    surfaces: Vec<(Box<str>, Option<Box<str>>)>,
    /// Numbers of surface forms.
    words: Vec<u32>,
    lengths: Vec<usize>,
}

impl Chunk {
    fn new<S: AsRef<str>>(texts: &[S], analyzer: &Analyzer) -> Self {
        let mut numbers: FxHashMap<(&str, TokenKind), u32> = FxHashMap::default();
        let mut chunk = Self {
            surfaces: Vec::new(),
            words: Vec::new(),
            lengths: Vec::new(),
        };
        for text in texts {
            let text = text.as_ref();
            let start = chunk.words.len();
            for token in analyzer.tokens(text) {
                let surface = &text[token.span];
                let number = *numbers.entry((surface, token.kind)).or_insert_with(|| {
                    let form = analyzer.normal_form(surface, token.kind).map(String::into_boxed_str);
                    // An acronym shows itself as it is written; other words in lower case.
                    let shown: Box<str> = match (&form, token.kind) {
                        (Some(form), TokenKind::Acronym | TokenKind::Number) => form.clone(),
                        _ => analyzer.lower_case(surface).into(),
                    };
                    chunk.surfaces.push((shown, form));
                    chunk.surfaces.len() as u32 - 1
                });
                chunk.words.push(number);
            }
            chunk.lengths.push(chunk.words.len() - start);
        }
        chunk
    }
}

impl Counted {
    fn new<S: AsRef<str> + Sync>(texts: &[S], analyzer: &Analyzer) -> Self {
        let chunks: Vec<Chunk> = texts
            .par_chunks(CHUNK)
            .map(|texts| Chunk::new(texts, analyzer))
            .collect();
        let mut counted = Self {
            forms: Vec::new(),
            surfaces: FxHashMap::default(),
            words: Vec::with_capacity(chunks.iter().map(|c| c.words.len()).sum()),
            starts: vec![0],
        };
        let mut forms: FxHashMap<Box<str>, u32> = FxHashMap::default();
        let mut surfaces: FxHashMap<(u32, Box<str>), u32> = FxHashMap::default();
        for chunk in chunks {
            let mut uses = vec![0_u32; chunk.surfaces.len()];
            chunk.words.iter().for_each(|&w| uses[w as usize] += 1);
            let numbers: Vec<u32> = chunk
                .surfaces
                .into_iter()
                .zip(uses)
                .map(|((surface, form), uses)| {
                    let Some(form) = form else { return NONE };
                    let number = *forms.entry(form).or_insert_with_key(|form| {
                        counted.forms.push(form.clone());
                        counted.forms.len() as u32 - 1
                    });
                    *surfaces.entry((number, surface)).or_default() += uses;
                    number
                })
                .collect();
            let mut words = chunk.words.iter().map(|&w| numbers[w as usize]);
            for length in chunk.lengths {
                counted.words.extend(words.by_ref().take(length).filter(|&w| w != NONE));
                counted.starts.push(counted.words.len());
            }
        }
        let mut best: FxHashMap<u32, (u32, Box<str>)> = FxHashMap::default();
        for ((number, surface), uses) in surfaces {
            let entry = best.entry(number).or_insert_with(|| (0, Box::default()));
            if uses > entry.0 || uses == entry.0 && surface < entry.1 {
                *entry = (uses, surface);
            }
        }
        counted.surfaces = best
            .into_iter()
            .map(|(number, (_, surface))| (counted.forms[number as usize].clone(), surface))
            .collect();
        counted
    }

    fn surface(&self, form: &str) -> Option<String> {
        self.surfaces.get(form).map(|s| s.to_string())
    }

    /// All n-grams up to `longest` words that stand in at least `least` texts, with their document frequencies.
    fn frequent(&self, longest: u32, least: u32) -> Vec<(u32, Box<[u32]>)> {
        let mut kept = Vec::new();
        // The n-gram that begins at each position, by its number on the present level.
        let mut nodes = self.words.clone();
        let mut grams: Vec<Box<[u32]>> = (0..self.forms.len() as u32).map(|w| Box::from([w])).collect();
        let mut singles: Vec<bool> = Vec::new();
        for n in 1..=longest as usize {
            let frequencies = self.document_frequencies(&nodes, grams.len());
            let frequent: Vec<bool> = frequencies.iter().map(|&df| df >= least).collect();
            kept.extend(
                grams
                    .iter()
                    .zip(&frequencies)
                    .filter(|&(_, &df)| df >= least)
                    .map(|(g, &df)| (df, g.clone())),
            );
            if n == 1 {
                singles = frequent.clone();
            }
            if n == longest as usize {
                break;
            }
            let mut numbers: FxHashMap<u64, u32> = FxHashMap::default();
            let mut longer: Vec<Box<[u32]>> = Vec::new();
            for text in self.starts.windows(2) {
                let words = &self.words[text[0]..text[1]];
                for (at, node) in nodes[text[0]..text[1]].iter_mut().enumerate() {
                    let first = *node;
                    *node = match words.get(at + n).copied() {
                        Some(word) if first != NONE && frequent[first as usize] && singles[word as usize] => {
                            *numbers.entry(key(first, word)).or_insert_with(|| {
                                longer.push(grams[first as usize].iter().copied().chain([word]).collect());
                                longer.len() as u32 - 1
                            })
                        }
                        _ => NONE,
                    };
                }
            }
            grams = longer;
        }
        kept
    }

    fn document_frequencies(&self, nodes: &[u32], count: usize) -> Vec<u32> {
        let mut frequencies = vec![0; count];
        let mut seen_in = vec![usize::MAX; count];
        for (text, range) in self.starts.windows(2).enumerate() {
            for &node in nodes[range[0]..range[1]].iter().filter(|&&n| n != NONE) {
                if seen_in[node as usize] != text {
                    seen_in[node as usize] = text;
                    frequencies[node as usize] += 1;
                }
            }
        }
        frequencies
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::analyzer::AnalyzerSettings;

    const TEXTS: [&str; 3] = [
        "Oil prices rise",
        "oil price falls",
        "Gas prices rise and oil prices fall",
    ];

    fn count(settings: VocabularySettings) -> (Vec<String>, Vec<u32>) {
        let analyzer = Analyzer::new(AnalyzerSettings::default());
        let (vocabulary, frequencies) = Vocabulary::count(&TEXTS, &analyzer, settings).unwrap();
        ((0..vocabulary.len()).map(|t| vocabulary.term(t)).collect(), frequencies)
    }

    #[test]
    fn order_is_by_frequency_then_alphabet() {
        let (terms, frequencies) = count(VocabularySettings::default());
        assert_eq!(
            terms,
            ["oil", "oil price", "price", "fall", "price fall", "price rise", "rise"]
        );
        assert_eq!(frequencies, [3, 3, 3, 2, 2, 2, 2]);
    }

    #[test]
    fn limits_hold() {
        let common = VocabularySettings {
            max_df: 0.7,
            ..VocabularySettings::default()
        };
        assert_eq!(count(common).0, ["fall", "price fall", "price rise", "rise"]);
        let few = VocabularySettings {
            max_features: Some(2),
            ..VocabularySettings::default()
        };
        assert_eq!(count(few).0, ["oil", "oil price"]);
        let long = VocabularySettings {
            ngrams: 3,
            ..VocabularySettings::default()
        };
        assert_eq!(count(long).0[4], "oil price fall");
    }

    #[test]
    fn terms_are_found_and_shown_as_written() {
        let analyzer = Analyzer::new(AnalyzerSettings::default());
        let (vocabulary, _) = Vocabulary::count(&TEXTS, &analyzer, VocabularySettings::default()).unwrap();
        assert_eq!(vocabulary.readable(1), "oil prices");
        let mut walk = vocabulary.walk();
        let found = ["oil", "zinc", "oil", "price", "fall"].map(|word| {
            let mut terms = Vec::new();
            walk.step(vocabulary.word(word), |t| terms.push(vocabulary.term(t as usize)));
            terms.join(", ")
        });
        assert_eq!(found, ["oil", "", "oil", "oil price, price", "price fall, fall"]);
    }
}
