//! Tasks and their labels.
//!
//! A schema is a list of tasks; a task is multi-label (any number of labels, also none) or single-choice (exactly one).
//! Nothing in this crate knows a task or label by name.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Kind, Place, Result};

/// How many labels a text can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskKind {
    /// Any number, also none.
    Multi,
    /// Exactly one.
    Single,
}

impl TaskKind {
    /// The word for it in reports.
    pub fn title(self) -> &'static str {
        match self {
            TaskKind::Multi => "multi-label",
            TaskKind::Single => "single-choice",
        }
    }
}

/// One label of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// The label as it stands in data and output: any text without line breaks.
    pub name: String,
    /// What it means, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub definition: String,
    /// Words, phrases and prefixes (`sanction*`) that speak for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cues: Vec<String>,
}

/// One question asked of every text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// The task's name in output and reports.
    pub name: String,
    /// How many labels a text can have.
    pub kind: TaskKind,
    /// The column that holds its labels; the task's name if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What the task asks, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The labels, in the order of reports.
    #[serde(rename = "label", default)]
    pub labels: Vec<Label>,
}

impl Task {
    /// The column that holds the task's labels.
    pub fn column(&self) -> &str {
        self.column.as_deref().unwrap_or(&self.name)
    }

    /// The label names, in order.
    pub fn label_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.labels.iter().map(|l| l.name.as_str())
    }
}

/// All tasks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// The tasks, in the order of output.
    #[serde(rename = "task")]
    pub tasks: Vec<Task>,
}

impl Schema {
    /// Reads a schema file.
    ///
    /// # Errors
    /// If the file cannot be read, is not valid TOML, has an unknown key, or contradicts itself.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| crate::Error::io("cannot read the schema", path, e))?;
        Self::parse(&text, Place::path(path))
    }

    /// Parses the text of a schema file; `place` is used in messages.
    ///
    /// # Errors
    /// As [`Schema::read`].
    pub fn parse(text: &str, place: Place) -> Result<Self> {
        let schema: Schema = toml::from_str(text).map_err(|e| {
            let at = e.span().map_or(0, |s| s.start.min(text.len()));
            let before = &text.as_bytes()[..at];
            let line = 1 + before.iter().filter(|&&b| b == b'\n').count() as u64;
            let column = 1 + before.iter().rev().take_while(|&&b| b != b'\n').count() as u64;
            Kind::SchemaSyntax(e.message().trim_end().to_owned()).at(place.clone().line(line).byte_column(column))
        })?;
        schema.check().map_err(|kind| kind.at(place))?;
        Ok(schema)
    }

    /// Whether names are there, unique and printable, and every task has enough labels.
    ///
    /// # Errors
    /// [`Kind::Schema`] with the offending name and the cure.
    pub fn check(&self) -> Result<(), Kind> {
        let fault = |text: String| Err(Kind::Schema(text));
        if self.tasks.is_empty() {
            return fault("no task (add a [[task]] to the schema, or use --task NAME=multi)".into());
        }
        unique("task", self.tasks.iter().map(|t| t.name.as_str()))?;
        for task in &self.tasks {
            unique(&format!("label of task {:?}", task.name), task.label_names())?;
            let least = match task.kind {
                TaskKind::Multi => 1,
                TaskKind::Single => 2,
            };
            if task.labels.len() < least {
                let (name, kind, found) = (&task.name, task.kind.title(), task.labels.len());
                return fault(format!(
                    "task {name:?} is {kind} and needs at least {least} labels, it has {found}"
                ));
            }
            for label in &task.labels {
                if let Some(cue) = label.cues.iter().find(|c| c.trim_matches(['*', ' ']).is_empty()) {
                    return fault(format!("label {:?} has an empty cue {cue:?} (delete it)", label.name));
                }
            }
        }
        Ok(())
    }

    /// The number of labels of all tasks.
    pub fn label_count(&self) -> usize {
        self.tasks.iter().map(|t| t.labels.len()).sum()
    }

    /// For each task the range of its labels among the labels of all tasks.
    pub fn label_ranges(&self) -> Vec<std::ops::Range<usize>> {
        self.tasks
            .iter()
            .scan(0, |start, task| {
                let range = *start..*start + task.labels.len();
                *start = range.end;
                Some(range)
            })
            .collect()
    }
}

/// Names are not empty, have no control characters or outer blanks, and stand once.
fn unique<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), Kind> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        if name.is_empty() || name.trim() != name || name.chars().any(char::is_control) {
            return Err(Kind::Schema(format!(
                "{what} {name:?} is empty or has outer blanks or control characters (rename it)"
            )));
        }
        if !seen.insert(name) {
            return Err(Kind::Schema(format!(
                "{what} {name:?} stands twice (rename or delete one)"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Schema> {
        Schema::parse(text, Place::source("s.toml"))
    }

    #[test]
    fn reads_tasks_in_order_and_counts_label_ranges() -> Result<()> {
        let schema = parse(
            "[[task]]\nname='b'\nkind='multi'\nlabel=[{name='x, y'},{name='ü'}]\n\
             [[task]]\nname='a'\nkind='single'\ncolumn='A'\nlabel=[{name='1'},{name='2'}]",
        )?;
        assert_eq!(schema.label_ranges(), [0..2, 2..4]);
        assert_eq!(schema.tasks[0].column(), "b");
        assert_eq!(schema.tasks[1].column(), "A");
        Ok(())
    }

    #[test]
    fn faults_name_the_line_and_the_cure() {
        let message = |text| parse(text).map_or_else(|e| e.to_string(), |_| String::new());
        insta::assert_snapshot!(message("[[task]]\nname='a'\nkind='many'"), @r#"s.toml:3:6: not a valid schema: unknown variant `many`, expected `multi` or `single`"#);
        insta::assert_snapshot!(message("[[task]]\nname='a'\nkind='single'\nlabel=[{name='x'}]"), @r#"s.toml: task "a" is single-choice and needs at least 2 labels, it has 1"#);
        insta::assert_snapshot!(message("[[task]]\nname='a'\nkind='multi'\nlabel=[{name='x'},{name='x'}]"), @r#"s.toml: label of task "a" "x" stands twice (rename or delete one)"#);
    }
}
