//! Ready sets of indicators, chosen by name.
//!
//! Each is a TOML file in `library/` of this crate, written in the language of every other
//! configuration, with notes on what is counted and where the definition comes from. The notes in
//! the other languages stand beside it, in a file a language.

mod error;
mod load;
mod setting;

pub use error::LibraryError;
pub use load::{Library, Notes, library, library_names};
pub use setting::{Setting, SettingValue};
