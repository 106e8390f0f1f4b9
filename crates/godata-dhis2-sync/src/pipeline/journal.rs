//! The ledger and the lock of a run: what is written before, during and after sending.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use dhis2_client::{Change, ChangeKind, Plan, Verdict};
use indicators::Measure;

use super::trace::Trace;
use super::{Counted, Input, Planned, Prepared, Sent, Work};
use crate::config::Config;
use crate::guard::{self, Limits, Measured, Tripped};
use crate::ledger::{
    Action, CellAddress, CellKey, CellOutcome, ComboNames, Completeness, CompletenessState, Counts,
    GuardDecision, Ledger, LeftOut, Outcome as Ended, PlannedCell, ReportKey, RunDataSet, RunId,
    RunStart, Settlement, Total, Why, config_digest,
};
use crate::lock::Lock;
use crate::problem::{Outcome, Problem};

/// Why the cells of a report changed since its last run; nothing where there was none.
pub type Whys = Option<BTreeMap<CellKey, Why>>;

/// A run in the ledger, with the lock that keeps others out.
#[derive(Debug)]
pub struct Journal {
    ledger: Ledger,
    run: RunId,
    target: String,
    lock: Lock,
}

impl Journal {
    /// Takes the lock and begins a run.
    ///
    /// # Errors
    ///
    /// When another run is active (exit code 6), or the ledger cannot be written.
    pub fn begin(work: &Work, now: DateTime<Utc>, dry_run: bool) -> Outcome<Self> {
        let path = work.config.ledger_path();
        let target = target_name(&work.config);
        let data_sets: Vec<String> = work
            .prepared
            .iter()
            .filter_map(|report| report.data_set.as_ref())
            .map(|set| set.id.to_string())
            .collect();
        let ids: Vec<&str> = data_sets.iter().map(String::as_str).collect();
        let lock = Lock::take(&path, &target, &ids, now)?;
        let mut ledger = Ledger::open(&path)?;
        let text = std::fs::read(&work.config.path).unwrap_or_default();
        let run = ledger.begin(&RunStart {
            started: now,
            day: work.today,
            source: source_name(work),
            target: target.clone(),
            account: work
                .target
                .as_ref()
                .map(|target| target.me.username.clone())
                .unwrap_or_default(),
            data_sets: work.prepared.iter().filter_map(data_set).collect(),
            program: concat!("godata-dhis2-sync ", env!("CARGO_PKG_VERSION")).to_owned(),
            config_digest: config_digest(&text),
            dry_run,
        })?;
        ledger.remember_names(&names(work))?;
        Ok(Self { ledger, run, target, lock })
    }

