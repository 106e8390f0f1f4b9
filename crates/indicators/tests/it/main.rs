//! What the crate promises, from the outside.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests read recordings")]

mod covid19;
mod expected;
mod naive;
mod outbreak;
mod recorded;
mod two_runs;
