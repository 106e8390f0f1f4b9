//! Progress bars on a terminal, and nothing anywhere else.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Screen;
use crate::pipeline::ReadProgress;

/// A progress line for one stage.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A line that begins with `what`; hidden unless the screen shows progress.
    #[must_use]
    pub fn new(screen: &Screen, what: &str) -> Self {
        let target = if screen.shows_progress() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template(
            "{prefix:>10} {wide_bar} {human_pos}/{human_len} {msg} {elapsed}",
        ) {
            bar.set_style(style);
        }
        bar.set_prefix(what.to_owned());
        Self { bar }
    }

    /// Shows how far reading has come.
    pub fn reading(&self, progress: ReadProgress) {
        if let Some(total) = progress.total {
            self.bar.set_length(total.max(progress.n_records));
        }
        self.bar.set_message(progress.source.to_string());
        self.bar.set_position(progress.n_records);
    }

    /// Shows how far sending has come.
    pub fn at(&self, done: usize, total: usize, message: &str) {
        self.bar.set_length(total as u64);
        self.bar.set_message(message.to_owned());
        self.bar.set_position(done as u64);
    }

    /// Takes the line away.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}
