//! Tagging in bulk: workers that read in turn, tag side by side and write in turn; input order is kept, memory does not grow with the input.

mod load;
mod pipeline;
mod turn;
mod worker;

use std::io::Write;
use std::ops::AddAssign;

use rustc_hash::FxHashSet;

use crate::corpus::format::Format;
use crate::corpus::input::InputOptions;
use crate::corpus::reader::BatchReader;
use crate::corpus::source::Source;
use crate::error::{Error, Kind, Result};
use crate::model::Model;
use crate::progress::Progress;
use crate::report::record::{Keep, Record, ScoresKept};
use crate::report::record_csv::CsvWriter;
use crate::report::record_jsonl::JsonlWriter;

/// The format of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
#[value(rename_all = "lower")]
pub enum OutputFormat {
    /// One JSON object a line.
    #[default]
    Jsonl,
    /// A table with a header.
    Csv,
}

/// What becomes of boilerplate in articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
#[value(rename_all = "lower")]
pub enum Boilerplate {
    /// It is named as such and not tagged.
    #[default]
    Mark,
    /// It is tagged like prose.
    Tag,
}

/// How to tag.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkOptions {
    /// How the input is read.
    pub input: InputOptions,
    /// The format of the output.
    pub format: OutputFormat,
    /// Which of the input's fields go along.
    pub keep: Keep,
    /// Which probabilities go along.
    pub scores: ScoresKept,
    /// Contributions listed for each label given; 0 for no explanation.
    pub explain: usize,
    /// What becomes of boilerplate in articles.
    pub boilerplate: Boilerplate,
    /// For each label the probability from which on it is given.
    pub thresholds: Vec<f32>,
    /// Worker threads.
    pub threads: usize,
}

/// How many texts had which status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BulkCounts {
    /// All texts, and sources that could not be read.
    pub read: u64,
    /// Texts with labels.
    pub tagged: u64,
    /// Blocks that are no news prose.
    pub boilerplate: u64,
    /// Texts without words.
    pub empty: u64,
    /// Texts without a known word.
    pub no_known_words: u64,
    /// Texts that could not be read.
    pub errors: u64,
}

impl AddAssign for BulkCounts {
    fn add_assign(&mut self, other: Self) {
        self.read += other.read;
        self.tagged += other.tagged;
        self.boilerplate += other.boilerplate;
        self.empty += other.empty;
        self.no_known_words += other.no_known_words;
        self.errors += other.errors;
    }
}

/// Bytes of output after which a worker hands it on, in the middle of a batch if need be.
const PIECE_BYTES: usize = 512 * 1024;

/// Rows of a batch at most: as many as make half a piece of output, however short they are.
fn rows_per_batch(model: &Model, options: &BulkOptions) -> usize {
    // A record without its text, roughly; more only means that the worker waits for its turn.
    let record = 256 + model.schema.label_count() * (24 + 64 * options.explain.min(1000));
    (PIECE_BYTES / 2 / record).max(1)
}

/// Tags all sources into `out`, in order.
///
/// # Errors
/// A source that cannot be read or a bad row, unless bad rows are skipped; a failed write.
pub fn tag(
    model: &Model,
    sources: &[Source],
    options: &BulkOptions,
    out: &mut dyn Write,
    progress: &dyn Progress,
) -> Result<BulkCounts> {
    let writer = RecordWriter::new(model, sources, options);
    let fault = |error| {
        Error::from(Kind::Io {
            action: "cannot write",
            error,
        })
    };
    out.write_all(&writer.header()).map_err(fault)?;
    progress.stage("tagging", None);
    let counts = pipeline::run(model, sources, options, &writer, &mut |bytes, counts| {
        progress.advance(counts.read);
        out.write_all(bytes).map_err(fault)
    })?;
    out.flush().map_err(fault)?;
    progress.finish();
    Ok(counts)
}

/// Writes records in the format asked for.
enum RecordWriter {
    Jsonl(JsonlWriter),
    Csv(CsvWriter),
}

impl RecordWriter {
    fn new(model: &Model, sources: &[Source], options: &BulkOptions) -> Self {
        let (text, id) = (&options.input.text_column, &options.input.id_column);
        match options.format {
            OutputFormat::Jsonl => Self::Jsonl(JsonlWriter::new(&model.schema, options.keep, options.scores, text, id)),
            OutputFormat::Csv => {
                let columns = match options.keep {
                    Keep::None => Vec::new(),
                    Keep::All | Keep::Id => input_columns(sources, options),
                };
                let separator = &options.input.label_separator;
                Self::Csv(CsvWriter::new(
                    &model.schema,
                    options.scores,
                    separator,
                    options.keep,
                    &columns,
                    text,
                    id,
                ))
            }
        }
    }

    fn header(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if let Self::Csv(writer) = self {
            writer.push_header(&mut out);
        }
        out
    }

    fn push(&self, out: &mut Vec<u8>, record: &Record<'_>) {
        match self {
            Self::Jsonl(writer) => writer.push(out, record),
            Self::Csv(writer) => writer.push(out, record),
        }
    }
}

/// The columns of all tables among the sources, in order of appearance. JSON lines have no header, and a stream cannot be read twice: of these only the id is known.
fn input_columns(sources: &[Source], options: &BulkOptions) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    let mut known = FxHashSet::default();
    for source in sources {
        let names = if source.is_stream() {
            vec![options.input.id_column.clone()]
        } else {
            match source.named_format(&options.input) {
                Some(Format::Jsonl) => vec![options.input.id_column.clone()],
                Some(Format::Text | Format::Html) => continue,
                Some(Format::Csv | Format::Tsv) | None => match BatchReader::open(source, &options.input) {
                    Ok(reader) => reader.header().map(|h| h.names().to_vec()).unwrap_or_default(),
                    // It is met again, and answered, when it is its turn.
                    Err(_) => continue,
                },
            }
        };
        columns.extend(names.into_iter().filter(|name| known.insert(name.clone())));
    }
    columns
}
