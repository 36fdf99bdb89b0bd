//! Quoting by RFC 4180, checked while the bytes pass by.
//!
//! The csv crate reads broken quoting without complaint: a quote that is never closed swallows the rest of the file into one
//! field. This adapter looks at the same bytes and keeps a list of the faults.

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

/// Faults found so far, in order; shared between the adapter and its user.
pub type QuoteFaults = Rc<RefCell<VecDeque<QuoteFault>>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
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
    opened: (u64, u64, u64),
    faults: QuoteFaults,
}

impl<R: Read> QuoteWatch<R> {
    /// Watches `inner`, whose fields are separated by `delimiter`.
    pub fn new(inner: R, delimiter: u8) -> (Self, QuoteFaults) {
        let faults = QuoteFaults::default();
        let watch = Self {
            inner,
            delimiter,
            state: State::FieldStart,
            byte: 0,
            line: 1,
            line_start: 0,
            opened: (0, 0, 0),
            faults: Rc::clone(&faults),
        };
        (watch, faults)
    }

    fn place(&self) -> (u64, u64, u64) {
        (self.byte, self.line, self.byte - self.line_start + 1)
    }

    fn fault(&self, (byte, line, column): (u64, u64, u64), unclosed: bool) {
        let fault = QuoteFault { byte, line, column, unclosed };
        self.faults.borrow_mut().push_back(fault);
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
                State::Unquoted => memchr::memchr2(self.delimiter, b'\n', rest).unwrap_or(rest.len()),
                State::FieldStart | State::QuoteInQuoted => 0,
            };
            if skip > 0 {
                self.byte += skip as u64;
                rest = &rest[skip..];
                continue;
            }
            self.state = match (self.state, b) {
                (State::Quoted, b'"') => State::QuoteInQuoted,
                (State::Quoted, _) => State::Quoted,
                (State::QuoteInQuoted, b'"') => State::Quoted,
                (_, b) if b == self.delimiter => State::FieldStart,
                (_, b'\n' | b'\r') => State::FieldStart,
                (State::FieldStart, b'"') => {
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
            if b == b'\n' {
                self.line += 1;
                self.line_start = self.byte;
            }
            rest = &rest[1..];
        }
    }
}

impl<R: Read> Read for QuoteWatch<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        if n == 0 && !buffer.is_empty() && self.state == State::Quoted {
            self.fault(self.opened, true);
            self.state = State::FieldStart;
        }
        self.watch(&buffer[..n]);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<(u64, u64, bool)> {
        let (mut watch, faults) = QuoteWatch::new(text.as_bytes(), b',');
        let mut small = [0; 3];
        while watch.read(&mut small).is_ok_and(|n| n > 0) {}
        let faults = faults.borrow();
        faults.iter().map(|f| (f.line, f.column, f.unclosed)).collect()
    }

    #[test]
    fn good_quoting_passes() {
        assert_eq!(faults("a,b\n\"x \"\"y\"\"\nz\",2\r\n5\" gun,\"\"\n"), []);
    }

    #[test]
    fn broken_quoting_is_placed() {
        assert_eq!(faults("a,b\n\"x\"y,2\n"), [(2, 4, false)]);
        assert_eq!(faults("a,b\n1,\"x\n2,y\n"), [(2, 3, true)]);
    }
}
