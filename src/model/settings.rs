//! Settings of a training run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Kind, Result, did_you_mean};
use crate::features::featurizer::FeatureSettings;
use crate::schema::Schema;
use crate::solver::estimator::check_alpha;
use crate::solver::problem::ClassCosts;
use crate::solver::{SolverKind, Stopping};

/// The regularisation strength.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Alpha {
    /// Chosen for each task by cross-validated log-loss.
    #[default]
    Search,
    /// This one for all tasks.
    Fixed(f64),
}

/// How positive and negative texts of a label weigh in training.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClassWeight {
    /// All the same.
    #[default]
    None,
    /// In inverse proportion to their number.
    Balanced,
    /// Positive texts of these labels (`task.label`) by this factor.
    Labels(BTreeMap<String, f64>),
}

/// How the weights are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
#[value(rename_all = "lower")]
pub enum Precision {
    /// In two bytes each, with eleven binary digits: no figure tells the difference.
    #[default]
    F16,
    /// In four bytes each.
    F32,
}

/// All settings of a training run.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainSettings {
    /// From text to features.
    pub features: FeatureSettings,
    /// The solver.
    pub solver: SolverKind,
    /// When it stops.
    pub stopping: Stopping,
    /// The regularisation strength.
    pub alpha: Alpha,
    /// Weights of the classes.
    pub class_weight: ClassWeight,
    /// Folds of the cross-validation for alpha, calibration and thresholds; 0 for none of these.
    pub folds: u32,
    /// Tolerance of [`super::pruning::prune`].
    pub prune: f64,
    /// How the weights are kept.
    pub precision: Precision,
}

/// The strength that is used where none is searched for or given.
pub const DEFAULT_ALPHA: f64 = 0.1;

impl Default for TrainSettings {
    fn default() -> Self {
        Self {
            features: FeatureSettings::default(),
            solver: SolverKind::default(),
            stopping: Stopping::default(),
            alpha: Alpha::default(),
            class_weight: ClassWeight::default(),
            folds: 5,
            prune: 0.008,
            precision: Precision::default(),
        }
    }
}

impl TrainSettings {
    /// Whether all settings are in range and fit the schema.
    ///
    /// # Errors
    /// [`Kind::Setting`] or [`Kind::Usage`].
    pub fn check(&self, schema: &Schema) -> Result<()> {
        self.features.vocabulary.check()?;
        if let Alpha::Fixed(alpha) = self.alpha {
            check_alpha(alpha)?;
        }
        if self.folds == 1 || self.folds > 100 {
            let wanted = "0 (no cross-validation) or from 2 to 100".into();
            return Err(Kind::Setting {
                name: "folds",
                wanted,
                found: self.folds.to_string(),
            }
            .into());
        }
        if !(0.0..1.0).contains(&self.prune) {
            return Err(Kind::Setting {
                name: "prune",
                wanted: "a share from 0 to below 1".into(),
                found: self.prune.to_string(),
            }
            .into());
        }
        let scale = self.features.cues.scale;
        if !(scale.is_finite() && scale >= 0.0) {
            let wanted = "zero or a positive number".into();
            return Err(Kind::Setting {
                name: "cue-scale",
                wanted,
                found: scale.to_string(),
            }
            .into());
        }
        if let ClassWeight::Labels(weights) = &self.class_weight {
            let known: Vec<String> = label_paths(schema).collect();
            for (path, &weight) in weights {
                if !known.contains(path) {
                    let near = did_you_mean(path, known.iter().map(String::as_str));
                    return Err(Kind::Usage(format!(
                        "--class-weight names {path:?}, which is no TASK.LABEL of the schema{near}"
                    ))
                    .into());
                }
                if !(weight.is_finite() && weight > 0.0) {
                    let wanted = "a positive number".into();
                    return Err(Kind::Setting {
                        name: "class-weight",
                        wanted,
                        found: weight.to_string(),
                    }
                    .into());
                }
            }
        }
        Ok(())
    }

    /// The class costs of each label, numbered through all tasks.
    pub fn class_costs(&self, schema: &Schema) -> Vec<ClassCosts> {
        label_paths(schema)
            .map(|path| match &self.class_weight {
                ClassWeight::None => ClassCosts::default(),
                ClassWeight::Balanced => ClassCosts::Balanced,
                ClassWeight::Labels(weights) => ClassCosts::Fixed {
                    positive: weights.get(&path).copied().unwrap_or(1.0),
                    negative: 1.0,
                },
            })
            .collect()
    }
}

/// `task.label` for all labels in order.
pub fn label_paths(schema: &Schema) -> impl Iterator<Item = String> + '_ {
    schema
        .tasks
        .iter()
        .flat_map(|t| t.label_names().map(|l| format!("{}.{l}", t.name)))
}
