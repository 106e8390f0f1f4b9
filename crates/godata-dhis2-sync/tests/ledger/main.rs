//! The ledger, the lock and the guards, each against the story that a data manager would tell of it.

#![expect(
    clippy::unwrap_used,
    reason = "the stories' helpers are test code, too: a panic there is the message"
)]

mod command;
mod file;
mod guards;
mod history;
mod killed;
mod locks;
mod runs;
mod scale;
mod story;
mod two_runs;
mod why_laws;
