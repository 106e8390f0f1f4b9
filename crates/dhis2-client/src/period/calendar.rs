//! Calendars other than ISO 8601: refused, here and nowhere else.

use std::fmt;

/// The calendar that a server is set to (`keyCalendar`).
///
/// Identifiers of a server with another calendar look alike but mean other days: `2081` is a year
/// of the Nepali calendar, month 13 of the Ethiopian one is refused by the server itself. This
/// crate computes in ISO 8601 only; [`require_iso`](Self::require_iso) is the one place at which
/// another calendar would be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Calendar {
    /// `iso8601`, the default.
    Iso8601,
    /// `gregorian`: the same days by the same names.
    Gregorian,
    /// Any other, by its name on the server.
    Other(String),
}

impl Calendar {
    /// Reads the name that `system/info` gives; an absent or empty one is the default.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "" | "iso8601" => Self::Iso8601,
            "gregorian" => Self::Gregorian,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Whether the periods of this crate are those of the server.
    ///
    /// # Errors
    ///
    /// [`CalendarError`] for `ethiopian`, `nepali`, `coptic`, `islamic`, `julian`, `persian`,
    /// `thai` and names not known.
    pub fn require_iso(&self) -> Result<(), CalendarError> {
        match self {
            Self::Iso8601 | Self::Gregorian => Ok(()),
            Self::Other(name) => Err(CalendarError { calendar: name.clone() }),
        }
    }
}

impl fmt::Display for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Iso8601 => f.write_str("iso8601"),
            Self::Gregorian => f.write_str("gregorian"),
            Self::Other(name) => f.write_str(name),
        }
    }
}

/// The server counts in a calendar whose periods this crate cannot compute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the DHIS2 server is set to the {calendar} calendar, whose periods are other days than those \
     of ISO 8601; nothing can be sent to it"
)]
pub struct CalendarError {
    calendar: String,
}
