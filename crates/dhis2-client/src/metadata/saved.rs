//! Data sets out of files that DHIS2 handed out, for where no server can be asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::category::{COMBO_FIELDS, CategoryCombo, RawCombo};
use super::data_set::{DataSet, DataSetSummary, OptionSet};
use super::org_unit::{self, OrgUnit, RawUnit};
use super::read::{self, DataSetPage, RawDataSet, RawOptionSet};
use crate::error::{Error, ErrorKind};
use crate::uid::{CategoryComboId, DataSetId, OptionSetId};

/// Metadata of a server, put together from files.
///
/// It takes what DHIS2 itself hands out, as JSON: the answers to [`requests`](Self::requests), a
/// metadata export (`/api/metadata`, `/api/dataSets/{id}/metadata`), lists of one kind. Files add to
/// each other: a data set of one file finds its organisation units in another.
///
/// ```
/// use dhis2_client::SavedMetadata;
///
/// let mut saved = SavedMetadata::default();
/// saved.add(br#"{ "dataSets": [{ "id": "kIfMNugiTgd", "name": "Weekly", "periodType": "Weekly" }] }"#)?;
/// assert_eq!(saved.data_sets()[0].name, "Weekly");
/// // The list says nothing of its elements: the error names the request that does.
/// let error = saved.data_set("kIfMNugiTgd".parse()?).unwrap_err();
/// assert!(error.request().unwrap().starts_with("api/dataSets/kIfMNugiTgd?"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct SavedMetadata {
    /// Objects by kind and id; what one refers to, it names by id.
    kinds: BTreeMap<&'static str, BTreeMap<String, Map<String, Value>>>,
}

/// Why files do not give a data set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SavedError {
    /// The bytes are no JSON.
    #[error(
        "this is no JSON, or not all of it: a saved web page, XML, or a download that was cut off"
    )]
    NotJson(#[source] serde_json::Error),
    /// It is JSON, of something else.
    #[error("there is no metadata of DHIS2 in it")]
    NothingInIt,
    /// A list that goes on elsewhere.
    #[error("this is one page of {n_pages}: the request lacks `paging=false`")]
    OnePage {
        /// How many pages the list has.
        n_pages: u64,
    },
    /// Something that the data set needs is in no file.
    #[error("{what} is in none of the files")]
    Missing {
        /// What it is, with its id.
        what: String,
        /// The request that gives it: path and query after the address of the server.
        request: String,
    },
    /// An object has not the form that DHIS2 gives it.
    #[error("{what} cannot be read")]
    Unreadable {
        /// What it is, with its id.
        what: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The parts are there and cannot be worked with.
    #[error(transparent)]
    Unusable(Error),
}

impl SavedError {
    /// The request that gives what is missing: path and query after the address of the server.
    #[must_use]
    pub fn request(&self) -> Option<&str> {
        match self {
            Self::Missing { request, .. } => Some(request),
            _ => None,
        }
    }
}

/// The combination of everything that is not split. DHIS2 gives it the same ids on every server and
/// leaves it out of packages (`wire/covid19-package` refers to it without holding it).
const DEFAULT_COMBO: &str = "bjDvmb4bfuf";

const DATA_SETS: &str = "dataSets";
const ELEMENTS: &str = "dataElements";
const COMBOS: &str = "categoryCombos";
const OPTION_COMBOS: &str = "categoryOptionCombos";
const UNITS: &str = "organisationUnits";

/// The kind of what stands under a key: alone, or in a list.
fn kind_of(key: &str) -> Option<&'static str> {
    Some(match key {
        "dataSets" => DATA_SETS,
        "dataElement" | "dataElements" => ELEMENTS,
        "categoryCombo" | "categoryCombos" => COMBOS,
        "categories" => "categories",
        "categoryOptions" => "categoryOptions",
        "categoryOptionCombo" | "categoryOptionCombos" => OPTION_COMBOS,
        "optionSet" | "optionSets" => "optionSets",
        "options" => "options",
        "parent" | "organisationUnits" => UNITS,
        _ => return None,
    })
}

