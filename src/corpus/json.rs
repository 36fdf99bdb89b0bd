//! One JSON object on one line, cut into its members without a look at what they mean.
//!
//! Plain objects are cut here, in one pass and without memory of their own. Arrays and objects inside are cut by serde_json, and so is, for
//! the message, every line that is not one whole object.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::scan::plain_json;
use crate::error::Kind;

/// A member of an object, as bytes of its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// The key without its quotes.
    pub key: Range<usize>,
    /// The value, a string with its quotes.
    pub value: Range<usize>,
}

/// Cuts a line; `members` are those of the object in their order.
///
/// # Errors
/// [`Kind::Json`] and the 1-based column, if the line is not one whole object.
pub(super) fn cut(line: &str, members: &mut Vec<Member>) -> Result<(), (Kind, u64)> {
    members.clear();
    match (Cutter { line, at: 0 }).object(members) {
        Some(()) => Ok(()),
        None => Err(explain(line)),
    }
}

/// What is wrong with a line, in serde_json's words.
fn explain(line: &str) -> (Kind, u64) {
    match serde_json::from_str::<Object>(line) {
        Err(error) => (json_fault(&error), error.column().max(1) as u64),
        Ok(Object) => (Kind::Json("no plain object".into()), 1),
    }
}

/// What serde_json says, without its own place: that counts from the start of the piece that it was given.
pub(super) fn json_fault(error: &serde_json::Error) -> Kind {
    let message = error.to_string();
    Kind::Json(message.split(" at line ").next().unwrap_or_default().to_owned())
}

/// A position in a line. What is not as it should be is `None`.
struct Cutter<'l> {
    line: &'l str,
    at: usize,
}

impl Cutter<'_> {
    fn object(mut self, members: &mut Vec<Member>) -> Option<()> {
        self.blanks();
        self.expect(b'{')?;
        self.blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
        } else {
            loop {
                let key = self.string()?;
                let key = key.start + 1..key.end - 1;
                // serde_json reads keys, but leaves values as they are: a wrong escape is a fault in a key only.
                unescape(&self.line[key.clone()])?;
                self.blanks();
                self.expect(b':')?;
                self.blanks();
                let value = self.value()?;
                members.push(Member { key, value });
                self.blanks();
                match self.next()? {
                    b',' => self.blanks(),
                    b'}' => break,
                    _ => return None,
                }
            }
        }
        self.blanks();
        (self.at == self.line.len()).then_some(())
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.line.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn next(&mut self) -> Option<u8> {
        let byte = self.peek();
        self.at += 1;
        byte
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    #[inline]
    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        match self.peek()? {
            b'"' => return self.string(),
            b'[' | b'{' => self.nested()?,
            b't' => self.word("true")?,
            b'f' => self.word("false")?,
            b'n' => self.word("null")?,
            _ => self.number()?,
        }
        Some(start..self.at)
    }

    fn string(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        let bytes = self.line.as_bytes();
        self.expect(b'"')?;
        loop {
            self.at += plain_json(&bytes[self.at..]);
            match self.next()? {
                b'"' => return Some(start..self.at),
                b'\\' => match self.next()? {
                    b'u' => {
                        let digits = bytes.get(self.at..self.at + 4)?;
                        if !digits.iter().all(u8::is_ascii_hexdigit) {
                            return None;
                        }
                        self.at += 4;
                    }
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                    _ => return None,
                },
                _ => return None,
            }
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let found = self.line.as_bytes()[self.at..].starts_with(word.as_bytes());
        self.at += word.len();
        found.then_some(())
    }

    fn number(&mut self) -> Option<()> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek()? {
            b'0' => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn nested(&mut self) -> Option<()> {
        let rest = serde_json::Deserializer::from_str(&self.line[self.at..]);
        let mut values = rest.into_iter::<&RawValue>();
        values.next()?.ok()?;
        self.at += values.byte_offset();
        Some(())
    }
}

/// The text that the inside of a JSON string stands for; nothing if an escape in it stands for half a character.
#[inline]
pub(super) fn unescape(inside: &str) -> Option<Cow<'_, str>> {
    match memchr::memchr(b'\\', inside.as_bytes()) {
        None => Some(Cow::Borrowed(inside)),
        Some(first) => unescape_from(inside, first).map(Cow::Owned),
    }
}

fn unescape_from(inside: &str, first: usize) -> Option<String> {
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside;
    let mut next = Some(first);
    while let Some(at) = next {
        text.push_str(&rest[..at]);
        let escape = *rest.as_bytes().get(at + 1)?;
        rest = &rest[at + 2..];
        text.push(match escape {
            b'"' | b'\\' | b'/' => char::from(escape),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => unicode(&mut rest)?,
            _ => return None,
        });
        next = memchr::memchr(b'\\', rest.as_bytes());
    }
    text.push_str(rest);
    Some(text)
}

