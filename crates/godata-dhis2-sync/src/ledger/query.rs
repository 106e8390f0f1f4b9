//! Questions to the ledger.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{OptionalExtension as _, Params, Row, params};
use rust_decimal::Decimal;

use super::{
    Action, CellAddress, Completeness, CompletenessState, Counts, GuardDecision, LastCounts,
    Ledger, LedgerError, LeftOut, Outcome, PeriodId, PlannedCell, ReportKey, RunCell, RunDataSet,
    RunId, RunRecord, RunStart, RunState, RunSummary, Total,
};

/// Which cells' history is asked for: every category of one figure at one place and period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellQuery {
    /// The data element's id.
    pub data_element: String,
    /// The period.
    pub period: PeriodId,
    /// The organisation unit's id.
    pub org_unit: String,
}

/// One thing that happened to a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellEvent {
    /// In which run.
    pub run: RunId,
    /// When that run began.
    pub started: DateTime<Utc>,
    /// Whether DHIS2 was only asked to check.
    pub dry_run: bool,
    /// What the report was called in that run, with its attributes where it has some.
    pub report: String,
    /// The change and its end.
    pub cell: RunCell,
}

/// What DHIS2 was told of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The cell.
    pub address: CellAddress,
    /// The value that was last stored and read back; `None` when it was last cleared, or nothing is certain.
    pub value: Option<String>,
    /// The run that did so, and when it began; `None` when no attempt is known to have succeeded.
    pub by: Option<(RunId, DateTime<Utc>)>,
    /// A later attempt of which nobody knows whether it reached DHIS2.
    pub attempted_since: Option<AttemptedSince>,
}

/// An attempt without a known end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptedSince {
    /// The run.
    pub run: RunId,
    /// What it meant to store; `None` for clearing.
    pub value: Option<String>,
}

const RUN_COLUMNS: &str = "id, started, ended, day, source, target, account, program, config_digest, dry_run, \
     exit_code, interrupted_by, (SELECT count(*) FROM planned_cell WHERE run = run.id)";

/// The columns of a [`RawCell`].
pub(super) const CELL_COLUMNS: &str = "planned_cell.run, data_set, data_element, period, org_unit, category_option_combo, \
     attribute_option_combo, action, old, new, outcome, code";

/// What an event knows besides its cell.
const EVENT_COLUMNS: &str = "started, dry_run, coalesce((SELECT name FROM run_data_set AS report \
     WHERE report.run = planned_cell.run AND report.data_set = planned_cell.data_set \
     AND report.attribute_option_combo = planned_cell.attribute_option_combo), '')";

impl Ledger {
    /// Every run, oldest first.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Sql`] or [`LedgerError::Damaged`] when the ledger cannot be read.
    pub fn runs(&self) -> Result<Vec<RunSummary>, LedgerError> {
        let sql = format!("SELECT {RUN_COLUMNS} FROM run ORDER BY id");
        self.rows("list the runs", &sql, [], RawRun::read)?
            .into_iter()
            .map(|raw| self.summary(raw))
            .collect()
    }

    /// Everything about one run; `None` when there is none of this number.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Sql`] or [`LedgerError::Damaged`] when the ledger cannot be read.
    pub fn run(&self, id: RunId) -> Result<Option<RunRecord>, LedgerError> {
        let sql = format!("SELECT {RUN_COLUMNS} FROM run WHERE id = ?1");
        let found = self.rows("show a run", &sql, [id.0], RawRun::read)?.pop();
        let Some(raw) = found else { return Ok(None) };
        let summary = self.summary(raw)?;
        let mut counts = BTreeMap::new();
        for data_set in &summary.start.data_sets {
            let report = data_set.report();
            let of_report = self.counts(id, &report)?;
            counts.insert(report, of_report);
        }
        let sql = format!("SELECT {CELL_COLUMNS} FROM planned_cell WHERE run = ?1");
        let mut cells = self
            .rows("show the values of a run", &sql, [id.0], RawCell::read)?
            .into_iter()
            .map(RawCell::cell)
            .collect::<Result<Vec<_>, _>>()?;
        cells.sort_by(|a, b| a.planned.address.cmp(&b.planned.address));
        let guards = self.rows(
            "show the guards of a run",
            "SELECT data_set, attribute_option_combo, sentence, before, now, limit_percent, accepted_by
             FROM guard_decision WHERE run = ?1 ORDER BY id",
            [id.0],
            |row| {
                Ok(GuardDecision {
                    data_set: row.get(0)?,
                    attribute_option_combo: row.get(1)?,
                    sentence: row.get(2)?,
                    before: row.get(3)?,
                    now: row.get(4)?,
                    limit_percent: row.get(5)?,
                    accepted_by: row.get(6)?,
                })
            },
        )?;
        let completeness = self.registrations(id)?;
        Ok(Some(RunRecord { summary, counts, cells, completeness, guards }))
    }

