//! From bytes to words: articles, paragraphs, boilerplate, tokens and their normal forms.

pub mod analyzer;
pub mod article;
pub mod boilerplate;
pub mod language;
pub mod token;
