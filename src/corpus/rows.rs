//! Rows: one text with the fields that stand beside it.

use std::borrow::Cow;
use std::fmt;

use csv::ByteRecord;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::{Kind, Place};

/// A row of a table or a JSON object, borrowed from its batch.
#[derive(Debug)]
pub struct Row<'b> {
    /// 1-based number in its source, the header not counted.
    pub number: u64,
    /// 1-based line on which it begins.
    pub line: u64,
    /// Its fields.
    pub fields: Fields<'b>,
}

/// The fields of a row.
#[derive(Debug)]
pub enum Fields<'b> {
    /// Cells under a header.
    Table {
        /// Column names.
        header: &'b [String],
        /// Cells, as many as the header has names, all valid UTF-8.
        record: &'b ByteRecord,
    },
    /// Members of a JSON object, in their order.
    Object(Vec<(Cow<'b, str>, &'b RawValue)>),
}

/// One field.
#[derive(Debug, Clone, Copy)]
pub enum Value<'r> {
    /// A cell.
    Cell(&'r str),
    /// A JSON value.
    Json(&'r RawValue),
}

impl<'b> Row<'b> {
    /// The field of this name; the last one where a JSON object has several.
    pub fn get(&self, name: &str) -> Option<Value<'_>> {
        match &self.fields {
            Fields::Table { header, record } => {
                let at = header.iter().position(|h| h == name)?;
                Some(Value::Cell(cell(record, at)))
            }
            Fields::Object(members) => {
                let (_, value) = members.iter().rev().find(|(key, _)| key == name)?;
                Some(Value::Json(value))
            }
        }
    }

    /// All fields in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Value<'_>)> {
        let (header, record, members) = match &self.fields {
            Fields::Table { header, record } => (*header, Some(*record), &[][..]),
            Fields::Object(members) => (&[][..], None, members.as_slice()),
        };
        let cells = header.iter().zip(record.into_iter().flatten()).map(|(name, cell)| {
            (
                name.as_str(),
                Value::Cell(std::str::from_utf8(cell).unwrap_or_default()),
            )
        });
        cells.chain(members.iter().map(|(key, value)| (key.as_ref(), Value::Json(value))))
    }

    /// The text of a required field.
    ///
    /// # Errors
    /// If the field is missing or is no string.
    pub fn text(&self, name: &str) -> Result<Cow<'_, str>, Kind> {
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
        match &self.fields {
            Fields::Table { header, record } => {
                let breaks = header.iter().zip(record.iter()).take_while(|(h, _)| *h != name);
                self.line
                    + breaks
                        .map(|(_, c)| memchr::memchr_iter(b'\n', c).count() as u64)
                        .sum::<u64>()
            }
            Fields::Object(_) => self.line,
        }
    }

    /// The place of a column of this row.
    pub fn place(&self, source: &str, column: &str) -> Place {
        Place::source(source).line(self.line_of(column)).column(column)
    }
}

fn cell(record: &ByteRecord, at: usize) -> &str {
    record
        .get(at)
        .and_then(|c| std::str::from_utf8(c).ok())
        .unwrap_or_default()
}

impl<'r> Value<'r> {
    /// The value as text: a cell, a JSON string, or the digits of a JSON number; `null` is empty.
    ///
    /// # Errors
    /// For any other JSON value.
    pub fn string(self) -> Result<Cow<'r, str>, Kind> {
        match self {
            Value::Cell(cell) => Ok(Cow::Borrowed(cell)),
            Value::Json(raw) => json_string(raw),
        }
    }

    /// The value as labels: a cell or JSON string split at `separator`, or a JSON array of strings. Empty parts do not count.
    ///
    /// # Errors
    /// For any other JSON value, and for a string of an array that holds the separator.
    pub fn labels(self, separator: &str) -> Result<Vec<String>, Kind> {
        if let Value::Json(raw) = self
            && raw.get().starts_with('[')
        {
            let items: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|e| json_fault(&e))?;
            let labels: Vec<String> = items
                .into_iter()
                .map(|item| Ok(json_string(item)?.trim().to_owned()))
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

/// What serde_json says, without its own place: that counts from the start of the piece that it was given.
pub(super) fn json_fault(error: &serde_json::Error) -> Kind {
    let message = error.to_string();
    Kind::Json(message.split(" at line ").next().unwrap_or_default().to_owned())
}

fn json_string(raw: &RawValue) -> Result<Cow<'_, str>, Kind> {
    let json = raw.get();
    let found = match json.as_bytes().first() {
        Some(b'"') => {
            let Text(text) = serde_json::from_str(json).map_err(|e| json_fault(&e))?;
            return Ok(text);
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

/// A JSON string that borrows from its source where it can.
struct Text<'b>(Cow<'b, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct StringVisitor;
        impl<'de> Visitor<'de> for StringVisitor {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(StringVisitor)
    }
}

/// The members of a JSON object in their order, values unparsed.
pub(super) struct Members<'b>(pub Vec<(Cow<'b, str>, &'b RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::with_capacity(4);
                while let Some((Text(key), value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
                    members.push((key, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}