    /// Everything that happened to the cells of one figure, by cell and then by run.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Sql`] or [`LedgerError::Damaged`] when the ledger cannot be read.
    pub fn cell(&self, query: &CellQuery) -> Result<Vec<CellEvent>, LedgerError> {
        let sql = format!(
            "SELECT {CELL_COLUMNS}, {EVENT_COLUMNS} FROM planned_cell JOIN run ON run.id = planned_cell.run
             WHERE data_element = ?1 AND period = ?2 AND org_unit = ?3"
        );
        let asked = params![query.data_element, query.period.as_str(), query.org_unit];
        self.events("show the history of a cell", &sql, asked)
    }

    /// What DHIS2 had been told by the end of a day (UTC), cell by cell.
    ///
    /// A value counts as told when it was read back; dry runs and refused values do not count. A run belongs to the
    /// day on which it began.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Sql`] or [`LedgerError::Damaged`] when the ledger cannot be read.
    pub fn as_of(&self, day: NaiveDate) -> Result<Vec<Told>, LedgerError> {
        let sql = format!(
            "SELECT {CELL_COLUMNS}, {EVENT_COLUMNS} FROM planned_cell JOIN run ON run.id = planned_cell.run
             WHERE dry_run = 0 AND substr(started, 1, 10) <= ?1
             AND (outcome IS NULL OR outcome IN ('stored', 'cleared', 'unknown'))"
        );
        let events = self.events("say what DHIS2 was told", &sql, params![day.to_string()])?;
        let mut told: Vec<Told> = Vec::new();
        // Events are by cell and then by run, so the last one of a cell is the latest.
        for CellEvent { run, started, cell, .. } in events {
            let PlannedCell { address, new, .. } = cell.planned;
            if told.last().is_none_or(|last| last.address != address) {
                told.push(Told { address, value: None, by: None, attempted_since: None });
            }
            let Some(last) = told.last_mut() else { continue };
            match cell.outcome {
                Some(Outcome::Stored | Outcome::Cleared) => {
                    last.value = new;
                    last.by = Some((run, started));
                    last.attempted_since = None;
                }
                _ => last.attempted_since = Some(AttemptedSince { run, value: new }),
            }
        }
        Ok(told)
    }

    /// What the last run counted that sent this report to this target and came to its end (exit code 0 or 4); the
    /// base line of [guards](crate::guard). Dry runs and runs that a guard stopped are no base line.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Sql`] or [`LedgerError::Damaged`] when the ledger cannot be read.
    pub fn last_counts(
        &self,
        target: &str,
        report: &ReportKey,
    ) -> Result<Option<LastCounts>, LedgerError> {
        let what = "find the last run";
        let found = self
            .connection
            .query_row(
                "SELECT id, started, first_period, last_period
                 FROM run JOIN run_data_set ON run_data_set.run = run.id
                 WHERE target = ?1 AND data_set = ?2 AND attribute_option_combo = ?3
                 AND dry_run = 0 AND exit_code IN (0, 4)
                 ORDER BY id DESC LIMIT 1",
                params![target, report.data_set, report.attribute_option_combo],
                |row| {
                    let periods = (row.get::<_, String>(2)?, row.get::<_, String>(3)?);
                    Ok((RunId(row.get(0)?), row.get::<_, String>(1)?, periods))
                },
            )
            .optional()
            .map_err(LedgerError::sql(what))?;
        let Some((run, started, (first, last))) = found else { return Ok(None) };
        Ok(Some(LastCounts {
            run,
            started: parse_moment(&started)?,
            counts: self.counts(run, report)?,
            periods: (first.into(), last.into()),
        }))
    }

