//! The client against the sandbox, with faults and over all versions.

mod completeness;
mod fifty_thousand;
mod jobs;
mod login;
mod reading;
mod sending;
mod server;
mod versions;
