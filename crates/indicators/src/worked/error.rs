//! Why a worked file could not be run.

use crate::engine::CompileError;
use crate::library::LibraryError;
use crate::scan::ArrayError;
use crate::timeline::TimelineError;

/// Why a worked file could not be run. A difference in a cell is none of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WorkedError {
    /// The text is not a worked file.
    #[error("the worked file cannot be read: {problem}")]
    Unreadable {
        /// What is wrong and where.
        problem: String,
    },
    /// A period is not written as two days.
    #[error(
        "the period {id} is `{written}`; write its first and last day, as in \"2020-08-24/2020-08-30\""
    )]
    Period {
        /// The period.
        id: String,
        /// What is written.
        written: String,
    },
    /// The distance from UTC cannot be read.
    #[error("the distance from UTC is `{written}`; write it like \"+01:00\"")]
    Offset {
        /// What is written.
        written: String,
    },
    /// There is nothing to test.
    #[error("there are no indicators to test: name a `library`, or write `[[value]]` tables")]
    NoIndicators,
    /// A line does not say for which period or organisation unit it is, and there are several.
    #[error(
        "an expected cell of \"{indicator}\" has no `{key}`, and there is more than one to choose from"
    )]
    Ambiguous {
        /// The indicator.
        indicator: String,
        /// The missing key.
        key: &'static str,
    },
    /// A line is about something that is not there.
    #[error("there is no {what} \"{name}\"{hint}")]
    Unknown {
        /// What it should be: an indicator, a period, an organisation unit.
        what: &'static str,
        /// The name.
        name: String,
        /// What may have been meant.
        hint: String,
    },
    /// The periods do not follow on each other.
    #[error("the periods of the worked file make no timeline")]
    Timeline(#[from] TimelineError),
    /// The library or a setting of it is unknown.
    #[error("the library of the worked file cannot be used")]
    Library(#[from] LibraryError),
    /// A definition has no meaning.
    #[error("a definition cannot be used")]
    Definition(#[from] CompileError),
    /// The records are no records.
    #[error("the records of the worked file cannot be read")]
    Records(#[from] ArrayError),
}
