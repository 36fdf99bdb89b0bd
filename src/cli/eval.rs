//! `wiretag eval`

use std::path::Path;

use super::args::EvalArgs;
use super::{bad_rows, plural, print};
use crate::corpus::labelled::{Labelled, UnknownLabels};
use crate::corpus::source::Sources;
use crate::error::{Kind, Result};
use crate::eval::evaluate;
use crate::output::write_whole;
use crate::progress::Progress;
use crate::report::{evaluation_json, evaluation_text};

pub(super) fn run(args: &EvalArgs, progress: &dyn Progress) -> Result<String> {
    // Before any work: a report that cannot be written would be noticed too late.
    args.report.iter().try_for_each(|path| check_format(path))?;
    let options = args.input.options(Some(&args.article))?;
    let model = args.model.load()?;
    let sources = Sources::expand(&args.data, options.format)?;
    let data = Labelled::read(&sources.sources, model.schema.clone(), UnknownLabels::Append, &options, progress)?;
    let evaluation = evaluate(&model, &data, progress);
    for path in &args.report {
        write_whole(path, &evaluation_json::render(&evaluation)?)?;
    }
    print(evaluation_text::render(&evaluation).as_bytes())?;
    let (used, skipped) = (data.len(), data.bad_rows.len());
    let read = plural(used + skipped, "row");
    Ok(format!("read {read}, used {used}, skipped {skipped}{}\n", bad_rows(&data.bad_rows)))
}

fn check_format(path: &Path) -> Result<()> {
    match path.extension().and_then(|e| e.to_str()) {
        Some("json") => Ok(()),
        _ => Err(Kind::Usage(format!("--report {}: the name must end in .json", path.display())).into()),
    }
}
