//! The libraries, against the recorded outbreak and against tables worked by hand.

use std::collections::{BTreeMap, BTreeSet};

use indicators::{
    Engine, Given, Library, LibraryError, Reason, RollUp, SettingValue, Setup, WorkedFile, library,
    library_names,
};
use serde_json::Value;

use crate::recorded::{all_weeks, assert_conserved, counted, json, places};

const WORKED: [(&str, &str); 2] = [
    ("covid19", include_str!("../../library/covid19.worked.toml")),
    ("outbreak", include_str!("../../library/outbreak.worked.toml")),
];

fn named(name: &str) -> Library {
    library(name, &BTreeMap::new()).unwrap()
}

fn on_the_recording(library: Library) -> Engine {
    let mut setup = Setup::new(all_weeks(), places(RollUp::NearestMapped));
    setup.definitions = library.definitions;
    setup.breakdowns = library.breakdowns;
    Engine::compile(setup).unwrap()
}

#[test]
fn covid19_gives_exactly_the_expected_cells_of_the_recorded_outbreak() {
    let engine = on_the_recording(named("covid19"));
    let cube = counted(&engine);
    assert_conserved(&engine, &cube);
    let mut found: BTreeMap<String, Value> = BTreeMap::new();
    for cell in engine.cells(&cube) {
        let Some(code) = &engine.definition(&cell.indicator).unwrap().code else { continue };
        let options: Vec<&str> = cell.categories.values().map(String::as_str).collect();
        let split = if options.is_empty() { "default".to_owned() } else { options.join("|") };
        let value = match cell.value.as_number() {
            Some(number) => serde_json::from_str(&number.to_string()).unwrap(),
            None => Value::String(cell.value.to_string()),
        };
        found.insert(format!("{code}|{}|{}|{split}", cell.period, cell.org_unit), value);
    }
    let expected = json("expected-covid19");
    let wanted: BTreeMap<String, Value> =
        serde_json::from_value(expected["cells"].clone()).unwrap();
    assert_eq!(found, wanted);

    let mut placeless: BTreeMap<String, u64> = BTreeMap::new();
    for left_out in engine.left_out(&cube) {
        let code = &engine.definition(&left_out.indicator).unwrap().code;
        if let Some(code) = code
            && matches!(
                left_out.reason,
                Reason::NoPlace | Reason::UnknownPlace | Reason::AboveLevel | Reason::UnmappedPlace
            )
        {
            *placeless.entry(code.clone()).or_default() += left_out.n;
        }
    }
    let wanted: BTreeMap<String, u64> =
        serde_json::from_value(expected["withoutADistrict"].clone()).unwrap();
    assert_eq!(placeless, wanted);
}

#[test]
fn outbreak_counts_every_record_of_the_recorded_outbreak_or_says_why_not() {
    let engine = on_the_recording(named("outbreak"));
    let cube = counted(&engine);
    assert_conserved(&engine, &cube);
    let counted: BTreeMap<String, u64> =
        engine.accounts(&cube).into_iter().map(|a| (a.indicator, a.counted)).collect();
    // R5 of `expected.json`, less the cases without a date or a place.
    assert!(counted["New cases"] > 400, "{counted:?}");
    // The recording holds no contact that was lost: everyone in it is under follow-up.
    let silent: Vec<&str> =
        counted.iter().filter(|(_, n)| **n == 0).map(|(name, _)| name.as_str()).collect();
    assert_eq!(silent, ["Contacts lost to follow-up"]);
}

#[test]
fn worked_tables_come_out_as_written() {
    for (name, text) in WORKED {
        let outcome = WorkedFile::from_toml(text).unwrap().run(&Given::default()).unwrap();
        assert!(outcome.passed(), "{name}: {outcome}");
    }
}

#[test]
fn every_indicator_of_every_library_has_a_worked_cell() {
    let worked: BTreeMap<&str, &str> = WORKED.into();
    for name in library_names() {
        let library = named(name);
        let file: toml::Table = toml::from_str(worked[name]).unwrap();
        let expected: BTreeSet<&str> = file["expected"]
            .as_array()
            .unwrap()
            .iter()
            .map(|cell| cell["indicator"].as_str().unwrap())
            .collect();
        for definition in &library.definitions {
            let indicator = definition.indicator.as_str();
            assert!(expected.contains(indicator), "{name}: {indicator} is in no worked cell");
        }
    }
}

#[test]
fn a_threshold_changes_the_class() {
    let text = WORKED[0].1.replacen(
        "library = \"covid19\"",
        "library = \"covid19\"\nsettings = { sporadic_up_to = 3 }",
        1,
    );
    let outcome = WorkedFile::from_toml(&text).unwrap().run(&Given::default()).unwrap();
    assert_eq!(
        outcome.to_string().lines().skip(1).collect::<Vec<_>>(),
        [
            "  Transmission classification, 2020W36, D1: expected CLUSTERS, found SPORADIC",
            "  Transmission classification, 2020W36, D2: expected COMMUNITY, found SPORADIC",
        ]
    );
}

#[test]
fn a_list_and_a_level_can_be_set() {
    let settings = BTreeMap::from([
        ("health_workers".to_owned(), SettingValue::List(vec!["NURSE".into(), "DOCTOR".into()])),
        ("level".to_owned(), SettingValue::Text("ADMIN_LEVEL_1".into())),
    ]);
    let library = library("covid19", &settings).unwrap();
    let workers = library
        .definitions
        .iter()
        .find(|definition| definition.code.as_deref() == Some("CV19_NEW_CONF_PROB_HW_CASES"))
        .unwrap();
    assert_eq!(
        workers.condition.to_json()["occupation"]["inq"],
        serde_json::json!(["NURSE", "DOCTOR"])
    );
    assert!(library.definitions.iter().all(|d| d.level.as_deref() == Some("ADMIN_LEVEL_1")));
    assert!(named("outbreak").definitions.iter().all(|d| d.level.is_none()));
}

#[test]
fn a_slip_in_a_name_or_a_setting_is_told() {
    let check = |name: &str, setting: Option<(&str, SettingValue)>, expected: &str| {
        let settings = setting.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let error: LibraryError = library(name, &settings).unwrap_err();
        assert_eq!(error.to_string(), expected);
    };
    check("covid-19", None, "there is no indicator library `covid-19`; did you mean `covid19`?");
    check(
        "malaria",
        None,
        "there is no indicator library `malaria`; use one of: covid19, outbreak",
    );
    check(
        "covid19",
        Some(("sporadic_upto", SettingValue::Number(3))),
        "the library `covid19` has no setting `sporadic_upto`; did you mean `sporadic_up_to`?",
    );
    check(
        "covid19",
        Some(("sporadic_up_to", SettingValue::Text("3".into()))),
        "the setting `sporadic_up_to` of the library `covid19` is a whole number, not \"3\"",
    );
    check(
        "covid19",
        Some(("health_workers", SettingValue::List(Vec::new()))),
        "the setting `health_workers` of the library `covid19` is a list of texts that is not empty, not []",
    );
}
