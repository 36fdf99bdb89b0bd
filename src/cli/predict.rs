//! `wiretag predict`

use std::ops::Range;

use super::args::PredictArgs;
use super::output::Output;
use super::{passed_over, plural};
use crate::bulk::{BulkCounts, BulkOptions, OutputFormat, tag};
use crate::corpus::labelled::check_separator;
use crate::corpus::source::Sources;
use crate::error::{Kind, Result, did_you_mean};
use crate::model::Model;
use crate::progress::Progress;
use crate::report::record::ScoresKept;
use crate::schema::{Schema, TaskKind};

pub(super) fn run(args: &PredictArgs, threads: usize, progress: &dyn Progress) -> Result<String> {
    let input = args.input.options(None)?;
    if args.explain > 0 && args.format == OutputFormat::Csv {
        return Err(Kind::Usage("--explain needs --format jsonl: a table has no room for it".into()).into());
    }
    let model = args.model.load()?;
    if args.format == OutputFormat::Csv {
        check_separator(&model.schema, &input.label_separator)?;
    }
    let found = Sources::expand(&args.inputs, input.format)?;
    let options = BulkOptions {
        input,
        format: args.format,
        keep: args.keep,
        scores: args.scores.unwrap_or(match args.format {
            OutputFormat::Jsonl => ScoresKept::All,
            OutputFormat::Csv => ScoresKept::None,
        }),
        explain: args.explain,
        boilerplate: args.boilerplate,
        thresholds: thresholds(&model, &args.threshold)?,
        threads,
    };
    let mut out = Output::create(args.output.as_deref(), &found.sources)?;
    let counts = tag(&model, &found.sources, &options, &mut out, progress).map_err(|e| out.locate(e))?;
    out.finish()?;
    Ok(summary(&counts, &found))
}

fn summary(counts: &BulkCounts, found: &Sources) -> String {
    let mut text = format!(
        "read {}, tagged {}",
        plural(counts.read as usize, "text"),
        counts.tagged
    );
    let others = [
        (counts.boilerplate, "boilerplate"),
        (counts.empty, "empty"),
        (counts.no_known_words, "without known words"),
        (counts.errors, "unreadable"),
    ];
    for (n, name) in others.into_iter().filter(|(n, _)| *n > 0) {
        text.push_str(&format!(", {n} {name}"));
    }
    text + &passed_over(found) + "\n"
}

/// The model's thresholds with those of the arguments in their place.
fn thresholds(model: &Model, arguments: &[String]) -> Result<Vec<f32>> {
    let mut thresholds = model.thresholds.clone();
    let names = names(&model.schema);
    for argument in arguments {
        // A label may hold an equals sign; a probability does not.
        let (which, value) = argument
            .rsplit_once('=')
            .map_or((None, argument.as_str()), |(w, v)| (Some(w), v));
        let fault = || Kind::Setting {
            name: "threshold",
            wanted: "a probability from 0 to 1, behind TASK= or TASK.LABEL= if not for all labels".into(),
            found: format!("{argument:?}"),
        };
        let value: f32 = value.trim().parse().map_err(|_| fault())?;
        if !(0.0..=1.0).contains(&value) {
            return Err(fault().into());
        }
        let range = match which {
            None => 0..thresholds.len(),
            Some(which) => match names.iter().find(|(name, ..)| name == which) {
                Some((_, TaskKind::Multi, range)) => range.clone(),
                Some((_, TaskKind::Single, _)) => {
                    let message =
                        format!("--threshold {which:?}: a single-choice task always gives its most probable label");
                    return Err(Kind::Usage(message).into());
                }
                None => {
                    let near = did_you_mean(which, names.iter().map(|(name, ..)| name.as_str()));
                    let message = format!("--threshold {which:?} is no task or TASK.LABEL of the model{near}");
                    return Err(Kind::Usage(message).into());
                }
            },
        };
        thresholds[range].fill(value);
    }
    Ok(thresholds)
}

/// What `--threshold` can name: tasks and `task.label`, with the labels that each stands for.
fn names(schema: &Schema) -> Vec<(String, TaskKind, Range<usize>)> {
    let tasks = || schema.tasks.iter().zip(schema.label_ranges());
    let labels = tasks().flat_map(|(task, range)| {
        let names = task.label_names().zip(range);
        names.map(|(label, at)| (format!("{}.{label}", task.name), task.kind, at..at + 1))
    });
    tasks()
        .map(|(task, range)| (task.name.clone(), task.kind, range))
        .chain(labels)
        .collect()
}
