//! Reading records from JSON bytes without building a tree.
//!
//! `blocks` finds quotes and brackets 64 bytes at a time, `object` walks the fields of one record
//! and keeps the places of those that are needed, `array` cuts a text into records, `value` looks
//! into one value.

mod array;
mod blocks;
mod object;
mod stretch;
#[cfg(test)]
mod tests;
mod value;

pub use array::{ArrayError, Feed};
pub(crate) use array::{ArrayState, Element, TakeRecords, for_each_in_list, one_record};
pub(crate) use object::{Keys, Slots};
pub use stretch::{Entry, Stretch};
pub(crate) use value::Raw;
