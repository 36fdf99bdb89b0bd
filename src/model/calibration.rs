//! Calibration: from decision functions to probabilities, learned on out-of-fold scores with linfa-logistic.
//!
//! A multi-label task gets Platt scaling of each label, `p = sigmoid(slope · z + offset)` (Platt, *Probabilistic outputs for support vector
//! machines*, 1999). A single-choice task gets a multinomial regression over the scores of all its labels, `p = softmax(A z + c)`. Both are affine, so they are
//! folded into the weights and cost nothing at prediction.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_logistic::{LogisticRegression, MultiLogisticRegression};
use ndarray::{Array1, Array2};

use crate::error::Result;
use crate::schema::TaskKind;
use crate::solver::problem::Solution;

/// Regularisation of the calibration: just enough to keep slopes finite where scores separate perfectly.
const ALPHA: f64 = 0.01;
/// A label needs this many positive and negative texts to be calibrated.
const LEAST: usize = 3;
/// Enough for well-separated scores; linfa-logistic stops at 100 by itself.
const MAX_ITERATIONS: u64 = 1000;
/// Offset of a label that the training data do not have.
const NEVER: f64 = -30.0;

/// `z -> A z + c`, square.
#[derive(Debug, Clone, PartialEq)]
pub struct Affine {
    /// Row `k` makes the new score of label `k`.
    pub matrix: Vec<Vec<f64>>,
    /// Added to it.
    pub offset: Vec<f64>,
}

impl Affine {
    /// Leaves scores as they are.
    pub fn identity(labels: usize) -> Self {
        let row = |k: usize| (0..labels).map(|j| f64::from(u8::from(j == k))).collect();
        Self {
            matrix: (0..labels).map(row).collect(),
            offset: vec![0.0; labels],
        }
    }

    /// Applies it to the scores of one text.
    pub fn apply(&self, scores: &[f64]) -> Vec<f64> {
        let dot = |row: &Vec<f64>| -> f64 { row.iter().zip(scores).map(|(a, z)| a * z).sum() };
        self.matrix
            .iter()
            .zip(&self.offset)
            .map(|(row, c)| dot(row) + c)
            .collect()
    }

    /// Negative log-likelihood of label `k` for text `i`, by the softmax of its new scores.
    fn log_loss(&self, scores: &[Vec<f64>], i: usize, k: usize) -> f64 {
        let own: Vec<f64> = scores.iter().map(|z| z[i]).collect();
        let new = self.apply(&own);
        let most = new.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        most + new.iter().map(|z| (z - most).exp()).sum::<f64>().ln() - new[k]
    }

    /// Folds it into weights and biases.
    pub fn fold(&self, solutions: &[Solution]) -> Vec<Solution> {
        let features = solutions.first().map_or(0, |s| s.weights.len());
        let biases: Vec<f64> = solutions.iter().map(|s| s.bias).collect();
        self.matrix
            .iter()
            .zip(self.apply(&biases))
            .zip(solutions)
            .map(|((row, bias), own)| {
                let mut weights = vec![0.0; features];
                for (factor, solution) in row.iter().zip(solutions).filter(|(factor, _)| **factor != 0.0) {
                    weights
                        .iter_mut()
                        .zip(&solution.weights)
                        .for_each(|(sum, w)| *sum += factor * w);
                }
                Solution {
                    weights,
                    bias,
                    converged: own.converged,
                }
            })
            .collect()
    }
}

/// Learns the calibration of one task. `scores[k][i]` is the out-of-fold score of label `k` for text `i`; `targets` likewise.
///
/// # Errors
/// If linfa-logistic fails.
pub fn fit(kind: TaskKind, scores: &[Vec<f64>], targets: &[Vec<bool>]) -> Result<Affine> {
    match kind {
        TaskKind::Multi => platt(scores, targets),
        TaskKind::Single => multinomial(scores, targets),
    }
}

fn platt(scores: &[Vec<f64>], targets: &[Vec<bool>]) -> Result<Affine> {
    let mut affine = Affine::identity(scores.len());
    for (k, (scores, targets)) in scores.iter().zip(targets).enumerate() {
        let positives = targets.iter().filter(|&&t| t).count();
        if positives.min(targets.len() - positives) < LEAST {
            continue;
        }
        let column = Array2::from_shape_fn((scores.len(), 1), |(i, _)| scores[i]);
        let targets: Array1<bool> = targets.iter().copied().collect();
        let fitted = LogisticRegression::default()
            .alpha(ALPHA)
            .fit(&DatasetBase::new(column, targets))?;
        let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
        let slope = sign * fitted.params()[0];
        // A score that ranks worse than chance out of fold says nothing; turning it round would be no cure.
        if slope > 0.0 {
            affine.matrix[k][k] = slope;
            affine.offset[k] = sign * fitted.intercept();
        }
    }
    Ok(affine)
}

