//! Making a configuration from what the two servers say.
//!
//! [`recognise`] proposes an indicator for each data element, [`write`] turns everything into a commented
//! `sync.toml` and a `places.csv`. Asking and connecting is the command's own work.

mod recognise;
mod write;

pub use recognise::{Recognised, recognise};
pub use write::{Choices, places_csv, sync_toml};
