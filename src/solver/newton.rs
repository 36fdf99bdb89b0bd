//! Trust-region Newton with conjugate gradients, for several labels at a time.
//!
//! After Lin, Weng and Keerthi, *Trust region Newton method for large-scale logistic regression* (JMLR 9, 2008), the primal solver of LIBLINEAR;
//! inner iterations after Steihaug (1983). It draws no random numbers and sums in a fixed order, so the same rows give the same bits.
//! Problems are solved in blocks of [`LANES`]: each keeps its own trust region and step lengths, and lies still while others in its block go on.

use std::array::from_fn;
use std::collections::BTreeMap;

use rayon::prelude::*;

use super::Stopping;
use super::lanes::{LANES, Lane, ZERO, add_scaled, backward, backward_squares, dot, forward, map};
use super::problem::{Problem, Solution};
use crate::features::rows::SparseRows;
use crate::progress::Progress;

/// A step is taken if it reaches this share of the predicted decrease.
const ACCEPT: f64 = 1e-4;
/// Below and above these shares the region shrinks or grows.
const POOR: f64 = 0.25;
const GOOD: f64 = 0.75;
/// Factors by which it does.
const SHRINK_MOST: f64 = 0.25;
const SHRINK: f64 = 0.5;
const GROW: f64 = 4.0;
/// Conjugate gradients end when the residual is this share of the gradient.
const RESIDUAL: f64 = 0.1;
/// Share of the Hessian's diagonal in the preconditioner.
const MIXTURE: f64 = 0.01;
/// Conjugate gradient steps in one iteration at most.
const MAX_INNER: u32 = 250;

/// Solves all problems; in order, whatever the number of threads.
pub fn solve(
    rows: &SparseRows,
    problems: &[Problem<'_>],
    stopping: Stopping,
    progress: &dyn Progress,
) -> Vec<Solution> {
    let mut solutions: Vec<Option<Solution>> = problems.iter().map(|p| p.degenerate(rows.columns())).collect();
    let mut open: Vec<usize> = (0..problems.len()).filter(|&i| solutions[i].is_none()).collect();
    // Problems alike in size take about as long, so that few lanes wait for the last of their block.
    open.sort_by_key(|&i| problems[i].counts().0);
    progress.advance((problems.len() - open.len()) as u64);
    let solved: Vec<Vec<Solution>> = open
        .par_chunks(LANES)
        .map(|chunk| {
            let lanes: Vec<&Problem<'_>> = chunk.iter().map(|&i| &problems[i]).collect();
            let solutions = Block::new(rows, &lanes).solve(stopping);
            progress.advance(chunk.len() as u64);
            solutions
        })
        .collect();
    for (i, solution) in open.into_iter().zip(solved.into_iter().flatten()) {
        solutions[i] = Some(solution);
    }
    solutions.into_iter().flatten().collect()
}

/// Weights of all lanes, or a direction in their space: one lane for each feature, and the bias.
struct Point {
    weights: Vec<Lane>,
    bias: Lane,
}

impl Point {
    fn zero(features: usize) -> Self {
        Self {
            weights: vec![ZERO; features],
            bias: ZERO,
        }
    }

    fn dot(&self, other: &Self) -> Lane {
        let mut sum = dot(&self.weights, &other.weights);
        add_scaled(&mut sum, &self.bias, &other.bias);
        sum
    }

    fn add_scaled(&mut self, factor: &Lane, other: &Self) {
        for (a, b) in self.weights.iter_mut().zip(&other.weights) {
            add_scaled(a, factor, b);
        }
        add_scaled(&mut self.bias, factor, &other.bias);
    }

    fn negated(&self) -> Self {
        let negated = |lane: &Lane| map(|k| -lane[k]);
        Self {
            weights: self.weights.iter().map(negated).collect(),
            bias: negated(&self.bias),
        }
    }

    /// `self = residual / scale + factor · self`, and zero in lanes that rest.
    fn renew(&mut self, factor: &Lane, residual: &Self, scale: &Self, goes_on: &[bool; LANES]) {
        let keep = map(|k| f64::from(u8::from(goes_on[k])));
        let renew = |d: &mut Lane, r: &Lane, m: &Lane| {
            for k in 0..LANES {
                d[k] = keep[k] * (r[k] / m[k] + factor[k] * d[k]);
            }
        };
        for ((d, r), m) in self.weights.iter_mut().zip(&residual.weights).zip(&scale.weights) {
            renew(d, r, m);
        }
        renew(&mut self.bias, &residual.bias, &scale.bias);
    }

    /// The sum of `v² / self`.
    fn quotient(&self, v: &Self) -> Lane {
        let all = self.weights.iter().zip(&v.weights).chain([(&self.bias, &v.bias)]);
        all.fold(ZERO, |mut sum, (m, v)| {
            for k in 0..LANES {
                sum[k] += v[k] * v[k] / m[k];
            }
            sum
        })
    }
}

/// Up to [`LANES`] problems; lanes without a problem have no costs and rest from the start.
struct Block<'r> {
    rows: &'r SparseRows,
    count: usize,
    /// Cost of each row, negative for a negative row; zero if the row takes no part.
    signed_costs: Vec<Lane>,
    alpha: Lane,
    /// Features that some lanes do not see, and for each lane one if it sees them and zero if not.
    hidden: Vec<(u32, Lane)>,
    /// Share of the rarer class, by which the tolerance is scaled.
    rarity: Lane,
    at: Point,
    /// Decision function of each row at `at`.
    decisions: Vec<Lane>,
    started_at_zero: bool,
}

