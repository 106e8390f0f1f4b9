//! Reading data sets with what belongs to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;
use http_transport::Request;
use serde::Deserialize;

use super::access::{Access, DataAccess};
use super::category::{COMBO_FIELDS, CategoryCombo, RawCombo};
use super::data_set::{
    AggregationType, Choice, CompulsoryOperand, DataSet, DataSetElement, DataSetSummary,
    InputPeriod, OptionSet,
};
use super::org_unit::{OrgUnit, OrgUnitQuery};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::period::{Period, PeriodType};
use crate::system::date_time;
use crate::uid::{CategoryComboId, CategoryOptionComboId, DataElementId, DataSetId, OptionSetId};
use crate::value_type::ValueType;

pub(super) const FIELDS: &str = "id,code,name,periodType,openFuturePeriods,expiryDays,access[data[read,write]],\
     categoryCombo[id],dataInputPeriods[period[id],openingDate,closingDate],workflow[id],\
     dataSetElements[categoryCombo[id],dataElement[id,code,name,valueType,aggregationType,\
     zeroIsSignificant,optionSet[id],categoryCombo[id]]],\
     compulsoryDataElementOperands[dataElement[id],categoryOptionCombo[id]],\
     compulsoryFieldsCompleteOnly";

const SECONDS_OF_A_DAY: f64 = 86_400.0;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawDataSet {
    id: DataSetId,
    code: Option<String>,
    #[serde(default)]
    name: String,
    period_type: String,
    open_future_periods: Option<u32>,
    expiry_days: Option<f64>,
    #[serde(default)]
    access: Access,
    category_combo: Reference<CategoryComboId>,
    #[serde(default)]
    data_input_periods: Vec<RawInputPeriod>,
    workflow: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    data_set_elements: Vec<RawMember>,
    #[serde(default)]
    compulsory_data_element_operands: Vec<RawOperand>,
    #[serde(default)]
    compulsory_fields_complete_only: bool,
}