    fn summary(&self, raw: RawRun) -> Result<RunSummary, LedgerError> {
        let id = raw.id;
        let mut data_sets = self.rows(
            "list the data sets of a run",
            "SELECT data_set, attribute_option_combo, name, first_period, last_period
             FROM run_data_set WHERE run = ?1",
            [id.0],
            |row| {
                Ok(RunDataSet {
                    data_set: row.get(0)?,
                    attribute_option_combo: row.get(1)?,
                    name: row.get(2)?,
                    first_period: PeriodId::from(row.get::<_, String>(3)?),
                    last_period: PeriodId::from(row.get::<_, String>(4)?),
                })
            },
        )?;
        data_sets.sort_by_key(RunDataSet::report);
        let outcomes = self
            .rows(
                "count the outcomes of a run",
                "SELECT outcome, count(*) FROM planned_cell
                 WHERE run = ?1 AND outcome IS NOT NULL GROUP BY outcome",
                [id.0],
                |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)),
            )?
            .into_iter()
            .map(|(outcome, n)| (outcome, n.unsigned_abs()))
            .collect();
        raw.summary(data_sets, outcomes)
    }

    fn counts(&self, run: RunId, report: &ReportKey) -> Result<Counts, LedgerError> {
        let what = "read what was counted";
        let key = params![run.0, report.data_set, report.attribute_option_combo];
        let records = self
            .rows(
                what,
                "SELECT kind, n FROM records_read
                 WHERE run = ?1 AND data_set = ?2 AND attribute_option_combo = ?3",
                key,
                |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?.unsigned_abs())),
            )?
            .into_iter()
            .collect();
        let left_out = self.rows(
            what,
            "SELECT indicator, reason, n FROM left_out
             WHERE run = ?1 AND data_set = ?2 AND attribute_option_combo = ?3
             ORDER BY indicator, reason",
            key,
            |row| {
                let n = row.get::<_, i64>(2)?.unsigned_abs();
                Ok(LeftOut { indicator: row.get(0)?, reason: row.get(1)?, n })
            },
        )?;
        let totals = self
            .rows(
                what,
                "SELECT indicator, period, value FROM total
                 WHERE run = ?1 AND data_set = ?2 AND attribute_option_combo = ?3",
                key,
                |row| {
                    let period = PeriodId::from(row.get::<_, String>(1)?);
                    Ok((Total { indicator: row.get(0)?, period }, row.get::<_, String>(2)?))
                },
            )?
            .into_iter()
            .map(|(total, value)| {
                let value = value
                    .parse::<Decimal>()
                    .map_err(|_| LedgerError::Damaged { what: "a total" })?;
                Ok((total, value))
            })
            .collect::<Result<_, LedgerError>>()?;
        Ok(Counts { records, left_out, totals })
    }

    fn registrations(&self, run: RunId) -> Result<Vec<Completeness>, LedgerError> {
        let rows = self.rows(
            "show what a run registered as complete",
            "SELECT data_set, period, org_unit, attribute_option_combo, state
             FROM completeness WHERE run = ?1",
            [run.0],
            |row| {
                let period = PeriodId::from(row.get::<_, String>(1)?);
                let state = row.get::<_, String>(4)?;
                Ok((row.get(0)?, period, row.get(2)?, row.get(3)?, state))
            },
        )?;
        let mut registrations = rows
            .into_iter()
            .map(|(data_set, period, org_unit, attribute_option_combo, state)| {
                let state = CompletenessState::parse(&state)
                    .ok_or(LedgerError::Damaged { what: "the state of a registration" })?;
                Ok(Completeness { data_set, period, org_unit, attribute_option_combo, state })
            })
            .collect::<Result<Vec<_>, LedgerError>>()?;
        registrations.sort();
        Ok(registrations)
    }

    /// Events by cell, then by run.
    fn events(
        &self,
        what: &'static str,
        sql: &str,
        asked: impl Params,
    ) -> Result<Vec<CellEvent>, LedgerError> {
        let rows = self.rows(what, sql, asked, |row| {
            let (started, dry_run, report): (String, bool, String) =
                (row.get(12)?, row.get(13)?, row.get(14)?);
            Ok((RawCell::read(row)?, started, dry_run, report))
        })?;
        let mut events = rows
            .into_iter()
            .map(|(raw, started, dry_run, report)| {
                let started = parse_moment(&started)?;
                Ok(CellEvent { run: raw.run, started, dry_run, report, cell: raw.cell()? })
            })
            .collect::<Result<Vec<_>, LedgerError>>()?;
        events.sort_by(|a, b| {
            (&a.cell.planned.address, a.run).cmp(&(&b.cell.planned.address, b.run))
        });
        Ok(events)
    }

    pub(super) fn rows<T>(
        &self,
        what: &'static str,
        sql: &str,
        asked: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, LedgerError> {
        let all = || -> rusqlite::Result<Vec<T>> {
            self.connection.prepare_cached(sql)?.query_map(asked, read)?.collect()
        };
        all().map_err(LedgerError::sql(what))
    }
}