impl SavedMetadata {
    /// The requests whose answers hold all of a data set: path and query, to be put after the
    /// address of the server and a `/`. The brackets are part of them (`curl -g`).
    #[must_use]
    pub fn requests(data_set: &str) -> [String; 2] {
        // What the client asks for one after the other, in one answer.
        let fields = read::FIELDS
            .replace("categoryCombo[id]", &format!("categoryCombo[{COMBO_FIELDS}]"))
            .replace("optionSet[id]", "optionSet[id,options[code,name]]");
        [
            format!("api/dataSets/{data_set}?fields={fields}"),
            format!(
                "api/organisationUnits?paging=false&filter=dataSets.id:eq:{data_set}&fields={},dataSets[id]",
                org_unit::FIELDS
            ),
        ]
    }

    /// Takes what a file holds, unpacked.
    ///
    /// # Errors
    ///
    /// [`SavedError::NotJson`], [`SavedError::NothingInIt`], [`SavedError::OnePage`].
    pub fn add(&mut self, json: &[u8]) -> Result<(), SavedError> {
        let text = json.strip_prefix(b"\xef\xbb\xbf".as_slice()).unwrap_or(json);
        let Value::Object(whole) = serde_json::from_slice(text).map_err(SavedError::NotJson)?
        else {
            return Err(SavedError::NothingInIt);
        };
        // A data set by its id is an object by itself, and has lists that an export has, too.
        if whole.contains_key("id") && whole.contains_key("periodType") {
            self.index(DATA_SETS, whole);
            return Ok(());
        }
        let n_pages = whole.get("pager").and_then(|pager| pager.get("pageCount")?.as_u64());
        if let Some(n_pages) = n_pages.filter(|&n| n > 1) {
            return Err(SavedError::OnePage { n_pages });
        }
        let mut found = false;
        for (key, value) in whole {
            if let (Some(kind), Value::Array(objects)) = (kind_of(&key), value) {
                found = true;
                for object in objects {
                    self.refer(kind, object);
                }
            }
        }
        if found { Ok(()) } else { Err(SavedError::NothingInIt) }
    }

    /// The data sets that the files describe, sorted by name. Where the files do not say what the user
    /// may do with their data, reading and writing are allowed.
    #[must_use]
    pub fn data_sets(&self) -> Vec<DataSetSummary> {
        let allowed = json!({ "data": { "read": true, "write": true } });
        let described = self.all(DATA_SETS).filter(|set| set.contains_key("periodType")).cloned();
        let described = described.map(|mut set| {
            set.entry("access").or_insert_with(|| allowed.clone());
            set
        });
        let list = json!({ "dataSets": described.collect::<Vec<_>>() });
        serde_json::from_value::<DataSetPage>(list).map(DataSetPage::summaries).unwrap_or_default()
    }

    /// A data set with its elements, combinations, option sets and organisation units.
    ///
    /// What the user may do with its data is in no export: reading and writing are then allowed.
    ///
    /// # Errors
    ///
    /// [`SavedError::Missing`] with the request that gives what is missing; a period type that this
    /// crate does not know; an object that is not DHIS2's.
    pub fn data_set(&self, id: DataSetId) -> Result<DataSet, SavedError> {
        let [describing, assigning] = Self::requests(id.as_str());
        let missing = |what: String| SavedError::Missing { what, request: describing.clone() };
        let mut set = self
            .with(DATA_SETS, id.as_str(), "dataSetElements")
            .cloned()
            .ok_or_else(|| missing(format!("the data set {id} with its elements")))?;
        let mut option_sets: BTreeMap<OptionSetId, Arc<OptionSet>> = BTreeMap::new();
        let mut wanted: BTreeSet<String> =
            reference(set.get("categoryCombo")).into_iter().collect();
        for member in
            set.get_mut("dataSetElements").and_then(Value::as_array_mut).into_iter().flatten()
        {
            let element = reference(member.get("dataElement")).unwrap_or_default();
            let Some(described) = self.with(ELEMENTS, &element, "valueType") else {
                return Err(missing(format!("the data element {element}")));
            };
            if let Some(set) = reference(described.get("optionSet")) {
                let set = self
                    .option_set(&set)?
                    .ok_or_else(|| missing(format!("the option set {set} with its options")))?;
                option_sets.insert(set.id, Arc::new(set));
            }
            wanted.extend(reference(described.get("categoryCombo")));
            wanted.extend(reference(member.get("categoryCombo")));
            member["dataElement"] = Value::Object(described.clone());
        }
        let mut combos: BTreeMap<CategoryComboId, Arc<CategoryCombo>> = BTreeMap::new();
        for combo in &wanted {
            let combo = self.combo(combo, &missing)?;
            combos.insert(combo.id, Arc::new(combo));
        }
        let units = self.units(id, &set, assigning)?;
        let what = format!("the data set {id}");
        let raw: RawDataSet = read(what, Value::Object(set))?;
        raw.complete(&combos, &option_sets, units)
            .map_err(|kind: ErrorKind| SavedError::Unusable(Error::plain(kind)))
    }

