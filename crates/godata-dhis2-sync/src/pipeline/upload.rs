//! What a run would store, as files that people import into DHIS2 by hand: JSON data value sets, ADX, CSV.
//!
//! Only what changes is in a file, as in a run: a value imported again would lose its comment and who stored it, and
//! values of other people are not ours to replace. Cells to clear are a file of their own, JSON always: ADX cannot say
//! that a value is to go, and a person should see what is deleted apart from what is written.

use std::collections::BTreeSet;

use dhis2_client::{ChangeKind, DataSet, DataValue, DataValueSet};

use super::{Planned, Prepared, Work};
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

/// The files that do by hand what a run does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadFiles {
    /// Values to write.
    pub values: String,
    /// How many.
    pub n_values: usize,
    /// Cells to clear, as a JSON data value set of deleted values; `None` where there are none.
    pub clears: Option<String>,
    /// How many.
    pub n_clears: usize,
    /// Cells that hold what they should already.
    pub n_unchanged: u64,
    /// Cells that somebody else filled otherwise; they are left alone.
    pub n_foreign: u64,
}

impl Upload {
    /// The only data set of `work`, which was opened with DHIS2.
    ///
    /// # Errors
    ///
    /// When there are several.
    pub fn data_set(work: &Work) -> Outcome<&DataSet> {
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
        Ok(data_set)
    }

    /// What has to change in DHIS2 for the reports of a data set; those that keep outbreaks apart differ in the
    /// attributes of their cells.
    ///
    /// # Errors
    ///
    /// When the format has no words for the period type.
    pub fn write(self, data_set: &DataSet, planned: &[Planned]) -> Outcome<UploadFiles> {
        let of = |clear: bool| -> Vec<DataValue> {
            let changes = planned.iter().flat_map(|planned| planned.plan.to_send());
            let wanted = changes.filter(|change| (change.kind() == ChangeKind::Clear) == clear);
            wanted.filter_map(dhis2_client::Change::data_value).collect()
        };
        let (values, clears) = (of(false), of(true));
        let (n_values, n_clears) = (values.len(), clears.len());
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
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let counts = || planned.iter().map(|planned| planned.plan.counts());
        Ok(UploadFiles {
            values: text(bytes),
            n_values,
            clears: (n_clears > 0).then(|| text(DataValueSet::new(data_set.id, clears).to_json())),
            n_clears,
            n_unchanged: counts().map(|counts| counts.unchanged).sum(),
            n_foreign: counts().map(|counts| counts.foreign).sum(),
        })
    }

    /// The format as the Import/Export app names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dxf => "JSON",
            Self::Adx => "ADX",
            Self::Csv => "CSV, with \"First row is header\"",
        }
    }
}
