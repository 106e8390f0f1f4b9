//! What an import call carries, whatever its format.

mod adx;
mod csv;
mod json;
mod xml;

use std::collections::BTreeMap;

pub(crate) use self::{
    adx::read_adx,
    csv::{read_csv_by_name, read_csv_by_position},
    json::{read_json_leniently, read_json_strictly},
    xml::read_xml,
};

/// What a payload or the query may say of its identifiers.
pub(crate) const ID_SCHEMES: &[&str] = &[
    "idScheme",
    "dataElementIdScheme",
    "orgUnitIdScheme",
    "categoryOptionComboIdScheme",
    "attributeOptionComboIdScheme",
    "categoryIdScheme",
    "categoryOptionIdScheme",
    "dataSetIdScheme",
];

/// A way to name an option combination.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ComboRef {
    Id(String),
    /// Category → option.
    Options(BTreeMap<String, String>),
}

impl ComboRef {
    /// As Java prints it.
    pub(crate) fn printed(&self) -> String {
        match self {
            Self::Id(id) => id.clone(),
            Self::Options(options) => {
                let pairs: Vec<String> = options
                    .iter()
                    .map(|(category, option)| format!("{category}={option}"))
                    .collect();
                format!("{{{}}}", pairs.join(", "))
            }
        }
    }
}

/// The part above the values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Header {
    pub(crate) data_set: Option<String>,
    pub(crate) complete_date: Option<String>,
    pub(crate) period: Option<String>,
    pub(crate) org_unit: Option<String>,
    pub(crate) attribute_option_combo: Option<ComboRef>,
    /// `idScheme` and its like.
    pub(crate) schemes: BTreeMap<String, String>,
    pub(crate) dry_run: Option<bool>,
    pub(crate) strategy: Option<String>,
    pub(crate) deletion: Option<Deletion>,
}

/// Element, option combination, attribute option combination.
pub(crate) type ElementCombo = (String, Option<String>, Option<String>);

/// The block of 2.43 that clears cells before the values are written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deletion {
    pub(crate) org_units: Option<Vec<String>>,
    pub(crate) periods: Option<Vec<String>>,
    pub(crate) elements: Option<Vec<ElementCombo>>,
}

/// One value as it was sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct InValue {
    pub(crate) data_element: Option<String>,
    pub(crate) period: Option<String>,
    pub(crate) org_unit: Option<String>,
    pub(crate) category_option_combo: Option<ComboRef>,
    pub(crate) attribute_option_combo: Option<ComboRef>,
    pub(crate) value: Option<String>,
    pub(crate) comment: Option<String>,
    pub(crate) followup: Option<bool>,
    pub(crate) deleted: Option<bool>,
    pub(crate) stored_by: Option<String>,
    pub(crate) created: Option<String>,
    pub(crate) last_updated: Option<String>,
    /// Columns that have no name the CSV reader knows: category → option.
    pub(crate) category_options: Option<BTreeMap<String, String>>,
}

/// Header and values that belong together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Group {
    pub(crate) header: Header,
    pub(crate) values: Vec<InValue>,
}

/// Why a body could not be read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Unreadable {
    /// The value-wise engine's ERROR summary with this description.
    Process(String),
    /// An envelope with this status, message and perhaps a code.
    Status(u16, String, Option<&'static str>),
    /// The group-wise engine's ERROR summary with one conflict at no position.
    Conflict(&'static str, String, String),
}

impl Unreadable {
    /// What 2.42 says to any body its parser gives up on.
    pub(crate) fn nothing() -> Self {
        Self::Process("Post-condition was null".to_owned())
    }

    /// What 2.43 says to a period that is none (x-pe-nonsense).
    pub(crate) fn no_group() -> Self {
        Self::Status(
            500,
            "Cannot invoke \"org.hisp.dhis.datavalue.DataEntryGroup.deletion()\" because \"group\" is null"
                .to_owned(),
            None,
        )
    }
}
