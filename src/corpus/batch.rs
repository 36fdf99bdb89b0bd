//! Batches: raw records that one thread reads and another parses.

use std::sync::Arc;

use super::format::Format;
use super::header::Header;
use super::json::{self, Member};
use super::rows::{Fields, Row};
use super::table::{self, Cell};
use crate::error::{Error, Kind, Place, Result, byte_count};

/// Raw records of one source.
#[derive(Debug)]
pub struct Batch {
    /// What the source is called.
    pub source: Arc<str>,
    /// The bytes that the records stand in.
    pub bytes: Vec<u8>,
    /// What they hold.
    pub contents: Contents,
}

/// What the bytes of a batch hold.
#[derive(Debug)]
pub enum Contents {
    /// Lines of JSON or rows of a table.
    Rows(RawRows),
    /// A whole article.
    Article(Format),
}

/// Rows that have been found and not yet looked at.
#[derive(Debug)]
pub struct RawRows {
    /// The table's header and delimiter; JSON lines have none.
    pub(super) table: Option<(Arc<Header>, u8)>,
    /// The rows in order.
    pub(super) rows: Vec<RawRow>,
    /// Number of the first one.
    pub(super) first: u64,
    /// Bytes that a row has at most.
    pub(super) limit: usize,
}

/// A row that has been found.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawRow {
    /// 1-based line on which it begins.
    pub line: u64,
    /// Its first byte, and the one behind its last.
    pub start: usize,
    pub end: usize,
    /// Its bytes were too many to keep.
    pub too_long: bool,
}

/// Fields of a row that memory is kept for.
const FIELDS_KEPT: usize = 1024;

/// Memory that is used again for every row.
#[derive(Debug, Default)]
pub struct Scratch {
    cells: Vec<Cell>,
    members: Vec<Member>,
}

impl Batch {
    /// Number of rows; an article has none.
    pub fn row_count(&self) -> usize {
        match &self.contents {
            Contents::Rows(raw) => raw.rows.len(),
            Contents::Article(_) => 0,
        }
    }

    /// Visits the rows in order, each parsed or with what is wrong with it and its number; none if the batch is an article.
    ///
    /// # Errors
    /// The first one of `visit`.
    pub fn each_row(
        &self,
        scratch: &mut Scratch,
        mut visit: impl FnMut(Result<Row<'_>, (u64, Error)>) -> Result<()>,
    ) -> Result<()> {
        let Contents::Rows(raw) = &self.contents else {
            return Ok(());
        };
        // Checked once for all: only if that fails, row by row.
        let all = std::str::from_utf8(&self.bytes).ok();
        for (row, number) in raw.rows.iter().zip(raw.first..) {
            let parsed = self.parse(raw, row, number, all, scratch);
            visit(parsed.map_err(|error| (number, error)))?;
        }
        scratch.cells.shrink_to(FIELDS_KEPT);
        scratch.members.shrink_to(FIELDS_KEPT);
        Ok(())
    }

    fn parse<'r>(
        &'r self,
        raw: &'r RawRows,
        row: &RawRow,
        number: u64,
        all: Option<&'r str>,
        scratch: &'r mut Scratch,
    ) -> Result<Row<'r>> {
        let place = || Place::source(&*self.source).line(row.line);
        let bytes = row.bytes(&self.bytes, raw.limit).map_err(|kind| kind.at(place()))?;
        let text = match all {
            Some(all) => Ok(&all[row.start..row.end]),
            None => std::str::from_utf8(bytes),
        };
        let (text, fields) = match &raw.table {
            None => {
                let text = text.map_err(|e| Kind::InvalidUtf8.at(place().byte_column(e.valid_up_to() as u64 + 1)))?;
                json::cut(text, &mut scratch.members).map_err(|(kind, column)| kind.at(place().byte_column(column)))?;
                (text, Fields::Object(&scratch.members))
            }
            Some((header, delimiter)) => {
                let cells = &mut scratch.cells;
                table::cut(bytes, *delimiter, cells)
                    .map_err(|at| Kind::TextAfterQuote.at(place_of_byte(place(), bytes, at)))?;
                if cells.len() != header.names().len() {
                    let kind = Kind::FieldCount {
                        found: cells.len(),
                        expected: header.names().len(),
                    };
                    return Err(kind.at(place()));
                }
                let text = text.map_err(|e| {
                    let before = |cell: &Cell| cell.range.start <= e.valid_up_to();
                    let column = cells.iter().rposition(before).unwrap_or(0);
                    let line = place_of_byte(place(), bytes, cells[column].range.start).line;
                    let place = Place { line, ..place() };
                    Kind::InvalidUtf8.at(place.column(&header.names()[column]))
                })?;
                (text, Fields::Table { header, cells })
            }
        };
        Ok(Row {
            number,
            line: row.line,
            text,
            fields,
        })
    }
}

impl RawRow {
    /// The bytes of the row.
    pub fn bytes<'b>(&self, batch: &'b [u8], limit: usize) -> Result<&'b [u8], Kind> {
        match self.too_long {
            false => Ok(&batch[self.start..self.end]),
            true => Err(too_long("row", limit)),
        }
    }
}

/// A row or paragraph above the limit that the user has set.
pub fn too_long(what: &'static str, limit: usize) -> Kind {
    Kind::TooLong {
        what,
        limit: byte_count(limit),
        cure: "raise --max-paragraph-bytes, or split it",
    }
}

/// The place of a byte of a record that begins at `place`.
pub fn place_of_byte(place: Place, record: &[u8], at: usize) -> Place {
    let before = &record[..at];
    let lines = memchr::memchr_iter(b'\n', before).count() as u64;
    let line_start = memchr::memrchr(b'\n', before).map_or(0, |last| last + 1);
    let line = place.line.unwrap_or(1) + lines;
    place.line(line).byte_column((at - line_start + 1) as u64)
}
