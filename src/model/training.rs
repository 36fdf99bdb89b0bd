//! Training: labelled texts in, model out.
//!
//! Vocabulary and document frequencies are counted once on all texts, also for the folds: they know no labels, and counting them anew for every fold
//! would multiply the cost of cross-validation for figures that hardly differ.

use super::Model;
use super::calibration::{self, Affine, sigmoid};
use super::card::{Card, DataCard, SettingsCard, TaskCard};
use super::linear::Linear;
use super::pruning::prune;
use super::search::CrossValidation;
use super::settings::{Alpha, DEFAULT_ALPHA, TrainSettings};
use super::thresholds;
use crate::corpus::folds;
use crate::corpus::labelled::Labelled;
use crate::corpus::near::{Fingerprint, groups};
use crate::error::{Kind, Result};
use crate::features::featurizer::Featurizer;
use crate::features::rows::SparseRows;
use crate::metrics::{TaskFigures, task_figures};
use crate::progress::Progress;
use crate::schema::{Task, TaskKind};
use crate::solver::problem::{ClassCosts, Problem, Solution};
use crate::solver::{Stopping, solve};
use rayon::prelude::*;
use std::ops::Range;

/// Trains a model. The same data and settings give the same model, whatever the number of threads.
///
/// # Errors
/// If a setting is out of range, the data cannot be learned from, or the solver fails.
pub fn train(data: &Labelled, settings: &TrainSettings, progress: &dyn Progress) -> Result<Model> {
    data.schema.check()?;
    settings.check(&data.schema)?;
    progress.stage("counting words", None);
    let featurizer = Featurizer::fit(&data.texts, &data.schema, &settings.features)?;
    progress.stage("making features", Some(data.len() as u64));
    let rows = featurizer.transform(&data.texts, progress);
    let dealt = Dealt::new(data, settings.folds, progress)?;
    let costs = settings.class_costs(&data.schema);
    let mut solutions = Vec::new();
    let mut all_thresholds = Vec::new();
    let mut cards = Vec::new();
    for (t, (task, range)) in data.schema.tasks.iter().zip(data.schema.label_ranges()).enumerate() {
        progress.stage(&format!("learning {}", task.name), None);
        let training = TaskTraining {
            task,
            gold: &data.gold[t],
            targets: targets(task, &data.gold[t]),
            hidden: hidden(&featurizer, &range),
            costs: &costs[range],
            rows: &rows,
            dealt: dealt.as_ref(),
            settings,
            progress,
        };
        let trained = training.run()?;
        solutions.extend(trained.solutions);
        all_thresholds.extend(trained.thresholds);
        cards.push(trained.card);
    }
    prune(&mut solutions, &rows, settings.prune);
    progress.stage("taking fingerprints", None);
    let mut fingerprints: Vec<Fingerprint> = data.texts.par_iter().map(|t| Fingerprint::of(t)).collect();
    fingerprints.par_sort_unstable();
    fingerprints.dedup();
    progress.finish();
    Ok(Model {
        schema: data.schema.clone(),
        linear: Linear::from_solutions(&solutions, settings.precision),
        thresholds: all_thresholds,
        fingerprints,
        card: Card {
            wiretag_version: env!("CARGO_PKG_VERSION").to_owned(),
            data: DataCard {
                digest: data.digest(),
                texts: data.len() as u64,
                groups: dealt.as_ref().map_or(0, |d| d.groups),
            },
            settings: SettingsCard {
                vocabulary: settings.features.vocabulary,
                cues: settings.features.cues,
                solver: settings.solver,
                class_weight: settings.class_weight.clone(),
                folds: dealt.as_ref().map_or(0, |d| d.count),
                prune: settings.prune,
                precision: settings.precision,
            },
            tasks: cards,
        },
        featurizer,
    })
}

/// The cue features of the other tasks. A task sees the cues of its own labels only: what speaks for a topic in the training data says little about the stance
/// of other texts (measured on real paragraphs: macro-F1 of stance 0.63 with all cues, 0.66 to 0.69 with its own).
fn hidden(featurizer: &Featurizer, own: &Range<usize>) -> Vec<u32> {
    let first = featurizer.vocabulary().len() as u32;
    let cues = featurizer.cues();
    (0..cues.len())
        .filter(|&cue| !own.contains(&cues.label(cue)))
        .map(|cue| first + cue as u32)
        .collect()
}

/// For each label which texts have it.
fn targets(task: &Task, gold: &[Vec<u32>]) -> Vec<Vec<bool>> {
    (0..task.labels.len() as u32)
        .map(|label| gold.iter().map(|labels| labels.contains(&label)).collect())
        .collect()
}

/// Texts dealt out to folds.
struct Dealt {
    folds: Vec<u32>,
    count: u32,
    groups: u64,
}

impl Dealt {
    fn new(data: &Labelled, folds: u32, progress: &dyn Progress) -> Result<Option<Self>> {
        if folds == 0 {
            return Ok(None);
        }
        progress.stage("dealing folds", None);
        let groups = groups(&data.texts, &data.articles);
        let count = u64::from(groups.iter().max().map_or(0, |g| g + 1));
        if count < u64::from(folds) {
            return Err(Kind::CannotLearn(format!(
                "{count} articles (near-duplicates counted once) cannot be dealt to {folds} folds (give more data, fewer --folds, or --folds 0)"
            ))
            .into());
        }
        let labels = data.all_labels();
        let folds_of = folds::assign(&groups, &labels, data.schema.label_count(), folds as usize);
        Ok(Some(Self {
            folds: folds_of,
            count: folds,
            groups: count,
        }))
    }
}

