//! The linear classifier: one weight vector and bias for each label.

use crate::solver::problem::Solution;

/// Weights, feature by feature with the labels side by side, and biases.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    labels: usize,
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Linear {
    /// From saved numbers: `weights` has `bias.len()` numbers for each feature.
    pub fn from_parts(weights: Vec<f32>, bias: Vec<f32>) -> Self {
        Self {
            labels: bias.len(),
            weights,
            bias,
        }
    }

    /// From solutions, one for each label, all over the same features.
    pub fn from_solutions(solutions: &[Solution]) -> Self {
        let features = solutions.first().map_or(0, |s| s.weights.len());
        let mut weights = Vec::with_capacity(features * solutions.len());
        for feature in 0..features {
            weights.extend(solutions.iter().map(|s| s.weights[feature] as f32));
        }
        Self {
            labels: solutions.len(),
            weights,
            bias: solutions.iter().map(|s| s.bias as f32).collect(),
        }
    }

    /// Number of labels.
    pub fn labels(&self) -> usize {
        self.labels
    }

    /// Number of features.
    pub fn features(&self) -> usize {
        self.weights.len() / self.labels.max(1)
    }

    /// The weights of one feature for all labels.
    #[inline]
    pub fn of_feature(&self, feature: usize) -> &[f32] {
        &self.weights[feature * self.labels..][..self.labels]
    }

    /// All weights, feature by feature.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// The bias of each label.
    pub fn bias(&self) -> &[f32] {
        &self.bias
    }

    /// The decision function of every label, `w·x + b`, into `scores`.
    pub fn decisions(&self, row: &[(u32, f32)], scores: &mut [f32]) {
        scores.copy_from_slice(&self.bias);
        for &(feature, value) in row {
            for (score, weight) in scores.iter_mut().zip(self.of_feature(feature as usize)) {
                *score += value * weight;
            }
        }
    }
}
