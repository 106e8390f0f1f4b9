//! `expected.json`: the figures of the recorded outbreak, computed independently of this crate.

use std::collections::BTreeMap;

use indicators::{Cell, Engine, Reason, RollUp};

use crate::recorded::{all_weeks, assert_conserved, by_key, counted, engine, json, places};

type Weeks = BTreeMap<String, u64>;

fn expected_engine() -> Engine {
    engine(include_str!("expected.toml"), all_weeks(), places(RollUp::NearestMapped))
}

fn cells() -> Vec<Cell> {
    let engine = expected_engine();
    let cube = counted(&engine);
    assert_conserved(&engine, &cube);
    engine.cells(&cube)
}

#[test]
fn national_figures_are_exactly_those_expected() {
    let (cells, expected) = (cells(), json("expected"));
    for name in [
        "weeklyConfirmed",
        "weeklyReportedAll",
        "weeklyReportedNotDiscarded",
        "weeklyConfirmedByOnset",
        "weeklyAdmissions",
        "weeklyAdmissionsWithDiscarded",
        "weeklyFirstAdmissions",
        "weeklyAdmissionsConfirmed",
        "weeklyDeaths",
        "weeklyDeathsConfirmed",
        "weeklyDeathsWithDiscarded",
        "weeklyDeathsAsTheServersOwnMetric",
    ] {
        let wanted: Weeks = serde_json::from_value(expected[name].clone()).unwrap();
        let found = by_key(&cells, name, |cell| cell.org_unit.to_string());
        assert_eq!(found["all"], wanted, "{name}");
    }
}

#[test]
fn splits_by_sex_and_age_are_exactly_those_expected() {
    let (cells, expected) = (cells(), json("expected"));
    for (name, category) in [("weeklyConfirmedBySex", "Sex"), ("weeklyConfirmedByAgeGroup", "Age")]
    {
        let wanted: BTreeMap<String, Weeks> =
            serde_json::from_value(expected[name].clone()).unwrap();
        assert_eq!(
            by_key(&cells, name, |cell| cell.categories[category].clone()),
            wanted,
            "{name}"
        );
    }
}

/// Records without a district are left out here; the recording lists them as `UNKNOWN`.
#[test]
fn figures_of_districts_are_exactly_those_expected() {
    let (cells, expected) = (cells(), json("expected"));
    for name in
        ["weeklyConfirmedByDistrict", "weeklyDeathsByDistrict", "weeklyAdmissionsByDistrict"]
    {
        let mut wanted: BTreeMap<String, Weeks> =
            serde_json::from_value(expected[name].clone()).unwrap();
        wanted.remove("UNKNOWN").unwrap();
        assert_eq!(by_key(&cells, name, |cell| cell.org_unit.to_string()), wanted, "{name}");
    }
    let name = "weeklyConfirmedByDistrictSexAge";
    let mut wanted: BTreeMap<String, Weeks> =
        serde_json::from_value(expected[name].clone()).unwrap();
    wanted.retain(|key, _| !key.starts_with("UNKNOWN|"));
    let found = by_key(&cells, name, |cell| {
        format!("{}|{}|{}", cell.org_unit, cell.categories["Sex"], cell.categories["Age"])
    });
    assert_eq!(found, wanted);
}

#[test]
fn what_is_left_out_adds_up_to_what_is_expected() {
    let engine = expected_engine();
    let cube = counted(&engine);
    let expected = json("expected");
    let account = |name: &str| {
        engine.accounts(&cube).into_iter().find(|account| account.indicator == name).unwrap()
    };

    let national = account("weeklyConfirmed");
    assert_eq!(national.read, expected["rows"]["cases"]);
    assert_eq!(national.left_out[&Reason::NoDate], expected["rows"]["confirmedWithoutADate"]);
    let confirmed = expected["rows"]["confirmed"].as_u64().unwrap();
    assert_eq!(national.left_out[&Reason::Condition], national.read - confirmed);

    let district = account("weeklyConfirmedByDistrict");
    let placeless = [Reason::NoPlace, Reason::UnknownPlace, Reason::AboveLevel];
    let left_out: u64 = placeless.iter().map(|reason| district.left_out[reason]).sum();
    let unknown: Weeks =
        serde_json::from_value(expected["weeklyConfirmedByDistrict"]["UNKNOWN"].clone()).unwrap();
    assert_eq!(left_out, unknown.values().sum::<u64>());
}
