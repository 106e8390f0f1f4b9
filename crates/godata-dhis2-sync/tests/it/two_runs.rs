//! The example that must come out right: late, reclassified and deleted cases over two runs
//! (`shared/two-runs.md`), cell by cell.

use std::collections::BTreeMap;

use sandbox::dhis2::{Clock, DataElementSpec, DataSetSpec, Dhis2, Dhis2Version};
use sandbox::godata::{GoData, Kind, World};
use serde_json::json;

use super::stage::Stage;

const REPORTS: &str = r#"
[[report]]
data_set = "kIfMNugiTgd"
window = "4 periods"

[[report.value]]
data_element = "confirmed01"
indicator = "Confirmed"
where = { classification = "CONFIRMED" }

[[report.value]]
data_element = "admissions1"
indicator = "New hospital admissions of confirmed cases"
each = "dateRanges"
where = { and = [{ classification = "CONFIRMED" }, { "dateRanges.typeId" = "HOSPITALIZATION" }] }
date = "dateRanges.startDate"

[[report.value]]
data_element = "cumulative1"
indicator = "Confirmed, cumulative"
where = { classification = "CONFIRMED" }
timing = "cumulative"
"#;

const UNITS: [(&str, &str); 3] = [("unitAxxxxx1", "A"), ("unitBxxxxx1", "B"), ("unitCxxxxx1", "C")];

fn dhis2() -> Dhis2 {
    let mut builder = Dhis2::builder(Dhis2Version::V2_42)
        .clock(Clock::frozen("2020-07-27T23:00:00Z"))
        .org_unit("DiszpKrYNg8", "AT", "Country", None);
    for (id, code) in UNITS {
        builder = builder.org_unit(id, code, &format!("District {code}"), Some("DiszpKrYNg8"));
    }
    for id in ["confirmed01", "admissions1", "cumulative1"] {
        builder = builder.data_element(DataElementSpec::new(id, id, id).zero_significant(true));
    }
    builder
        .data_set(
            DataSetSpec::new("kIfMNugiTgd", "WEEKLY", "Weekly", "Weekly")
                .elements(["confirmed01", "admissions1", "cumulative1"])
                .org_units(UNITS.map(|(id, _)| id)),
        )
        .user(
            sandbox::dhis2::UserSpec::new("writer", "Writer-1!")
                .authorities(["F_DATAVALUE_ADD"])
                .org_units(["DiszpKrYNg8"]),
        )
        .build()
}

/// A case: number, district, date of reporting, class, day of admission.
fn case(
    places: &BTreeMap<&str, String>,
    n: u32,
    district: Option<&str>,
    reported: &str,
    class: &str,
    admitted: Option<&str>,
) -> serde_json::Value {
    let addresses = district.map(|district| {
        json!([{ "typeId": "LNG_REFERENCE_DATA_CATEGORY_ADDRESS_TYPE_USUAL_PLACE_OF_RESIDENCE", "locationId": places[district] }])
    });
    let stays = admitted.map(|day| {
        json!([{ "typeId": "LNG_REFERENCE_DATA_CATEGORY_PERSON_DATE_TYPE_HOSPITALIZATION", "startDate": format!("{day}T00:00:00.000Z") }])
    });
    json!({
        "id": format!("case-{n:02}"),
        "classification": format!("LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_{class}"),
        "dateOfReporting": reported,
        "addresses": addresses.unwrap_or_else(|| json!([])),
        "dateRanges": stays.unwrap_or_else(|| json!([])),
    })
}

