//! The pipeline: one reader, several workers, and the calling thread as the writer.
//!
//! Batches are numbered. A fixed number of them is under way at any time: the reader takes a ticket for each, the writer gives it back once the batch is written.
//! Results that arrive early wait for their turn.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::worker::{Done, Worker};
use super::{BulkCounts, BulkOptions, RecordWriter};
use crate::corpus::batch::Batch;
use crate::corpus::reader::BatchReader;
use crate::corpus::source::Source;
use crate::error::{Error, Result};
use crate::model::Model;

/// Batches under way for each worker.
const AHEAD: usize = 4;

/// What the reader hands to a worker.
enum Job {
    Batch(Batch),
    /// A source that could not be read, or not to its end.
    Unreadable(String, Error),
}

/// Tags all sources; `write` is called with the output of each batch in order.
pub(super) fn run(
    model: &Model,
    sources: &[Source],
    options: &BulkOptions,
    writer: &RecordWriter,
    write: &mut dyn FnMut(&[u8], BulkCounts) -> Result<()>,
) -> Result<BulkCounts> {
    let mut counts = BulkCounts::default();
    let mut put = |done: Done| {
        counts += done.counts;
        write(&done.bytes, done.counts)
    };
    if options.threads <= 1 {
        let mut worker = Worker::new(model, options, writer);
        read(sources, options, &mut |job| {
            put(work(&mut worker, job)?)?;
            Ok(true)
        })?;
        return Ok(counts);
    }
    let under_way = options.threads * AHEAD;
    let (tickets, returned) = sync_channel::<()>(under_way);
    let (jobs, queue) = sync_channel::<(u64, Job)>(under_way);
    let (results, arrivals) = sync_channel::<(u64, Result<Done>)>(under_way);
    let queue = Mutex::new(queue);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut number = 0;
            // The closure reports no errors of its own: they travel as jobs.
            let _ = read(sources, options, &mut |job| {
                let sent = tickets.send(()).is_ok() && jobs.send((number, job)).is_ok();
                number += 1;
                Ok(sent)
            });
            drop(jobs);
        });
        for _ in 0..options.threads {
            let results = results.clone();
            scope.spawn(|| run_worker(Worker::new(model, options, writer), &queue, results));
        }
        drop(results);
        let outcome = write_in_order(&arrivals, &returned, &mut put);
        // Whoever still waits for a place in a queue finds it closed.
        drop(arrivals);
        drop(returned);
        outcome
    })?;
    Ok(counts)
}

fn run_worker(mut worker: Worker<'_>, queue: &Mutex<Receiver<(u64, Job)>>, results: SyncSender<(u64, Result<Done>)>) {
    loop {
        // A poisoned lock means that another worker panicked; the scope will pass its panic on.
        let next = match queue.lock() {
            Ok(queue) => queue.recv(),
            Err(_) => return,
        };
        let Ok((number, job)) = next else { return };
        if results.send((number, work(&mut worker, job))).is_err() {
            // Nobody wants results any more: empty the queue, so that the reader is not left waiting.
            while let Ok(queue) = queue.lock() {
                if queue.recv().is_err() {
                    return;
                }
            }
        }
    }
}

fn work(worker: &mut Worker<'_>, job: Job) -> Result<Done> {
    match job {
        Job::Batch(batch) => worker.run(&batch),
        Job::Unreadable(source, error) => worker.unreadable(&source, error),
    }
}

fn write_in_order(
    arrivals: &Receiver<(u64, Result<Done>)>,
    returned: &Receiver<()>,
    put: &mut dyn FnMut(Done) -> Result<()>,
) -> Result<()> {
    let mut early = BTreeMap::new();
    let mut next = 0;
    for (number, result) in arrivals {
        early.insert(number, result);
        while let Some(result) = early.remove(&next) {
            put(result?)?;
            next += 1;
            let _ = returned.recv();
        }
    }
    Ok(())
}

/// Reads all sources and hands out jobs until `hand` says that nobody wants more.
fn read(sources: &[Source], options: &BulkOptions, hand: &mut dyn FnMut(Job) -> Result<bool>) -> Result<()> {
    for source in sources {
        let unreadable = |error| Job::Unreadable(source.name(), error);
        let mut reader = match BatchReader::open(source, &options.input) {
            Ok(reader) => reader,
            Err(error) => {
                if !hand(unreadable(error))? {
                    return Ok(());
                }
                continue;
            }
        };
        loop {
            let job = match reader.next_batch() {
                Ok(Some(batch)) => Job::Batch(batch),
                Ok(None) => break,
                Err(error) => {
                    if !hand(unreadable(error))? {
                        return Ok(());
                    }
                    break;
                }
            };
            if !hand(job)? {
                return Ok(());
            }
        }
    }
    Ok(())
}
