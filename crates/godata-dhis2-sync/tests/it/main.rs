//! The built program against the sandbox: every command as its users call it.

mod bad_input;
mod demo;
mod expected;
mod explain;
mod indicators;
mod init;
mod refused;
mod stage;
mod two_runs;
