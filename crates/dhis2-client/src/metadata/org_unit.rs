//! Organisation units.

use chrono::NaiveDate;
use http_transport::Request;
use serde::Deserialize;

use crate::client::Client;
use crate::error::Result;
use crate::period::Period;
use crate::uid::{AttributeId, DataSetId, OrgUnitId};

/// An organisation unit: a country, region, district, facility.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrgUnit {
    /// The id.
    pub id: OrgUnitId,
    /// The code, if it has one; unique on a server.
    pub code: Option<String>,
    /// The name; not unique.
    pub name: String,
    /// The ids from the root to this unit, `/` before each.
    pub path: String,
    /// The level; the root has 1.
    pub level: u32,
    /// The first day on which it was open.
    pub opening_date: Option<NaiveDate>,
    /// The last day on which it is open; engine B still takes values for this day.
    pub closed_date: Option<NaiveDate>,
    /// Further values, such as a P-code of another register.
    pub attribute_values: Vec<AttributeValue>,
}

/// A further value of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeValue {
    /// The attribute's id.
    pub id: AttributeId,
    /// The attribute's code, if it has one.
    pub code: Option<String>,
    /// The value.
    pub value: String,
}

impl OrgUnit {
    /// The unit above.
    #[must_use]
    pub fn parent(&self) -> Option<OrgUnitId> {
        self.path.rsplit('/').nth(1).and_then(|id| id.parse().ok())
    }

    /// The units from the root to the one above.
    pub fn ancestors(&self) -> impl Iterator<Item = OrgUnitId> + '_ {
        self.path.split('/').filter_map(|id| id.parse().ok()).filter(|id| *id != self.id)
    }

    /// The value of an attribute, given by its id or code.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attribute_values
            .iter()
            .find(|value| value.id.as_str() == name || value.code.as_deref() == Some(name))
            .map(|value| value.value.as_str())
    }

    /// Whether engine B takes values of a period: it must begin on or after the opening day, and on
    /// or before the closing day (recordings `x-ou-*`). Engine A does not look.
    #[must_use]
    pub fn is_open_for(&self, period: Period) -> bool {
        let first = period.first_day();
        self.opening_date.is_none_or(|day| first >= day)
            && self.closed_date.is_none_or(|day| first <= day)
    }
}

/// Which organisation units to read. Without a condition: all that the user may see.
///
/// ```
/// use dhis2_client::OrgUnitQuery;
///
/// let districts = OrgUnitQuery::all().within("DiszpKrYNg8".parse()?).level(3);
/// # Ok::<(), dhis2_client::UidError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct OrgUnitQuery {
    filters: Vec<String>,
    lists: Vec<(&'static str, Vec<String>)>,
}

impl OrgUnitQuery {
    /// All units.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Only this unit and those under it.
    #[must_use]
    pub fn within(mut self, root: OrgUnitId) -> Self {
        self.filters.push(format!("path:like:{root}"));
        self
    }

    /// Only units of one level; the root has 1.
    #[must_use]
    pub fn level(mut self, level: u32) -> Self {
        self.filters.push(format!("level:eq:{level}"));
        self
    }

    /// Only units that a data set is assigned to.
    #[must_use]
    pub fn assigned_to(mut self, data_set: DataSetId) -> Self {
        self.filters.push(format!("dataSets.id:eq:{data_set}"));
        self
    }

    /// Only units with these ids.
    #[must_use]
    pub fn ids(mut self, ids: impl IntoIterator<Item = OrgUnitId>) -> Self {
        self.lists.push(("id", ids.into_iter().map(|id| id.to_string()).collect()));
        self
    }

    /// Only units with these codes. A code with a comma or bracket in it cannot be asked for.
    #[must_use]
    pub fn codes(mut self, codes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.lists.push(("code", codes.into_iter().map(Into::into).collect()));
        self
    }

    /// The requests that together answer the query: long lists are cut, to keep addresses short.
    fn requests(&self) -> Vec<Request> {
        const LONGEST_LIST: usize = 200;
        let base = self.filters.iter().fold(
            Request::get(["api", "organisationUnits"])
                .query("fields", FIELDS)
                .query("paging", "false"),
            |request, filter| request.query("filter", filter.as_str()),
        );
        let mut requests = vec![base];
        for (property, values) in &self.lists {
            requests = requests
                .iter()
                .flat_map(|request| {
                    values.chunks(LONGEST_LIST).map(|chunk| {
                        let filter = format!("{property}:in:[{}]", chunk.join(","));
                        request.clone().query("filter", filter)
                    })
                })
                .collect();
        }
        requests
    }
}

pub(super) const FIELDS: &str = "id,code,name,path,level,openingDate,closedDate,\
                      attributeValues[attribute[id,code],value]";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    organisation_units: Vec<RawUnit>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawUnit {
    id: OrgUnitId,
    code: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    path: String,
    level: Option<u32>,
    opening_date: Option<String>,
    closed_date: Option<String>,
    #[serde(default)]
    attribute_values: Vec<RawAttributeValue>,
}

#[derive(Deserialize)]
struct RawAttributeValue {
    attribute: RawAttribute,
    value: Option<String>,
}

#[derive(Deserialize)]
struct RawAttribute {
    id: AttributeId,
    code: Option<String>,
}

impl From<RawUnit> for OrgUnit {
    fn from(raw: RawUnit) -> Self {
        let day = |text: Option<String>| text.as_deref().and_then(crate::system::date);
        let levels = raw.path.matches('/').count();
        Self {
            id: raw.id,
            code: raw.code,
            name: raw.name,
            level: raw.level.unwrap_or_else(|| u32::try_from(levels).unwrap_or(0)),
            path: raw.path,
            opening_date: day(raw.opening_date),
            closed_date: day(raw.closed_date),
            attribute_values: raw
                .attribute_values
                .into_iter()
                .filter_map(|value| {
                    Some(AttributeValue {
                        id: value.attribute.id,
                        code: value.attribute.code,
                        value: value.value?,
                    })
                })
                .collect(),
        }
    }
}

impl Client {
    /// Reads organisation units, sorted by path.
    ///
    /// # Errors
    ///
    /// No answer, a refused login, or a refused query.
    pub async fn org_units(&self, query: &OrgUnitQuery) -> Result<Vec<OrgUnit>> {
        let mut units: Vec<OrgUnit> = Vec::new();
        for request in query.requests() {
            let page: Page = self.json(request).await?;
            units.extend(page.organisation_units.into_iter().map(OrgUnit::from));
        }
        units.sort_by(|a, b| (&a.path, a.id).cmp(&(&b.path, b.id)));
        units.dedup_by_key(|unit| unit.id);
        Ok(units)
    }
}
