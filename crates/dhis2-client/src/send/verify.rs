//! Reading back what was sent.

use std::collections::{BTreeMap, BTreeSet};

use crate::cell::{Cell, DataValue, StoredValue};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::metadata::DataSet;
use crate::period::Period;
use crate::reconcile::same;
use crate::stored::ValueQuery;
use crate::uid::OrgUnitId;

/// What the server holds in the cells of a call.
pub(super) struct ReadBack {
    stored: BTreeMap<Cell, StoredValue>,
    /// Units that the user may not read.
    unreadable: BTreeSet<OrgUnitId>,
    /// Why not.
    pub(super) refusal: Option<Error>,
}

impl ReadBack {
    /// Reads the cells; where the server refuses, unit by unit, so that one unit that the user may
    /// write for and not read does not hide the others (409, E2012).
    pub(super) async fn of(
        client: &Client,
        data_set: &DataSet,
        cells: impl Iterator<Item = Cell> + Clone,
    ) -> Result<Self> {
        let units: BTreeSet<OrgUnitId> = cells.clone().map(|cell| cell.org_unit).collect();
        let periods: BTreeSet<Period> = cells.map(|cell| cell.period).collect();
        let query = |units: &BTreeSet<OrgUnitId>| {
            ValueQuery::new(data_set.id)
                .org_units(units.iter().copied())
                .periods(periods.iter().copied())
        };
        let mut read = Self { stored: BTreeMap::new(), unreadable: BTreeSet::new(), refusal: None };
        match client.stored_values(&query(&units)).await {
            Ok(values) => read.add(values),
            Err(error) if is_refused(&error) && units.len() > 1 => {
                for unit in units {
                    match client.stored_values(&query(&BTreeSet::from([unit]))).await {
                        Ok(values) => read.add(values),
                        Err(error) if is_refused(&error) => {
                            read.unreadable.insert(unit);
                            read.refusal.get_or_insert(error);
                        }
                        Err(error) => return Err(error),
                    }
                }
            }
            Err(error) => return Err(error),
        }
        Ok(read)
    }

    fn add(&mut self, values: Vec<StoredValue>) {
        self.stored.extend(values.into_iter().map(|value| (value.cell, value)));
    }

    /// Whether the cell could be read at all.
    pub(super) fn can_tell(&self, cell: Cell) -> bool {
        !self.unreadable.contains(&cell.org_unit)
    }

    /// What the cell holds now.
    pub(super) fn found(&self, cell: Cell) -> Option<&str> {
        self.stored.get(&cell).and_then(StoredValue::live_value)
    }

    /// Whether the server holds what was sent.
    pub(super) fn holds(&self, data_set: &DataSet, sent: &DataValue) -> bool {
        match (self.found(sent.cell), sent.value.as_deref().filter(|_| !sent.deleted)) {
            (None, None) => true,
            (Some(found), Some(wanted)) => same(data_set, sent.cell, found, wanted),
            _ => false,
        }
    }
}

fn is_refused(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Answered { status, .. } if status.as_u16() == 409)
        || error.is_forbidden()
}
