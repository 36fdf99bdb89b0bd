//! Batches: raw records that one thread reads and another parses.

use std::collections::VecDeque;
use std::io::{BufRead, Read};
use std::sync::Arc;

use csv::ByteRecord;

use super::format::Format;
use super::html;
use super::input::InputOptions;
use super::quoting::{QuoteFault, QuoteFaults, QuoteWatch};
use super::rows::{Fields, Members, Row};
use super::source::Source;
use crate::error::{Error, Kind, Place, Result, list};

/// Bytes after which a batch of rows is full.
const BATCH_BYTES: usize = 256 * 1024;

/// Raw records of one source.
#[derive(Debug)]
pub struct Batch {
    /// What the source is called.
    pub source: Arc<str>,
    /// The records.
    pub records: Records,
}

/// The raw records of a batch.
#[derive(Debug)]
pub enum Records {
    /// Whole lines of JSON.
    Lines {
        /// The lines with their line breaks.
        bytes: Vec<u8>,
        /// Number of the first line.
        first_line: u64,
        /// Number of the first row: blank lines are no rows.
        first_row: u64,
    },
    /// Table rows.
    Table {
        /// Column names.
        header: Arc<[String]>,
        /// Cells and, where the quoting is broken, the fault.
        rows: Vec<(ByteRecord, Option<QuoteFault>)>,
        /// Number of the first row.
        first_row: u64,
    },
    /// A whole article.
    Article {
        /// Its text.
        text: String,
        /// Whether byte offsets into `text` are offsets into the source.
        has_spans: bool,
    },
}

impl Batch {
    /// The rows in order, each parsed or with what is wrong with it; none for an article. Gives the row number beside an error.
    pub fn rows(&self) -> Box<dyn Iterator<Item = Result<Row<'_>, (u64, Error)>> + '_> {
        match &self.records {
            Records::Lines { bytes, first_line, first_row } => {
                let mut number = *first_row;
                let lines = bytes.split_inclusive(|&b| b == b'\n').zip(*first_line..);
                Box::new(lines.filter(|(bytes, _)| !bytes.trim_ascii().is_empty()).map(move |(bytes, line)| {
                    let row = self.parse_line(bytes, line, number).map_err(|e| (number, e));
                    number += 1;
                    row
                }))
            }
            Records::Table { header, rows, first_row } => Box::new(rows.iter().zip(*first_row..).map(
                move |((record, fault), number)| self.check_record(header, record, *fault, number).map_err(|e| (number, e)),
            )),
            Records::Article { .. } => Box::new(std::iter::empty()),
        }
    }

    fn parse_line<'b>(&self, bytes: &'b [u8], line: u64, number: u64) -> Result<Row<'b>> {
        let place = || Place::source(&*self.source).line(line);
        let bytes = bytes.trim_ascii_end();
        let text = std::str::from_utf8(bytes)
            .map_err(|e| Kind::InvalidUtf8.at(place().byte_column(e.valid_up_to() as u64 + 1)))?;
        let Members(members) = serde_json::from_str(text).map_err(|e| {
            // serde_json's own " at line 1 column 7" would name the wrong line.
            let message = e.to_string();
            let message = message.split(" at line ").next().unwrap_or_default().to_owned();
            Kind::Json(message).at(place().byte_column(e.column().max(1) as u64))
        })?;
        Ok(Row { number, line, fields: Fields::Object(members) })
    }

    fn check_record<'b>(
        &self,
        header: &'b [String],
        record: &'b ByteRecord,
        fault: Option<QuoteFault>,
        number: u64,
    ) -> Result<Row<'b>> {
        let line = record.position().map_or(0, csv::Position::line);
        let place = || Place::source(&*self.source).line(line);
        if let Some(fault) = fault {
            return Err(Kind::TextAfterQuote.at(place().line(fault.line).byte_column(fault.column)));
        }
        if record.len() != header.len() {
            let kind = Kind::FieldCount { found: record.len(), expected: header.len() };
            return Err(kind.at(place()));
        }
        let row = Row { number, line, fields: Fields::Table { header, record } };
        match header.iter().zip(record).find(|(_, cell)| std::str::from_utf8(cell).is_err()) {
            Some((column, _)) => Err(Kind::InvalidUtf8.at(row.place(&self.source, column))),
            None => Ok(row),
        }
    }
}

/// Reads one source batch by batch.
pub struct BatchReader {
    source: Arc<str>,
    kind: ReaderKind,
}

enum ReaderKind {
    Lines { reader: Box<dyn BufRead + Send>, line: u64, row: u64 },
    Table { reader: csv::Reader<QuoteWatch<Box<dyn BufRead + Send>>>, faults: QuoteFaults, header: Arc<[String]>, row: u64 },
    Article { reader: Option<Box<dyn BufRead + Send>>, format: Format },
}

impl BatchReader {
    /// Opens a source. For a table reads the header and makes sure that it has the text column.
    ///
    /// # Errors
    /// If the source cannot be opened or its header is wrong.
    pub fn open(source: &Source, options: &InputOptions) -> Result<Self> {
        let (reader, format) = source.open(options.format)?;
        let name: Arc<str> = source.name().into();
        let kind = match format {
            Format::Jsonl => ReaderKind::Lines { reader, line: 1, row: 1 },
            Format::Csv | Format::Tsv => open_table(&name, reader, options, format)?,
            Format::Text | Format::Html => ReaderKind::Article { reader: Some(reader), format },
        };
        Ok(Self { source: name, kind })
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
        let records = match &mut self.kind {
            ReaderKind::Lines { reader, line, row } => next_lines(&source, reader, line, row)?,
            ReaderKind::Table { reader, faults, header, row } => next_records(&source, reader, faults, header, row)?,
            ReaderKind::Article { reader, format } => match reader.take() {
                Some(reader) => Some(read_article(&source, reader, *format)?),
                None => None,
            },
        };
        Ok(records.map(|records| Batch { source, records }))
    }
}

