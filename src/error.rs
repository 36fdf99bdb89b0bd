//! What can go wrong, as a kind and a place.
//!
//! Every message says what is wrong, with the offending value, and how to mend it. The place in front of it says where:
//! `rows.csv:17: column "topic": …`. The [`Class`] of a kind decides the exit code of the program.

use std::fmt;
use std::path::Path;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure: what went wrong and where.
#[derive(Debug)]
pub struct Error {
    /// What went wrong.
    pub kind: Kind,
    /// Where it went wrong.
    pub place: Box<Place>,
}

/// Where something stands: a source, and as much of line and column as is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// File name as the user gave it, or `<stdin>`; empty if the failure has no source.
    pub source: String,
    /// 1-based line.
    pub line: Option<u64>,
    /// 1-based column in bytes.
    pub byte_column: Option<u64>,
    /// Name of the table column (or JSON field).
    pub column: Option<String>,
}

impl Place {
    /// A whole source.
    pub fn source(source: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            ..Self::default()
        }
    }

    /// A file.
    pub fn path(path: &Path) -> Self {
        Self::source(path.display().to_string())
    }

    /// The same source at a line.
    pub fn line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// The same place at a byte column.
    pub fn byte_column(mut self, column: u64) -> Self {
        self.byte_column = Some(column);
        self
    }

    /// The same place at a named column.
    pub fn column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.source.is_empty() {
            return Ok(());
        }
        // A file name may hold line breaks and control characters; they must not forge lines of output.
        for c in self.source.chars() {
            if c.is_control() {
                write!(f, "{}", c.escape_default())?;
            } else {
                write!(f, "{c}")?;
            }
        }
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.byte_column {
                write!(f, ":{column}")?;
            }
        }
        f.write_str(": ")?;
        if let Some(column) = &self.column {
            write!(f, "column {column:?}: ")?;
        }
        Ok(())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.place, self.kind)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.kind)
    }
}

