//! The facts of a run, as the HTML report wants them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use dhis2_client::{Action, Change, DataSet, Traffic, Verdict};
use indicators::{Breakdowns, Definition, Language, Measure, Reason, describe};

use super::plan::{categories, figure_name, unit_name};
use super::quality::{lost, of_page};
use crate::ledger::CellKey;
use crate::page::{self, Page};
use crate::pipeline::{Counted, Input, Planned, Prepared, Sent, Whys, Work};
use crate::places::Location;

/// What a run came to, report by report.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// What it worked with.
    pub work: &'a Work,
    /// What was counted.
    pub counted: &'a Counted,
    /// What had to change.
    pub planned: &'a [Planned],
    /// What became of it; empty for a plan.
    pub sent: &'a [Sent],
    /// Why cells changed, report by report; empty where no ledger says.
    pub whys: &'a [Whys],
    /// What the reader must know besides.
    pub warnings: &'a [String],
    /// When the run began.
    pub began: DateTime<Utc>,
}

/// The report page of a run or a plan.
#[must_use]
pub fn page_of(facts: Facts<'_>) -> Page {
    let work = facts.work;
    let (title, source) = match &work.input {
        Input::Files(folder) => {
            ("Records from files".to_owned(), folder.path().display().to_string())
        }
        Input::Server(reader) => {
            let names: Vec<&str> =
                reader.outbreaks.iter().map(|outbreak| outbreak.name.as_str()).collect();
            (
                names.join(", "),
                work.config
                    .file
                    .godata
                    .as_ref()
                    .map(|godata| godata.url.clone())
                    .unwrap_or_default(),
            )
        }
    };
    let bad = facts.counted.bad();
    Page {
        title,
        mode: if facts.sent.is_empty() { page::Mode::Plan } else { page::Mode::Run },
        began: facts.began,
        day: work.today,
        program: concat!("godata-dhis2-sync ", env!("CARGO_PKG_VERSION")).to_owned(),
        source: page::Server {
            name: source,
            version: None,
            traffic: match &work.input {
                Input::Files(_) => None,
                Input::Server(reader) => Some(traffic(reader.traffic())),
            },
        },
        target: page::Server {
            name: work
                .config
                .file
                .dhis2
                .as_ref()
                .map(|dhis2| dhis2.url.clone())
                .unwrap_or_default(),
            version: work.target.as_ref().map(|target| target.server.version.to_string()),
            traffic: work.target.as_ref().map(|target| traffic(target.client.traffic())),
        },
        read: facts
            .counted
            .read
            .iter()
            .map(|(source, n)| page::Read {
                kind: source.to_string(),
                n: *n,
                n_unreadable: bad.get(source).copied().unwrap_or(0),
            })
            .collect(),
        warnings: facts.warnings.to_vec(),
        reports: (0..work.prepared.len()).map(|n| report(facts, n)).collect(),
        quality: of_page(work, facts.counted),
        places: places(work, facts.counted),
    }
}

fn traffic(traffic: Traffic) -> page::Traffic {
    page::Traffic {
        n_requests: traffic.n_requests,
        n_bytes_sent: traffic.n_bytes_sent,
        n_bytes_received: traffic.n_bytes_received,
        n_bytes_unpacked: traffic.n_bytes_unpacked,
    }
}

