//! Why a text names no period.

use super::PeriodType;

/// A text that names no period, or not one of the type that is needed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PeriodError {
    /// No period type writes its identifiers like this.
    #[error("`{id}` is no DHIS2 period: expected a form such as `20240131`, `2024W5` or `202401`")]
    UnknownForm {
        /// The text, cut after 40 characters.
        id: String,
    },
    /// The form is right but there is no such week, month, day or half year.
    #[error("there is no period `{id}` of type {period_type}: {reason}")]
    NoSuchPeriod {
        /// The text.
        id: String,
        /// The type its form belongs to.
        period_type: PeriodType,
        /// What does not exist.
        reason: String,
    },
    /// A period of another type than the one that is needed.
    #[error("`{id}` is a period of type {found}, but {expected} is needed")]
    WrongType {
        /// The period.
        id: String,
        /// The type that is needed.
        expected: PeriodType,
        /// The type of the period.
        found: PeriodType,
    },
    /// A name that is no period type of DHIS2.
    #[error(
        "`{name}` is no period type of DHIS2 2.34–2.44: expected one such as `Daily`, `Weekly` or `Monthly`"
    )]
    UnknownType {
        /// The name, cut after 40 characters.
        name: String,
    },
    /// An ISO interval that no period has.
    #[error("`{interval}` is the interval of no DHIS2 period: {reason}")]
    UnknownInterval {
        /// The text, cut after 40 characters.
        interval: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}
