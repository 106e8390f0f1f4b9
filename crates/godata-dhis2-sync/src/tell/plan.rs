//! A plan, as `terraform plan` would show it: one line a cell that changes, a sum at the end.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dhis2_client::{Action, Change, DataSet, Wanted};

use super::cells::left_out;
use super::report_page::why;
use super::screen::{count, lines, table};
use crate::pipeline::{Counted, Planned, Prepared, Whys};

/// A plan longer than this is shown by place and period, unless everything is asked for.
const MANY: usize = 60;

/// The plan of all reports for a terminal.
#[must_use]
pub fn plan(
    prepared: &[Prepared],
    planned: &[Planned],
    whys: &[Whys],
    counted: &Counted,
    all: bool,
) -> String {
    let mut text = String::new();
    for (n, (report, planned)) in prepared.iter().zip(planned).enumerate() {
        text.push_str(&one(report, planned, whys.get(n), all));
        text.push('\n');
    }
    text.push_str(&left_out(&counted.left_out(prepared)));
    for (source, n) in &counted.read {
        let _ = writeln!(text, "read: {n} {source}");
    }
    for (source, n) in counted.bad() {
        let _ = writeln!(text, "warning: {n} of {source} could not be read and are in no figure");
    }
    text
}

fn one(report: &Prepared, planned: &Planned, whys: Option<&Whys>, all: bool) -> String {
    let (first, last) = report.periods;
    let mut text = format!("{}  ({}, {first} to {last})\n", report.name, report.kind);
    let shown: Vec<&Change> = planned
        .plan
        .changes()
        .iter()
        .filter(|change| all || sign(&change.action).is_some())
        .collect();
    if let Some(data_set) = &report.data_set {
        if shown.len() > MANY && !all {
            text.push_str(&summary(data_set, &shown));
            let _ = writeln!(text, "  ({}; `--all` lists each)", count(shown.len(), "cell"));
        } else if !shown.is_empty() {
            text.push_str(&list(data_set, planned, whys, &shown));
        }
    }
    let counts = planned.plan.counts();
    let _ = writeln!(
        text,
        "{}: {} to create, {} to change, {} to clear, {} unchanged{}",
        if planned.plan.is_empty() { "Nothing to do" } else { "Plan" },
        counts.create,
        counts.update,
        counts.clear,
        counts.unchanged,
        if counts.foreign == 0 {
            String::new()
        } else {
            format!(", {} stored by others and left alone", counts.foreign)
        },
    );
    text.push_str(&blocked(planned));
    text
}

/// What DHIS2 would refuse of the plan: one line a reason, with how many cells it costs and what to do.
fn blocked(planned: &Planned) -> String {
    let mut by_reason: BTreeMap<(String, &str, &str), usize> = BTreeMap::new();
    for finding in planned.plan.changes().iter().filter_map(|change| planned.blocked(change)) {
        let code = finding.code.map(|code| format!(" [{code}]")).unwrap_or_default();
        *by_reason.entry((code, &finding.message, &finding.remedy)).or_default() += 1;
    }
    let mut text = String::new();
    if !by_reason.is_empty() {
        let _ =
            writeln!(text, "Blocked: DHIS2 would refuse {}", count(planned.n_blocked(), "cell"));
    }
    for ((code, reason, remedy), n) in by_reason {
        let _ = writeln!(text, "  {}: {reason}{code}\n    next: {remedy}", count(n, "cell"));
    }
    text
}

/// `+` new, `~` changed, `-` cleared, `!` somebody else's; nothing for cells that stay.
pub(super) fn sign(action: &Action) -> Option<char> {
    match action {
        Action::Create { .. } => Some('+'),
        Action::Update { .. } => Some('~'),
        Action::Clear { .. } => Some('-'),
        Action::Foreign { .. } => Some('!'),
        Action::Unchanged { .. } => None,
    }
}

/// The sign, with `x` behind it where DHIS2 would refuse the change.
fn mark(planned: &Planned, change: &Change) -> String {
    let sign = sign(&change.action).unwrap_or(' ');
    if planned.blocked(change).is_some() { format!("{sign}x") } else { sign.to_string() }
}

/// `2`, `4 → 5`, `3 → none`.
pub(super) fn step(change: &Change) -> String {
    match &change.action {
        Action::Create { new } => new.clone(),
        Action::Update { new, .. } => format!("{} → {new}", change.old().unwrap_or("none")),
        Action::Clear { .. } => format!("{} → none", change.old().unwrap_or("none")),
        Action::Unchanged { .. } => change.old().unwrap_or("none").to_owned(),
        Action::Foreign { old, wanted } => {
            let wanted = match wanted {
                Wanted::Value(value) => value.as_str(),
                Wanted::Nothing => "none",
            };
            format!(
                "{} by {} (counted: {wanted})",
                old.value.as_deref().unwrap_or("none"),
                old.stored_by.as_deref().unwrap_or("somebody")
            )
        }
    }
}

fn list(data_set: &DataSet, planned: &Planned, whys: Option<&Whys>, shown: &[&Change]) -> String {
    let mut rows = table(
        &["", "period", "organisation unit", "figure", "categories", "value", "because"],
        &[],
    );
    for change in shown {
        rows.add_row([
            mark(planned, change),
            change.cell.period.id(),
            unit_name(data_set, change),
            figure_name(data_set, planned, change),
            categories(data_set, change),
            step(change),
            why(planned, change, whys).unwrap_or_default(),
        ]);
    }
    lines(&rows)
}

fn summary(data_set: &DataSet, shown: &[&Change]) -> String {
    let mut by_key: BTreeMap<(String, String), [usize; 4]> = BTreeMap::new();
    for change in shown {
        let counts = by_key
            .entry((unit_name(data_set, change), data_element_name(data_set, change)))
            .or_default();
        match change.action {
            Action::Create { .. } => counts[0] += 1,
            Action::Update { .. } => counts[1] += 1,
            Action::Clear { .. } => counts[2] += 1,
            Action::Foreign { .. } => counts[3] += 1,
            Action::Unchanged { .. } => {}
        }
    }
    let mut rows = table(&["organisation unit", "data element", "+", "~", "-", "!"], &[2, 3, 4, 5]);
    for ((unit, element), counts) in by_key {
        let number = |n: usize| if n == 0 { String::new() } else { n.to_string() };
        rows.add_row([
            unit,
            element,
            number(counts[0]),
            number(counts[1]),
            number(counts[2]),
            number(counts[3]),
        ]);
    }
    lines(&rows)
}

pub(super) fn unit_name(data_set: &DataSet, change: &Change) -> String {
    data_set
        .org_unit(change.cell.org_unit)
        .map_or_else(|| change.cell.org_unit.to_string(), |unit| unit.name.clone())
}

fn data_element_name(data_set: &DataSet, change: &Change) -> String {
    data_set
        .element(change.cell.data_element)
        .map_or_else(|| change.cell.data_element.to_string(), |element| element.name.clone())
}

/// The indicator's name, and the data element's where no indicator counts the cell any more.
pub(super) fn figure_name(data_set: &DataSet, planned: &Planned, change: &Change) -> String {
    planned
        .indicator(&change.cell)
        .map_or_else(|| data_element_name(data_set, change), str::to_owned)
}

pub(super) fn categories(data_set: &DataSet, change: &Change) -> String {
    let Some(element) = data_set.element(change.cell.data_element) else { return String::new() };
    if element.combo.is_default {
        return String::new();
    }
    let options = element.combo.describe(change.cell.category_option_combo).unwrap_or_default();
    options.into_values().collect::<Vec<_>>().join(", ")
}
