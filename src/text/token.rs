//! Tokens: the words, numbers and signs of a text with their byte spans.
//!
//! The rules, in full:
//!
//! - A **word** is a run of letters, marks and digits in any script. Soft hyphens and zero-width joiners inside it do
//!   not end it. Chinese characters and Japanese kana are words of one character each (word bigrams make up for the missing
//!   spaces).
//! - An **apostrophe** (`'`, `’`, `ʼ`) between letters joins them (`don't`, `Russia's`), except in languages that elide
//!   (French, Italian), where it ends the word (`l'énergie` is `l` and `énergie`).
//! - A **hyphen** ends a word (`oil-rich` is `oil` and `rich`, which a bigram puts together again), except between a
//!   letter and a digit (`S-400`, `F-16`, `Covid-19` are one word).
//! - A **number** begins with a digit and goes on over `.`, `,` and letters as long as a digit or letter follows: `3.5`, `1,780`, `30th`, `5bn`.
//! - An **acronym with dots** of single letters is one token: `U.S.`, `U.A.E.`. So are two capitals that stand
//!   between words that are not all capitals (`US`, `EU`): both spellings have the normal form `US`, which is not the pronoun `us`.
//! - The **signs** `$ € £ ¥ ₹ %`, `?`, `!` and double quotation marks of any shape are tokens: quoted, asked and exclaimed words say something of a text's stance.
//!
//! Everything else separates.

use std::ops::Range;

/// What a token is, which decides its normal form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A word in letters.
    Word,
    /// Begins with a digit.
    Number,
    /// Single letters with dots, or two capitals between ordinary words.
    Acronym,
    /// A currency or per cent sign, a question, exclamation or quotation mark.
    Sign,
}

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Bytes of the text; always on character boundaries.
    pub span: Range<usize>,
    /// What it is.
    pub kind: TokenKind,
}

/// Iterator over the tokens of a text, in order and without overlap.
#[derive(Debug, Clone)]
pub struct Tokens<'t> {
    text: &'t str,
    at: usize,
    previous_was_capitals: bool,
    apostrophe_joins: bool,
}

/// The tokens of `text`. `apostrophe_joins` is false for languages that elide.
pub fn tokens(text: &str, apostrophe_joins: bool) -> Tokens<'_> {
    Tokens {
        text,
        at: 0,
        previous_was_capitals: false,
        apostrophe_joins,
    }
}

/// What a character does in the scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    /// A character that is a word by itself.
    Ideograph,
    /// Continues a word but does not begin one.
    Joiner,
    Sign,
    Apostrophe,
    Other,
}

const ASCII: [Class; 128] = {
    let mut table = [Class::Other; 128];
    let mut b = 0;
    while b < 128 {
        table[b] = match b as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => Class::Letter,
            b'0'..=b'9' => Class::Digit,
            b'$' | b'%' | b'?' | b'!' | b'"' => Class::Sign,
            b'\'' => Class::Apostrophe,
            _ => Class::Other,
        };
        b += 1;
    }
    table
};

/// A set of ASCII characters.
struct AsciiSet(u128);

impl AsciiSet {
    const fn of_class(class: Class) -> Self {
        let mut set = 0;
        let mut b = 0;
        while b < 128 {
            if ASCII[b as usize] as u8 == class as u8 {
                set |= 1 << b;
            }
            b += 1;
        }
        Self(set)
    }

    #[inline]
    fn contains(&self, byte: u8) -> bool {
        byte < 128 && self.0 >> byte & 1 == 1
    }
}

/// Characters that stand between tokens whatever is around them.
const ASCII_BETWEEN: AsciiSet = AsciiSet::of_class(Class::Other);
/// Characters that end a word of more than one letter, whatever follows them.
const ASCII_END: AsciiSet = AsciiSet((ASCII_BETWEEN.0 & !(1 << b'-')) | AsciiSet::of_class(Class::Sign).0);

fn wide(c: char) -> Class {
    match c {
        '\u{2019}' | '\u{02BC}' => Class::Apostrophe,
        '€' | '£' | '¥' | '₹' => Class::Sign,
        '“' | '”' | '„' | '‟' | '«' | '»' => Class::Sign,
        '\u{00AD}' | '\u{200C}' | '\u{200D}' | '\u{2060}' => Class::Joiner,
        // Combining marks that are not alphabetic: diacritics, viramas, nuktas, variation selectors.
        '\u{0300}'..='\u{036F}' | '\u{FE00}'..='\u{FE0F}' => Class::Joiner,
        '\u{093C}'
        | '\u{094D}'
        | '\u{09BC}'
        | '\u{09CD}'
        | '\u{0A4D}'
        | '\u{0ACD}'
        | '\u{0BCD}'
        | '\u{0C4D}'
        | '\u{0CCD}'
        | '\u{0D4D}'
        | '\u{0DCA}'
        | '\u{0E47}'..='\u{0E4E}' => Class::Joiner,
        '\u{3040}'..='\u{30FF}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}'
            if c.is_alphanumeric() =>
        {
            Class::Ideograph
        }
        c if c.is_numeric() => Class::Digit,
        c if c.is_alphanumeric() => Class::Letter,
        _ => Class::Other,
    }
}