fn report(facts: Facts<'_>, n: usize) -> page::Report {
    let prepared = &facts.work.prepared[n];
    let planned = &facts.planned[n];
    let sent = facts.sent.get(n);
    let (first, last) = prepared.periods;
    page::Report {
        name: prepared.name.clone(),
        data_set: prepared.data_set.as_ref().map(|set| set.name.clone()).unwrap_or_default(),
        period_type: prepared.kind.to_string(),
        periods: first
            .through(last)
            .map(|period| page::Period {
                id: period.id(),
                first: period.first_day(),
                last: period.last_day(),
            })
            .collect(),
        indicators: indicators_of(facts, n),
        values: facts
            .counted
            .cells(&facts.work.prepared, n)
            .iter()
            .filter(|cell| cell.value.as_number().is_some())
            .map(|cell| page::Value {
                org_unit: name_of_unit(prepared.data_set.as_ref(), &cell.org_unit),
                value: cell.value.to_string(),
                indicator: cell.indicator.to_string(),
                period: cell.period.to_string(),
            })
            .collect(),
        cells: prepared
            .data_set
            .as_ref()
            .map(|set| cells(set, planned, sent, facts.whys.get(n)))
            .unwrap_or_default(),
        n_unchanged: planned.plan.counts().unchanged,
        failure: sent.and_then(|sent| sent.report.failure.as_ref()).map(|failure| page::Failure {
            what: failure.to_string(),
            next: "Run again: what was stored stays, what is missing is sent.".to_owned(),
        }),
        left_out: prepared
            .engine
            .left_out(&facts.counted.cubes[n])
            .into_iter()
            .map(|line| page::LeftOut {
                indicator: line.indicator,
                reason: line.reason.to_string(),
                meaning: meaning(line.reason).to_owned(),
                by_design: by_design(line.reason),
                n: line.n,
            })
            .collect(),
        completeness: (prepared.report.complete && sent.is_some())
            .then(|| completeness(prepared, sent)),
    }
}

fn indicators_of(facts: Facts<'_>, n: usize) -> Vec<page::Indicator> {
    let prepared = &facts.work.prepared[n];
    let accounts = prepared.engine.accounts(&facts.counted.cubes[n]);
    let account: BTreeMap<&str, (u64, u64)> = accounts
        .iter()
        .map(|account| (account.indicator.as_str(), (account.read, account.counted)))
        .collect();
    prepared
        .engine
        .definitions()
        .iter()
        .filter(|definition| !matches!(definition.measure, Measure::Classify { .. }))
        .map(|definition| {
            let (n_read, n_counted) =
                account.get(definition.indicator.as_str()).copied().unwrap_or_default();
            page::Indicator {
                name: definition.indicator.clone(),
                definition: in_words(definition, &prepared.breakdowns),
                breakdown: definition.by.values().cloned().collect(),
                adds_up: matches!(definition.measure, Measure::Count),
                n_read,
                n_counted,
            }
        })
        .collect()
}

/// The definition in words, without its title: the page has that already.
fn in_words(definition: &Definition, breakdowns: &Breakdowns) -> String {
    let words = describe(definition, breakdowns, Language::English);
    words.split_once('\n').map_or(words.as_str(), |(_, rest)| rest).replace('\n', " ")
}

fn cells(
    data_set: &DataSet,
    planned: &Planned,
    sent: Option<&Sent>,
    whys: Option<&Whys>,
) -> Vec<page::Cell> {
    let verdicts: BTreeMap<dhis2_client::Cell, &Verdict> = sent
        .map(|sent| {
            sent.report.outcomes.iter().map(|outcome| (outcome.cell, &outcome.verdict)).collect()
        })
        .unwrap_or_default();
    planned
        .plan
        .changes()
        .iter()
        .filter(|change| !matches!(change.action, Action::Unchanged { .. }))
        .map(|change| page::Cell {
            period: change.cell.period.id(),
            org_unit: unit_name(data_set, change),
            indicator: figure_name(data_set, planned, change),
            categories: Some(categories(data_set, change))
                .filter(|text| !text.is_empty())
                .into_iter()
                .collect(),
            old: change.old().map(str::to_owned),
            new: wanted(change),
            why: why(planned, change, whys),
            end: match planned.blocked(change) {
                Some(finding) if sent.is_none() => page::End::Refused {
                    code: finding.code.map(|code| code.to_string()),
                    reason: finding.message.clone(),
                    remedy: finding.remedy.clone(),
                },
                _ => end(change, verdicts.get(&change.cell).copied(), sent.is_some()),
            },
        })
        .collect()
}

fn wanted(change: &Change) -> Option<String> {
    match &change.action {
        Action::Foreign { wanted: dhis2_client::Wanted::Value(value), .. } => Some(value.clone()),
        Action::Foreign { .. } => None,
        _ => change.new().map(str::to_owned),
    }
}

/// Why a cell changed, from the records behind it. The first run of a report has nothing to compare with.
pub(super) fn why(planned: &Planned, change: &Change, whys: Option<&Whys>) -> Option<String> {
    let whys = whys?.as_ref()?;
    let key = planned.key(&change.cell)?;
    whys.get(&CellKey {
        indicator: key.indicator.clone(),
        period: key.period.clone().into(),
        org_unit: key.org_unit.clone(),
        categories: key.categories.clone(),
    })
    .map(ToString::to_string)
    .filter(|text| !text.is_empty())
}

