//! The model: featurizer, linear classifier, calibration and thresholds as one thing that is trained, saved, loaded and asked.

pub mod calibration;
pub mod card;
pub mod explain;
pub mod file;
pub mod linear;
pub mod pruning;
pub mod search;
pub mod settings;
pub mod tagger;
mod tensors;
pub mod thresholds;
pub mod training;

use crate::corpus::near::Fingerprint;
use crate::features::featurizer::Featurizer;
use crate::schema::Schema;
use card::Card;
use linear::Linear;

/// All that prediction needs, and what is known about its training.
#[derive(Debug)]
pub struct Model {
    /// Tasks and labels.
    pub schema: Schema,
    /// From text to features.
    pub featurizer: Featurizer,
    /// From features to decision functions, calibrated.
    pub linear: Linear,
    /// For each label of a multi-label task the probability from which on it is given.
    pub thresholds: Vec<f32>,
    /// Fingerprints of the training texts, sorted.
    pub fingerprints: Vec<Fingerprint>,
    /// How it was trained and how good it was out of fold.
    pub card: Card,
}
