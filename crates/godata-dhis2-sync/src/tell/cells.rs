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
        for cell in &cells {
            rows.add_row([
                cell.indicator.clone(),
                cell.period.clone(),
                cell.org_unit.clone(),
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
    let mut rows = table(&["left out of", "because", "records"], &[2]);
    for line in list {
        rows.add_row([line.indicator.clone(), line.reason.clone(), line.n.to_string()]);
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
            counted.cells(prepared, n).into_iter().map(move |cell| cell_json(report, &cell))
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
    object
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

/// One line a cell, with a header; categories as `name=option` pairs.
///
/// # Errors
///
/// When the lines cannot be put together, which would be a bug.
pub fn counted_csv(prepared: &[Prepared], counted: &Counted) -> Outcome<String> {
    let bug = |error: csv::Error| {
        Problem::new(crate::Exit::Bug, "the cells cannot be written as CSV").because(error)
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record([
            "indicator",
            "dataElement",
            "code",
            "period",
            "orgUnit",
            "categories",
            "value",
        ])
        .map_err(bug)?;
    for (n, report) in prepared.iter().enumerate() {
        for cell in counted.cells(prepared, n) {
            let definition = report.engine.definition(&cell.indicator);
            let categories: Vec<String> = cell
                .categories
                .iter()
                .map(|(category, option)| format!("{category}={option}"))
                .collect();
            writer
                .write_record([
                    cell.indicator.as_str(),
                    definition
                        .and_then(|definition| definition.data_element.as_deref())
                        .unwrap_or_default(),
                    definition
                        .and_then(|definition| definition.code.as_deref())
                        .unwrap_or_default(),
                    &cell.period,
                    &cell.org_unit,
                    &categories.join(";"),
                    &cell.value.to_string(),
                ])
                .map_err(bug)?;
        }
    }
    let bytes = writer.into_inner().map_err(|error| {
        Problem::new(crate::Exit::Bug, "the cells cannot be written as CSV")
            .because(error.into_error())
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
