//! The sparse solver as a linfa estimator: checked parameters, [`Fit`] on a dataset of [`SparseRows`], [`PredictInplace`].

use linfa::dataset::DatasetBase;
use linfa::param_guard::ParamGuard;
use linfa::traits::{Fit, PredictInplace};
use ndarray::{Array2, Axis};

use super::problem::{ClassCosts, Problem, Solution};
use super::{Stopping, newton};
use crate::error::{Error, Kind, Result};
use crate::features::rows::SparseRows;
use crate::progress::Silent;

/// Parameters of the sparse logistic regression, not yet checked.
///
/// ```
/// use linfa::traits::{Fit, Predict};
/// use linfa::DatasetBase;
/// use ndarray::array;
/// use wiretag::features::rows::SparseRows;
/// use wiretag::solver::estimator::SparseLogisticRegression;
///
/// let mut rows = SparseRows::new(2);
/// rows.push([(0, 1.0)]);
/// rows.push([(1, 1.0)]);
/// let data = DatasetBase::new(rows, array![[true], [false]]);
/// let fitted = SparseLogisticRegression::new().alpha(0.1).fit(&data)?;
/// assert_eq!(fitted.predict(&data), array![[true], [false]]);
/// # Ok::<(), wiretag::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SparseLogisticRegression(ValidSparseLogisticRegression);

/// Checked parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidSparseLogisticRegression {
    alpha: f64,
    costs: ClassCosts,
    stopping: Stopping,
}

impl Default for SparseLogisticRegression {
    fn default() -> Self {
        Self::new()
    }
}

impl SparseLogisticRegression {
    /// alpha 1, classes not weighted, default [`Stopping`].
    pub fn new() -> Self {
        Self(ValidSparseLogisticRegression {
            alpha: 1.0,
            costs: ClassCosts::default(),
            stopping: Stopping::default(),
        })
    }

    /// Strength of the L2 regularisation.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.0.alpha = alpha;
        self
    }

    /// Weights of the classes.
    pub fn class_costs(mut self, costs: ClassCosts) -> Self {
        self.0.costs = costs;
        self
    }

    /// When to stop.
    pub fn stopping(mut self, stopping: Stopping) -> Self {
        self.0.stopping = stopping;
        self
    }
}

/// Whether a regularisation strength can be used.
///
/// # Errors
/// [`Kind::Setting`] unless it is finite and positive.
pub fn check_alpha(alpha: f64) -> Result<()> {
    if alpha.is_finite() && alpha > 0.0 {
        return Ok(());
    }
    Err(Kind::Setting {
        name: "alpha",
        wanted: "a positive number".into(),
        found: alpha.to_string(),
    }
    .into())
}

impl ParamGuard for SparseLogisticRegression {
    type Checked = ValidSparseLogisticRegression;
    type Error = Error;

    fn check_ref(&self) -> Result<&Self::Checked> {
        check_alpha(self.0.alpha)?;
        let tolerance = self.0.stopping.tolerance;
        if !(tolerance > 0.0 && tolerance < 1.0) {
            let wanted = "between 0 and 1".into();
            return Err(Kind::Setting {
                name: "tolerance",
                wanted,
                found: tolerance.to_string(),
            }
            .into());
        }
        Ok(&self.0)
    }

    fn check(self) -> Result<Self::Checked> {
        self.check_ref()?;
        Ok(self.0)
    }
}

impl Fit<SparseRows, Array2<bool>, Error> for ValidSparseLogisticRegression {
    type Object = FittedSparseLogisticRegression;

    /// Fits one binary regression for each column of the targets.
    fn fit(&self, dataset: &DatasetBase<SparseRows, Array2<bool>>) -> Result<Self::Object> {
        let (rows, targets) = (dataset.records(), dataset.targets());
        if targets.nrows() != rows.len() {
            let message = format!(
                "{} rows of targets for {} rows of features",
                targets.nrows(),
                rows.len()
            );
            return Err(Kind::CannotLearn(message).into());
        }
        let columns: Vec<Vec<bool>> = targets.axis_iter(Axis(1)).map(|column| column.to_vec()).collect();
        let problems: Vec<_> = columns
            .iter()
            .map(|targets| Problem {
                targets,
                held_out: None,
                costs: self.costs,
                alpha: self.alpha,
                start: None,
                hidden: &[],
            })
            .collect();
        let solutions = newton::solve(rows, &problems, self.stopping, &Silent);
        Ok(FittedSparseLogisticRegression { solutions })
    }
}

/// Fitted regressions, one for each column of the targets.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedSparseLogisticRegression {
    solutions: Vec<Solution>,
}

impl FittedSparseLogisticRegression {
    /// Weights and bias of each column.
    pub fn solutions(&self) -> &[Solution] {
        &self.solutions
    }
}

impl PredictInplace<SparseRows, Array2<bool>> for FittedSparseLogisticRegression {
    /// True where the decision function is positive, which is a probability above one half.
    fn predict_inplace(&self, rows: &SparseRows, targets: &mut Array2<bool>) {
        for (mut targets, row) in targets.rows_mut().into_iter().zip(rows.iter()) {
            for (target, solution) in targets.iter_mut().zip(&self.solutions) {
                *target = solution.decision(row) > 0.0;
            }
        }
    }

    fn default_target(&self, rows: &SparseRows) -> Array2<bool> {
        Array2::default((rows.len(), self.solutions.len()))
    }
}
