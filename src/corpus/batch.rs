//! Batches: raw records that one thread reads and another parses.

use std::sync::Arc;

use csv::ByteRecord;

use super::quoting::QuoteFault;
use super::rows::{Fields, Members, Row, json_fault};
use crate::error::{Error, Kind, Place, Result};

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
            Records::Lines {
                bytes,
                first_line,
                first_row,
            } => {
                let mut number = *first_row;
                let lines = bytes.split_inclusive(|&b| b == b'\n').zip(*first_line..);
                Box::new(
                    lines
                        .filter(|(bytes, _)| !bytes.trim_ascii().is_empty())
                        .map(move |(bytes, line)| {
                            let row = self.parse_line(bytes, line, number).map_err(|e| (number, e));
                            number += 1;
                            row
                        }),
                )
            }
            Records::Table {
                header,
                rows,
                first_row,
            } => Box::new(rows.iter().zip(*first_row..).map(move |((record, fault), number)| {
                self.check_record(header, record, *fault, number)
                    .map_err(|e| (number, e))
            })),
            Records::Article { .. } => Box::new(std::iter::empty()),
        }
    }

    fn parse_line<'b>(&self, bytes: &'b [u8], line: u64, number: u64) -> Result<Row<'b>> {
        let place = || Place::source(&*self.source).line(line);
        let bytes = bytes.trim_ascii_end();
        let text = std::str::from_utf8(bytes)
            .map_err(|e| Kind::InvalidUtf8.at(place().byte_column(e.valid_up_to() as u64 + 1)))?;
        let Members(members) =
            serde_json::from_str(text).map_err(|e| json_fault(&e).at(place().byte_column(e.column().max(1) as u64)))?;
        Ok(Row {
            number,
            line,
            fields: Fields::Object(members),
        })
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
            let kind = Kind::FieldCount {
                found: record.len(),
                expected: header.len(),
            };
            return Err(kind.at(place()));
        }
        let row = Row {
            number,
            line,
            fields: Fields::Table { header, record },
        };
        match header
            .iter()
            .zip(record)
            .find(|(_, cell)| std::str::from_utf8(cell).is_err())
        {
            Some((column, _)) => Err(Kind::InvalidUtf8.at(row.place(&self.source, column))),
            None => Ok(row),
        }
    }
}
