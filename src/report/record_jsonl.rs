//! Records as JSON, one object a line.

use super::record::{Keep, Position, Record, ScoresKept, Status, push_probability};
use crate::corpus::rows::Value;
use crate::model::explain::Explanation;
use crate::schema::{Schema, TaskKind};

/// Writes records; keys are escaped once.
#[derive(Debug)]
pub struct JsonlWriter {
    /// For each task its name and its labels as JSON strings, and its kind.
    tasks: Vec<(Vec<u8>, TaskKind, Vec<Vec<u8>>)>,
    /// First label of each task among all labels.
    starts: Vec<usize>,
    keep: Keep,
    scores: ScoresKept,
    text_column: String,
    id_column: String,
}

fn json(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    push_string(&mut out, text);
    out
}

fn push_string(out: &mut Vec<u8>, text: &str) {
    // Writing a string to memory cannot fail.
    let _ = serde_json::to_writer(out, text);
}

fn push_number(out: &mut Vec<u8>, number: impl serde::Serialize) {
    let _ = serde_json::to_writer(out, &number);
}

/// Opens with `{` or `[`, puts commas between items, closes.
fn push_all<T>(
    out: &mut Vec<u8>,
    brackets: [u8; 2],
    items: impl Iterator<Item = T>,
    mut push: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(brackets[0]);
    for (i, item) in items.enumerate() {
        if i > 0 {
            out.push(b',');
        }
        push(out, item);
    }
    out.push(brackets[1]);
}

impl JsonlWriter {
    /// A writer for records of this schema.
    pub fn new(schema: &Schema, keep: Keep, scores: ScoresKept, text_column: &str, id_column: &str) -> Self {
        Self {
            tasks: schema
                .tasks
                .iter()
                .map(|t| (json(&t.name), t.kind, t.label_names().map(json).collect()))
                .collect(),
            starts: schema.label_ranges().iter().map(|r| r.start).collect(),
            keep,
            scores,
            text_column: text_column.to_owned(),
            id_column: id_column.to_owned(),
        }
    }

    /// Appends a record and a line break.
    pub fn push(&self, out: &mut Vec<u8>, record: &Record<'_>) {
        out.extend_from_slice(b"{\"source\":");
        push_string(out, record.source);
        self.push_position(out, &record.position);
        if let Some(text) = record.text {
            out.extend_from_slice(b",\"text\":");
            push_string(out, text);
        }
        out.extend_from_slice(b",\"status\":\"");
        out.extend_from_slice(record.status.name().as_bytes());
        out.push(b'"');
        match &record.status {
            Status::Tagged {
                scores,
                labels,
                explanations,
            } => self.push_tags(out, scores, labels, explanations),
            Status::Boilerplate(rule) => {
                out.extend_from_slice(b",\"rule\":");
                push_string(out, rule.name());
            }
            Status::Error(message) => {
                out.extend_from_slice(b",\"message\":");
                push_string(out, message);
            }
            Status::Empty | Status::NoKnownWords => {}
        }
        self.push_input(out, &record.position);
        out.extend_from_slice(b"}\n");
    }

    fn push_position(&self, out: &mut Vec<u8>, position: &Position<'_>) {
        match position {
            Position::Paragraph { number, span } => {
                out.extend_from_slice(b",\"paragraph\":");
                push_number(out, number);
                if let Some(span) = span {
                    out.extend_from_slice(b",\"span\":");
                    push_number(out, [span.start, span.end]);
                }
            }
            Position::Row { number, .. } => {
                out.extend_from_slice(b",\"row\":");
                push_number(out, number);
            }
            Position::Whole => {}
        }
    }

    fn push_tags(&self, out: &mut Vec<u8>, scores: &[f32], labels: &[Vec<usize>], explanations: &[Explanation]) {
        out.extend_from_slice(b",\"labels\":");
        push_all(
            out,
            *b"{}",
            self.tasks.iter().zip(labels),
            |out, ((task, kind, names), given)| {
                out.extend_from_slice(task);
                out.push(b':');
                match (kind, given.first()) {
                    (TaskKind::Single, Some(&label)) => out.extend_from_slice(&names[label]),
                    (TaskKind::Single, None) => out.extend_from_slice(b"null"),
                    (TaskKind::Multi, _) => push_all(out, *b"[]", given.iter(), |out, &label| {
                        out.extend_from_slice(&names[label])
                    }),
                }
            },
        );
        if self.scores != ScoresKept::None {
            out.extend_from_slice(b",\"scores\":");
            let tasks = self.tasks.iter().zip(&self.starts).zip(labels);
            push_all(out, *b"{}", tasks, |out, (((task, _, names), start), given)| {
                out.extend_from_slice(task);
                out.push(b':');
                let kept = (0..names.len()).filter(|label| self.scores == ScoresKept::All || given.contains(label));
                push_all(out, *b"{}", kept, |out, label| {
                    out.extend_from_slice(&names[label]);
                    out.push(b':');
                    push_probability(out, scores[start + label]);
                });
            });
        }
        if !explanations.is_empty() {
            out.extend_from_slice(b",\"explanation\":");
            self.push_explanations(out, explanations);
        }
    }

    fn push_explanations(&self, out: &mut Vec<u8>, explanations: &[Explanation]) {
        let of_task = |t: usize| {
            let labels = self.starts[t]..self.starts[t] + self.tasks[t].2.len();
            explanations.iter().filter(move |e| labels.contains(&e.label))
        };
        let tasks = (0..self.tasks.len()).filter(|&t| of_task(t).next().is_some());
        push_all(out, *b"{}", tasks, |out, t| {
            out.extend_from_slice(&self.tasks[t].0);
            out.push(b':');
            push_all(out, *b"{}", of_task(t), |out, explanation| {
                out.extend_from_slice(&self.tasks[t].2[explanation.label - self.starts[t]]);
                out.extend_from_slice(b":{\"score\":");
                push_number(out, explanation.score);
                out.extend_from_slice(b",\"bias\":");
                push_number(out, explanation.bias);
                out.extend_from_slice(b",\"features\":");
                push_all(out, *b"[]", explanation.contributions.iter(), |out, c| {
                    out.extend_from_slice(b"{\"feature\":");
                    push_string(out, &c.feature);
                    out.extend_from_slice(b",\"contribution\":");
                    push_number(out, c.contribution);
                    out.extend_from_slice(b",\"spans\":");
                    push_all(out, *b"[]", c.spans.iter(), |out, span| {
                        push_number(out, [span.start, span.end])
                    });
                    out.push(b'}');
                });
                out.extend_from_slice(b",\"rest\":");
                push_number(out, explanation.rest);
                out.push(b'}');
            });
        });
    }

    fn push_input(&self, out: &mut Vec<u8>, position: &Position<'_>) {
        let Position::Row { fields: Some(row), .. } = position else {
            return;
        };
        let kept = row.iter().filter(|(name, _)| match self.keep {
            Keep::All => *name != self.text_column,
            Keep::Id => *name == self.id_column,
            Keep::None => false,
        });
        let mut kept = kept.peekable();
        if kept.peek().is_none() {
            return;
        }
        out.extend_from_slice(b",\"input\":");
        push_all(out, *b"{}", kept, |out, (name, value)| {
            push_string(out, name);
            out.push(b':');
            match value {
                Value::Cell(cell) => push_string(out, cell),
                Value::Json(raw) => out.extend_from_slice(raw.get().as_bytes()),
            }
        });
    }
}
