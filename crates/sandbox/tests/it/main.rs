//! The sandbox against the recordings, and what tests of other crates rely on.

#![expect(clippy::unwrap_used, reason = "tests")]

mod dhis2;
mod godata;
mod server;
