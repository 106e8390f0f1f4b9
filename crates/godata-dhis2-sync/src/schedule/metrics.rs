//! The board in Prometheus' text format, version 0.0.4.
//!
//! Written out here rather than with a metrics library: ten gauges and counters that one place holds already need no
//! registry, no atomics and no second copy of the numbers.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use super::Snapshot;
use crate::Exit;

/// The media type of [`metrics`].
pub(super) const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Every way a run can end, so that a counter exists before it is needed: an alert on a counter that appears with its
/// first failure misses that failure.
const EXITS: [Exit; 8] = [
    Exit::Done,
    Exit::Bug,
    Exit::Usage,
    Exit::Server,
    Exit::SomeRefused,
    Exit::Guard,
    Exit::Busy,
    Exit::Stopped,
];

/// Every end of a cell.
pub(super) const CELL_ENDS: [&str; 5] = ["stored", "cleared", "refused", "lost", "not_sent"];

/// The numbers of a moment, for Prometheus. No label holds a name of a place or a person, nor an address.
///
/// # Examples
///
/// ```
/// use godata_dhis2_sync::schedule::{Board, metrics};
///
/// let began = "2021-03-01T00:00:00Z".parse().expect("a moment");
/// let text = metrics(&Board::new(began, None).snapshot());
/// assert!(text.contains("godata_dhis2_sync_runs_total{outcome=\"guard\"} 0"));
/// ```
#[must_use]
pub fn metrics(board: &Snapshot) -> String {
    let mut text = Exposition::default();
    text.head("build_info", "gauge", "The version of the program.");
    text.line("build_info", &[("version", env!("CARGO_PKG_VERSION"))], "1");
    text.moment("start_time_seconds", "When this process began.", Some(board.since));
    text.moment(
        "last_success_timestamp_seconds",
        "When the last run began that came to its end.",
        board.last_success,
    );
    text.moment("next_run_timestamp_seconds", "When the next run is due.", board.next_due);
    text.head("running", "gauge", "1 while a run is active.");
    text.line("running", &[], if board.running_since.is_some() { "1" } else { "0" });
    if let Some((_, took, end)) = &board.last_run {
        text.head("last_run_duration_seconds", "gauge", "How long the last run took.");
        text.line("last_run_duration_seconds", &[], &format!("{:.3}", took.as_secs_f64()));
        text.head("last_run_exit_code", "gauge", "The exit code of the last run.");
        text.line("last_run_exit_code", &[], &end.exit.code().to_string());
        text.head("last_run_left_out", "gauge", "Records that are in no cell, by reason.");
        for (reason, n) in &end.left_out {
            text.line("last_run_left_out", &[("reason", reason)], &n.to_string());
        }
    }
    text.head("runs_total", "counter", "Runs that ended, by outcome.");
    for exit in EXITS {
        let n = board.runs.get(&exit).copied().unwrap_or(0);
        text.line("runs_total", &[("outcome", outcome(exit))], &n.to_string());
    }
    text.head("cells_total", "counter", "Cells that were to change, by what became of them.");
    for end in CELL_ENDS {
        let n = board.cells.get(end).copied().unwrap_or(0);
        text.line("cells_total", &[("outcome", end)], &n.to_string());
    }
    text.head("messages_total", "counter", "Messages to people, by channel and delivery.");
    for ((channel, delivered), n) in &board.messages {
        let delivered = if *delivered { "yes" } else { "no" };
        let labels = [("channel", *channel), ("delivered", delivered)];
        text.line("messages_total", &labels, &n.to_string());
    }
    text.0
}

/// The word for an exit code, as label and on the page.
pub(super) fn outcome(exit: Exit) -> &'static str {
    match exit {
        Exit::Done => "done",
        Exit::Bug => "bug",
        Exit::Usage => "usage",
        Exit::Server => "server",
        Exit::SomeRefused => "some_refused",
        Exit::Guard => "guard",
        Exit::Busy => "busy",
        Exit::Stopped => "stopped",
    }
}

#[derive(Default)]
struct Exposition(String);

impl Exposition {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP godata_dhis2_sync_{name} {help}");
        let _ = writeln!(self.0, "# TYPE godata_dhis2_sync_{name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: &str) {
        let _ = write!(self.0, "godata_dhis2_sync_{name}");
        if !labels.is_empty() {
            let labels: Vec<String> =
                labels.iter().map(|(key, value)| format!("{key}=\"{}\"", escaped(value))).collect();
            let _ = write!(self.0, "{{{}}}", labels.join(","));
        }
        let _ = writeln!(self.0, " {value}");
    }

    /// A moment in seconds since 1970; left away while it is not known, because 0 would be 1970.
    fn moment(&mut self, name: &str, help: &str, at: Option<DateTime<Utc>>) {
        if let Some(at) = at {
            self.head(name, "gauge", help);
            self.line(name, &[], &at.timestamp().to_string());
        }
    }
}

/// A label value: backslash, quotation mark and line feed are escaped, as the format demands.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
