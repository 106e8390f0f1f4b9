//! Where a number stands: in DHIS2, and in the configuration.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The identifier of a DHIS2 period, such as `2020W9`, ordered by time within one period type.
///
/// The ledger knows no calendar. It compares runs of digits as numbers, which puts the identifiers of every DHIS2
/// period type that has no month names into time order.
///
/// # Examples
///
/// ```
/// use godata_dhis2_sync::ledger::PeriodId;
///
/// assert!(PeriodId::from("2020W9") < PeriodId::from("2020W10"));
/// assert!(PeriodId::from("2020W53") < PeriodId::from("2021W1"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PeriodId(String);

impl PeriodId {
    /// The identifier as DHIS2 writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for PeriodId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl From<&str> for PeriodId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

impl fmt::Display for PeriodId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Ord for PeriodId {
    fn cmp(&self, other: &Self) -> Ordering {
        by_numbers(&self.0, &other.0).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for PeriodId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Compares texts with each run of digits as one number.
fn by_numbers(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.as_bytes(), right.as_bytes());
    loop {
        match (left.first(), right.first()) {
            (Some(a), Some(b)) if a.is_ascii_digit() && b.is_ascii_digit() => {
                let (a, b) = (digits(&mut left), digits(&mut right));
                let order = a.len().cmp(&b.len()).then_with(|| a.cmp(b));
                if order.is_ne() {
                    return order;
                }
            }
            (Some(a), Some(b)) if a == b => (left, right) = (&left[1..], &right[1..]),
            (a, b) => return a.cmp(&b),
        }
    }
}

/// Takes the digits at the front, and gives them back without leading zeros.
fn digits<'a>(text: &mut &'a [u8]) -> &'a [u8] {
    let n = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = text.split_at(n);
    *text = rest;
    let zeros = number.iter().take_while(|byte| **byte == b'0').count();
    &number[zeros..]
}

/// One data value in DHIS2, by the identifiers that DHIS2 gives it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CellAddress {
    /// The data set through which it is written.
    pub data_set: String,
    /// The period.
    pub period: PeriodId,
    /// The organisation unit.
    pub org_unit: String,
    /// The data element.
    pub data_element: String,
    /// The category option combination.
    pub category_option_combo: String,
    /// The attribute option combination.
    pub attribute_option_combo: String,
}

/// A report in DHIS2's words: a data set, and which of its attribute option combinations the values go into.
///
/// Outbreaks that are kept apart are reports of one data set that differ in the second.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportKey {
    /// The data set's id.
    pub data_set: String,
    /// The attribute option combination's id; empty for runs of which an older version of this program kept none.
    pub attribute_option_combo: String,
}

/// One figure as the configuration names it: an indicator at a period, place and combination of categories.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CellKey {
    /// The indicator.
    pub indicator: String,
    /// The period.
    pub period: PeriodId,
    /// The organisation unit.
    pub org_unit: String,
    /// Category → option; empty without a breakdown.
    pub categories: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_of_one_type_are_in_time_order() {
        for (earlier, later) in [
            ("2020W9", "2020W10"),
            ("2020W53", "2021W1"),
            ("202009", "202010"),
            ("20200930", "20201001"),
            ("2020Q4", "2021Q1"),
            ("2020BiW2", "2020BiW12"),
            ("2020WedW9", "2020WedW10"),
            ("2019", "2020"),
            ("2020W07", "2020W8"),
        ] {
            assert!(PeriodId::from(earlier) < PeriodId::from(later), "{earlier} < {later}");
            assert!(PeriodId::from(later) > PeriodId::from(earlier), "{later} > {earlier}");
        }
    }

    /// `Ord` must say "equal" exactly when `Eq` does, or sorted maps lose entries.
    #[test]
    fn two_spellings_of_one_week_are_still_two_identifiers() {
        assert_ne!(PeriodId::from("2020W07").cmp(&PeriodId::from("2020W7")), Ordering::Equal);
    }
}
