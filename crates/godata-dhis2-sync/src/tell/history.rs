//! The ledger for people and for programs: runs, one run, one cell, what DHIS2 was told by a day.
//!
//! The ledger knows data elements and organisation units by their DHIS2 ids, so they are shown as ids. Option combinations
//! are shown by name, where a run has met them since the ledger keeps names; JSON has the id and the name.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use super::screen::{count, lines, table};
use crate::ledger::{
    CellAddress, CellEvent, ComboNames, Outcome, PlannedCell, RunCell, RunRecord, RunState,
    RunSummary, Told,
};

/// The list of runs, oldest first.
#[must_use]
pub fn runs(runs: &[RunSummary]) -> String {
    if runs.is_empty() {
        return "No run yet.\n".to_owned();
    }
    let header = [
        "run",
        "began (UTC)",
        "data set",
        "periods",
        "changes",
        "stored",
        "cleared",
        "other",
        "end",
    ];
    let mut rows = table(&header, &[0, 4, 5, 6, 7]);
    for run in runs {
        let of = |outcome: &str| run.outcomes.get(outcome).copied().unwrap_or(0);
        let (stored, cleared) = (of("stored"), of("cleared"));
        let data_sets = run.start.data_sets.iter();
        let names: Vec<&str> = data_sets.clone().map(|data_set| data_set.name.as_str()).collect();
        let mut periods: Vec<String> = data_sets
            .map(|data_set| format!("{}..{}", data_set.first_period, data_set.last_period))
            .collect();
        periods.dedup();
        rows.add_row([
            run.id.to_string(),
            clock(run.start.started),
            names.join(", "),
            periods.join(", "),
            run.n_planned.to_string(),
            stored.to_string(),
            cleared.to_string(),
            (run.n_planned - stored - cleared).to_string(),
            end(run),
        ]);
    }
    lines(&rows)
}

/// The list of runs, a JSON object each.
#[must_use]
pub fn runs_json(runs: &[RunSummary]) -> Vec<Value> {
    runs.iter().map(run_json_line).collect()
}

/// One run whole.
#[must_use]
pub fn run(run: &RunRecord, names: &ComboNames) -> String {
    let mut text = String::new();
    let summary = &run.summary;
    let start = &summary.start;
    let digest: String = start.config_digest.chars().take(12).collect();
    let facts = [
        ("began", format!("{} UTC, for {}", clock(start.started), start.day)),
        ("end", end(summary)),
        ("from", start.source.clone()),
        ("to", format!("{} as {}", start.target, start.account)),
        ("program", format!("{}, configuration {digest}", start.program)),
    ];
    let _ = writeln!(text, "Run {}{}", summary.id, if start.dry_run { " (dry run)" } else { "" });
    for (name, value) in facts {
        let _ = writeln!(text, "  {:<8} {value}", format!("{name}:"));
    }
    for data_set in &start.data_sets {
        let (first, last) = (&data_set.first_period, &data_set.last_period);
        let _ = writeln!(text, "\n{} ({}), {first}..{last}", data_set.name, data_set.data_set);
        let report = data_set.report();
        let (id, attributes) = (&report.data_set, &report.attribute_option_combo);
        // A run of an older version, of which the attributes are not known, had one report a data set.
        let of_report =
            |of: &String, with: &String| of == id && (attributes.is_empty() || with == attributes);
        let Some(counts) = run.counts.get(&report) else { continue };
        for (kind, n) in &counts.records {
            let _ = writeln!(text, "  read: {n} {kind}");
        }
        for line in &counts.left_out {
            let _ = writeln!(text, "  left out of {}: {} {}", line.indicator, line.n, line.reason);
        }
        for guard in run
            .guards
            .iter()
            .filter(|guard| of_report(&guard.data_set, &guard.attribute_option_combo))
        {
            let decision = guard
                .accepted_by
                .as_deref()
                .map_or_else(|| "the run stopped".to_owned(), |who| format!("accepted by {who}"));
            let _ = writeln!(text, "  guard: {} — {decision}", guard.sentence);
        }
        let cells: Vec<&RunCell> = run
            .cells
            .iter()
            .filter(|cell| {
                let address = &cell.planned.address;
                of_report(&address.data_set, &address.attribute_option_combo)
            })
            .collect();
        if cells.is_empty() {
            text.push_str("  no value was to change\n");
        } else {
            text.push_str(&cells_table(&cells, names));
        }
        let registrations = run
            .completeness
            .iter()
            .filter(|one| of_report(&one.data_set, &one.attribute_option_combo));
        for one in registrations {
            let _ = writeln!(
                text,
                "  completeness of {} in {}: {}",
                one.org_unit,
                one.period,
                one.state.as_str()
            );
        }
    }
    text
}

