//! Thresholds: from which probability on a label is given.
//!
//! Chosen on out-of-fold probabilities for F1, then drawn towards a prior where a label has few positives: the best cut of a handful of texts is mostly noise.

/// Positives at which data and prior weigh the same.
const PRIOR_WEIGHT: f64 = 8.0;
/// The threshold without data.
pub const DEFAULT: f32 = 0.5;

/// The threshold for one label.
pub fn choose(probabilities: &[f64], targets: &[bool]) -> f32 {
    let positives = targets.iter().filter(|&&t| t).count();
    if positives == 0 {
        return DEFAULT;
    }
    let best = best_cut(probabilities, targets, positives);
    let n = positives as f64;
    ((n * best + PRIOR_WEIGHT * f64::from(DEFAULT)) / (n + PRIOR_WEIGHT)) as f32
}

/// The cut with the highest F1, in the middle between its neighbours; of equal ones the highest.
fn best_cut(probabilities: &[f64], targets: &[bool], positives: usize) -> f64 {
    let mut order: Vec<(f64, bool)> = probabilities.iter().copied().zip(targets.iter().copied()).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut best = (0.0, f64::from(DEFAULT));
    let mut found = 0;
    for (i, &(probability, target)) in order.iter().enumerate() {
        found += usize::from(target);
        let next = order.get(i + 1).map_or(0.0, |o| o.0);
        if next == probability {
            continue;
        }
        let f1 = 2.0 * found as f64 / (i + 1 + positives) as f64;
        if f1 > best.0 {
            best = (f1, (probability + next) / 2.0);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cut_lies_between_the_classes() {
        let probabilities: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0).collect();
        let targets: Vec<bool> = (0..1000).map(|i| i >= 300).collect();
        assert!((choose(&probabilities, &targets) - 0.3).abs() < 0.01);
    }

    #[test]
    fn few_positives_stay_near_the_prior() {
        let threshold = choose(&[0.04, 0.01, 0.01], &[true, false, false]);
        assert!(threshold > 0.4 && threshold < 0.5);
        assert_eq!(choose(&[0.1, 0.2], &[false, false]), DEFAULT);
    }
}
