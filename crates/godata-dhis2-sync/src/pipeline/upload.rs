//! Cells as the files that DHIS2 imports: JSON data value sets, ADX, CSV.

use std::collections::BTreeSet;

use dhis2_client::{DataValue, DataValueSet, Wanted};

use super::{Counted, Prepared, Work, desired};
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
    /// The counted cells of the only data set of `work`, which was opened with DHIS2, as a file to be imported by hand.
    ///
    /// # Errors
    ///
    /// When there are several data sets, a figure cannot be addressed in DHIS2, or the format has no words for the
    /// period type.
    pub fn write(self, work: &Work, counted: &Counted) -> Outcome<String> {
        work.target()?;
        let ids: BTreeSet<_> =
            work.prepared.iter().filter_map(Prepared::key).map(|key| key.data_set).collect();
        let data_set = work.prepared.first().and_then(|report| report.data_set.as_ref());
        let (Some(data_set), 1) = (data_set, ids.len()) else {
            let known: BTreeSet<String> =
                work.prepared.iter().filter_map(|report| report.report.data_set.clone()).collect();
            let known: Vec<String> = known.into_iter().collect();
            return Err(Problem::usage("a file for DHIS2 holds the values of one data set")
                .fact("known", known.join("\n"))
                .next("choose one with `--report DATA_SET`, and write a file for each"));
        };
        let mut values: Vec<DataValue> = Vec::new();
        // Several reports of one data set keep outbreaks apart; their cells differ in the attributes.
        for (n, prepared) in work.prepared.iter().enumerate() {
            let wanted = desired(prepared, data_set, &counted.cells(&work.prepared, n))?;
            values.extend(wanted.into_iter().filter_map(|(cell, wanted)| match wanted.value {
                Wanted::Value(value) => Some(DataValue::new(cell, value)),
                // Nothing to send: a file for upload clears no cell.
                Wanted::Nothing => None,
            }));
        }
        let set = DataValueSet::new(data_set.id, values);
        let bytes = match self {
            Self::Dxf => set.to_json(),
            Self::Csv => set.to_csv().into_bytes(),
            Self::Adx => set.to_adx(data_set).map_err(|error| {
                Problem::usage(format!("{} cannot be written as ADX", data_set.name))
                    .because(error)
                    .next("use `--format dxf` or `--format dhis2-csv`")
            })?,
        };
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}
