//! File formats, told from names.

use std::path::Path;

use super::input::InputOptions;

/// Delimiters that tables are often written with.
pub const COMMON_DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// What a source holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, clap::ValueEnum)]
#[value(rename_all = "lower")]
pub enum Format {
    /// Comma-separated rows with a header.
    Csv,
    /// Tab-separated rows with a header.
    Tsv,
    /// One JSON object a line.
    Jsonl,
    /// One article of plain text.
    Text,
    /// One article of HTML.
    Html,
}

impl Format {
    /// The format that a file name's ending stands for; `.gz` and `.zst` behind it are passed over.
    pub fn of_path(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let name = name
            .strip_suffix(".gz")
            .or_else(|| name.strip_suffix(".zst"))
            .unwrap_or(&name);
        match name.rsplit_once('.')?.1 {
            "csv" => Some(Format::Csv),
            "tsv" | "tab" => Some(Format::Tsv),
            "jsonl" | "ndjson" => Some(Format::Jsonl),
            "txt" | "text" => Some(Format::Text),
            "html" | "htm" | "xhtml" => Some(Format::Html),
            _ => None,
        }
    }

    /// The format that the first bytes of a stream look like: JSON lines, HTML, a table if the first line has the text column, or else text.
    /// A stream without bytes has no rows.
    pub fn of_bytes(start: &[u8], options: &InputOptions) -> Self {
        let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
        let line = start.split(|b| matches!(b, b'\n' | b'\r')).next().unwrap_or_default();
        let has_text = |delimiter: u8| {
            let name = |cell: &[u8]| {
                cell.strip_prefix(b"\"").and_then(|c| c.strip_suffix(b"\"")) == Some(options.text_column.as_bytes())
            };
            line.split(|&b| b == delimiter)
                .any(|cell| cell == options.text_column.as_bytes() || name(cell))
        };
        match start.first() {
            Some(b'{') | None => Format::Jsonl,
            Some(b'<') => Format::Html,
            _ if has_text(options.delimiter(Format::Csv)) => Format::Csv,
            _ if has_text(b'\t') => Format::Tsv,
            // The wrong delimiter will be answered where the header is read.
            _ if COMMON_DELIMITERS.iter().any(|&d| has_text(d)) => Format::Csv,
            _ => Format::Text,
        }
    }

    /// Whether a source is one article, not a list of rows.
    pub fn is_article(self) -> bool {
        matches!(self, Format::Text | Format::Html)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell() {
        let of = |name: &str| Format::of_path(Path::new(name));
        assert_eq!(of("a/b.CSV"), Some(Format::Csv));
        assert_eq!(of("b.jsonl.gz"), Some(Format::Jsonl));
        assert_eq!(of("b.txt.zst"), Some(Format::Text));
        assert_eq!(of("b.gz"), None);
        assert_eq!(of("README"), None);
    }

    #[test]
    fn first_bytes_tell() {
        let of = |start: &str| Format::of_bytes(start.as_bytes(), &InputOptions::default());
        assert_eq!(of("\u{feff}\n {\"text\":1}"), Format::Jsonl);
        assert_eq!(of("\n"), Format::Jsonl);
        assert_eq!(of("<!doctype html>"), Format::Html);
        assert_eq!(of("id,\"text\"\r\n1,a"), Format::Csv);
        assert_eq!(of("id;text\n1;a"), Format::Csv);
        assert_eq!(of("id\ttext"), Format::Tsv);
        assert_eq!(of("A text, and more\ntext"), Format::Text);
    }
}