/// Which exit code a failure leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Wrong arguments: exit code 2.
    Usage,
    /// Wrong or unreachable data: exit code 3.
    Data,
    /// Wrong or unreachable model: exit code 4.
    Model,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Kind {
    /// The operating system refused.
    #[error("{action}: {error}")]
    Io {
        /// What was tried, such as `cannot open`.
        action: &'static str,
        /// What the system said.
        error: std::io::Error,
    },
    /// A setting outside its range.
    #[error("{name} must be {wanted}, not {found}")]
    Setting {
        /// The setting, as on the command line without dashes.
        name: &'static str,
        /// The allowed range in words.
        wanted: String,
        /// The value given.
        found: String,
    },
    /// Arguments that do not fit together.
    #[error("{0}")]
    Usage(String),

    /// The schema file is not valid TOML or has unknown keys.
    #[error("not a valid schema: {0}")]
    SchemaSyntax(String),
    /// The schema contradicts itself.
    #[error("{0}")]
    Schema(String),

    /// A label that the schema does not have.
    #[error("unknown label {label:?}{near} (the labels are {known}; correct the cell, or add the label to the schema)")]
    UnknownLabel {
        /// The cell's label.
        label: String,
        /// `, did you mean …`, `, which looks like …`, or nothing.
        near: String,
        /// The labels of the task.
        known: String,
    },
    /// A label that could not be told from several.
    #[error("label {label:?} holds the label separator {separator:?} (rename it, or set another --label-separator)")]
    SeparatorInLabel {
        /// The label.
        label: String,
        /// The separator.
        separator: String,
    },
    /// A label with line breaks or other control characters.
    #[error("label {0:?} has a line break or another control character (rename it)")]
    LabelCharacters(String),
    /// A single-choice cell without a label.
    #[error("a single-choice task needs one label, and the cell is empty (write a label into it)")]
    NoLabel,
    /// A column that the header does not have.
    #[error("no column {name:?} in the header{near} (the columns are {found}; rename it, or {cure})")]
    MissingColumn {
        /// The column looked for.
        name: String,
        /// `, did you mean …`, or nothing.
        near: String,
        /// The columns there are.
        found: String,
        /// What else can be done.
        cure: String,
    },
    /// A header that is one column because its delimiter is another.
    #[error("the whole header is one column {header:?} (set --delimiter {delimiter:?})")]
    WrongDelimiter {
        /// The header.
        header: String,
        /// What seems to be the delimiter.
        delimiter: char,
    },
    /// The same column name twice.
    #[error("the header has column {name:?} twice (rename one of them)")]
    RepeatedColumn {
        /// The name.
        name: String,
    },
    /// A field that a JSON object does not have.
    #[error("no field {name:?} in this object (add it, or {cure})")]
    MissingField {
        /// The field looked for.
        name: String,
        /// What else can be done.
        cure: String,
    },
    /// A JSON field of the wrong type.
    #[error("expected {wanted}, found {found}")]
    FieldType {
        /// What belongs there.
        wanted: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// An empty text in training or test data.
    #[error("the text is empty (fill it in or delete the row)")]
    EmptyText,
    /// A row with another number of fields than the header.
    #[error("{}, but the header has {expected} ({})", fields(*found), field_cure(*found, *expected))]
    FieldCount {
        /// Fields of this row.
        found: usize,
        /// Fields of the header.
        expected: usize,
    },
    /// Text after the closing quote of a field.
    #[error("text after the closing quote (double the quotes inside a quoted field: \"\")")]
    TextAfterQuote,
    /// A quoted field that never ends.
    #[error("this quote is never closed (close it, or double it if it is part of the text: \"\")")]
    UnclosedQuote,
    /// A row, paragraph or article above its size limit.
    #[error("this {what} is longer than {limit} ({cure})")]
    TooLong {
        /// What it is.
        what: &'static str,
        /// The limit in words.
        limit: String,
        /// What to do.
        cure: &'static str,
    },
    /// Bytes that are not UTF-8.
    #[error("not valid UTF-8 (save the file as UTF-8)")]
    InvalidUtf8,
    /// Bytes of a UTF-16 file.
    #[error("this is UTF-16 (save the file as UTF-8)")]
    Utf16,
    /// A line that is not a JSON object, or a string in it that is none.
    #[error("cannot read this as JSON: {0} (write one whole object on each line)")]
    Json(String),
    /// HTML in which no article was found.
    #[error("no article found in this HTML: {0}")]
    Html(String),
    /// A file whose kind cannot be told.
    #[error("cannot tell the format from the name (use --input-format csv, tsv, jsonl, text or html)")]
    UnknownFormat,
    /// Data with no row at all.
    #[error("no rows (a header and at least one row are needed)")]
    NoRows,
    /// Data of which no row can be used.
    #[error("no row can be used, {skipped} skipped; the first: {first}")]
    NoUsableRow {
        /// How many rows there are.
        skipped: usize,
        /// What is wrong with the first.
        first: String,
    },
    /// Folders without data.
    #[error("no CSV, TSV or JSONL file in this folder (name the files, or their format with --input-format)")]
    EmptyFolder,
    /// Labels taken from data that have too few.
    #[error("the rows give task {task:?} {found}, but a {kind} task needs {least} (give more data, or another --task)")]
    TooFewLabels {
        /// The task.
        task: String,
        /// Its kind in words.
        kind: &'static str,
        /// The labels there are, in words.
        found: String,
        /// How many are needed.
        least: usize,
    },
    /// Data that cannot be learned from.
    #[error("{0}")]
    CannotLearn(String),

    /// A model file that cannot be used.
    #[error("{0}")]
    Model(#[from] ModelFault),
}

/// Why a model file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelFault {
    /// The file cannot be read.
    #[error("cannot read the model: {0}")]
    Io(std::io::Error),
    /// The file is no safetensors file, or a cut one.
    #[error("not a whole safetensors file: {0} (train the model again, or copy it again)")]
    Container(String),
    /// A safetensors file of something else.
    #[error("a safetensors file, but not a wiretag model: it has no metadata entry \"wiretag\"")]
    Foreign,
    /// A model of a later version.
    #[error("model format {found}, but this wiretag reads formats up to {known} (update wiretag)")]
    Newer {
        /// The file's format version.
        found: u64,
        /// The highest version known.
        known: u64,
    },
    /// The contents contradict themselves.
    #[error("damaged model: {0} (train the model again, or copy it again)")]
    Damaged(String),
}

impl Kind {
    /// This kind at a place.
    pub fn at(self, place: Place) -> Error {
        Error {
            kind: self,
            place: Box::new(place),
        }
    }

    /// Which exit code this kind leads to.
    pub fn class(&self) -> Class {
        match self {
            Kind::Setting { .. } | Kind::Usage(_) | Kind::SchemaSyntax(_) | Kind::Schema(_) => Class::Usage,
            Kind::Model(_) => Class::Model,
            _ => Class::Data,
        }
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        kind.at(Place::default())
    }
}

impl Error {
    /// A failed operation on a file.
    pub fn io(action: &'static str, path: &Path, error: std::io::Error) -> Self {
        Kind::Io { action, error }.at(Place::path(path))
    }

    /// Whether the reader of our output has gone away, which is not an error for a filter.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(&self.kind, Kind::Io { error, .. } if error.kind() == std::io::ErrorKind::BrokenPipe)
    }
}

