//! Metadata as the import engines ask for it: typed, with the answers worked out.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::Value;

use super::{
    metadata::{DEFAULT_COMBO, DEFAULT_OPTION_COMBO, Object, Store},
    period::{Kind, Period},
};

/// What the engines know of the metadata, made anew whenever it changed.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    units: HashMap<String, Unit>,
    elements: HashMap<String, Element>,
    data_sets: BTreeMap<String, DataSet>,
    option_combos: HashMap<String, OptionCombo>,
    /// The combinations of a category combo by their options.
    by_options: HashMap<String, HashMap<BTreeSet<String>, String>>,
    /// Category options that are limited in time or to units; the others are not in it.
    limits: HashMap<String, Limits>,
    option_codes: HashMap<String, HashSet<String>>,
    /// Lock exceptions: data set, period, unit.
    pub(crate) exceptions: HashSet<(String, String, String)>,
}

#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) path: String,
    pub(crate) level: usize,
    pub(crate) opening: Option<NaiveDate>,
    pub(crate) closed: Option<NaiveDate>,
}

#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) value_type: String,
    pub(crate) aggregation: String,
    pub(crate) zero_significant: bool,
    pub(crate) combo: String,
    pub(crate) option_set: Option<String>,
}

#[derive(Debug)]
pub(crate) struct DataSet {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) combo: String,
    /// Element → its combo where the set overrides it.
    pub(crate) elements: BTreeMap<String, Option<String>>,
    pub(crate) units: HashSet<String>,
    pub(crate) open_future: i64,
    pub(crate) expiry_days: f64,
    pub(crate) input_periods: Vec<InputPeriod>,
    pub(crate) created: usize,
}

/// A period that is open for input, and when.
#[derive(Debug)]
pub(crate) struct InputPeriod {
    pub(crate) period: String,
    pub(crate) opens: Option<DateTime<Utc>>,
    pub(crate) closes: Option<DateTime<Utc>>,
}

#[derive(Debug)]
pub(crate) struct OptionCombo {
    pub(crate) combo: String,
    pub(crate) options: BTreeSet<String>,
}

/// When and where a category option may be used. Only as an attribute: the import looks at no other.
#[derive(Debug)]
pub(crate) struct Limits {
    pub(crate) start: Option<NaiveDate>,
    pub(crate) end: Option<NaiveDate>,
    pub(crate) units: Vec<String>,
}

impl Catalog {
    pub(crate) fn of(store: &Store, exceptions: HashSet<(String, String, String)>) -> Self {
        let mut catalog = Self { exceptions, ..Self::default() };
        for (id, unit) in store.all("organisationUnits") {
            let path = path_of(store, id);
            catalog.units.insert(
                id.clone(),
                Unit {
                    level: path.matches('/').count(),
                    path,
                    opening: day_of(unit, "openingDate"),
                    closed: day_of(unit, "closedDate"),
                },
            );
        }
        for (id, element) in store.all("dataElements") {
            catalog.elements.insert(
                id.clone(),
                Element {
                    value_type: text(element, "valueType").unwrap_or("TEXT").to_owned(),
                    aggregation: text(element, "aggregationType").unwrap_or("SUM").to_owned(),
                    zero_significant: element.get("zeroIsSignificant") == Some(&Value::Bool(true)),
                    combo: reference(element, "categoryCombo").unwrap_or(DEFAULT_COMBO).to_owned(),
                    option_set: reference(element, "optionSet").map(str::to_owned),
                },
            );
        }
        for (created, (id, set)) in store.all("dataSets").enumerate() {
            catalog.data_sets.insert(id.clone(), data_set(id, set, created));
        }
        for (id, combo) in store.all("categoryOptionCombos") {
            let of = reference(combo, "categoryCombo").unwrap_or_default().to_owned();
            let options: BTreeSet<String> = ids(combo, "categoryOptions").collect();
            catalog.by_options.entry(of.clone()).or_default().insert(options.clone(), id.clone());
            catalog.option_combos.insert(id.clone(), OptionCombo { combo: of, options });
        }
        for (id, option) in store.all("categoryOptions") {
            let limits = Limits {
                start: day_of(option, "startDate"),
                end: day_of(option, "endDate"),
                units: ids(option, "organisationUnits").collect(),
            };
            if limits.start.is_some() || limits.end.is_some() || !limits.units.is_empty() {
                catalog.limits.insert(id.clone(), limits);
            }
        }
        for (id, set) in store.all("optionSets") {
            let codes = ids(set, "options")
                .filter_map(|option| {
                    text(store.get("options", &option)?, "code").map(str::to_owned)
                })
                .chain(
                    store
                        .all("options")
                        .filter(|(_, option)| reference(option, "optionSet") == Some(id))
                        .filter_map(|(_, option)| text(option, "code").map(str::to_owned)),
                )
                .collect();
            catalog.option_codes.insert(id.clone(), codes);
        }
        catalog
    }

    pub(crate) fn unit(&self, id: &str) -> Option<&Unit> {
        self.units.get(id)
    }

    pub(crate) fn element(&self, id: &str) -> Option<&Element> {
        self.elements.get(id)
    }

    pub(crate) fn data_set(&self, id: &str) -> Option<&DataSet> {
        self.data_sets.get(id)
    }

    pub(crate) fn data_sets(&self) -> impl Iterator<Item = &DataSet> {
        self.data_sets.values()
    }

    pub(crate) fn option_combo(&self, id: &str) -> Option<&OptionCombo> {
        self.option_combos.get(id)
    }

    /// The combination of a category combo with exactly these options.
    pub(crate) fn combo_of_options(&self, combo: &str, options: &BTreeSet<String>) -> Option<&str> {
        self.by_options.get(combo)?.get(options).map(String::as_str)
    }

