//! The kinds of records that an outbreak holds, and where each is found.

use std::{fmt, str::FromStr};

/// A kind of record of an outbreak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RecordKind {
    /// A case.
    Case,
    /// A contact of a case.
    Contact,
    /// A contact of a contact.
    ContactOfContact,
    /// An event, such as a gathering.
    Event,
    /// One day's follow-up of a contact (or, from 2.49 on, of a case).
    FollowUp,
    /// A laboratory result, with its person.
    LabResult,
    /// An exposure: who was exposed to whom.
    Relationship,
}

impl RecordKind {
    /// All kinds, in the order of their declaration.
    pub const ALL: [Self; 7] = [
        Self::Case,
        Self::Contact,
        Self::ContactOfContact,
        Self::Event,
        Self::FollowUp,
        Self::LabResult,
        Self::Relationship,
    ];

    /// The name that Go.Data's addresses use: `cases`, `contacts-of-contacts`, ….
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Case => "cases",
            Self::Contact => "contacts",
            Self::ContactOfContact => "contacts-of-contacts",
            Self::Event => "events",
            Self::FollowUp => "follow-ups",
            Self::LabResult => "lab-results",
            Self::Relationship => "relationships",
        }
    }

    /// What one record is called.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Contact => "contact",
            Self::ContactOfContact => "contact of contact",
            Self::Event => "event",
            Self::FollowUp => "follow-up",
            Self::LabResult => "lab result",
            Self::Relationship => "relationship",
        }
    }
}

/// The name that Go.Data's addresses use.
impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Not the name of a kind of record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{name}` is no kind of record: use cases, contacts, contacts-of-contacts, events, follow-ups, \
     lab-results or relationships"
)]
pub struct UnknownKind {
    name: String,
}

impl FromStr for RecordKind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .ok_or_else(|| UnknownKind { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_name() {
        for kind in RecordKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        assert!("case".parse::<RecordKind>().is_err());
    }
}
