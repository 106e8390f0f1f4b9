//! How far the locations have organisation units.

use super::{Check, Status};
use crate::places::{Location, Mapping};

pub(super) fn places(locations: &[Location], mapping: &Mapping) -> Vec<Check> {
    let live = locations.iter().filter(|location| !location.deleted).count();
    let matched = locations
        .iter()
        .filter(|location| !location.deleted && mapping.get(&location.id).is_some())
        .count();
    let methods: Vec<String> = mapping
        .by_method()
        .into_iter()
        .map(|(method, n)| format!("{n} by {method:?}").to_lowercase())
        .collect();
    let mut checks = vec![if matched == 0 {
        Check::found(
            Status::Bad,
            "Places",
            format!("none of {live} locations has an organisation unit"),
            "write a table of places with `init`, or keep DHIS2 ids or codes as location identifiers in Go.Data",
        )
    } else {
        Check::good(
            "Places",
            format!(
                "{matched} of {live} locations have an organisation unit ({})",
                methods.join(", ")
            ),
        )
    }];
    for (unit, locations) in mapping.shared_units() {
        checks.push(Check::found(
            Status::Warning,
            "Places",
            format!(
                "{} locations share the organisation unit {unit}: their figures are added",
                locations.len()
            ),
            "make sure that they are one place; if not, correct their codes or the table of places",
        ));
    }
    checks
}
