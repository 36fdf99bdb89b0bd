//! From the text of an article to its blocks (paragraphs and junk alike), each with its byte span.
//!
//! Blank lines separate blocks. Whether a single line break does is decided for the whole text: in **hard-wrapped** text, where lines
//! are broken because the next word would not fit, it does not, and the lines are joined with a blank; otherwise every line is a block of its own.

use std::borrow::Cow;
use std::ops::Range;

/// A block of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block<'t> {
    /// Where it stands in the article, in bytes; without the white space around it.
    pub span: Range<usize>,
    /// Its text: the span itself, or its lines joined by one blank each if the article is hard-wrapped.
    pub text: Cow<'t, str>,
}

/// Lines of this many characters or fewer can be hard-wrapped.
const WIDEST_WRAP: usize = 132;
/// Narrower texts are lists, not wrapped prose.
const NARROWEST_WRAP: usize = 32;

/// One line without its line break and outer white space.
#[derive(Debug, Clone, Copy)]
struct Line {
    start: usize,
    end: usize,
    /// Width in characters, indentation included.
    width: usize,
    first_word: usize,
    indent: usize,
}

/// The blocks of an article, in order. White space between them is in no block.
pub fn blocks(text: &str) -> Vec<Block<'_>> {
    let lines = lines(text);
    let wrap = wrap_width(&lines);
    let mut blocks = Vec::new();
    let mut open: Vec<Line> = Vec::new();
    for line in lines {
        let Some(line) = line else {
            close(text, &mut open, &mut blocks);
            continue;
        };
        let joins = match (wrap, open.last()) {
            (Some(width), Some(last)) => is_full(last, &line, width) && line.indent <= last.indent,
            _ => false,
        };
        if !joins {
            close(text, &mut open, &mut blocks);
        }
        open.push(line);
    }
    close(text, &mut open, &mut blocks);
    blocks
}

fn close<'t>(text: &'t str, open: &mut Vec<Line>, blocks: &mut Vec<Block<'t>>) {
    if let (Some(first), Some(last)) = (open.first(), open.last()) {
        let span = first.start..last.end;
        let text = match open.len() {
            1 => Cow::Borrowed(&text[span.clone()]),
            _ => Cow::Owned(open.iter().map(|l| &text[l.start..l.end]).collect::<Vec<_>>().join(" ")),
        };
        blocks.push(Block { span, text });
    }
    open.clear();
}

/// The lines; nothing for a blank one.
fn lines(text: &str) -> Vec<Option<Line>> {
    let mut at = 0;
    text.split('\n')
        .map(|raw| {
            let start_of_line = at;
            at += raw.len() + 1;
            // A byte-order mark or an invisible space alone makes no line.
            let blank = |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}');
            let trimmed = raw.trim_matches(blank);
            if trimmed.is_empty() {
                return None;
            }
            let before = raw.len() - raw.trim_start_matches(blank).len();
            let indent = raw[..before].chars().count();
            Some(Line {
                start: start_of_line + before,
                end: start_of_line + before + trimmed.len(),
                width: indent + trimmed.chars().count(),
                first_word: trimmed.split_whitespace().next().map_or(0, |w| w.chars().count()),
                indent,
            })
        })
        .collect()
}

/// Whether `line` was broken because the first word of `next` did not fit, give or take a ragged edge.
fn is_full(line: &Line, next: &Line, width: usize) -> bool {
    line.width + 1 + next.first_word > width - width / 8
}

/// The width at which the text is hard-wrapped, if it is: nearly every break within a block is a full line.
fn wrap_width(lines: &[Option<Line>]) -> Option<usize> {
    let width = lines.iter().flatten().map(|l| l.width).max()?;
    if !(NARROWEST_WRAP..=WIDEST_WRAP).contains(&width) {
        return None;
    }
    let breaks = lines
        .windows(2)
        .filter_map(|pair| pair[0].as_ref().zip(pair[1].as_ref()));
    let (mut all, mut full) = (0_usize, 0_usize);
    for (line, next) in breaks {
        all += 1;
        full += usize::from(is_full(line, next, width));
    }
    (full >= 2 && full * 10 >= all * 6).then_some(width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(text: &str) -> Vec<String> {
        blocks(text).into_iter().map(|b| b.text.into_owned()).collect()
    }

    #[test]
    fn blank_lines_separate() {
        assert_eq!(
            texts("\u{feff}One.\r\n\r\n  Two. \n \t\nThree."),
            ["One.", "Two.", "Three."]
        );
    }

    #[test]
    fn one_line_is_one_paragraph() {
        let text = "The ministers met in Vienna on Monday and talked for three hours about oil.\nNo deal.\n\
                    Prices fell by two percent after the meeting, traders said in London on the same day.";
        assert_eq!(texts(text).len(), 3);
    }

    #[test]
    fn hard_wrapped_lines_are_joined() {
        let text = "The ministers met in Vienna on Monday and\ntalked for three hours about oil output,\n\
                    which has fallen since January, officials\nsaid.\n\nPrices fell by two percent after the\n\
                    meeting, traders in London said on the day.\n\nRelated\nOil\nGas\n";
        assert_eq!(
            texts(text),
            [
                "The ministers met in Vienna on Monday and talked for three hours about oil output, which has fallen since January, officials said.",
                "Prices fell by two percent after the meeting, traders in London said on the day.",
                "Related",
                "Oil",
                "Gas"
            ]
        );
    }

    #[test]
    fn an_indented_line_begins_a_paragraph_of_wrapped_text() {
        let text = "   The ministers met in Vienna on Monday and\ntalked for three hours about oil and gas output.\n\
                    \u{20}  Prices fell by two percent after the talks,\ntraders in London said on the same day at noon.";
        assert_eq!(texts(text).len(), 2);
    }

    fn is_gap(text: &str) -> bool {
        text.chars()
            .all(|c| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'))
    }

    proptest! {
        #[test]
        fn blocks_and_gaps_give_the_text_back(text in "([a-z .]{0,50}|\\PC{0,9}|[\n\r\t ]{1,3}){0,30}") {
            let mut at = 0;
            for block in blocks(&text) {
                prop_assert!(is_gap(&text[at..block.span.start]));
                let squeeze = |s: &str| s.split_whitespace().collect::<Vec<_>>().join(" ");
                prop_assert_eq!(squeeze(&text[block.span.clone()]), squeeze(&block.text));
                at = block.span.end;
            }
            prop_assert!(is_gap(&text[at..]));
        }
    }
}