/// The character behind `\u`: one unit of UTF-16, or two with `\u` between them.
fn unicode(rest: &mut &str) -> Option<char> {
    let first = unit(rest)?;
    if !(0xd800..0xdc00).contains(&first) {
        return char::from_u32(first.into());
    }
    *rest = rest.strip_prefix("\\u")?;
    char::decode_utf16([first, unit(rest)?]).next()?.ok()
}

/// Four hexadecimal digits.
fn unit(rest: &mut &str) -> Option<u16> {
    let (digits, behind) = rest.split_at_checked(4)?;
    *rest = behind;
    // A sign would be taken for a digit.
    let all_digits = digits.bytes().all(|b| b.is_ascii_hexdigit());
    all_digits.then(|| u16::from_str_radix(digits, 16).ok())?
}

/// An object of which nothing is kept.
struct Object;

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor;
        impl<'de> Visitor<'de> for ObjectVisitor {
            type Value = Object;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                while map.next_entry::<String, &'de RawValue>()?.is_some() {}
                Ok(Object)
            }
        }
        deserializer.deserialize_map(ObjectVisitor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn members(line: &str) -> Option<Vec<(String, String)>> {
        let mut members = Vec::new();
        cut(line, &mut members).ok()?;
        let text = |m: &Member| {
            Some((
                unescape(&line[m.key.clone()])?.into_owned(),
                line[m.value.clone()].to_owned(),
            ))
        };
        members.iter().map(text).collect()
    }

    /// What serde_json makes of the same line.
    fn reference(line: &str) -> Option<Vec<(String, String)>> {
        struct All(Vec<(String, String)>);
        impl<'de> Deserialize<'de> for All {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct AllVisitor;
                impl<'de> Visitor<'de> for AllVisitor {
                    type Value = All;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("an object")
                    }
                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<All, A::Error> {
                        let mut all = Vec::new();
                        while let Some((key, value)) = map.next_entry::<String, &'de RawValue>()? {
                            all.push((key, value.get().to_owned()));
                        }
                        Ok(All(all))
                    }
                }
                deserializer.deserialize_map(AllVisitor)
            }
        }
        serde_json::from_str::<All>(line).ok().map(|all| all.0)
    }

    #[test]
    fn faults_keep_their_words() {
        let fault = |line: &str| {
            let (kind, column) = cut(line, &mut Vec::new()).unwrap_err();
            format!("{column}: {kind}")
        };
        insta::assert_snapshot!(
            ["", "[1]", "{\"a\":1", "{\"a\" 1}", "{\"a\":01}", "{\"a\":\"\t\"}", "{\"\\ud800\":1}", "{\"a\":[1,]}", "{} x"].map(fault).join("\n"),
            @r"
        1: cannot read this as JSON: EOF while parsing a value (write one whole object on each line)
        1: cannot read this as JSON: invalid type: sequence, expected a JSON object (write one whole object on each line)
        6: cannot read this as JSON: EOF while parsing an object (write one whole object on each line)
        6: cannot read this as JSON: expected `:` (write one whole object on each line)
        7: cannot read this as JSON: invalid number (write one whole object on each line)
        6: cannot read this as JSON: control character (\u0000-\u001F) found while parsing a string (write one whole object on each line)
        9: cannot read this as JSON: unexpected end of hex escape (write one whole object on each line)
        9: cannot read this as JSON: expected value (write one whole object on each line)
        4: cannot read this as JSON: trailing characters (write one whole object on each line)
        ");
    }

    proptest! {
        #[test]
        fn lines_are_cut_as_serde_json_does(line in "[{]?( |\"|\\\\|\\\\u00e9|\\\\ud83d|\\\\ude00|[{}\\[\\]:,]|[-+.eE0-9]|true|null|\"a\":|\"b\\\\n\": ?|\"c\",|\u{1}|é){0,12}[}]?") {
            prop_assert_eq!(members(&line), reference(&line));
        }

        #[test]
        fn objects_are_cut_as_serde_json_does(keys in prop::collection::vec(("\\PC{0,3}|[\"\\\\\n]", 0..8usize, "\\PC{0,40}|[\"\\\\\n]{1,3}"), 0..6)) {
            let values = |which: usize, text: &str| match which {
                0 => "null".to_owned(),
                1 => "-1.50e+3".to_owned(),
                2 => serde_json::json!([text, {"x": text}]).to_string(),
                _ => Value::from(text).to_string(),
            };
            let members_: Vec<String> = keys.iter().map(|(k, which, text)| format!("{} :{}", Value::from(k.as_str()), values(*which, text))).collect();
            let line = format!(" {{{}}}", members_.join(" , "));
            let found = members(&line);
            prop_assert!(found.is_some());
            prop_assert_eq!(found, reference(&line));
        }

        #[test]
        fn strings_are_read_as_serde_json_does(inside in "(a|é|\\\\[nrtbf/\\\\\"x]|\\\\u(00e9|d83d|de00|0000|12)){0,8}") {
            let reference = serde_json::from_str::<String>(&format!("\"{inside}\"")).ok();
            prop_assert_eq!(unescape(&inside).map(Cow::into_owned), reference);
        }
    }
}