#[derive(Deserialize)]
struct Reference<T> {
    id: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawInputPeriod {
    period: Reference<String>,
    opening_date: Option<String>,
    closing_date: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMember {
    data_element: RawElement,
    category_combo: Option<Reference<CategoryComboId>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawElement {
    id: DataElementId,
    code: Option<String>,
    #[serde(default)]
    name: String,
    value_type: String,
    aggregation_type: Option<String>,
    #[serde(default)]
    zero_is_significant: bool,
    option_set: Option<Reference<OptionSetId>>,
    category_combo: Reference<CategoryComboId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawOperand {
    data_element: Option<Reference<DataElementId>>,
    category_option_combo: Option<Reference<CategoryOptionComboId>>,
}

impl RawMember {
    fn combo(&self) -> CategoryComboId {
        self.category_combo.as_ref().map_or(self.data_element.category_combo.id, |combo| combo.id)
    }
}

impl RawDataSet {
    fn combos(&self) -> BTreeSet<CategoryComboId> {
        let members = self.data_set_elements.iter().map(RawMember::combo);
        members.chain([self.category_combo.id]).collect()
    }

    fn option_sets(&self) -> BTreeSet<OptionSetId> {
        let members = self.data_set_elements.iter();
        members.filter_map(|member| Some(member.data_element.option_set.as_ref()?.id)).collect()
    }

    /// Puts the parts together.
    pub(super) fn complete(
        self,
        combos: &BTreeMap<CategoryComboId, Arc<CategoryCombo>>,
        option_sets: &BTreeMap<OptionSetId, Arc<OptionSet>>,
        org_units: Vec<OrgUnit>,
    ) -> std::result::Result<DataSet, ErrorKind> {
        let combo = |id: CategoryComboId| {
            combos.get(&id).cloned().ok_or_else(|| {
                ErrorKind::Unusable(format!(
                    "the category combination {id} of the data set is not shared with this user: \
                     an administrator must share it, to be viewed"
                ))
            })
        };
        let mut elements = self
            .data_set_elements
            .into_iter()
            .map(|member| {
                let combo = combo(member.combo())?;
                let raw = member.data_element;
                let option_set = match raw.option_set {
                    Some(set) => Some(option_sets.get(&set.id).cloned().ok_or_else(|| {
                        ErrorKind::Unusable(format!(
                            "the option set {} of data element {} is not shared with this user",
                            set.id, raw.id
                        ))
                    })?),
                    None => None,
                };
                Ok(DataSetElement {
                    id: raw.id,
                    code: raw.code,
                    name: raw.name,
                    value_type: ValueType::from_name(&raw.value_type),
                    aggregation_type: AggregationType::from_name(
                        raw.aggregation_type.as_deref().unwrap_or("NONE"),
                    ),
                    zero_is_significant: raw.zero_is_significant,
                    option_set,
                    combo,
                })
            })
            .collect::<std::result::Result<Vec<_>, ErrorKind>>()?;
        elements.sort_by_key(|element| element.id);
        let input_periods = self
            .data_input_periods
            .iter()
            .map(|raw| {
                Ok(InputPeriod {
                    period: raw.period.id.parse::<Period>()?,
                    opening: raw.opening_date.as_deref().and_then(date_time),
                    closing: raw.closing_date.as_deref().and_then(date_time),
                })
            })
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(ErrorKind::Period)?;
        let compulsory = self.compulsory_data_element_operands.into_iter().filter_map(|raw| {
            Some(CompulsoryOperand {
                data_element: raw.data_element?.id,
                category_option_combo: raw.category_option_combo.map(|combo| combo.id),
            })
        });
        Ok(DataSet {
            id: self.id,
            code: self.code,
            name: self.name,
            period_type: self.period_type.parse::<PeriodType>().map_err(ErrorKind::Period)?,
            open_future_periods: self.open_future_periods.unwrap_or(0),
            expiry: self.expiry_days.and_then(expiry),
            input_periods,
            access: self.access.data.unwrap_or(DataAccess { read: true, write: true }),
            attribute_combo: combo(self.category_combo.id)?,
            elements,
            org_units,
            has_approval: self.workflow.is_some(),
            compulsory: compulsory.collect(),
            compulsory_required: self.compulsory_fields_complete_only,
        })
    }
}

/// Days as the server writes them (whole up to 2.41, decimal from 2.42 on); 0 means never.
fn expiry(days: f64) -> Option<TimeDelta> {
    if !days.is_finite() || days <= 0.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "capped before the cast")]
    let seconds = (days * SECONDS_OF_A_DAY).min(1e12) as i64;
    TimeDelta::try_seconds(seconds)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DataSetPage {
    #[serde(default)]
    data_sets: Vec<RawSummary>,
}

impl DataSetPage {
    /// The data sets, sorted by name.
    pub(super) fn summaries(self) -> Vec<DataSetSummary> {
        let mut sets: Vec<DataSetSummary> = self
            .data_sets
            .into_iter()
            .map(|raw| DataSetSummary {
                id: raw.id,
                code: raw.code,
                name: raw.name,
                period_type: raw.period_type,
                access: raw.access.data.unwrap_or_default(),
            })
            .collect();
        sets.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        sets
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawSummary {
    id: DataSetId,
    code: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    period_type: String,
    #[serde(default)]
    access: Access,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ComboPage {
    #[serde(default)]
    category_combos: Vec<RawCombo>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OptionSetPage {
    #[serde(default)]
    option_sets: Vec<RawOptionSet>,
}

#[derive(Deserialize)]
pub(super) struct RawOptionSet {
    pub(super) id: OptionSetId,
    #[serde(default)]
    options: Vec<Choice>,
}

impl From<RawOptionSet> for OptionSet {
    fn from(raw: RawOptionSet) -> Self {
        Self { id: raw.id, options: raw.options }
    }
}

/// Ids in one `in:[…]` filter: more would make addresses longer than proxies take.
const LONGEST_LIST: usize = 200;

impl Client {
    /// Lists the data sets that the user may see, sorted by name.
    ///
    /// # Errors
    ///
    /// No answer, or a refused login.
    pub async fn data_sets(&self) -> Result<Vec<DataSetSummary>> {
        let request = Request::get(["api", "dataSets"])
            .query("fields", "id,code,name,periodType,access[data[read,write]]")
            .query("paging", "false");
        let page: DataSetPage = self.json(request).await?;
        Ok(page.summaries())
    }

    /// Reads a data set with its elements, combinations, option sets and organisation units, in
    /// four calls or less.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) where there is none or the user may not see it; a
    /// period type that this crate does not know; parts that are not shared with the user.
    pub async fn data_set(&self, id: DataSetId) -> Result<DataSet> {
        let request = Request::get(["api", "dataSets", id.as_str()]).query("fields", FIELDS);
        let raw: RawDataSet = self.json(request).await?;
        let combos = self.category_combos(&raw.combos()).await?;
        let option_sets = self.option_sets(&raw.option_sets()).await?;
        let org_units = self.org_units(&OrgUnitQuery::all().assigned_to(id)).await?;
        raw.complete(&combos, &option_sets, org_units).map_err(Error::plain)
    }

    /// Reads category combinations by their ids. Those that the user may not see are left out.
    ///
    /// # Errors
    ///
    /// No answer, or a refused login.
    pub async fn category_combos(
        &self,
        ids: &BTreeSet<CategoryComboId>,
    ) -> Result<BTreeMap<CategoryComboId, Arc<CategoryCombo>>> {
        let mut combos = BTreeMap::new();
        for filter in id_filters(ids) {
            let request = Request::get(["api", "categoryCombos"])
                .query("filter", filter)
                .query("fields", COMBO_FIELDS)
                .query("paging", "false");
            let page: ComboPage = self.json(request).await?;
            let found = page.category_combos.into_iter().map(CategoryCombo::from);
            combos.extend(found.map(|combo| (combo.id, Arc::new(combo))));
        }
        Ok(combos)
    }

    /// Reads option sets by their ids. Those that the user may not see are left out.
    ///
    /// # Errors
    ///
    /// No answer, or a refused login.
    pub async fn option_sets(
        &self,
        ids: &BTreeSet<OptionSetId>,
    ) -> Result<BTreeMap<OptionSetId, Arc<OptionSet>>> {
        let mut sets = BTreeMap::new();
        for filter in id_filters(ids) {
            let request = Request::get(["api", "optionSets"])
                .query("filter", filter)
                .query("fields", "id,options[code,name]")
                .query("paging", "false");
            let page: OptionSetPage = self.json(request).await?;
            sets.extend(page.option_sets.into_iter().map(|raw| (raw.id, Arc::new(raw.into()))));
        }
        Ok(sets)
    }
}

fn id_filters<T: AsRef<str>>(ids: &BTreeSet<T>) -> Vec<String> {
    let ids: Vec<&str> = ids.iter().map(AsRef::as_ref).collect();
    ids.chunks(LONGEST_LIST).map(|chunk| format!("id:in:[{}]", chunk.join(","))).collect()
}
