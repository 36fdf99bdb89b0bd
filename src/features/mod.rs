//! From texts to sparse rows of numbers: vocabulary, TF-IDF and cue features.

pub mod cues;
pub mod encoder;
pub mod featurizer;
pub mod rows;
mod surfaces;
pub mod vocabulary;