    /// What a person should know about the lock, such as that a dead process's was taken over.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        self.lock.notes()
    }

    /// An empty trace for this run's records.
    #[must_use]
    pub fn trace(&self, work: &Work) -> Trace {
        Trace::new(&self.ledger.key(), &work.prepared, matches!(work.input, Input::Server(_)))
    }

    /// Writes what was counted, and compares it with the last run.
    ///
    /// # Errors
    ///
    /// When a guard trips and `accepted` is false (exit code 5), or the ledger cannot be written.
    pub fn counted(
        &mut self,
        work: &Work,
        counted: &Counted,
        accepted: bool,
    ) -> Outcome<Vec<Tripped>> {
        let limits = Limits {
            max_drop_percent: work.config.file.guard.max_drop_percent,
            min_records_percent: work.config.file.guard.min_records_percent,
        };
        let mut tripped = Vec::new();
        for (n, report) in work.prepared.iter().enumerate() {
            let Some(key) = report.key() else { continue };
            let counts = counts(work, counted, n);
            if let Some(last) = self.ledger.last_counts(&self.target, &key)? {
                for trip in guard::check(
                    &report.name,
                    &Measured::from(&last.counts),
                    &Measured::from(&counts),
                    limits,
                ) {
                    self.ledger.guard_decision(
                        self.run,
                        &GuardDecision {
                            data_set: key.data_set.clone(),
                            attribute_option_combo: key.attribute_option_combo.clone(),
                            sentence: trip.what.clone(),
                            before: trip.before.to_string(),
                            now: trip.now.to_string(),
                            limit_percent: trip.limit_percent,
                            accepted_by: accepted.then(|| "--accept".to_owned()),
                        },
                    )?;
                    tripped.push(trip);
                }
            }
            self.ledger.counted(self.run, &key, &counts)?;
        }
        if tripped.is_empty() || accepted {
            return Ok(tripped);
        }
        let sentences: Vec<String> = tripped.iter().map(ToString::to_string).collect();
        Err(Problem::new(
            crate::Exit::Guard,
            "this run would lower figures by more than the guards allow",
        )
        .fact("guards", sentences.join("\n"))
        .next("look at `plan`; if the drop is right, run again with `--accept`"))
    }

    /// Why each cell of a report changed since its last run.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub fn why(&self, prepared: &Prepared, n: usize, trace: &Trace) -> Outcome<Whys> {
        why_of(&self.ledger, &self.target, prepared, n, trace)
    }

    /// Settles what an interrupted run left open, and writes down what is about to be sent.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be written; nothing has been sent then.
    pub fn intend(&mut self, prepared: &Prepared, planned: &Planned) -> Outcome<()> {
        self.settle(prepared, &planned.plan)?;
        let data_set = planned.plan.data_set().to_string();
        let cells: Vec<PlannedCell> =
            planned.plan.to_send().map(|change| planned_cell(&data_set, change)).collect();
        Ok(self.ledger.intend(self.run, &cells)?)
    }

    /// Writes what became of every value.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be written.
    pub fn sent(&mut self, planned: &Planned, sent: &Sent) -> Outcome<()> {
        let data_set = planned.plan.data_set().to_string();
        let outcomes: Vec<CellOutcome> = sent
            .report
            .outcomes
            .iter()
            .map(|outcome| CellOutcome {
                address: address(&data_set, &outcome.cell),
                outcome: ended(&outcome.verdict),
            })
            .collect();
        self.ledger
            .outcomes(self.run, &outcomes)
            .map_err(|error| Problem::from(error).after_sending())?;
        let completed: Vec<Completeness> = sent
            .completed
            .iter()
            .map(|registration| Completeness {
                data_set: data_set.clone(),
                period: registration.period.id().into(),
                org_unit: registration.org_unit.to_string(),
                attribute_option_combo: registration.attribute_option_combo.to_string(),
                state: CompletenessState::Registered,
            })
            .collect();
        self.ledger
            .completeness(self.run, &completed)
            .map_err(|error| Problem::from(error).after_sending())
    }

    /// Keeps where each record counted, for the next run's *why*.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be written.
    pub fn remember(&mut self, prepared: &[Prepared], sent: &[Sent], trace: &Trace) -> Outcome<()> {
        // A report that was stopped half-way keeps the records of the run before: DHIS2 holds those figures still.
        let told = prepared
            .iter()
            .zip(trace.sets())
            .zip(sent)
            .filter(|(_, sent)| sent.report.failure.is_none() && !sent.report.stopped);
        for ((report, set), _) in told {
            if let Some(key) = report.key() {
                self.ledger
                    .fingerprints(self.run, &key, set)
                    .map_err(|error| Problem::from(error).after_sending())?;
            }
        }
        Ok(())
    }

    /// Ends the run.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be written.
    pub fn end(mut self, now: DateTime<Utc>, exit: crate::Exit) -> Outcome<()> {
        Ok(self.ledger.end(self.run, now, exit.code())?)
    }

    fn settle(&mut self, prepared: &Prepared, plan: &Plan) -> Outcome<()> {
        let data_set = plan.data_set().to_string();
        let open = self.ledger.unsettled(&self.target, &data_set)?;
        if open.is_empty() {
            return Ok(());
        }
        let held: BTreeMap<CellAddress, Option<String>> = plan
            .changes()
            .iter()
            .map(|change| (address(&data_set, &change.cell), change.old().map(str::to_owned)))
            .collect();
        let found: Vec<Settlement> = open
            .into_iter()
            // What lies outside this report's window and attributes was not read, so nothing can be said about it.
            .filter(|open| read(prepared, &open.planned.address))
            .map(|open| Settlement {
                run: open.run,
                found: held.get(&open.planned.address).cloned().flatten(),
                address: open.planned.address,
            })
            .collect();
        Ok(self.ledger.settle(&self.target, &found)?)
    }
}

/// What DHIS2 calls the combinations that the values of a run may go into.
fn names(work: &Work) -> ComboNames {
    let sets = work.prepared.iter().filter_map(|report| report.data_set.as_ref());
    sets.flat_map(|set| {
        set.elements.iter().map(|element| &element.combo).chain([&set.attribute_combo])
    })
    .flat_map(|combo| &combo.option_combos)
    .map(|combo| (combo.id.to_string(), combo.name.clone()))
    .collect()
}

/// Whether this report reads what DHIS2 holds in a cell.
fn read(prepared: &Prepared, address: &CellAddress) -> bool {
    let (first, last) = prepared.periods;
    let period = prepared.kind.parse(address.period.as_str());
    period.is_ok_and(|period| (first..=last).contains(&period))
        && prepared
            .attributes
            .as_ref()
            .is_some_and(|attributes| attributes.id.as_str() == address.attribute_option_combo)
}

