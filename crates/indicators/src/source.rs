//! The kinds of records.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A kind of Go.Data record.
///
/// Its text, in configuration and in names of files, is that of the Go.Data route.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Cases: people who are, were or may be ill.
    #[default]
    Cases,
    /// Contacts of cases.
    Contacts,
    /// Contacts of contacts.
    ContactsOfContacts,
    /// Events, such as gatherings.
    Events,
    /// Visits to contacts (and cases) under follow-up.
    FollowUps,
    /// Samples and their results.
    LabResults,
    /// Exposures: who met whom.
    Relationships,
}

impl Source {
    /// Every kind, in the order in which they are read.
    pub const ALL: [Self; 7] = [
        Self::Cases,
        Self::Contacts,
        Self::ContactsOfContacts,
        Self::Events,
        Self::FollowUps,
        Self::LabResults,
        Self::Relationships,
    ];

    /// The text of the kind, such as `lab-results`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cases => "cases",
            Self::Contacts => "contacts",
            Self::ContactsOfContacts => "contacts-of-contacts",
            Self::Events => "events",
            Self::FollowUps => "follow-ups",
            Self::LabResults => "lab-results",
            Self::Relationships => "relationships",
        }
    }

    /// Whether one record is one person (or event), so that no other record is of the same one.
    #[must_use]
    pub fn is_person(self) -> bool {
        matches!(self, Self::Cases | Self::Contacts | Self::ContactsOfContacts | Self::Events)
    }

    /// The date by which such records are counted unless a definition says otherwise.
    #[must_use]
    pub fn usual_date(self) -> &'static str {
        match self {
            Self::Cases | Self::Contacts | Self::ContactsOfContacts => "dateOfReporting",
            Self::Events | Self::FollowUps => "date",
            Self::LabResults => "dateSampleTaken",
            Self::Relationships => "contactDate",
        }
    }

    /// Fields in which such a record carries a copy of the person it belongs to.
    ///
    /// Seen in Go.Data 2.50.3: lab results carry `person`, follow-ups carry `contact`, even when it
    /// is a case; relationships carry nobody.
    pub(crate) fn embedded_person(self) -> &'static [&'static str] {
        match self {
            Self::FollowUps => &["contact", "case", "person"],
            Self::LabResults => &["person", "case", "contact"],
            _ => &[],
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no kind of record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no kind of record; use one of: cases, contacts, contacts-of-contacts, events, follow-ups, lab-results, relationships"
)]
pub struct UnknownSource(String);

impl FromStr for Source {
    type Err = UnknownSource;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|source| source.as_str() == text)
            .ok_or_else(|| UnknownSource(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_read_by_its_name() {
        for source in Source::ALL {
            assert_eq!(source.to_string().parse(), Ok(source));
        }
        let error = "case".parse::<Source>().unwrap_err();
        assert!(error.to_string().starts_with("`case` is no kind of record; use one of: cases, "));
    }
}
