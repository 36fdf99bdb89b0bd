//! The search for alpha: cross-validated log-loss along a path of regularisation strengths.
//!
//! The path runs from strong to weak in steps of half a decade, every fit starting from the one before, for as long as a step lowers the log-loss by more than a fifth of a
//! per cent; if not even the first does, it turns and runs towards stronger ones. It has no end, so the choice never stops at the edge of a grid.

use super::calibration::sigmoid;
use crate::error::Result;
use crate::features::rows::SparseRows;
use crate::metrics::binary_log_loss;
use crate::progress::Progress;
use crate::schema::TaskKind;
use crate::solver::problem::{ClassCosts, Fit, Problem};
use crate::solver::{SolverKind, Stopping, fit};

/// Where the path begins; it goes up from here only if the best strength lies here.
const FIRST: f64 = 1.0;
/// Half a decade.
const STEP: f64 = 3.162_277_660_168_379_5;
/// Strengths beyond these make no sensible model, whatever the data.
const BOUNDS: (f64, f64) = (1e-7, 1e5);
/// Share of the log-loss that a step must gain to be worth a weaker regularisation. Less is noise that another machine's rounding
/// could turn round, and the stronger of two equals carries over better to other texts.
const GAIN: f64 = 0.005;

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
    fits: Vec<Fit>,
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
                start: start.map(|s| &s.fits[i]),
                hidden: self.hidden,
            })
            .collect();
        let fits = fit(self.solver, self.rows, &problems, self.stopping, self.progress)?;
        let mut scores = vec![vec![0.0; self.rows.len()]; self.targets.len()];
        for ((label, fold), (fit, problem)) in pairs().zip(fits.iter().zip(&problems)) {
            // Undo the shift that weighted classes give the odds, so that log-losses can be compared.
            let (positive, negative) = problem.costs();
            let shift = (positive / negative).ln();
            let held_out = (0..self.rows.len()).filter(|&i| self.folds[i] == fold);
            for (i, decision) in held_out.zip(&fit.held_out) {
                scores[label][i] = decision - shift;
            }
        }
        let log_loss = self.log_loss(&scores);
        Ok(Fitted {
            alpha,
            log_loss,
            scores,
            fits,
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
                fits: best.fits.clone(),
                scores: best.scores.clone(),
                ..best
            };
            best = self.walk(first, STEP, &mut tried)?;
        }
        tried.sort_by(|a, b| b.0.total_cmp(&a.0));
        Ok((best, tried))
    }

    /// Goes on from `first` for as long as the next strength is better.
    fn walk(&self, first: Fitted, factor: f64, tried: &mut Vec<(f64, f64)>) -> Result<Fitted> {
        // What a weaker regularisation must gain, and what a stronger one may cost.
        let margin = if factor < 1.0 { 1.0 - GAIN } else { 1.0 + GAIN };
        let mut best = first;
        loop {
            let alpha = best.alpha * factor;
            if alpha < BOUNDS.0 || alpha > BOUNDS.1 {
                return Ok(best);
            }
            let fitted = self.fit(alpha, Some(&best))?;
            tried.push((alpha, fitted.log_loss));
            if fitted.log_loss > best.log_loss * margin {
                return Ok(best);
            }
            best = fitted;
        }
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