/// The features that some problem does not see, and who sees them.
fn hidden(problems: &[&Problem<'_>]) -> Vec<(u32, Lane)> {
    let mut lanes: BTreeMap<u32, Lane> = BTreeMap::new();
    for (k, problem) in problems.iter().enumerate() {
        for &feature in problem.hidden {
            lanes.entry(feature).or_insert([1.0; LANES])[k] = 0.0;
        }
    }
    lanes.into_iter().collect()
}

/// What is known at a point.
struct Slope {
    gradient: Point,
    /// Second derivative of each row's loss.
    curvature: Vec<Lane>,
    /// The preconditioner: a mixture of one and the Hessian's diagonal, positive.
    scale: Point,
}

impl<'r> Block<'r> {
    fn new(rows: &'r SparseRows, problems: &[&Problem<'_>]) -> Self {
        let features = rows.columns();
        let mut block = Self {
            rows,
            count: problems.len(),
            signed_costs: vec![ZERO; rows.len()],
            alpha: [1.0; LANES],
            hidden: hidden(problems),
            rarity: [1.0; LANES],
            at: Point::zero(features),
            decisions: vec![ZERO; rows.len()],
            started_at_zero: problems.iter().all(|p| p.start.is_none()),
        };
        for (k, problem) in problems.iter().enumerate() {
            let (positive, negative) = problem.costs();
            for (i, costs) in block.signed_costs.iter_mut().enumerate() {
                if problem.takes_part(i) {
                    costs[k] = if problem.targets[i] { positive } else { -negative };
                }
            }
            let (positives, negatives) = problem.counts();
            block.rarity[k] = positives.min(negatives) as f64 / (positives + negatives) as f64;
            block.alpha[k] = problem.alpha;
            if let Some(start) = problem.start {
                block.at.bias[k] = start.bias;
                for (lane, &weight) in block.at.weights.iter_mut().zip(&start.weights) {
                    lane[k] = weight;
                }
            }
        }
        block
    }

    fn solve(mut self, stopping: Stopping) -> Vec<Solution> {
        let goal = self.goal(stopping.tolerance);
        if self.started_at_zero {
            // The best bias without weights: a good place to begin where a label is rare.
            self.at.bias = self.log_odds();
        }
        forward(self.rows, &self.at.weights, &self.at.bias, &mut self.decisions);
        let mut value = self.value(&self.decisions, &self.at);
        let mut slope = self.slope();
        let lengths = slope.gradient.dot(&slope.gradient);
        let first = slope.scale.quotient(&slope.gradient);
        let mut radius = map(|k| first[k].sqrt());
        let mut converged: [bool; LANES] = from_fn(|k| k >= self.count || lengths[k].sqrt() <= goal[k]);
        let mut given_up = [false; LANES];
        for iteration in 0..stopping.max_iterations {
            let active: [bool; LANES] = from_fn(|k| !converged[k] && !given_up[k]);
            if !active.contains(&true) {
                break;
            }
            let step = self.step(&slope, &radius, &active);
            let mut there = Point {
                weights: self.at.weights.clone(),
                bias: self.at.bias,
            };
            there.add_scaled(&[1.0; LANES], &step.step);
            let decisions: Vec<Lane> = self
                .decisions
                .iter()
                .zip(&step.decisions)
                .map(|(a, b)| map(|k| a[k] + b[k]))
                .collect();
            let new_value = self.value(&decisions, &there);
            let length = step.length;
            let along = slope.gradient.dot(&step.step);
            let residual = step.residual.dot(&step.step);
            let mut accepted = [false; LANES];
            for k in (0..LANES).filter(|&k| active[k]) {
                let predicted = -0.5 * (along[k] - residual[k]);
                let actual = value[k] - new_value[k];
                if iteration == 0 {
                    radius[k] = radius[k].min(length[k]);
                }
                radius[k] = resize(radius[k], length[k], actual, predicted, along[k]);
                accepted[k] = actual > ACCEPT * predicted;
                let noise = 1e-12 * value[k].abs();
                given_up[k] = predicted.is_nan() || predicted <= 0.0 || actual.abs() <= noise && predicted <= noise;
            }
            self.accept(&accepted, &there, &decisions);
            value = map(|k| if accepted[k] { new_value[k] } else { value[k] });
            if accepted.contains(&true) {
                slope = self.slope();
                let lengths = slope.gradient.dot(&slope.gradient);
                for k in (0..self.count).filter(|&k| accepted[k]) {
                    converged[k] = lengths[k].sqrt() <= goal[k];
                }
            }
        }
        (0..self.count)
            .map(|k| Solution {
                weights: self.at.weights.iter().map(|w| w[k]).collect(),
                bias: self.at.bias[k],
                // A step that no longer changes the objective is the optimum as far as floating point goes.
                converged: converged[k] || given_up[k],
            })
            .collect()
    }

    /// Moves the lanes that accepted their step.
    fn accept(&mut self, accepted: &[bool; LANES], there: &Point, decisions: &[Lane]) {
        let take = |a: &mut Lane, b: &Lane| *a = map(|k| if accepted[k] { b[k] } else { a[k] });
        self.at
            .weights
            .iter_mut()
            .zip(&there.weights)
            .for_each(|(a, b)| take(a, b));
        take(&mut self.at.bias, &there.bias);
        self.decisions.iter_mut().zip(decisions).for_each(|(a, b)| take(a, b));
    }

    /// The length of the gradient at which each lane is solved: relative to its length at zero, as in LIBLINEAR.
    fn goal(&self, tolerance: f64) -> Lane {
        let mut gradient = vec![ZERO; self.rows.columns()];
        let at_zero = self.signed_costs.iter().map(|c| map(|k| -0.5 * c[k]));
        let bias = backward(self.rows, at_zero, &mut gradient);
        let squares = dot(&gradient, &gradient);
        map(|k| tolerance * self.rarity[k] * (squares[k] + bias[k] * bias[k]).sqrt())
    }

    /// Takes hidden features out of a gradient, so that no step touches them.
    fn hide(&self, gradient: &mut Point) {
        for (feature, seen) in &self.hidden {
            let lane = &mut gradient.weights[*feature as usize];
            *lane = map(|k| lane[k] * seen[k]);
        }
    }

    fn log_odds(&self) -> Lane {
        let (mut positive, mut negative) = (ZERO, ZERO);
        for costs in &self.signed_costs {
            for k in 0..LANES {
                positive[k] += costs[k].max(0.0);
                negative[k] -= costs[k].min(0.0);
            }
        }
        map(|k| {
            if k < self.count {
                (positive[k] / negative[k]).ln()
            } else {
                0.0
            }
        })
    }

    /// The objective.
    fn value(&self, decisions: &[Lane], at: &Point) -> Lane {
        let mut loss = ZERO;
        for (costs, z) in self.signed_costs.iter().zip(decisions) {
            for k in 0..LANES {
                if costs[k] != 0.0 {
                    loss[k] += costs[k].abs() * log_loss(z[k] * costs[k].signum());
                }
            }
        }
        let squares = dot(&at.weights, &at.weights);
        map(|k| loss[k] + 0.5 * self.alpha[k] * squares[k])
    }

    /// Gradient and curvature where the block stands.
    fn slope(&self) -> Slope {
        let mut residuals = vec![ZERO; self.rows.len()];
        let mut curvature = vec![ZERO; self.rows.len()];
        for (i, (costs, z)) in self.signed_costs.iter().zip(&self.decisions).enumerate() {
            for k in 0..LANES {
                if costs[k] != 0.0 {
                    // Probability of the wrong class.
                    let wrong = 1.0 / (1.0 + (z[k] * costs[k].signum()).exp());
                    residuals[i][k] = -costs[k] * wrong;
                    curvature[i][k] = costs[k].abs() * wrong * (1.0 - wrong);
                }
            }
        }
        let mut gradient = Point::zero(self.rows.columns());
        gradient.bias = backward(self.rows, residuals.iter().copied(), &mut gradient.weights);
        for (g, w) in gradient.weights.iter_mut().zip(&self.at.weights) {
            add_scaled(g, &self.alpha, w);
        }
        self.hide(&mut gradient);
        let scale = self.scale(&curvature);
        Slope {
            gradient,
            curvature,
            scale,
        }
    }

    /// The preconditioner of LIBLINEAR (Hsia, Chiang and Lin, *Preconditioned conjugate gradient methods in truncated Newton frameworks*, 2018).
    fn scale(&self, curvature: &[Lane]) -> Point {
        let mut scale = Point::zero(self.rows.columns());
        scale.bias = backward_squares(self.rows, curvature, &mut scale.weights);
        let mix = |m: &mut Lane, own: f64| {
            let mixed = |k: usize| (1.0 - MIXTURE) * self.alpha[k] + MIXTURE * (own * self.alpha[k] + m[k]);
            *m = map(mixed);
        };
        scale.weights.iter_mut().for_each(|m| mix(m, 1.0));
        mix(&mut scale.bias, 0.0);
        scale
    }

    /// Minimises the quadratic model within the trust region, whose shape the preconditioner sets.
    ///
    /// The lengths that Steihaug's method compares with the radius are carried along by recurrence, so that an inner iteration costs two passes over the rows
    /// and three over the weights.
    fn step(&self, slope: &Slope, radius: &Lane, active: &[bool; LANES]) -> Step {
        let features = self.rows.columns();
        let mut step = Point::zero(features);
        let mut decisions = vec![ZERO; self.rows.len()];
        let mut residual = slope.gradient.negated();
        let mut direction = Point::zero(features);
        let mut squares = slope.scale.quotient(&residual);
        direction.renew(&ZERO, &residual, &slope.scale, active);
        let mut bent = Point::zero(features);
        let mut moved = vec![ZERO; self.rows.len()];
        let goal = map(|k| RESIDUAL * RESIDUAL * squares[k]);
        let (mut ss, mut sd, mut dd) = (ZERO, ZERO, squares);
        let mut goes_on = *active;
        for _ in 0..MAX_INNER {
            if !goes_on.contains(&true) {
                break;
            }
            forward(self.rows, &direction.weights, &direction.bias, &mut moved);
            let bend = self.bend(&moved, slope, &direction, &mut bent);
            let mut length = ZERO;
            for k in 0..LANES {
                if !goes_on[k] {
                    continue;
                }
                let free = squares[k] / bend[k];
                let beyond = ss[k] + 2.0 * free * sd[k] + free * free * dd[k] > radius[k] * radius[k];
                if bend[k] > 0.0 && !beyond {
                    length[k] = free;
                } else {
                    // To the edge of the region: the positive root of |s + t d| = radius.
                    let left = (radius[k] * radius[k] - ss[k]).max(0.0);
                    length[k] = left / (sd[k] + (sd[k] * sd[k] + dd[k] * left).sqrt()).max(f64::MIN_POSITIVE);
                    goes_on[k] = false;
                }
            }
            for (sum, moved) in decisions.iter_mut().zip(&moved) {
                add_scaled(sum, &length, moved);
            }
            let left = advance(&mut step, &mut residual, &length, &direction, &bent, &slope.scale);
            for k in 0..LANES {
                ss[k] += length[k] * (2.0 * sd[k] + length[k] * dd[k]);
                goes_on[k] &= left[k] > goal[k];
            }
            let ratio = map(|k| if goes_on[k] { left[k] / squares[k] } else { 0.0 });
            sd = map(|k| ratio[k] * (sd[k] + length[k] * dd[k]));
            dd = map(|k| left[k] + ratio[k] * ratio[k] * dd[k]);
            squares = left;
            direction.renew(&ratio, &residual, &slope.scale, &goes_on);
        }
        Step {
            step,
            decisions,
            residual,
            length: map(|k| ss[k].max(0.0).sqrt()),
        }
    }

    /// The Hessian's product with a direction, whose decisions are `moved`, into `bent`; gives the curvature along it.
    fn bend(&self, moved: &[Lane], slope: &Slope, direction: &Point, bent: &mut Point) -> Lane {
        let weighted = moved.iter().zip(&slope.curvature).map(|(m, c)| map(|k| m[k] * c[k]));
        bent.bias = backward(self.rows, weighted, &mut bent.weights);
        self.hide(bent);
        let mut bend = map(|k| bent.bias[k] * direction.bias[k]);
        for (b, d) in bent.weights.iter_mut().zip(&direction.weights) {
            add_scaled(b, &self.alpha, d);
            add_scaled(&mut bend, b, d);
        }
        bend
    }
}

