//! `wiretag predict`

use std::io::Write;

use super::args::PredictArgs;
use super::plural;
use crate::bulk::{BulkCounts, BulkOptions, OutputFormat, tag};
use crate::corpus::source::Sources;
use crate::error::{Kind, Result, did_you_mean};
use crate::model::Model;
use crate::model::settings::label_paths;
use crate::output::WholeFile;
use crate::progress::Progress;
use crate::report::record::ScoresKept;

pub(super) fn run(args: &PredictArgs, threads: usize, progress: &dyn Progress) -> Result<String> {
    let input = args.input.options(None)?;
    if args.explain > 0 && args.format == OutputFormat::Csv {
        return Err(Kind::Usage("--explain needs --format jsonl: a table has no room for it".into()).into());
    }
    let model = args.model.load()?;
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
    let counts = match args.output.as_deref().filter(|path| path.as_os_str() != "-") {
        Some(path) => {
            let mut file = WholeFile::create(path)?;
            let counts = tag(&model, &found.sources, &options, &mut file, progress)?;
            file.finish()?;
            counts
        }
        None => {
            let mut out = std::io::BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
            let counts = tag(&model, &found.sources, &options, &mut out, progress)?;
            out.flush().map_err(|error| Kind::Io { action: "cannot write to standard output", error })?;
            counts
        }
    };
    Ok(summary(&counts, found.passed_over.len()))
}

fn summary(counts: &BulkCounts, passed_over: usize) -> String {
    let mut text = format!("read {}, tagged {}", plural(counts.read as usize, "text"), counts.tagged);
    let others = [
        (counts.boilerplate, "boilerplate"),
        (counts.empty, "empty"),
        (counts.no_known_words, "without known words"),
        (counts.errors, "unreadable"),
    ];
    for (n, name) in others.into_iter().filter(|(n, _)| *n > 0) {
        text.push_str(&format!(", {n} {name}"));
    }
    if passed_over > 0 {
        text.push_str(&format!("; passed over {} of unknown format in folders", plural(passed_over, "file")));
    }
    text.push('\n');
    text
}

/// The model's thresholds with those of the arguments in their place.
fn thresholds(model: &Model, arguments: &[String]) -> Result<Vec<f32>> {
    let mut thresholds = model.thresholds.clone();
    let paths: Vec<String> = label_paths(&model.schema).collect();
    for argument in arguments {
        // A label may hold an equals sign; a probability does not.
        let (which, value) = argument.rsplit_once('=').map_or((None, argument.as_str()), |(w, v)| (Some(w), v));
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
            Some(which) => match model.schema.tasks.iter().position(|t| t.name == which) {
                Some(task) => model.schema.label_ranges()[task].clone(),
                None => match paths.iter().position(|p| p == which) {
                    Some(label) => label..label + 1,
                    None => {
                        let names = paths.iter().map(String::as_str).chain(model.schema.tasks.iter().map(|t| t.name.as_str()));
                        let near = did_you_mean(which, names);
                        return Err(Kind::Usage(format!("--threshold names {which:?}, which is no task or TASK.LABEL of the model{near}")).into());
                    }
                },
            },
        };
        thresholds[range].fill(value);
    }
    Ok(thresholds)
}
