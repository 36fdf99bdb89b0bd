//! The reader: one source, cut into batches.

use std::io::{self, BufRead, Read};
use std::sync::Arc;

use super::batch::{Batch, Contents, RawRow, RawRows, place_of_byte};
use super::format::Format;
use super::header::Header;
use super::input::InputOptions;
use super::records::Records;
use super::source::Source;
use super::table;
use crate::error::{Error, Kind, Place, Result, byte_count};

/// Bytes after which a batch of rows is full.
pub const BATCH_BYTES: usize = 128 * 1024;
/// Rows after which it is full, unless [`BatchReader::rows_per_batch`] says otherwise.
const BATCH_ROWS: usize = 4096;
/// Bytes of an article at most: all its blocks are looked at together.
const ARTICLE_BYTES: usize = 8 << 20;
/// The same for HTML, whose tree needs many times the memory of the page.
const HTML_BYTES: usize = 4 << 20;
/// Lines of an article at most.
const ARTICLE_LINES: usize = 1 << 17;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads one source batch by batch.
pub struct BatchReader {
    source: Arc<str>,
    kind: ReaderKind,
    /// What ended the reading; told after the rows that were read before it.
    fault: Option<Error>,
}

enum ReaderKind {
    Rows(RowReader),
    Article {
        reader: Option<Box<dyn BufRead + Send>>,
        format: Format,
        limit: usize,
    },
}

impl BatchReader {
    /// Opens a source. For a table reads the header and makes sure that it has the text column.
    ///
    /// # Errors
    /// If the source cannot be opened or its header is wrong.
    pub fn open(source: &Source, options: &InputOptions) -> Result<Self> {
        let (reader, format) = source.open(options)?;
        let name: Arc<str> = source.name().into();
        let paragraph = options.max_paragraph_bytes;
        let kind = match format {
            Format::Jsonl => ReaderKind::Rows(RowReader::new(reader, Records::of_lines(), paragraph)),
            Format::Csv | Format::Tsv => ReaderKind::Rows(RowReader::of_table(&name, reader, options, format)?),
            Format::Text | Format::Html => ReaderKind::Article {
                reader: Some(reader),
                format,
                limit: match format {
                    Format::Html => HTML_BYTES,
                    _ => ARTICLE_BYTES.max(paragraph),
                },
            },
        };
        Ok(Self {
            source: name,
            kind,
            fault: None,
        })
    }

    /// Sets how many rows a batch has at most.
    pub fn rows_per_batch(mut self, rows: usize) -> Self {
        if let ReaderKind::Rows(reader) = &mut self.kind {
            reader.rows_per_batch = rows.max(1);
        }
        self
    }

    /// The header, if the source is a table.
    pub fn header(&self) -> Option<&Header> {
        match &self.kind {
            ReaderKind::Rows(reader) => reader.table.as_ref().map(|(header, _)| &**header),
            ReaderKind::Article { .. } => None,
        }
    }

    /// The next batch; nothing at the end. `buffer` is memory that may be used for it.
    ///
    /// # Errors
    /// If the source cannot be read on: a fault of the system, of the compression, a quote that is never closed, an article that is too long.
    pub fn next_batch(&mut self, buffer: Vec<u8>) -> Result<Option<Batch>> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let source = Arc::clone(&self.source);
        match &mut self.kind {
            ReaderKind::Article { reader, format, limit } => {
                let Some(reader) = reader.take() else {
                    return Ok(None);
                };
                let bytes = read_article(reader, *limit, buffer).map_err(|kind| kind.at(Place::source(&*source)))?;
                let contents = Contents::Article(*format);
                Ok(Some(Batch {
                    source,
                    bytes,
                    contents,
                }))
            }
            ReaderKind::Rows(reader) => {
                let (found, fault) = reader.next(buffer);
                let fault = fault.map(|fault| fault.at(&source));
                match (found, fault) {
                    (None, Some(fault)) => Err(fault),
                    (found, fault) => {
                        self.fault = fault;
                        Ok(found.map(|(bytes, rows)| Batch {
                            source,
                            bytes,
                            contents: Contents::Rows(rows),
                        }))
                    }
                }
            }
        }
    }
}

