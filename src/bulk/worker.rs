//! A worker: from a batch of raw records to bytes of output.

use super::{Boilerplate, BulkCounts, BulkOptions, RecordWriter};
use crate::corpus::batch::{Batch, Records};
use crate::corpus::input::OnBadRow;
use crate::corpus::rows::Row;
use crate::error::{Error, Kind, Result};
use crate::model::Model;
use crate::model::tagger::{Tagger, Verdict, choose};
use crate::report::record::{Position, Record, Status};
use crate::text::{article, boilerplate};

/// Tags batches one after the other.
pub(super) struct Worker<'a> {
    model: &'a Model,
    options: &'a BulkOptions,
    writer: &'a RecordWriter,
    tagger: Tagger<'a>,
}

/// The bytes of a batch and what was in it.
pub(super) struct Done {
    pub bytes: Vec<u8>,
    pub counts: BulkCounts,
}

impl<'a> Worker<'a> {
    pub fn new(model: &'a Model, options: &'a BulkOptions, writer: &'a RecordWriter) -> Self {
        let tagger = Tagger::with_thresholds(model, &options.thresholds);
        Self {
            model,
            options,
            writer,
            tagger,
        }
    }

    /// Tags a batch.
    pub fn run(&mut self, batch: &Batch) -> Result<Done> {
        let mut done = Done {
            bytes: Vec::new(),
            counts: BulkCounts::default(),
        };
        match &batch.records {
            Records::Article { text, has_spans } => self.article(&mut done, &batch.source, text, *has_spans)?,
            Records::Lines { .. } | Records::Table { .. } => {
                for row in batch.rows() {
                    self.row(&mut done, &batch.source, row)?;
                }
            }
        }
        Ok(done)
    }

    /// Answers for a source that could not be read, if bad rows are skipped. A quote that is never closed is more than a bad row:
    /// nobody can say how many rows it has swallowed.
    pub fn unreadable(&self, source: &str, error: Error) -> Result<Done> {
        if matches!(error.kind, Kind::UnclosedQuote) {
            return Err(error);
        }
        let mut done = Done {
            bytes: Vec::new(),
            counts: BulkCounts::default(),
        };
        self.bad(&mut done, source, Position::Whole, error)?;
        Ok(done)
    }

    fn article(&mut self, done: &mut Done, source: &str, text: &str, has_spans: bool) -> Result<()> {
        let blocks = article::blocks(text);
        if blocks.is_empty() {
            return self.write(done, source, Position::Whole, None, Status::Empty);
        }
        let rules = match self.options.boilerplate {
            Boilerplate::Mark => boilerplate::label(&blocks.iter().map(|b| b.text.as_ref()).collect::<Vec<_>>()),
            Boilerplate::Tag => vec![None; blocks.len()],
        };
        for ((block, rule), number) in blocks.iter().zip(rules).zip(1..) {
            let span = has_spans.then(|| block.span.clone());
            let position = Position::Paragraph { number, span };
            match rule {
                Some(rule) => self.write(done, source, position, Some(&block.text), Status::Boilerplate(rule))?,
                None => self.text(done, source, position, &block.text)?,
            }
        }
        Ok(())
    }

    fn row(&mut self, done: &mut Done, source: &str, row: Result<Row<'_>, (u64, Error)>) -> Result<()> {
        let row = match row {
            Ok(row) => row,
            Err((number, error)) => return self.bad(done, source, Position::Row { number, fields: None }, error),
        };
        let position = Position::Row {
            number: row.number,
            fields: Some(&row),
        };
        let column = self.options.input.text_column.as_str();
        match row.text(column) {
            Ok(text) => self.text(done, source, position, &text),
            Err(kind) => self.bad(done, source, position, kind.at(row.place(source, column))),
        }
    }

    /// Answers for what could not be read, or passes the error on.
    fn bad(&self, done: &mut Done, source: &str, position: Position<'_>, error: Error) -> Result<()> {
        match self.options.input.on_bad_row {
            OnBadRow::Fail => Err(error),
            OnBadRow::Skip => self.write(done, source, position, None, Status::Error(error.to_string())),
        }
    }

    fn text(&mut self, done: &mut Done, source: &str, position: Position<'_>, text: &str) -> Result<()> {
        let Self {
            model, options, tagger, ..
        } = self;
        let mut labels = Vec::new();
        let status = match tagger.tag(text) {
            Verdict::Empty => Status::Empty,
            Verdict::NoKnownWords => Status::NoKnownWords,
            Verdict::Tagged(scores) => {
                let tasks = 0..model.schema.tasks.len();
                labels.extend(tasks.map(|t| choose(model, &options.thresholds, t, scores).collect::<Vec<_>>()));
                let explanations = match options.explain {
                    0 => Vec::new(),
                    top => {
                        let starts = model.schema.label_ranges();
                        let given = labels
                            .iter()
                            .zip(starts)
                            .flat_map(|(own, range)| own.iter().map(move |l| range.start + l));
                        model.explain(text, &given.collect::<Vec<_>>(), top)
                    }
                };
                Status::Tagged {
                    scores,
                    labels: &labels,
                    explanations,
                }
            }
        };
        let record = Record {
            source,
            position,
            text: Some(text),
            status,
        };
        push(self.writer, done, &record)
    }

    fn write(
        &self,
        done: &mut Done,
        source: &str,
        position: Position<'_>,
        text: Option<&str>,
        status: Status<'_>,
    ) -> Result<()> {
        let record = Record {
            source,
            position,
            text,
            status,
        };
        push(self.writer, done, &record)
    }
}

fn push(writer: &RecordWriter, done: &mut Done, record: &Record<'_>) -> Result<()> {
    count(&mut done.counts, &record.status);
    writer.push(&mut done.bytes, record)
}

fn count(counts: &mut BulkCounts, status: &Status<'_>) {
    counts.read += 1;
    *match status {
        Status::Tagged { .. } => &mut counts.tagged,
        Status::Boilerplate(_) => &mut counts.boilerplate,
        Status::Empty => &mut counts.empty,
        Status::NoKnownWords => &mut counts.no_known_words,
        Status::Error(_) => &mut counts.errors,
    } += 1;
}
