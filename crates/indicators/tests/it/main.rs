//! What the crate promises, from the outside.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests read recordings")]

mod covid19;
mod describe;
mod expected;
mod explain;
mod laws;
mod library;
mod naive;
mod outbreak;
mod quality;
mod recorded;
#[cfg(feature = "schema")]
mod schema;
mod server;
mod standing;
mod suppression;
mod two_runs;
