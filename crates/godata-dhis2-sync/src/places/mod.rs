//! From Go.Data's locations to DHIS2's organisation units.
//!
//! A location finds its unit by the table a person wrote, by a code that both sides keep, or by its name, in the
//! order that `places.match` says. Which records then count where, and what becomes of a location without a unit,
//! is decided by the counting core ([`indicators::Places`]).

mod fold;
mod location;
mod matching;
mod propose;
mod table;

pub use fold::fold;
pub use location::{Identifier, Location};
pub use matching::{Mapping, Match, Unit};
pub use propose::{Evidence, Proposal, propose};
pub use table::Table;
