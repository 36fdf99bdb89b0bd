//! An evaluation for the terminal.

use super::table::{Table, figure, printable};
use crate::eval::{EvaluatedTask, Evaluation};
use crate::metrics::{Scores, TaskFigures};
use crate::schema::TaskKind;

/// The report as lines of text.
pub fn render(evaluation: &Evaluation) -> String {
    let mut text = String::new();
    for task in &evaluation.tasks {
        text.push_str(&task_text(task));
        text.push('\n');
    }
    if evaluation.no_known_words > 0 {
        text.push_str(&format!(
            "Texts without a known word, which got no label: {}.\n",
            evaluation.no_known_words
        ));
    }
    text.push_str("Macro averages are over all labels of the task; one without support and prediction counts 0.\n");
    text
}

fn task_text(task: &EvaluatedTask) -> String {
    let mut text = figures_text(&task.figures);
    if !task.unknown_labels.is_empty() {
        let names: Vec<String> = task.unknown_labels.iter().map(|l| format!("{l:?}")).collect();
        text.push_str(&format!(
            "  not known to the model, counted as misses: {}\n",
            names.join(", ")
        ));
    }
    text
}

/// The tables of one task.
pub fn figures_text(figures: &TaskFigures) -> String {
    let kind = figures.kind.title();
    let texts = if figures.texts == 1 { "text" } else { "texts" };
    let mut text = format!("{} ({kind}, {} {texts})\n", printable(&figures.task), figures.texts);
    let mut table = Table::new(&["label", "precision", "recall", "f1", "support", "predicted"]);
    let scored = |name: &str, scores: &Scores| {
        vec![
            name.to_owned(),
            figure(scores.precision),
            figure(scores.recall),
            figure(scores.f1),
        ]
    };
    for label in &figures.labels {
        let mut row = scored(&label.label, &label.scores);
        row.extend([label.support.to_string(), label.predicted.to_string()]);
        table.row(row);
    }
    table.row(scored("micro", &figures.micro));
    table.row(scored("macro", &figures.macro_average));
    table.row(scored("weighted", &figures.weighted));
    text.push_str(&table.render(2));
    let name = match figures.kind {
        TaskKind::Multi => "subset accuracy",
        TaskKind::Single => "accuracy",
    };
    text.push_str(&format!("  {name} {}\n", figure(figures.accuracy)));
    if let Some(confusion) = &figures.confusion {
        text.push_str(&confusion_text(figures, confusion));
    }
    text
}

fn confusion_text(figures: &TaskFigures, confusion: &[Vec<u64>]) -> String {
    let none = confusion.iter().any(|row| row.last() != Some(&0));
    let mut header = vec!["gold \\ predicted"];
    header.extend(figures.labels.iter().map(|l| l.label.as_str()));
    if none {
        header.push("(none)");
    }
    let mut table = Table::new(&header);
    for (label, row) in figures.labels.iter().zip(confusion) {
        let cells = row.iter().take(header.len() - 1).map(u64::to_string);
        table.row([label.label.clone()].into_iter().chain(cells));
    }
    format!("  confusion\n{}", table.render(4))
}
