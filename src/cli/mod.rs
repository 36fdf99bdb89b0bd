//! The command line: typed arguments, their resolution, one file for each subcommand.

mod args;
mod eval;
mod inspect;
mod model;
mod output;
mod predict;
mod progress;
mod train;

pub use args::Arguments;
use args::Command;

use std::path::PathBuf;

use crate::corpus::input::InputOptions;
use crate::corpus::labelled::Labelled;
use crate::corpus::source::Sources;
use crate::error::{Kind, Place, Result};

/// What a command says besides its output, for whoever prints it.
pub struct Said {
    /// The summary: how much was read, used, skipped.
    pub summary: String,
    /// Whether it is wanted.
    pub quiet: bool,
}

/// Runs a command.
///
/// # Errors
/// Whatever the command meets; its [`crate::error::Class`] decides the exit code.
pub fn run(arguments: &Arguments) -> Result<Said> {
    let threads = arguments.threads();
    if let Command::Train(_) | Command::Eval(_) = &arguments.command {
        // A second call in one process keeps the first pool, which is as good.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    }
    let progress = progress::Terminal::new(arguments.quiet);
    let summary = match &arguments.command {
        Command::Train(train) => train::run(train, &progress)?,
        Command::Eval(eval) => eval::run(eval, &progress)?,
        Command::Predict(predict) => predict::run(predict, threads, &progress)?,
        Command::Inspect(inspect) => inspect::run(inspect)?,
    };
    Ok(Said {
        summary,
        quiet: arguments.quiet,
    })
}

/// Writes to standard output.
fn print(text: &[u8]) -> Result<()> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    out.write_all(text).and_then(|()| out.flush()).map_err(|error| {
        Kind::Io {
            action: "cannot write to standard output",
            error,
        }
        .into()
    })
}

/// `1 text`, `2 texts`.
fn plural(n: usize, noun: &str) -> String {
    if n == 1 {
        format!("1 {noun}")
    } else {
        format!("{n} {noun}s")
    }
}

/// The sources of labelled data.
fn labelled_sources(arguments: &[PathBuf], options: &InputOptions) -> Result<Sources> {
    let found = Sources::expand(arguments, options.format)?;
    match arguments.first() {
        Some(first) if found.sources.is_empty() => Err(Kind::EmptyFolder.at(Place::path(first))),
        _ => Ok(found),
    }
}

/// What was read and used of labelled data, for the summary.
fn rows_used(data: &Labelled, found: &Sources) -> String {
    let (used, skipped) = (data.len(), data.bad_rows.len());
    let read = plural(used + skipped, "row");
    let (passed_over, bad_rows) = (passed_over(found), bad_rows(&data.bad_rows));
    format!("read {read}, used {used}, skipped {skipped}{passed_over}{bad_rows}\n")
}

/// The files of folders that were not read, for the summary.
fn passed_over(found: &Sources) -> String {
    match found.passed_over.len() {
        0 => String::new(),
        n => format!("; passed over {} of unknown format in folders", plural(n, "file")),
    }
}

/// The first few bad rows that were left out, for the summary.
fn bad_rows(rows: &[crate::Error]) -> String {
    const SHOWN: usize = 5;
    let mut text: String = rows
        .iter()
        .take(SHOWN)
        .map(|row| format!("\n  skipped {row}"))
        .collect();
    if rows.len() > SHOWN {
        text.push_str(&format!("\n  and {} more", rows.len() - SHOWN));
    }
    text
}
