//! Records as JSON, one object a line.

use std::ops::Range;

use super::record::{Keep, Position, Record, ScoresKept, Status, push_integer, push_probability};
use crate::corpus::rows::Value;
use crate::corpus::scan::plain_json;
use crate::model::explain::Explanation;
use crate::schema::{Schema, TaskKind};

/// Writes records. Names and the punctuation around them are put together once.
#[derive(Debug)]
pub struct JsonlWriter {
    tasks: Vec<TaskText>,
    /// For each label what stands before its probability if those of all labels go along.
    all_scores: Vec<Vec<u8>>,
    keep: Keep,
    scores: ScoresKept,
    text_column: String,
    id_column: String,
}

/// The pieces of JSON that a task is written with.
#[derive(Debug)]
struct TaskText {
    kind: TaskKind,
    /// The task's labels among all.
    range: Range<usize>,
    /// `"task":`
    key: Vec<u8>,
    /// `"label"`
    labels: Vec<Vec<u8>>,
}

fn json(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    push_string(&mut out, text);
    out
}

fn push_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let plain = plain_json(rest);
        out.extend_from_slice(&rest[..plain]);
        let Some(&special) = rest.get(plain) else { break };
        push_escaped(out, special);
        rest = &rest[plain + 1..];
    }
    out.push(b'"');
}

fn push_escaped(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        b'"' | b'\\' => byte,
        0x8 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0xc => b'f',
        b'\r' => b'r',
        _ => {
            out.extend_from_slice(b"\\u00");
            out.extend([byte >> 4, byte & 15].map(|digit| HEX[usize::from(digit)]));
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

fn push_number(out: &mut Vec<u8>, number: impl serde::Serialize) {
    // Writing to memory cannot fail.
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
        let tasks = schema
            .tasks
            .iter()
            .zip(schema.label_ranges())
            .map(|(task, range)| TaskText {
                kind: task.kind,
                range,
                key: [json(&task.name), b":".to_vec()].concat(),
                labels: task.label_names().map(json).collect(),
            });
        let tasks: Vec<TaskText> = tasks.collect();
        Self {
            all_scores: tasks.iter().enumerate().flat_map(before_scores).collect(),
            tasks,
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
                given,
                explanations,
            } => self.push_tags(out, scores, given, explanations),
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
                push_integer(out, *number);
                if let Some(span) = span {
                    out.extend_from_slice(b",\"span\":");
                    push_number(out, [span.start, span.end]);
                }
            }
            Position::Row { number, .. } => {
                out.extend_from_slice(b",\"row\":");
                push_integer(out, *number);
            }
            Position::Whole => {}
        }
    }

    fn push_tags(&self, out: &mut Vec<u8>, scores: &[f32], given: &[bool], explanations: &[Explanation]) {
        out.extend_from_slice(b",\"labels\":");
        push_all(out, *b"{}", self.tasks.iter(), |out, task| {
            out.extend_from_slice(&task.key);
            let mut labels = task.given(given).map(|label| &task.labels[label]);
            match task.kind {
                TaskKind::Multi => push_all(out, *b"[]", labels, |out, label| out.extend_from_slice(label)),
                TaskKind::Single => out.extend_from_slice(labels.next().map_or(b"null", |label| label)),
            }
        });
        match self.scores {
            ScoresKept::All => {
                for (before, &score) in self.all_scores.iter().zip(scores) {
                    out.extend_from_slice(before);
                    push_probability(out, score);
                }
                out.extend_from_slice(b"}}");
            }
            ScoresKept::Given => {
                out.extend_from_slice(b",\"scores\":");
                push_all(out, *b"{}", self.tasks.iter(), |out, task| {
                    out.extend_from_slice(&task.key);
                    push_all(out, *b"{}", task.given(given), |out, label| {
                        out.extend_from_slice(&task.labels[label]);
                        out.push(b':');
                        push_probability(out, scores[task.range.start + label]);
                    });
                });
            }
            ScoresKept::None => {}
        }
        if !explanations.is_empty() {
            out.extend_from_slice(b",\"explanation\":");
            self.push_explanations(out, explanations);
        }
    }

    fn push_explanations(&self, out: &mut Vec<u8>, explanations: &[Explanation]) {
        let of_task = |task: &TaskText| {
            let labels = task.range.clone();
            explanations.iter().filter(move |e| labels.contains(&e.label))
        };
        let tasks = self.tasks.iter().filter(|task| of_task(task).next().is_some());
        push_all(out, *b"{}", tasks, |out, task| {
            out.extend_from_slice(&task.key);
            push_all(out, *b"{}", of_task(task), |out, explanation| {
                out.extend_from_slice(&task.labels[explanation.label - task.range.start]);
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
        if self.keep == Keep::None {
            return;
        }
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
            push_string(out, &name);
            out.push(b':');
            match value {
                Value::Cell(cell) => push_string(out, &cell),
                Value::Json(raw) => out.extend_from_slice(raw.as_bytes()),
            }
        });
    }
}

impl TaskText {
    /// The labels given, numbered within the task.
    fn given(&self, given: &[bool]) -> impl Iterator<Item = usize> {
        let own = given[self.range.clone()].iter().enumerate();
        own.filter(|(_, given)| **given).map(|(label, _)| label)
    }
}

/// What stands before each probability of a task in `"scores":{"task":{"label":…,"label":…},"task":{…}}`.
fn before_scores((t, task): (usize, &TaskText)) -> impl Iterator<Item = Vec<u8>> {
    let opening: &[u8] = if t == 0 { b",\"scores\":{" } else { b"}," };
    let labels = task.labels.iter().enumerate();
    labels.map(move |(k, label)| match k {
        0 => [opening, &task.key, b"{", label, b":"].concat(),
        _ => [b",", label.as_slice(), b":"].concat(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped_as_serde_json_does() {
        let all: String = (0..=0x100_u32).filter_map(char::from_u32).collect();
        for text in ["", "plain", &all, &all.repeat(3), "\"", "\u{2028}\u{10ffff}"] {
            assert_eq!(json(text), serde_json::to_vec(text).unwrap());
        }
    }
}
