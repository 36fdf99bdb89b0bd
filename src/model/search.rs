//! The search for alpha: cross-validated log-loss along a path of regularisation strengths.
//!
//! The path runs from strong to weak in steps of half a decade, every fit starting from the one before. It goes on for as long as the best strength
//! lies less than two steps from its end, so the choice never stops at the edge of a grid.

use super::calibration::sigmoid;
use crate::error::Result;
use crate::features::rows::SparseRows;
use crate::metrics::binary_log_loss;
use crate::progress::Progress;
use crate::schema::TaskKind;
use crate::solver::problem::{ClassCosts, Problem, Solution};
use crate::solver::{SolverKind, Stopping, solve};

/// Where the path begins; it goes up from here only if the best strength lies here.
const FIRST: f64 = 1.0;
/// Half a decade.
const STEP: f64 = 3.162_277_660_168_379_5;
/// Strengths beyond these make no sensible model, whatever the data.
const BOUNDS: (f64, f64) = (1e-7, 1e5);
/// Steps that the path goes on beyond its best point.
const BEYOND: usize = 1;

/// What is to be cross-validated: the labels of one task.
pub struct CrossValidation<'a> {
    /// All rows.
    pub rows: &'a SparseRows,
    /// For each label which rows have it.
    pub targets: &'a [Vec<bool>],
    /// Weights of each label's classes.
    pub costs: &'a [ClassCosts],
    /// Features that the task does not see.
    pub hidden: &'a [u32],
    /// The fold of each row.
    pub folds: &'a [u32],
    /// Number of folds.
    pub fold_count: u32,
    /// How the labels relate.
    pub kind: TaskKind,
    /// The solver.
    pub solver: SolverKind,
    /// When it stops.
    pub stopping: Stopping,
    /// Who watches.
    pub progress: &'a dyn Progress,
}

/// Cross-validation at one strength.
pub struct Fitted {
    /// The strength.
    pub alpha: f64,
    /// Mean log-loss out of fold.
    pub log_loss: f64,
    /// `scores[k][i]`: out-of-fold score of label `k` for row `i`.
    pub scores: Vec<Vec<f64>>,
    solutions: Vec<Solution>,
}

impl CrossValidation<'_> {
    /// Fits every label on every fold's complement, starting from an earlier fit.
    ///
    /// # Errors
    /// If the solver fails.
    pub fn fit(&self, alpha: f64, start: Option<&Fitted>) -> Result<Fitted> {
        let pairs = || (0..self.targets.len()).flat_map(|label| (0..self.fold_count).map(move |fold| (label, fold)));
        let problems: Vec<Problem<'_>> = pairs()
            .enumerate()
            .map(|(i, (label, fold))| Problem {
                targets: &self.targets[label],
                held_out: Some((self.folds, fold)),
                costs: self.costs[label],
                alpha,
                start: start.map(|s| &s.solutions[i]),
                hidden: self.hidden,
            })
            .collect();
        let solutions = solve(self.solver, self.rows, &problems, self.stopping, self.progress)?;
        let mut scores = vec![vec![0.0; self.rows.len()]; self.targets.len()];
        for ((label, fold), (solution, problem)) in pairs().zip(solutions.iter().zip(&problems)) {
            // Undo the shift that weighted classes give the odds, so that log-losses can be compared.
            let (positive, negative) = problem.costs();
            let shift = (positive / negative).ln();
            for (i, row) in self.rows.iter().enumerate().filter(|&(i, _)| self.folds[i] == fold) {
                scores[label][i] = solution.decision(row) - shift;
            }
        }
        let log_loss = self.log_loss(&scores);
        Ok(Fitted {
            alpha,
            log_loss,
            scores,
            solutions,
        })
    }

    /// Walks the path; gives the best fit and all (alpha, log-loss) by falling alpha.
    ///
    /// # Errors
    /// If the solver fails.
    pub fn search(&self) -> Result<(Fitted, Vec<(f64, f64)>)> {
        let first = self.fit(FIRST, None)?;
        let mut tried = vec![(first.alpha, first.log_loss)];
        let mut best = self.walk(first, 1.0 / STEP, &mut tried)?;
        if best.alpha == FIRST {
            let first = Fitted {
                solutions: best.solutions.clone(),
                scores: best.scores.clone(),
                ..best
            };
            best = self.walk(first, STEP, &mut tried)?;
        }
        tried.sort_by(|a, b| b.0.total_cmp(&a.0));
        Ok((best, tried))
    }

    fn walk(&self, first: Fitted, factor: f64, tried: &mut Vec<(f64, f64)>) -> Result<Fitted> {
        let mut best = first;
        let mut last: Option<Fitted> = None;
        let mut worse = 0;
        while worse < BEYOND {
            let from = last.as_ref().unwrap_or(&best);
            let alpha = from.alpha * factor;
            if alpha < BOUNDS.0 || alpha > BOUNDS.1 {
                break;
            }
            let fitted = self.fit(alpha, Some(from))?;
            tried.push((alpha, fitted.log_loss));
            if fitted.log_loss < best.log_loss {
                best = fitted;
                last = None;
                worse = 0;
            } else {
                last = Some(fitted);
                worse += 1;
            }
        }
        Ok(best)
    }

    /// Mean over texts (and, for a multi-label task, labels) of the negative log-likelihood.
    fn log_loss(&self, scores: &[Vec<f64>]) -> f64 {
        let texts = self.rows.len();
        let sum: f64 = (0..texts)
            .map(|i| -> f64 {
                let labels = scores.iter().zip(self.targets);
                match self.kind {
                    TaskKind::Multi => labels.map(|(z, y)| binary_log_loss(sigmoid(z[i]), y[i])).sum(),
                    TaskKind::Single => {
                        // One-vs-rest probabilities, normalised.
                        let all: f64 = scores.iter().map(|z| sigmoid(z[i])).sum();
                        labels
                            .filter(|(_, y)| y[i])
                            .map(|(z, _)| binary_log_loss(sigmoid(z[i]) / all, true))
                            .sum()
                    }
                }
            })
            .sum();
        let count = match self.kind {
            TaskKind::Multi => texts * scores.len(),
            TaskKind::Single => texts,
        };
        sum / count as f64
    }
}
