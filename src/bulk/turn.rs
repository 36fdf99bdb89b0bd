//! Whose turn it is: batches are numbered, and their output is written in this order.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The number of the batch whose output is to be written next.
#[derive(Debug, Default)]
pub(super) struct Turn {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    stopped: bool,
}

impl Turn {
    /// Waits until it is the turn of this number, or of a later one; false if there will be none.
    pub fn wait(&self, number: u64) -> bool {
        let waits = |state: &mut State| state.next < number && !state.stopped;
        let state = self.moved.wait_while(self.state(), waits);
        !state.unwrap_or_else(PoisonError::into_inner).stopped
    }

    /// Gives the turn to this number.
    pub fn pass_to(&self, number: u64) {
        self.state().next = number;
        self.moved.notify_all();
    }

    /// Ends all waiting.
    pub fn stop(&self) {
        self.state().stopped = true;
        self.moved.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No panic can leave it half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends all waiting when its holder leaves by a panic: the batch at hand will never be done.
pub(super) struct StopOnPanic<'t>(pub &'t Turn);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}
