//! The client against the sandbox, with faults and over all versions.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod attributes;
mod completeness;
mod fifty_thousand;
mod jobs;
mod login;
mod reading;
mod saved;
mod sending;
mod server;
mod versions;
