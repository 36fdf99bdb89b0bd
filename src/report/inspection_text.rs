//! A model for the terminal: settings, out-of-fold figures, strongest features.

use super::evaluation_text::figures_text;
use super::table::printable;
use crate::model::Model;

/// The report as lines of text, with up to `top` features for each label.
pub fn render(model: &Model, top: usize) -> String {
    let card = &model.card;
    let analyzer = model.featurizer.analyzer().settings();
    let vocabulary = model.featurizer.vocabulary();
    let grams = (0..vocabulary.len()).map(|t| vocabulary.term(t).split(' ').count());
    let mut by_length = [0_usize; 9];
    grams.for_each(|n| by_length[n.min(8)] += 1);
    let lengths = by_length.iter().enumerate().filter(|&(_, &n)| n > 0);
    let lengths: Vec<String> = lengths
        .map(|(n, count)| format!("{count} of {n} word{}", if n == 1 { "" } else { "s" }))
        .collect();
    let settings = &card.settings;
    let mut text = String::new();
    let mut line = |name: &str, value: String| text.push_str(&format!("{name:<16}{value}\n"));
    line("trained with", format!("wiretag {}", card.wiretag_version));
    line(
        "training data",
        format!("{} texts, digest {}", card.data.texts, card.data.digest),
    );
    line("analyzer", {
        let (language, numbers) = (format!("{:?}", analyzer.language), format!("{:?}", analyzer.numbers));
        let stop_words = analyzer.stop_words.len();
        format!(
            "language {}, numbers {}, {stop_words} stop words",
            language.to_lowercase(),
            numbers.to_lowercase()
        )
    });
    line(
        "vocabulary",
        format!("{} terms ({})", vocabulary.len(), lengths.join(", ")),
    );
    let v = &settings.vocabulary;
    let most = v.max_features.map_or("no limit".to_owned(), |m| m.to_string());
    line(
        "",
        format!(
            "ngrams {}, min_df {}, max_df {}, max_features {most}",
            v.ngrams, v.min_df, v.max_df
        ),
    );
    line(
        "cues",
        format!(
            "{} labels, scale {}, cap {}",
            model.featurizer.cues().len(),
            settings.cues.scale,
            settings.cues.cap
        ),
    );
    let weights = format!("{:?}", settings.class_weight).to_lowercase();
    line(
        "solver",
        format!(
            "{}, class weight {weights}",
            format!("{:?}", settings.solver).to_lowercase()
        ),
    );
    line(
        "folds",
        match settings.folds {
            0 => "none: no calibration, thresholds 0.5".to_owned(),
            n => format!("{n} over {} groups of texts", card.data.groups),
        },
    );
    for (t, (task, range)) in card.tasks.iter().zip(model.schema.label_ranges()).enumerate() {
        text.push_str(&format!("\n{}: alpha {}\n", printable(&task.task), round(task.alpha)));
        if !task.alpha_search.is_empty() {
            let tried: Vec<String> = task
                .alpha_search
                .iter()
                .map(|(a, loss)| format!("{} {loss:.4}", round(*a)))
                .collect();
            text.push_str(&format!("  log-loss out of fold by alpha: {}\n", tried.join(", ")));
        }
        if !task.not_converged.is_empty() {
            text.push_str(&format!("  not converged: {}\n", task.not_converged.join(", ")));
        }
        if let Some(figures) = &task.out_of_fold {
            text.push_str("  out of fold: ");
            text.push_str(&figures_text(figures));
        }
        if top > 0 {
            text.push_str(&features_text(model, t, range.start, top));
        }
    }
    text
}

fn features_text(model: &Model, task: usize, first: usize, top: usize) -> String {
    let mut text = String::from("  strongest features\n");
    for (k, label) in model.schema.tasks[task].label_names().enumerate() {
        let strongest = model.strongest(first + k, top);
        let names: Vec<String> = strongest
            .iter()
            .map(|(name, weight)| format!("{} {weight:.2}", printable(name)))
            .collect();
        text.push_str(&format!("    {}\n", printable(label)));
        for line in wrap(&names, 90) {
            text.push_str(&format!("      {line}\n"));
        }
    }
    text
}

/// Joins items by commas into lines of at most `width` characters.
fn wrap(items: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for item in items {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 2 + item.chars().count() <= width => {
                line.push_str(", ");
                line.push_str(item);
            }
            _ => lines.push(item.clone()),
        }
    }
    lines
}

fn round(alpha: f64) -> String {
    format!("{alpha:.3e}")
        .parse::<f64>()
        .map_or_else(|_| alpha.to_string(), |a| a.to_string())
}
