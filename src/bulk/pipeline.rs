//! The pipeline: workers that take turns at reading, and the calling thread as the writer.
//!
//! Loads are numbered as they are read, and written in this order. A worker hands its output on when a load is done; results that are early wait with the writer, a few
//! for each worker. Output that grows beyond a piece is handed on in between, but only when it is the load's turn: nothing of unknown length waits anywhere.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::load::{Load, Reading};
use super::turn::{StopOnPanic, Turn};
use super::worker::{Piece, Worker};
use super::{BulkCounts, BulkOptions, PIECE_BYTES, RecordWriter, rows_per_batch};
use crate::corpus::source::Source;
use crate::error::{Error, Kind, Result};
use crate::model::Model;

/// Loads under way for each worker.
const AHEAD: u64 = 2;
/// Bytes of a load so large that there must not be two at a time.
const LARGE: usize = 512 * 1024;

/// A piece of output on its way to the writer.
struct Arrival {
    number: u64,
    piece: Piece,
    /// How the load has ended; nothing if more of it comes.
    end: Option<Result<()>>,
}

/// Tags all sources; `write` is called with the output in order.
pub(super) fn run(
    model: &Model,
    sources: &[Source],
    options: &BulkOptions,
    writer: &RecordWriter,
    write: &mut dyn FnMut(&[u8], BulkCounts) -> Result<()>,
) -> Result<BulkCounts> {
    let mut counts = BulkCounts::default();
    let mut put = |piece: &Piece| {
        counts += piece.counts;
        write(&piece.bytes, piece.counts)
    };
    let mut reading = Reading::new(sources, &options.input, rows_per_batch(model, options));
    if options.threads <= 1 {
        let mut worker = Worker::new(model, options, writer);
        let (mut load, mut out) = (Load::default(), Piece::default());
        while reading.next(&mut load) {
            let mut hand_on = |piece: &mut Piece| {
                put(piece)?;
                piece.clear();
                Ok(())
            };
            let outcome = worker.run(&mut load, &mut out, &mut hand_on);
            // The records before a fault are written.
            hand_on(&mut out)?;
            outcome?;
        }
        return Ok(counts);
    }
    let team = Team {
        reading: Mutex::new(reading),
        turn: Turn::default(),
        spare: Mutex::default(),
        ahead: options.threads as u64 * AHEAD,
    };
    let (results, arrivals) = sync_channel(options.threads);
    thread::scope(|scope| {
        for _ in 0..options.threads {
            let (team, results) = (&team, results.clone());
            scope.spawn(move || team.work(Worker::new(model, options, writer), &results));
        }
        drop(results);
        let outcome = team.write_in_order(&arrivals, &mut put);
        team.turn.stop();
        // Whoever still wants to send finds nobody.
        drop(arrivals);
        outcome
    })?;
    Ok(counts)
}

/// What the threads share. None of it is touched between the start and the end of a load.
struct Team<'a> {
    reading: Mutex<Reading<'a>>,
    turn: Turn,
    /// Memory of output that was written.
    spare: Mutex<Vec<Piece>>,
    /// Loads under way at most.
    ahead: u64,
}

impl Team<'_> {
    /// Takes load after load.
    fn work(&self, mut worker: Worker<'_>, results: &SyncSender<Arrival>) {
        let _guard = StopOnPanic(&self.turn);
        let (mut load, mut out) = (Load::default(), Piece::default());
        loop {
            // A poisoned lock means that another worker panicked; the scope will pass its panic on.
            let Ok(mut reading) = self.reading.lock() else { return };
            let number = reading.number;
            if !self.turn.wait((number + 1).saturating_sub(self.ahead)) || !reading.next(&mut load) {
                return;
            }
            // Nobody else reads as long as a large load is under way.
            let reading = (load.bytes > LARGE).then_some(reading);
            let send = |piece, end| results.send(Arrival { number, piece, end }).is_ok();
            let outcome = worker.run(&mut load, &mut out, &mut |piece| {
                let full = std::mem::replace(piece, self.spare_piece());
                match self.turn.wait(number) && send(full, None) {
                    true => Ok(()),
                    false => Err(nobody_writes()),
                }
            });
            drop(reading);
            let piece = std::mem::replace(&mut out, self.spare_piece());
            if !send(piece, Some(outcome)) {
                return;
            }
        }
    }

    fn spare_piece(&self) -> Piece {
        let spare = self.spare.lock().ok().and_then(|mut spare| spare.pop());
        spare.unwrap_or_default()
    }

    fn write_in_order(&self, arrivals: &Receiver<Arrival>, put: &mut dyn FnMut(&Piece) -> Result<()>) -> Result<()> {
        let mut early = BTreeMap::new();
        let mut next = 0;
        for arrival in arrivals {
            let Some(end) = arrival.end else {
                self.put(arrival.piece, put)?;
                continue;
            };
            early.insert(arrival.number, (arrival.piece, end));
            while let Some((piece, end)) = early.remove(&next) {
                // The records before a fault are written.
                self.put(piece, put)?;
                end?;
                next += 1;
            }
            self.turn.pass_to(next);
        }
        Ok(())
    }

    fn put(&self, mut piece: Piece, put: &mut dyn FnMut(&Piece) -> Result<()>) -> Result<()> {
        put(&piece)?;
        piece.clear();
        if piece.bytes.capacity() <= 2 * PIECE_BYTES
            && let Ok(mut spare) = self.spare.lock()
        {
            spare.push(piece);
        }
        Ok(())
    }
}

/// Ends the work on a load whose output nobody will see.
fn nobody_writes() -> Error {
    Kind::Io {
        action: "cannot write",
        error: std::io::ErrorKind::BrokenPipe.into(),
    }
    .into()
}
