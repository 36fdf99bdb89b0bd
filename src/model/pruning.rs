//! Pruning: weights that hardly move a score are left out of the model.
//!
//! What a weight `w` of feature `j` adds to the score of a text has, over the training texts, the mean `w · mean(x_j)` and at most the mean square
//! `w² · mean(x_j²)`. For each label the weights of smallest mean square are dropped as long as the root of their sum stays within the tolerance (they are taken for
//! independent of each other), and their mean goes into the bias. The weights thus judged are those of optimal brain damage (LeCun, Denker and Solla, 1990) for
//! squared error in the scores.

use rayon::prelude::*;

use crate::features::rows::SparseRows;
use crate::solver::problem::Solution;

/// Sets weights to zero. `tolerance` is the root mean square by which the scores of a label may change, as a share of that of all its features;
/// zero changes nothing.
pub fn prune(solutions: &mut [Solution], rows: &SparseRows, tolerance: f64) {
    if tolerance == 0.0 {
        return;
    }
    let moments = Moments::of(rows);
    solutions
        .par_iter_mut()
        .for_each(|solution| moments.prune(solution, tolerance));
}

/// Mean and mean square of each feature.
struct Moments {
    mean: Vec<f64>,
    square: Vec<f64>,
}

impl Moments {
    fn of(rows: &SparseRows) -> Self {
        let mut moments = Self {
            mean: vec![0.0; rows.columns()],
            square: vec![0.0; rows.columns()],
        };
        let share = 1.0 / rows.len().max(1) as f64;
        for (feature, value) in rows.iter().flat_map(|row| row.iter()) {
            let value = f64::from(value);
            moments.mean[feature] += share * value;
            moments.square[feature] += share * value * value;
        }
        moments
    }

    fn prune(&self, solution: &mut Solution, tolerance: f64) {
        let Solution { weights, bias, .. } = solution;
        let effects = weights.iter().zip(&self.square).map(|(w, square)| w * w * square);
        let total: f64 = effects.clone().sum();
        let least = least_kept(effects, tolerance * tolerance * total);
        for ((weight, mean), square) in weights.iter_mut().zip(&self.mean).zip(&self.square) {
            if bucket(*weight * *weight * square) < least {
                *bias += *weight * mean;
                *weight = 0.0;
            }
        }
    }
}

/// Buckets of positive numbers, 16 to each power of two: the upper bits of a float are in the order of its value.
fn bucket(effect: f64) -> usize {
    (effect.to_bits() >> 48) as usize
}

/// The first bucket that is kept if all before it may add up to `budget` at most.
fn least_kept(effects: impl Iterator<Item = f64>, budget: f64) -> usize {
    let mut sums = vec![0.0; 1 << 15];
    effects.for_each(|effect| sums[bucket(effect)] += effect);
    let mut sum = 0.0;
    sums.iter()
        .position(|in_bucket| {
            sum += in_bucket;
            sum > budget
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::rows::SparseRow;

    /// Rows of 40 features in which feature `j` stands in every `j + 1`th row.
    fn rows() -> SparseRows {
        let mut rows = SparseRows::new(40);
        for i in 0..500_u32 {
            rows.push((0..40).filter(|j| i % (j + 1) == 0).map(|j| (j, 0.5)));
        }
        rows
    }

    fn solution() -> Solution {
        Solution {
            weights: (0..40).map(|j| f64::from((j * 7919) % 41 - 20) / 10.0).collect(),
            bias: 0.25,
            converged: true,
        }
    }

    #[test]
    fn scores_stay_within_the_tolerance() {
        let (rows, whole) = (rows(), solution());
        let mut kept = Vec::new();
        for tolerance in [0.0, 0.05, 0.2] {
            let mut pruned = [whole.clone()];
            prune(&mut pruned, &rows, tolerance);
            let mean_square = |f: &dyn Fn(SparseRow<'_>) -> f64| rows.iter().map(|r| f(r).powi(2)).sum::<f64>() / 500.0;
            let changed = mean_square(&|row| pruned[0].decision(row) - whole.decision(row)).sqrt();
            let spread = mean_square(&|row| whole.decision(row) - whole.bias).sqrt();
            assert!(changed <= tolerance * spread, "{changed} of {spread}");
            kept.push(pruned[0].weights.iter().filter(|w| **w != 0.0).count());
        }
        assert!(kept[0] > kept[1] && kept[1] > kept[2] && kept[2] > 0, "{kept:?}");
    }
}
