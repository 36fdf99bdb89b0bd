//! Records as CSV: one header for all sources.

use super::record::{Keep, Position, Record, ScoresKept, Status, push_integer, push_probability};
use crate::corpus::rows::Value;
use crate::corpus::scan::plain_length;
use crate::schema::{Schema, TaskKind};

/// Columns before those of the tasks.
const FIXED: [&str; 8] = [
    "source",
    "row",
    "paragraph",
    "span_start",
    "span_end",
    "status",
    "detail",
    "text",
];

/// Writes records.
#[derive(Debug)]
pub struct CsvWriter {
    schema: Schema,
    starts: Vec<usize>,
    scores: ScoresKept,
    separator: String,
    /// Columns of the input that go along, and the column names they get.
    kept: Vec<(String, String)>,
}

impl CsvWriter {
    /// A writer for records of this schema. `columns` are the input's own columns, as far as they are known beforehand.
    pub fn new(
        schema: &Schema,
        scores: ScoresKept,
        separator: &str,
        keep: Keep,
        columns: &[String],
        text_column: &str,
        id_column: &str,
    ) -> Self {
        let kept = columns.iter().filter(|name| match keep {
            Keep::All => *name != text_column,
            Keep::Id => *name == id_column,
            Keep::None => false,
        });
        Self {
            schema: schema.clone(),
            starts: schema.label_ranges().iter().map(|r| r.start).collect(),
            scores,
            separator: separator.to_owned(),
            kept: kept.map(|name| (name.clone(), format!("input.{name}"))).collect(),
        }
    }

    /// Appends the header line.
    pub fn push_header(&self, out: &mut Vec<u8>) {
        FIXED.iter().for_each(|name| push_cell(out, name));
        self.schema.tasks.iter().for_each(|task| push_cell(out, &task.name));
        if self.scores != ScoresKept::None {
            for task in &self.schema.tasks {
                task.label_names()
                    .for_each(|label| push_cell(out, &format!("{}.{label}", task.name)));
            }
        }
        self.kept.iter().for_each(|(_, name)| push_cell(out, name));
        end_row(out);
    }

    /// Appends a record.
    pub fn push(&self, out: &mut Vec<u8>, record: &Record<'_>) {
        push_cell(out, record.source);
        push_position(out, &record.position);
        push_cell(out, record.status.name());
        push_cell(
            out,
            match &record.status {
                Status::Boilerplate(rule) => rule.name(),
                Status::Error(message) => message,
                _ => "",
            },
        );
        push_cell(out, record.text.unwrap_or_default());
        match &record.status {
            Status::Tagged { scores, given, .. } => self.push_tags(out, scores, given),
            _ => {
                let scores = if self.scores == ScoresKept::None {
                    0
                } else {
                    self.schema.label_count()
                };
                out.extend(std::iter::repeat_n(b',', self.schema.tasks.len() + scores));
            }
        }
        for (column, _) in &self.kept {
            let value = match &record.position {
                Position::Row { fields: Some(row), .. } => row.get(column),
                _ => None,
            };
            match value {
                Some(Value::Cell(cell)) => push_cell(out, &cell),
                Some(Value::Json(raw)) => match Value::Json(raw).string() {
                    Ok(text) => push_cell(out, &text),
                    Err(_) => push_cell(out, raw),
                },
                None => out.push(b','),
            }
        }
        end_row(out);
    }

    fn push_tags(&self, out: &mut Vec<u8>, scores: &[f32], given: &[bool]) {
        for (task, &start) in self.schema.tasks.iter().zip(&self.starts) {
            let own = task.label_names().zip(&given[start..]);
            let mut labels = own.filter(|(_, given)| **given).map(|(name, _)| name);
            let first = labels.next().unwrap_or_default();
            match (task.kind, labels.next()) {
                (TaskKind::Multi, Some(second)) => {
                    let mut joined = first.to_owned();
                    for label in [second].into_iter().chain(labels) {
                        joined.push_str(&self.separator);
                        joined.push_str(label);
                    }
                    push_cell(out, &joined);
                }
                _ => push_cell(out, first),
            }
        }
        if self.scores == ScoresKept::None {
            return;
        }
        for (&score, given) in scores.iter().zip(given) {
            if self.scores == ScoresKept::All || *given {
                push_probability(out, score);
            }
            out.push(b',');
        }
    }
}

/// Row, paragraph, and both ends of the span.
fn push_position(out: &mut Vec<u8>, position: &Position<'_>) {
    let numbers = match position {
        Position::Row { number, .. } => [Some(*number), None, None, None],
        Position::Paragraph { number, span } => {
            let [start, end] = [
                span.as_ref().map(|s| s.start as u64),
                span.as_ref().map(|s| s.end as u64),
            ];
            [None, Some(*number), start, end]
        }
        Position::Whole => [None; 4],
    };
    for number in numbers {
        if let Some(number) = number {
            push_integer(out, number);
        }
        out.push(b',');
    }
}

/// Appends a cell and a comma, in quotes where it needs them.
fn push_cell(out: &mut Vec<u8>, cell: &str) {
    let mut rest = cell.as_bytes();
    if plain_length(rest, 0, [b',', b'"', b'\n', b'\r']) == rest.len() {
        out.extend_from_slice(rest);
        out.push(b',');
        return;
    }
    out.push(b'"');
    while let Some(at) = memchr::memchr(b'"', rest) {
        out.extend_from_slice(&rest[..=at]);
        out.push(b'"');
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.extend_from_slice(b"\",");
}

/// Puts a line break in the place of the last comma.
fn end_row(out: &mut [u8]) {
    if let Some(last) = out.last_mut() {
        *last = b'\n';
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_are_written_as_the_csv_crate_does(cells in prop::collection::vec("([,\"\n\r;a é#]|abc){0,40}", 2..5)) {
            let mut out = Vec::new();
            cells.iter().for_each(|cell| push_cell(&mut out, cell));
            end_row(&mut out);
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(&cells).unwrap();
            prop_assert_eq!(out, writer.into_inner().unwrap());
        }
    }
}
