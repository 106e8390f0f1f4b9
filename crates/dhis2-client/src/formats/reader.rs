//! Reading values back: the JSON of `GET dataValueSets`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;

use crate::cell::{Cell, StoredValue};
use crate::period::Period;
use crate::uid::{CategoryOptionComboId, DataElementId, OrgUnitId};

/// Why an answer could not be read, and where in it.
#[derive(Debug)]
pub(crate) struct ReadFault {
    pub(crate) json_path: String,
    pub(crate) source: serde_json::Error,
}

/// Reads the values of an answer into `values`.
///
/// Engine B moves a key that the query named once into the head of the answer and leaves it out of
/// the values (recordings `x-shape-one-unit-period`, `x-shape-two-units`); the head may come after
/// the values. Values of engine A repeat it. Nothing found is `{}` on old servers.
pub(crate) fn read_stored(text: &str, values: &mut Vec<StoredValue>) -> Result<(), ReadFault> {
    let answer: Answer<'_> = serde_json::from_str(text).map_err(|error| fault(text, error))?;
    let head = Head {
        org_unit: answer.org_unit,
        period: answer.period,
        attribute_option_combo: answer.attribute_option_combo,
    };
    let mut users = Users::default();
    values.reserve(answer.data_values.len());
    for (index, value) in answer.data_values.into_iter().enumerate() {
        let value = value.with(&head, &mut users).map_err(|key| ReadFault {
            json_path: format!("dataValues[{index}]"),
            source: <serde_json::Error as serde::de::Error>::missing_field(key),
        })?;
        values.push(value);
    }
    Ok(())
}

/// Reads once more, slower, to learn where the fault is.
fn fault(text: &str, error: serde_json::Error) -> ReadFault {
    let mut json = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, Answer<'_>>(&mut json) {
        Err(error) => ReadFault { json_path: error.path().to_string(), source: error.into_inner() },
        Ok(_) => ReadFault { json_path: ".".to_owned(), source: error },
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    org_unit: Option<OrgUnitId>,
    period: Option<Period>,
    attribute_option_combo: Option<CategoryOptionComboId>,
    #[serde(default, borrow)]
    data_values: Vec<Value<'a>>,
}

/// Text of the answer, copied only where JSON escapes it.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The few users behind many values, each name held once.
#[derive(Default)]
struct Users(BTreeSet<Arc<str>>);

impl Users {
    fn shared(&mut self, name: Cow<'_, str>) -> Arc<str> {
        if let Some(known) = self.0.get(name.as_ref()) {
            return Arc::clone(known);
        }
        let name: Arc<str> = Arc::from(name);
        self.0.insert(Arc::clone(&name));
        name
    }
}

struct Head {
    org_unit: Option<OrgUnitId>,
    period: Option<Period>,
    attribute_option_combo: Option<CategoryOptionComboId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Value<'a> {
    data_element: DataElementId,
    period: Option<Period>,
    org_unit: Option<OrgUnitId>,
    category_option_combo: Option<CategoryOptionComboId>,
    attribute_option_combo: Option<CategoryOptionComboId>,
    value: Option<Box<str>>,
    #[serde(borrow)]
    stored_by: Option<Text<'a>>,
    last_updated: Option<Box<str>>,
    comment: Option<Box<str>>,
    #[serde(alias = "followUp")]
    followup: Option<bool>,
    deleted: Option<bool>,
}

impl Value<'_> {
    fn with(self, head: &Head, users: &mut Users) -> Result<StoredValue, &'static str> {
        let cell = Cell {
            org_unit: self.org_unit.or(head.org_unit).ok_or("orgUnit")?,
            period: self.period.or(head.period).ok_or("period")?,
            data_element: self.data_element,
            category_option_combo: self.category_option_combo.ok_or("categoryOptionCombo")?,
            attribute_option_combo: self
                .attribute_option_combo
                .or(head.attribute_option_combo)
                .ok_or("attributeOptionCombo")?,
        };
        Ok(StoredValue {
            cell,
            value: self.value,
            stored_by: self.stored_by.map(|name| users.shared(name.0)),
            last_updated: self.last_updated,
            comment: self.comment.filter(|comment| !comment.is_empty()),
            follow_up: self.followup.unwrap_or(false),
            deleted: self.deleted.unwrap_or(false),
        })
    }
}
