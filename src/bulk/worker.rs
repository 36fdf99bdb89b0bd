//! A worker: from a batch of raw records to bytes of output.

use std::ops::Range;

use super::load::{Item, Load};
use super::{Boilerplate, BulkCounts, BulkOptions, PIECE_BYTES, RecordWriter};
use crate::corpus::batch::{Batch, Contents, Scratch, place_of_byte, too_long};
use crate::corpus::format::Format;
use crate::corpus::html;
use crate::corpus::input::OnBadRow;
use crate::corpus::rows::Row;
use crate::error::{Error, Kind, Place, Result};
use crate::model::Model;
use crate::model::tagger::{Tagger, Verdict, choose};
use crate::report::record::{Position, Record, Status};
use crate::schema::TaskKind;
use crate::text::{article, boilerplate};

/// Tags batches one after the other.
pub(super) struct Worker<'a> {
    tools: Tools<'a>,
    scratch: Scratch,
}

/// All but the memory that rows borrow from.
struct Tools<'a> {
    model: &'a Model,
    options: &'a BulkOptions,
    writer: &'a RecordWriter,
    tagger: Tagger<'a>,
    /// For each task its kind and its labels among all.
    tasks: Vec<(TaskKind, Range<usize>)>,
    /// For each label of all tasks whether it is given.
    given: Vec<bool>,
}

/// A piece of output and what is in it.
#[derive(Default)]
pub(super) struct Piece {
    pub bytes: Vec<u8>,
    pub counts: BulkCounts,
}

impl Piece {
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.counts = BulkCounts::default();
    }
}

/// Where output goes: a piece is filled, and handed on when it is full.
pub(super) struct Out<'o> {
    piece: &'o mut Piece,
    hand_on: &'o mut dyn FnMut(&mut Piece) -> Result<()>,
}

impl<'a> Worker<'a> {
    pub fn new(model: &'a Model, options: &'a BulkOptions, writer: &'a RecordWriter) -> Self {
        let kinds = model.schema.tasks.iter().map(|task| task.kind);
        Self {
            tools: Tools {
                model,
                options,
                writer,
                tagger: Tagger::with_thresholds(model, &options.thresholds),
                tasks: kinds.zip(model.schema.label_ranges()).collect(),
                given: vec![false; model.schema.label_count()],
            },
            scratch: Scratch::default(),
        }
    }

    /// Tags a load into `piece`; what is more than a piece is handed on.
    pub fn run(
        &mut self,
        load: &mut Load,
        piece: &mut Piece,
        hand_on: &mut dyn FnMut(&mut Piece) -> Result<()>,
    ) -> Result<()> {
        let Self { tools, scratch } = self;
        let mut out = Out { piece, hand_on };
        load.each_item(|item| {
            let batch = match item {
                Item::Batch(batch) => batch,
                Item::Unreadable(source, error) => {
                    tools.unreadable(&mut out, &source, error)?;
                    return Ok(None);
                }
            };
            match &batch.contents {
                Contents::Article(format) => tools.article(&mut out, &batch, *format)?,
                Contents::Rows(_) => batch.each_row(scratch, |row| tools.row(&mut out, &batch.source, row))?,
            }
            Ok(Some(batch))
        })
    }
}

