//! Records as CSV: one header for all sources.

use super::record::{Keep, Position, Record, ScoresKept, Status, push_probability};
use crate::corpus::rows::Value;
use crate::error::{Error, Kind, Result};
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

    /// The header line.
    ///
    /// # Errors
    /// If a row cannot be put together, which has not been seen.
    pub fn header(&self) -> Result<Vec<u8>> {
        let mut cells: Vec<String> = FIXED.iter().map(|&c| c.to_owned()).collect();
        cells.extend(self.schema.tasks.iter().map(|t| t.name.clone()));
        if self.scores != ScoresKept::None {
            cells.extend(
                self.schema
                    .tasks
                    .iter()
                    .flat_map(|t| t.label_names().map(|l| format!("{}.{l}", t.name))),
            );
        }
        cells.extend(self.kept.iter().map(|(_, name)| name.clone()));
        let mut out = Vec::new();
        push_row(&mut out, &cells)?;
        Ok(out)
    }

    /// Appends a record.
    ///
    /// # Errors
    /// As [`CsvWriter::header`].
    pub fn push(&self, out: &mut Vec<u8>, record: &Record<'_>) -> Result<()> {
        let mut cells = vec![record.source.to_owned()];
        let number = |n: &u64| n.to_string();
        cells.extend(match &record.position {
            Position::Row { number: n, .. } => [number(n), String::new(), String::new(), String::new()],
            Position::Paragraph {
                number: n,
                span: Some(span),
            } => [String::new(), number(n), span.start.to_string(), span.end.to_string()],
            Position::Paragraph { number: n, span: None } => [String::new(), number(n), String::new(), String::new()],
            Position::Whole => Default::default(),
        });
        cells.push(record.status.name().to_owned());
        cells.push(match &record.status {
            Status::Boilerplate(rule) => rule.name().to_owned(),
            Status::Error(message) => message.clone(),
            _ => String::new(),
        });
        cells.push(record.text.unwrap_or_default().to_owned());
        self.push_tags(&mut cells, &record.status);
        for (column, _) in &self.kept {
            let value = match &record.position {
                Position::Row { fields: Some(row), .. } => row.get(column),
                _ => None,
            };
            cells.push(match value {
                Some(Value::Cell(cell)) => cell.to_owned(),
                Some(Value::Json(raw)) => Value::Json(raw)
                    .string()
                    .map_or_else(|_| raw.get().to_owned(), |s| s.into_owned()),
                None => String::new(),
            });
        }
        push_row(out, &cells)
    }

    fn push_tags(&self, cells: &mut Vec<String>, status: &Status<'_>) {
        let tagged = match status {
            Status::Tagged { scores, labels, .. } => Some((scores, labels)),
            _ => None,
        };
        for (t, task) in self.schema.tasks.iter().enumerate() {
            let names =
                |given: &Vec<usize>| -> Vec<&str> { given.iter().map(|&l| task.labels[l].name.as_str()).collect() };
            let joined = tagged.map(|(_, labels)| match task.kind {
                TaskKind::Multi => names(&labels[t]).join(&self.separator),
                TaskKind::Single => names(&labels[t]).concat(),
            });
            cells.push(joined.unwrap_or_default());
        }
        if self.scores == ScoresKept::None {
            return;
        }
        for (t, task) in self.schema.tasks.iter().enumerate() {
            for label in 0..task.labels.len() {
                let shown = tagged.filter(|(_, labels)| self.scores == ScoresKept::All || labels[t].contains(&label));
                let mut cell = Vec::new();
                if let Some((scores, _)) = shown {
                    push_probability(&mut cell, scores[self.starts[t] + label]);
                }
                cells.push(String::from_utf8(cell).unwrap_or_default());
            }
        }
    }
}

fn push_row(out: &mut Vec<u8>, cells: &[String]) -> Result<()> {
    let fault = |e: csv::Error| {
        Error::from(Kind::Io {
            action: "cannot write CSV",
            error: e.into(),
        })
    };
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(cells).map_err(fault)?;
    writer.flush().map_err(|error| {
        Kind::Io {
            action: "cannot write CSV",
            error,
        }
        .into()
    })
}
