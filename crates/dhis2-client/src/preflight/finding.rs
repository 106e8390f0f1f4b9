//! A reason for which values would be refused.

use std::fmt;

use crate::cell::Cell;
use crate::import::{ErrorCode, RefusalCategory};
use crate::period::Period;
use crate::uid::{CategoryOptionComboId, DataElementId, OrgUnitId};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The server would refuse values.
    Blocks,
    /// The server would take the values, but not as one would expect.
    Warns,
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Subject {
    /// The server.
    Server,
    /// The user.
    User,
    /// The data set.
    DataSet,
    /// A data element.
    DataElement(DataElementId),
    /// A period.
    Period(Period),
    /// An organisation unit.
    OrgUnit(OrgUnitId),
    /// A category or attribute option combination.
    OptionCombo(CategoryOptionComboId),
    /// One cell.
    Cell(Cell),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server => f.write_str("server"),
            Self::User => f.write_str("user"),
            Self::DataSet => f.write_str("data set"),
            Self::DataElement(id) => write!(f, "data element {id}"),
            Self::Period(period) => write!(f, "period {period}"),
            Self::OrgUnit(id) => write!(f, "organisation unit {id}"),
            Self::OptionCombo(id) => write!(f, "option combination {id}"),
            Self::Cell(cell) => write!(f, "cell {cell}"),
        }
    }
}

/// A reason for which this server would refuse values, or treat them otherwise than expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The code that this server would answer; none where it would answer without one.
    pub code: Option<ErrorCode>,
    /// What it is about.
    pub subject: Subject,
    /// How many of the cells it concerns; 0 where it concerns none in particular.
    pub n_cells: usize,
    /// What is wrong, and what it costs.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl Finding {
    /// Who can do something about it.
    #[must_use]
    pub fn category(&self) -> RefusalCategory {
        self.code.map_or(RefusalCategory::Unknown, ErrorCode::category)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(code) = self.code {
            write!(f, " ({code})")?;
        }
        write!(f, "; {}", self.remedy)
    }
}
