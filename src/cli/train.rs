//! `wiretag train`

use std::collections::BTreeSet;
use std::path::Path;

use super::args::{FeatureArgs, LearningArgs, TaskArgs, TrainArgs};
use super::output::Output;
use super::{labelled_sources, rows_used};
use crate::corpus::labelled::{Labelled, UnknownLabels};
use crate::error::{Error, Kind, Result};
use crate::features::cues::CueSettings;
use crate::features::featurizer::FeatureSettings;
use crate::features::vocabulary::VocabularySettings;
use crate::metrics::TaskFigures;
use crate::model::settings::{Alpha, ClassWeight, TrainSettings};
use crate::model::training::train;
use crate::progress::Progress;
use crate::schema::{Schema, Task, TaskKind};
use crate::text::analyzer::AnalyzerSettings;

pub(super) fn run(args: &TrainArgs, progress: &dyn Progress) -> Result<String> {
    let options = args.input.options(Some(&args.article))?;
    let settings = TrainSettings {
        features: args.features.settings()?,
        ..args.learning.settings()?
    };
    let (schema, unknown) = args.tasks.schema(&args.data[0])?;
    let found = labelled_sources(&args.data, &options)?;
    let output = Output::create(Some(&args.output), &found.sources)?;
    let data = Labelled::read(&found.sources, schema, unknown, &options, progress)?;
    let model = train(&data, &settings, progress)?;
    output.write_whole(&model.to_bytes()?)?;
    let mut text = rows_used(&data, &found);
    for task in &model.card.tasks {
        text.push_str(&format!(
            "{}: alpha {:.3e}{}\n",
            task.task,
            task.alpha,
            figures(task.out_of_fold.as_ref())
        ));
        if !task.not_converged.is_empty() {
            text.push_str(&format!("  not converged: {}\n", task.not_converged.join(", ")));
        }
    }
    let terms = model.featurizer.vocabulary().len();
    text.push_str(&format!("wrote {} ({terms} terms)\n", args.output.display()));
    Ok(text)
}

fn figures(figures: Option<&TaskFigures>) -> String {
    figures.map_or_else(String::new, |f| {
        format!(
            ", out of fold micro-F1 {:.3}, macro-F1 {:.3}",
            f.micro.f1, f.macro_average.f1
        )
    })
}

impl TaskArgs {
    /// The schema, and where labels come from.
    fn schema(&self, first: &Path) -> Result<(Schema, UnknownLabels)> {
        if !self.task.is_empty() {
            let tasks = self.task.iter().map(|t| parse_task(t)).collect::<Result<Vec<_>>>()?;
            if let Some(task) = tasks
                .iter()
                .find(|task| tasks.iter().filter(|t| t.name == task.name).count() > 1)
            {
                return Err(Kind::Usage(format!(
                    "--task {:?} is given twice (give each task its own name)",
                    task.name
                ))
                .into());
            }
            return Ok((Schema { tasks }, UnknownLabels::Collect));
        }
        let path = match &self.schema {
            Some(path) => path.clone(),
            None if first.is_dir() => first.join("schema.toml"),
            None => first.with_file_name("schema.toml"),
        };
        if self.schema.is_none() && !path.exists() {
            let message = format!(
                "no schema: there is no {} (give --schema FILE, or --task NAME=multi)",
                path.display()
            );
            return Err(Kind::Usage(message).into());
        }
        Ok((Schema::read(&path)?, UnknownLabels::Reject))
    }
}

/// `NAME=multi|single[:COLUMN]`
fn parse_task(text: &str) -> Result<Task> {
    let fault = || {
        Kind::Usage(format!(
            "--task {text:?} is not NAME=multi or NAME=single, with :COLUMN if the column has another name"
        ))
    };
    let (name, rest) = text.split_once('=').ok_or_else(fault)?;
    let (kind, column) = match rest.split_once(':') {
        Some((kind, column)) => (kind, Some(column.to_owned())),
        None => (rest, None),
    };
    let kind = match kind {
        "multi" => TaskKind::Multi,
        "single" => TaskKind::Single,
        _ => return Err(fault().into()),
    };
    if name.trim().is_empty() || column.as_deref() == Some("") {
        return Err(fault().into());
    }
    Ok(Task {
        name: name.trim().to_owned(),
        kind,
        column,
        description: String::new(),
        labels: Vec::new(),
    })
}

impl FeatureArgs {
    fn settings(&self) -> Result<FeatureSettings> {
        Ok(FeatureSettings {
            analyzer: AnalyzerSettings {
                language: self.language,
                numbers: self.numbers,
                stop_words: self.stop_words()?,
            },
            vocabulary: VocabularySettings {
                ngrams: self.ngrams,
                min_df: self.min_df,
                max_df: self.max_df,
                max_features: self.max_features,
            },
            cues: CueSettings {
                scale: self.cue_scale,
                ..CueSettings::default()
            },
        })
    }

    fn stop_words(&self) -> Result<BTreeSet<String>> {
        let words: Vec<String> = match self.stop_words.as_str() {
            "none" => return Ok(BTreeSet::new()),
            "language" => {
                let words = self.language.code().and_then(stop_words::lookup);
                let missing =
                    || Kind::Usage("there are no stop words for this language (give a file to --stop-words)".into());
                words.ok_or_else(missing)?.iter().map(|&w| w.to_owned()).collect()
            }
            path => {
                let path = Path::new(path);
                let text =
                    std::fs::read_to_string(path).map_err(|e| Error::io("cannot read the stop words", path, e))?;
                text.lines().map(str::to_owned).collect()
            }
        };
        Ok(words
            .iter()
            .map(|w| w.trim().to_lowercase())
            .filter(|w| !w.is_empty())
            .collect())
    }
}

impl LearningArgs {
    fn settings(&self) -> Result<TrainSettings> {
        let number = |name: &'static str, text: &str| -> Result<f64> {
            let fault = |_| Kind::Setting {
                name,
                wanted: "a number".into(),
                found: format!("{text:?}"),
            };
            Ok(text.trim().parse().map_err(fault)?)
        };
        let alpha = match self.alpha.as_str() {
            "auto" => Alpha::Search,
            text => Alpha::Fixed(number("alpha", text)?),
        };
        let class_weight = match self.class_weight.as_str() {
            "none" => ClassWeight::None,
            "balanced" => ClassWeight::Balanced,
            list => ClassWeight::Labels(
                list.split(',')
                    .map(|part| {
                        let message = || {
                            Kind::Usage(format!(
                                "--class-weight {part:?} is not none, balanced or TASK.LABEL=WEIGHT"
                            ))
                        };
                        let (label, weight) = part.rsplit_once('=').ok_or_else(message)?;
                        Ok((label.trim().to_owned(), number("class-weight", weight)?))
                    })
                    .collect::<Result<_>>()?,
            ),
        };
        Ok(TrainSettings {
            solver: self.solver,
            alpha,
            class_weight,
            folds: self.folds,
            prune: self.prune,
            precision: self.precision,
            ..TrainSettings::default()
        })
    }
}
