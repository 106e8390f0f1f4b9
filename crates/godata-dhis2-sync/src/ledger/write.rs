//! Writing a run, step by step.

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{Transaction, params};

use super::{
    CellOutcome, Completeness, Counts, GuardDecision, Ledger, LedgerError, PlannedCell, ReportKey,
    RunId, RunStart,
};

impl Ledger {
    /// Begins a run, and marks every earlier run against the same target that has no end as interrupted.
    ///
    /// The caller holds the target's [lock](crate::lock::Lock), so a run without an end cannot be running.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Sql`] when the ledger cannot be written.
    pub fn begin(&mut self, start: &RunStart) -> Result<RunId, LedgerError> {
        self.write("begin a run", |tx| {
            tx.execute(
                "INSERT INTO run (started, day, source, target, account, program, config_digest, dry_run)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    moment(start.started),
                    start.day.to_string(),
                    start.source,
                    start.target,
                    start.account,
                    start.program,
                    start.config_digest,
                    start.dry_run,
                ],
            )?;
            let run = RunId(tx.last_insert_rowid());
            for data_set in &start.data_sets {
                tx.execute(
                    "INSERT INTO run_data_set VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![
                        run.0,
                        data_set.data_set,
                        data_set.attribute_option_combo,
                        data_set.name,
                        data_set.first_period.as_str(),
                        data_set.last_period.as_str(),
                    ],
                )?;
            }
            tx.execute(
                "UPDATE run SET interrupted_by = ?1
                 WHERE target = ?2 AND id <> ?1 AND ended IS NULL AND interrupted_by IS NULL
                 AND id IN (SELECT run FROM run_data_set WHERE data_set IN
                    (SELECT data_set FROM run_data_set WHERE run = ?1))",
                params![run.0, start.target],
            )?;
            Ok(run)
        })
    }

    /// Writes down what was read and counted for one report.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Sql`] when the ledger cannot be written.
    pub fn counted(
        &mut self,
        run: RunId,
        report: &ReportKey,
        counts: &Counts,
    ) -> Result<(), LedgerError> {
        let ReportKey { data_set, attribute_option_combo: attributes } = report;
        self.write("write down what was counted", |tx| {
            for (kind, n) in &counts.records {
                tx.execute(
                    "INSERT INTO records_read VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![run.0, data_set, attributes, kind, integer(*n)],
                )?;
            }
            for line in &counts.left_out {
                tx.execute(
                    "INSERT INTO left_out VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT DO UPDATE SET n = n + excluded.n",
                    params![
                        run.0,
                        data_set,
                        attributes,
                        line.indicator,
                        line.reason,
                        integer(line.n)
                    ],
                )?;
            }
            for (total, value) in &counts.totals {
                tx.execute(
                    "INSERT INTO total VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![
                        run.0,
                        data_set,
                        attributes,
                        total.indicator,
                        total.period.as_str(),
                        value.normalize().to_string(),
                    ],
                )?;
            }
            Ok(())
        })
    }

    /// Writes down the changes that are about to be sent. When this returns, they are on the disk.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Sql`] when the ledger cannot be written; then nothing may be sent.
    pub fn intend(&mut self, run: RunId, cells: &[PlannedCell]) -> Result<(), LedgerError> {
        self.write("write down what is about to be sent", |tx| {
            let mut insert = tx.prepare_cached(
                "INSERT INTO planned_cell (run, data_set, data_element, period, org_unit,
                    category_option_combo, attribute_option_combo, action, old, new)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?;
            for PlannedCell { address, action, old, new } in cells {
                insert.execute(params![
                    run.0,
                    address.data_set,
                    address.data_element,
                    address.period.as_str(),
                    address.org_unit,
                    address.category_option_combo,
                    address.attribute_option_combo,
                    action.as_str(),
                    old,
                    new,
                ])?;
            }
            Ok(())
        })
    }

    /// Writes down what became of planned changes.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NotPlanned`] for a cell that [`intend`](Self::intend) was not told of; [`LedgerError::Sql`] when
    /// the ledger cannot be written. Nothing is written then.
    pub fn outcomes(&mut self, run: RunId, cells: &[CellOutcome]) -> Result<(), LedgerError> {
        let what = "write down what became of the values";
        let tx = self.connection.transaction().map_err(LedgerError::sql(what))?;
        for CellOutcome { address, outcome } in cells {
            let n = tx
                .prepare_cached(
                    "UPDATE planned_cell SET outcome = ?8, code = ?9 WHERE run = ?1 AND data_set = ?2
                     AND data_element = ?3 AND period = ?4 AND org_unit = ?5
                     AND category_option_combo = ?6 AND attribute_option_combo = ?7",
                )
                .and_then(|mut update| {
                    update.execute(params![
                        run.0,
                        address.data_set,
                        address.data_element,
                        address.period.as_str(),
                        address.org_unit,
                        address.category_option_combo,
                        address.attribute_option_combo,
                        outcome.as_str(),
                        outcome.code(),
                    ])
                })
                .map_err(LedgerError::sql(what))?;
            if n == 0 {
                return Err(LedgerError::NotPlanned { run, address: Box::new(address.clone()) });
            }
        }
        tx.commit().map_err(LedgerError::sql(what))
    }

    /// Writes down registrations as complete.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Sql`] when the ledger cannot be written.
    pub fn completeness(
        &mut self,
        run: RunId,
        registrations: &[Completeness],
    ) -> Result<(), LedgerError> {
        self.write("write down what is complete", |tx| {
            let mut insert = tx.prepare_cached(
                "INSERT OR REPLACE INTO completeness VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            for registration in registrations {
                insert.execute(params![
                    run.0,
                    registration.data_set,
                    registration.period.as_str(),
                    registration.org_unit,
                    registration.attribute_option_combo,
                    registration.state.as_str(),
                ])?;
            }
            Ok(())
        })
    }

    /// Writes down a guard that tripped, and whether somebody let the run go on.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Sql`] when the ledger cannot be written.
    pub fn guard_decision(
        &mut self,
        run: RunId,
        decision: &GuardDecision,
    ) -> Result<(), LedgerError> {
        self.write("write down the decision of a guard", |tx| {
            tx.execute(
                "INSERT INTO guard_decision (run, data_set, attribute_option_combo, sentence, before, now,
                    limit_percent, accepted_by)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    run.0,
                    decision.data_set,
                    decision.attribute_option_combo,
                    decision.sentence,
                    decision.before,
                    decision.now,
                    decision.limit_percent,
                    decision.accepted_by,
                ],
            )
            .map(drop)
        })
    }

    /// Ends a run.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NoSuchRun`], or [`LedgerError::Sql`] when the ledger cannot be written.
    pub fn end(&mut self, run: RunId, at: DateTime<Utc>, exit_code: u8) -> Result<(), LedgerError> {
        let n = self
            .connection
            .execute(
                "UPDATE run SET ended = ?2, exit_code = ?3 WHERE id = ?1",
                params![run.0, moment(at), exit_code],
            )
            .map_err(LedgerError::sql("end a run"))?;
        if n == 0 { Err(LedgerError::NoSuchRun(run)) } else { Ok(()) }
    }

    /// Does all of `work` or nothing of it.
    pub(super) fn write<T>(
        &mut self,
        what: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, LedgerError> {
        let all = || {
            let tx = self.connection.transaction()?;
            let done = work(&tx)?;
            tx.commit()?;
            Ok(done)
        };
        all().map_err(LedgerError::sql(what))
    }
}

/// A moment as it stands in the file: UTC, whole seconds, in an order that SQL can compare.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A count as SQLite keeps it. More than 2⁶³ records do not exist.
fn integer(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
