//! Data value sets as text: JSON, CSV, XML, ADX.

mod adx;
mod adx_reader;
mod csv_writer;
mod json;
mod reader;
#[cfg(test)]
mod tests;
mod xml;

use crate::cell::DataValue;
use crate::import::DeletionScope;
use crate::uid::DataSetId;

pub use adx::AdxError;
pub use adx_reader::AdxReadError;

/// Values of one data set, ready to be sent or written to a file.
///
/// The data set is always named: without it engine A skips checks and engine B guesses or refuses
/// (recordings `x-set-missing-two`). One data set a body, every key written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataValueSet {
    /// The data set.
    pub data_set: DataSetId,
    /// The values.
    pub values: Vec<DataValue>,
    /// Cells to delete before writing; engine B only.
    pub deletion: Option<DeletionScope>,
}

impl DataValueSet {
    /// Values of one data set, sorted by cell.
    #[must_use]
    pub fn new(data_set: DataSetId, mut values: Vec<DataValue>) -> Self {
        values.sort_unstable_by_key(|value| value.cell);
        Self { data_set, values, deletion: None }
    }

    /// Has engine B delete these cells first.
    #[must_use]
    pub fn replacing(mut self, deletion: DeletionScope) -> Self {
        self.deletion = Some(deletion);
        self
    }
}

pub(crate) use reader::read_stored;
