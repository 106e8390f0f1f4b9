//! Reading back what was sent.

use std::collections::BTreeMap;

use crate::cell::{Cell, DataValue, StoredValue};
use crate::client::Client;
use crate::error::Result;
use crate::metadata::DataSet;
use crate::reconcile::same;
use crate::stored::ValueQuery;

/// What the server holds in the cells of a call.
pub(super) struct ReadBack {
    stored: BTreeMap<Cell, StoredValue>,
}

impl ReadBack {
    pub(super) async fn of(
        client: &Client,
        data_set: &DataSet,
        cells: impl Iterator<Item = Cell> + Clone,
    ) -> Result<Self> {
        let query = ValueQuery::new(data_set.id)
            .org_units(cells.clone().map(|cell| cell.org_unit))
            .periods(cells.map(|cell| cell.period));
        let values = client.stored_values(&query).await?;
        Ok(Self { stored: values.into_iter().map(|value| (value.cell, value)).collect() })
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
