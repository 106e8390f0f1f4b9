//! What `init` wrote, what it found, and what is left for a person to do.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use dhis2_client::DataSet;
use serde_json::{Value, json};

use super::screen::{count, lines, table};
use crate::init::{Choices, Coverage, Recognised, Share, are_apart};
use crate::places::{Evidence, Proposal};

/// How many places without a unit are listed before the rest is only counted.
const LISTED: usize = 20;
/// Proposals less sure than this are listed for a second look.
const SURE: u8 = 95;

/// For people: files, reports, places, cases that would be lost, and the next steps.
#[must_use]
pub fn text(
    files: &[PathBuf],
    choices: &Choices,
    reports: &[(DataSet, Recognised)],
    n_places: usize,
    proposals: &BTreeMap<String, Proposal<'_>>,
    coverage: &Coverage,
    records: Option<&Path>,
) -> String {
    let mut text = String::new();
    for (data_set, recognised) in reports {
        let _ =
            writeln!(text, "{} ({}): {}", data_set.name, data_set.id, found(data_set, recognised));
        if let Recognised::Elements { unknown, .. } = recognised {
            for name in unknown {
                let _ = writeln!(text, "  not recognised: {name}");
            }
        }
        for line in choices.shares.get(&data_set.id).map(|shares| apart(shares)).unwrap_or_default()
        {
            let _ = writeln!(text, "  {line}");
        }
    }
    let _ = writeln!(text, "\nplaces: {} of {n_places} have an organisation unit", proposals.len());
    let mut by_evidence: BTreeMap<Evidence, usize> = BTreeMap::new();
    for proposal in proposals.values() {
        *by_evidence.entry(proposal.evidence).or_default() += 1;
    }
    for (evidence, n) in &by_evidence {
        let _ = writeln!(text, "  {n} by {}", evidence.word());
    }
    let unsure = proposals.values().filter(|proposal| proposal.score < SURE).count();
    if unsure > 0 {
        let _ = writeln!(
            text,
            "  {unsure} with a score below {SURE}: look at these in the table first"
        );
    }
    text.push_str(&cases(coverage));
    for file in files {
        let _ = writeln!(text, "written: {}", file.display());
    }
    let (config, places) = (files[0].display(), files[1].display());
    let with = records.map(|folder| format!(" --records {}", folder.display())).unwrap_or_default();
    let commands: &[&str] = if choices.dhis2.is_some() { &["check", "plan"] } else { &["count"] };
    let _ =
        writeln!(text, "next: look through {places} and correct what is wrong or missing; then");
    for command in commands {
        let _ = writeln!(text, "      godata-dhis2-sync {command} --config {config}{with}");
    }
    text
}

fn found(data_set: &DataSet, recognised: &Recognised) -> String {
    match recognised {
        Recognised::Library { name, n_known } => {
            format!(
                "library {name}, {n_known} of {}",
                count(data_set.elements.len(), "data element")
            )
        }
        Recognised::Elements { known, .. } => {
            format!(
                "{} of {} recognised",
                known.len(),
                count(data_set.elements.len(), "data element")
            )
        }
    }
}

/// What each outbreak is in a data set that is kept apart by attributes.
fn apart(shares: &[Share]) -> Vec<String> {
    let mut lines: Vec<String> = shares
        .iter()
        .map(|share| {
            let name = share.outbreak.as_ref().map_or("the outbreak", |outbreak| &outbreak.name);
            let options: Vec<&str> =
                share.options.iter().map(|option| option.as_deref().unwrap_or("?")).collect();
            format!("{name} is {}", options.join(", "))
        })
        .collect();
    if !are_apart(shares) || shares.is_empty() {
        lines.push(
            "kept apart by attributes: say in the configuration what each outbreak is".to_owned(),
        );
    }
    lines
}

fn cases(coverage: &Coverage) -> String {
    let mut text = format!("cases: {}\n", coverage.n_cases);
    for (n, what) in [
        (coverage.n_at_unit, "at a place with a unit"),
        (coverage.n_above, "would count at a place above theirs"),
        (coverage.n_lost, "WOULD BE LOST: neither their place nor any above it has a unit"),
        (
            coverage.n_without_place,
            "have no place, or one that is not listed: in no figure by place",
        ),
    ] {
        if n > 0 {
            let _ = writeln!(text, "  {n} {what}");
        }
    }
    let (with_cases, without): (Vec<_>, Vec<_>) =
        coverage.unmatched.iter().partition(|place| place.n_cases > 0);
    if !with_cases.is_empty() {
        let mut rows = table(&["place without a unit", "cases", "would count at"], &[1]);
        for place in with_cases.iter().take(LISTED) {
            rows.add_row([
                place.name.clone(),
                place.n_cases.to_string(),
                place.counted_at.clone().unwrap_or_else(|| "nowhere".to_owned()),
            ]);
        }
        text.push_str(&lines(&rows));
    }
    let rest = with_cases.len().saturating_sub(LISTED);
    if rest > 0 {
        let _ = writeln!(text, "  and {} more with cases", count(rest, "place"));
    }
    if !without.is_empty() {
        let _ =
            writeln!(text, "{} without a unit and without cases", count(without.len(), "place"));
    }
    text
}

/// As JSON lines: files, reports, then coverage.
#[must_use]
pub fn json(
    files: &[PathBuf],
    choices: &Choices,
    reports: &[(DataSet, Recognised)],
    proposals: &BTreeMap<String, Proposal<'_>>,
    coverage: &Coverage,
) -> Vec<Value> {
    let mut lines: Vec<Value> = files
        .iter()
        .map(|file| json!({ "type": "written", "file": file.display().to_string() }))
        .collect();
    for (data_set, recognised) in reports {
        let mut line = json!({
            "type": "report",
            "dataSet": data_set.id.to_string(),
            "name": data_set.name,
            "elements": data_set.elements.len(),
        });
        match recognised {
            Recognised::Library { name, n_known } => {
                line["library"] = json!(name);
                line["recognised"] = json!(n_known);
            }
            Recognised::Elements { known, unknown } => {
                line["recognised"] = json!(known.len());
                line["notRecognised"] = json!(unknown);
            }
        }
        if let Some(shares) = choices.shares.get(&data_set.id) {
            line["outbreaks"] = shares
                .iter()
                .filter_map(|share| Some((share.outbreak.as_ref()?, &share.options)))
                .map(|(outbreak, options)| json!({ "id": outbreak.id, "options": options }))
                .collect();
        }
        lines.push(line);
    }
    let mut line = serde_json::to_value(coverage).unwrap_or_default();
    line["type"] = json!("places");
    line["proposed"] = json!(proposals.len());
    lines.push(line);
    lines
}
