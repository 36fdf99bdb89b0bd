//! From texts to sparse rows of numbers: vocabulary, TF-IDF and cue features.

pub mod cues;
pub mod featurizer;
pub mod rows;
pub mod vocabulary;
