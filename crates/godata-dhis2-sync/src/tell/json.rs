//! Plans and runs as JSON lines: one object a cell, one a report, so that a program can read them as they come.

use dhis2_client::{Action, Change, Plan, Traffic, Verdict};
use serde_json::{Value, json};

use super::plan::figure_name;
use crate::pipeline::{Counted, Input, Planned, Prepared, Sent, Work};

/// The plan of a report: a line a cell, then a line with the sums.
#[must_use]
pub fn plan(report: &Prepared, planned: &Planned) -> Vec<Value> {
    let mut lines: Vec<Value> =
        planned.plan.changes().iter().map(|change| change_json(report, planned, change)).collect();
    let counts = planned.plan.counts();
    lines.push(json!({
        "type": "plan",
        "dataSet": planned.plan.data_set().to_string(),
        "attributeOptionCombo": report.attributes.as_ref().map(|one| one.id.to_string()),
        "report": report.name,
        "firstPeriod": report.periods.0.id(),
        "lastPeriod": report.periods.1.id(),
        "create": counts.create,
        "update": counts.update,
        "clear": counts.clear,
        "unchanged": counts.unchanged,
        "foreign": counts.foreign,
        "blocked": planned.n_blocked(),
    }));
    lines
}

/// What counting came to: records read and left out.
#[must_use]
pub fn counted(prepared: &[Prepared], counted: &Counted) -> Value {
    let read: std::collections::BTreeMap<&str, u64> =
        counted.read.iter().map(|(source, n)| (source.as_str(), *n)).collect();
    json!({ "type": "counted", "read": read, "leftOut": counted.left_out(prepared) })
}

/// What was asked of the servers and what came: bodies only, without heads and TLS.
#[must_use]
pub fn traffic(work: &Work) -> Value {
    let line = |traffic: Traffic| {
        json!({
            "requests": traffic.n_requests,
            "bytesSent": traffic.n_bytes_sent,
            "bytesReceived": traffic.n_bytes_received,
            "bytesUnpacked": traffic.n_bytes_unpacked,
        })
    };
    let godata = match &work.input {
        Input::Files(_) => None,
        Input::Server(reader) => Some(line(reader.traffic())),
    };
    let dhis2 = work.target.as_ref().map(|target| line(target.client.traffic()));
    json!({ "type": "traffic", "goData": godata, "dhis2": dhis2 })
}

/// What became of a report's values: a line a cell that was sent, then a line with the sums.
#[must_use]
pub fn sent(report: &Prepared, plan: &Plan, sent: &Sent) -> Vec<Value> {
    let mut lines: Vec<Value> = sent
        .report
        .outcomes
        .iter()
        .map(|outcome| {
            let mut line = cell_json(&outcome.cell);
            line["type"] = json!("outcome");
            let (verdict, refusal) = verdict(&outcome.verdict);
            line["verdict"] = json!(verdict);
            if let Some(refusal) = refusal {
                line["refusal"] = refusal;
            }
            line
        })
        .collect();
    let verdicts = super::Verdicts::of(std::slice::from_ref(sent));
    lines.push(json!({
        "type": "sent",
        "dataSet": plan.data_set().to_string(),
        "attributeOptionCombo": report.attributes.as_ref().map(|one| one.id.to_string()),
        "report": report.name,
        "stored": verdicts.stored,
        "cleared": verdicts.cleared,
        "wouldBeStored": verdicts.would_be_stored,
        "refused": verdicts.refused,
        "lost": verdicts.lost,
        "notSent": verdicts.open,
        "stopped": sent.stopped,
        "completed": sent.completed.len(),
        "incomplete": sent.incomplete.len(),
    }));
    lines
}

fn verdict(verdict: &Verdict) -> (&'static str, Option<Value>) {
    match verdict {
        Verdict::Stored => ("stored", None),
        Verdict::Accepted => ("accepted", None),
        Verdict::Cleared => ("cleared", None),
        Verdict::WouldBeStored => ("wouldBeStored", None),
        Verdict::Refused(refusal) => (
            "refused",
            Some(json!({
                "code": refusal.code.map(|code| code.to_string()),
                "reason": refusal.reason,
                "remedy": refusal.remedy,
            })),
        ),
        Verdict::Lost { .. } => ("lost", None),
        Verdict::NotSent => ("notSent", None),
        _ => ("unknown", None),
    }
}

fn change_json(report: &Prepared, planned: &Planned, change: &Change) -> Value {
    let mut line = cell_json(&change.cell);
    line["type"] = json!("change");
    line["action"] = json!(match change.action {
        Action::Create { .. } => "create",
        Action::Update { .. } => "update",
        Action::Clear { .. } => "clear",
        Action::Unchanged { .. } => "unchanged",
        Action::Foreign { .. } => "foreign",
    });
    if let Some(data_set) = &report.data_set {
        line["indicator"] = json!(figure_name(data_set, planned, change));
    }
    line["old"] = json!(change.old());
    line["new"] = json!(change.new());
    if let Some(finding) = planned.blocked(change) {
        line["blocked"] = json!({
            "code": finding.code.map(|code| code.to_string()),
            "reason": finding.message,
            "remedy": finding.remedy,
        });
    }
    line
}

fn cell_json(cell: &dhis2_client::Cell) -> Value {
    json!({
        "dataElement": cell.data_element.to_string(),
        "period": cell.period.id(),
        "orgUnit": cell.org_unit.to_string(),
        "categoryOptionCombo": cell.category_option_combo.to_string(),
        "attributeOptionCombo": cell.attribute_option_combo.to_string(),
    })
}