fn read_fault(source: &str, error: std::io::Error) -> Error {
    Kind::Io { action: "cannot read", error }.at(Place::source(source))
}

fn next_lines(source: &str, reader: &mut Box<dyn BufRead + Send>, line: &mut u64, row: &mut u64) -> Result<Option<Records>> {
    let mut bytes = Vec::with_capacity(BATCH_BYTES + BATCH_BYTES / 4);
    let (first_line, first_row) = (*line, *row);
    while bytes.len() < BATCH_BYTES {
        let start = bytes.len();
        let n = reader.read_until(b'\n', &mut bytes).map_err(|e| read_fault(source, e))?;
        if n == 0 {
            break;
        }
        if *line == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        *line += 1;
        *row += u64::from(!bytes[start.min(bytes.len())..].trim_ascii().is_empty());
    }
    Ok((!bytes.is_empty()).then_some(Records::Lines { bytes, first_line, first_row }))
}

fn open_table(source: &str, reader: Box<dyn BufRead + Send>, options: &InputOptions, format: Format) -> Result<ReaderKind> {
    let delimiter = options.delimiter(format);
    let (watch, faults) = QuoteWatch::new(reader, delimiter);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .buffer_capacity(BATCH_BYTES)
        .from_reader(watch);
    let names = reader.byte_headers().map_err(|e| csv_fault(source, e))?.clone();
    let place = Place::source(source).line(1);
    if let Some(error) = first_fault(source, &faults, u64::MAX) {
        return Err(error);
    }
    if names.is_empty() {
        return Err(Kind::NoRows.at(Place::source(source)));
    }
    let header: Arc<[String]> = names
        .iter()
        .map(|name| String::from_utf8(name.to_vec()).map_err(|_| header_encoding(name).at(place.clone())))
        .collect::<Result<_>>()?;
    check_column(&header, &options.text_column, "--text-column").map_err(|kind| kind.at(place))?;
    Ok(ReaderKind::Table { reader, faults, header, row: 1 })
}

fn header_encoding(name: &[u8]) -> Kind {
    if name.starts_with(&[0xff, 0xfe]) || name.starts_with(&[0xfe, 0xff]) {
        Kind::Utf16
    } else {
        Kind::InvalidUtf8
    }
}

/// Whether a needed column stands in the header, once.
///
/// # Errors
/// [`Kind::MissingColumn`] or [`Kind::RepeatedColumn`].
pub fn check_column(header: &[String], name: &str, flag: &str) -> Result<(), Kind> {
    match header.iter().filter(|h| *h == name).count() {
        1 => Ok(()),
        0 => Err(Kind::MissingColumn {
            name: name.to_owned(),
            found: list(header.iter().map(String::as_str)),
            flag: flag.to_owned(),
        }),
        _ => Err(Kind::RepeatedColumn { name: name.to_owned() }),
    }
}

fn csv_fault(source: &str, error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => read_fault(source, error),
        other => Kind::Json(format!("{other:?}")).at(Place::source(source)),
    }
}

/// The first quoting fault before byte `end`, as an error if the quote is never closed: what follows it cannot be told apart.
fn first_fault(source: &str, faults: &QuoteFaults, end: u64) -> Option<Error> {
    let faults = faults.borrow();
    let fault = faults.iter().find(|f| f.byte < end && (f.unclosed || end == u64::MAX && f.line == 1))?;
    let kind = if fault.unclosed { Kind::UnclosedQuote } else { Kind::TextAfterQuote };
    Some(kind.at(Place::source(source).line(fault.line).byte_column(fault.column)))
}

fn next_records(
    source: &str,
    reader: &mut csv::Reader<QuoteWatch<Box<dyn BufRead + Send>>>,
    faults: &QuoteFaults,
    header: &Arc<[String]>,
    row: &mut u64,
) -> Result<Option<Records>> {
    let mut rows = Vec::new();
    let mut bytes = 0;
    let first_row = *row;
    while bytes < BATCH_BYTES {
        let mut record = ByteRecord::new();
        if !reader.read_byte_record(&mut record).map_err(|e| csv_fault(source, e))? {
            break;
        }
        let end = reader.position().byte();
        if let Some(error) = first_fault(source, faults, end) {
            return Err(error);
        }
        let fault = take_before(&mut faults.borrow_mut(), end);
        bytes += record.as_slice().len() + 64;
        *row += 1;
        rows.push((record, fault));
    }
    Ok((!rows.is_empty()).then(|| Records::Table { header: Arc::clone(header), rows, first_row }))
}

/// Removes the faults before `end` and gives the first.
fn take_before(faults: &mut VecDeque<QuoteFault>, end: u64) -> Option<QuoteFault> {
    let mut first = None;
    while let Some(fault) = faults.pop_front_if(|f| f.byte < end) {
        first = first.or(Some(fault));
    }
    first
}

fn read_article(source: &str, mut reader: Box<dyn BufRead + Send>, format: Format) -> Result<Records> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(|e| read_fault(source, e))?;
    let place = || Place::source(source);
    let text = String::from_utf8(bytes).map_err(|e| {
        let valid = &e.as_bytes()[..e.utf8_error().valid_up_to()];
        if valid.is_empty() && matches!(e.as_bytes(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
            return Kind::Utf16.at(place());
        }
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
