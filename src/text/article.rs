//! From the text of an article to its blocks (paragraphs and junk alike), each with its byte span.
//!
//! Blank lines separate blocks. Whether a single line break does is decided for the whole text: in **hard-wrapped** text, where lines
//! are broken because the next word would not fit, mostly within a sentence, it does not, and the lines are joined with a blank;
//! otherwise every line is a block of its own.

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
    /// Where the text behind the mark of a list item begins, in characters from the left.
    hanging: Option<usize>,
    ends_sentence: bool,
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
            (Some(width), Some(last)) => is_full(last, &line, width) && is_set_like(&line, &open),
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
    let is_break = |c: char| matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}');
    let mut at = 0;
    let mut lines = Vec::new();
    for raw in text.split_inclusive(is_break) {
        // The line feed behind a carriage return ends no line of its own.
        if !(raw == "\n" && text[..at].ends_with('\r')) {
            lines.push(line(raw, at));
        }
        at += raw.len();
    }
    lines
}

/// A line that begins at this byte; nothing if it is blank.
fn line(raw: &str, at: usize) -> Option<Line> {
    // A byte-order mark or an invisible space alone makes no line.
    let blank = |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}');
    let trimmed = raw.trim_matches(blank);
    if trimmed.is_empty() {
        return None;
    }
    let before = raw.len() - raw.trim_start_matches(blank).len();
    let indent = raw[..before].chars().count();
    let first_word = trimmed.split_whitespace().next()?;
    let behind = &trimmed[first_word.len()..];
    let gap = behind.chars().count() - behind.trim_start().chars().count();
    let first_word_width = first_word.chars().count();
    Some(Line {
        start: at + before,
        end: at + before + trimmed.len(),
        width: indent + trimmed.chars().count(),
        first_word: first_word_width,
        indent,
        hanging: is_list_mark(first_word).then_some(indent + first_word_width + gap),
        ends_sentence: trimmed
            .trim_end_matches(['"', '\'', '”', '’', '»', ')', ']'])
            .ends_with(['.', '!', '?', '…', ':']),
    })
}

/// `-`, `*`, `•`, `7.`, `b)`.
fn is_list_mark(word: &str) -> bool {
    let numbered = word
        .strip_suffix(['.', ')'])
        .is_some_and(|n| n.parse::<u8>().is_ok() || n.len() == 1 && n.starts_with(|c: char| c.is_ascii_alphabetic()));
    numbered || matches!(word, "-" | "*" | "•" | "·" | "–" | "—" | "o")
}

/// Whether `line` was broken because the first word of `next` did not fit, give or take a ragged edge.
fn is_full(line: &Line, next: &Line, width: usize) -> bool {
    line.width <= width + width / 8 && line.width + 1 + next.first_word > width - width / 8
}

/// Whether a line stands under the open ones as a line of the same paragraph or list item does.
fn is_set_like(line: &Line, open: &[Line]) -> bool {
    let (Some(first), Some(last)) = (open.first(), open.last()) else {
        return false;
    };
    if first.hanging == Some(line.indent) {
        return true;
    }
    let hangs = open.len() > 1 && first.hanging == Some(last.indent);
    !hangs && line.indent <= last.indent
}

/// The width at which the text is hard-wrapped, if it is: most breaks within a block are at full lines, and most of these within a sentence.
fn wrap_width(lines: &[Option<Line>]) -> Option<usize> {
    let pairs = lines
        .windows(2)
        .filter_map(|pair| pair[0].as_ref().zip(pair[1].as_ref()));
    // An indented line begins a paragraph in wrapped text and in any other.
    let goes_on = |line: &Line, next: &Line| next.indent <= line.indent || line.hanging == Some(next.indent);
    let breaks: Vec<(&Line, &Line)> = pairs.filter(|(line, next)| goes_on(line, next)).collect();
    let widths = breaks.iter().map(|(line, _)| line.width);
    let mut widths: Vec<usize> = widths.filter(|&w| w <= WIDEST_WRAP).collect();
    widths.sort_unstable();
    // Not the widest of all: an address or a row of dashes may stick out.
    let width = *widths.get(widths.len().saturating_sub(1) * 9 / 10)?;
    if width < NARROWEST_WRAP {
        return None;
    }
    let full: Vec<_> = breaks
        .iter()
        .filter(|(line, next)| is_full(line, next, width))
        .collect();
    let within = full.iter().filter(|(line, _)| !line.ends_sentence).count();
    (full.len() >= 2 && full.len() * 10 >= breaks.len() * 6 && within * 2 >= full.len()).then_some(width)
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

    #[test]
    fn short_paragraphs_of_like_width_are_not_joined() {
        let text = "Oil prices rose on Monday in London.\nTraders said the deal was expected.\nThe ministers met again in Vienna.\n\
                    Police said nobody was hurt there.\nThe army shelled the town at dawn.";
        assert_eq!(texts(text).len(), 5);
    }

    #[test]
    fn one_long_line_does_not_unwrap_the_rest() {
        let wrapped = "The ministers met in Vienna on Monday and\ntalked for three hours about oil output,\n\
                       which has fallen since January, officials\nsaid.";
        let long = format!("Read more at https://example.com/{}", "a".repeat(200));
        assert_eq!(texts(&format!("{wrapped}\n\n{long}\n\n{wrapped}")).len(), 3);
    }

    #[test]
    fn lines_of_a_list_item_hang_together() {
        let text = "- The ministers met in Vienna on Monday and\n  talked for three hours about oil, officials\n  said there.\n\
                    - Prices fell by two percent on Tuesday and\n  by another three percent on the day after it.\n";
        assert_eq!(
            texts(text),
            [
                "- The ministers met in Vienna on Monday and talked for three hours about oil, officials said there.",
                "- Prices fell by two percent on Tuesday and by another three percent on the day after it."
            ]
        );
    }

    #[test]
    fn every_kind_of_line_break_counts() {
        let text = "One.\rTwo.\r\nThree.\u{2028}Four.\u{2029}Five.";
        assert_eq!(texts(text), ["One.", "Two.", "Three.", "Four.", "Five."]);
        let wrapped = "The ministers met in Vienna on Monday and\r\ntalked for three hours about oil output,\r\n\
                       which has fallen since January, officials\r\nsaid.";
        assert_eq!(texts(wrapped).len(), 1);
    }

    fn is_gap(text: &str) -> bool {
        text.chars()
            .all(|c| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'))
    }

    proptest! {
        #[test]
        fn blocks_and_gaps_give_the_text_back(text in "([a-z .]{0,50}|\\PC{0,9}|[\n\r\t\u{2028} ]{1,3}|[-*•] ){0,30}") {
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
