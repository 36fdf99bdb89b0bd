//! A binary problem and its solution.

use crate::features::rows::{SparseRow, SparseRows};

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
    pub start: Option<&'p Fit>,
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

/// What cross-validation needs of a solution.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The weights as a combination of the rows: a start for a problem of the same rows. Empty if the solver knows none.
    pub duals: Vec<f32>,
    /// The bias.
    pub bias: f64,
    /// Decision function of the rows that took no part, in their order.
    pub held_out: Vec<f64>,
    /// Length of the gradient at zero.
    pub first_length: f64,
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

    /// The fit that decides alike on all rows.
    pub fn constant(&self, decision: f64) -> Fit {
        let rows = self.targets.len();
        Fit {
            duals: Vec::new(),
            bias: decision,
            first_length: 0.0,
            held_out: (0..rows).filter(|&i| !self.takes_part(i)).map(|_| decision).collect(),
        }
    }

    /// What a solution says of the rows that took no part.
    pub fn fit_of(&self, rows: &SparseRows, solution: &Solution) -> Fit {
        let held_out = rows.iter().enumerate().filter(|&(i, _)| !self.takes_part(i));
        Fit {
            duals: Vec::new(),
            bias: solution.bias,
            first_length: 0.0,
            held_out: held_out.map(|(_, row)| solution.decision(row)).collect(),
        }
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

    /// Length of the gradient at `at` (no weights and no bias if absent), hidden features left out.
    pub fn gradient_length(&self, rows: &SparseRows, at: Option<&Solution>) -> f64 {
        let (positive, negative) = self.costs();
        let mut gradient: Vec<f64> = match at {
            Some(at) => at.weights.iter().map(|w| self.alpha * w).collect(),
            None => vec![0.0; rows.columns()],
        };
        let mut bias = 0.0;
        for (i, row) in rows.iter().enumerate().filter(|&(i, _)| self.takes_part(i)) {
            let (sign, cost) = if self.targets[i] {
                (1.0, positive)
            } else {
                (-1.0, negative)
            };
            let decision = at.map_or(0.0, |at| at.decision(row));
            let residual = -sign * cost / (1.0 + (sign * decision).exp());
            bias += residual;
            row.iter()
                .for_each(|(column, value)| gradient[column] += residual * f64::from(value));
        }
        self.hidden.iter().for_each(|&column| gradient[column as usize] = 0.0);
        gradient.iter().fold(bias * bias, |sum, g| sum + g * g).sqrt()
    }

    /// The length of the gradient at which the problem counts as solved, as LIBLINEAR has it: relative to its length at zero and to the share of the rarer
    /// class.
    pub fn goal(&self, rows: &SparseRows, tolerance: f64) -> f64 {
        let (positives, negatives) = self.counts();
        let rarity = positives.min(negatives) as f64 / (positives + negatives) as f64;
        tolerance * rarity * self.gradient_length(rows, None)
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
