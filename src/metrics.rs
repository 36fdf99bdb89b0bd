//! Figures of agreement between the labels people gave and the labels a model gave.
//!
//! Definitions as in scikit-learn's `precision_recall_fscore_support` with `zero_division=0`:
//! precision = TP / (TP + FP), recall = TP / (TP + FN), F1 = 2 TP / (2 TP + FP + FN); zero where nothing divides.
//! Macro averages are taken over all labels of the task, also those without support or prediction, which count zero;
//! weighted averages weigh by support; micro figures come from the summed counts.

use serde::{Deserialize, Serialize};

use crate::schema::{Task, TaskKind};

/// Counts of one label.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Texts that have the label and got it.
    pub true_positives: u64,
    /// Texts that got the label without having it.
    pub false_positives: u64,
    /// Texts that have the label and did not get it.
    pub false_negatives: u64,
}

impl Counts {
    /// Texts that have the label.
    pub fn support(&self) -> u64 {
        self.true_positives + self.false_negatives
    }

    /// Texts that got the label.
    pub fn predicted(&self) -> u64 {
        self.true_positives + self.false_positives
    }

    /// TP / (TP + FP).
    pub fn precision(&self) -> f64 {
        share(self.true_positives, self.predicted())
    }

    /// TP / (TP + FN).
    pub fn recall(&self) -> f64 {
        share(self.true_positives, self.support())
    }

    /// The harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        share(2 * self.true_positives, self.predicted() + self.support())
    }

    fn add(&mut self, other: &Self) {
        self.true_positives += other.true_positives;
        self.false_positives += other.false_positives;
        self.false_negatives += other.false_negatives;
    }
}

/// `part / whole`, zero if there is nothing.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Precision, recall and F1 of one label or of an average.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Share of the predictions that are right.
    pub precision: f64,
    /// Share of the support that was found.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
}

impl From<&Counts> for Scores {
    fn from(counts: &Counts) -> Self {
        Self {
            precision: counts.precision(),
            recall: counts.recall(),
            f1: counts.f1(),
        }
    }
}

/// The figures of one label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelFigures {
    /// The label.
    pub label: String,
    /// Precision, recall, F1.
    #[serde(flatten)]
    pub scores: Scores,
    /// Texts that have it.
    pub support: u64,
    /// Texts that got it.
    pub predicted: u64,
    /// Its counts.
    #[serde(flatten)]
    pub counts: Counts,
}

/// The figures of one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskFigures {
    /// The task.
    pub task: String,
    /// Its kind.
    pub kind: TaskKind,
    /// Number of texts.
    pub texts: u64,
    /// From the summed counts of all labels.
    pub micro: Scores,
    /// Unweighted mean over all labels.
    #[serde(rename = "macro")]
    pub macro_average: Scores,
    /// Mean weighted by support.
    pub weighted: Scores,
    /// Share of texts whose labels are exactly right: subset accuracy of a multi-label task, accuracy of a single-choice one.
    pub accuracy: f64,
    /// For each label.
    pub labels: Vec<LabelFigures>,
    /// For a single-choice task how often gold label `i` (row) got label `j` (column); the last column counts texts that got none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub confusion: Option<Vec<Vec<u64>>>,
}

