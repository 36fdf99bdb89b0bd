//! A record of a table, cut into its cells: quoting by RFC 4180, and what is wrong with it.

use std::borrow::Cow;
use std::ops::Range;

/// A cell, as bytes of its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// Its contents without the quotes around them.
    pub range: Range<usize>,
    /// Whether there are doubled quotes in it.
    pub doubled: bool,
}

impl Cell {
    /// The text of the cell.
    pub fn text<'r>(&self, record: &'r str) -> Cow<'r, str> {
        let inside = &record[self.range.clone()];
        match self.doubled {
            false => Cow::Borrowed(inside),
            true => Cow::Owned(single_quotes(inside)),
        }
    }
}

/// The text with one quote in the place of two.
fn single_quotes(inside: &str) -> String {
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = memchr::memchr(b'"', rest.as_bytes()) {
        text.push_str(&rest[..=at]);
        // Every quote inside is followed by its double.
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

/// Cuts a record.
///
/// # Errors
/// The place of text behind a closing quote.
pub(super) fn cut(record: &[u8], delimiter: u8, cells: &mut Vec<Cell>) -> Result<(), usize> {
    cells.clear();
    let mut start = 0;
    loop {
        let (range, doubled, end) = match record.get(start) {
            Some(b'"') => {
                let (close, doubled) = closing(record, start + 1);
                (start + 1..close, doubled, record.len().min(close + 1))
            }
            _ => {
                let end = memchr::memchr(delimiter, &record[start..]).map_or(record.len(), |length| start + length);
                (start..end, false, end)
            }
        };
        cells.push(Cell { range, doubled });
        match record.get(end) {
            None => return Ok(()),
            Some(&byte) if byte == delimiter => start = end + 1,
            Some(_) => return Err(end),
        }
    }
}

/// Where the closing quote stands, and whether there are doubled ones before it.
fn closing(record: &[u8], start: usize) -> (usize, bool) {
    let mut at = start;
    let mut doubled = false;
    while let Some(length) = memchr::memchr(b'"', &record[at..]) {
        at += length;
        if record.get(at + 1) != Some(&b'"') {
            return (at, doubled);
        }
        doubled = true;
        at += 2;
    }
    (record.len(), doubled)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::corpus::records::{Found, Records};

    fn texts(record: &str) -> Result<Vec<String>, usize> {
        let mut cells = Vec::new();
        cut(record.as_bytes(), b',', &mut cells)?;
        Ok(cells.iter().map(|c| c.text(record).into_owned()).collect())
    }

    #[test]
    fn quotes_are_taken_off() {
        assert_eq!(texts("a,,b"), Ok(vec!["a".into(), String::new(), "b".into()]));
        assert_eq!(texts("\"a,\n\"\"b\"\"\","), Ok(vec!["a,\n\"b\"".into(), String::new()]));
        assert_eq!(texts("5\" gun,\"\""), Ok(vec!["5\" gun".into(), String::new()]));
        assert_eq!(texts(""), Ok(vec![String::new()]));
        assert_eq!(texts("1,\"x\"y,2"), Err(5));
    }

    proptest! {
        #[test]
        fn tables_are_cut_as_the_csv_crate_does(
            rows in prop::collection::vec(prop::collection::vec("(a|é|[\",; \n\r]|\"){0,5}", 1..4), 1..6),
            line in "\n|\r\n|\r",
            always in any::<bool>(),
        ) {
            let mut writer = csv::WriterBuilder::new()
                .flexible(true)
                .quote_style(if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary })
                .terminator(match line.as_str() { "\r\n" => csv::Terminator::CRLF, other => csv::Terminator::Any(other.as_bytes()[0]) })
                .from_writer(Vec::new());
            rows.iter().for_each(|row| writer.write_record(row).unwrap());
            let table = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let mut found = Vec::new();
            let mut records = Records::of_table(b',');
            let mut at = 0;
            while let Some(Found { content, next, .. }) = records.next(&table.as_bytes()[at..]) {
                if content > 0 {
                    found.push(texts(&table[at..at + content]).unwrap());
                }
                at += next;
            }
            prop_assert_eq!(at, table.len());
            prop_assert_eq!(found, rows);
        }
    }
}
