//! What a worker takes at a time: one batch of rows, or several small sources.

use crate::corpus::batch::Batch;
use crate::corpus::input::InputOptions;
use crate::corpus::reader::{BATCH_BYTES, BatchReader};
use crate::corpus::source::Source;
use crate::error::{Error, Result};

/// Sources in one load at most.
const SOURCES: usize = 64;

/// A batch, or a source that could not be read, or not to its end.
pub(super) enum Item {
    Batch(Batch),
    Unreadable(String, Error),
}

/// Some batches in a row.
#[derive(Default)]
pub(super) struct Load {
    items: Vec<Item>,
    /// Bytes of all items.
    pub bytes: usize,
    /// Memory that is used again.
    buffer: Vec<u8>,
}

impl Load {
    /// Takes the items out one by one, and keeps the memory of one unless it is large.
    pub fn each_item(&mut self, mut visit: impl FnMut(Item) -> Result<Option<Batch>>) -> Result<()> {
        for item in self.items.drain(..) {
            if let Some(batch) = visit(item)?
                && (self.buffer.capacity()..=2 * BATCH_BYTES).contains(&batch.bytes.capacity())
            {
                self.buffer = batch.bytes;
            }
        }
        Ok(())
    }
}

/// Reads sources one after the other.
pub(super) struct Reading<'a> {
    sources: std::slice::Iter<'a, Source>,
    options: &'a InputOptions,
    rows_per_batch: usize,
    /// The source at hand.
    open: Option<(&'a Source, BatchReader)>,
    /// Number of the next load.
    pub number: u64,
}

impl<'a> Reading<'a> {
    pub fn new(sources: &'a [Source], options: &'a InputOptions, rows_per_batch: usize) -> Self {
        Self {
            sources: sources.iter(),
            options,
            rows_per_batch,
            open: None,
            number: 0,
        }
    }

    /// Fills a load; false at the end of the last source.
    pub fn next(&mut self, load: &mut Load) -> bool {
        load.items.clear();
        load.bytes = 0;
        // Short rows weigh by their number: they make as much output as long ones.
        let mut weight = 0;
        while weight < BATCH_BYTES && load.items.len() < SOURCES {
            let Some(item) = self.next_item(&mut load.buffer) else {
                break;
            };
            if let Item::Batch(batch) = &item {
                load.bytes += batch.bytes.len();
                weight += batch
                    .bytes
                    .len()
                    .max(batch.row_count() * BATCH_BYTES / self.rows_per_batch);
            }
            load.items.push(item);
        }
        self.number += 1;
        !load.items.is_empty()
    }

    fn next_item(&mut self, buffer: &mut Vec<u8>) -> Option<Item> {
        loop {
            let Some((source, reader)) = &mut self.open else {
                let source = self.sources.next()?;
                match BatchReader::open(source, self.options) {
                    Ok(reader) => self.open = Some((source, reader.rows_per_batch(self.rows_per_batch))),
                    Err(error) => return Some(Item::Unreadable(source.name(), error)),
                }
                continue;
            };
            match reader.next_batch(std::mem::take(buffer)) {
                Ok(Some(batch)) => return Some(Item::Batch(batch)),
                Ok(None) => self.open = None,
                Err(error) => {
                    let name = source.name();
                    self.open = None;
                    return Some(Item::Unreadable(name, error));
                }
            }
        }
    }
}
