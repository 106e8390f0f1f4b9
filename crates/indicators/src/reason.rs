//! Why a record is in no cell.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::places::PlaceProblem;

/// Why a record is in no cell of an indicator.
///
/// The order is that in which the questions are asked: of a record with several occurrences the
/// reason of the one that came furthest is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// The record is not a JSON object, or broken inside.
    Unreadable,
    /// The person it belongs to is not in the lists of `join`.
    PersonNotInList,
    /// The list whose elements are counted is absent or empty.
    NothingInList,
    /// The condition does not hold.
    Condition,
    /// It has no date.
    NoDate,
    /// Its date is not a date.
    UnreadableDate,
    /// Another occurrence of the same person is earlier.
    NotFirst,
    /// Another occurrence of the same person is later.
    NotLast,
    /// Another occurrence of the same person and period counts.
    SamePersonAndPeriod,
    /// Its date lies before the first period.
    BeforeWindow,
    /// Its date lies after the last period.
    AfterWindow,
    /// Its interval is open on no period's last day.
    NotOpen,
    /// It has no place.
    NoPlace,
    /// Its place is not in the list of locations.
    UnknownPlace,
    /// Its place has no organisation unit.
    UnmappedPlace,
    /// Its place lies above the level of the report.
    AboveLevel,
    /// It has no value in a breakdown that has no option for that.
    MissingCategory,
    /// Its value is none of the options of a breakdown.
    OtherCategory,
    /// The field that is measured has no value, or none that can be used.
    NoValue,
}

/// How many reasons there are.
pub(crate) const N_REASONS: usize = 19;

impl Reason {
    /// Every reason, in order.
    pub const ALL: [Self; N_REASONS] = [
        Self::Unreadable,
        Self::PersonNotInList,
        Self::NothingInList,
        Self::Condition,
        Self::NoDate,
        Self::UnreadableDate,
        Self::NotFirst,
        Self::NotLast,
        Self::SamePersonAndPeriod,
        Self::BeforeWindow,
        Self::AfterWindow,
        Self::NotOpen,
        Self::NoPlace,
        Self::UnknownPlace,
        Self::UnmappedPlace,
        Self::AboveLevel,
        Self::MissingCategory,
        Self::OtherCategory,
        Self::NoValue,
    ];

    /// The stable word for machines, such as `no-date`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::PersonNotInList => "person-not-in-list",
            Self::NothingInList => "nothing-in-list",
            Self::Condition => "condition",
            Self::NoDate => "no-date",
            Self::UnreadableDate => "unreadable-date",
            Self::NotFirst => "not-first",
            Self::NotLast => "not-last",
            Self::SamePersonAndPeriod => "same-person-and-period",
            Self::BeforeWindow => "before-window",
            Self::AfterWindow => "after-window",
            Self::NotOpen => "not-open",
            Self::NoPlace => "no-place",
            Self::UnknownPlace => "unknown-place",
            Self::UnmappedPlace => "unmapped-place",
            Self::AboveLevel => "above-level",
            Self::MissingCategory => "missing-category",
            Self::OtherCategory => "other-category",
            Self::NoValue => "no-value",
        }
    }
}

impl From<PlaceProblem> for Reason {
    fn from(problem: PlaceProblem) -> Self {
        match problem {
            PlaceProblem::Unknown => Self::UnknownPlace,
            PlaceProblem::Unmapped => Self::UnmappedPlace,
            PlaceProblem::AboveLevel => Self::AboveLevel,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "the record cannot be read",
            Self::PersonNotInList => "the person is not in the list",
            Self::NothingInList => "nothing in the list that is counted",
            Self::Condition => "the condition does not hold",
            Self::NoDate => "without a date",
            Self::UnreadableDate => "the date cannot be read",
            Self::NotFirst => "not the first of this person",
            Self::NotLast => "not the last of this person",
            Self::SamePersonAndPeriod => "this person counts once in the period",
            Self::BeforeWindow => "outside the window: before its first period",
            Self::AfterWindow => "outside the window: after its last period",
            Self::NotOpen => "open on no period's last day",
            Self::NoPlace => "without a place",
            Self::UnknownPlace => "unknown place",
            Self::UnmappedPlace => "place without an organisation unit",
            Self::AboveLevel => "place above the level of the report",
            Self::MissingCategory => "without a value for a breakdown",
            Self::OtherCategory => "a value that is no option of a breakdown",
            Self::NoValue => "without a value to measure",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_a_reason_is_its_serialised_form_and_its_place_its_order() {
        for (n, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, n);
            assert_eq!(serde_json::to_value(reason).expect("a value"), reason.as_str());
        }
    }
}
