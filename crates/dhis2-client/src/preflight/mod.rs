//! What a server would refuse, found before anything is sent.

mod checks;
mod finding;
#[cfg(test)]
mod tests;

use crate::cell::DataValue;
use crate::metadata::{DataSet, Me};
use crate::system::{ImportSettings, SystemInfo};

pub use finding::{Finding, Severity, Subject};

/// What is known before sending.
#[derive(Debug, Clone, Copy)]
pub struct Preflight<'a> {
    /// The data set.
    pub data_set: &'a DataSet,
    /// What would be sent.
    pub values: &'a [DataValue],
    /// Who would send it.
    pub user: &'a Me,
    /// The server, with its clock.
    pub server: &'a SystemInfo,
    /// The server's settings, where they could be read.
    pub settings: Option<&'a ImportSettings>,
    /// Whether entries will be registered as complete afterwards.
    pub completes: bool,
}

/// Lists every reason for which this server would refuse the values, or treat them otherwise than
/// one would expect. Pure: no call is made.
///
/// Each finding has the code that this server would answer (`E76xx` up to 2.42, `E8xxx` from 2.43
/// on), how many values it concerns, and a sentence on what to do. Approval and lock exceptions are
/// not looked at: they hang on states that only the server knows.
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
    checks::values(input, &mut findings);
    // What blocks first, then what concerns most values.
    findings.sort_by(|a, b| {
        (a.severity, std::cmp::Reverse(a.n_values), &a.message).cmp(&(
            b.severity,
            std::cmp::Reverse(b.n_values),
            &b.message,
        ))
    });
    findings
}
