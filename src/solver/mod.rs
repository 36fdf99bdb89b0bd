//! Solvers of one objective: L2-regularised logistic regression with a free bias, one binary problem for each label.
//!
//! `sum_i c_i · log(1 + exp(-y_i (w·x_i + b))) + alpha/2 · ||w||²`
//!
//! This is the objective of linfa-logistic (all `c_i = 1`) and of scikit-learn's `LogisticRegression` with `C = 1/alpha`.

mod conjugate;
pub mod dense;
mod descent;
pub mod estimator;
mod lanes;
pub mod newton;
mod place;
pub mod problem;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::features::rows::SparseRows;
use crate::progress::Progress;
use problem::{Fit, Problem, Solution};

/// Which solver to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
#[value(rename_all = "lower")]
pub enum SolverKind {
    /// Sparse truncated Newton: any size.
    #[default]
    Newton,
    /// linfa-logistic on dense arrays: small data only.
    Linfa,
}

/// When a solver stops.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stopping {
    /// The gradient's length at which a problem is solved, relative to its length at zero and to the share of the rarer class.
    pub tolerance: f64,
    /// Iterations after which a problem is given up as not converged.
    pub max_iterations: u32,
}

impl Default for Stopping {
    fn default() -> Self {
        Self {
            tolerance: 1e-3,
            max_iterations: 200,
        }
    }
}

/// Solves all problems over the same rows, in order. The result does not depend on the number of threads.
///
/// # Errors
/// If linfa-logistic is asked for and the rows are too many for it, or it fails.
pub fn solve(
    kind: SolverKind,
    rows: &SparseRows,
    problems: &[Problem<'_>],
    stopping: Stopping,
    progress: &dyn Progress,
) -> Result<Vec<Solution>> {
    match kind {
        SolverKind::Newton => Ok(newton::solve(rows, problems, stopping, progress)),
        SolverKind::Linfa => dense::solve(rows, problems, stopping, progress),
    }
}

/// Solves all problems as exactly as cross-validation needs it, in order. The result does not depend on the number of threads.
///
/// # Errors
/// As [`solve`].
pub fn fit(
    kind: SolverKind,
    rows: &SparseRows,
    problems: &[Problem<'_>],
    stopping: Stopping,
    progress: &dyn Progress,
) -> Result<Vec<Fit>> {
    match kind {
        SolverKind::Newton => Ok(newton::fit(rows, problems, stopping, progress)),
        SolverKind::Linfa => {
            let solutions = dense::solve(rows, problems, stopping, progress)?;
            let fits = problems.iter().zip(solutions).map(|(p, s)| p.fit_of(rows, &s));
            Ok(fits.collect())
        }
    }
}
