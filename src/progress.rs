//! Progress of long work, told to whoever wants to show it. Knows no terminal.

/// A listener to the progress of one stage after another.
pub trait Progress: Sync {
    /// A new stage begins; `total` is its number of steps, where known.
    fn stage(&self, name: &str, total: Option<u64>);
    /// So many more steps of the current stage are done.
    fn advance(&self, steps: u64);
    /// The current stage is over.
    fn finish(&self) {}
}

/// Nobody is listening.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _name: &str, _total: Option<u64>) {}
    fn advance(&self, _steps: u64) {}
}
