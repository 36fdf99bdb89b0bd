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
        /// Labels given, task by task, numbered within the task.
        labels: &'r [Vec<usize>],
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
pub fn push_probability(out: &mut Vec<u8>, probability: f32) {
    let scaled = (f64::from(probability) * 10_000.0).round() as u32;
    if scaled >= 10_000 {
        out.push(b'1');
        return;
    }
    out.push(b'0');
    if scaled > 0 {
        let mut digits = [b'.', 0, 0, 0, 0];
        let mut rest = scaled;
        for digit in digits[1..].iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        let end = digits.iter().rposition(|&d| d != b'0').map_or(0, |i| i + 1);
        out.extend_from_slice(&digits[..end]);
    }
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
            ["0", "0.0001", "0.5", "0.9731", "1", "1"],
            [0.00001, 0.0001, 0.5, 0.97311, 0.99999, 1.0]
                .map(text)
                .each_ref()
                .map(String::as_str)
        );
    }
}
