//! The JSON Schema says what the reader says, and the file in `schemas/` is the one made here.

use std::collections::BTreeMap;

use indicators::{library, library_names, schema};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::recorded::Config;

/// A TOML file as an editor sees it that checks it against a JSON Schema: dates are texts.
fn json_of(toml: &str) -> Value {
    with_dates_as_texts(&toml::Value::Table(toml::from_str(toml).unwrap()))
}

fn with_dates_as_texts(value: &toml::Value) -> Value {
    match value {
        toml::Value::Datetime(date) => date.to_string().into(),
        toml::Value::Array(list) => list.iter().map(with_dates_as_texts).collect(),
        toml::Value::Table(table) => {
            table.iter().map(|(key, value)| (key.clone(), with_dates_as_texts(value))).collect()
        }
        plain => serde_json::to_value(plain).unwrap(),
    }
}

/// Whether the schema and the reader take a file; they must agree.
fn taken(file: &Value) -> bool {
    let by_schema = jsonschema::is_valid(&schema(), file);
    let by_reader = Config::deserialize(file).is_ok();
    assert_eq!(by_schema, by_reader, "schema {by_schema}, reader {by_reader}: {file}");
    by_schema
}

#[test]
fn the_file_in_schemas_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/indicators.schema.json");
    let made = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    // As values: whether serde_json keeps the order of keys depends on what else is built.
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        value(&kept) == value(&made),
        "schemas/indicators.schema.json is stale; write it anew with \
         `UPDATE_SCHEMAS=1 cargo test -p indicators --features schema schema`"
    );
}

#[test]
fn the_schema_is_one() {
    assert!(jsonschema::meta::is_valid(&schema()));
}

#[test]
fn every_library_and_every_file_of_these_tests_is_valid() {
    for name in library_names() {
        let library = library(name, &BTreeMap::new()).unwrap();
        let file = json!({ "value": library.definitions, "breakdown": library.breakdowns });
        assert!(taken(&file), "{name}");
    }
    for text in [include_str!("covid19.toml"), include_str!("expected.toml")] {
        assert!(taken(&json_of(text)));
    }
}

#[test]
fn schema_and_reader_take_and_refuse_the_same() {
    let value = |value: Value| {
        let mut all = json!({ "indicator": "A" });
        all.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        json!({ "value": [all] })
    };
    for good in [
        json!({}),
        json!({ "join": "cases", "until": ["a", "b"] }),
        json!({ "join": ["cases", "contacts"], "from": "lab-results" }),
        json!({ "timing": "current", "only": "one per person and period", "zero": "write" }),
        json!({ "measure": "count" }),
        json!({ "measure": { "median": { "from": "a", "to": "b" } } }),
        json!({ "measure": { "share": { "of": "A", "in": "B" } } }),
        json!({ "measure": { "rate": { "of": "A", "per": 1000 } } }),
        json!({ "measure": { "classify": { "numbers": { "n": "A" }, "rules": [{ "when": "n = 0", "value": "NONE" }] } } }),
        json!({ "where": { "a": 1, "b.c": { "gte": 1, "lt": "2020-01-01" }, "or": [{ "d": null }, { "e": { "exists": false } }] } }),
        json!({ "where": { "a": { "elemMatch": { "b": true } }, "c": { "not": { "inq": [1, "x"] } }, "d": { "like": "x", "options": "i" } } }),
        json!({ "suppress": { "below": 5 }, "decimals": 2, "by": { "Sex": "gender" } }),
    ] {
        assert!(taken(&value(good)));
    }
    for bad in [
        json!({ "wher": {} }),
        json!({ "group": "a" }),
        json!({ "from": "case" }),
        json!({ "join": ["case"] }),
        json!({ "timing": "later" }),
        json!({ "measure": "counts" }),
        json!({ "measure": "sum" }),
        json!({ "measure": { "sum": 1 } }),
        json!({ "measure": { "sum": "a", "mean": "b" } }),
        json!({ "measure": { "median": { "from": "a" } } }),
        json!({ "measure": { "share": { "of": "A", "in": "B", "times": 1 } } }),
        json!({ "measure": { "classify": { "numbers": {}, "rules": [{ "when": "n", "value": "x" }] } } }),
        json!({ "where": [] }),
        json!({ "where": { "gte": 1 } }),
        json!({ "where": { "$where": "1" } }),
        json!({ "where": { "a": { "gtt": 1 } } }),
        json!({ "where": { "a": {} } }),
        json!({ "where": { "a": [1] } }),
        json!({ "where": { "or": [] } }),
        json!({ "where": { "a": { "between": [1] } } }),
        json!({ "where": { "a": { "inq": [] } } }),
        json!({ "where": { "a": { "exists": 1 } } }),
        json!({ "where": { "a": { "gt": true } } }),
        json!({ "where": { "a": { "like": "x", "options": "g" } } }),
        json!({ "suppress": { "below": 5, "above": 1 } }),
        json!({ "decimals": -1 }),
        json!({ "indicator": 1 }),
    ] {
        assert!(!taken(&value(bad)));
    }
    let breakdown = |breakdown: Value| json!({ "value": [], "breakdown": { "a": breakdown } });
    assert!(taken(&breakdown(json!({ "field": "age", "bands": ["0-4", "5", "6 – 9", "10+"] }))));
    assert!(taken(&breakdown(json!({ "field": "age", "bands": { "0-4": "X" }, "missing": "Y" }))));
    assert!(taken(&breakdown(
        json!({ "field": "gender", "values": { "MALE": "M" }, "other": "O" })
    )));
    assert!(!taken(&breakdown(json!({ "bands": [] }))));
    assert!(!taken(&breakdown(json!({ "field": "age", "band": [] }))));
    assert!(!taken(&breakdown(json!({ "field": "age", "bands": ["young"] }))));
    assert!(!taken(&breakdown(json!({ "field": "gender", "values": "MALE" }))));
    assert!(!taken(&json!({ "value": [], "values": [] })));
}
