//! What the crate promises, from the outside.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests read recordings")]

mod arrays;
mod breakdowns;
mod conditions;
mod covid19;
mod cubes;
mod current;
mod definitions;
mod describe;
mod expected;
mod explain;
mod fields;
mod laws;
mod library;
mod library_notes;
mod measures;
mod naive;
mod only;
mod outbreak;
mod people;
mod quality;
mod reading;
mod recorded;
mod reference;
#[cfg(feature = "schema")]
mod schema;
mod server;
mod standing;
mod suppression;
mod two_runs;
mod zeros;
