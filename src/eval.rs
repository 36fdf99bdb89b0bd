//! Evaluation: a model against labelled data.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::corpus::labelled::Labelled;
use crate::metrics::{TaskFigures, task_figures};
use crate::model::Model;
use crate::model::tagger::{Tagger, Verdict};
use crate::progress::Progress;

/// How macro averages are taken; part of every report.
pub const AVERAGES: &str = "macro averages are taken over all labels of the task, those of the model and those that only the gold data have; \
a label without support and without prediction counts 0; weighted averages weigh by support; micro figures come from summed counts";

/// Texts that one worker tags at a time.
const CHUNK: usize = 64;

/// What an evaluation found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Version of this report's form.
    pub report_version: u32,
    /// Version of wiretag.
    pub wiretag_version: String,
    /// The data.
    pub data: EvaluatedData,
    /// The model.
    pub model: EvaluatedModel,
    /// How averages are taken.
    pub averages: String,
    /// Texts in which the model knows no word: they get no label.
    pub no_known_words: u64,
    /// For each task.
    pub tasks: Vec<EvaluatedTask>,
}

/// The data of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluatedData {
    /// Digest of texts, articles and labels.
    pub digest: String,
    /// Texts used.
    pub texts: u64,
    /// Bad rows left out.
    pub skipped: u64,
}

/// The model of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluatedModel {
    /// Digest of its training data.
    pub data_digest: String,
    /// Number of its features.
    pub features: u64,
}

/// The figures of one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvaluatedTask {
    /// The figures.
    #[serde(flatten)]
    pub figures: TaskFigures,
    /// Labels of the gold data that the model does not know. They count as misses.
    pub unknown_labels: Vec<String>,
}

/// What the model says of one text: for each task the labels, ascending, and whether any word was known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prediction {
    /// Labels by task, numbered within the task.
    pub labels: Vec<Vec<u32>>,
    /// Whether the text has a known word; without one it has no labels.
    pub known: bool,
}

/// Tags all texts.
pub fn predict_all<S: AsRef<str> + Sync>(model: &Model, texts: &[S], progress: &dyn Progress) -> Vec<Prediction> {
    let tasks = model.schema.tasks.len();
    texts
        .par_chunks(CHUNK)
        .map_init(
            || Tagger::new(model),
            |tagger, texts| -> Vec<Prediction> {
                progress.advance(texts.len() as u64);
                texts
                    .iter()
                    .map(|text| match tagger.tag(text.as_ref()) {
                        Verdict::Tagged(scores) => {
                            let scores = scores.to_vec();
                            let labels = |t| tagger.labels(t, &scores).map(|l| l as u32).collect();
                            Prediction {
                                labels: (0..tasks).map(labels).collect(),
                                known: true,
                            }
                        }
                        Verdict::Empty | Verdict::NoKnownWords => Prediction {
                            labels: vec![Vec::new(); tasks],
                            known: false,
                        },
                    })
                    .collect()
            },
        )
        .flatten()
        .collect()
}

/// Evaluates a model on data read with the model's own schema, unknown labels appended.
pub fn evaluate(model: &Model, data: &Labelled, progress: &dyn Progress) -> Evaluation {
    progress.stage("tagging", Some(data.len() as u64));
    let predictions = predict_all(model, &data.texts, progress);
    progress.finish();
    let tasks = model
        .schema
        .tasks
        .iter()
        .zip(&data.schema.tasks)
        .zip(&data.gold)
        .enumerate()
        .map(|(t, ((known, task), gold))| {
            let predicted: Vec<Vec<u32>> = predictions.iter().map(|p| p.labels[t].clone()).collect();
            EvaluatedTask {
                figures: task_figures(task, gold, &predicted),
                unknown_labels: task.label_names().skip(known.labels.len()).map(str::to_owned).collect(),
            }
        })
        .collect();
    Evaluation {
        report_version: 1,
        wiretag_version: env!("CARGO_PKG_VERSION").to_owned(),
        data: EvaluatedData {
            digest: data.digest(),
            texts: data.len() as u64,
            skipped: data.bad_rows.len() as u64,
        },
        model: EvaluatedModel {
            data_digest: model.card.data.digest.clone(),
            features: model.featurizer.features() as u64,
        },
        averages: AVERAGES.to_owned(),
        no_known_words: predictions.iter().filter(|p| !p.known).count() as u64,
        tasks,
    }
}
