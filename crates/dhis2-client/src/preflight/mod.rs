//! What a server would refuse, found before anything is sent.

mod blocked;
mod checks;
mod finding;
#[cfg(test)]
mod tests;

use crate::cell::{Cell, DataValue};
use crate::metadata::{DataSet, Me};
use crate::system::SystemInfo;

pub use blocked::blocked;
pub use finding::{Finding, Severity, Subject};

/// What is known before sending.
#[derive(Debug, Clone, Copy)]
pub struct Preflight<'a> {
    /// The data set.
    pub data_set: &'a DataSet,
    /// The cells that would be sent.
    pub cells: &'a [Cell],
    /// Who would send them.
    pub user: &'a Me,
    /// The server, with its clock.
    pub server: &'a SystemInfo,
}

/// Lists every reason for which this server would refuse the cells, or treat them otherwise than
/// one would expect, whatever their values. Pure: no call is made.
///
/// Each finding has the code that this server would answer (`E76xx` up to 2.42, `E8xxx` from 2.43
/// on), how many cells it concerns, and a sentence on what to do. Approval and lock exceptions are
/// not looked at: they hang on states that only the server knows. System settings are not asked for
/// either: this crate names the data set and switches every strict check on by itself, so none of
/// them changes what happens to its calls.
///
/// # Examples
///
/// See `examples/dhis2_preflight.rs`.
#[must_use]
pub fn preflight(input: &Preflight<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    checks::server(input, &mut findings);
    checks::user(input, &mut findings);
    checks::data_set(input, &mut findings);
    checks::cells(input, &mut findings);
    sorted(findings)
}

/// Lists what this server would refuse of the values themselves: value types, option sets, zeros
/// that are not significant, cells that stand twice.
#[must_use]
pub fn preflight_values(input: &Preflight<'_>, values: &[DataValue]) -> Vec<Finding> {
    let mut findings = Vec::new();
    checks::values(input, values, &mut findings);
    sorted(findings)
}

/// Lists what would stand against registering entries as complete: compulsory values that are not
/// among the cells.
#[must_use]
pub fn preflight_completeness(input: &Preflight<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    checks::compulsory(input, &mut findings);
    findings
}

/// What blocks first, then what concerns most cells.
fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| {
        (a.severity, std::cmp::Reverse(a.n_cells), &a.message).cmp(&(
            b.severity,
            std::cmp::Reverse(b.n_cells),
            &b.message,
        ))
    });
    findings
}