#[test]
fn both_runs_give_every_cell_of_the_example() {
    let godata = GoData::start(World::empty("Two runs")).unwrap();
    let mut places = BTreeMap::new();
    for district in ["A", "B", "C", "X"] {
        let identifiers = if district == "X" {
            json!([])
        } else {
            json!([{ "code": district, "description": "code" }])
        };
        let id = godata.put(
            Kind::Location,
            json!({ "name": format!("Place {district}"), "identifiers": identifiers }),
        );
        places.insert(district, id);
    }
    let at = |n, district, reported, class, admitted| {
        case(&places, n, district, reported, class, admitted)
    };
    for record in [
        at(1, Some("A"), "2020-07-24T00:00:00.000Z", "CONFIRMED", Some("2020-07-24")),
        at(2, Some("A"), "2020-07-24T00:00:00.000Z", "CONFIRMED", None),
        at(3, Some("B"), "2020-07-24T09:30:00.000Z", "CONFIRMED", None),
        at(4, Some("B"), "2020-07-21T00:00:00.000Z", "CONFIRMED", Some("2020-07-22")),
        at(5, Some("A"), "2020-07-22T00:00:00.000Z", "PROBABLE", None),
        at(6, Some("C"), "2020-07-26T00:00:00.000Z", "CONFIRMED", Some("2020-07-26")),
        at(7, Some("X"), "2020-07-23T00:00:00.000Z", "CONFIRMED", None),
        at(12, Some("A"), "2020-07-21T00:00:00.000Z", "CONFIRMED", None),
    ] {
        godata.put(Kind::Case, record);
    }
    let stage = Stage::new(godata, dhis2(), REPORTS);
    // The made-up DHIS2 has no token: the writer logs in by password.
    stage.log_in_by_password("writer", "Writer-1!");

    // Run 1: Monday 27 July.
    let first = stage.run(&["run", "--json"]).ok();
    assert_eq!(week(&stage, "confirmed01", "2020W30"), [3, 2, 1]);
    assert_eq!(week(&stage, "admissions1", "2020W30"), [1, 1, 1]);
    assert_eq!(week(&stage, "confirmed01", "2020W31"), [-1, -1, -1], "2020W31 is not due");
    assert_eq!(left_out(&first, "Confirmed", "unmapped-place"), 1);

    // In between: 5 confirmed, 6 deleted, 8 entered late, 9, 10 and 11 new, 12 not a case.
    stage.godata.reclassify("case-05", "CONFIRMED");
    stage.godata.delete("case-06");
    stage.godata.reclassify("case-12", "NOT_A_CASE_DISCARDED");
    for record in [
        at(8, Some("B"), "2020-07-24T00:00:00.000Z", "CONFIRMED", None),
        at(9, Some("A"), "2020-07-28T00:00:00.000Z", "CONFIRMED", None),
        at(10, Some("B"), "2020-07-30T00:00:00.000Z", "CONFIRMED", Some("2020-07-30")),
        at(11, None, "2020-07-29T00:00:00.000Z", "SUSPECT", None),
    ] {
        stage.godata.put(Kind::Case, record);
    }
    stage.dhis2.clock().advance(std::time::Duration::from_secs(7 * 24 * 3600));

    // Run 2: Monday 3 August.
    let second = stage.run(&["run", "--json"]).ok();
    assert_eq!(
        week(&stage, "confirmed01", "2020W30"),
        [3, 3, 0],
        "case 8 is late, case 6 is gone; A keeps its number with other people"
    );
    assert_eq!(week(&stage, "confirmed01", "2020W31"), [1, 1, 0]);
    assert_eq!(week(&stage, "admissions1", "2020W30"), [1, 1, 0]);
    assert_eq!(week(&stage, "admissions1", "2020W31"), [0, 1, 0]);
    assert_eq!(week(&stage, "cumulative1", "2020W31"), [4, 4, 0]);
    assert_eq!(
        left_out(&second, "Confirmed", "unmapped-place"),
        1,
        "case 7 has no organisation unit; case 11 is not confirmed"
    );
    let changed: Vec<_> = second
        .lines("change")
        .into_iter()
        .filter(|line| line["action"] != "unchanged" && line["period"] == "2020W30")
        .collect();
    assert!(
        changed
            .iter()
            .all(|line| line["orgUnit"] != "unitAxxxxx1" || line["dataElement"] == "cumulative1"),
        "A did not change: {changed:#?}"
    );

    let before = stage.n_imports();
    stage.run(&["run"]).ok();
    assert_eq!(stage.n_imports(), before, "a third run sends nothing");
}

/// The values of a week at A, B and C; -1 where there is none.
fn week(stage: &Stage, element: &str, period: &str) -> [i64; 3] {
    UNITS.map(|(unit, _)| {
        stage
            .dhis2
            .value(element, period, unit)
            .and_then(|stored| stored.value)
            .map_or(-1, |value| value.parse().unwrap())
    })
}

fn left_out(ended: &super::stage::Ended, indicator: &str, reason: &str) -> u64 {
    let counted = ended.lines("counted");
    let list = counted[0]["leftOut"].as_array().unwrap();
    list.iter()
        .filter(|line| line["indicator"] == indicator && line["reason"] == reason)
        .map(|line| line["n"].as_u64().unwrap())
        .sum()
}
