//! The linear classifier: one weight vector and bias for each label.
//!
//! Weights lie feature by feature, the labels side by side, so that what a feature adds to the scores of all labels is a few operations on short vectors. Up to
//! sixteen labels have one vector for each feature; more labels are cut into blocks, and blocks of nothing but zeros are not kept: a pruned model is small
//! in memory too.

use half::f16;

use super::settings::Precision;
use crate::solver::problem::Solution;

/// Labels of a block.
const LANES: usize = 8;
/// Labels that are kept in one piece.
const NARROW: usize = 16;

/// The weights of up to [`LANES`] neighbouring labels.
type Lanes = [f32; LANES];

/// Weights and biases.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    bias: Vec<f32>,
    weights: Weights,
}

#[derive(Debug, Clone, PartialEq)]
enum Weights {
    /// All weights of each feature.
    Narrow(Vec<[f32; NARROW]>),
    Wide(Blocks),
}

#[derive(Debug, Clone, PartialEq)]
struct Blocks {
    /// Where the blocks of each feature begin, and where the last ones end.
    starts: Vec<u32>,
    /// Which labels a block is for: its first label divided by [`LANES`].
    places: Vec<u16>,
    lanes: Vec<Lanes>,
}

impl Blocks {
    /// The blocks of a feature with the place of each.
    #[inline]
    fn of_feature(&self, feature: usize) -> impl Iterator<Item = (usize, &Lanes)> {
        let range = self.starts[feature] as usize..self.starts[feature + 1] as usize;
        let places = self.places[range.clone()].iter();
        places.map(|&place| usize::from(place)).zip(&self.lanes[range])
    }
}

impl Linear {
    /// No features yet, and these biases.
    pub fn new(bias: Vec<f32>) -> Self {
        let weights = match bias.len() {
            0..=NARROW => Weights::Narrow(Vec::new()),
            _ => Weights::Wide(Blocks {
                starts: vec![0],
                places: Vec::new(),
                lanes: Vec::new(),
            }),
        };
        Self { bias, weights }
    }

    /// From solutions, one for each label, all over the same features. Numbers are rounded to `precision`.
    pub fn from_solutions(solutions: &[Solution], precision: Precision) -> Self {
        let rounded = |weight: f64| match precision {
            Precision::F32 => weight as f32,
            Precision::F16 => f16::from_f64(weight).to_f32(),
        };
        let mut linear = Self::new(solutions.iter().map(|s| s.bias as f32).collect());
        let features = solutions.first().map_or(0, |s| s.weights.len());
        for feature in 0..features {
            linear.push(solutions.iter().map(|s| rounded(s.weights[feature])));
        }
        linear
    }

    /// Adds a feature with its weight for each label.
    pub fn push(&mut self, weights: impl IntoIterator<Item = f32>) {
        let mut weights = weights.into_iter().take(self.bias.len());
        match &mut self.weights {
            Weights::Narrow(features) => {
                let mut feature = [0.0; NARROW];
                feature.iter_mut().zip(weights).for_each(|(to, from)| *to = from);
                features.push(feature);
            }
            Weights::Wide(blocks) => {
                for place in 0..self.bias.len().div_ceil(LANES) {
                    let mut lanes = [0.0; LANES];
                    lanes.iter_mut().zip(weights.by_ref()).for_each(|(to, from)| *to = from);
                    if lanes != [0.0; LANES] {
                        blocks.places.push(place as u16);
                        blocks.lanes.push(lanes);
                    }
                }
                blocks.starts.push(blocks.lanes.len() as u32);
            }
        }
    }

    /// Number of labels.
    pub fn labels(&self) -> usize {
        self.bias.len()
    }

    /// Number of features.
    pub fn features(&self) -> usize {
        match &self.weights {
            Weights::Narrow(features) => features.len(),
            Weights::Wide(blocks) => blocks.starts.len() - 1,
        }
    }

    /// The bias of each label.
    pub fn bias(&self) -> &[f32] {
        &self.bias
    }

    /// One weight.
    pub fn weight(&self, feature: usize, label: usize) -> f32 {
        match &self.weights {
            Weights::Narrow(features) => features[feature][label],
            Weights::Wide(blocks) => {
                let mut own = blocks.of_feature(feature);
                own.find(|(place, _)| *place == label / LANES)
                    .map_or(0.0, |(_, lanes)| lanes[label % LANES])
            }
        }
    }

    /// The labels for which a feature has a weight other than zero, ascending, with the weights.
    pub fn of_feature(&self, feature: usize) -> Vec<(usize, f32)> {
        let all: Vec<(usize, f32)> = match &self.weights {
            Weights::Narrow(features) => (0..).zip(features[feature]).collect(),
            Weights::Wide(blocks) => {
                let own = blocks.of_feature(feature);
                own.flat_map(|(place, lanes)| (place * LANES..).zip(*lanes)).collect()
            }
        };
        all.into_iter().filter(|(_, weight)| *weight != 0.0).collect()
    }

    /// Length of the score vectors that [`Linear::decisions`] fills: the labels, and what fills up the last block.
    pub fn padded_labels(&self) -> usize {
        self.labels().next_multiple_of(LANES)
    }

    /// The decision function of every label, `w·x + b`, into `scores`, which has [`Linear::padded_labels`] places.
    pub fn decisions(&self, row: &[(u32, f32)], scores: &mut [f32]) {
        match &self.weights {
            Weights::Narrow(features) => {
                let mut sums = [0.0; NARROW];
                for &(feature, value) in row {
                    add(&mut sums, value, &features[feature as usize]);
                }
                scores.copy_from_slice(&sums[..scores.len()]);
            }
            Weights::Wide(blocks) => {
                scores.fill(0.0);
                let (sums, _) = scores.as_chunks_mut::<LANES>();
                for &(feature, value) in row {
                    for (place, lanes) in blocks.of_feature(feature as usize) {
                        add(&mut sums[place], value, lanes);
                    }
                }
            }
        }
        scores
            .iter_mut()
            .zip(&self.bias)
            .for_each(|(score, bias)| *score += bias);
    }
}

#[inline]
fn add<const N: usize>(sums: &mut [f32; N], value: f32, weights: &[f32; N]) {
    sums.iter_mut()
        .zip(weights)
        .for_each(|(sum, weight)| *sum += value * weight);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_layouts_give_the_plain_sum(labels in 1_usize..40, weights in proptest::collection::vec(prop_oneof![2 => Just(0.0_f32), 1 => -2.0_f32..2.0], 5 * 40), row in proptest::collection::vec((0_u32..5, -1.0_f32..1.0), 0..9)) {
            let bias: Vec<f32> = (0..labels).map(|l| l as f32 / 10.0).collect();
            let mut linear = Linear::new(bias.clone());
            let rows: Vec<&[f32]> = weights.chunks(40).map(|w| &w[..labels]).collect();
            rows.iter().for_each(|w| linear.push(w.iter().copied()));
            prop_assert_eq!(linear.features(), 5);
            let mut scores = vec![f32::NAN; linear.padded_labels()];
            linear.decisions(&row, &mut scores);
            for label in 0..labels {
                let plain: f32 = bias[label] + row.iter().map(|&(f, v)| v * rows[f as usize][label]).sum::<f32>();
                prop_assert!((scores[label] - plain).abs() < 1e-4);
                for (f, weights) in rows.iter().enumerate() {
                    prop_assert_eq!(linear.weight(f, label), weights[label]);
                    let listed = linear.of_feature(f).into_iter().find(|(l, _)| *l == label).map_or(0.0, |p| p.1);
                    prop_assert_eq!(listed, weights[label]);
                }
            }
        }
    }
}
