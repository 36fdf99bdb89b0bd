//! The card: what a model file says about its training.

use serde::{Deserialize, Serialize};

use super::settings::{ClassWeight, Precision};
use crate::features::cues::CueSettings;
use crate::features::vocabulary::VocabularySettings;
use crate::metrics::TaskFigures;
use crate::solver::SolverKind;

/// How a model was trained and how good it was out of fold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Version of wiretag that trained it.
    pub wiretag_version: String,
    /// The training data.
    pub data: DataCard,
    /// The settings.
    pub settings: SettingsCard,
    /// What came out, task by task.
    pub tasks: Vec<TaskCard>,
}

/// The training data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataCard {
    /// Digest of texts, articles and labels in their order.
    pub digest: String,
    /// Number of texts.
    pub texts: u64,
    /// Number of groups: articles, joined where they hold near-duplicates. Zero if no folds were made.
    pub groups: u64,
}

/// Settings beyond the analyzer's, which the model file keeps beside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SettingsCard {
    /// Which n-grams became terms.
    pub vocabulary: VocabularySettings,
    /// Cue features.
    pub cues: CueSettings,
    /// The solver.
    pub solver: SolverKind,
    /// Weights of the classes.
    pub class_weight: ClassWeight,
    /// Folds of the cross-validation.
    pub folds: u32,
    /// Tolerance of pruning.
    pub prune: f64,
    /// How the weights are kept.
    pub precision: Precision,
}

/// The training of one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskCard {
    /// The task.
    pub task: String,
    /// The regularisation strength used.
    pub alpha: f64,
    /// Strengths tried and the mean log-loss out of fold, by falling strength.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alpha_search: Vec<(f64, f64)>,
    /// Labels whose solver did not reach its tolerance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_converged: Vec<String>,
    /// Figures on out-of-fold predictions with the calibration and the thresholds of the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of_fold: Option<TaskFigures>,
}
