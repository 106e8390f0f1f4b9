//! One report: its summary, and its parts in the order of the page.

use std::collections::BTreeMap;

use serde::Serialize;

use super::cells::{CellGroups, Refusals};
use super::curves::{CurveView, curves};
use crate::page::figures::Figures;
use crate::page::model::{Completeness, Failure, LeftOut, Page, Report};
use crate::page::words::{count, day, list, number, period_word, sentence};

/// A report as the template shows it.
#[derive(Debug, Serialize)]
pub(super) struct ReportView {
    /// Unique within the page; anchors begin with it.
    id: String,
    name: String,
    data_set: String,
    /// `30 weeks, 2020W35 to 2021W11 (24 August 2020 to 21 March 2021)`.
    range: String,
    figures: Figures,
    n_held: u64,
    failure: Option<Failure>,
    refusals: Refusals,
    cells: CellGroups,
    curves: Vec<CurveView>,
    /// Indicators without a number that can be drawn, in words.
    undrawn: Option<String>,
    /// Indicators that are zero in every period, in words.
    flat: Option<String>,
    left_out: Vec<LeftOutRow>,
    accounts: Vec<Account>,
    definitions: Vec<Definition>,
    completeness: Option<CompletenessView>,
}

/// Records left out for one reason.
#[derive(Debug, Serialize)]
struct LeftOutRow {
    reason: String,
    meaning: String,
    /// Whether the definition wants it so; otherwise records that should have counted but could not.
    by_design: bool,
    /// How many for each indicator, the most first.
    indicators: Vec<LeftOutCount>,
}

#[derive(Debug, Serialize)]
struct LeftOutCount {
    indicator: String,
    n: u64,
}

/// Where all records of an indicator went.
#[derive(Debug, Serialize)]
struct Account {
    indicator: String,
    n_read: u64,
    n_counted: u64,
    /// Left out, as the definition wants it.
    n_by_design: u64,
    /// Left out, although they should have counted.
    n_lost: u64,
    /// Records that are neither counted nor left out: a fault of the program, never hidden.
    n_unaccounted: u64,
}

#[derive(Debug, Serialize)]
struct Definition {
    name: String,
    words: String,
    breakdown: Option<String>,
}

#[derive(Debug, Serialize)]
struct CompletenessView {
    sentence: String,
    incomplete: Vec<IncompleteRow>,
}

#[derive(Debug, Serialize)]
struct IncompleteRow {
    org_unit: String,
    why: String,
    periods: String,
}

impl ReportView {
    pub(super) fn of(page: &Page, report: &Report, number: usize) -> Self {
        let figures = Figures::of(report);
        let id = format!("r{number}");
        let drawn = curves(page, report, &id);
        Self {
            name: report.name.clone(),
            data_set: report.data_set.clone(),
            range: range(report),
            figures,
            n_held: figures.held(),
            failure: report.failure.clone(),
            refusals: Refusals::of(report),
            cells: CellGroups::of(report),
            curves: drawn.curves,
            undrawn: (!drawn.undrawn.is_empty()).then(|| list(&drawn.undrawn)),
            flat: (!drawn.flat.is_empty()).then(|| list(&drawn.flat)),
            left_out: left_out(&report.left_out),
            accounts: accounts(report),
            definitions: report
                .indicators
                .iter()
                .map(|indicator| Definition {
                    name: indicator.name.clone(),
                    words: indicator.definition.clone(),
                    breakdown: (!indicator.breakdown.is_empty())
                        .then(|| list(&indicator.breakdown)),
                })
                .collect(),
            completeness: report.completeness.as_ref().map(completeness),
            id,
        }
    }
}

fn range(report: &Report) -> String {
    let word = period_word(&report.period_type);
    let n = u64::try_from(report.periods.len()).unwrap_or(u64::MAX);
    match report.periods.as_slice() {
        [] => count(0, word),
        [only] => format!("1 {word}, {} ({} to {})", only.id, day(only.first), day(only.last)),
        [first, .., last] => format!(
            "{}, {} to {} ({} to {})",
            count(n, word),
            first.id,
            last.id,
            day(first.first),
            day(last.last)
        ),
    }
}

/// What should have counted first, then by number.
fn left_out(rows: &[LeftOut]) -> Vec<LeftOutRow> {
    let mut by_reason: BTreeMap<(bool, &str, &str), Vec<LeftOutCount>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.n > 0) {
        by_reason
            .entry((row.by_design, &row.reason, &row.meaning))
            .or_default()
            .push(LeftOutCount { indicator: row.indicator.clone(), n: row.n });
    }
    let mut rows: Vec<LeftOutRow> = by_reason
        .into_iter()
        .map(|((by_design, reason, meaning), mut indicators)| {
            indicators.sort_by_key(|count| std::cmp::Reverse(count.n));
            LeftOutRow {
                reason: sentence(reason),
                meaning: meaning.to_owned(),
                by_design,
                indicators,
            }
        })
        .collect();
    rows.sort_by_key(|row| (row.by_design, std::cmp::Reverse(row.indicators[0].n)));
    rows
}

fn accounts(report: &Report) -> Vec<Account> {
    report
        .indicators
        .iter()
        .map(|indicator| {
            let n = |by_design: bool| {
                report
                    .left_out
                    .iter()
                    .filter(|row| row.indicator == indicator.name && row.by_design == by_design)
                    .map(|row| row.n)
                    .sum::<u64>()
            };
            let (n_by_design, n_lost) = (n(true), n(false));
            Account {
                indicator: indicator.name.clone(),
                n_read: indicator.n_read,
                n_counted: indicator.n_counted,
                n_by_design,
                n_lost,
                n_unaccounted: indicator
                    .n_read
                    .abs_diff(indicator.n_counted + n_by_design + n_lost),
            }
        })
        .collect()
}

fn completeness(completeness: &Completeness) -> CompletenessView {
    let n_incomplete = u64::try_from(completeness.incomplete.len()).unwrap_or(u64::MAX);
    let mut words = format!(
        "{} {} registered as complete",
        count(completeness.n_registered, "place-period"),
        crate::page::words::was(completeness.n_registered)
    );
    if n_incomplete > 0 {
        words.push_str(&format!("; {} not", number(n_incomplete)));
    }
    let mut rows: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for incomplete in &completeness.incomplete {
        rows.entry((&incomplete.org_unit, &incomplete.why)).or_default().push(&incomplete.period);
    }
    CompletenessView {
        sentence: sentence(&words) + ".",
        incomplete: rows
            .into_iter()
            .map(|((org_unit, why), periods)| IncompleteRow {
                org_unit: org_unit.to_owned(),
                why: why.to_owned(),
                periods: list(&periods),
            })
            .collect(),
    }
}
