//! The ledger, the lock and the guards, each against the story that a data manager would tell of it.

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