impl Tools<'_> {
    /// Answers for a source that could not be read, if bad rows are skipped. A quote that is never closed is more than a bad row:
    /// nobody can say how many rows it has swallowed.
    fn unreadable(&self, out: &mut Out<'_>, source: &str, error: Error) -> Result<()> {
        if matches!(error.kind, Kind::UnclosedQuote) {
            return Err(error);
        }
        self.bad(out, source, Position::Whole, error)
    }

    fn article(&mut self, out: &mut Out<'_>, batch: &Batch, format: Format) -> Result<()> {
        let source = &*batch.source;
        let place = || Place::source(source);
        let text = match std::str::from_utf8(&batch.bytes) {
            Ok(text) => text,
            Err(e) => {
                let place = place_of_byte(place(), &batch.bytes, e.valid_up_to());
                return self.bad(out, source, Position::Whole, Kind::InvalidUtf8.at(place));
            }
        };
        if format != Format::Html {
            return self.blocks(out, source, text, true);
        }
        match html::article_text(text) {
            Ok(text) => self.blocks(out, source, &text, false),
            Err(kind) => self.bad(out, source, Position::Whole, kind.at(place())),
        }
    }

    fn blocks(&mut self, out: &mut Out<'_>, source: &str, text: &str, has_spans: bool) -> Result<()> {
        let blocks = article::blocks(text);
        if blocks.is_empty() {
            return self.write(out, source, Position::Whole, None, Status::Empty);
        }
        let rules = match self.options.boilerplate {
            Boilerplate::Mark => boilerplate::label(&blocks.iter().map(|b| b.text.as_ref()).collect::<Vec<_>>()),
            Boilerplate::Tag => vec![None; blocks.len()],
        };
        let limit = self.options.input.max_paragraph_bytes;
        for ((block, rule), number) in blocks.iter().zip(rules).zip(1..) {
            let span = has_spans.then(|| block.span.clone());
            let position = Position::Paragraph { number, span };
            if block.text.len() > limit {
                let mut place = Place::source(source);
                if has_spans {
                    place.line = place_of_byte(place.clone(), text.as_bytes(), block.span.start).line;
                }
                self.bad(out, source, position, too_long("paragraph", limit).at(place))?;
                continue;
            }
            match rule {
                Some(rule) => self.write(out, source, position, Some(&block.text), Status::Boilerplate(rule))?,
                None => self.text(out, source, position, &block.text)?,
            }
        }
        Ok(())
    }

    fn row(&mut self, out: &mut Out<'_>, source: &str, row: Result<Row<'_>, (u64, Error)>) -> Result<()> {
        let row = match row {
            Ok(row) => row,
            Err((number, error)) => return self.bad(out, source, Position::Row { number, fields: None }, error),
        };
        let position = Position::Row {
            number: row.number,
            fields: Some(&row),
        };
        let column = self.options.input.text_column.as_str();
        match row.text(column) {
            Ok(text) => self.text(out, source, position, &text),
            Err(kind) => self.bad(out, source, position, kind.at(row.place(source, column))),
        }
    }

    /// Answers for what could not be read, or passes the error on.
    fn bad(&self, out: &mut Out<'_>, source: &str, position: Position<'_>, error: Error) -> Result<()> {
        match self.options.input.on_bad_row {
            OnBadRow::Fail => Err(error),
            OnBadRow::Skip => self.write(out, source, position, None, Status::Error(error.to_string())),
        }
    }

    fn text(&mut self, out: &mut Out<'_>, source: &str, position: Position<'_>, text: &str) -> Result<()> {
        let Self {
            model,
            options,
            tagger,
            tasks,
            given,
            ..
        } = self;
        let status = match tagger.tag(text) {
            Verdict::Empty => Status::Empty,
            Verdict::NoKnownWords => Status::NoKnownWords,
            Verdict::Tagged(scores) => {
                given.fill(false);
                for (kind, range) in tasks.iter() {
                    let own = &mut given[range.clone()];
                    choose(*kind, &options.thresholds[range.clone()], &scores[range.clone()])
                        .for_each(|label| own[label] = true);
                }
                let explanations = match options.explain {
                    0 => Vec::new(),
                    top => {
                        let labels: Vec<usize> = (0..given.len()).filter(|&label| given[label]).collect();
                        model.explain(text, &labels, top)
                    }
                };
                Status::Tagged {
                    scores,
                    given,
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
        push(self.writer, out, &record)
    }

    fn write(
        &self,
        out: &mut Out<'_>,
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
        push(self.writer, out, &record)
    }
}

fn push(writer: &RecordWriter, out: &mut Out<'_>, record: &Record<'_>) -> Result<()> {
    count(&mut out.piece.counts, &record.status);
    writer.push(&mut out.piece.bytes, record);
    match out.piece.bytes.len() < PIECE_BYTES {
        true => Ok(()),
        false => (out.hand_on)(out.piece),
    }
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
