//! Thresholds: from which probability on a label is given.
//!
//! Chosen on calibrated out-of-fold probabilities for F1, then drawn towards a prior where a label has few positives: the best cut of a handful of texts is mostly
//! noise.

/// Positives at which data and prior weigh the same.
const PRIOR_WEIGHT: f64 = 8.0;
/// Share of the highest F1 by which a cut may stay below it: about the standard error of F1 with some hundred positives.
const NEARLY: f64 = 0.02;
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

/// The best cut: of all cuts whose F1 is nearly the highest, the one nearest to half of the highest F1. Where probabilities are calibrated that is where
/// the best cut lies (Lipton, Elkan and Naryanaswamy, 2014); the curve is flat there, and its very top a matter of chance.
fn best_cut(probabilities: &[f64], targets: &[bool], positives: usize) -> f64 {
    let cuts = cuts(probabilities, targets, positives);
    let highest = cuts.iter().map(|c| c.f1).fold(0.0, f64::max);
    let away = |cut: &&Cut| (cut.threshold - highest / 2.0).abs();
    let good = cuts.iter().filter(|cut| cut.f1 >= highest * (1.0 - NEARLY));
    good.min_by(|a, b| away(a).total_cmp(&away(b)))
        .map_or(f64::from(DEFAULT), |cut| cut.threshold)
}

struct Cut {
    /// In the middle between two neighbouring probabilities.
    threshold: f64,
    f1: f64,
}

/// All cuts with something found, from the highest down.
fn cuts(probabilities: &[f64], targets: &[bool], positives: usize) -> Vec<Cut> {
    let mut order: Vec<(f64, bool)> = probabilities.iter().copied().zip(targets.iter().copied()).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut found = 0;
    let mut cuts = Vec::new();
    for (i, &(probability, target)) in order.iter().enumerate() {
        found += usize::from(target);
        let next = order.get(i + 1).map_or(0.0, |o| o.0);
        if next != probability && found > 0 {
            cuts.push(Cut {
                threshold: (probability + next) / 2.0,
                f1: 2.0 * found as f64 / (i + 1 + positives) as f64,
            });
        }
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cut_lies_between_the_classes() {
        let probabilities: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0).collect();
        let targets: Vec<bool> = (0..1000).map(|i| i >= 300).collect();
        // The best cut is 0.3; up to 0.327 F1 is within 2% of it, and that is nearer to 0.5.
        assert!((choose(&probabilities, &targets) - 0.327).abs() < 0.005);
    }

    #[test]
    fn on_a_flat_top_half_of_the_highest_f1_is_taken() {
        // Any cut between the two groups of texts is as good as another; half of the highest F1, which is 1, is 0.5.
        let targets: Vec<bool> = (0..1000).map(|i| i < 300).collect();
        let probabilities: Vec<f64> = targets.iter().map(|&t| if t { 0.9 } else { 0.02 }).collect();
        assert!((choose(&probabilities, &targets) - 0.461).abs() < 0.001);
        // With an outlier on either side the highest cut is near 0.9, but one near 0.5 is nearly as good.
        let mut touched = probabilities.clone();
        (touched[0], touched[999], touched[998]) = (0.45, 0.85, 0.55);
        assert!((choose(&touched, &targets) - 0.5).abs() < 0.01);
    }

    #[test]
    fn few_positives_stay_near_the_prior() {
        let threshold = choose(&[0.04, 0.01, 0.01], &[true, false, false]);
        assert!(threshold > 0.4 && threshold < 0.5);
        assert_eq!(choose(&[0.1, 0.2], &[false, false]), DEFAULT);
    }
}
