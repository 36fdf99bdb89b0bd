//! How input is to be read.

use super::format::Format;

/// Column names and formats, the same for every command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputOptions {
    /// The format of all sources; by name where absent.
    pub format: Option<Format>,
    /// The field delimiter; by format where absent.
    pub delimiter: Option<u8>,
    /// The column that holds the text.
    pub text_column: String,
    /// The column that holds the row's id; ids are taken only where it exists.
    pub id_column: String,
    /// The column that names the article of a row; rows without one are articles of their own.
    pub article_column: String,
    /// What joins several labels in one cell.
    pub label_separator: String,
    /// Whether a bad row ends the run.
    pub on_bad_row: OnBadRow,
    /// Bytes that a row, or a paragraph of an article, has at most.
    pub max_paragraph_bytes: usize,
}

impl Default for InputOptions {
    fn default() -> Self {
        Self {
            format: None,
            delimiter: None,
            text_column: "text".into(),
            id_column: "id".into(),
            article_column: "article".into(),
            label_separator: "|".into(),
            on_bad_row: OnBadRow::Fail,
            max_paragraph_bytes: 1 << 20,
        }
    }
}

impl InputOptions {
    /// The field delimiter for a format.
    pub fn delimiter(&self, format: Format) -> u8 {
        self.delimiter.unwrap_or(match format {
            Format::Tsv => b'\t',
            _ => b',',
        })
    }
}

/// What becomes of a row that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
#[value(rename_all = "lower")]
pub enum OnBadRow {
    /// The run ends with an error, and no file is written.
    #[default]
    Fail,
    /// The row is counted and left out (`predict` answers it with status `error`), and the run goes on.
    Skip,
}
