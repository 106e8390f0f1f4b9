//! Data sets: the form that values are reported on.

use std::fmt;
use std::sync::Arc;

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::access::DataAccess;
use super::category::{CategoryCombo, find};
use super::org_unit::OrgUnit;
use crate::period::{Period, PeriodType};
use crate::uid::{CategoryOptionComboId, DataElementId, DataSetId, OptionSetId, OrgUnitId};
use crate::value_type::ValueType;

/// A data set with everything that decides about its values. Read by
/// [`Client::data_set`](crate::Client::data_set).
#[derive(Debug, Clone)]
pub struct DataSet {
    /// The id.
    pub id: DataSetId,
    /// The code, if it has one.
    pub code: Option<String>,
    /// The name.
    pub name: String,
    /// The type of its periods.
    pub period_type: PeriodType,
    /// How many periods after the last finished one are open: 0 = finished periods only, 1 = the
    /// current one, too.
    pub open_future_periods: u32,
    /// How long after the day that follows a period its values may be changed; `None` = for ever.
    pub expiry: Option<TimeDelta>,
    /// The only periods for which data is taken, if there are any.
    pub input_periods: Vec<InputPeriod>,
    /// What the user may do with its data.
    pub access: DataAccess,
    /// Its elements, by id.
    pub elements: Vec<DataSetElement>,
    /// The combination by which whole entries are split; mostly the default.
    pub attribute_combo: Arc<CategoryCombo>,
    /// The organisation units that it is assigned to, sorted by path.
    pub org_units: Vec<OrgUnit>,
    /// Whether its data goes through approval.
    pub has_approval: bool,
    /// Operands that a complete entry should have.
    pub compulsory: Vec<CompulsoryOperand>,
    /// Whether an entry without them is refused as complete.
    pub compulsory_required: bool,
}

/// A data set in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSetSummary {
    /// The id.
    pub id: DataSetId,
    /// The code, if it has one.
    pub code: Option<String>,
    /// The name.
    pub name: String,
    /// The period type, as the server names it.
    pub period_type: String,
    /// What the user may do with its data.
    pub access: DataAccess,
}

/// A data element as a data set has it.
#[derive(Debug, Clone)]
pub struct DataSetElement {
    /// The id.
    pub id: DataElementId,
    /// The code, if it has one.
    pub code: Option<String>,
    /// The name.
    pub name: String,
    /// Which values it takes.
    pub value_type: ValueType,
    /// How its values are summed up.
    pub aggregation_type: AggregationType,
    /// Whether a zero is a value.
    pub zero_is_significant: bool,
    /// The codes that its values are taken from, if it has an option set.
    pub option_set: Option<Arc<OptionSet>>,
    /// The combination by which it is split in this data set: the data set's own for it, where it
    /// has one, else the element's.
    pub combo: Arc<CategoryCombo>,
}

/// The values that an element may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionSet {
    /// The id.
    pub id: OptionSetId,
    /// The options, in order. Values are their codes.
    pub options: Vec<Choice>,
}

/// One option of an [`OptionSet`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Choice {
    /// The code: what is stored.
    pub code: String,
    /// The name: what people see.
    #[serde(default)]
    pub name: String,
}

impl OptionSet {
    /// Whether the code is one of the set's; upper and lower case differ.
    #[must_use]
    pub fn has(&self, code: &str) -> bool {
        self.options.iter().any(|option| option.code == code)
    }
}

/// A period for which data is taken, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputPeriod {
    /// The period.
    pub period: Period,
    /// From this moment on, server time.
    pub opening: Option<NaiveDateTime>,
    /// Until this moment, server time.
    pub closing: Option<NaiveDateTime>,
}

/// An element, or one combination of it, that a complete entry should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompulsoryOperand {
    /// The data element.
    pub data_element: DataElementId,
    /// The combination; `None` for any.
    pub category_option_combo: Option<CategoryOptionComboId>,
}

/// How values of an element are summed up; decides about zeros on engine A.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AggregationType {
    /// Sums.
    Sum,
    /// Averages, over time and units.
    Average,
    /// Averages over time, sums over units.
    AverageSumOrgUnit,
    /// Any other, by its name.
    Other(String),
}

impl AggregationType {
    /// Reads DHIS2's name.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "SUM" => Self::Sum,
            "AVERAGE" => Self::Average,
            "AVERAGE_SUM_ORG_UNIT" => Self::AverageSumOrgUnit,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for AggregationType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sum => "SUM",
            Self::Average => "AVERAGE",
            Self::AverageSumOrgUnit => "AVERAGE_SUM_ORG_UNIT",
            Self::Other(name) => name,
        })
    }
}

impl DataSetElement {
    /// Whether a zero can be kept in this element.
    ///
    /// Where zeros are not significant, engine A does not store a new zero, deletes the cell for a
    /// zero over a value, and brings the zero back when it is sent again (recordings `zero-loop-*`);
    /// engine B stores it (`x-zero-new`) and clears it in the night. Averages keep theirs.
    #[must_use]
    pub fn keeps_zeros(&self) -> bool {
        self.zero_is_significant
            || !self.value_type.is_numeric()
            || matches!(
                self.aggregation_type,
                AggregationType::Average | AggregationType::AverageSumOrgUnit
            )
    }
}

impl DataSet {
    /// An element by its id.
    #[must_use]
    pub fn element(&self, id: DataElementId) -> Option<&DataSetElement> {
        let index = self.elements.binary_search_by_key(&id, |element| element.id).ok()?;
        self.elements.get(index)
    }

    /// An element by id, code or name.
    #[must_use]
    pub fn find_element(&self, name: &str) -> Option<&DataSetElement> {
        find(&self.elements, name, |e| (e.id.as_str(), e.code.as_deref(), &e.name))
    }

    /// An assigned organisation unit by its id.
    #[must_use]
    pub fn org_unit(&self, id: OrgUnitId) -> Option<&OrgUnit> {
        self.org_units.iter().find(|unit| unit.id == id)
    }

    /// The attribute option combination of entries that are not split: the default.
    #[must_use]
    pub fn default_attribute_combo(&self) -> Option<CategoryOptionComboId> {
        self.attribute_combo.default_option_combo()
    }

    /// The latest period that takes data on a day of the server's calendar.
    ///
    /// With `open_future_periods` 0 this is the last *finished* period: the current one is closed
    /// (recordings `refuse-today`, `refuse-yesterday` of 2.42).
    #[must_use]
    pub fn latest_open_period(&self, today: NaiveDate) -> Period {
        self.period_type.containing(today).previous().forward(self.open_future_periods)
    }

    /// Whether a period's values can no longer be changed at a moment of the server's clock.
    #[must_use]
    pub fn is_expired(&self, period: Period, now: NaiveDateTime) -> bool {
        let Some(expiry) = self.expiry else { return false };
        period
            .last_day()
            .checked_add_days(Days::new(1))
            .map(|day| day.and_time(NaiveTime::MIN))
            .and_then(|end| end.checked_add_signed(expiry))
            .is_some_and(|closes| now > closes)
    }
}