fn cells_table(cells: &[&RunCell], names: &ComboNames) -> String {
    let mut rows =
        table(&["period", "org unit", "data element", "category combo", "value", "outcome"], &[]);
    for cell in cells {
        let address = &cell.planned.address;
        rows.add_row([
            address.period.to_string(),
            address.org_unit.clone(),
            address.data_element.clone(),
            names.or_id(&address.category_option_combo).to_owned(),
            step(&cell.planned),
            outcome(cell.outcome.as_ref()),
        ]);
    }
    lines(&rows)
}

/// One run whole: the run, then what was counted, guards, cells and registrations, a JSON object each.
#[must_use]
pub fn run_json(run: &RunRecord, names: &ComboNames) -> Vec<Value> {
    let mut lines = vec![run_json_line(&run.summary)];
    for (report, counts) in &run.counts {
        let totals: Vec<Value> = counts
            .totals
            .iter()
            .map(|(total, value)| {
                json!({
                    "indicator": total.indicator,
                    "period": total.period,
                    "value": value.to_string(),
                })
            })
            .collect();
        lines.push(json!({
            "type": "counted",
            "dataSet": report.data_set,
            "attributeOptionCombo": report.attribute_option_combo,
            "read": counts.records,
            "leftOut": counts.left_out,
            "totals": totals,
        }));
    }
    lines.extend(run.guards.iter().map(|guard| typed("guard", json!(guard))));
    lines.extend(run.cells.iter().map(|cell| cell_json(cell, names)));
    lines.extend(run.completeness.iter().map(|one| typed("completeness", json!(one))));
    lines
}

/// What happened to the cells of one figure; each combination of categories on its own.
#[must_use]
pub fn cell(events: &[CellEvent], names: &ComboNames) -> String {
    if events.is_empty() {
        return "No run has changed this cell.\n".to_owned();
    }
    let header =
        ["report", "category combo", "attribute combo", "run", "began (UTC)", "value", "outcome"];
    let mut rows = table(&header, &[3]);
    for event in events {
        let address = &event.cell.planned.address;
        let dry_run = if event.dry_run { " (dry run)" } else { "" };
        rows.add_row([
            event.report.clone(),
            names.or_id(&address.category_option_combo).to_owned(),
            names.or_id(&address.attribute_option_combo).to_owned(),
            event.run.to_string(),
            clock(event.started),
            step(&event.cell.planned),
            format!("{}{dry_run}", outcome(event.cell.outcome.as_ref())),
        ]);
    }
    lines(&rows)
}

/// What happened to the cells of one figure, a JSON object each.
#[must_use]
pub fn cells_json(events: &[CellEvent], names: &ComboNames) -> Vec<Value> {
    events
        .iter()
        .map(|event| {
            let mut line = cell_json(&event.cell, names);
            line["run"] = json!(event.run);
            line["started"] = json!(event.started);
            line["dryRun"] = json!(event.dry_run);
            line["report"] = json!(event.report);
            line
        })
        .collect()
}

/// What DHIS2 had been told by the end of a day.
#[must_use]
pub fn told(day: NaiveDate, told: &[Told], names: &ComboNames) -> String {
    if told.is_empty() {
        return format!("By the end of {day} (UTC) DHIS2 had been told nothing.\n");
    }
    let header = [
        "period",
        "org unit",
        "data element",
        "category combo",
        "attribute combo",
        "value",
        "since run",
        "",
    ];
    let mut rows = table(&header, &[5, 6]);
    for cell in told {
        let unsure = cell.attempted_since.as_ref().map(|attempt| {
            let value = attempt.value.as_deref().unwrap_or("none");
            format!("run {} was to make it {value}; its end is not known", attempt.run)
        });
        rows.add_row([
            cell.address.period.to_string(),
            cell.address.org_unit.clone(),
            cell.address.data_element.clone(),
            names.or_id(&cell.address.category_option_combo).to_owned(),
            names.or_id(&cell.address.attribute_option_combo).to_owned(),
            match (&cell.value, &cell.by) {
                (Some(value), _) => value.clone(),
                (None, Some(_)) => "cleared".to_owned(),
                (None, None) => "not known".to_owned(),
            },
            cell.by.map(|(run, _)| run.to_string()).unwrap_or_default(),
            unsure.unwrap_or_default(),
        ]);
    }
    let n = count(told.len(), "cell");
    format!("{}{n} by the end of {day} (UTC).\n", lines(&rows))
}

