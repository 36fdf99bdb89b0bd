//! The header of a table: column names and their positions.

use rustc_hash::FxHashMap;

use super::format::COMMON_DELIMITERS;
use super::input::InputOptions;
use crate::error::{Kind, did_you_mean, list};

/// Column names.
#[derive(Debug)]
pub struct Header {
    names: Vec<String>,
    /// The first position of each name.
    positions: FxHashMap<String, usize>,
}

impl Header {
    /// The header with these names.
    pub fn new(names: Vec<String>) -> Self {
        let mut positions = FxHashMap::default();
        for (at, name) in names.iter().enumerate() {
            positions.entry(name.clone()).or_insert(at);
        }
        Self { names, positions }
    }

    /// The names in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Where a column stands, the first one of several.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.positions.get(name).copied()
    }

    /// Whether the header has the text column, and the id column at most once.
    pub(super) fn check(&self, options: &InputOptions, delimiter: u8) -> Result<(), Kind> {
        let is_text = |name: &str| name.trim_matches('"') == options.text_column;
        let others = COMMON_DELIMITERS.into_iter().filter(|&d| d != delimiter);
        if let [one] = self.names.as_slice()
            && one != &options.text_column
            && let Some(delimiter) = others.map(char::from).find(|&d| one.split(d).any(is_text))
        {
            return Err(Kind::WrongDelimiter {
                header: one.clone(),
                delimiter,
            });
        }
        self.check_column(&options.text_column, "name yours with --text-column")?;
        self.check_unrepeated(&options.id_column)
    }

    /// Whether a needed column stands in the header, once; `cure` is what to do if it has another name.
    ///
    /// # Errors
    /// [`Kind::MissingColumn`] or [`Kind::RepeatedColumn`].
    pub fn check_column(&self, name: &str, cure: &str) -> Result<(), Kind> {
        if self.position(name).is_none() {
            let names = || self.names.iter().map(String::as_str);
            return Err(Kind::MissingColumn {
                name: name.to_owned(),
                near: did_you_mean(name, names()),
                found: list(names()),
                cure: cure.to_owned(),
            });
        }
        self.check_unrepeated(name)
    }

    /// Whether a column stands in the header once at most.
    ///
    /// # Errors
    /// [`Kind::RepeatedColumn`].
    pub fn check_unrepeated(&self, name: &str) -> Result<(), Kind> {
        match self.names.iter().filter(|h| *h == name).count() {
            0 | 1 => Ok(()),
            _ => Err(Kind::RepeatedColumn { name: name.to_owned() }),
        }
    }
}