    /// A combination with its categories, their options, and the combinations of these.
    fn combo(
        &self,
        id: &str,
        missing: &dyn Fn(String) -> SavedError,
    ) -> Result<CategoryCombo, SavedError> {
        let Some(mut combo) = self.with(COMBOS, id, "categories").cloned() else {
            if id == DEFAULT_COMBO {
                return read("the default combination".to_owned(), default_combo())
                    .map(|raw: RawCombo| raw.into());
            }
            return Err(missing(format!("the category combination {id} with its categories")));
        };
        let mut categories = Vec::new();
        for category in ids(combo.get("categories")) {
            let Some(mut known) = self.with("categories", &category, "categoryOptions").cloned()
            else {
                return Err(missing(format!(
                    "the category {category} of the category combination {id}, with its options"
                )));
            };
            let mut options = Vec::new();
            for option in ids(known.get("categoryOptions")) {
                let Some(known) = self.with("categoryOptions", &option, "name") else {
                    return Err(missing(format!(
                        "the category option {option} of the category combination {id}"
                    )));
                };
                options.push(Value::Object(known.clone()));
            }
            known.insert("categoryOptions".to_owned(), Value::Array(options));
            categories.push(Value::Object(known));
        }
        // An export lists them by themselves, each with its combination.
        let listed = ids(combo.get(OPTION_COMBOS));
        let made: Vec<Value> = self
            .all(OPTION_COMBOS)
            .filter(|made| {
                let own = made.get("id").and_then(Value::as_str).unwrap_or_default();
                let of = reference(made.get("categoryCombo"));
                listed.iter().any(|listed| listed == own) || of.as_deref() == Some(id)
            })
            .filter(|made| made.contains_key("categoryOptions"))
            .map(|made| Value::Object(made.clone()))
            .collect();
        if made.len() < listed.len() || (made.is_empty() && !combo.contains_key(OPTION_COMBOS)) {
            return Err(missing(format!(
                "the list of option combinations of the category combination {id}"
            )));
        }
        combo.insert("categories".to_owned(), Value::Array(categories));
        combo.insert(OPTION_COMBOS.to_owned(), Value::Array(made));
        read(format!("the category combination {id}"), Value::Object(combo))
            .map(|raw: RawCombo| raw.into())
    }

    /// An option set with its options, if the files hold them.
    fn option_set(&self, id: &str) -> Result<Option<OptionSet>, SavedError> {
        let Some(mut set) = self.with("optionSets", id, "options").cloned() else {
            return Ok(None);
        };
        let mut options = Vec::new();
        for option in set.get("options").and_then(Value::as_array).into_iter().flatten() {
            match option.get("id").and_then(Value::as_str) {
                None => options.push(option.clone()),
                Some(option) => match self.with("options", option, "code") {
                    Some(known) => options.push(Value::Object(known.clone())),
                    None => return Ok(None),
                },
            }
        }
        set.insert("options".to_owned(), Value::Array(options));
        read(format!("the option set {id}"), Value::Object(set))
            .map(|raw: RawOptionSet| Some(raw.into()))
    }

    /// The units that the data set is assigned to: said by the data set, or by the units.
    fn units(
        &self,
        id: DataSetId,
        set: &Map<String, Value>,
        request: String,
    ) -> Result<Vec<OrgUnit>, SavedError> {
        let mut assigned: BTreeSet<String> = ids(set.get(UNITS)).into_iter().collect();
        assigned.extend(
            self.all(UNITS)
                .filter(|unit| ids(unit.get(DATA_SETS)).iter().any(|set| set == id.as_str()))
                .filter_map(|unit| Some(unit.get("id")?.as_str()?.to_owned())),
        );
        if assigned.is_empty() {
            let what = format!("any organisation unit that the data set {id} is assigned to");
            return Err(SavedError::Missing { what, request });
        }
        let mut units = Vec::new();
        let mut n_missing = 0_usize;
        for unit in &assigned {
            match self.with(UNITS, unit, "name") {
                None => n_missing += 1,
                Some(known) => {
                    let mut known = known.clone();
                    if !known.contains_key("path") {
                        known.insert("path".to_owned(), Value::String(self.path(unit)));
                    }
                    let raw: RawUnit =
                        read(format!("the organisation unit {unit}"), Value::Object(known))?;
                    units.push(OrgUnit::from(raw));
                }
            }
        }
        if n_missing > 0 {
            let what = format!(
                "the description of {n_missing} of the {} organisation units that the data set {id} is assigned to",
                assigned.len()
            );
            return Err(SavedError::Missing { what, request });
        }
        units.sort_by(|a, b| (&a.path, a.id).cmp(&(&b.path, b.id)));
        Ok(units)
    }

