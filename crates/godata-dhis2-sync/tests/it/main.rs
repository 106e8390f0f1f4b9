//! The built program against the sandbox: every command as its users call it.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod bad_input;
mod check;
mod demo;
mod deploy;
mod expected;
mod explain;
mod exporter;
mod files;
mod guarded;
mod indicators;
mod init;
mod killed;
mod notified;
mod outbreaks;
mod quality;
mod refused;
mod schedule;
mod schema;
mod season;
mod stage;
#[cfg(unix)]
mod stopped;
mod two_runs;
mod upload;
mod weekly;