/// The figures of a task. `gold` and `predicted` hold label numbers of each text, ascending.
pub fn task_figures(task: &Task, gold: &[Vec<u32>], predicted: &[Vec<u32>]) -> TaskFigures {
    let mut counts = vec![Counts::default(); task.labels.len()];
    let mut exact = 0;
    for (gold, predicted) in gold.iter().zip(predicted) {
        exact += u64::from(gold == predicted);
        for &label in predicted {
            let counts = &mut counts[label as usize];
            if gold.contains(&label) {
                counts.true_positives += 1;
            } else {
                counts.false_positives += 1;
            }
        }
        for &label in gold.iter().filter(|l| !predicted.contains(l)) {
            counts[label as usize].false_negatives += 1;
        }
    }
    let mut sum = Counts::default();
    counts.iter().for_each(|c| sum.add(c));
    let scores: Vec<Scores> = counts.iter().map(Scores::from).collect();
    let mean = |weight: &dyn Fn(&Counts) -> f64| {
        let total: f64 = counts.iter().map(weight).sum();
        let of = |figure: fn(&Scores) -> f64| {
            let sum: f64 = scores.iter().zip(&counts).map(|(s, c)| figure(s) * weight(c)).sum();
            if total == 0.0 { 0.0 } else { sum / total }
        };
        Scores {
            precision: of(|s| s.precision),
            recall: of(|s| s.recall),
            f1: of(|s| s.f1),
        }
    };
    TaskFigures {
        task: task.name.clone(),
        kind: task.kind,
        texts: gold.len() as u64,
        micro: Scores::from(&sum),
        macro_average: mean(&|_| 1.0),
        weighted: mean(&|c| c.support() as f64),
        accuracy: share(exact, gold.len() as u64),
        labels: task
            .label_names()
            .zip(&counts)
            .zip(&scores)
            .map(|((label, counts), &scores)| LabelFigures {
                label: label.to_owned(),
                scores,
                support: counts.support(),
                predicted: counts.predicted(),
                counts: *counts,
            })
            .collect(),
        confusion: (task.kind == TaskKind::Single).then(|| confusion(task.labels.len(), gold, predicted)),
    }
}

fn confusion(labels: usize, gold: &[Vec<u32>], predicted: &[Vec<u32>]) -> Vec<Vec<u64>> {
    let mut matrix = vec![vec![0; labels + 1]; labels];
    for (gold, predicted) in gold.iter().zip(predicted) {
        if let Some(&gold) = gold.first() {
            let column = predicted.first().map_or(labels, |&p| p as usize);
            matrix[gold as usize][column] += 1;
        }
    }
    matrix
}

/// Mean negative log-likelihood of binary outcomes, probabilities clipped as in scikit-learn's `log_loss`.
pub fn binary_log_loss(probability: f64, positive: bool) -> f64 {
    let p = probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    if positive { -p.ln() } else { -(1.0 - p).ln() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Label;

    fn task(kind: TaskKind) -> Task {
        let label = |name: &str| Label {
            name: name.into(),
            definition: String::new(),
            cues: Vec::new(),
        };
        Task {
            name: "t".into(),
            kind,
            column: None,
            description: String::new(),
            labels: ["a", "b", "c"].map(label).into(),
        }
    }

    #[test]
    fn figures_of_a_multi_label_task() {
        let gold = [vec![0], vec![0, 1], vec![], vec![1]];
        let predicted = [vec![0], vec![1], vec![0], vec![1, 2]];
        let figures = task_figures(&task(TaskKind::Multi), &gold, &predicted);
        assert_eq!(
            (
                figures.labels[0].scores.f1,
                figures.labels[1].scores.f1,
                figures.labels[2].scores.f1
            ),
            (0.5, 1.0, 0.0)
        );
        assert_eq!(figures.macro_average.f1, 0.5);
        assert_eq!(figures.micro.f1, 2.0 * 3.0 / (5.0 + 4.0));
        assert_eq!(figures.weighted.f1, 0.75);
        assert_eq!(figures.accuracy, 0.25);
        assert_eq!(figures.confusion, None);
    }

    #[test]
    fn a_text_without_prediction_is_a_miss() {
        let gold = [vec![0], vec![1], vec![2]];
        let predicted = [vec![0], vec![0], vec![]];
        let figures = task_figures(&task(TaskKind::Single), &gold, &predicted);
        assert_eq!(
            figures.confusion,
            Some(vec![vec![1, 0, 0, 0], vec![1, 0, 0, 0], vec![0, 0, 0, 1]])
        );
        assert_eq!(figures.labels[2].counts.false_negatives, 1);
    }
}
