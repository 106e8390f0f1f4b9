//! Cells as the files that DHIS2 imports: JSON data value sets, ADX, CSV.

use dhis2_client::{DataValue, DataValueSet, Wanted};

use super::{Counted, Work, desired};
use crate::problem::{Outcome, Problem};

/// A file format of DHIS2's import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upload {
    /// `dataValueSets` in JSON.
    Dxf,
    /// ADX, the XML of IHE.
    Adx,
    /// CSV with the columns of `dataValueSets`.
    Csv,
}

impl Upload {
    /// The counted cells of the only report of `work`, which was opened with DHIS2, as a file to be imported by hand.
    ///
    /// # Errors
    ///
    /// When there are several reports, a figure cannot be addressed in DHIS2, or the format has no words for the
    /// period type.
    pub fn write(self, work: &Work, counted: &Counted) -> Outcome<String> {
        let [prepared] = work.prepared.as_slice() else {
            let known: Vec<String> =
                work.prepared.iter().filter_map(|report| report.report.data_set.clone()).collect();
            return Err(Problem::usage("a file for DHIS2 holds the values of one data set")
                .fact("known", known.join("\n"))
                .next("choose one with `--report DATA_SET`, and write a file for each"));
        };
        work.target()?;
        let Some(data_set) = &prepared.data_set else {
            return Err(Problem::new(
                crate::Exit::Bug,
                "the report was prepared without its data set",
            ));
        };
        let values: Vec<DataValue> =
            desired(prepared, data_set, &counted.cells(&work.prepared, 0))?
                .into_iter()
                .filter_map(|(cell, wanted)| match wanted.value {
                    Wanted::Value(value) => Some(DataValue::new(cell, value)),
                    // Nothing to send: a file for upload clears no cell.
                    Wanted::Nothing => None,
                })
                .collect();
        let set = DataValueSet::new(data_set.id, values);
        let bytes = match self {
            Self::Dxf => set.to_json(),
            Self::Csv => set.to_csv().into_bytes(),
            Self::Adx => set.to_adx(data_set).map_err(|error| {
                Problem::usage(format!("{} cannot be written as ADX", prepared.name))
                    .because(error)
                    .next("use `--format dxf` or `--format dhis2-csv`")
            })?,
        };
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}
