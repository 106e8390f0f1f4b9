//! `two-runs.md`: what must be corrected between two runs.

use std::collections::BTreeMap;

use indicators::{Engine, Location, Places, Reason, RollUp, Source};
use serde_json::{Value, json};

use crate::recorded::{engine, weeks};

const DEFINITIONS: &str = r#"
    [[value]]
    indicator = "Confirmed"
    where = { classification = "CONFIRMED" }
    zero = "write"

    [[value]]
    indicator = "Admissions"
    each = "dateRanges"
    where = { classification = "CONFIRMED", "dateRanges.typeId" = "HOSPITALIZATION" }
    date = "dateRanges.startDate"
    zero = "write"

    [[value]]
    indicator = "Cumulative"
    where = { classification = "CONFIRMED" }
    timing = "cumulative"
    zero = "write"
"#;

/// The table of `two-runs.md`: number, district, reported, in run 1, in run 2, in hospital since.
const CASES: [(u8, &str, &str, &str, &str, &str); 12] = [
    (1, "A", "2020-07-24T00:00Z", "CONFIRMED", "CONFIRMED", "2020-07-24"),
    (2, "A", "2020-07-24T00:00Z", "CONFIRMED", "CONFIRMED", ""),
    (3, "B", "2020-07-24T09:30Z", "CONFIRMED", "CONFIRMED", ""),
    (4, "B", "2020-07-21", "CONFIRMED", "CONFIRMED", "2020-07-22"),
    (5, "A", "2020-07-22", "PROBABLE", "CONFIRMED", ""),
    (6, "C", "2020-07-26", "CONFIRMED", "", "2020-07-26"),
    (7, "X", "2020-07-23", "CONFIRMED", "CONFIRMED", ""),
    (8, "B", "2020-07-24T00:00Z", "", "CONFIRMED", ""),
    (9, "A", "2020-07-28", "", "CONFIRMED", ""),
    (10, "B", "2020-07-30", "", "CONFIRMED", "2020-07-30"),
    (11, "", "2020-07-29", "", "SUSPECT", ""),
    (12, "A", "2020-07-21", "CONFIRMED", "NOT_A_CASE_DISCARDED", ""),
];

fn records(run: u8) -> Vec<u8> {
    let record = |case: &(u8, &str, &str, &str, &str, &str)| -> Option<Value> {
        let (number, district, reported, in_1, in_2, admitted) = *case;
        let class = if run == 1 { in_1 } else { in_2 };
        let ranges = [json!({
            "typeId": "LNG_REFERENCE_DATA_CATEGORY_PERSON_DATE_TYPE_HOSPITALIZATION",
            "startDate": admitted,
        })];
        (!class.is_empty()).then(|| {
            json!({
                "id": format!("case-{number}"),
                "classification":
                    format!("LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_{class}"),
                "dateOfReporting": reported,
                "usualPlaceOfResidenceLocationId": Some(district).filter(|d| !d.is_empty()),
                "dateRanges": if admitted.is_empty() { &ranges[..0] } else { &ranges[..] },
            })
        })
    };
    serde_json::to_vec(&CASES.iter().filter_map(record).collect::<Vec<_>>()).unwrap()
}

fn run(number: u8, last_day: &str) -> (Engine, indicators::Cube) {
    let location = |id: &str| Location {
        id: id.into(),
        org_unit: Some(id.to_owned()).filter(|id| id != "X"),
        ..Location::default()
    };
    let places = Places::new(["A", "B", "C", "X"].map(location).into(), RollUp::NearestMapped);
    let engine = engine(DEFINITIONS, weeks("2020-07-20", last_day), places);
    let people = engine.people();
    let mut counter = engine.counter(&people);
    counter.push_array(Source::Cases, &records(number)).unwrap();
    let cube = counter.into_cube();
    (engine, cube)
}

fn cells(engine: &Engine, cube: &indicators::Cube) -> BTreeMap<String, String> {
    let cells = engine.cells(cube).into_iter();
    cells
        .map(|cell| {
            (
                format!("{} {} {}", cell.indicator, cell.period, cell.org_unit),
                cell.value.to_string(),
            )
        })
        .collect()
}

fn expected(indicator: &str, week: &str, counts: [u8; 3]) -> BTreeMap<String, String> {
    let key = |unit| format!("{indicator} {week} {unit}");
    ["A", "B", "C"].map(key).into_iter().zip(counts.map(|n| n.to_string())).collect()
}

fn left_out(engine: &Engine, cube: &indicators::Cube, reason: Reason) -> u64 {
    let accounts = engine.accounts(cube);
    accounts[0].left_out.get(&reason).copied().unwrap_or_default()
}

#[test]
fn the_first_run_gives_each_cell() {
    let (engine, cube) = run(1, "2020-07-26");
    let mut wanted = expected("Confirmed", "2020W30", [3, 2, 1]);
    wanted.extend(expected("Admissions", "2020W30", [1, 1, 1]));
    wanted.extend(expected("Cumulative", "2020W30", [3, 2, 1]));
    assert_eq!(cells(&engine, &cube), wanted);
    assert_eq!(left_out(&engine, &cube, Reason::UnmappedPlace), 1);
}

#[test]
fn the_second_run_corrects_the_week_before() {
    let (engine, cube) = run(2, "2020-08-02");
    let mut wanted = expected("Confirmed", "2020W30", [3, 3, 0]);
    wanted.extend(expected("Confirmed", "2020W31", [1, 1, 0]));
    wanted.extend(expected("Admissions", "2020W30", [1, 1, 0]));
    wanted.extend(expected("Admissions", "2020W31", [0, 1, 0]));
    wanted.extend(expected("Cumulative", "2020W30", [3, 3, 0]));
    wanted.extend(expected("Cumulative", "2020W31", [4, 4, 0]));
    assert_eq!(cells(&engine, &cube), wanted);
    assert_eq!(left_out(&engine, &cube, Reason::UnmappedPlace), 1);
}
