//! Cells of runs that were killed: what became of them is found by looking at DHIS2.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::params;

use super::query::{CELL_COLUMNS, RawCell};
use super::{CellAddress, CellOutcome, Ledger, LedgerError, Outcome, PlannedCell, RunId};

/// A cell that an interrupted run planned, of which nobody knows whether it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// The run.
    pub run: RunId,
    /// What it planned.
    pub planned: PlannedCell,
}

/// What DHIS2 holds in a cell of an interrupted run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The interrupted run.
    pub run: RunId,
    /// The cell.
    pub address: CellAddress,
    /// Its value now, as DHIS2 writes it; `None` when there is none.
    pub found: Option<String>,
}

impl Unsettled {
    /// What follows from the value that DHIS2 holds: the new one is there (stored, cleared), the old one is (not
    /// sent), or a third, of which nothing follows.
    fn outcome(&self, found: Option<&str>) -> Outcome {
        let found = found.map(str::trim);
        match self.planned.new.as_deref() {
            None if found.is_none() => Outcome::Cleared,
            Some(new) if found == Some(new.trim()) => Outcome::Stored,
            _ if found == self.planned.old.as_deref().map(str::trim) => Outcome::NotSent,
            _ => Outcome::Unknown,
        }
    }
}

impl Ledger {
    /// The cells of interrupted runs against this target and data set that have no outcome yet, by run and cell.
    ///
    /// Call it after [`begin`](Self::begin), which finds out what was interrupted. Dry runs are not in it: they change
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Sql`] or [`LedgerError::Damaged`] when the ledger cannot be read.
    pub fn unsettled(&self, target: &str, data_set: &str) -> Result<Vec<Unsettled>, LedgerError> {
        let what = "list what an interrupted run may have sent";
        let raw = || {
            self.connection
                .prepare_cached(&format!(
                    "SELECT {CELL_COLUMNS} FROM planned_cell JOIN run ON run.id = planned_cell.run
                     WHERE outcome IS NULL AND data_set = ?2 AND target = ?1 AND dry_run = 0
                     AND (ended IS NOT NULL OR interrupted_by IS NOT NULL)"
                ))?
                .query_map(params![target, data_set], RawCell::read)?
                .collect::<rusqlite::Result<Vec<_>>>()
        };
        let mut cells = raw()
            .map_err(LedgerError::sql(what))?
            .into_iter()
            .map(|raw| Ok(Unsettled { run: raw.run, planned: raw.cell()?.planned }))
            .collect::<Result<Vec<_>, LedgerError>>()?;
        cells.sort_by(|a, b| (a.run, &a.planned.address).cmp(&(b.run, &b.planned.address)));
        Ok(cells)
    }

    /// Writes down what became of cells of interrupted runs, as it follows from what DHIS2 holds now.
    ///
    /// Cells that are not [unsettled](Self::unsettled) are passed over.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Sql`] or [`LedgerError::Damaged`] when the ledger cannot be read or written.
    pub fn settle(&mut self, target: &str, found: &[Settlement]) -> Result<(), LedgerError> {
        let found: BTreeMap<(RunId, &CellAddress), Option<&str>> =
            found.iter().map(|one| ((one.run, &one.address), one.found.as_deref())).collect();
        let data_sets: BTreeSet<&str> =
            found.keys().map(|(_, address)| address.data_set.as_str()).collect();
        let mut settled: BTreeMap<RunId, Vec<CellOutcome>> = BTreeMap::new();
        for data_set in data_sets {
            for open in self.unsettled(target, data_set)? {
                if let Some(found) = found.get(&(open.run, &open.planned.address)) {
                    let outcome = open.outcome(*found);
                    let address = open.planned.address;
                    settled.entry(open.run).or_default().push(CellOutcome { address, outcome });
                }
            }
        }
        settled.iter().try_for_each(|(run, outcomes)| self.outcomes(*run, outcomes))
    }
}
