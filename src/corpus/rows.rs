//! Rows: one text with the fields that stand beside it.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::header::Header;
use super::json::{Member, json_fault, unescape};
use super::table::Cell;
use crate::error::{Kind, Place};

/// A row of a table or a JSON object, borrowed from its batch.
#[derive(Debug)]
pub struct Row<'b> {
    /// 1-based number in its source, the header not counted.
    pub number: u64,
    /// 1-based line on which it begins.
    pub line: u64,
    /// Its bytes.
    pub(super) text: &'b str,
    /// Where its fields are in them.
    pub(super) fields: Fields<'b>,
}

/// The fields of a row.
#[derive(Debug)]
pub(super) enum Fields<'b> {
    /// Cells, as many as the header has names.
    Table { header: &'b Header, cells: &'b [Cell] },
    /// Members of a JSON object.
    Object(&'b [Member]),
}

/// One field.
#[derive(Debug, Clone)]
pub enum Value<'r> {
    /// A cell.
    Cell(Cow<'r, str>),
    /// A JSON value.
    Json(&'r str),
}

impl<'b> Row<'b> {
    /// The field of this name; the last one where a JSON object has several.
    pub fn get(&self, name: &str) -> Option<Value<'b>> {
        match self.fields {
            Fields::Table { header, cells } => Some(Value::Cell(cells[header.position(name)?].text(self.text))),
            Fields::Object(members) => {
                let member = members.iter().rev().find(|m| self.key(m) == name)?;
                Some(Value::Json(&self.text[member.value.clone()]))
            }
        }
    }

    /// All fields in order.
    pub fn iter(&self) -> impl Iterator<Item = (Cow<'b, str>, Value<'b>)> {
        let (names, cells, members) = match self.fields {
            Fields::Table { header, cells } => (header.names(), cells, &[][..]),
            Fields::Object(members) => (&[][..], &[][..], members),
        };
        let cells = names.iter().zip(cells);
        let cells = cells.map(|(name, cell)| (Cow::Borrowed(name.as_str()), Value::Cell(cell.text(self.text))));
        cells.chain(
            members
                .iter()
                .map(|m| (self.key(m), Value::Json(&self.text[m.value.clone()]))),
        )
    }

    fn key(&self, member: &Member) -> Cow<'b, str> {
        // Keys are checked when the line is cut.
        unescape(&self.text[member.key.clone()]).unwrap_or_default()
    }

    /// The text of a required field.
    ///
    /// # Errors
    /// If the field is missing or is no string.
    pub fn text(&self, name: &str) -> Result<Cow<'b, str>, Kind> {
        match self.get(name) {
            Some(value) => value.string(),
            None => Err(Kind::MissingField {
                name: name.to_owned(),
                cure: "name yours with --text-column".to_owned(),
            }),
        }
    }

    /// The line on which a column begins: quoted cells before it may hold line breaks.
    pub fn line_of(&self, name: &str) -> u64 {
        match self.fields {
            Fields::Table { header, cells } => {
                let before = header
                    .position(name)
                    .map_or(self.text.len(), |at| cells[at].range.start);
                self.line + memchr::memchr_iter(b'\n', &self.text.as_bytes()[..before]).count() as u64
            }
            Fields::Object(_) => self.line,
        }
    }

    /// The place of a column of this row.
    pub fn place(&self, source: &str, column: &str) -> Place {
        Place::source(source).line(self.line_of(column)).column(column)
    }
}

impl<'r> Value<'r> {
    /// The value as text: a cell, a JSON string, or the digits of a JSON number; `null` is empty.
    ///
    /// # Errors
    /// For any other JSON value.
    pub fn string(self) -> Result<Cow<'r, str>, Kind> {
        match self {
            Value::Cell(cell) => Ok(cell),
            Value::Json(json) => json_string(json),
        }
    }

    /// The value as labels: a cell or JSON string split at `separator`, or a JSON array of strings. Empty parts do not count.
    ///
    /// # Errors
    /// For any other JSON value, and for a string of an array that holds the separator.
    pub fn labels(self, separator: &str) -> Result<Vec<String>, Kind> {
        if let Value::Json(json) = self
            && json.starts_with('[')
        {
            let items: Vec<&RawValue> = serde_json::from_str(json).map_err(|e| json_fault(&e))?;
            let labels: Vec<String> = items
                .into_iter()
                .map(|item| Ok(json_string(item.get())?.trim().to_owned()))
                .filter(|label| !label.as_ref().is_ok_and(String::is_empty))
                .collect::<Result<_, Kind>>()?;
            return match labels.iter().find(|label| label.contains(separator)) {
                Some(label) => Err(Kind::SeparatorInLabel {
                    label: label.clone(),
                    separator: separator.to_owned(),
                }),
                None => Ok(labels),
            };
        }
        let text = self.string().map_err(|kind| match kind {
            Kind::FieldType { found, .. } => Kind::FieldType {
                wanted: "a string or an array of strings",
                found,
            },
            other => other,
        })?;
        let parts = text.split(separator).map(str::trim).filter(|p| !p.is_empty());
        Ok(parts.map(str::to_owned).collect())
    }
}

fn json_string(json: &str) -> Result<Cow<'_, str>, Kind> {
    let found = match json.as_bytes().first() {
        Some(b'"') => {
            return unescape(&json[1..json.len() - 1]).map_or_else(
                // The words of serde_json for what is wrong.
                || serde_json::from_str(json).map(Cow::Owned).map_err(|e| json_fault(&e)),
                Ok,
            );
        }
        Some(b'n') => return Ok(Cow::Borrowed("")),
        Some(b'-' | b'0'..=b'9') => return Ok(Cow::Borrowed(json)),
        Some(b'[') => "an array",
        Some(b'{') => "an object",
        _ => "a truth value",
    };
    Err(Kind::FieldType {
        wanted: "a string",
        found,
    })
}
