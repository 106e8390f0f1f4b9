//! Fingerprints in the file: the last complete set of each report, replaced as a whole.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, params};

use super::fingerprint::RecordKey;
use super::query::parse_moment;
use super::why::{Before, Comparison};
use super::{
    CellKey, CountedPeriod, Fingerprints, Ledger, LedgerError, PeriodId, ReportKey, RunId,
    Standing, Why,
};

const READ: &str = "read the fingerprints of the last run";

impl Ledger {
    /// Keeps the fingerprints of a run's report in place of the last ones: all of them or, when the process is
    /// killed, none.
    ///
    /// To be called when the values were stored, so that [`why`](Self::why) compares with what DHIS2 was told.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NoSuchRun`], or [`LedgerError::Sql`] when the ledger cannot be written; the last ones stay then.
    pub fn fingerprints(
        &mut self,
        run: RunId,
        report: &ReportKey,
        fingerprints: &Fingerprints,
    ) -> Result<(), LedgerError> {
        let target = self
            .rows("find a run", "SELECT target FROM run WHERE id = ?1", [run.0], |row| {
                row.get::<_, String>(0)
            })?
            .pop()
            .ok_or(LedgerError::NoSuchRun(run))?;
        self.write("keep the fingerprints of the records", |tx| {
            tx.execute(
                "DELETE FROM fingerprint_set
                 WHERE target = ?1 AND data_set = ?2 AND attribute_option_combo = ?3",
                params![target, report.data_set, report.attribute_option_combo],
            )?;
            tx.execute(
                "INSERT INTO fingerprint_set (target, data_set, attribute_option_combo, run, narrowed)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    target,
                    report.data_set,
                    report.attribute_option_combo,
                    run.0,
                    fingerprints.narrowed
                ],
            )?;
            let set = tx.last_insert_rowid();
            let mut insert = tx.prepare("INSERT INTO fingerprint_period VALUES (?1, ?2, ?3)")?;
            for period in &fingerprints.periods {
                insert.execute(params![set, period.id.as_str(), period.first_day.to_string()])?;
            }
            let mut insert =
                tx.prepare("INSERT INTO fingerprint_standing VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
            for (standing, n) in fingerprints.standings.iter().zip(0_i64..) {
                match standing {
                    Standing::Counted(cell) => insert.execute(params![
                        set,
                        n,
                        cell.indicator,
                        cell.period.as_str(),
                        cell.org_unit,
                        serde_json::json!(cell.categories).to_string(),
                        None::<&str>,
                    ])?,
                    Standing::LeftOut { indicator, reason } => insert.execute(params![
                        set,
                        n,
                        indicator,
                        None::<&str>,
                        None::<&str>,
                        None::<&str>,
                        reason
                    ])?,
                };
            }
            let mut insert = tx.prepare("INSERT INTO fingerprint VALUES (?1, ?2, ?3)")?;
            for (record, standings) in &fingerprints.records {
                insert.execute(params![set, record.as_slice(), &*standings.packed])?;
            }
            Ok(())
        })
    }

    /// Why each figure of a report changed since the last run against this target; cells of which no record
    /// entered or left are not in it. `None` when no run has kept fingerprints of it.
    ///
    /// It needs no run of its own, so a plan can ask, too.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Sql`] or [`LedgerError::Damaged`] when the ledger cannot be read.
    pub fn why(
        &self,
        target: &str,
        report: &ReportKey,
        now: &Fingerprints,
    ) -> Result<Option<BTreeMap<CellKey, Why>>, LedgerError> {
        let Some((set, before)) = self.before(target, report)? else { return Ok(None) };
        let walk = || -> rusqlite::Result<_> {
            let mut select = self.connection.prepare_cached(
                "SELECT record, standings FROM fingerprint WHERE set_id = ?1 ORDER BY record",
            )?;
            let rows = select.query_map([set], |row| {
                Ok((row.get::<_, RecordKey>(0)?, row.get::<_, Vec<u8>>(1)?))
            })?;
            Comparison::new(&before, now).walk(rows)
        };
        walk().map(Some).map_err(LedgerError::sql(READ))
    }

    fn before(
        &self,
        target: &str,
        report: &ReportKey,
    ) -> Result<Option<(i64, Before)>, LedgerError> {
        let found = self
            .connection
            .query_row(
                "SELECT fingerprint_set.id, started, narrowed
                 FROM fingerprint_set JOIN run ON run.id = fingerprint_set.run
                 WHERE fingerprint_set.target = ?1 AND data_set = ?2 AND attribute_option_combo = ?3",
                params![target, report.data_set, report.attribute_option_combo],
                |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, bool>(2)?)),
            )
            .optional()
            .map_err(LedgerError::sql(READ))?;
        let Some((set, started, narrowed)) = found else { return Ok(None) };
        let periods = self
            .rows(
                READ,
                "SELECT period, first_day FROM fingerprint_period WHERE set_id = ?1",
                [set],
                |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)),
            )?
            .into_iter()
            .map(|(id, first_day)| {
                let first_day = first_day
                    .parse()
                    .map_err(|_| LedgerError::Damaged { what: "the first day of a period" })?;
                Ok(CountedPeriod { id: id.into(), first_day })
            })
            .collect::<Result<_, LedgerError>>()?;
        let standings = self
            .rows(
                READ,
                "SELECT indicator, period, org_unit, categories, reason
                 FROM fingerprint_standing WHERE set_id = ?1 ORDER BY n",
                [set],
                |row| {
                    let cell: [Option<String>; 3] = [row.get(1)?, row.get(2)?, row.get(3)?];
                    Ok((row.get(0)?, cell, row.get(4)?))
                },
            )?
            .into_iter()
            .map(|(indicator, cell, reason)| standing(indicator, cell, reason))
            .collect::<Result<_, LedgerError>>()?;
        let started = parse_moment(&started)?.timestamp();
        Ok(Some((set, Before { started, narrowed, periods, standings })))
    }
}

fn standing(
    indicator: String,
    cell: [Option<String>; 3],
    reason: Option<String>,
) -> Result<Standing, LedgerError> {
    let damaged = LedgerError::Damaged { what: "a standing" };
    match (cell, reason) {
        ([Some(period), Some(org_unit), Some(categories)], None) => {
            let categories = serde_json::from_str(&categories).map_err(|_| damaged)?;
            let period = PeriodId::from(period);
            Ok(Standing::Counted(CellKey { indicator, period, org_unit, categories }))
        }
        ([None, None, None], Some(reason)) => Ok(Standing::LeftOut { indicator, reason }),
        _ => Err(damaged),
    }
}