/// One step of conjugate gradients: `step += length · direction`, `residual -= length · bent`; gives the residual's square in the preconditioned norm.
fn advance(
    step: &mut Point,
    residual: &mut Point,
    length: &Lane,
    direction: &Point,
    bent: &Point,
    scale: &Point,
) -> Lane {
    let mut squares = ZERO;
    let mut advance = |s: &mut Lane, r: &mut Lane, d: &Lane, b: &Lane, m: &Lane| {
        for k in 0..LANES {
            s[k] += length[k] * d[k];
            r[k] -= length[k] * b[k];
            squares[k] += r[k] * r[k] / m[k];
        }
    };
    let vectors = step.weights.iter_mut().zip(&mut residual.weights);
    let others = direction.weights.iter().zip(&bent.weights).zip(&scale.weights);
    for ((s, r), ((d, b), m)) in vectors.zip(others) {
        advance(s, r, d, b, m);
    }
    advance(
        &mut step.bias,
        &mut residual.bias,
        &direction.bias,
        &bent.bias,
        &scale.bias,
    );
    squares
}

/// A step with the change it makes to each row's decision function, and what is left of the gradient by the quadratic model.
struct Step {
    step: Point,
    decisions: Vec<Lane>,
    residual: Point,
    /// Its length in the preconditioned norm.
    length: Lane,
}

