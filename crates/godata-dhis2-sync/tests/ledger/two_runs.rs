//! The story of two runs: what each changed cell is due to. (The example that must come out right.)
//!
//! Districts A, B, C have an organisation unit, X has none. The first run counts 2020W30, the second one 2020W30 and
//! 2020W31.

use std::collections::BTreeMap;

use godata_dhis2_sync::ledger::{CellKey, Fingerprints, Standing, Why};

use crate::story::{Room, TARGET, counted, end, key, left_out, report, room, start, week};

const CONFIRMED: &str = "Confirmed";
const ADMITTED: &str = "New hospital admissions";
const CUMULATIVE: &str = "Confirmed, cumulative";

/// A case as a run sees it.
struct Case {
    number: u32,
    district: &'static str,
    week: &'static str,
    confirmed: bool,
    /// The week of admission to hospital.
    admitted: Option<&'static str>,
}

fn case(
    number: u32,
    district: &'static str,
    week: &'static str,
    confirmed: bool,
    admitted: Option<&'static str>,
) -> Case {
    Case { number, district, week, confirmed, admitted }
}

fn first_run() -> Vec<Case> {
    vec![
        case(1, "A", "2020W30", true, Some("2020W30")),
        case(2, "A", "2020W30", true, None),
        case(3, "B", "2020W30", true, None),
        case(4, "B", "2020W30", true, Some("2020W30")),
        case(5, "A", "2020W30", false, None),
        case(6, "C", "2020W30", true, Some("2020W30")),
        case(7, "X", "2020W30", true, None),
        case(12, "A", "2020W30", true, None),
    ]
}

fn second_run() -> Vec<Case> {
    vec![
        case(1, "A", "2020W30", true, Some("2020W30")),
        case(2, "A", "2020W30", true, None),
        case(3, "B", "2020W30", true, None),
        case(4, "B", "2020W30", true, Some("2020W30")),
        case(5, "A", "2020W30", true, None),
        case(7, "X", "2020W30", true, None),
        case(8, "B", "2020W30", true, None),
        case(9, "A", "2020W31", true, None),
        case(10, "B", "2020W31", true, Some("2020W31")),
        case(11, "none", "2020W31", false, None),
        case(12, "A", "2020W30", false, None),
    ]
}

fn standings(case: &Case, weeks: &[&str]) -> Vec<Standing> {
    let one = |indicator: &str, week: Option<&str>| {
        if !case.confirmed {
            return left_out(indicator, "condition");
        }
        match (case.district, week) {
            (_, None) => left_out(indicator, "nothing-in-list"),
            ("X", _) => left_out(indicator, "unmapped-place"),
            ("none", _) => left_out(indicator, "no-place"),
            (district, Some(week)) => counted(indicator, week, district),
        }
    };
    let mut all = vec![one(CONFIRMED, Some(case.week)), one(ADMITTED, case.admitted)];
    // To the end of each week that the run counts.
    all.extend(
        weeks.iter().filter(|week| **week >= case.week).map(|week| one(CUMULATIVE, Some(week))),
    );
    all
}

fn fingerprints(room: &Room, cases: &[Case], weeks: &[(&str, &str)]) -> Fingerprints {
    let periods = weeks.iter().map(|(id, first_day)| week(id, first_day)).collect();
    let mut fingerprints = Fingerprints::new(room.ledger.key(), periods, false);
    let ids: Vec<&str> = weeks.iter().map(|(id, _)| *id).collect();
    for case in cases {
        fingerprints.push("cases", &case.number.to_string(), None, &standings(case, &ids));
    }
    fingerprints
}

const W30: (&str, &str) = ("2020W30", "2020-07-20");
const W31: (&str, &str) = ("2020W31", "2020-07-27");

fn why_of_the_second_run() -> BTreeMap<CellKey, Why> {
    let mut room = room();
    let first = fingerprints(&room, &first_run(), &[W30]);
    assert_eq!(
        room.ledger.why(TARGET, &report(), &first).unwrap(),
        None,
        "no run before the first"
    );
    let run = room.ledger.begin(&start("2020-07-27")).unwrap();
    room.ledger.fingerprints(run, &report(), &first).unwrap();
    end(&mut room.ledger, run, "2020-07-27", 0);
    let second = fingerprints(&room, &second_run(), &[W30, W31]);
    room.ledger.why(TARGET, &report(), &second).unwrap().unwrap()
}

#[test]
fn every_changed_cell_says_why() {
    let why: BTreeMap<CellKey, String> =
        why_of_the_second_run().iter().map(|(cell, why)| (cell.clone(), why.to_string())).collect();
    let expected: BTreeMap<CellKey, String> = [
        // Unchanged in number (3), but not in people: case 5 in, case 12 out.
        (key(CONFIRMED, "2020W30", "A"), "1 reclassified in, 1 reclassified out"),
        (key(CONFIRMED, "2020W30", "B"), "1 late"), // case 8
        (key(CONFIRMED, "2020W30", "C"), "1 deleted"), // case 6
        (key(CONFIRMED, "2020W31", "A"), "1 new"),  // case 9
        (key(CONFIRMED, "2020W31", "B"), "1 new"),  // case 10
        (key(ADMITTED, "2020W30", "C"), "1 deleted"), // case 6
        (key(ADMITTED, "2020W31", "B"), "1 new"),   // case 10
        (key(CUMULATIVE, "2020W30", "A"), "1 reclassified in, 1 reclassified out"),
        (key(CUMULATIVE, "2020W30", "B"), "1 late"),
        (key(CUMULATIVE, "2020W30", "C"), "1 deleted"),
        // The first time that this week is due: everybody is new to it.
        (key(CUMULATIVE, "2020W31", "A"), "4 new"),
        (key(CUMULATIVE, "2020W31", "B"), "4 new"),
    ]
    .map(|(cell, why)| (cell, why.to_owned()))
    .into();
    assert_eq!(why, expected);
}

#[test]
fn the_same_records_again_change_nothing() {
    let mut room = room();
    let run = room.ledger.begin(&start("2020-08-03")).unwrap();
    let now = fingerprints(&room, &second_run(), &[W30, W31]);
    room.ledger.fingerprints(run, &report(), &now).unwrap();
    assert_eq!(room.ledger.why(TARGET, &report(), &now).unwrap(), Some(BTreeMap::new()));
    assert_eq!(
        room.ledger.why("another.example.org", &report(), &now).unwrap(),
        None,
        "another DHIS2 was told nothing yet"
    );
}

/// The window moves on: cells of a week that it left behind are nobody's business any more.
#[test]
fn a_week_that_slid_out_of_the_window_was_not_left() {
    let mut room = room();
    let run = room.ledger.begin(&start("2020-08-03")).unwrap();
    let before = fingerprints(&room, &second_run(), &[W30, W31]);
    room.ledger.fingerprints(run, &report(), &before).unwrap();
    let later: Vec<Case> = second_run().into_iter().filter(|case| case.week == "2020W31").collect();
    let now = fingerprints(&room, &later, &[W31]);
    let why = room.ledger.why(TARGET, &report(), &now).unwrap().unwrap();
    let deleted = Why { deleted: 3, ..Why::default() };
    let expected =
        ["A", "B"].map(|district| (key(CUMULATIVE, "2020W31", district), deleted)).into();
    assert_eq!(why, expected, "the cases of 2020W30 were in no other week that is still counted");
}
