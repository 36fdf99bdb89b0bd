//! An evaluation as JSON.

use crate::error::{Kind, Result};
use crate::eval::Evaluation;

/// The report, indented, with a line break at its end.
///
/// # Errors
/// If it cannot be put into JSON, which has not been seen.
pub fn render(evaluation: &Evaluation) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(evaluation).map_err(|e| Kind::Json(e.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}
