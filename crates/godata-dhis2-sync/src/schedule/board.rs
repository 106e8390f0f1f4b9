//! What is known about the scheduled runs, shared between the service and the pages.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::Exit;
use crate::problem::Problem;

/// How one run ended: numbers and a sentence, nothing about people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEnd {
    /// The exit code that the `run` command would have ended with.
    pub exit: Exit,
    /// What went wrong, as [`Problem::what`](crate::problem::Problem::what) says it.
    pub what: Option<String>,
    /// What to do about it.
    pub next: Option<String>,
    /// How many cells came to which end (`stored`, `cleared`, `refused`, `lost`, `not_sent`).
    pub cells: BTreeMap<&'static str, u64>,
    /// How many records are in no cell, by reason, over all indicators.
    pub left_out: BTreeMap<String, u64>,
}

impl RunEnd {
    /// An end without numbers.
    #[must_use]
    pub fn new(exit: Exit) -> Self {
        Self { exit, what: None, next: None, cells: BTreeMap::new(), left_out: BTreeMap::new() }
    }

    /// The end of a run that a problem stopped.
    #[must_use]
    pub fn of(problem: &Problem) -> Self {
        Self {
            what: Some(problem.what().to_owned()),
            next: problem.next_step().map(str::to_owned),
            ..Self::new(problem.exit())
        }
    }

    /// Whether the run came to its end: every value that DHIS2 takes is there (exit codes 0 and 4).
    #[must_use]
    pub fn came_to_its_end(&self) -> bool {
        matches!(self.exit, Exit::Done | Exit::SomeRefused)
    }
}

/// Everything that the pages show, at one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// When the process began.
    pub since: DateTime<Utc>,
    /// The next due moment.
    pub next_due: Option<DateTime<Utc>>,
    /// When the active run began.
    pub running_since: Option<DateTime<Utc>>,
    /// Whether the process was asked to stop.
    pub stopping: bool,
    /// When the last run that came to its end began; from the ledger for runs before this process.
    pub last_success: Option<DateTime<Utc>>,
    /// When the last run of this process ended, how long it took, and how it ended.
    pub last_run: Option<(DateTime<Utc>, Duration, RunEnd)>,
    /// How many runs of this process ended how.
    pub runs: BTreeMap<Exit, u64>,
    /// How many cells came to which end, over all runs of this process.
    pub cells: BTreeMap<&'static str, u64>,
    /// How many messages went out (`true`) or could not be delivered (`false`), by channel.
    pub messages: BTreeMap<(&'static str, bool), u64>,
}

/// The one place where the service writes and the pages read.
#[derive(Debug)]
pub struct Board {
    inner: Mutex<Snapshot>,
}

impl Board {
    /// A board of a process that begins at `since`; `last_success` is what the ledger knows.
    #[must_use]
    pub fn new(since: DateTime<Utc>, last_success: Option<DateTime<Utc>>) -> Self {
        Self { inner: Mutex::new(Snapshot { since, last_success, ..Snapshot::default() }) }
    }

    /// A copy of what is known now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.lock().clone()
    }

    pub(super) fn waits_for(&self, due: Option<DateTime<Utc>>) {
        self.lock().next_due = due;
    }

    pub(super) fn begins(&self, at: DateTime<Utc>) {
        self.lock().running_since = Some(at);
    }

    pub(super) fn ends(&self, at: DateTime<Utc>, end: RunEnd) {
        let mut board = self.lock();
        let begun = board.running_since.take().unwrap_or(at);
        if end.came_to_its_end() {
            board.last_success = Some(begun);
        }
        *board.runs.entry(end.exit).or_default() += 1;
        for (outcome, n) in &end.cells {
            *board.cells.entry(outcome).or_default() += n;
        }
        // A clock that was set back must not make the length negative.
        let took = (at - begun).to_std().unwrap_or_default();
        board.last_run = Some((at, took, end));
    }

    pub(super) fn stops(&self) {
        self.lock().stopping = true;
    }

    /// Notes that a message went out on `channel`, or could not be delivered.
    pub fn told(&self, channel: &'static str, delivered: bool) {
        *self.lock().messages.entry((channel, delivered)).or_default() += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Snapshot> {
        // Every write leaves the board whole, so a panic elsewhere does not spoil it.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
