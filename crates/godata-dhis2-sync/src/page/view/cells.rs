//! Cells that changed, were refused, lost, not sent, or belong to someone else.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::page::model::{Cell, End, Report};
use crate::page::words::{count, grouped};

/// A page is read, not searched: beyond so many rows of one kind the rest is counted, not listed.
const MOST_ROWS: usize = 400;
/// Up to so many first values are listed one by one; more are summed up by indicator and place.
const MOST_FIRST_VALUES: usize = 40;

/// A cell as one row.
#[derive(Debug, Serialize)]
pub(super) struct CellRow {
    period: String,
    org_unit: String,
    indicator: String,
    categories: String,
    old: Option<String>,
    new: Option<String>,
    /// `up`, `down` or nothing, from numbers that were and are there.
    direction: Option<&'static str>,
    why: Option<String>,
    by: Option<String>,
}

/// The rows of one kind, and how many are not shown.
#[derive(Debug, Serialize)]
pub(super) struct Rows {
    n: usize,
    rows: Vec<CellRow>,
    n_more: usize,
}

impl Rows {
    fn of<'a>(cells: impl Iterator<Item = &'a Cell>) -> Self {
        let mut rows: Vec<CellRow> = cells.map(CellRow::of).collect();
        let n = rows.len();
        rows.truncate(MOST_ROWS);
        Self { n, n_more: n - rows.len(), rows }
    }
}

/// Cells by what became of them, but for the refused.
#[derive(Debug, Serialize)]
pub(super) struct CellGroups {
    /// Corrected and cleared.
    changed: Rows,
    /// Sent for the first time; without rows where they are many.
    created: Rows,
    /// The first values by indicator, where they are too many to list.
    created_sums: Vec<CreatedSum>,
    foreign: Rows,
}

/// How many first values an indicator has.
#[derive(Debug, Serialize)]
struct CreatedSum {
    indicator: String,
    n: usize,
    n_org_units: usize,
    /// First and last period that got a value.
    periods: String,
}

impl CellGroups {
    pub(super) fn of(report: &Report) -> Self {
        let done = |old: bool| {
            report
                .cells
                .iter()
                .filter(move |cell| cell.end == End::Done && cell.old.is_some() == old)
        };
        let is_many = done(false).count() > MOST_FIRST_VALUES;
        Self {
            changed: Rows::of(done(true)),
            created: if is_many {
                Rows { n: done(false).count(), rows: Vec::new(), n_more: 0 }
            } else {
                Rows::of(done(false))
            },
            created_sums: if is_many { sums(report, done(false)) } else { Vec::new() },
            foreign: Rows::of(
                report.cells.iter().filter(|cell| matches!(cell.end, End::Foreign { .. })),
            ),
        }
    }
}

/// In the order of the report's indicators, then of others.
fn sums<'a>(report: &Report, cells: impl Iterator<Item = &'a Cell>) -> Vec<CreatedSum> {
    let indicator_at = |name: &str| report.indicators.iter().position(|one| one.name == name);
    let period_at = |id: &str| report.periods.iter().position(|one| one.id == id);
    let mut by_indicator: BTreeMap<(usize, &str), Vec<&Cell>> = BTreeMap::new();
    for cell in cells {
        let at = indicator_at(&cell.indicator).unwrap_or(usize::MAX);
        by_indicator.entry((at, &cell.indicator)).or_default().push(cell);
    }
    by_indicator
        .into_iter()
        .map(|((_, indicator), mut cells)| {
            cells.sort_by_key(|cell| period_at(&cell.period));
            let org_units: std::collections::BTreeSet<&str> =
                cells.iter().map(|cell| cell.org_unit.as_str()).collect();
            let (first, last) = (&cells[0].period, &cells[cells.len() - 1].period);
            CreatedSum {
                indicator: indicator.to_owned(),
                n: cells.len(),
                n_org_units: org_units.len(),
                periods: if first == last { first.clone() } else { format!("{first} to {last}") },
            }
        })
        .collect()
}

impl CellRow {
    fn of(cell: &Cell) -> Self {
        let number = |text: &Option<String>| text.as_deref()?.parse::<rust_decimal::Decimal>().ok();
        Self {
            period: cell.period.clone(),
            org_unit: cell.org_unit.clone(),
            indicator: cell.indicator.clone(),
            categories: cell.categories.join(", "),
            direction: match (number(&cell.old), number(&cell.new)) {
                (Some(old), Some(new)) if new > old => Some("up"),
                (Some(old), Some(new)) if new < old => Some("down"),
                _ => None,
            },
            old: cell.old.as_deref().map(shown),
            new: cell.new.as_deref().map(shown),
            why: cell.why.clone(),
            by: match &cell.end {
                End::Foreign { by } => by.clone(),
                _ => None,
            },
        }
    }
}

/// A value as the page writes it: numbers grouped, other values as they are.
fn shown(value: &str) -> String {
    if value.parse::<rust_decimal::Decimal>().is_ok() { grouped(value) } else { value.to_owned() }
}

/// What DHIS2 did not take, by reason.
#[derive(Debug, Serialize)]
pub(super) struct Refusals {
    n: usize,
    groups: Vec<Refusal>,
}

#[derive(Debug, Serialize)]
struct Refusal {
    code: Option<String>,
    reason: String,
    remedy: String,
    /// `3 values`.
    words: String,
    cells: Rows,
}

impl Refusals {
    pub(super) fn of(report: &Report) -> Self {
        let mut groups: BTreeMap<(&str, &str, Option<&str>), Vec<&Cell>> = BTreeMap::new();
        for cell in &report.cells {
            let key = match &cell.end {
                End::Refused { code, reason, remedy } => {
                    (reason.as_str(), remedy.as_str(), code.as_deref())
                }
                End::Lost => (
                    "DHIS2 said that it was stored, but it was not there when read back",
                    "Run again: only these values are sent.",
                    None,
                ),
                End::Open => (
                    "Not sent, or sent without an answer",
                    "Run again: what DHIS2 holds by then is not sent twice.",
                    None,
                ),
                End::Done | End::Foreign { .. } => continue,
            };
            groups.entry(key).or_default().push(cell);
        }
        let n = groups.values().map(Vec::len).sum();
        let mut groups: Vec<Refusal> = groups
            .into_iter()
            .map(|((reason, remedy, code), cells)| Refusal {
                code: code.map(str::to_owned),
                reason: reason.to_owned(),
                remedy: remedy.to_owned(),
                words: count(u64::try_from(cells.len()).unwrap_or(u64::MAX), "value"),
                cells: Rows::of(cells.into_iter()),
            })
            .collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.cells.n));
        Self { n, groups }
    }
}
