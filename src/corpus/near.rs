//! Near-duplicates: fingerprints that find copies, and groups of texts that must not be separated.
//!
//! Two texts are near-duplicates if the Jaccard similarity of their sets of three-word shingles is at least one half
//! (Broder, *On the resemblance and containment of documents*, 1997). Sketches estimate it by minwise hashing.

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::xxh3_64;

use crate::text::token::tokens;

/// Words of a shingle.
const SHINGLE: usize = 3;
/// Minima of a stored sketch.
pub const SKETCH: usize = 16;
/// Minima used to find candidates while all texts are at hand.
const MINIMA: usize = 32;
/// Minima that must agree in one band for two texts to be compared.
const BAND: usize = 2;
/// From this similarity on two texts are near-duplicates.
pub const NEAR: f64 = 0.5;

/// What the model file keeps of a training text to recognise it and its near-duplicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint {
    /// Hash of the words in order, without regard to case, punctuation and white space.
    pub words: u64,
    /// The lowest 16 bits of the minima of its shingles under [`SKETCH`] hash functions.
    pub sketch: [u16; SKETCH],
}

impl Fingerprint {
    /// The fingerprint of a text.
    pub fn of(text: &str) -> Self {
        let words = word_hashes(text);
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        let minima = minima(&shingles(&words));
        Self {
            words: xxh3_64(&bytes),
            sketch: std::array::from_fn(|i| minima[i] as u16),
        }
    }

    /// Estimated Jaccard similarity of the shingle sets, from 0 to 1.
    pub fn similarity(&self, other: &Self) -> f64 {
        let same = self.sketch.iter().zip(&other.sketch).filter(|(a, b)| a == b).count();
        same as f64 / SKETCH as f64
    }
}

fn word_hashes(text: &str) -> Vec<u64> {
    tokens(text, true)
        .map(|t| xxh3_64(text[t.span].to_lowercase().replace('\u{2019}', "'").as_bytes()))
        .collect()
}

/// Sorted, distinct hashes of the shingles; of the whole text if it has fewer words than a shingle.
fn shingles(words: &[u64]) -> Vec<u64> {
    let mix = |window: &[u64]| {
        window.iter().fold(0_u64, |h, &w| {
            (h.rotate_left(23) ^ w).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        })
    };
    let mut all: Vec<_> = match words.len() {
        0..SHINGLE => vec![mix(words)],
        _ => words.windows(SHINGLE).map(mix).collect(),
    };
    all.sort_unstable();
    all.dedup();
    all
}

/// The minimum of the shingles under each of a family of multiply-shift hash functions (Dietzfelbinger et al., 1997).
fn minima(shingles: &[u64]) -> [u32; MINIMA] {
    let mut minima = [u32::MAX; MINIMA];
    for &shingle in shingles {
        let mut factor = 0x2545_f491_4f6c_dd1d_u64;
        for minimum in &mut minima {
            // An odd factor for each function, made by a linear congruential step.
            factor = factor
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let hash = (shingle ^ (shingle >> 29)).wrapping_mul(factor | 1) >> 32;
            *minimum = (*minimum).min(hash as u32);
        }
    }
    minima
}

/// Jaccard similarity of two sorted sets.
fn jaccard(a: &[u64], b: &[u64]) -> f64 {
    let (mut i, mut j, mut both) = (0, 0, 0_usize);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                both += 1;
                i += 1;
                j += 1;
            }
        }
    }
    both as f64 / (a.len() + b.len() - both) as f64
}

/// For each text the number of its group: texts of one article and near-duplicates share one. Groups are numbered by first member.
pub fn groups<S: AsRef<str> + Sync>(texts: &[S], articles: &[S]) -> Vec<u32> {
    let mut sets = DisjointSets::new(texts.len());
    let mut first_of_article: FxHashMap<&str, usize> = FxHashMap::default();
    for (i, article) in articles.iter().enumerate() {
        let first = *first_of_article.entry(article.as_ref()).or_insert(i);
        sets.join(first, i);
    }
    for (a, b) in near_duplicates(texts) {
        sets.join(a, b);
    }
    sets.numbered()
}

/// Pairs of near-duplicates, enough of them to connect every cluster.
pub fn near_duplicates<S: AsRef<str> + Sync>(texts: &[S]) -> Vec<(usize, usize)> {
    /// A text is compared with this many earlier ones of its bucket at most, so that a phrase that all texts share costs no square.
    const COMPARED: usize = 6;
    let all: Vec<(Vec<u64>, [u32; MINIMA])> = texts
        .par_iter()
        .map(|text| {
            let shingles = shingles(&word_hashes(text.as_ref()));
            let minima = minima(&shingles);
            (shingles, minima)
        })
        .collect();
    let mut pairs = Vec::new();
    for band in 0..MINIMA / BAND {
        let mut buckets: FxHashMap<&[u32], Vec<usize>> = FxHashMap::default();
        for (i, (shingles, minima)) in all.iter().enumerate() {
            let bucket = buckets.entry(&minima[band * BAND..(band + 1) * BAND]).or_default();
            pairs.extend(
                bucket
                    .iter()
                    .take(COMPARED)
                    .filter(|&&j| jaccard(&all[j].0, shingles) >= NEAR)
                    .map(|&j| (j, i)),
            );
            bucket.push(i);
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Union-find with path halving.
struct DisjointSets(Vec<usize>);

impl DisjointSets {
    fn new(n: usize) -> Self {
        Self((0..n).collect())
    }

    fn root(&mut self, mut i: usize) -> usize {
        while self.0[i] != i {
            self.0[i] = self.0[self.0[i]];
            i = self.0[i];
        }
        i
    }

    /// The smaller root stays one, so that a root is its set's first member.
    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }

    fn numbered(mut self) -> Vec<u32> {
        let mut next = 0;
        let mut numbers = vec![0; self.0.len()];
        for i in 0..self.0.len() {
            let root = self.root(i);
            if root == i {
                numbers[i] = next;
                next += 1;
            } else {
                numbers[i] = numbers[root];
            }
        }
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "The ministers met in Vienna on Monday and agreed to cut oil output by a million barrels a day.";
    const B: &str = "THE MINISTERS met in Vienna on Monday, and agreed to cut oil output by a million barrels a day, officials said.";
    const C: &str = "A court in Lyon sentenced two former directors of the club to three years in prison for fraud.";

    #[test]
    fn copies_share_a_fingerprint_and_edits_come_near() {
        let of = Fingerprint::of;
        assert_eq!(of(A), of(&A.to_uppercase().replace(' ', "  ")));
        assert!(of(A).words != of(B).words && of(A).similarity(&of(B)) > 0.5);
        assert!(of(A).similarity(&of(C)) < 0.2);
    }

    #[test]
    fn groups_follow_articles_and_copies() {
        assert_eq!(
            groups(&[A, C, B, C, "x", ""], &["1", "2", "3", "2", "5", "6"]),
            [0, 1, 0, 1, 2, 3]
        );
    }
}
