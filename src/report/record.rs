//! A prediction record: what is said of one paragraph or row, before it takes a format.

use std::ops::Range;

use crate::corpus::rows::Row;
use crate::model::explain::Explanation;
use crate::text::boilerplate::Rule;

/// Which of the input's own fields go along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
#[value(rename_all = "lower")]
pub enum Keep {
    /// All but the text, which the record has anyway.
    #[default]
    All,
    /// The id.
    Id,
    /// None.
    None,
}

/// Which probabilities go along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "lower")]
pub enum ScoresKept {
    /// Of all labels.
    All,
    /// Of the labels given.
    Given,
    /// None.
    None,
}

/// Where a text stands in its source.
#[derive(Debug, Clone, PartialEq)]
pub enum Position<'r> {
    /// A paragraph of an article.
    Paragraph {
        /// 1-based number among the article's blocks.
        number: u64,
        /// Bytes of the source; absent where the source is not plain text.
        span: Option<Range<usize>>,
    },
    /// A row of a table or a line of JSON.
    Row {
        /// 1-based number, the header not counted.
        number: u64,
        /// Its fields; absent if it could not be read.
        fields: Option<&'r Row<'r>>,
    },
    /// The source as a whole: it could not be read, or it is an article without a paragraph.
    Whole,
}

/// What is said of a text.
#[derive(Debug, Clone, PartialEq)]
pub enum Status<'r> {
    /// Labels were given.
    Tagged {
        /// Probabilities of all labels.
        scores: &'r [f32],
        /// For each label of all tasks whether it is given.
        given: &'r [bool],
        /// Why; empty unless asked for.
        explanations: Vec<Explanation>,
    },
    /// It is no news prose.
    Boilerplate(Rule),
    /// It has no words.
    Empty,
    /// No word of it is known.
    NoKnownWords,
    /// It could not be read.
    Error(String),
}

impl Status<'_> {
    /// The word for it in output.
    pub fn name(&self) -> &'static str {
        match self {
            Status::Tagged { .. } => "tagged",
            Status::Boilerplate(_) => "boilerplate",
            Status::Empty => "empty",
            Status::NoKnownWords => "no_known_words",
            Status::Error(_) => "error",
        }
    }
}

/// One record.
#[derive(Debug, Clone, PartialEq)]
pub struct Record<'r> {
    /// What the source is called.
    pub source: &'r str,
    /// Where in it.
    pub position: Position<'r>,
    /// The text; absent if it could not be read.
    pub text: Option<&'r str>,
    /// What is said of it.
    pub status: Status<'r>,
}

/// Rows are equal if they are the same row.
impl PartialEq for Row<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// Appends a probability with four decimals, without trailing zeros.
#[inline]
pub fn push_probability(out: &mut Vec<u8>, probability: f32) {
    // Rounds half up; the product of a probability and 10,000 is exact.
    let scaled = (f64::from(probability) * 10_000.0 + 0.5) as u32;
    match scaled {
        0 => out.push(b'0'),
        1..10_000 => {
            let digits = [1000, 100, 10, 1].map(|unit| b'0' + (scaled / unit % 10) as u8);
            let [a, b, c, d] = digits;
            out.extend_from_slice(&[b'0', b'.', a, b, c, d]);
            // Mostly the last digit is no zero.
            while out.last() == Some(&b'0') {
                out.pop();
            }
        }
        _ => out.push(b'1'),
    }
}

/// Appends a number.
#[inline]
pub fn push_integer(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    let mut rest = number;
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_have_four_decimals_at_most() {
        let text = |p: f32| {
            let mut out = Vec::new();
            push_probability(&mut out, p);
            String::from_utf8(out).unwrap_or_default()
        };
        assert_eq!(
            ["0", "0.0001", "0.5", "0.307", "0.9731", "1", "1"],
            [0.00001, 0.0001, 0.5, 0.307, 0.97311, 0.99999, 1.0]
                .map(text)
                .each_ref()
                .map(String::as_str)
        );
    }

    #[test]
    fn integers_are_written_whole() {
        for number in [0, 9, 10, 1205, u64::MAX] {
            let mut out = Vec::new();
            push_integer(&mut out, number);
            assert_eq!(out, number.to_string().into_bytes());
        }
    }
}
