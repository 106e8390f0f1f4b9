//! Why a figure is what it is, record by record.

use std::fmt::Write as _;

use indicators::{CellKey, Explanation, Outcome};
use serde_json::{Value, json};

use super::cells::in_words;
use super::screen::{lines, table};
use crate::commands::{CellExplained, RecordExplained, Shown};

/// How many near records are listed.
const LISTED: usize = 50;

/// The cell in each report; a heading says which, where there are several.
#[must_use]
pub fn cells(found: &[CellExplained]) -> String {
    let parts = found.iter().map(|one| match found.len() {
        1 => cell(one),
        _ => format!("{}\n{}", one.report, cell(one)),
    });
    parts.collect::<Vec<_>>().join("\n")
}

/// A cell, its records, and those near it that were left out.
#[must_use]
pub fn cell(found: &CellExplained) -> String {
    let value = found.value.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
    let mut text = format!("{}: {value}\n", place(&found.cell));
    let _ = writeln!(text, "\nin it: {}", found.records.len());
    if !found.records.is_empty() {
        let mut rows = table(&["record", "id", "reported", "onset", "class"], &[]);
        for record in &found.records {
            rows.add_row([
                name(record).to_owned(),
                record.id.clone(),
                day(record.date_of_reporting.as_deref()),
                day(record.date_of_onset.as_deref()),
                class(record),
            ]);
        }
        text.push_str(&lines(&rows));
    }
    if !found.near.is_empty() {
        let _ = writeln!(
            text,
            "\nmeet the condition and are in no cell of this indicator: {}",
            found.near.len()
        );
        let mut rows = table(&["record", "reported", "class", "because"], &[]);
        for (record, explanation) in found.near.iter().take(LISTED) {
            rows.add_row([
                name(record).to_owned(),
                day(record.date_of_reporting.as_deref()),
                class(record),
                because(explanation),
            ]);
        }
        text.push_str(&lines(&rows));
        if found.near.len() > LISTED {
            let _ = writeln!(text, "  and {} more; `--json` lists all", found.near.len() - LISTED);
        }
    }
    if !found.left_out.is_empty() {
        let reasons: Vec<String> =
            found.left_out.iter().map(|(reason, n)| format!("{reason} {n}")).collect();
        let _ = writeln!(text, "\nin no cell, by reason: {}", reasons.join(", "));
    }
    text
}

/// The same as one JSON object.
#[must_use]
pub fn cell_json(found: &CellExplained) -> Value {
    let near: Vec<Value> = found
        .near
        .iter()
        .map(|(record, explanation)| json!({ "record": record, "explanation": explanation }))
        .collect();
    let mut object = serde_json::to_value(found).unwrap_or_default();
    object["type"] = json!("cell");
    object["near"] = json!(near);
    object
}

/// A record with what became of it in each indicator, step by step where it was left out.
#[must_use]
pub fn record(found: &[RecordExplained]) -> String {
    let mut text = String::new();
    if let Some(first) = found.first() {
        let _ = writeln!(
            text,
            "{} ({}, {}), reported {}, {}",
            name(&first.record),
            first.from,
            first.record.id,
            day(first.record.date_of_reporting.as_deref()),
            class(&first.record),
        );
    }
    for one in found {
        let _ = writeln!(text, "\n{}", one.report);
        for explanation in &one.explanations {
            let _ = writeln!(text, "  {}: {}", explanation.indicator, ended(explanation));
            if matches!(explanation.outcome, Outcome::LeftOut(_)) {
                for step in &explanation.steps {
                    let _ = writeln!(text, "      {step}");
                }
            }
        }
    }
    text
}

/// The same as a JSON object.
#[must_use]
pub fn record_json(found: &RecordExplained) -> Value {
    let mut object = serde_json::to_value(found).unwrap_or_default();
    object["type"] = json!("record");
    object
}

fn ended(explanation: &Explanation) -> String {
    let list = |keys: &[CellKey]| keys.iter().map(spot).collect::<Vec<_>>().join("; ");
    match &explanation.outcome {
        Outcome::Counted(keys) => format!("counted in {}", list(keys)),
        Outcome::CountedUnlessAnother(key) => {
            format!("counted in {}, unless another record of this person is", spot(key))
        }
        Outcome::CountedBefore(keys) => format!("counted from {} on", list(keys)),
        Outcome::LeftOut(reason) => format!("in no cell: {reason}"),
    }
}

/// The reason and the step that decided.
fn because(explanation: &Explanation) -> String {
    let step = explanation.steps.iter().rev().find(|step| !step.passes);
    match (&explanation.outcome, step) {
        (Outcome::LeftOut(reason), Some(step)) => format!("{reason} ({step})"),
        (Outcome::LeftOut(reason), None) => reason.to_string(),
        _ => String::new(),
    }
}

fn place(key: &CellKey) -> String {
    format!("{}, {}", key.indicator, spot(key))
}

fn spot(key: &CellKey) -> String {
    let mut text = key.period.clone();
    if !text.is_empty() {
        text.push_str(", ");
    }
    text.push_str(&key.org_unit);
    if !key.categories.is_empty() {
        let _ = write!(text, ", {}", in_words(&key.categories));
    }
    text
}

fn name(record: &Shown) -> &str {
    record.visual_id.as_deref().unwrap_or(&record.id)
}

/// The day of a moment as Go.Data writes it, in UTC.
fn day(moment: Option<&str>) -> String {
    moment.map_or_else(|| "–".to_owned(), |moment| moment.chars().take(10).collect())
}

/// `CONFIRMED`.
fn class(record: &Shown) -> String {
    let class = record.classification.as_deref().unwrap_or("–");
    class.rsplit_once("CASE_CLASSIFICATION_").map_or(class, |(_, short)| short).to_owned()
}
