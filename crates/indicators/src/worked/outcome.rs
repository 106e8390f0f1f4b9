//! What came out, against what should have.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::reason::Reason;

/// The outcome of a worked file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkedOutcome {
    /// The title of the file.
    pub title: String,
    /// How many cells were compared.
    pub n_cells: usize,
    /// What is not as expected, in the order of the indicators.
    pub differences: Vec<Difference>,
}

/// One thing that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum Difference {
    /// The value of a cell.
    Cell {
        /// The indicator.
        indicator: String,
        /// The period.
        period: String,
        /// The organisation unit.
        org_unit: String,
        /// The option of each category.
        categories: BTreeMap<String, String>,
        /// What was expected; absent: that the cell is empty.
        expected: Option<String>,
        /// What was found; absent: the cell is empty.
        found: Option<String>,
    },
    /// The number of records that are in no cell.
    LeftOut {
        /// The indicator.
        indicator: String,
        /// The reason.
        reason: Reason,
        /// How many were expected.
        expected: u64,
        /// How many there are.
        found: u64,
    },
}

impl WorkedOutcome {
    /// Whether everything is as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}

impl fmt::Display for WorkedOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells = if self.n_cells == 1 { "cell" } else { "cells" };
        write!(f, "{}: {} {cells} compared, ", self.title, self.n_cells)?;
        match self.differences.len() {
            0 => write!(f, "all as expected")?,
            1 => write!(f, "1 difference")?,
            n => write!(f, "{n} differences")?,
        }
        self.differences.iter().try_for_each(|difference| write!(f, "\n  {difference}"))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cell { indicator, period, org_unit, categories, expected, found } => {
                write!(f, "{indicator}, {period}, {org_unit}")?;
                for (category, option) in categories {
                    write!(f, ", {category}={option}")?;
                }
                let empty = || "nothing".to_owned();
                let expected = expected.clone().unwrap_or_else(empty);
                let found = found.clone().unwrap_or_else(empty);
                write!(f, ": expected {expected}, found {found}")
            }
            Self::LeftOut { indicator, reason, expected, found } => {
                write!(f, "{indicator}, left out ({reason}): expected {expected}, found {found}")
            }
        }
    }
}
