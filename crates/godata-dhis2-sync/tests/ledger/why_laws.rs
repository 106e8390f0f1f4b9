//! Each reason on its own, and the law that binds them: entered − left is by how many records a cell changed.

use std::collections::{BTreeMap, BTreeSet};

use godata_dhis2_sync::ledger::{CellKey, Fingerprints, Standing, Why};
use proptest::prelude::*;

use crate::story::{Room, TARGET, counted, end, key, left_out, report, room, start, week};

const WEEKS: [(&str, &str); 4] = [
    ("2020W29", "2020-07-13"),
    ("2020W30", "2020-07-20"),
    ("2020W31", "2020-07-27"),
    ("2020W32", "2020-08-03"),
];

/// Record → its standings.
type Records = BTreeMap<u32, Vec<Standing>>;

/// How a run reads.
#[derive(Clone, Copy)]
struct Reading {
    weeks: &'static [(&'static str, &'static str)],
    narrowed: bool,
    created: Option<&'static str>,
}

fn read(room: &Room, reading: Reading, records: &Records) -> Fingerprints {
    let periods = reading.weeks.iter().map(|(id, day)| week(id, day)).collect();
    let mut fingerprints = Fingerprints::new(room.ledger.key(), periods, reading.narrowed);
    let created = reading.created.map(|at| at.parse().unwrap());
    for (id, standings) in records {
        fingerprints.push("cases", &id.to_string(), created, standings);
    }
    fingerprints
}

fn why(first: (Reading, Records), second: (Reading, Records)) -> BTreeMap<CellKey, Why> {
    let mut room = room();
    let run = room.ledger.begin(&start("2020-07-27")).unwrap();
    let before = read(&room, first.0, &first.1);
    room.ledger.fingerprints(run, &report(), &before).unwrap();
    end(&mut room.ledger, run, "2020-07-27", 0);
    let now = read(&room, second.0, &second.1);
    room.ledger.why(TARGET, &report(), &now).unwrap().unwrap()
}

const ALL: Reading = Reading { weeks: &WEEKS, narrowed: false, created: None };

/// One record, before and now, with a bystander that the indicator always counts.
#[track_caller]
fn check(
    (before, then): (Reading, Option<&[Standing]>),
    (reading, now): (Reading, Option<&[Standing]>),
    expected: &[(CellKey, &str)],
) {
    let bystander = vec![counted("Confirmed", "2020W30", "B")];
    let records = |standings: Option<&[Standing]>| {
        let mut records = Records::from([(0, bystander.clone())]);
        records.extend(standings.map(|standings| (1, standings.to_vec())));
        records
    };
    let found: Vec<(CellKey, String)> = why((before, records(then)), (reading, records(now)))
        .into_iter()
        .map(|(cell, why)| (cell, why.to_string()))
        .collect();
    let expected: Vec<(CellKey, String)> =
        expected.iter().map(|(cell, why)| (cell.clone(), (*why).to_owned())).collect();
    assert_eq!(found, expected);
}

fn at(week: &str, unit: &str) -> Standing {
    counted("Confirmed", week, unit)
}

fn cell(week: &str, unit: &str) -> CellKey {
    key("Confirmed", week, unit)
}

fn no(reason: &str) -> Standing {
    left_out("Confirmed", reason)
}

#[test]
fn an_unknown_record_is_new_in_the_newest_week_and_late_in_older_ones() {
    check((ALL, None), (ALL, Some(&[at("2020W32", "A")])), &[(cell("2020W32", "A"), "1 new")]);
    check((ALL, None), (ALL, Some(&[at("2020W31", "A")])), &[(cell("2020W31", "A"), "1 late")]);
}

#[test]
fn a_week_that_was_not_due_makes_everybody_new() {
    let before = Reading { weeks: &WEEKS[..2], ..ALL };
    check((before, None), (ALL, Some(&[at("2020W31", "A")])), &[(cell("2020W31", "A"), "1 new")]);
    check(
        (before, Some(&[no("after-window")])),
        (ALL, Some(&[at("2020W32", "A")])),
        &[(cell("2020W32", "A"), "1 new")],
    );
}

