//! Making a configuration from what the two servers say.
//!
//! [`recognise`] proposes an indicator for each data element, [`Coverage`] says how many cases the proposed places
//! reach, [`Share`] what each outbreak is in a data set that is kept apart by attributes, and [`sync_toml`] and [`places_csv`] turn everything into a commented configuration. [`ask`] asks where
//! somebody can answer; connecting is the command's own work.

mod apart;
pub mod ask;
mod bands;
mod coverage;
mod recognise;
mod write;

pub use apart::{Share, are_apart};
pub use coverage::{CasesByPlace, Coverage, Unmatched};
pub use recognise::{Recognised, recognise};
pub(crate) use write::quoted;
pub use write::{Choices, places_csv, sync_toml};