/// A number of bytes: `100 bytes`, `64 KiB`, `1 MiB`.
pub fn byte_count(n: usize) -> String {
    const UNITS: [(usize, &str); 2] = [(1 << 20, "MiB"), (1 << 10, "KiB")];
    match UNITS.into_iter().find(|(unit, _)| n > 0 && n.is_multiple_of(*unit)) {
        Some((unit, name)) => format!("{} {name}", n / unit),
        None => format!("{n} bytes"),
    }
}

fn fields(n: usize) -> String {
    if n == 1 {
        "1 field".to_owned()
    } else {
        format!("{n} fields")
    }
}

fn field_cure(found: usize, expected: usize) -> &'static str {
    if found < expected {
        "fill in the missing fields, or set --delimiter"
    } else {
        "quote a field that holds the delimiter, or set --delimiter"
    }
}

/// linfa's own complaints about parameters and data, which its traits need to convert.
impl From<linfa::Error> for Error {
    fn from(error: linfa::Error) -> Self {
        Kind::CannotLearn(error.to_string()).into()
    }
}

impl From<linfa_logistic::error::Error> for Error {
    fn from(error: linfa_logistic::error::Error) -> Self {
        Kind::CannotLearn(format!("linfa-logistic: {error}")).into()
    }
}

/// `, did you mean "…"?` for the nearest of `known`, or nothing if none is near.
pub fn did_you_mean<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    known
        .into_iter()
        .map(|k| (strsim::damerau_levenshtein(&wrong.to_lowercase(), &k.to_lowercase()), k))
        .min_by_key(|&(distance, _)| distance)
        .filter(|&(distance, k)| distance <= 2.max(k.chars().count() / 4))
        .map_or_else(String::new, |(_, k)| format!(", did you mean {k:?}?"))
}

/// `"a", "b", "c"`, cut after twelve names.
pub fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<_> = names.into_iter().map(|n| format!("{n:?}")).collect();
    match all.len() {
        0 => "none".to_owned(),
        n if n > 12 => format!("{} and {} more", all[..12].join(", "), n - 12),
        _ => all.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_stands_in_front() {
        let place = Place::source("a\nb.csv").line(3).column("topic");
        let error = Kind::EmptyText.at(place);
        assert_eq!(
            error.to_string(),
            "a\\nb.csv:3: column \"topic\": the text is empty (fill it in or delete the row)"
        );
    }

    #[test]
    fn near_names_are_offered_and_far_ones_are_not() {
        let known = ["energy", "military"];
        assert_eq!(did_you_mean("enregy", known), ", did you mean \"energy\"?");
        assert_eq!(did_you_mean("sports", known), "");
    }
}
