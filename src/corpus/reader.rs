//! The reader: one source, cut into batches.

use std::io::{BufRead, Read};
use std::sync::Arc;

use csv::{ByteRecord, Position};

use super::batch::{Batch, Records};
use super::format::{COMMON_DELIMITERS, Format};
use super::html;
use super::input::InputOptions;
use super::quoting::{QuoteFault, QuoteWatch, SharedSeen};
use super::source::Source;
use crate::error::{Error, Kind, Place, Result, did_you_mean, list};

/// Bytes after which a batch of rows is full.
const BATCH_BYTES: usize = 256 * 1024;

/// Reads one source batch by batch.
pub struct BatchReader {
    source: Arc<str>,
    kind: ReaderKind,
    /// What ended the reading; told after the rows that were read before it.
    fault: Option<Error>,
}

type TableReader = csv::Reader<QuoteWatch<Box<dyn BufRead + Send>>>;

enum ReaderKind {
    Lines {
        reader: Box<dyn BufRead + Send>,
        line: u64,
        row: u64,
    },
    Table {
        reader: Box<TableReader>,
        seen: SharedSeen,
        header: Arc<[String]>,
        row: u64,
    },
    Article {
        reader: Option<Box<dyn BufRead + Send>>,
        format: Format,
    },
}

/// What could be read, and what ended the reading if it is not the end of the source.
type Piece = (Option<Records>, Option<Error>);

impl BatchReader {
    /// Opens a source. For a table reads the header and makes sure that it has the text column.
    ///
    /// # Errors
    /// If the source cannot be opened or its header is wrong.
    pub fn open(source: &Source, options: &InputOptions) -> Result<Self> {
        let (reader, format) = source.open(options)?;
        let name: Arc<str> = source.name().into();
        let kind = match format {
            Format::Jsonl => ReaderKind::Lines {
                reader,
                line: 1,
                row: 1,
            },
            Format::Csv | Format::Tsv => open_table(&name, reader, options, format)?,
            Format::Text | Format::Html => ReaderKind::Article {
                reader: Some(reader),
                format,
            },
        };
        Ok(Self {
            source: name,
            kind,
            fault: None,
        })
    }

    /// What the source is called.
    pub fn source(&self) -> &Arc<str> {
        &self.source
    }

    /// The column names, if the source is a table.
    pub fn header(&self) -> Option<&[String]> {
        match &self.kind {
            ReaderKind::Table { header, .. } => Some(header),
            _ => None,
        }
    }

    /// The columns that are known before the first row: a table's header, the id of JSON lines, none of an article.
    pub fn columns(&self, options: &InputOptions) -> Vec<String> {
        match &self.kind {
            ReaderKind::Table { header, .. } => header.to_vec(),
            ReaderKind::Lines { .. } => vec![options.id_column.clone()],
            ReaderKind::Article { .. } => Vec::new(),
        }
    }

    /// The next batch; nothing at the end.
    ///
    /// # Errors
    /// If the source cannot be read on: a fault of the system, of the compression, or a quote that is never closed.
    pub fn next_batch(&mut self) -> Result<Option<Batch>> {
        let source = Arc::clone(&self.source);
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let (records, fault) = match &mut self.kind {
            ReaderKind::Lines { reader, line, row } => next_lines(&source, reader, line, row),
            ReaderKind::Table {
                reader,
                seen,
                header,
                row,
            } => next_records(&source, reader, seen, header, row),
            ReaderKind::Article { reader, format } => match reader.take() {
                Some(reader) => (Some(read_article(&source, reader, *format)?), None),
                None => (None, None),
            },
        };
        match (records, fault) {
            (None, Some(fault)) => Err(fault),
            (records, fault) => {
                self.fault = fault;
                Ok(records.map(|records| Batch { source, records }))
            }
        }
    }
}

fn read_fault(source: &str, error: std::io::Error) -> Error {
    Kind::Io {
        action: "cannot read",
        error,
    }
    .at(Place::source(source))
}

fn next_lines(source: &str, reader: &mut Box<dyn BufRead + Send>, line: &mut u64, row: &mut u64) -> Piece {
    let mut bytes = Vec::with_capacity(BATCH_BYTES + BATCH_BYTES / 4);
    let (first_line, first_row) = (*line, *row);
    let mut fault = None;
    while bytes.len() < BATCH_BYTES {
        let start = bytes.len();
        match reader.read_until(b'\n', &mut bytes) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => {
                // Half a line is no row.
                bytes.truncate(start);
                fault = Some(read_fault(source, error));
                break;
            }
        }
        if *line == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        *line += 1;
        *row += u64::from(!bytes[start.min(bytes.len())..].trim_ascii().is_empty());
    }
    let records = Records::Lines {
        bytes,
        first_line,
        first_row,
    };
    ((*line > first_line).then_some(records), fault)
}

fn open_table(
    source: &str,
    reader: Box<dyn BufRead + Send>,
    options: &InputOptions,
    format: Format,
) -> Result<ReaderKind> {
    let delimiter = options.delimiter(format);
    let (watch, seen) = QuoteWatch::new(reader, delimiter);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .buffer_capacity(BATCH_BYTES)
        .from_reader(watch);
    let names = reader.byte_headers().map_err(|e| csv_fault(source, e))?.clone();
    let (line, fault) = passed(&seen, reader.position().byte());
    let place = Place::source(source).line(line.unwrap_or(1));
    if let Some(fault) = fault {
        return Err(quote_fault(source, fault));
    }
    if names.is_empty() {
        return Err(Kind::NoRows.at(Place::source(source)));
    }
    let header: Arc<[String]> = names
        .iter()
        .map(|name| String::from_utf8(name.to_vec()).map_err(|_| Kind::InvalidUtf8.at(place.clone())))
        .collect::<Result<_>>()?;
    check_header(&header, options, delimiter).map_err(|kind| kind.at(place))?;
    Ok(ReaderKind::Table {
        reader: Box::new(reader),
        seen,
        header,
        row: 1,
    })
}