    /// The path of a unit by its parents, for files that were made before the server wrote it.
    fn path(&self, unit: &str) -> String {
        let mut up = vec![unit.to_owned()];
        while let Some(parent) = up
            .last()
            .and_then(|at| self.kinds.get(UNITS)?.get(at))
            .and_then(|unit| reference(unit.get("parent")))
            .filter(|parent| !up.contains(parent))
        {
            up.push(parent);
        }
        up.iter().rev().fold(String::new(), |path, id| path + "/" + id)
    }

    fn all(&self, kind: &str) -> impl Iterator<Item = &Map<String, Value>> {
        self.kinds.get(kind).into_iter().flat_map(BTreeMap::values)
    }

    /// An object that says this property: of what is only referred to, the id alone is known.
    fn with(&self, kind: &str, id: &str, property: &str) -> Option<&Map<String, Value>> {
        self.kinds.get(kind)?.get(id).filter(|object| object.contains_key(property))
    }

    /// Keeps an object, and everything in it that has an id, by itself.
    fn index(&mut self, kind: &'static str, object: Map<String, Value>) {
        let id = object.get("id").and_then(Value::as_str).map(str::to_owned);
        let object = self.children(object);
        let Some(id) = id else { return };
        let known = self.kinds.entry(kind).or_default().entry(id).or_default();
        for (key, value) in object {
            let says_nothing = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            if !says_nothing || !known.contains_key(&key) {
                known.insert(key, value);
            }
        }
    }

    /// Keeps an object by itself and gives a reference to it; what has no id stays as it is.
    fn refer(&mut self, kind: &'static str, value: Value) -> Value {
        match value {
            Value::Object(object) => match object.get("id").cloned() {
                Some(id) => {
                    self.index(kind, object);
                    json!({ "id": id })
                }
                None => Value::Object(self.children(object)),
            },
            Value::Array(list) => {
                Value::Array(list.into_iter().map(|one| self.refer(kind, one)).collect())
            }
            other => other,
        }
    }

    fn children(&mut self, object: Map<String, Value>) -> Map<String, Value> {
        object
            .into_iter()
            .map(|(key, value)| {
                let value = match (kind_of(&key), value) {
                    (Some(kind), value) => self.refer(kind, value),
                    // The list has no ids, what is in it has.
                    (None, Value::Array(list)) if key == "dataSetElements" => list
                        .into_iter()
                        .map(|member| match member {
                            Value::Object(member) => Value::Object(self.children(member)),
                            other => other,
                        })
                        .collect(),
                    (None, value) => value,
                };
                (key, value)
            })
            .collect()
    }
}

/// The id of a reference.
fn reference(value: Option<&Value>) -> Option<String> {
    Some(value?.get("id")?.as_str()?.to_owned())
}

/// The ids of a list of references.
fn ids(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|one| reference(Some(one))).collect()
}

fn read<T: DeserializeOwned>(what: String, value: Value) -> Result<T, SavedError> {
    serde_json::from_value(value).map_err(|source| SavedError::Unreadable { what, source })
}

fn default_combo() -> Value {
    let option = json!({ "id": "xYerKDKCefk", "code": "default", "name": "default" });
    json!({
        "id": DEFAULT_COMBO, "code": "default", "name": "default", "isDefault": true,
        "categories": [{
            "id": "GLevLNI9wkl", "code": "default", "name": "default", "categoryOptions": [option],
        }],
        "categoryOptionCombos": [{
            "id": "HllvX50cXC0", "code": "default", "name": "default", "categoryOptions": [option],
        }],
    })
}

#[cfg(test)]
mod tests;
