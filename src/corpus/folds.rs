//! Folds for cross-validation: groups stay whole, labels spread evenly.
//!
//! Groups are dealt out one after the other, those with the rarest labels first, each to the fold that lacks its labels most
//! (iterative stratification after Sechidis, Tsoumakas and Vlahavas, 2011, with groups in place of single examples). No random numbers: the same data give the same folds.

/// For each text its fold, from 0 to `folds - 1`.
///
/// `groups[i]` is the group of text `i`, numbered from 0 without gaps; `labels[i]` are its labels, each below `label_count`.
pub fn assign(groups: &[u32], labels: &[Vec<u32>], label_count: usize, folds: usize) -> Vec<u32> {
    let group_count = groups.iter().max().map_or(0, |&g| g as usize + 1);
    // The last column counts texts, so that folds come out equally long too.
    let columns = label_count + 1;
    let mut counts = vec![0_u32; group_count * columns];
    let mut totals = vec![0_u32; columns];
    for (&group, labels) in groups.iter().zip(labels) {
        let row = &mut counts[group as usize * columns..][..columns];
        for column in labels.iter().map(|&l| l as usize).chain([label_count]) {
            row[column] += 1;
            totals[column] += 1;
        }
    }
    let of = |group: usize| &counts[group * columns..][..columns];
    // The share of a label's texts that a group holds: high for groups with rare labels and for large groups.
    let share = |column: usize, count: u32| f64::from(count) / f64::from(totals[column].max(1));
    let weight = |group: usize| {
        of(group)
            .iter()
            .enumerate()
            .map(|(c, &n)| share(c, n))
            .fold(0.0, f64::max)
    };
    let mut order: Vec<_> = (0..group_count).map(|g| (weight(g), g)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));

    let mut have = vec![0_u32; folds * columns];
    let mut fold_of_group = vec![0_u32; group_count];
    for (_, group) in order {
        let lack = |fold: usize| -> f64 {
            let have = &have[fold * columns..][..columns];
            of(group)
                .iter()
                .enumerate()
                .filter(|&(_, &n)| n > 0)
                .map(|(c, &n)| share(c, n) * (1.0 / folds as f64 - share(c, have[c])))
                .sum()
        };
        let size = |fold: usize| have[fold * columns + label_count];
        let best = (0..folds)
            .map(|fold| (fold, lack(fold)))
            .max_by(|a, b| a.1.total_cmp(&b.1).then(size(b.0).cmp(&size(a.0))).then(b.0.cmp(&a.0)))
            .map_or(0, |(fold, _)| fold);
        fold_of_group[group] = best as u32;
        for (have, &n) in have[best * columns..][..columns].iter_mut().zip(of(group)) {
            *have += n;
        }
    }
    groups.iter().map(|&g| fold_of_group[g as usize]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rare_labels_are_spread() {
        // 40 texts in 20 groups; label 1 in five groups only.
        let groups: Vec<u32> = (0..40).map(|i| i / 2).collect();
        let labels: Vec<Vec<u32>> = (0..40).map(|i| if i % 8 == 0 { vec![0, 1] } else { vec![0] }).collect();
        let folds = assign(&groups, &labels, 2, 5);
        for fold in 0..5 {
            let of = |l: u32| (0..40).filter(|&i| folds[i] == fold && labels[i].contains(&l)).count();
            assert_eq!((of(0), of(1)), (8, 1));
        }
    }

    proptest! {
        #[test]
        fn groups_stay_whole(groups in prop::collection::vec(0_u32..8, 1..60), folds in 2_usize..6) {
            // Number without gaps.
            let mut seen: Vec<u32> = groups.clone();
            seen.sort_unstable();
            seen.dedup();
            let groups: Vec<u32> = groups.iter().filter_map(|g| seen.binary_search(g).ok()).map(|g| g as u32).collect();
            let labels: Vec<Vec<u32>> = groups.iter().map(|g| vec![g % 3]).collect();
            let assigned = assign(&groups, &labels, 3, folds);
            for i in 0..groups.len() {
                prop_assert!((assigned[i] as usize) < folds);
                for j in 0..i {
                    prop_assert!(groups[i] != groups[j] || assigned[i] == assigned[j]);
                }
            }
        }
    }
}