/// A row of `run`, before its texts are understood.
struct RawRun {
    id: RunId,
    started: String,
    ended: Option<String>,
    day: String,
    start: RunStart,
    exit_code: Option<u8>,
    interrupted_by: Option<i64>,
    n_planned: i64,
}

impl RawRun {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: RunId(row.get(0)?),
            started: row.get(1)?,
            ended: row.get(2)?,
            day: row.get(3)?,
            start: RunStart {
                started: DateTime::UNIX_EPOCH,
                day: NaiveDate::default(),
                source: row.get(4)?,
                target: row.get(5)?,
                account: row.get(6)?,
                data_sets: Vec::new(),
                program: row.get(7)?,
                config_digest: row.get(8)?,
                dry_run: row.get(9)?,
            },
            exit_code: row.get(10)?,
            interrupted_by: row.get(11)?,
            n_planned: row.get(12)?,
        })
    }

    fn summary(
        self,
        data_sets: Vec<RunDataSet>,
        outcomes: BTreeMap<String, u64>,
    ) -> Result<RunSummary, LedgerError> {
        let state = match (&self.ended, self.interrupted_by) {
            (Some(at), _) => RunState::Ended {
                at: parse_moment(at)?,
                exit_code: self.exit_code.unwrap_or_default(),
            },
            (None, Some(by)) => RunState::Interrupted { by: RunId(by) },
            (None, None) => RunState::Open,
        };
        let day =
            self.day.parse().map_err(|_| LedgerError::Damaged { what: "the day of a run" })?;
        let started = parse_moment(&self.started)?;
        Ok(RunSummary {
            id: self.id,
            start: RunStart { started, day, data_sets, ..self.start },
            state,
            n_planned: self.n_planned.unsigned_abs(),
            outcomes,
        })
    }
}

/// A row of `planned_cell` as [`CELL_COLUMNS`] names it, before its texts are understood.
pub(super) struct RawCell {
    pub(super) run: RunId,
    address: CellAddress,
    action: String,
    old: Option<String>,
    new: Option<String>,
    outcome: Option<String>,
    code: Option<String>,
}

impl RawCell {
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            run: RunId(row.get(0)?),
            address: CellAddress {
                data_set: row.get(1)?,
                data_element: row.get(2)?,
                period: PeriodId::from(row.get::<_, String>(3)?),
                org_unit: row.get(4)?,
                category_option_combo: row.get(5)?,
                attribute_option_combo: row.get(6)?,
            },
            action: row.get(7)?,
            old: row.get(8)?,
            new: row.get(9)?,
            outcome: row.get(10)?,
            code: row.get(11)?,
        })
    }

    pub(super) fn cell(self) -> Result<RunCell, LedgerError> {
        let damaged = |what| LedgerError::Damaged { what };
        let action = Action::parse(&self.action).ok_or(damaged("an action"))?;
        let code = self.code;
        let outcome = self
            .outcome
            .map(|outcome| Outcome::parse(&outcome, code).ok_or(damaged("an outcome")))
            .transpose()?;
        let planned = PlannedCell { address: self.address, action, old: self.old, new: self.new };
        Ok(RunCell { planned, outcome })
    }
}

pub(super) fn parse_moment(text: &str) -> Result<DateTime<Utc>, LedgerError> {
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.to_utc())
        .map_err(|_| LedgerError::Damaged { what: "a moment" })
}
