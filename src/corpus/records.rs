//! Where records end, told while the bytes pass by in pieces of any size.

/// A record that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// Bytes of its contents, counted from where the search began.
    pub content: usize,
    /// Bytes up to the next record: contents and line break.
    pub next: usize,
    /// 1-based line on which it began.
    pub line: u64,
}

/// Finds the ends of records, one after the other. A record may come in several pieces.
#[derive(Debug)]
pub(super) struct Records {
    /// The delimiter of a table; JSON lines have none.
    delimiter: Option<u8>,
    /// Line of the byte at hand, and of the first byte of the record at hand.
    line: u64,
    record_line: u64,
    /// Whether the bytes so far end in a carriage return: a line feed behind it belongs to the same line break.
    after_return: bool,
    record: Table,
}

/// What is known of the part of a table's record that has passed. Places count from the start of the record.
#[derive(Debug, Default)]
struct Table {
    passed: usize,
    last: u8,
    quoted: bool,
    /// The last closing quote; another one behind it makes it an inner, doubled one.
    closed: Option<usize>,
    /// Start of the line at hand.
    line_start: usize,
    /// Line and 1-based byte column of the last opening quote.
    opened: (u64, u64),
}

impl Records {
    /// Records that end with the line.
    pub fn of_lines() -> Self {
        Self {
            delimiter: None,
            line: 1,
            record_line: 1,
            after_return: false,
            record: Table::default(),
        }
    }

    /// Records of a table: quoted cells may hold line breaks.
    pub fn of_table(delimiter: u8) -> Self {
        Self {
            delimiter: Some(delimiter),
            ..Self::of_lines()
        }
    }

    /// The end of the record at hand; nothing if it does not end in `bytes`, which then have passed.
    #[inline]
    pub fn next(&mut self, bytes: &[u8]) -> Option<Found> {
        match self.delimiter {
            Some(delimiter) => self.next_of_table(bytes, delimiter),
            None => {
                let content = memchr::memchr(b'\n', bytes)?;
                self.line += 1;
                Some(self.found(content, content + 1))
            }
        }
    }

    /// Forgets the part of the record at hand that has passed: it will come again.
    pub fn restart(&mut self) {
        self.line = self.record_line;
        self.record = Table::default();
    }

    /// Whether they are those of a table.
    pub fn is_table(&self) -> bool {
        self.delimiter.is_some()
    }

    /// The line on which the record at hand began.
    pub fn begun_on(&self) -> u64 {
        self.record_line
    }

    /// Line and byte column of a quote that has been opened and not closed.
    pub fn open_quote(&self) -> Option<(u64, u64)> {
        self.record.quoted.then_some(self.record.opened)
    }

    fn found(&mut self, content: usize, next: usize) -> Found {
        let line = std::mem::replace(&mut self.record_line, self.line);
        Found { content, next, line }
    }

    fn next_of_table(&mut self, bytes: &[u8], delimiter: u8) -> Option<Found> {
        let first = *bytes.first()?;
        if std::mem::take(&mut self.after_return) && first == b'\n' {
            // The second half of a line break: no record, and no new line.
            return Some(self.found(0, 1));
        }
        let mut at = 0;
        loop {
            let rest = &bytes[at..];
            let special = match self.record.quoted {
                true => memchr::memchr(b'"', rest),
                false => memchr::memchr3(b'"', b'\n', b'\r', rest),
            };
            let passed = &rest[..special.unwrap_or(rest.len())];
            if self.record.quoted {
                self.count_lines(passed, at);
            }
            at += passed.len();
            let Some(&byte) = bytes.get(at) else {
                self.record.passed += bytes.len();
                self.record.last = bytes.last().copied().unwrap_or(self.record.last);
                return None;
            };
            if byte != b'"' {
                let behind = bytes.get(at + 1);
                let both = byte == b'\r' && behind == Some(&b'\n');
                self.after_return = byte == b'\r' && behind.is_none();
                self.line += 1;
                self.record = Table::default();
                return Some(self.found(at, at + 1 + usize::from(both)));
            }
            let place = self.record.passed + at;
            let before = if at > 0 { bytes[at - 1] } else { self.record.last };
            let record = &mut self.record;
            if record.quoted {
                record.quoted = false;
                record.closed = Some(place);
            } else if record.closed.is_some_and(|closed| closed + 1 == place) {
                record.quoted = true;
            } else if place == 0 || before == delimiter {
                record.quoted = true;
                record.opened = (self.line, (place - record.line_start + 1) as u64);
            }
            at += 1;
        }
    }

    /// Counts the lines of quoted bytes that begin at `at`.
    fn count_lines(&mut self, passed: &[u8], at: usize) {
        if let Some(last) = memchr::memrchr(b'\n', passed) {
            self.line += memchr::memchr_iter(b'\n', &passed[..=last]).count() as u64;
            self.record.line_start = self.record.passed + at + last + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines on which the records begin that are not empty, read in pieces; and the quote that is left open.
    fn lines(text: &str, piece: usize) -> (Vec<u64>, Option<(u64, u64)>) {
        let mut records = Records::of_table(b',');
        let mut lines = Vec::new();
        let mut begun = 0;
        for piece in text.as_bytes().chunks(piece) {
            let mut rest = piece;
            while let Some(found) = records.next(rest) {
                if begun + found.content > 0 {
                    lines.push(found.line);
                }
                begun = 0;
                rest = &rest[found.next..];
            }
            begun += rest.len();
        }
        if begun > 0 {
            lines.push(records.begun_on());
        }
        (lines, records.open_quote())
    }

    #[test]
    fn records_know_their_lines() {
        for piece in [1, 2, 3, 100] {
            let lines = |text: &str| lines(text, piece).0;
            assert_eq!(lines("a,b\n\n\n\"x\n\r\ny\",2\nz,\n"), [1, 4, 7]);
            assert_eq!(lines("a,b\r\n\r\n1,2\r\n\"\",2"), [1, 3, 4]);
            assert_eq!(lines("a,b\r1,2\r\r3,4"), [1, 2, 4]);
            assert_eq!(lines("a,b\n\"x \"\"y\"\"\nz\",2\r\n5\" gun,\"\"\n"), [1, 2, 4]);
            assert_eq!(lines("\"x\"y\"\nz\",1\n"), [1, 2]);
        }
    }

    #[test]
    fn an_open_quote_is_placed() {
        for piece in [1, 2, 3, 100] {
            let open = |text: &str| lines(text, piece).1;
            assert_eq!(open("a,b\n1,\"x\n2,y\n"), Some((2, 3)));
            assert_eq!(open("a,b\n\"x\ny\",\"\"\"\n"), Some((3, 4)));
            assert_eq!(open("a,b\n\"x\"\"\",5\"\n"), None);
        }
    }

    #[test]
    fn a_record_can_come_again() {
        let mut records = Records::of_table(b',');
        let text = b"\"a\nb\",c\nd\n";
        assert_eq!(records.next(&text[..5]), None);
        records.restart();
        assert_eq!(records.next(text).map(|f| (f.content, f.line)), Some((7, 1)));
        assert_eq!(records.next(&text[8..]).map(|f| (f.content, f.line)), Some((1, 3)));
    }
}
