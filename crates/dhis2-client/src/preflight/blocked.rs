//! Which single cells a server would refuse.

use std::collections::{BTreeMap, BTreeSet};

use super::checks::{self, Joined};
use super::{Finding, Preflight, Severity};
use crate::cell::{Cell, DataValue};

/// Tells for each value whether this server would refuse it, and why: the first reason, in the
/// order in which the server looks. Pure: no call is made.
///
/// [`preflight`](super::preflight()) says the same of all cells together; this says it cell by cell,
/// for a plan that a person reads. The cells of `input` are not looked at.
///
/// # Examples
///
/// See `examples/dhis2_preflight.rs`.
#[must_use]
pub fn blocked(input: &Preflight<'_>, values: &[DataValue]) -> BTreeMap<Cell, Finding> {
    let mut general = Vec::new();
    checks::server(input, &mut general);
    checks::user(input, &mut general);
    checks::data_set(input, &mut general);
    let general = general.into_iter().find(blocks);
    if let Some(finding) = general {
        return values.iter().map(|value| (value.cell, finding.clone())).collect();
    }
    let units: BTreeMap<_, _> =
        input.data_set.org_units.iter().map(|unit| (unit.id, unit)).collect();
    // A million cells have few units, periods and elements: each is looked at once.
    let places = once(
        values,
        |cell| (cell.org_unit, cell.period),
        |&(id, period), joined| {
            checks::place(input, (id, units.get(&id).copied()), period, joined);
        },
    );
    let times = once(
        values,
        |cell| cell.period,
        |&period, joined| {
            checks::time(input, period, joined);
        },
    );
    let keys = once(
        values,
        |cell| (cell.data_element, cell.category_option_combo),
        |&(element, combo), joined| {
            checks::key(input, element, combo, joined);
        },
    );
    let attributes = once(
        values,
        |cell| (cell.attribute_option_combo, cell.period),
        |&(combo, period), joined| {
            checks::attribute(input, combo, period, joined);
        },
    );
    let attribute_units = once(
        values,
        |cell| (cell.attribute_option_combo, cell.org_unit),
        |(combo, unit), joined| {
            if let Some(unit) = units.get(unit) {
                checks::attribute_unit(input, *combo, unit, joined);
            }
        },
    );
    values
        .iter()
        .filter_map(|value| {
            let cell = value.cell;
            let found = places
                .get(&(cell.org_unit, cell.period))
                .or_else(|| times.get(&cell.period))
                .or_else(|| keys.get(&(cell.data_element, cell.category_option_combo)))
                .or_else(|| attributes.get(&(cell.attribute_option_combo, cell.period)))
                .or_else(|| attribute_units.get(&(cell.attribute_option_combo, cell.org_unit)))
                .cloned()
                .or_else(|| content(input, value))?;
            Some((cell, found))
        })
        .collect()
}

/// The first blocking finding of each key that has one.
fn once<K: Ord>(
    values: &[DataValue],
    key: impl Fn(&Cell) -> K,
    check: impl Fn(&K, &mut Joined),
) -> BTreeMap<K, Finding> {
    let keys: BTreeSet<K> = values.iter().map(|value| key(&value.cell)).collect();
    keys.into_iter()
        .filter_map(|key| {
            let mut joined = Joined::new();
            check(&key, &mut joined);
            joined.into_findings().find(blocks).map(|finding| (key, finding))
        })
        .collect()
}

fn content(input: &Preflight<'_>, value: &DataValue) -> Option<Finding> {
    let element = input.data_set.element(value.cell.data_element)?;
    let mut joined = Joined::new();
    checks::content(input, value, element, &mut joined);
    joined.into_findings().find(blocks)
}

fn blocks(finding: &Finding) -> bool {
    finding.severity == Severity::Blocks
}
