//! Indicators as lists and in words, and what worked files came to.

use std::fmt::Write as _;
use std::path::Path;

use indicators::{Definition, Language, Measure, SettingValue, WorkedOutcome};
use serde_json::{Value, json};

use super::screen::{count, lines, table};
use crate::catalogue::Group;

/// One table a group, with what a library can be set to.
#[must_use]
pub fn list(groups: &[Group]) -> String {
    let mut text = String::new();
    for group in groups {
        let _ = writeln!(text, "{}", group.title);
        if let Some(source) = &group.source {
            let _ = writeln!(text, "  source: {source}");
        }
        let mut rows =
            table(&["indicator", "data element", "from", "measure", "timing", "by"], &[]);
        for definition in &group.definitions {
            rows.add_row([
                definition.indicator.as_str(),
                Group::element(definition),
                definition.from.as_str(),
                measure(definition),
                &timing(definition),
                &definition.by.keys().cloned().collect::<Vec<_>>().join(", "),
            ]);
        }
        text.push_str(&lines(&rows));
        for setting in &group.settings {
            let _ = writeln!(
                text,
                "  setting {} = {}: {}",
                setting.name,
                setting_value(&setting.value),
                setting.about
            );
        }
        text.push('\n');
    }
    text
}

/// A JSON line an indicator.
#[must_use]
pub fn list_json(groups: &[Group]) -> Vec<Value> {
    groups
        .iter()
        .flat_map(|group| {
            group.definitions.iter().map(move |definition| {
                json!({
                    "type": "indicator",
                    "group": group.title,
                    "library": group.library,
                    "dataSet": group.data_set,
                    "indicator": definition.indicator,
                    "code": definition.code,
                    "dataElement": definition.data_element,
                    "from": definition.from.as_str(),
                    "definition": definition,
                })
            })
        })
        .collect()
}

/// Each indicator in words, with a library's notes below it.
#[must_use]
pub fn describe(groups: &[Group], language: Language) -> String {
    let mut text = String::new();
    for group in groups {
        let _ = writeln!(text, "# {}\n", group.title);
        for definition in &group.definitions {
            let words = indicators::describe(definition, &group.breakdowns, language);
            let _ = writeln!(text, "{}", words.trim_end());
            if let Some(notes) = group.notes(definition, language) {
                for note in indicators::describe_notes(notes, language).lines() {
                    let _ = writeln!(text, "  {note}");
                }
            }
            text.push('\n');
        }
    }
    text
}

/// A JSON line an indicator, with its description.
#[must_use]
pub fn describe_json(groups: &[Group], language: Language) -> Vec<Value> {
    groups
        .iter()
        .flat_map(|group| {
            group.definitions.iter().map(move |definition| {
                json!({
                    "type": "description",
                    "group": group.title,
                    "indicator": definition.indicator,
                    "code": definition.code,
                    "language": language.as_str(),
                    "text": indicators::describe(definition, &group.breakdowns, language),
                    "notes": group.notes(definition, language),
                })
            })
        })
        .collect()
}

/// What a worked file came to, for people.
#[must_use]
pub fn worked(path: &Path, outcome: &WorkedOutcome) -> String {
    let sign = if outcome.passed() { '✓' } else { '✗' };
    format!("{sign} {}: {outcome}", path.display())
}

/// What a worked file came to, as a JSON line.
#[must_use]
pub fn worked_json(path: &Path, outcome: &WorkedOutcome) -> Value {
    let mut line = serde_json::to_value(outcome).unwrap_or_default();
    line["type"] = json!("worked");
    line["file"] = json!(path.display().to_string());
    line["passed"] = json!(outcome.passed());
    line
}

/// The last line of a test of worked files.
#[must_use]
pub fn worked_sum(n_files: usize, n_failed: usize) -> String {
    if n_failed == 0 {
        format!("{}: all as expected", count(n_files, "worked file"))
    } else {
        format!("{}: {n_failed} not as expected", count(n_files, "worked file"))
    }
}

fn measure(definition: &Definition) -> &'static str {
    match &definition.measure {
        Measure::Count => "count",
        Measure::Share { .. } => "share",
        Measure::Rate { .. } => "rate",
        Measure::Classify { .. } => "classify",
        _ => "number",
    }
}

fn timing(definition: &Definition) -> String {
    // One word; its text in the configuration is the one that people know.
    serde_json::to_value(definition.timing)
        .ok()
        .and_then(|timing| timing.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn setting_value(value: &SettingValue) -> String {
    match value {
        SettingValue::Number(number) => number.to_string(),
        SettingValue::Text(text) => format!("\"{text}\""),
        SettingValue::List(list) => format!("{list:?}"),
    }
}
