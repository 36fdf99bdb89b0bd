//! `wiretag eval`

use std::path::{Path, PathBuf};

use super::args::EvalArgs;
use super::output::Output;
use super::{labelled_sources, print, rows_used};
use crate::corpus::labelled::{Labelled, UnknownLabels};
use crate::error::{Kind, Result};
use crate::eval::evaluate;
use crate::progress::Progress;
use crate::report::{evaluation_json, evaluation_text};

pub(super) fn run(args: &EvalArgs, progress: &dyn Progress) -> Result<String> {
    args.report.iter().try_for_each(|path| check_format(path))?;
    let options = args.input.options(Some(&args.article))?;
    let model = args.model.load()?;
    let found = labelled_sources(&args.data, &options)?;
    // Before any work: a report that cannot be written would be noticed too late.
    let create = |path: &PathBuf| Output::create(Some(path), &found.sources);
    let reports = args.report.iter().map(create).collect::<Result<Vec<_>>>()?;
    let data = Labelled::read(
        &found.sources,
        model.schema.clone(),
        UnknownLabels::Append,
        &options,
        progress,
    )?;
    let evaluation = evaluate(&model, &data, progress);
    for report in reports {
        report.write_whole(&evaluation_json::render(&evaluation)?)?;
    }
    print(evaluation_text::render(&evaluation).as_bytes())?;
    Ok(rows_used(&data, &found))
}

fn check_format(path: &Path) -> Result<()> {
    match path.extension().and_then(|e| e.to_str()) {
        Some("json") => Ok(()),
        _ => Err(Kind::Usage(format!("--report {}: the name must end in .json", path.display())).into()),
    }
}