fn read_article(reader: Box<dyn BufRead + Send>, limit: usize, mut bytes: Vec<u8>) -> Result<Vec<u8>, Kind> {
    bytes.clear();
    reader
        .take(limit as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(read_fault)?;
    let too_long = |limit: String| {
        Err(Kind::TooLong {
            what: "article",
            limit,
            cure: "split it, or give its paragraphs as rows",
        })
    };
    if bytes.len() > limit {
        return too_long(byte_count(limit));
    }
    let lines = memchr::memchr2_iter(b'\n', b'\r', &bytes).count();
    match lines > ARTICLE_LINES {
        true => too_long(format!("{ARTICLE_LINES} lines")),
        false => Ok(bytes),
    }
}

fn read_fault(error: io::Error) -> Kind {
    Kind::Io {
        action: "cannot read",
        error,
    }
}

/// What ends the reading of rows.
enum RowFault {
    Read(io::Error),
    /// Line and byte column of a quote that is never closed: the rows that it swallowed cannot be told apart.
    OpenQuote(u64, u64),
}

impl RowFault {
    fn at(self, source: &str) -> Error {
        let place = Place::source(source);
        match self {
            Self::Read(error) => read_fault(error).at(place),
            Self::OpenQuote(line, column) => Kind::UnclosedQuote.at(place.line(line).byte_column(column)),
        }
    }
}

/// Reads rows: whole stretches of bytes, up to the end of the last record in them.
struct RowReader {
    input: Box<dyn BufRead + Send>,
    records: Records,
    table: Option<(Arc<Header>, u8)>,
    /// What was read behind the last batch.
    rest: Vec<u8>,
    /// Number of the next row.
    row: u64,
    rows_per_batch: usize,
    limit: usize,
    /// Whether nothing was read so far, and whether there is no more to read: all was read, or it cannot be.
    begins: bool,
    ended: bool,
    fault: Option<io::Error>,
}

impl RowReader {
    fn new(input: Box<dyn BufRead + Send>, records: Records, limit: usize) -> Self {
        Self {
            input,
            records,
            table: None,
            rest: Vec::new(),
            row: 1,
            rows_per_batch: BATCH_ROWS,
            limit,
            begins: true,
            ended: false,
            fault: None,
        }
    }

    fn of_table(source: &str, input: Box<dyn BufRead + Send>, options: &InputOptions, format: Format) -> Result<Self> {
        let delimiter = options.delimiter(format);
        let mut reader = Self::new(input, Records::of_table(delimiter), options.max_paragraph_bytes);
        reader.rows_per_batch = 1;
        let (bytes, rows) = match reader.next(Vec::new()) {
            (Some(found), _) => found,
            (None, Some(fault)) => return Err(fault.at(source)),
            (None, None) => return Err(Kind::NoRows.at(Place::source(source))),
        };
        for row in &rows.rows {
            let place = || Place::source(source).line(row.line);
            let record = row.bytes(&bytes, rows.limit).map_err(|kind| kind.at(place()))?;
            let mut cells = Vec::new();
            table::cut(record, delimiter, &mut cells)
                .map_err(|at| Kind::TextAfterQuote.at(place_of_byte(place(), record, at)))?;
            let record = std::str::from_utf8(record).map_err(|_| Kind::InvalidUtf8.at(place()))?;
            let header = Header::new(cells.iter().map(|cell| cell.text(record).into_owned()).collect());
            header.check(options, delimiter).map_err(|kind| kind.at(place()))?;
            reader.table = Some((Arc::new(header), delimiter));
        }
        reader.rows_per_batch = BATCH_ROWS;
        reader.row = 1;
        Ok(reader)
    }

    /// The next rows and the bytes that they stand in; and what ends the reading, if it is not the end of the source.
    fn next(&mut self, mut bytes: Vec<u8>) -> (Option<(Vec<u8>, RawRows)>, Option<RowFault>) {
        bytes.clear();
        bytes.append(&mut self.rest);
        let mut rows = Vec::new();
        let fault = self.find_rows(&mut bytes, &mut rows).err();
        if self.ended {
            // Many small sources may be held at a time.
            bytes.shrink_to_fit();
        }
        let first = self.row;
        self.row += rows.len() as u64;
        let found = (!rows.is_empty()).then(|| {
            let table = self.table.clone();
            let limit = self.limit;
            let raw = RawRows {
                table,
                rows,
                first,
                limit,
            };
            (bytes, raw)
        });
        (found, fault)
    }

    fn find_rows(&mut self, bytes: &mut Vec<u8>, rows: &mut Vec<RawRow>) -> Result<(), RowFault> {
        // Start of the record at hand, and how far it was looked through.
        let (mut start, mut passed) = (0, 0);
        let mut wanted = BATCH_BYTES;
        loop {
            self.read(bytes, wanted);
            if self.begins && bytes.starts_with(BYTE_ORDER_MARK) {
                (start, passed) = (BYTE_ORDER_MARK.len(), BYTE_ORDER_MARK.len());
            }
            self.begins = false;
            while rows.len() < self.rows_per_batch
                && let Some(found) = self.records.next(&bytes[passed..])
            {
                self.push(bytes, start, passed + found.content, found.line, rows);
                passed += found.next;
                start = passed;
            }
            if rows.len() >= self.rows_per_batch {
                self.keep(bytes, start);
                return Ok(());
            }
            passed = bytes.len();
            if self.ended {
                return self.last_row(bytes, start, rows);
            }
            if !rows.is_empty() {
                self.records.restart();
                self.keep(bytes, start);
                return Ok(());
            }
            if bytes.len() - start > self.limit {
                return self.pass_over(bytes, rows);
            }
            // No row ends in these bytes: more of them, without the blank lines before it.
            bytes.drain(..start);
            passed -= start;
            start = 0;
            wanted = bytes.len() + bytes.len().max(BATCH_BYTES);
        }
    }

    /// Keeps what stands behind the last row for the next batch.
    fn keep(&mut self, bytes: &mut Vec<u8>, start: usize) {
        self.rest.extend_from_slice(&bytes[start..]);
        bytes.truncate(start);
    }

    /// What the end of the source cuts short: half a record is no row.
    fn cut_short(&mut self) -> Result<(), RowFault> {
        if let Some(error) = self.fault.take() {
            return Err(RowFault::Read(error));
        }
        match self.records.open_quote() {
            Some((line, column)) => {
                self.records.restart();
                Err(RowFault::OpenQuote(line, column))
            }
            None => Ok(()),
        }
    }

    /// The row at the end of the source that has no line break.
    fn last_row(&mut self, bytes: &[u8], start: usize, rows: &mut Vec<RawRow>) -> Result<(), RowFault> {
        self.cut_short()?;
        self.push(bytes, start, bytes.len(), self.records.begun_on(), rows);
        Ok(())
    }

    /// Passes over a row that is too long, without keeping it.
    fn pass_over(&mut self, bytes: &mut Vec<u8>, rows: &mut Vec<RawRow>) -> Result<(), RowFault> {
        let mut line = self.records.begun_on();
        loop {
            bytes.clear();
            self.read(bytes, BATCH_BYTES);
            if let Some(found) = self.records.next(bytes) {
                line = found.line;
                self.rest.extend_from_slice(&bytes[found.next..]);
                break;
            }
            if self.ended {
                self.cut_short()?;
                break;
            }
        }
        bytes.clear();
        rows.push(RawRow {
            line,
            start: 0,
            end: 0,
            too_long: true,
        });
        Ok(())
    }

    /// Adds a record, unless it is a blank line.
    fn push(&self, bytes: &[u8], start: usize, end: usize, line: u64, rows: &mut Vec<RawRow>) {
        let contents = &bytes[start..end];
        let (start, end) = match self.records.is_table() {
            true => (start, end),
            false => (start, start + contents.trim_ascii_end().len()),
        };
        if start < end {
            rows.push(RawRow {
                line,
                start,
                end,
                too_long: end - start > self.limit,
            });
        }
    }

    /// Reads until `bytes` has the length that is wanted, or to the end.
    fn read(&mut self, bytes: &mut Vec<u8>, wanted: usize) {
        let mut filled = bytes.len();
        bytes.resize(wanted.max(filled), 0);
        while filled < bytes.len() && !self.ended {
            match self.input.read(&mut bytes[filled..]) {
                Ok(0) => self.ended = true,
                Ok(n) => filled += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    self.fault = Some(error);
                }
            }
        }
        bytes.truncate(filled);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// Number, line and text of each row, `!` for one that is too long, and the fault at the end.
    fn rows(records: Records, text: &str, limit: usize, per_batch: usize) -> Vec<String> {
        let mut reader = RowReader::new(Box::new(Cursor::new(text.as_bytes().to_vec())), records, limit);
        reader.rows_per_batch = per_batch;
        let mut all = Vec::new();
        loop {
            let (found, fault) = reader.next(Vec::new());
            let ends = found.is_none();
            if let Some((bytes, raw)) = found {
                for (row, number) in raw.rows.iter().zip(raw.first..) {
                    let text = match row.too_long {
                        true => "!",
                        false => std::str::from_utf8(&bytes[row.start..row.end]).unwrap(),
                    };
                    all.push(format!("{number} {} {text:.9}", row.line));
                }
            }
            if let Some(fault) = fault {
                all.push(fault.at("t").to_string());
                return all;
            }
            if ends {
                return all;
            }
        }
    }

    #[test]
    fn rows_are_the_same_however_they_are_batched() {
        for per_batch in [1, 2, 100] {
            let lines = rows(Records::of_lines(), "\u{feff}a\r\n\n \t\nb\n\nc", 10, per_batch);
            assert_eq!(lines, ["1 1 a", "2 4 b", "3 6 c"]);
            let table = rows(
                Records::of_table(b','),
                "\u{feff}\"a\r\n\",1\r\n\r\nb,2\rc,3",
                10,
                per_batch,
            );
            assert_eq!(table, ["1 1 \"a\r\n\",1", "2 4 b,2", "3 5 c,3"]);
        }
    }

    #[test]
    fn long_rows_are_passed_over() {
        for length in [11, BATCH_BYTES - 1, BATCH_BYTES, 10 * BATCH_BYTES] {
            let long = "x\n".repeat(length / 2);
            let lines = format!("a\n{}\nb\n{}", long.replace('\n', " x"), long.replace('\n', " x"));
            assert_eq!(
                rows(Records::of_lines(), &lines, 10, 100),
                ["1 1 a", "2 2 !", "3 3 b", "4 4 !"]
            );
            let table = format!("a\n\"{long}\",\"\"\r\nb\n");
            let behind = 3 + length / 2;
            assert_eq!(
                rows(Records::of_table(b','), &table, 10, 100),
                ["1 1 a".into(), "2 2 !".into(), format!("3 {behind} b")]
            );
            let open = format!("a\n1,\"{long}");
            let fault = "t:2:3: this quote is never closed (close it, or double it if it is part of the text: \"\")";
            assert_eq!(rows(Records::of_table(b','), &open, 10, 100), ["1 1 a", fault]);
        }
    }
}
