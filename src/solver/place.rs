//! Where the descent of one problem stands.

use super::Stopping;
use super::problem::{Fit, Problem, Solution};

/// A point of one problem's space. The weights are kept as a combination of the rows, `w = Xᵀβ`: so is every step from zero (the representer theorem).
pub struct Place<'p> {
    /// What is solved.
    pub problem: &'p Problem<'p>,
    /// `β`.
    pub duals: Vec<f64>,
    /// The bias.
    pub bias: f64,
    /// Decision function of each row.
    pub decisions: Vec<f64>,
    /// Length of the gradient at zero.
    first_length: f64,
    /// Length of the gradient at which the problem is solved, relative to that at zero.
    relative_goal: f64,
    /// What is asked of the next descent.
    pub goal: f64,
    /// Steps that are left.
    pub left: u32,
    /// Rounding errors are all that is left to gain.
    pub exhausted: bool,
    costs: (f64, f64),
}

impl<'p> Place<'p> {
    /// At the problem's start, but the decisions are yet to be made; at zero if the problem has none.
    pub fn new(problem: &'p Problem<'p>, stopping: Stopping) -> Self {
        let (positives, negatives) = problem.counts();
        let rarity = positives.min(negatives) as f64 / (positives + negatives) as f64;
        let mut place = Self {
            problem,
            duals: vec![0.0; problem.targets.len()],
            bias: 0.0,
            decisions: vec![0.0; problem.targets.len()],
            first_length: 0.0,
            relative_goal: stopping.tolerance * rarity,
            goal: 0.0,
            left: stopping.max_iterations,
            exhausted: false,
            costs: problem.costs(),
        };
        if let Some(start) = problem.start {
            place.set_first_length(start.first_length);
            place.bias = start.bias;
            place.duals = start.duals.iter().map(|&dual| f64::from(dual)).collect();
        }
        place
    }

    /// Sets the goal by the length of the gradient at zero, as LIBLINEAR does.
    pub fn set_first_length(&mut self, length: f64) {
        self.first_length = length;
        self.goal = self.relative_goal * length;
    }

    /// Goes to the best bias without weights: a good place to begin where a label is rare.
    pub fn go_to_log_odds(&mut self) {
        let (positives, negatives) = self.problem.counts();
        self.bias = (positives as f64 * self.costs.0 / (negatives as f64 * self.costs.1)).ln();
        self.decisions.fill(self.bias);
    }

    /// Loss of row `i` with the decision `z`, and its first and second derivative.
    #[inline(always)]
    pub fn loss(&self, i: usize, z: f64) -> (f64, f64, f64) {
        if !self.problem.takes_part(i) {
            return (0.0, 0.0, 0.0);
        }
        let (sign, cost) = if self.problem.targets[i] {
            (1.0, self.costs.0)
        } else {
            (-1.0, self.costs.1)
        };
        let margin = sign * z;
        // The exponential of a positive number could overflow.
        let e = (-margin.abs()).exp();
        let wrong = if margin >= 0.0 { e } else { 1.0 } / (1.0 + e);
        let loss = e.ln_1p() + (-margin).max(0.0);
        (cost * loss, -sign * cost * wrong, cost * wrong * (1.0 - wrong))
    }

    /// Gives the derivative of each row's loss, and returns their sum.
    pub fn derivatives(&self, mut give: impl FnMut(usize, f64)) -> f64 {
        let derivative = |i| {
            let (_, slope, _) = self.loss(i, self.decisions[i]);
            give(i, slope);
            slope
        };
        (0..self.decisions.len()).map(derivative).sum()
    }

    /// The solution, if a gradient of this length makes it one or nothing more can be done. Otherwise the next descent must do better than the last.
    pub fn solution(&mut self, length: f64, weights: impl Iterator<Item = f64>) -> Option<Solution> {
        // Where rounding errors are all that is left to gain is the optimum as far as floating point goes.
        let converged = self.exhausted || length <= self.relative_goal * self.first_length;
        self.goal *= 0.5;
        (converged || self.left == 0).then(|| Solution {
            weights: weights.collect(),
            bias: self.bias,
            converged,
        })
    }

    /// What cross-validation needs.
    pub fn into_fit(self) -> Fit {
        let held_out = self.decisions.iter().enumerate();
        let held_out = held_out.filter(|&(i, _)| !self.problem.takes_part(i));
        Fit {
            held_out: held_out.map(|(_, &z)| z).collect(),
            duals: self.duals.iter().map(|&d| d as f32).collect(),
            bias: self.bias,
            first_length: self.first_length,
        }
    }
}
