//! Newton's method with conjugate gradients, for many labels at a time.
//!
//! After Lin, Weng and Keerthi, *Trust region Newton method for large-scale logistic regression* (JMLR 9, 2008), the primal solver of LIBLINEAR, with its later
//! line search in place of the trust region (Galli and Lin, *A study on truncated Newton methods for linear classification*, 2021).
//! It draws no random numbers and sums in a fixed order, so the same rows give the same bits.
//!
//! Each `Descent` asks for one product after the other. A worker serves as many as there are lanes with one pass over the rows, and puts the next problem into the
//! lane of one that is solved. These passes run in single precision; what they find is judged in double precision, and what does not hold descends further, now in
//! double precision too.

use std::array::from_fn;
use std::cmp::Reverse;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::Stopping;
use super::descent::Descent;
use super::lanes::{Columns, Real};
use super::place::Place;
use super::problem::{Fit, Problem, Solution};
use crate::features::rows::SparseRows;
use crate::progress::{Progress, Silent};

/// Problems that share a pass where there are many, and where there are few.
const MANY: usize = 16;
const FEW: usize = 8;

/// The number of a problem, and where it stands.
type Numbered<'p> = (usize, Place<'p>);

/// Solves all problems; in order, whatever the number of threads.
pub fn solve(
    rows: &SparseRows,
    problems: &[Problem<'_>],
    stopping: Stopping,
    progress: &dyn Progress,
) -> Vec<Solution> {
    let columns = Columns::new(rows);
    let mut solutions: Vec<Option<Solution>> = problems.iter().map(|p| p.degenerate(rows.columns())).collect();
    let mut open = descend(
        &columns,
        by_size(&solutions, problems, progress),
        |i| (i, Descent::<f32>::new(Place::new(&problems[i], stopping))),
        |(i, mut place)| {
            // Double precision may have more to gain.
            place.exhausted = false;
            (i, place)
        },
        progress,
    );
    loop {
        let judged: Vec<Option<Solution>> = open
            .par_chunks_mut(FEW)
            .flat_map_iter(|group| judge(&columns, group))
            .collect();
        let mut unsolved = Vec::new();
        for (numbered, solution) in open.into_iter().zip(judged) {
            match solution {
                Some(_) => solutions[numbered.0] = solution,
                None => unsolved.push(numbered),
            }
        }
        if unsolved.is_empty() {
            return solutions.into_iter().flatten().collect();
        }
        open = descend(
            &columns,
            unsolved,
            |(i, place)| (i, Descent::<f64>::resumed(place)),
            |numbered| numbered,
            &Silent,
        );
    }
}

/// Solves all problems as exactly as cross-validation needs it; in order, whatever the number of threads.
pub fn fit(rows: &SparseRows, problems: &[Problem<'_>], stopping: Stopping, progress: &dyn Progress) -> Vec<Fit> {
    let columns = Columns::new(rows);
    let constant = |p: &Problem<'_>| p.degenerate(0).map(|s| p.constant(s.bias));
    let mut fits: Vec<Option<Fit>> = problems.iter().map(constant).collect();
    let fitted = descend(
        &columns,
        by_size(&fits, problems, progress),
        |i| (i, Descent::<f32>::new(Place::new(&problems[i], stopping))),
        |(i, place)| (i, place.into_fit()),
        progress,
    );
    fitted.into_iter().for_each(|(i, fit)| fits[i] = Some(fit));
    fits.into_iter().flatten().collect()
}

/// The problems without a solution, those with most positives first: they take longest, and the last ones should not run alone.
fn by_size<S>(solutions: &[Option<S>], problems: &[Problem<'_>], progress: &dyn Progress) -> Vec<usize> {
    let mut open: Vec<usize> = (0..problems.len()).filter(|&i| solutions[i].is_none()).collect();
    progress.advance((problems.len() - open.len()) as u64);
    open.sort_by_cached_key(|&i| Reverse(problems[i].counts().0));
    open
}

/// Brings all jobs to rest, on all threads; what is left of them comes in no particular order.
fn descend<'p, T: Real, J: Send, R: Send>(
    columns: &Columns<'_>,
    jobs: Vec<J>,
    begin: impl Fn(J) -> (usize, Descent<'p, T>) + Sync,
    end: impl Fn(Numbered<'p>) -> R + Sync,
    progress: &dyn Progress,
) -> Vec<R> {
    let workers = rayon::current_num_threads().min(jobs.len()).max(1);
    let share = jobs.len().div_ceil(workers);
    let jobs = Mutex::new(jobs.into_iter());
    let next = || {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
        job.map(&begin)
    };
    let end = |numbered| {
        progress.advance(1);
        end(numbered)
    };
    let work = |_| match share {
        0..=FEW => work::<T, R, FEW>(columns, share, &next, &end),
        _ => work::<T, R, MANY>(columns, MANY, &next, &end),
    };
    (0..workers).into_par_iter().flat_map_iter(work).collect()
}

/// Serves up to `N` descents at a time, but no more than `most`, until there are no more jobs.
fn work<'p, T: Real, R, const N: usize>(
    columns: &Columns<'_>,
    most: usize,
    next: impl Fn() -> Option<(usize, Descent<'p, T>)>,
    end: impl Fn(Numbered<'p>) -> R,
) -> Vec<R> {
    let rows = columns.rows();
    let zero = [T::default(); N];
    let mut lanes: [Option<(usize, Descent<'p, T>)>; N] = from_fn(|k| if k < most { next() } else { None });
    let (mut from, mut to) = (vec![zero; rows.len()], vec![zero; rows.len()]);
    let mut by_column = vec![zero; rows.columns()];
    let mut image = vec![T::default(); rows.len()];
    let mut done = Vec::new();
    while lanes.iter().any(Option::is_some) {
        for (k, lane) in lanes.iter().enumerate() {
            match lane {
                Some((_, descent)) => from.iter_mut().zip(descent.wants()).for_each(|(from, &r)| from[k] = r),
                None => from.iter_mut().for_each(|from| from[k] = T::default()),
            }
        }
        columns.backward(&from, &mut by_column);
        for (k, (_, descent)) in lanes
            .iter()
            .enumerate()
            .filter_map(|(k, lane)| Some((k, lane.as_ref()?)))
        {
            columns.hide(descent.place.problem.hidden, k, &mut by_column);
        }
        columns.forward(&by_column, &mut to);
        for (k, lane) in lanes.iter_mut().enumerate() {
            let Some((_, descent)) = lane else { continue };
            image.iter_mut().zip(&to).for_each(|(image, to)| *image = to[k]);
            descent.take(&image);
            if descent.rests() {
                done.extend(lane.take().map(|(i, descent)| end((i, descent.place))));
                *lane = next();
            }
        }
    }
    done
}

/// By double precision, the solutions of those that have reached them.
fn judge(columns: &Columns<'_>, group: &mut [Numbered<'_>]) -> Vec<Option<Solution>> {
    let rows = columns.rows();
    let mut by_row = vec![[0.0; FEW]; rows.len()];
    let mut weights = vec![[0.0; FEW]; rows.columns()];
    for (k, (_, place)) in group.iter().enumerate() {
        by_row.iter_mut().zip(&place.duals).for_each(|(to, &dual)| to[k] = dual);
    }
    let hide = |group: &[Numbered<'_>], by_column: &mut [[f64; FEW]]| {
        let places = group.iter().enumerate();
        places.for_each(|(k, (_, place))| columns.hide(place.problem.hidden, k, by_column));
    };
    columns.backward(&by_row, &mut weights);
    hide(group, &mut weights);
    columns.forward(&weights, &mut by_row);
    let mut bias_slopes = [0.0; FEW];
    for (k, (_, place)) in group.iter_mut().enumerate() {
        let decisions = place.decisions.iter_mut().zip(&by_row);
        decisions.for_each(|(z, image)| *z = image[k] + place.bias);
        bias_slopes[k] = place.derivatives(|i, slope| by_row[i][k] = slope);
    }
    let mut gradient = vec![[0.0; FEW]; rows.columns()];
    columns.backward(&by_row, &mut gradient);
    hide(group, &mut gradient);
    let judged = group.iter_mut().enumerate().map(|(k, (_, place))| {
        let alpha = place.problem.alpha;
        let slopes = gradient.iter().zip(&weights).map(|(g, w)| g[k] + alpha * w[k]);
        let squares: f64 = slopes.chain([bias_slopes[k]]).map(|slope| slope * slope).sum();
        let weights = (0..rows.columns() as u32).map(|column| weights[columns.number(column)][k]);
        place.solution(squares.sqrt(), weights)
    });
    judged.collect()
}

#[cfg(test)]
mod tests {
    use super::super::problem::ClassCosts;
    use super::*;

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
        let near = fit(&rows, &[problem(&targets[0], 0.1)], TIGHT, &Silent);
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