fn multinomial(scores: &[Vec<f64>], targets: &[Vec<bool>]) -> Result<Affine> {
    let labels = scores.len();
    let texts = targets.first().map_or(0, Vec::len);
    let choice: Array1<usize> = (0..texts)
        .map(|i| (0..labels).position(|k| targets[k][i]).unwrap_or_default())
        .collect();
    let present: Vec<usize> = (0..labels).filter(|&k| targets[k].contains(&true)).collect();
    if present.len() < 2 {
        return Ok(Affine::identity(labels));
    }
    let columns = Array2::from_shape_fn((texts, labels), |(i, k)| scores[k][i]);
    let fitted = MultiLogisticRegression::default()
        .alpha(ALPHA)
        .max_iterations(MAX_ITERATIONS)
        .fit(&DatasetBase::new(columns, choice.clone()))?;
    let mut affine = Affine {
        matrix: vec![vec![0.0; labels]; labels],
        offset: vec![NEVER; labels],
    };
    for (column, &label) in fitted.classes().iter().enumerate() {
        affine.matrix[label] = fitted.params().column(column).to_vec();
        affine.offset[label] = fitted.intercept()[column];
    }
    // linfa-logistic takes one maximum over all texts for its log-sum-exp, and can lose its way where scores are far apart.
    let loss = |affine: &Affine| -> f64 {
        choice
            .iter()
            .enumerate()
            .map(|(i, &k)| affine.log_loss(scores, i, k))
            .sum()
    };
    let identity = Affine::identity(labels);
    Ok(if loss(&affine) <= loss(&identity) {
        affine
    } else {
        identity
    })
}

/// The logistic function.
pub fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

/// Turns the scores of a task into probabilities: of each label for itself, or of the labels against each other.
pub fn probabilities(kind: TaskKind, scores: &mut [f32]) {
    match kind {
        TaskKind::Multi => scores.iter_mut().for_each(|z| *z = sigmoid(f64::from(*z)) as f32),
        TaskKind::Single => {
            let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            scores.iter_mut().for_each(|z| *z = (*z - most).exp());
            let sum: f32 = scores.iter().sum();
            scores.iter_mut().for_each(|z| *z /= sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scores whose true probability is `sigmoid(2 z - 1)`, by counting out every case.
    fn platt_data() -> (Vec<f64>, Vec<bool>) {
        let mut data = (Vec::new(), Vec::new());
        for step in -10..=10 {
            let z = f64::from(step) / 5.0;
            let positives = (sigmoid(2.0 * z - 1.0) * 200.0).round() as usize;
            for i in 0..200 {
                data.0.push(z);
                data.1.push(i < positives);
            }
        }
        data
    }

    #[test]
    fn platt_scaling_finds_slope_and_offset() -> Result<()> {
        let (scores, targets) = platt_data();
        let affine = fit(TaskKind::Multi, &[scores], &[targets])?;
        assert!(
            (affine.matrix[0][0] - 2.0).abs() < 0.02 && (affine.offset[0] + 1.0).abs() < 0.02,
            "{affine:?}"
        );
        Ok(())
    }

    #[test]
    fn a_score_that_misleads_is_left_alone() -> Result<()> {
        let (scores, targets) = platt_data();
        let turned = scores.iter().map(|z| -z).collect();
        assert_eq!(fit(TaskKind::Multi, &[turned], &[targets])?, Affine::identity(1));
        Ok(())
    }

    #[test]
    fn a_label_without_texts_gets_no_probability() -> Result<()> {
        let scores = [vec![1.0, -1.0, 1.2, -1.1], vec![-1.0, 1.0, -0.9, 1.3], vec![0.0; 4]];
        let targets = [
            vec![true, false, true, false],
            vec![false, true, false, true],
            vec![false; 4],
        ];
        let affine = fit(TaskKind::Single, &scores, &targets)?;
        let mut z: Vec<f32> = affine.apply(&[1.0, -1.0, 0.0]).iter().map(|&z| z as f32).collect();
        probabilities(TaskKind::Single, &mut z);
        assert!(z[0] > 0.5 && z[2] < 1e-6, "{z:?}");
        Ok(())
    }

    #[test]
    fn folding_equals_applying() {
        let solution = |w: f64, b: f64| Solution {
            weights: vec![w, -w],
            bias: b,
            converged: true,
        };
        let affine = Affine {
            matrix: vec![vec![2.0, 0.5], vec![0.0, 1.0]],
            offset: vec![0.1, -0.2],
        };
        let folded = affine.fold(&[solution(1.0, 0.3), solution(-2.0, 0.4)]);
        let decision = |s: &Solution| s.weights[0] * 0.6 + s.weights[1] * 0.2 + s.bias;
        let applied = affine.apply(&[1.0 * 0.6 - 1.0 * 0.2 + 0.3, -2.0 * 0.6 + 2.0 * 0.2 + 0.4]);
        assert!(folded.iter().zip(applied).all(|(f, a)| (decision(f) - a).abs() < 1e-12));
    }
}
