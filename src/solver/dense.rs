//! linfa-logistic as a solver: dense arrays, one label after the other.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2};

use super::Stopping;
use super::problem::{ClassCosts, Problem, Solution};
use crate::error::{Kind, Result};
use crate::features::rows::SparseRows;
use crate::progress::Progress;

/// Cells of a dense array at most: 400 MB, and some ten seconds a label.
pub const CELL_LIMIT: usize = 50_000_000;

/// Solves the problems with linfa-logistic.
///
/// # Errors
/// If the dense array would have more than [`CELL_LIMIT`] cells, if classes are weighted, or if linfa-logistic fails.
pub fn solve(
    rows: &SparseRows,
    problems: &[Problem<'_>],
    stopping: Stopping,
    progress: &dyn Progress,
) -> Result<Vec<Solution>> {
    let cells = rows.len().saturating_mul(rows.columns());
    if cells > CELL_LIMIT {
        return Err(Kind::Usage(format!(
            "--solver linfa works on dense arrays, and {} rows x {} features are {cells} cells, more than {CELL_LIMIT} (use --solver newton, or --max-features)",
            rows.len(),
            rows.columns()
        ))
        .into());
    }
    problems
        .iter()
        .map(|problem| {
            let solution = solve_one(rows, problem, stopping);
            progress.advance(1);
            solution
        })
        .collect()
}

fn solve_one(rows: &SparseRows, problem: &Problem<'_>, stopping: Stopping) -> Result<Solution> {
    if problem.costs != ClassCosts::default() {
        let message = "linfa-logistic has no class weights (use --solver newton, or --class-weight none)";
        return Err(Kind::Usage(message.into()).into());
    }
    if let Some(solution) = problem.degenerate(rows.columns()) {
        return Ok(solution);
    }
    let taking_part: Vec<usize> = (0..rows.len()).filter(|&i| problem.takes_part(i)).collect();
    let mut dense = Array2::<f64>::zeros((taking_part.len(), rows.columns()));
    for (mut to, &i) in dense.rows_mut().into_iter().zip(&taking_part) {
        // A column of zeros has a zero weight at the optimum.
        for (column, value) in rows
            .row(i)
            .iter()
            .filter(|(column, _)| !problem.hidden.contains(&(*column as u32)))
        {
            to[column] = f64::from(value);
        }
    }
    let targets: Array1<bool> = taking_part.iter().map(|&i| problem.targets[i]).collect();
    let goal = problem.goal(rows, stopping.tolerance);
    let fitted = LogisticRegression::default()
        .alpha(problem.alpha)
        .gradient_tolerance(goal)
        .max_iterations(u64::from(stopping.max_iterations))
        .fit(&DatasetBase::new(dense, targets))?;
    // linfa-logistic calls the class it meets more often positive.
    let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
    let mut solution = Solution {
        weights: fitted.params().iter().map(|w| sign * w).collect(),
        bias: sign * fitted.intercept(),
        converged: false,
    };
    // It says nothing of how it ended. Its line search gives up at about 1e-8.
    solution.converged = problem.gradient_length(rows, Some(&solution)) <= goal.max(1e-6);
    Ok(solution)
}