/// Why each cell of a report changed since its last run, for a plan that begins no run of its own.
///
/// # Errors
///
/// When the ledger cannot be read.
pub fn why_since(
    ledger: &Ledger,
    config: &Config,
    prepared: &Prepared,
    n: usize,
    trace: &Trace,
) -> Outcome<Whys> {
    why_of(ledger, &target_name(config), prepared, n, trace)
}

fn why_of(
    ledger: &Ledger,
    target: &str,
    prepared: &Prepared,
    n: usize,
    trace: &Trace,
) -> Outcome<Whys> {
    match (prepared.key(), trace.sets().get(n)) {
        (Some(key), Some(now)) => Ok(ledger.why(target, &key, now)?),
        _ => Ok(None),
    }
}

fn source_name(work: &Work) -> String {
    match &work.input {
        Input::Files(folder) => folder.path().display().to_string(),
        Input::Server(_) => {
            work.config.file.godata.as_ref().map(|godata| host(&godata.url)).unwrap_or_default()
        }
    }
}

/// What a DHIS2 is called in the ledger: its host, and port where it has one.
pub(crate) fn target_name(config: &Config) -> String {
    config.file.dhis2.as_ref().map(|dhis2| host(&dhis2.url)).unwrap_or_default()
}

fn host(address: &str) -> String {
    let Ok(url) = address.parse::<url::Url>() else { return String::new() };
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{host}{port}{}", url.path().trim_end_matches('/'))
}

fn data_set(report: &Prepared) -> Option<RunDataSet> {
    let ReportKey { data_set, attribute_option_combo } = report.key()?;
    let (first, last) = report.periods;
    Some(RunDataSet {
        data_set,
        attribute_option_combo,
        name: report.name.clone(),
        first_period: first.id().into(),
        last_period: last.id().into(),
    })
}

fn counts(work: &Work, counted: &Counted, n: usize) -> Counts {
    let report = &work.prepared[n];
    let mut totals = BTreeMap::new();
    let adds_up = |name: &str| {
        report
            .engine
            .definition(name)
            .is_some_and(|definition| matches!(definition.measure, Measure::Count))
    };
    let (first, last) = report.periods;
    for definition in
        report.engine.definitions().iter().filter(|definition| adds_up(&definition.indicator))
    {
        for period in first.through(last) {
            totals.insert(
                Total { indicator: definition.indicator.clone(), period: period.id().into() },
                rust_decimal::Decimal::ZERO,
            );
        }
    }
    for cell in counted.cells(&work.prepared, n) {
        if let (true, Some(number)) = (adds_up(&cell.indicator), cell.value.as_number()) {
            *totals
                .entry(Total {
                    indicator: cell.indicator.to_string(),
                    period: (*cell.period).into(),
                })
                .or_default() += number;
        }
    }
    Counts {
        records: counted.read_for[n].iter().map(|(source, n)| (source.to_string(), *n)).collect(),
        left_out: report
            .engine
            .left_out(&counted.cubes[n])
            .into_iter()
            .map(|line| LeftOut {
                indicator: line.indicator,
                reason: line.reason.as_str().to_owned(),
                n: line.n,
            })
            .collect(),
        totals,
    }
}

fn planned_cell(data_set: &str, change: &Change) -> PlannedCell {
    PlannedCell {
        address: address(data_set, &change.cell),
        action: match change.kind() {
            ChangeKind::Create => Action::Create,
            ChangeKind::Clear => Action::Clear,
            _ => Action::Update,
        },
        old: change.old().map(str::to_owned),
        new: change.new().map(str::to_owned),
    }
}

fn address(data_set: &str, cell: &dhis2_client::Cell) -> CellAddress {
    CellAddress {
        data_set: data_set.to_owned(),
        data_element: cell.data_element.to_string(),
        period: cell.period.id().into(),
        org_unit: cell.org_unit.to_string(),
        category_option_combo: cell.category_option_combo.to_string(),
        attribute_option_combo: cell.attribute_option_combo.to_string(),
    }
}

fn ended(verdict: &Verdict) -> Ended {
    match verdict {
        Verdict::Stored => Ended::Stored,
        Verdict::Cleared => Ended::Cleared,
        Verdict::WouldBeStored => Ended::WouldBeStored,
        Verdict::Refused(refusal) => {
            Ended::Refused { code: refusal.code.map(|code| code.to_string()) }
        }
        Verdict::Lost { .. } => Ended::Lost,
        Verdict::NotSent => Ended::NotSent,
        _ => Ended::Unknown,
    }
}
