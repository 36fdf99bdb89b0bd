//! The one analyzer that training and prediction share: from a token to its normal form.
//!
//! | token | normal form |
//! |---|---|
//! | word | lower case, typographic apostrophes made plain, soft hyphens dropped, composed (NFC), stemmed; nothing if it is a stop word |
//! | number | as written ([`Numbers::Keep`]); `0` for every plain number but years, which stay ([`Numbers::Fold`]); nothing ([`Numbers::Drop`]) |
//! | acronym | letters without dots: in capitals if there are two (`US`), else in lower case (`nato`, `uae`) |
//! | sign | itself; `"` for all quotation marks |
//!
//! A normal form depends on the token alone, so it can be looked up by surface form. Forms never hold a space.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rust_stemmers::Stemmer;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::language::Language;
use super::token::{Token, TokenKind, Tokens, tokens};

/// Double quotation marks, which all have one normal form.
const QUOTATION_MARKS: [&str; 7] = ["\"", "“", "”", "„", "‟", "«", "»"];

/// What becomes of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
#[value(rename_all = "lower")]
pub enum Numbers {
    /// They stay as they are written.
    Keep,
    /// Years from 1900 to 2099 and numbers with letters (`5bn`) stay; all others become `0`.
    #[default]
    Fold,
    /// They are left out.
    Drop,
}

/// All that decides a normal form; part of the model file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnalyzerSettings {
    /// The stemmer.
    pub language: Language,
    /// What becomes of numbers.
    pub numbers: Numbers,
    /// Words left out, in lower case.
    pub stop_words: BTreeSet<String>,
}

/// Turns texts into tokens and tokens into normal forms.
pub struct Analyzer {
    settings: AnalyzerSettings,
    stemmer: Option<Stemmer>,
    stop_words: FxHashSet<String>,
}

impl std::fmt::Debug for Analyzer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Analyzer").field(&self.settings).finish()
    }
}

impl Analyzer {
    /// An analyzer for these settings.
    pub fn new(settings: AnalyzerSettings) -> Self {
        Self {
            stemmer: settings.language.algorithm().map(Stemmer::create),
            stop_words: settings.stop_words.iter().cloned().collect(),
            settings,
        }
    }

    /// The settings it was made with.
    pub fn settings(&self) -> &AnalyzerSettings {
        &self.settings
    }

    /// The tokens of a text.
    pub fn tokens<'t>(&self, text: &'t str) -> Tokens<'t> {
        tokens(text, self.settings.language.apostrophe_joins())
    }

    /// The normal form of a token's surface form; nothing if the token is left out.
    pub fn normal_form(&self, surface: &str, kind: TokenKind) -> Option<String> {
        let form = match kind {
            TokenKind::Sign if QUOTATION_MARKS.contains(&surface) => "\"".to_owned(),
            TokenKind::Sign => surface.to_owned(),
            TokenKind::Acronym => {
                let letters: String = surface.chars().filter(|&c| c != '.').collect();
                if letters.chars().count() == 2 && letters.chars().all(char::is_uppercase) {
                    letters
                } else {
                    letters.to_lowercase()
                }
            }
            TokenKind::Number => match self.settings.numbers {
                Numbers::Drop => return None,
                Numbers::Fold if is_plain_number(surface) => "0".to_owned(),
                _ => self.lower_case(surface).into_owned(),
            },
            TokenKind::Word => {
                let lower = self.lower_case(surface);
                if self.stop_words.contains(lower.as_ref()) {
                    return None;
                }
                match &self.stemmer {
                    Some(stemmer) => stemmer.stem(&lower).into_owned(),
                    None => lower.into_owned(),
                }
            }
        };
        // The stemmers of some languages can leave nothing.
        (!form.is_empty()).then_some(form)
    }

    /// The normal forms of a whole text with their tokens: the plain, slow path that every faster one must equal.
    pub fn analyze<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (Token, String)> + 'a {
        self.tokens(text).filter_map(|token| {
            let form = self.normal_form(&text[token.span.clone()], token.kind)?;
            Some((token, form))
        })
    }

    /// Lower case with plain apostrophes, composed, without invisible characters.
    pub fn lower_case<'s>(&self, surface: &'s str) -> Cow<'s, str> {
        if surface.is_ascii() && self.settings.language != Language::Turkish {
            return if surface.bytes().any(|b| b.is_ascii_uppercase()) {
                Cow::Owned(surface.to_ascii_lowercase())
            } else {
                Cow::Borrowed(surface)
            };
        }
        let turkish = self.settings.language == Language::Turkish;
        let lower: String = surface
            .chars()
            .filter(|c| !matches!(c, '\u{00AD}' | '\u{2060}' | '\u{FE00}'..='\u{FE0F}'))
            .flat_map(|c| match c {
                '\u{2019}' | '\u{02BC}' => '\''.to_lowercase(),
                'I' if turkish => 'ı'.to_lowercase(),
                'İ' if turkish => 'i'.to_lowercase(),
                c => c.to_lowercase(),
            })
            .collect();
        Cow::Owned(if is_nfc(&lower) { lower } else { lower.nfc().collect() })
    }
}

/// Digits with dots and commas, and no year.
fn is_plain_number(surface: &str) -> bool {
    let digits = surface.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','));
    let year = surface.len() == 4 && (surface.starts_with("19") || surface.starts_with("20"));
    digits && !(year && surface.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn forms(settings: AnalyzerSettings, text: &str) -> Vec<String> {
        Analyzer::new(settings).analyze(text).map(|(_, form)| form).collect()
    }

    #[test]
    fn english_news() {
        assert_eq!(
            forms(
                AnalyzerSettings::default(),
                "The U.S. sanctioned Russia’s tankers; US officials gave us 1,200 reasons in 2014."
            ),
            [
                "the", "US", "sanction", "russia", "tanker", "US", "offici", "gave", "us", "0", "reason", "in", "2014"
            ]
        );
    }

    #[test]
    fn settings_are_obeyed() {
        let plain = AnalyzerSettings {
            language: Language::None,
            numbers: Numbers::Keep,
            stop_words: ["the".to_owned()].into(),
        };
        assert_eq!(forms(plain.clone(), "The talks, 3.5 hours"), ["talks", "3.5", "hours"]);
        let dropped = AnalyzerSettings {
            numbers: Numbers::Drop,
            ..plain
        };
        assert_eq!(forms(dropped, "The talks, 3.5 hours"), ["talks", "hours"]);
    }

    #[test]
    fn languages_have_their_own_rules() {
        let of = |language| AnalyzerSettings {
            language,
            ..AnalyzerSettings::default()
        };
        assert_eq!(
            forms(of(Language::French), "L'énergie nucléaire"),
            ["l", "énerg", "nucléair"]
        );
        assert_eq!(forms(of(Language::German), "Die Verhandlungen"), ["die", "verhandl"]);
        assert_eq!(forms(of(Language::Turkish), "ISPARTA İran"), ["ıspar", "ira"]);
        assert_eq!(forms(of(Language::Russian), "санкции"), ["санкц"]);
    }

    proptest! {
        #[test]
        fn forms_hold_no_space_and_every_language_survives(text in "\\PC{0,80}", n in 0usize..19) {
            use clap::ValueEnum;
            let language = Language::value_variants()[n];
            for form in forms(AnalyzerSettings { language, ..AnalyzerSettings::default() }, &text) {
                prop_assert!(!form.is_empty() && !form.contains(' '));
            }
        }
    }
}