/// Whether the header has the text column, and the id column at most once.
fn check_header(header: &[String], options: &InputOptions, delimiter: u8) -> Result<(), Kind> {
    let is_text = |name: &str| name.trim_matches('"') == options.text_column;
    let others = COMMON_DELIMITERS.into_iter().filter(|&d| d != delimiter);
    if let [one] = header
        && one != &options.text_column
        && let Some(delimiter) = others.map(char::from).find(|&d| one.split(d).any(is_text))
    {
        return Err(Kind::WrongDelimiter {
            header: one.clone(),
            delimiter,
        });
    }
    check_column(header, &options.text_column, "name yours with --text-column")?;
    check_unrepeated(header, &options.id_column)
}

/// Whether a needed column stands in the header, once; `cure` is what to do if it has another name.
///
/// # Errors
/// [`Kind::MissingColumn`] or [`Kind::RepeatedColumn`].
pub fn check_column(header: &[String], name: &str, cure: &str) -> Result<(), Kind> {
    if header.iter().all(|h| h != name) {
        let names = || header.iter().map(String::as_str);
        return Err(Kind::MissingColumn {
            name: name.to_owned(),
            near: did_you_mean(name, names()),
            found: list(names()),
            cure: cure.to_owned(),
        });
    }
    check_unrepeated(header, name)
}

/// Whether a column stands in the header once at most.
///
/// # Errors
/// [`Kind::RepeatedColumn`].
pub fn check_unrepeated(header: &[String], name: &str) -> Result<(), Kind> {
    match header.iter().filter(|h| *h == name).count() {
        0 | 1 => Ok(()),
        _ => Err(Kind::RepeatedColumn { name: name.to_owned() }),
    }
}

fn csv_fault(source: &str, error: csv::Error) -> Error {
    let error = match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        // Ragged rows and other encodings are let through by the reader and answered later.
        other => std::io::Error::other(format!("{other:?}")),
    };
    read_fault(source, error)
}

fn quote_fault(source: &str, fault: QuoteFault) -> Error {
    let kind = if fault.unclosed {
        Kind::UnclosedQuote
    } else {
        Kind::TextAfterQuote
    };
    kind.at(Place::source(source).line(fault.line).byte_column(fault.column))
}

fn next_records(
    source: &str,
    reader: &mut TableReader,
    seen: &SharedSeen,
    header: &Arc<[String]>,
    row: &mut u64,
) -> Piece {
    let mut rows = Vec::new();
    let mut bytes = 0;
    let first_row = *row;
    let mut end = None;
    while bytes < BATCH_BYTES {
        let mut record = ByteRecord::new();
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                end = Some(csv_fault(source, error));
                break;
            }
        }
        let (line, fault) = passed(seen, reader.position().byte());
        if let Some(fault) = fault.filter(|f| f.unclosed) {
            // The rows that it swallowed cannot be told apart.
            end = Some(quote_fault(source, fault));
            break;
        }
        if let Some(line) = line {
            let mut position = Position::new();
            position.set_line(line);
            record.set_position(Some(position));
        }
        bytes += record.as_slice().len() + 64;
        *row += 1;
        rows.push((record, fault));
    }
    let records = (!rows.is_empty()).then(|| Records::Table {
        header: Arc::clone(header),
        rows,
        first_row,
    });
    (records, end)
}

/// Takes out what was seen before byte `end`: the line on which the record there begins, and the gravest of its faults.
fn passed(seen: &SharedSeen, end: u64) -> (Option<u64>, Option<QuoteFault>) {
    let mut seen = seen.borrow_mut();
    let mut line = None;
    while seen.records.front().is_some_and(|(byte, _)| *byte < end) {
        line = seen.records.pop_front().map(|(_, line)| line);
    }
    let mut gravest: Option<QuoteFault> = None;
    while seen.faults.front().is_some_and(|fault| fault.byte < end) {
        let next = seen.faults.pop_front();
        gravest = gravest.filter(|_| !next.is_some_and(|fault| fault.unclosed)).or(next);
    }
    (line, gravest)
}

fn read_article(source: &str, mut reader: Box<dyn BufRead + Send>, format: Format) -> Result<Records> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(|e| read_fault(source, e))?;
    let place = || Place::source(source);
    let text = String::from_utf8(bytes).map_err(|e| {
        let valid = &e.as_bytes()[..e.utf8_error().valid_up_to()];
        let line = 1 + memchr::memchr_iter(b'\n', valid).count() as u64;
        let column = 1 + valid.iter().rev().take_while(|&&b| b != b'\n').count() as u64;
        Kind::InvalidUtf8.at(place().line(line).byte_column(column))
    })?;
    Ok(match format {
        Format::Html => Records::Article {
            text: html::article_text(&text).map_err(|kind| kind.at(place()))?,
            has_spans: false,
        },
        _ => Records::Article { text, has_spans: true },
    })
}