    /// Whether an option set knows a code.
    pub(crate) fn has_option(&self, option_set: &str, code: &str) -> bool {
        self.option_codes.get(option_set).is_some_and(|codes| codes.contains(code))
    }

    /// The combo in force for an element of a data set.
    pub(crate) fn combo_in<'a>(&'a self, set: Option<&'a DataSet>, element: &str) -> &'a str {
        set.and_then(|set| set.elements.get(element)?.as_deref())
            .or_else(|| self.elements.get(element).map(|element| element.combo.as_str()))
            .unwrap_or(DEFAULT_COMBO)
    }

    /// Whether an option combination is one of a combo.
    pub(crate) fn is_in_combo(&self, option_combo: &str, combo: &str) -> bool {
        self.option_combos.get(option_combo).is_some_and(|known| known.combo == combo)
    }

    /// The limits of the options of an attribute option combination.
    fn limits(&self, option_combo: &str) -> impl Iterator<Item = &Limits> {
        let options = self.option_combos.get(option_combo).into_iter().flat_map(|c| &c.options);
        options.filter_map(|option| self.limits.get(option))
    }

    /// Whether a period lies outside the dates of an option of this attribute option combination.
    pub(crate) fn is_outside_dates(&self, option_combo: &str, period: &Period) -> bool {
        self.limits(option_combo).any(|limits| {
            limits.start.is_some_and(|start| period.start < start)
                || limits.end.is_some_and(|end| period.end > end)
        })
    }

    /// Whether a unit is under none of those that an option of this attribute option combination is limited to.
    pub(crate) fn is_outside_units(&self, option_combo: &str, unit: &str) -> bool {
        let path = self.units.get(unit).map_or("", |unit| unit.path.as_str());
        self.limits(option_combo).any(|limits| {
            !limits.units.is_empty()
                && !path.split('/').any(|part| limits.units.iter().any(|unit| unit == part))
        })
    }

    pub(crate) fn default_option_combo(&self) -> &str {
        self.by_options
            .get(DEFAULT_COMBO)
            .and_then(|combos| combos.values().next())
            .map_or(DEFAULT_OPTION_COMBO, String::as_str)
    }

    /// The authorities a user's roles give.
    pub(crate) fn authorities(&self, store: &Store, user: &Object) -> Vec<String> {
        ids(user, "userRoles")
            .filter_map(|role| store.get("userRoles", &role))
            .flat_map(|role| {
                role.get("authorities").and_then(Value::as_array).into_iter().flatten()
            })
            .filter_map(|authority| authority.as_str().map(str::to_owned))
            .collect()
    }
}

fn data_set(id: &str, set: &Object, created: usize) -> DataSet {
    let entries = set.get("dataSetElements").and_then(Value::as_array);
    let elements = entries
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let element = entry.get("dataElement")?.get("id")?.as_str()?.to_owned();
            let combo = entry
                .get("categoryCombo")
                .and_then(|combo| combo.get("id")?.as_str().map(str::to_owned));
            Some((element, combo))
        })
        .collect();
    let input_periods = set
        .get("dataInputPeriods")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let at = |name: &str| moment(entry.get(name)?.as_str()?);
            Some(InputPeriod {
                period: entry.get("period")?.get("id")?.as_str()?.to_owned(),
                opens: at("openingDate"),
                closes: at("closingDate"),
            })
        })
        .collect();
    DataSet {
        id: id.to_owned(),
        kind: text(set, "periodType").and_then(Kind::of_name).unwrap_or(Kind::Monthly),
        combo: reference(set, "categoryCombo").unwrap_or(DEFAULT_COMBO).to_owned(),
        elements,
        units: ids(set, "organisationUnits").collect(),
        open_future: set.get("openFuturePeriods").and_then(Value::as_i64).unwrap_or(0),
        expiry_days: set.get("expiryDays").and_then(Value::as_f64).unwrap_or(0.0),
        input_periods,
        created,
    }
}

pub(crate) fn text<'a>(object: &'a Object, property: &str) -> Option<&'a str> {
    object.get(property)?.as_str()
}

pub(crate) fn reference<'a>(object: &'a Object, property: &str) -> Option<&'a str> {
    object.get(property)?.get("id")?.as_str()
}

/// The ids in a list of references.
pub(crate) fn ids(object: &Object, property: &str) -> impl Iterator<Item = String> {
    let ids: Vec<String> = object
        .get(property)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|item| item.get("id")?.as_str().map(str::to_owned))
        .collect();
    ids.into_iter()
}

fn path_of(store: &Store, id: &str) -> String {
    let mut ids = vec![id.to_owned()];
    let mut at = id.to_owned();
    while let Some(parent) =
        store.get("organisationUnits", &at).and_then(|unit| reference(unit, "parent"))
    {
        // A parent met twice is a loop in a broken package.
        if ids.iter().any(|known| known == parent) {
            break;
        }
        ids.push(parent.to_owned());
        at = parent.to_owned();
    }
    ids.iter().rev().fold(String::new(), |path, id| path + "/" + id)
}

fn day_of(object: &Object, property: &str) -> Option<NaiveDate> {
    text(object, property)?.get(..10)?.parse().ok()
}

/// A date or a date and time, without an offset in the server's zone, UTC.
pub(crate) fn moment(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(with_offset) = DateTime::parse_from_rfc3339(text) {
        return Some(with_offset.with_timezone(&Utc));
    }
    if let Ok(with_offset) = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z") {
        return Some(with_offset.with_timezone(&Utc));
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"] {
        if let Ok(local) = NaiveDateTime::parse_from_str(text, format) {
            return Some(local.and_utc());
        }
    }
    Some(text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0)?.and_utc())
}
