//! `expected-covid19.json`: the official weekly COVID-19 data set, computed independently.

use std::collections::BTreeMap;

use indicators::{Engine, Reason, RollUp};
use serde_json::Value;

use crate::recorded::{all_weeks, assert_conserved, counted, engine, json, places};

fn covid19() -> Engine {
    let places = places(RollUp::Level("ADMIN_LEVEL_2".into()));
    engine(include_str!("covid19.toml"), all_weeks(), places)
}

#[test]
fn all_cells_are_exactly_those_expected() {
    let engine = covid19();
    let cube = counted(&engine);
    assert_conserved(&engine, &cube);

    let mut found: BTreeMap<String, Value> = BTreeMap::new();
    for cell in engine.cells(&cube) {
        if !cell.indicator.starts_with("CV19_") {
            continue;
        }
        let options: Vec<&str> = cell.categories.values().map(String::as_str).collect();
        let split = if options.is_empty() { "default".to_owned() } else { options.join("|") };
        let key = format!("{}|{}|{}|{split}", cell.indicator, cell.period, cell.org_unit);
        let value = match cell.value.as_number() {
            Some(number) => serde_json::from_str(&number.to_string()).unwrap(),
            None => Value::String(cell.value.to_string()),
        };
        found.insert(key, value);
    }

    let wanted: BTreeMap<String, Value> =
        serde_json::from_value(json("expected-covid19")["cells"].clone()).unwrap();
    for (key, value) in &wanted {
        assert_eq!(found.get(key), Some(value), "{key}");
    }
    assert_eq!(found.len(), wanted.len());
}

#[test]
fn those_without_a_district_are_exactly_those_expected() {
    let engine = covid19();
    let cube = counted(&engine);
    let wanted: BTreeMap<String, u64> =
        serde_json::from_value(json("expected-covid19")["withoutADistrict"].clone()).unwrap();
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    for left_out in engine.left_out(&cube) {
        let placeless = matches!(
            left_out.reason,
            Reason::NoPlace | Reason::UnknownPlace | Reason::AboveLevel | Reason::UnmappedPlace
        );
        if placeless && left_out.indicator.starts_with("CV19_") {
            *found.entry(left_out.indicator).or_default() += left_out.n;
        }
    }
    assert_eq!(found, wanted);
}