/// What DHIS2 had been told by the end of a day, a JSON object a cell.
#[must_use]
pub fn told_json(day: NaiveDate, told: &[Told], names: &ComboNames) -> Vec<Value> {
    told.iter()
        .map(|cell| {
            let mut line = address_json("told", &cell.address, names);
            line["asOf"] = json!(day);
            line["value"] = json!(cell.value);
            line["run"] = json!(cell.by.map(|(run, _)| run));
            line["started"] = json!(cell.by.map(|(_, started)| started));
            line["attemptedSince"] = json!(
                cell.attempted_since
                    .as_ref()
                    .map(|attempt| { json!({ "run": attempt.run, "value": attempt.value }) })
            );
            line
        })
        .collect()
}

fn run_json_line(run: &RunSummary) -> Value {
    let start = &run.start;
    let mut line = json!({
        "type": "run",
        "run": run.id,
        "started": start.started,
        "day": start.day,
        "source": start.source,
        "target": start.target,
        "account": start.account,
        "dataSets": start.data_sets,
        "program": start.program,
        "configDigest": start.config_digest,
        "dryRun": start.dry_run,
        "planned": run.n_planned,
        "outcomes": run.outcomes,
    });
    match run.state {
        RunState::Ended { at, exit_code } => {
            line["state"] = json!("ended");
            line["ended"] = json!(at);
            line["exitCode"] = json!(exit_code);
        }
        RunState::Interrupted { by } => {
            line["state"] = json!("interrupted");
            line["interruptedBy"] = json!(by);
        }
        RunState::Open => line["state"] = json!("open"),
    }
    line
}

fn cell_json(cell: &RunCell, names: &ComboNames) -> Value {
    let PlannedCell { address, action, old, new } = &cell.planned;
    let mut line = address_json("cell", address, names);
    line["action"] = json!(action);
    line["old"] = json!(old);
    line["new"] = json!(new);
    line["outcome"] = json!(cell.outcome.as_ref().map(Outcome::as_str));
    line["code"] = json!(cell.outcome.as_ref().and_then(Outcome::code));
    line
}

fn address_json(name: &str, address: &CellAddress, names: &ComboNames) -> Value {
    let mut line = typed(name, json!(address));
    line["categoryOptionComboName"] = json!(names.name(&address.category_option_combo));
    line["attributeOptionComboName"] = json!(names.name(&address.attribute_option_combo));
    line
}

fn typed(name: &str, mut line: Value) -> Value {
    line["type"] = json!(name);
    line
}

/// `2020-07-27 23:00:00`.
fn clock(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// `none → 3`, `3 → 4`, `3 → none`.
fn step(planned: &PlannedCell) -> String {
    let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
    format!("{} → {}", or_none(&planned.old), or_none(&planned.new))
}

fn outcome(outcome: Option<&Outcome>) -> String {
    match outcome {
        None => "not known yet".to_owned(),
        Some(Outcome::Stored) => "stored".to_owned(),
        Some(Outcome::Cleared) => "cleared".to_owned(),
        Some(Outcome::Refused { code: None }) => "REFUSED".to_owned(),
        Some(Outcome::Refused { code: Some(code) }) => format!("REFUSED ({code})"),
        Some(Outcome::Lost) => "LOST".to_owned(),
        Some(Outcome::NotSent) => "NOT SENT".to_owned(),
        Some(Outcome::WouldBeStored) => "would be stored".to_owned(),
        Some(Outcome::Unknown) => "not known".to_owned(),
    }
}

fn end(run: &RunSummary) -> String {
    let end = match run.state {
        RunState::Ended { exit_code, .. } => match exit_code {
            0 => "done".to_owned(),
            2 => "wrong configuration".to_owned(),
            3 => "a server failed".to_owned(),
            4 => "some values refused".to_owned(),
            5 => "stopped by a guard".to_owned(),
            7 => "stopped on request".to_owned(),
            code => format!("failed (exit code {code})"),
        },
        RunState::Interrupted { by } => format!("interrupted (run {by} found it)"),
        RunState::Open => "no end: running, or killed".to_owned(),
    };
    if run.start.dry_run { format!("dry run, {end}") } else { end }
}
