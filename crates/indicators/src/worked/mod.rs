//! Worked files: a few records and the cells that must follow from them.
//!
//! An epidemiologist writes down what should come out; whoever changes a definition runs the file
//! again. The libraries of this crate are tested in the same way.

mod error;
mod file;
mod outcome;

pub use error::WorkedError;
pub use file::{Given, WorkedFile};
pub use outcome::{Difference, WorkedOutcome};
