//! Progress on standard error, if it is a terminal.

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::progress::Progress;

/// Shows one bar or spinner at a time; silent where nobody looks.
pub(super) struct Terminal {
    hidden: bool,
    bar: Mutex<ProgressBar>,
}

impl Terminal {
    pub fn new(quiet: bool) -> Self {
        Self {
            hidden: quiet,
            bar: Mutex::new(ProgressBar::hidden()),
        }
    }

    fn with(&self, act: impl FnOnce(&mut ProgressBar)) {
        // A panic elsewhere must not be covered by one here.
        if let Ok(mut bar) = self.bar.lock() {
            act(&mut bar);
        }
    }
}

impl Progress for Terminal {
    fn stage(&self, name: &str, total: Option<u64>) {
        if self.hidden {
            return;
        }
        // indicatif draws nothing where standard error is no terminal.
        let bar = match total {
            Some(total) => ProgressBar::new(total),
            None => ProgressBar::new_spinner(),
        };
        let template = match total {
            Some(_) => "{msg:24} {bar:30} {pos}/{len} {per_sec}",
            None => "{msg:24} {spinner} {pos} {per_sec}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(name.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        self.with(|old| {
            old.finish_and_clear();
            *old = bar;
        });
    }

    fn advance(&self, steps: u64) {
        self.with(|bar| bar.inc(steps));
    }

    fn finish(&self) {
        self.with(|bar| bar.finish_and_clear());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.finish();
    }
}