/// The trust region after a step of `length`, by the rules of LIBLINEAR; `along` is the slope along the step.
fn resize(radius: f64, length: f64, actual: f64, predicted: f64, along: f64) -> f64 {
    // How far the objective lies above its tangent; the factor leads to the minimum of the parabola through both.
    let excess = -actual - along;
    let factor = if excess <= 0.0 {
        GROW
    } else {
        SHRINK_MOST.max(-0.5 * (along / excess))
    };
    if !actual.is_finite() {
        SHRINK_MOST * length.min(radius)
    } else if actual < ACCEPT * predicted {
        (factor * length).min(SHRINK * radius)
    } else if actual < POOR * predicted {
        (factor * length).clamp(SHRINK_MOST * radius, SHRINK * radius)
    } else if actual < GOOD * predicted {
        (factor * length).clamp(SHRINK_MOST * radius, GROW * radius)
    } else {
        (factor * length).clamp(radius, GROW * radius)
    }
}

/// `log(1 + exp(-margin))` without overflow.
fn log_loss(margin: f64) -> f64 {
    if margin >= 0.0 {
        (-margin).exp().ln_1p()
    } else {
        -margin + margin.exp().ln_1p()
    }
}

#[cfg(test)]
mod tests {
    use super::super::problem::ClassCosts;
    use super::*;
    use crate::progress::Silent;

