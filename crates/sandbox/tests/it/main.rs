//! The sandbox against the recordings, and what tests rely on.

#![expect(clippy::unwrap_used, reason = "tests")]

mod godata;
