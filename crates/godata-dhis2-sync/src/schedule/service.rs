//! The loop: wait, run, try again, tell, wait.

use std::pin::pin;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Board, Clock, Retry, RunEnd, Timetable};
use crate::Exit;
use crate::config::Span;
use crate::notify::Alert;
use crate::stop::Stop;

/// When runs are due, and what happens around them.
#[derive(Debug)]
pub struct Service {
    /// The moments.
    pub timetable: Timetable,
    /// How a run that failed is tried again.
    pub retry: Retry,
    /// For how long an active run may take to finish the call that is out when it is asked to stop.
    pub stop_within: Span,
    /// Runs at once when a moment after this one has passed already; `None` waits for the next moment from now on.
    pub owed_since: Option<DateTime<Utc>>,
    /// After how long without a run that came to its end silence is told.
    pub silent_for: Option<Span>,
}

/// How the service ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was asked to stop, and a run that was active ended between two calls.
    Stopped,
    /// It was asked to stop, and the active run did not end in time. The next run settles what it left open.
    CutShort,
    /// The timetable has no further moment.
    NothingDue,
}

impl Service {
    /// Runs whenever a run is due, until asked to stop.
    ///
    /// `run` carries out one run and ends early when asked to stop; it is never called while one is active. Moments that pass meanwhile, or passed
    /// while the program was not running, are made up for by one run: it recounts everything anyway. `tell` sends a
    /// message to people; it is awaited, so it must end by itself.
    pub async fn keep_running(
        &self,
        clock: &impl Clock,
        board: &Board,
        stop: &Stop,
        mut run: impl AsyncFnMut() -> RunEnd,
        mut tell: impl AsyncFnMut(Alert),
    ) -> Ended {
        let started = clock.now();
        let mut done_until = self.owed_since.unwrap_or(started);
        let mut silent_since = board.snapshot().last_success.unwrap_or(started);
        loop {
            let Some(due) = self.timetable.next_after(done_until) else {
                board.waits_for(None);
                return Ended::NothingDue;
            };
            // What is owed from the past is due now.
            board.waits_for(Some(due.max(clock.now())));
            let silence = self.silent_for.map(|span| silent_since + span.delta());
            let wake = silence.map_or(due, |silence| silence.min(due));
            tokio::select! {
                biased;
                () = stop.asked() => { board.stops(); return Ended::Stopped }
                () = clock.sleep_until(wake) => {}
            }
            if clock.now() >= due {
                board.waits_for(self.timetable.next_after(clock.now()));
                match self.run_until_it_ends(clock, board, stop, &mut run).await {
                    Tried::Ended { begun, end } => {
                        done_until = begun;
                        if let Some(alert) = Alert::of_run(&end, begun, board) {
                            tell(alert).await;
                        }
                    }
                    Tried::Stopped => return Ended::Stopped,
                    Tried::CutShort => return Ended::CutShort,
                }
            }
            let last_success = board.snapshot().last_success;
            silent_since = silent_since.max(last_success.unwrap_or(silent_since));
            if let Some(span) = self.silent_for
                && clock.now() >= silent_since + span.delta()
            {
                tell(Alert::of_silence(clock.now(), last_success)).await;
                // Told again after as long, not at every turn of this loop.
                silent_since = clock.now();
            }
        }
    }

    /// One due run with its repetitions.
    async fn run_until_it_ends(
        &self,
        clock: &impl Clock,
        board: &Board,
        stop: &Stop,
        run: &mut impl AsyncFnMut() -> RunEnd,
    ) -> Tried {
        let first = clock.now();
        for n_tries in 1_u32.. {
            let begun = clock.now();
            board.begins(begun);
            let ended = {
                let mut run = pin!(run());
                tokio::select! {
                    biased;
                    end = &mut run => Some(end),
                    () = self.patience_ends(clock, board, stop) => None,
                }
            };
            let Some(end) = ended else { return Tried::CutShort };
            board.ends(clock.now(), end.clone());
            let elapsed = (clock.now() - first).to_std().unwrap_or_default();
            let Some(wait) = self.retry.wait(end.exit, n_tries, elapsed) else {
                return Tried::Ended { begun, end };
            };
            tracing::info!(
                "the run ended with exit code {}; next try in {} s",
                end.exit.code(),
                wait.as_secs()
            );
            let next = clock.now() + TimeDelta::from_std(wait).unwrap_or_default();
            tokio::select! {
                biased;
                () = stop.asked() => { board.stops(); return Tried::Stopped }
                () = clock.sleep_until(next) => {}
            }
        }
        Tried::Ended { begun: first, end: RunEnd::new(Exit::Server) }
    }

    /// Returns when an active run may no longer go on: so long after the first request to stop, or at the second.
    async fn patience_ends(&self, clock: &impl Clock, board: &Board, stop: &Stop) {
        stop.asked().await;
        board.stops();
        let until = clock.now() + self.stop_within.delta();
        tokio::select! {
            () = stop.insisted() => {}
            () = clock.sleep_until(until) => {}
        }
    }
}

enum Tried {
    Ended { begun: DateTime<Utc>, end: RunEnd },
    Stopped,
    CutShort,
}

#[cfg(test)]
mod tests;