/// Length of the run of ASCII letters at the start of `bytes`, found sixteen bytes at a time: the end of a word cannot be predicted, so a test for each byte costs
/// more than the arithmetic.
#[inline]
fn ascii_letters(bytes: &[u8]) -> usize {
    let (chunks, rest) = bytes.as_chunks::<16>();
    let mut length = 0;
    for chunk in chunks {
        let others = not_letters(u128::from_le_bytes(*chunk));
        if others != 0 {
            return length + (others.trailing_zeros() / 8) as usize;
        }
        length += 16;
    }
    length + rest.iter().take_while(|b| b.is_ascii_alphabetic()).count()
}

/// The high bit of each byte that is no ASCII letter.
#[inline]
fn not_letters(word: u128) -> u128 {
    const EACH: u128 = u128::MAX / 255;
    const HIGH: u128 = 0x80 * EACH;
    let lower = (word | (0x20 * EACH)) & !HIGH;
    // The high bit of a byte is set from `a` on, and from behind `z` on; no sum is carried to the next byte.
    let from_a = lower + (0x80 - b'a' as u128) * EACH;
    let behind_z = lower + (0x80 - b'z' as u128 - 1) * EACH;
    !(from_a & !behind_z & !word) & HIGH
}

impl Tokens<'_> {
    /// Class and length in bytes of the character at `at`; nothing at the end.
    #[inline]
    fn class(&self, at: usize) -> Option<(Class, usize)> {
        let byte = *self.text.as_bytes().get(at)?;
        if byte < 128 {
            return Some((ASCII[byte as usize], 1));
        }
        let c = self.text[at..].chars().next()?;
        Some((wide(c), c.len_utf8()))
    }

    #[inline]
    fn is(&self, at: usize, wanted: Class) -> bool {
        matches!(self.class(at), Some((class, _)) if class == wanted)
    }

    /// The end of an acronym of single letters with dots that begins at `at`, with at least two letters.
    #[inline]
    fn dotted(&self, at: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        if bytes[at].is_ascii() && bytes.get(at + 1) != Some(&b'.') {
            return None;
        }
        let mut end = at;
        let mut letters = 0;
        while let Some((Class::Letter, length)) = self.class(end)
            && self.text.as_bytes().get(end + length) == Some(&b'.')
        {
            letters += 1;
            end += length + 1;
        }
        // A letter or digit right after the last dot: `e.g.foo` or `x.y.z2`, no acronym.
        let ends = !matches!(self.class(end), Some((Class::Letter | Class::Digit, _)));
        (letters >= 2 && ends).then_some(end)
    }

    /// The end of the word that begins at `at` with a letter.
    #[inline]
    fn word(&self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut end = at;
        let mut last = Class::Letter;
        loop {
            // Nearly all words are runs of ASCII letters.
            let letters = ascii_letters(&bytes[end..]);
            if letters > 0 {
                last = Class::Letter;
                end += letters;
            }
            let Some((class, length)) = self.class(end) else {
                return end;
            };
            let next = end + length;
            match class {
                Class::Letter | Class::Digit | Class::Joiner => last = class,
                Class::Apostrophe if self.apostrophe_joins && self.is(next, Class::Letter) => last = class,
                Class::Other if last == Class::Letter && bytes[end] == b'-' && self.is(next, Class::Digit) => {
                    last = class;
                }
                _ => return end,
            }
            end = next;
        }
    }

    /// The end of the number that begins at `at` with a digit.
    fn number(&self, at: usize) -> usize {
        let mut end = at;
        while let Some((class, length)) = self.class(end) {
            let next = end + length;
            let goes_on = match class {
                Class::Letter | Class::Digit | Class::Joiner => true,
                Class::Other => matches!(self.text.as_bytes()[end], b'.' | b',') && self.is(next, Class::Digit),
                _ => false,
            };
            if !goes_on {
                break;
            }
            end = next;
        }
        end
    }

    /// The token that begins here; nothing if the character here separates.
    fn any(&mut self) -> Option<Token> {
        let start = self.at;
        let (class, length) = self.class(start)?;
        let (end, kind) = match class {
            Class::Other | Class::Joiner | Class::Apostrophe => {
                self.at += length;
                return None;
            }
            Class::Sign => (start + length, TokenKind::Sign),
            Class::Ideograph => (start + length, TokenKind::Word),
            Class::Digit => (self.number(start), TokenKind::Number),
            Class::Letter => match self.dotted(start) {
                Some(end) => (end, TokenKind::Acronym),
                None => (self.word(start), TokenKind::Word),
            },
        };
        self.at = end;
        let bytes = &self.text.as_bytes()[start..end];
        let capitals = bytes[0].is_ascii_uppercase() && bytes.len() >= 2 && bytes.iter().all(u8::is_ascii_uppercase);
        let lone = capitals && bytes.len() == 2 && !self.previous_was_capitals && !self.capitals_follow(end);
        self.previous_was_capitals = capitals;
        let kind = if lone { TokenKind::Acronym } else { kind };
        Some(Token { span: start..end, kind })
    }

    /// Whether the next word after `at` is all capitals, two or more.
    fn capitals_follow(&self, at: usize) -> bool {
        let rest = self.text.as_bytes()[at..].iter();
        let word = rest
            .skip_while(|b| !b.is_ascii_alphanumeric() && b.is_ascii())
            .take_while(|b| !b.is_ascii() || b.is_ascii_alphanumeric());
        let mut capitals = 0;
        for b in word {
            if !b.is_ascii_uppercase() {
                return false;
            }
            capitals += 1;
        }
        capitals >= 2
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    #[inline]
    fn next(&mut self) -> Option<Token> {
        let bytes = self.text.as_bytes();
        while let Some(&first) = bytes.get(self.at) {
            let start = self.at;
            if first.is_ascii_alphabetic() {
                let end = start + ascii_letters(&bytes[start..]);
                // Nearly all tokens: ASCII letters, not all of them capitals, and behind them what ends every word.
                let plain = match bytes.get(end..) {
                    Some([next, ..]) => ASCII_END.contains(*next) && (*next != b'.' || end > start + 1),
                    _ => true,
                };
                if plain && !(first.is_ascii_uppercase() && bytes.get(start + 1).is_some_and(u8::is_ascii_uppercase)) {
                    self.at = end;
                    self.previous_was_capitals = false;
                    let span = start..end;
                    return Some(Token {
                        span,
                        kind: TokenKind::Word,
                    });
                }
            } else if ASCII_BETWEEN.contains(first) {
                self.at += 1;
                continue;
            }
            if let Some(token) = self.any() {
                return Some(token);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(text: &str) -> Vec<&str> {
        tokens(text, true).map(|t| &text[t.span]).collect()
    }

    fn acronyms(text: &str) -> Vec<&str> {
        tokens(text, true)
            .filter(|t| t.kind == TokenKind::Acronym)
            .map(|t| &text[t.span])
            .collect()
    }

    #[test]
    fn words_apostrophes_and_hyphens() {
        assert_eq!(
            split("Don't cut Russia’s oil-rich \"north\"!"),
            ["Don't", "cut", "Russia’s", "oil", "rich", "\"", "north", "\"", "!"]
        );
        assert_eq!(
            split("S-400s, F-16 and Covid-19; a 20-year deal"),
            ["S-400s", "F-16", "and", "Covid-19", "a", "20", "year", "deal"]
        );
        let french: Vec<_> = tokens("l'énergie d’hier", false).map(|t| t.span).collect();
        assert_eq!(french, [0..1, 2..10, 11..12, 15..19]);
    }

    #[test]
    fn numbers_and_signs() {
        assert_eq!(
            split("$3.6 billion, 155,221 bags, 4.5% in 1999."),
            ["$", "3.6", "billion", "155,221", "bags", "4.5", "%", "in", "1999"]
        );
        assert_eq!(split("the 30th, 5bn"), ["the", "30th", "5bn"]);
        assert_eq!(split("“Why?” «Oil»"), ["“", "Why", "?", "”", "«", "Oil", "»"]);
    }

    #[test]
    fn acronyms_with_and_without_dots() {
        assert_eq!(
            acronyms("The U.S. and the U.A.E. met; the EU did not."),
            ["U.S.", "U.A.E.", "EU"]
        );
        assert_eq!(acronyms("OIL IN US RISES"), [""; 0]);
        assert_eq!(acronyms("They told us. US officials did."), ["US"]);
        assert_eq!(
            split("at 9 p.m. on J. Smith's"),
            ["at", "9", "p.m.", "on", "J", "Smith's"]
        );
    }

    #[test]
    fn other_scripts() {
        assert_eq!(split("石油价格 вырос"), ["石", "油", "价", "格", "вырос"]);
        assert_eq!(
            split("cafe\u{301} हिन्दी co\u{ad}operate"),
            ["cafe\u{301}", "हिन्दी", "co\u{ad}operate"]
        );
    }

    proptest! {
        #[test]
        fn runs_of_letters_end_where_they_should(bytes in proptest::collection::vec(prop_oneof![8 => b'A'..=b'Z', 8 => b'a'..=b'z', 1 => any::<u8>()], 0..40)) {
            let plain = bytes.iter().take_while(|b| b.is_ascii_alphabetic()).count();
            prop_assert_eq!(ascii_letters(&bytes), plain);
        }

        #[test]
        fn the_short_way_equals_the_long_one(text in "([A-Za-z]{1,9}|[ .,'’\\-0-9$é]|U\\.S\\.|EU){0,40}", joins: bool) {
            let mut long = tokens(&text, joins);
            let mut found = Vec::new();
            while long.at < text.len() {
                found.extend(long.any());
            }
            prop_assert_eq!(tokens(&text, joins).collect::<Vec<_>>(), found);
        }

        #[test]
        fn spans_are_ordered_and_on_boundaries(text in ".{0,200}", joins: bool) {
            let mut end = 0;
            for token in tokens(&text, joins) {
                prop_assert!(token.span.start >= end && token.span.end > token.span.start);
                prop_assert!(text.get(token.span.clone()).is_some());
                end = token.span.end;
            }
        }
    }
}