    /// Rows with a pattern but no structure, and labels that no line separates.
    fn data(n: usize, features: usize) -> (SparseRows, Vec<Vec<bool>>) {
        let mut state = 12345_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize
        };
        let mut rows = SparseRows::new(features);
        let mut targets = vec![Vec::new(); 11];
        for _ in 0..n {
            let mut columns: Vec<usize> = (0..6).map(|_| next() % features).collect();
            columns.sort_unstable();
            columns.dedup();
            for (l, targets) in targets.iter_mut().enumerate() {
                targets.push(columns.iter().any(|c| c % 11 == l) != (next() % 9 == 0));
            }
            rows.push(columns.into_iter().map(|c| (c as u32, (1 + next() % 7) as f32 / 7.0)));
        }
        (rows, targets)
    }

    fn problem(targets: &[bool], alpha: f64) -> Problem<'_> {
        Problem {
            targets,
            held_out: None,
            costs: ClassCosts::default(),
            alpha,
            start: None,
            hidden: &[],
        }
    }

    const TIGHT: Stopping = Stopping {
        tolerance: 1e-10,
        max_iterations: 500,
    };

    #[test]
    fn the_gradient_vanishes_at_the_solution() {
        let (rows, targets) = data(300, 40);
        let problems: Vec<_> = targets.iter().map(|t| problem(t, 0.3)).collect();
        for (solution, problem) in solve(&rows, &problems, TIGHT, &Silent).iter().zip(&problems) {
            assert!(solution.converged);
            let mut gradient: Vec<f64> = solution.weights.iter().map(|w| 0.3 * w).collect();
            let mut bias = 0.0;
            for (row, &target) in rows.iter().zip(problem.targets) {
                let y = if target { 1.0 } else { -1.0 };
                let r = -y / (1.0 + (y * solution.decision(row)).exp());
                bias += r;
                row.iter().for_each(|(i, v)| gradient[i] += r * f64::from(v));
            }
            assert!(
                gradient.iter().chain([&bias]).all(|g| g.abs() < 1e-6),
                "{bias} {gradient:?}"
            );
        }
    }

    #[test]
    fn grouping_changes_no_bit() {
        let (rows, targets) = data(200, 30);
        let problems: Vec<_> = targets.iter().map(|t| problem(t, 0.1)).collect();
        let together = solve(&rows, &problems, Stopping::default(), &Silent);
        for (problem, solution) in problems.iter().zip(together) {
            assert_eq!(
                solve(&rows, std::slice::from_ref(problem), Stopping::default(), &Silent),
                [solution]
            );
        }
    }

    #[test]
    fn held_out_rows_do_not_count() {
        let (rows, targets) = data(200, 30);
        let folds: Vec<u32> = (0..200).map(|i| i % 4).collect();
        let kept: Vec<usize> = (0..200).filter(|i| i % 4 != 1).collect();
        let kept_targets: Vec<bool> = kept.iter().map(|&i| targets[0][i]).collect();
        let with = Problem {
            held_out: Some((&folds, 1)),
            ..problem(&targets[0], 0.1)
        };
        let a = solve(&rows, &[with], TIGHT, &Silent);
        let b = solve(&rows.select(&kept), &[problem(&kept_targets, 0.1)], TIGHT, &Silent);
        assert!((a[0].bias - b[0].bias).abs() < 1e-6);
    }

    #[test]
    fn hidden_features_have_no_weight() {
        let (rows, targets) = data(200, 30);
        let hidden = Problem {
            hidden: &[3, 7],
            ..problem(&targets[0], 0.1)
        };
        let mut without = SparseRows::new(30);
        for row in rows.iter() {
            without.push(
                row.indices
                    .iter()
                    .copied()
                    .zip(row.values.iter().copied())
                    .filter(|(i, _)| ![3, 7].contains(i)),
            );
        }
        let a = solve(&rows, &[hidden, problem(&targets[1], 0.1)], TIGHT, &Silent);
        let b = solve(&without, &[problem(&targets[0], 0.1)], TIGHT, &Silent);
        assert_eq!((a[0].weights[3], a[0].weights[7]), (0.0, 0.0));
        assert!(a[1].weights[3] != 0.0);
        assert!(
            a[0].weights
                .iter()
                .zip(&b[0].weights)
                .all(|(a, b)| (a - b).abs() < 1e-5)
        );
    }

    #[test]
    fn a_warm_start_ends_where_a_cold_one_does() {
        let (rows, targets) = data(200, 30);
        let cold = solve(&rows, &[problem(&targets[0], 0.01)], TIGHT, &Silent);
        let near = solve(&rows, &[problem(&targets[0], 0.1)], TIGHT, &Silent);
        let warm = Problem {
            start: Some(&near[0]),
            ..problem(&targets[0], 0.01)
        };
        let warm = solve(&rows, &[warm], TIGHT, &Silent);
        assert!(
            cold[0]
                .weights
                .iter()
                .zip(&warm[0].weights)
                .all(|(a, b)| (a - b).abs() < 1e-5)
        );
    }

    #[test]
    fn one_class_alone_gives_its_log_odds() {
        let (rows, _) = data(20, 5);
        let solutions = solve(&rows, &[problem(&[false; 20], 1.0)], Stopping::default(), &Silent);
        assert!(solutions[0].bias < -3.0 && solutions[0].weights.iter().all(|&w| w == 0.0));
    }
}
