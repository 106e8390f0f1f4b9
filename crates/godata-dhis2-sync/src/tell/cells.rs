//! Counted cells as a table, JSON or CSV.

use std::collections::BTreeMap;

use indicators::{Cell, CellValue};
use serde_json::{Value, json};

use super::screen::{lines, table};
use crate::pipeline::{Counted, LeftOutLine, Prepared};
use crate::problem::{Outcome, Problem};

/// The cells of all reports as a table for people, with the records that are in none.
#[must_use]
pub fn counted(prepared: &[Prepared], counted: &Counted) -> String {
    let mut text = String::new();
    for (n, report) in prepared.iter().enumerate() {
        let cells = counted.cells(prepared, n);
        let (first, last) = report.periods;
        text.push_str(&format!("{}  ({}, {first} to {last})\n", report.name, report.kind));
        let mut rows = table(&["indicator", "period", "org unit", "categories", "value"], &[4]);
        for cell in cells {
            rows.add_row([
                cell.indicator.to_string(),
                cell.period.to_string(),
                cell.org_unit.to_string(),
                in_words(&cell.categories),
                cell.value.to_string(),
            ]);
        }
        text.push_str(&lines(&rows));
        text.push('\n');
    }
    text.push_str(&left_out(&counted.left_out(prepared)));
    for (source, n) in &counted.read {
        text.push_str(&format!("read: {n} {source}\n"));
    }
    for (source, n) in counted.bad() {
        text.push_str(&format!("unreadable: {n} of {source}\n"));
    }
    text
}

/// The left-out list as a table; empty when nobody was left out.
#[must_use]
pub(super) fn left_out(list: &[LeftOutLine]) -> String {
    if list.is_empty() {
        return String::new();
    }
    let several = list.iter().any(|line| line.report.is_some());
    let mut rows = match several {
        true => table(&["report", "left out of", "because", "records"], &[3]),
        false => table(&["left out of", "because", "records"], &[2]),
    };
    for line in list {
        let report = several.then(|| line.report.clone().unwrap_or_default());
        let rest = [line.indicator.clone(), line.reason.clone(), line.n.to_string()];
        rows.add_row(report.into_iter().chain(rest));
    }
    format!("{}\n", lines(&rows))
}

/// `Age 0-4, Sex F`.
#[must_use]
pub(super) fn in_words(categories: &BTreeMap<String, String>) -> String {
    categories
        .iter()
        .map(|(category, option)| format!("{category} {option}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The cells, left-out records and numbers of records read, as one JSON object.
#[must_use]
pub fn counted_json(prepared: &[Prepared], counted: &Counted) -> Value {
    let cells: Vec<Value> = prepared
        .iter()
        .enumerate()
        .flat_map(|(n, report)| {
            counted.cells(prepared, n).iter().map(move |cell| cell_json(report, cell))
        })
        .collect();
    let read: BTreeMap<&str, u64> =
        counted.read.iter().map(|(source, n)| (source.as_str(), *n)).collect();
    let mut object = json!({ "cells": cells, "leftOut": counted.left_out(prepared), "read": read });
    let bad: BTreeMap<&str, u64> =
        counted.bad().into_iter().map(|(source, n)| (source.as_str(), n)).collect();
    if !bad.is_empty() {
        object["unreadable"] = json!(bad);
    }
    object
}

fn cell_json(report: &Prepared, cell: &Cell) -> Value {
    let definition = report.engine.definition(&cell.indicator);
    let mut object = json!({
        "indicator": cell.indicator,
        "dataElement": definition.and_then(|definition| definition.data_element.as_deref()),
        "period": cell.period,
        "orgUnit": cell.org_unit,
        "categories": cell.categories,
        "value": value_json(&cell.value),
    });
    if let Some(code) = definition.and_then(|definition| definition.code.as_deref()) {
        object["code"] = json!(code);
    }
    if !report.report.attributes.is_empty() {
        object["attributes"] = json!(report.report.attributes);
    }
    if let Some(combo) = attribute_option_combo(report) {
        object["attributeOptionCombo"] = json!(combo);
    }
    object
}

/// The attribute option combination, as DHIS2 or the configuration names it.
fn attribute_option_combo(report: &Prepared) -> Option<String> {
    let found = report.attributes.as_ref().filter(|attributes| attributes.name.is_some());
    found
        .map(|attributes| attributes.id.to_string())
        .or_else(|| report.report.attribute_option_combo.clone())
}

/// A number as a JSON number with every digit it has, a text as text, a withheld figure as null.
fn value_json(value: &CellValue) -> Value {
    match value {
        CellValue::Number(number) => {
            number.to_string().parse::<serde_json::Number>().map_or(Value::Null, Value::Number)
        }
        CellValue::Text(text) => json!(text),
        CellValue::Withheld => Value::Null,
    }
}

/// One line a cell, with a header; categories as `name=option` pairs. The column `attributes` is there where a report
/// has some.
///
/// # Errors
///
/// When the lines cannot be put together, which would be a bug.
pub fn counted_csv(prepared: &[Prepared], counted: &Counted) -> Outcome<String> {
    let bug = |error: csv::Error| {
        Problem::new(crate::Exit::Bug, "the cells cannot be written as CSV").because(error)
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    let apart = prepared.iter().any(|report| attributes(report).is_some());
    let columns = ["indicator", "dataElement", "code", "period", "orgUnit", "categories", "value"];
    writer.write_record(columns.into_iter().chain(apart.then_some("attributes"))).map_err(bug)?;
    for (n, report) in prepared.iter().enumerate() {
        for cell in counted.cells(prepared, n) {
            let definition = report.engine.definition(&cell.indicator);
            let columns = [
                &*cell.indicator,
                definition
                    .and_then(|definition| definition.data_element.as_deref())
                    .unwrap_or_default(),
                definition.and_then(|definition| definition.code.as_deref()).unwrap_or_default(),
                &cell.period,
                &cell.org_unit,
                &pairs(&cell.categories),
                &cell.value.to_string(),
            ];
            let attributes = apart.then(|| attributes(report).unwrap_or_default());
            writer.write_record(columns.into_iter().chain(attributes.as_deref())).map_err(bug)?;
        }
    }
    let bytes = writer.into_inner().map_err(|error| {
        Problem::new(crate::Exit::Bug, "the cells cannot be written as CSV")
            .because(error.into_error())
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `name=option` pairs.
fn pairs(options: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> =
        options.iter().map(|(category, option)| format!("{category}={option}")).collect();
    pairs.join(";")
}

/// The attributes as `name=option` pairs, else the attribute option combination; `None` for the default.
fn attributes(report: &Prepared) -> Option<String> {
    match report.report.attributes.is_empty() {
        false => Some(pairs(&report.report.attributes)),
        true => attribute_option_combo(report),
    }
}