/// One task's part of a training run.
struct TaskTraining<'a> {
    task: &'a Task,
    gold: &'a [Vec<u32>],
    targets: Vec<Vec<bool>>,
    costs: &'a [ClassCosts],
    hidden: Vec<u32>,
    rows: &'a SparseRows,
    dealt: Option<&'a Dealt>,
    settings: &'a TrainSettings,
    progress: &'a dyn Progress,
}

/// What a task's training gives.
struct Trained {
    solutions: Vec<Solution>,
    thresholds: Vec<f32>,
    card: TaskCard,
}

/// What cross-validation teaches.
struct Lesson {
    alpha: f64,
    alpha_search: Vec<(f64, f64)>,
    calibration: Affine,
    thresholds: Vec<f32>,
    figures: TaskFigures,
}

impl TaskTraining<'_> {
    fn run(&self) -> Result<Trained> {
        let lesson = self.dealt.map(|dealt| self.cross_validate(dealt)).transpose()?;
        let alpha = match (&lesson, self.settings.alpha) {
            (Some(lesson), _) => lesson.alpha,
            (None, Alpha::Fixed(alpha)) => alpha,
            (None, Alpha::Search) => DEFAULT_ALPHA,
        };
        let problems: Vec<Problem<'_>> = self
            .targets
            .iter()
            .zip(self.costs)
            .map(|(targets, &costs)| Problem {
                targets,
                held_out: None,
                costs,
                alpha,
                start: None,
                hidden: &self.hidden,
            })
            .collect();
        let fitted = solve(
            self.settings.solver,
            self.rows,
            &problems,
            self.settings.stopping,
            self.progress,
        )?;
        let names = self.task.label_names();
        let not_converged = names
            .zip(&fitted)
            .filter(|(_, s)| !s.converged)
            .map(|(n, _)| n.to_owned())
            .collect();
        // Calibration was learned on scores without the shift of weighted classes.
        let mut solutions = fitted;
        if lesson.is_some() {
            for (solution, problem) in solutions.iter_mut().zip(&problems) {
                let (positive, negative) = problem.costs();
                solution.bias -= (positive / negative).ln();
            }
        }
        let labels = self.task.labels.len();
        Ok(match lesson {
            Some(lesson) => Trained {
                solutions: lesson.calibration.fold(&solutions),
                thresholds: lesson.thresholds,
                card: TaskCard {
                    task: self.task.name.clone(),
                    alpha,
                    alpha_search: lesson.alpha_search,
                    not_converged,
                    out_of_fold: Some(lesson.figures),
                },
            },
            None => Trained {
                solutions,
                thresholds: vec![thresholds::DEFAULT; labels],
                card: TaskCard {
                    task: self.task.name.clone(),
                    alpha,
                    alpha_search: Vec::new(),
                    not_converged,
                    out_of_fold: None,
                },
            },
        })
    }

    fn cross_validate(&self, dealt: &Dealt) -> Result<Lesson> {
        let validation = CrossValidation {
            rows: self.rows,
            targets: &self.targets,
            costs: self.costs,
            hidden: &self.hidden,
            folds: &dealt.folds,
            fold_count: dealt.count,
            kind: self.task.kind,
            solver: self.settings.solver,
            stopping: Stopping {
                tolerance: 10.0 * self.settings.stopping.tolerance,
                ..self.settings.stopping
            },
            progress: self.progress,
        };
        let (fitted, alpha_search) = match self.settings.alpha {
            Alpha::Search => validation.search()?,
            Alpha::Fixed(alpha) => (validation.fit(alpha, None)?, Vec::new()),
        };
        let calibration = calibration::fit(self.task.kind, &fitted.scores, &self.targets)?;
        let scores = self.calibrated(&calibration, &fitted.scores);
        let thresholds = match self.task.kind {
            TaskKind::Multi => scores
                .iter()
                .zip(&self.targets)
                .map(|(scores, targets)| {
                    let probabilities: Vec<f64> = scores.iter().map(|&z| sigmoid(z)).collect();
                    thresholds::choose(&probabilities, targets)
                })
                .collect(),
            TaskKind::Single => vec![thresholds::DEFAULT; self.task.labels.len()],
        };
        let predicted = self.decide(&scores, &thresholds);
        Ok(Lesson {
            alpha: fitted.alpha,
            alpha_search,
            calibration,
            thresholds,
            figures: task_figures(self.task, self.gold, &predicted),
        })
    }

    /// Scores after calibration, label by label.
    fn calibrated(&self, calibration: &Affine, scores: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let mut calibrated = vec![Vec::with_capacity(self.rows.len()); scores.len()];
        for i in 0..self.rows.len() {
            let own: Vec<f64> = scores.iter().map(|z| z[i]).collect();
            for (to, z) in calibrated.iter_mut().zip(calibration.apply(&own)) {
                to.push(z);
            }
        }
        calibrated
    }

    /// The labels that calibrated scores give to each text.
    fn decide(&self, scores: &[Vec<f64>], thresholds: &[f32]) -> Vec<Vec<u32>> {
        (0..self.rows.len())
            .map(|i| match self.task.kind {
                TaskKind::Multi => {
                    let given = scores.iter().zip(thresholds).zip(0..);
                    given
                        .filter(|((z, t), _)| sigmoid(z[i]) >= f64::from(**t))
                        .map(|(_, label)| label)
                        .collect()
                }
                TaskKind::Single => {
                    // The first of equals, as in prediction.
                    let best = (0..scores.len() as u32)
                        .zip(scores)
                        .rev()
                        .max_by(|a, b| a.1[i].total_cmp(&b.1[i]));
                    best.map(|(label, _)| label).into_iter().collect()
                }
            })
            .collect()
    }
}
