//! Reading what DHIS2 holds.

use http_transport::Request;

use crate::cell::StoredValue;
use crate::client::{Client, refusal};
use crate::error::{Error, ErrorKind, Result};
use crate::formats::read_stored;
use crate::period::Period;
use crate::uid::{CategoryOptionComboId, DataSetId, OrgUnitId};

/// Which stored values to read: those of a data set for some units and periods.
#[derive(Debug, Clone)]
pub struct ValueQuery {
    data_set: DataSetId,
    org_units: Vec<OrgUnitId>,
    periods: Vec<Period>,
    attribute_combos: Vec<CategoryOptionComboId>,
    include_deleted: bool,
}

/// Characters of a query: addresses above 8 KB are refused by Tomcat and nginx; half of that leaves
/// room for a proxy's own limits.
const LONGEST_QUERY: usize = 4_000;
const UNIT_LENGTH: usize = "&orgUnit=".len() + 11;
const PERIOD_LENGTH: usize = "&period=".len() + 12;

impl ValueQuery {
    /// The values of a data set; name periods and units, too.
    #[must_use]
    pub fn new(data_set: DataSetId) -> Self {
        Self {
            data_set,
            org_units: Vec::new(),
            periods: Vec::new(),
            attribute_combos: Vec::new(),
            include_deleted: false,
        }
    }

    /// For these units, not those under them.
    #[must_use]
    pub fn org_units(mut self, units: impl IntoIterator<Item = OrgUnitId>) -> Self {
        self.org_units.extend(units);
        self
    }

    /// For these periods.
    #[must_use]
    pub fn periods(mut self, periods: impl IntoIterator<Item = Period>) -> Self {
        self.periods.extend(periods);
        self
    }

    /// Of these attribute option combinations only; without any, of all.
    ///
    /// Name a few: they stand in the address of every call.
    #[must_use]
    pub fn attribute_combos(
        mut self,
        combos: impl IntoIterator<Item = CategoryOptionComboId>,
    ) -> Self {
        self.attribute_combos.extend(combos);
        self
    }

    /// Also deleted values.
    #[must_use]
    pub fn include_deleted(mut self, include: bool) -> Self {
        self.include_deleted = include;
        self
    }

    /// The requests that together answer the query, each with a short address.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        let (mut units, mut periods) = (self.org_units.clone(), self.periods.clone());
        units.sort_unstable();
        units.dedup();
        periods.sort_unstable();
        periods.dedup();
        let n_periods = periods.len().clamp(1, LONGEST_QUERY / 2 / PERIOD_LENGTH);
        let n_units = (LONGEST_QUERY - n_periods * PERIOD_LENGTH) / UNIT_LENGTH;
        let mut requests = Vec::new();
        for units in units.chunks(n_units) {
            for periods in periods.chunks(n_periods) {
                let mut request =
                    Request::get(["api", "dataValueSets"]).query("dataSet", self.data_set.as_str());
                for period in periods {
                    request = request.query("period", period.id());
                }
                for unit in units {
                    request = request.query("orgUnit", unit.as_str());
                }
                for combo in &self.attribute_combos {
                    request = request.query("attributeOptionCombo", combo.as_str());
                }
                if self.include_deleted {
                    request = request.query("includeDeleted", "true");
                }
                requests.push(request);
            }
        }
        requests
    }
}

impl Client {
    /// Reads stored values, in as many calls as short addresses need, sorted by cell.
    ///
    /// Needs data *read* sharing of the data set, and the units among those whose data the user
    /// may view; a user may be able to write and not to read.
    ///
    /// # Errors
    ///
    /// No answer, a refusal, or an answer of another shape.
    pub async fn stored_values(&self, query: &ValueQuery) -> Result<Vec<StoredValue>> {
        let mut values = Vec::new();
        for request in query.requests() {
            let response = self.send_raw(request).await?;
            if !response.status().is_success() {
                return Err(refusal(&response));
            }
            let text = response.json_text().map_err(|source| {
                let kind = ErrorKind::NotDhis2 { status: response.status(), source };
                Error::new(response.exchange().clone(), kind)
            })?;
            read_stored(text, &mut values).map_err(|fault| {
                let kind = ErrorKind::Decode { json_path: fault.json_path, source: fault.source };
                Error::new(response.exchange().clone(), kind)
            })?;
        }
        values.sort_unstable_by_key(|value| value.cell);
        Ok(values)
    }
}