#[test]
fn a_longer_window_cannot_be_compared() {
    let before = Reading { weeks: &WEEKS[1..], ..ALL };
    check(
        (before, Some(&[no("before-window")])),
        (ALL, Some(&[at("2020W29", "A")])),
        &[(cell("2020W29", "A"), "1 not compared")],
    );
}

#[test]
fn the_condition_reclassifies_and_anything_else_corrects() {
    let counted = [at("2020W30", "A")];
    for (reason, came, went) in [
        ("condition", "1 reclassified in", "1 reclassified out"),
        ("no-date", "1 corrected in", "1 corrected out"),
        ("unmapped-place", "1 corrected in", "1 corrected out"),
    ] {
        let left_out = [no(reason)];
        let there = cell("2020W30", "A");
        check((ALL, Some(&left_out)), (ALL, Some(&counted)), &[(there.clone(), came)]);
        check((ALL, Some(&counted)), (ALL, Some(&left_out)), &[(there, went)]);
    }
}

#[test]
fn a_record_moves_between_weeks_and_places() {
    for (from, to) in [(("2020W30", "A"), ("2020W31", "A")), (("2020W30", "A"), ("2020W30", "C"))] {
        check(
            (ALL, Some(&[at(from.0, from.1)])),
            (ALL, Some(&[at(to.0, to.1)])),
            &[(cell(from.0, from.1), "1 moved out"), (cell(to.0, to.1), "1 moved in")],
        );
    }
}

#[test]
fn a_record_moves_between_categories() {
    let aged = |age: &str| {
        let mut cell = cell("2020W30", "A");
        cell.categories.insert("Age".to_owned(), age.to_owned());
        cell
    };
    check(
        (ALL, Some(&[Standing::Counted(aged("0-4"))])),
        (ALL, Some(&[Standing::Counted(aged("5-14"))])),
        &[(aged("0-4"), "1 moved out"), (aged("5-14"), "1 moved in")],
    );
}

#[test]
fn an_element_of_a_list_that_comes_or_goes_is_a_correction() {
    let one = [at("2020W30", "A")];
    let two = [at("2020W30", "A"), at("2020W31", "A")];
    check((ALL, Some(&one)), (ALL, Some(&two)), &[(cell("2020W31", "A"), "1 corrected in")]);
    check((ALL, Some(&two)), (ALL, Some(&one)), &[(cell("2020W31", "A"), "1 corrected out")]);
}

#[test]
fn a_record_that_is_gone_was_deleted() {
    check((ALL, Some(&[at("2020W30", "A")])), (ALL, None), &[(cell("2020W30", "A"), "1 deleted")]);
    check((ALL, Some(&[no("condition")])), (ALL, None), &[]);
}

/// Where Go.Data is asked for matching records only, a record that is not in its answer may be deleted or changed,
/// and one that comes into it may be old.
#[test]
fn a_narrowed_reading_says_only_what_it_can_know() {
    let narrowed = Reading { narrowed: true, ..ALL };
    let old = Reading { created: Some("2020-07-01T00:00:00Z"), ..narrowed };
    let fresh = Reading { created: Some("2020-07-30T00:00:00Z"), ..narrowed };
    let counted = [at("2020W30", "A")];
    let there = cell("2020W30", "A");
    check(
        (narrowed, Some(&counted)),
        (narrowed, None),
        &[(there.clone(), "1 deleted or reclassified")],
    );
    check((narrowed, None), (old, Some(&counted)), &[(there.clone(), "1 reclassified in")]);
    check((narrowed, None), (fresh, Some(&counted)), &[(there.clone(), "1 late")]);
    check((narrowed, None), (narrowed, Some(&counted)), &[(there, "1 late")]);
}

