//! An answer that is much smaller than the last one stops a run.

use godata_dhis2_sync::guard::{Guard, Limits, Measured, Tripped, check};
use godata_dhis2_sync::ledger::Total;
use rust_decimal::Decimal;

const LIMITS: Limits = Limits { max_drop_percent: 25, min_records_percent: 75 };

fn cases(n: u64) -> Measured {
    Measured { records: [("cases".to_owned(), n)].into(), ..Measured::default() }
}

fn totals(lines: &[(&str, &str, i64)]) -> Measured {
    let totals = lines.iter().map(|(indicator, period, n)| {
        let total = Total { indicator: (*indicator).to_owned(), period: (*period).into() };
        (total, Decimal::from(*n))
    });
    Measured { totals: totals.collect(), ..Measured::default() }
}

fn tripped(before: &Measured, now: &Measured) -> Vec<(Guard, String)> {
    check("Weekly", before, now, LIMITS)
        .into_iter()
        .map(|Tripped { guard, subject, .. }| (guard, subject))
        .collect()
}

#[test]
fn records_at_the_limit_pass_and_below_it_trip() {
    assert_eq!(tripped(&cases(100), &cases(75)), []);
    assert_eq!(tripped(&cases(100), &cases(74)), [(Guard::FewRecords, "cases".to_owned())]);
    assert_eq!(tripped(&cases(100), &cases(500)), []);
    // 75 % of 3 is 2.25: no rounding lets 2 pass.
    assert_eq!(tripped(&cases(3), &cases(2)).len(), 1);
    assert_eq!(tripped(&cases(u64::MAX), &cases(u64::MAX)), []);
}

#[test]
fn an_empty_answer_trips_always_where_there_were_records() {
    let anything = Limits { max_drop_percent: 100, min_records_percent: 0 };
    let found = check("Weekly", &cases(1), &cases(0), anything);
    assert_eq!(found[0].guard, Guard::EmptyAnswer);
    assert!(check("Weekly", &cases(0), &cases(0), anything).is_empty());
    assert!(check("Weekly", &Measured::default(), &cases(0), anything).is_empty());
}

/// `run --report` and a changed configuration read fewer kinds.
#[test]
fn a_kind_that_was_not_asked_for_is_not_missing() {
    assert_eq!(tripped(&cases(100), &Measured::default()), []);
}

#[test]
fn a_total_at_the_limit_passes_and_below_it_trips() {
    let of = |n| totals(&[("Confirmed", "2020W30", n)]);
    assert_eq!(tripped(&of(100), &of(75)), []);
    assert_eq!(tripped(&of(100), &of(74)), [(Guard::Drop, "Confirmed".to_owned())]);
    assert_eq!(tripped(&of(100), &of(200)), []);
    assert_eq!(tripped(&of(100), &of(0)), [(Guard::Drop, "Confirmed".to_owned())]);
}

#[test]
fn a_few_corrected_records_are_no_fault_whatever_their_share() {
    let of = |n| totals(&[("Deaths", "2020W30", n)]);
    assert_eq!(tripped(&of(4), &of(0)), []);
    assert_eq!(tripped(&of(5), &of(0)), [(Guard::Drop, "Deaths".to_owned())]);
    assert_eq!(tripped(&of(8), &of(4)), []);
    assert_eq!(tripped(&of(8), &of(3)).len(), 1);
}

#[test]
fn one_week_that_fell_is_named_where_the_sum_is_within_the_limit() {
    let before = totals(&[("Confirmed", "2020W9", 90), ("Confirmed", "2020W10", 20)]);
    let now = totals(&[("Confirmed", "2020W9", 90), ("Confirmed", "2020W10", 10)]);
    assert_eq!(tripped(&before, &now), [(Guard::Drop, "Confirmed in 2020W10".to_owned())]);
    // Where the sum fell, too, its weeks are not listed one by one.
    let gone = totals(&[("Confirmed", "2020W9", 0), ("Confirmed", "2020W10", 0)]);
    assert_eq!(tripped(&before, &gone), [(Guard::Drop, "Confirmed".to_owned())]);
}

#[test]
fn only_what_both_runs_counted_is_compared() {
    let before = totals(&[("Confirmed", "2020W29", 500), ("Confirmed", "2020W30", 20)]);
    let now = totals(&[("Confirmed", "2020W30", 20), ("Confirmed", "2020W31", 1)]);
    assert_eq!(tripped(&before, &now), [], "the window moved on");
    let renamed = totals(&[("Confirmed cases", "2020W30", 1)]);
    assert_eq!(tripped(&before, &renamed), [], "the configuration changed");
}

#[test]
fn a_guard_says_what_it_measured_what_it_may_mean_and_what_to_do() {
    let before =
        Measured { records: cases(812).records, ..totals(&[("Confirmed", "2020W30", 90)]) };
    let now = Measured { records: cases(0).records, ..totals(&[("Confirmed", "2020W30", 12)]) };
    let said: Vec<String> =
        check("Ebola weekly", &before, &now, LIMITS).iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "Ebola weekly: Go.Data gave no cases, and 812 at the last run. The account may have lost the right to \
             see some of them, or the outbreak, a location or a condition was changed. Look at the list in Go.Data \
             with the same account; if it is right, run again with --accept.",
            "Ebola weekly: Confirmed fell from 90 to 12; a drop of more than 25 % stops a run. Many records may have \
             been reclassified, merged, moved or deleted, or a condition was changed. Look at `plan`; if it is \
             right, run again with --accept.",
        ]
    );
}
