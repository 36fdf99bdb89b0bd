//! A binary problem and its solution.

use crate::features::rows::SparseRow;

/// One label against the rest.
#[derive(Debug, Clone)]
pub struct Problem<'p> {
    /// Which rows have the label.
    pub targets: &'p [bool],
    /// Rows of this fold take no part: the fold of each row, and the number of the fold.
    pub held_out: Option<(&'p [u32], u32)>,
    /// Weights of the classes in the loss.
    pub costs: ClassCosts,
    /// Strength of the regularisation.
    pub alpha: f64,
    /// Where to begin; at zero if absent.
    pub start: Option<&'p Solution>,
    /// Features that this problem does not see: their weights stay zero.
    pub hidden: &'p [u32],
}

/// How the classes weigh in the loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ClassCosts {
    /// These costs of a positive and a negative row.
    Fixed {
        /// Cost of a positive row.
        positive: f64,
        /// Cost of a negative row.
        negative: f64,
    },
    /// `rows / (2 · rows of the class)`, as scikit-learn's `class_weight="balanced"`.
    Balanced,
}

impl Default for ClassCosts {
    fn default() -> Self {
        Self::Fixed {
            positive: 1.0,
            negative: 1.0,
        }
    }
}

/// Weights and bias of one label.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// One weight for each feature.
    pub weights: Vec<f64>,
    /// The bias, which is not regularised.
    pub bias: f64,
    /// Whether the stopping tolerance was reached.
    pub converged: bool,
}

impl Solution {
    /// The decision function `w·x + b`.
    pub fn decision(&self, row: SparseRow<'_>) -> f64 {
        row.iter()
            .fold(self.bias, |sum, (i, value)| sum + self.weights[i] * f64::from(value))
    }
}

impl Problem<'_> {
    /// Whether row `i` takes part.
    pub fn takes_part(&self, i: usize) -> bool {
        self.held_out.is_none_or(|(folds, fold)| folds[i] != fold)
    }

    /// Numbers of positive and negative rows that take part.
    pub fn counts(&self) -> (usize, usize) {
        let mut counts = (0, 0);
        for (i, &target) in self.targets.iter().enumerate() {
            if self.takes_part(i) {
                if target {
                    counts.0 += 1;
                } else {
                    counts.1 += 1;
                }
            }
        }
        counts
    }

    /// Costs of a positive and a negative row.
    pub fn costs(&self) -> (f64, f64) {
        match self.costs {
            ClassCosts::Fixed { positive, negative } => (positive, negative),
            ClassCosts::Balanced => {
                let (positive, negative) = self.counts();
                let half = (positive + negative) as f64 / 2.0;
                (half / positive.max(1) as f64, half / negative.max(1) as f64)
            }
        }
    }

    /// The solution where only one class is there, which no optimum exists for: no weights, and the smoothed log-odds as bias.
    pub fn degenerate(&self, features: usize) -> Option<Solution> {
        let (positive, negative) = self.counts();
        (positive == 0 || negative == 0).then(|| Solution {
            weights: vec![0.0; features],
            bias: ((positive as f64 + 0.5) / (negative as f64 + 0.5)).ln(),
            converged: true,
        })
    }
}
