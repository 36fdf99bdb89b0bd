//! Quoting by RFC 4180, checked while the bytes pass by.
//!
//! The csv crate reads broken quoting without complaint: a quote that is never closed swallows the rest of the file into one
//! field. This adapter looks at the same bytes and keeps a list of the faults. It also notes the line on which each record begins,
//! which the csv crate tells wrongly after blank lines and where lines end in CR LF.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::rc::Rc;

/// Something wrong with the quoting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuoteFault {
    /// Offset in the stream.
    pub byte: u64,
    /// 1-based line.
    pub line: u64,
    /// 1-based column in bytes.
    pub column: u64,
    /// The quote at this place is never closed; otherwise there is text after a closing quote.
    pub unclosed: bool,
}

/// What was seen so far, in order of the bytes.
#[derive(Debug, Default)]
pub struct Seen {
    /// The faults.
    pub faults: VecDeque<QuoteFault>,
    /// For each record its first byte and the 1-based line on which it begins.
    pub records: VecDeque<(u64, u64)>,
}

/// What was seen, shared between the adapter and its user.
pub type SharedSeen = Rc<RefCell<Seen>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    RecordStart,
    FieldStart,
    Unquoted,
    Quoted,
    QuoteInQuoted,
}

/// Passes bytes through and watches the quotes.
pub struct QuoteWatch<R> {
    inner: R,
    delimiter: u8,
    state: State,
    byte: u64,
    line: u64,
    line_start: u64,
    /// Whether the last byte was a carriage return that ended a record, and so a line of its own unless a line feed follows.
    after_return: bool,
    opened: (u64, u64, u64),
    seen: SharedSeen,
}

impl<R: Read> QuoteWatch<R> {
    /// Watches `inner`, whose fields are separated by `delimiter`.
    pub fn new(inner: R, delimiter: u8) -> (Self, SharedSeen) {
        let seen = SharedSeen::default();
        let watch = Self {
            inner,
            delimiter,
            state: State::RecordStart,
            byte: 0,
            line: 1,
            line_start: 0,
            after_return: false,
            opened: (0, 0, 0),
            seen: Rc::clone(&seen),
        };
        (watch, seen)
    }

    fn place(&self) -> (u64, u64, u64) {
        (self.byte, self.line, self.byte - self.line_start + 1)
    }

    fn fault(&self, (byte, line, column): (u64, u64, u64), unclosed: bool) {
        let fault = QuoteFault {
            byte,
            line,
            column,
            unclosed,
        };
        self.seen.borrow_mut().faults.push_back(fault);
    }

    fn watch(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        // A byte-order mark stands before the first field.
        if self.byte == 0 && rest.starts_with(b"\xef\xbb\xbf") {
            rest = &rest[3..];
            self.byte = 3;
            self.line_start = 3;
        }
        while let Some(&b) = rest.first() {
            // Inside a field only few bytes matter.
            let skip = match self.state {
                State::Quoted => memchr::memchr2(b'"', b'\n', rest).unwrap_or(rest.len()),
                State::Unquoted => memchr::memchr3(self.delimiter, b'\n', b'\r', rest).unwrap_or(rest.len()),
                State::RecordStart | State::FieldStart | State::QuoteInQuoted => 0,
            };
            if skip > 0 {
                self.byte += skip as u64;
                rest = &rest[skip..];
                continue;
            }
            let ends_record = self.state != State::Quoted && matches!(b, b'\n' | b'\r');
            if self.state == State::RecordStart && !ends_record {
                self.seen.borrow_mut().records.push_back((self.byte, self.line));
            }
            self.state = match (self.state, b) {
                _ if ends_record => State::RecordStart,
                (State::Quoted, b'"') => State::QuoteInQuoted,
                (State::Quoted, _) => State::Quoted,
                (State::QuoteInQuoted, b'"') => State::Quoted,
                (_, b) if b == self.delimiter => State::FieldStart,
                (State::RecordStart | State::FieldStart, b'"') => {
                    self.opened = self.place();
                    State::Quoted
                }
                (State::QuoteInQuoted, _) => {
                    self.fault(self.place(), false);
                    State::Unquoted
                }
                _ => State::Unquoted,
            };
            self.byte += 1;
            if ends_record || b == b'\n' {
                // The line feed behind a carriage return belongs to the same break.
                self.line += u64::from(!(b == b'\n' && self.after_return));
                self.line_start = self.byte;
            }
            self.after_return = ends_record && b == b'\r';
            rest = &rest[1..];
        }
    }
}

impl<R: Read> Read for QuoteWatch<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        if n == 0 && !buffer.is_empty() && self.state == State::Quoted {
            self.fault(self.opened, true);
            self.state = State::RecordStart;
        }
        self.watch(&buffer[..n]);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> SharedSeen {
        let (mut watch, seen) = QuoteWatch::new(text.as_bytes(), b',');
        let mut small = [0; 3];
        while watch.read(&mut small).is_ok_and(|n| n > 0) {}
        seen
    }

    fn faults(text: &str) -> Vec<(u64, u64, bool)> {
        let seen = seen(text);
        let seen = seen.borrow();
        seen.faults.iter().map(|f| (f.line, f.column, f.unclosed)).collect()
    }

    #[test]
    fn good_quoting_passes() {
        assert_eq!(faults("a,b\n\"x \"\"y\"\"\nz\",2\r\n5\" gun,\"\"\n"), []);
    }

    #[test]
    fn broken_quoting_is_placed() {
        assert_eq!(faults("a,b\n\"x\"y,2\n"), [(2, 4, false)]);
        assert_eq!(faults("a,b\n1,\"x\n2,y\n"), [(2, 3, true)]);
        assert_eq!(faults("a,b\r1,2\r\"x\"y,2\r"), [(3, 4, false)]);
    }

    #[test]
    fn records_know_their_lines() {
        let lines = |text: &str| -> Vec<u64> { seen(text).borrow().records.iter().map(|r| r.1).collect() };
        assert_eq!(lines("a,b\n\n\n\"x\n\r\ny\",2\nz,\n"), [1, 4, 7]);
        assert_eq!(lines("a,b\r\n\r\n1,2\r\n\"\",2"), [1, 3, 4]);
        assert_eq!(lines("a,b\r1,2\r\r3,4"), [1, 2, 4]);
    }
}