fn end(change: &Change, verdict: Option<&Verdict>, was_sent: bool) -> page::End {
    match (&change.action, verdict) {
        (Action::Foreign { old, .. }, _) => {
            page::End::Foreign { by: old.stored_by.as_deref().map(str::to_owned) }
        }
        (_, Some(Verdict::Refused(refusal))) => page::End::Refused {
            code: refusal.code.map(|code| code.to_string()),
            reason: refusal.reason.clone(),
            remedy: refusal.remedy.to_owned(),
        },
        (_, Some(Verdict::Lost { .. })) => page::End::Lost,
        (_, Some(verdict)) if verdict.is_good() => page::End::Done,
        (_, None) if !was_sent => page::End::Done,
        _ => page::End::Open,
    }
}

fn completeness(prepared: &Prepared, sent: Option<&Sent>) -> page::Completeness {
    let name =
        |unit: dhis2_client::OrgUnitId| name_of_unit(prepared.data_set.as_ref(), unit.as_str());
    page::Completeness {
        n_registered: sent.map_or(0, |sent| sent.completed.len() as u64),
        incomplete: sent
            .map(|sent| {
                let why = "a value of this place and period was refused or is not there".to_owned();
                sent.incomplete
                    .iter()
                    .map(|(unit, period)| page::Incomplete {
                        period: period.id(),
                        org_unit: name(*unit),
                        why: why.clone(),
                    })
                    .collect()
            })
            .unwrap_or_default(),
    }
}

fn places(work: &Work, counted: &Counted) -> Vec<page::Place> {
    let lost = lost(work, counted);
    let names: BTreeMap<String, String> = work
        .target
        .as_ref()
        .map(|target| target.units().into_iter().map(|unit| (unit.id, unit.name)).collect())
        .unwrap_or_default();
    let place = |location: &Location| {
        let found = work.mapping.get(&location.id);
        page::Place {
            location: location.name.clone(),
            org_unit: found.map(|found| {
                names.get(&found.org_unit).cloned().unwrap_or_else(|| found.org_unit.clone())
            }),
            method: found.map_or_else(
                || "no organisation unit found".to_owned(),
                |found| format!("{:?}", found.method).to_lowercase(),
            ),
            n_lost: lost.as_ref().map(|lost| lost.get(&location.id).copied().unwrap_or(0)),
        }
    };
    work.locations.iter().filter(|location| !location.deleted).map(place).collect()
}

fn name_of_unit(data_set: Option<&DataSet>, unit: &str) -> String {
    let found = data_set.and_then(|set| set.org_unit(unit.parse().ok()?));
    found.map_or_else(|| unit.to_owned(), |unit| unit.name.clone())
}

/// What a reason means, and what can be done about it.
fn meaning(reason: Reason) -> &'static str {
    match reason {
        Reason::Condition => "The record does not fulfil the indicator's condition.",
        Reason::NoDate => "The date by which the indicator counts is missing: enter it in Go.Data.",
        Reason::UnreadableDate => "The date cannot be read: correct it in Go.Data.",
        Reason::BeforeWindow | Reason::AfterWindow => {
            "The date is outside the periods of this run."
        }
        Reason::NoPlace => {
            "The record has no place: enter the usual place of residence in Go.Data."
        }
        Reason::UnknownPlace => "The record names a location that Go.Data does not list.",
        Reason::UnmappedPlace => {
            "The place has no organisation unit: map it in the table of places."
        }
        Reason::AboveLevel => {
            "The place is above the level that is counted: enter a more exact place in Go.Data."
        }
        Reason::Unreadable => "The record could not be read.",
        _ => "See the indicator's definition.",
    }
}

/// Whether the definition wants it so.
fn by_design(reason: Reason) -> bool {
    !matches!(
        reason,
        Reason::NoDate
            | Reason::UnreadableDate
            | Reason::NoPlace
            | Reason::UnknownPlace
            | Reason::UnmappedPlace
            | Reason::AboveLevel
            | Reason::Unreadable
    )
}