#[test]
fn an_indicator_that_was_added_or_removed_cannot_be_compared() {
    let both = [at("2020W30", "A"), counted("Deaths", "2020W30", "A")];
    let one = [at("2020W30", "A")];
    let deaths = key("Deaths", "2020W30", "A");
    check((ALL, Some(&one)), (ALL, Some(&both)), &[(deaths.clone(), "1 not compared")]);
    check((ALL, Some(&both)), (ALL, Some(&one)), &[(deaths, "1 not compared")]);
}

#[test]
fn a_record_that_a_page_repeats_is_one_record() {
    let room = room();
    let mut one = read(&room, ALL, &Records::from([(1, vec![at("2020W30", "A")])]));
    let again = read(&room, ALL, &Records::from([(1, vec![at("2020W30", "A")])]));
    one.merge(again);
    assert_eq!(one.n_records(), 1);
}

fn any_standing() -> impl Strategy<Value = Vec<Standing>> {
    let place = (0..WEEKS.len(), prop::sample::select(vec!["A", "B"]));
    prop_oneof![
        prop::collection::vec(place, 1..3)
            .prop_map(|cells| cells.into_iter().map(|(n, unit)| at(WEEKS[n].0, unit)).collect()),
        prop::sample::select(vec!["condition", "no-date", "unmapped-place"])
            .prop_map(|reason| vec![no(reason)]),
    ]
}

fn any_records() -> impl Strategy<Value = Records> {
    prop::collection::btree_map(0_u32..12, any_standing(), 0..12)
}

fn in_window(records: &Records, first: usize, end: usize) -> Records {
    let weeks: BTreeSet<&str> = WEEKS[first..end].iter().map(|(id, _)| *id).collect();
    let keep = |standing: &Standing| match standing {
        Standing::Counted(cell) => weeks.contains(cell.period.as_str()),
        Standing::LeftOut { .. } => true,
    };
    let cut = |standings: &Vec<Standing>| {
        let mut kept: Vec<Standing> = standings.iter().filter(|s| keep(s)).cloned().collect();
        if kept.is_empty() {
            kept.push(no("before-window"));
        }
        kept
    };
    records.iter().map(|(id, standings)| (*id, cut(standings))).collect()
}

fn n_records(records: &Records, cell: &CellKey) -> i64 {
    let is_in = |standings: &&Vec<Standing>| {
        standings.iter().any(|s| matches!(s, Standing::Counted(there) if there == cell))
    };
    i64::try_from(records.values().filter(is_in).count()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Nothing is counted twice or forgotten, whatever the windows and whatever Go.Data was asked.
    #[test]
    fn entered_minus_left_is_the_change_of_every_cell_that_both_runs_counted(
        before in any_records(),
        now in any_records(),
        shift in 0_usize..2,
        narrowed: [bool; 2],
    ) {
        let first = Reading { weeks: &WEEKS[..3], narrowed: narrowed[0], created: None };
        let last = 3 + shift;
        let second = Reading { weeks: &WEEKS[shift..last], narrowed: narrowed[1], created: None };
        let (before, now) = (in_window(&before, 0, 3), in_window(&now, shift, last));

        let why = why((first, before.clone()), (second, now.clone()));

        for (week, _) in &WEEKS[shift..last] {
            for unit in ["A", "B"] {
                let cell = cell(week, unit);
                let why = why.get(&cell).copied().unwrap_or_default();
                let change = n_records(&now, &cell) - n_records(&before, &cell);
                let said = i64::try_from(why.entered()).unwrap() - i64::try_from(why.left()).unwrap();
                // Where no record had any line of the indicator, nothing can be compared.
                if why.uncompared == 0 {
                    prop_assert_eq!(said, change, "{} {}: {}", week, unit, why);
                } else {
                    prop_assert!(before.is_empty() || now.is_empty());
                }
            }
        }
        prop_assert!(why.keys().all(|cell| cell.period.as_str() >= WEEKS[shift].0));
    }
}
