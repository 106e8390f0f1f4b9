//! From counted cells to what DHIS2 should hold, and from there to what has to change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dhis2_client::{
    CategoryOptionComboId, Cell, Change, Client, DataElementId, DataSet, DataSetElement, DataValue,
    Finding, OrgUnitId, Ownership, Period, Plan, Preflight, StoredValue, ValueQuery, Wanted,
};
use indicators::{CellKey, CellValue};

use super::prepare::element_of;
use super::{Prepared, Target};
use crate::config::Overwrite;
use crate::problem::{Outcome, Problem};

/// What has to change in DHIS2 for one report.
#[derive(Debug)]
pub struct Planned {
    /// The cells with what becomes of each.
    pub plan: Plan,
    /// Which counted cell each wanted cell comes from.
    keys: BTreeMap<Cell, CellKey>,
    /// The indicator of a data element, where only one writes it: cells that are wanted no more come from it.
    by_element: BTreeMap<DataElementId, String>,
    /// The options of each element's combinations, in the configuration's words.
    categories: BTreeMap<(DataElementId, CategoryOptionComboId), BTreeMap<String, String>>,
    /// The changes that DHIS2 would refuse by its own rules.
    blocked: BTreeMap<Cell, Finding>,
}

impl Planned {
    /// Why DHIS2 would refuse a change, where its settings tell that beforehand: a period that is locked or not
    /// open yet, a unit that is not assigned, a value of the wrong type.
    #[must_use]
    pub fn blocked(&self, change: &Change) -> Option<&Finding> {
        self.blocked.get(&change.cell)
    }

    /// How many changes DHIS2 would refuse.
    #[must_use]
    pub fn n_blocked(&self) -> usize {
        self.blocked.len()
    }

    /// The indicator that a cell comes from, or came from when it was last stored.
    #[must_use]
    pub fn indicator(&self, cell: &Cell) -> Option<&str> {
        self.keys
            .get(cell)
            .map(|key| &key.indicator)
            .or_else(|| self.by_element.get(&cell.data_element))
            .map(String::as_str)
    }

    /// The counted cell behind a cell of DHIS2. One that no record supports any more is put together from its
    /// address.
    #[must_use]
    pub fn key(&self, cell: &Cell) -> Option<CellKey> {
        if let Some(key) = self.keys.get(cell) {
            return Some(key.clone());
        }
        let indicator = self.by_element.get(&cell.data_element)?.clone();
        let categories = self
            .categories
            .get(&(cell.data_element, cell.category_option_combo))
            .cloned()
            .unwrap_or_default();
        Some(CellKey {
            indicator,
            period: cell.period.id(),
            org_unit: cell.org_unit.to_string(),
            categories,
        })
    }

    /// Reads what DHIS2 holds for a report and compares it with the counted cells.
    ///
    /// # Errors
    ///
    /// When a category or unit of a cell is not in DHIS2, or the stored values cannot be read.
    pub async fn make(
        target: &Target,
        prepared: &Prepared,
        cells: &[indicators::Cell],
    ) -> Outcome<Self> {
        let data_set = data_set(prepared)?;
        let desired = desired(prepared, data_set, cells)?;
        let scope = Scope::of(prepared, data_set, &desired)?;
        let stored = scope.stored(&target.client, data_set).await?;
        let ownership = scope.ownership(prepared, target);
        let keys = desired.iter().map(|(cell, wanted)| (*cell, wanted.key.clone())).collect();
        let plan = dhis2_client::reconcile(
            data_set,
            desired.into_iter().map(|(cell, wanted)| (cell, wanted.value)),
            stored,
            &ownership,
        )
        .map_err(|error| {
            Problem::usage(format!(
                "two indicators of {} write different values into one cell",
                prepared.name
            ))
            .because(error)
            .next("give each indicator its own data element or its own categories")
        })?;
        let values: Vec<DataValue> = plan.to_send().filter_map(Change::data_value).collect();
        let blocked = dhis2_client::blocked(
            &Preflight { data_set, cells: &[], user: &target.me, server: &target.server },
            &values,
        );
        Ok(Self {
            plan,
            blocked,
            keys,
            by_element: by_element(prepared, data_set),
            categories: categories_of(prepared, data_set),
        })
    }
}

/// A value that DHIS2 should hold, and the counted cell that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// The value, or that there must be none.
    pub value: Wanted,
    /// The counted cell.
    pub key: CellKey,
}

/// The options of every combination of a report's elements, under the names that `by` gives the categories.
fn categories_of(
    prepared: &Prepared,
    data_set: &DataSet,
) -> BTreeMap<(DataElementId, CategoryOptionComboId), BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for definition in prepared.engine.definitions() {
        let Some(element) = element_of(data_set, definition) else { continue };
        for combo in &element.combo.option_combos {
            let options: BTreeMap<String, String> = definition
                .by
                .keys()
                .filter_map(|name| {
                    let category = element.combo.category(name).ok()?;
                    let option = category
                        .options
                        .iter()
                        .find(|option| combo.options.contains(&option.id))?;
                    Some((name.clone(), option.code.clone().unwrap_or_else(|| option.name.clone())))
                })
                .collect();
            all.insert((element.id, combo.id), options);
        }
    }
    all
}

fn by_element(prepared: &Prepared, data_set: &DataSet) -> BTreeMap<DataElementId, String> {
    let mut names: BTreeMap<DataElementId, Option<String>> = BTreeMap::new();
    for definition in prepared.engine.definitions() {
        if let Some(element) = element_of(data_set, definition) {
            names
                .entry(element.id)
                .and_modify(|name| *name = None)
                .or_insert_with(|| Some(definition.indicator.clone()));
        }
    }
    names.into_iter().filter_map(|(id, name)| Some((id, name?))).collect()
}

fn data_set(prepared: &Prepared) -> Outcome<&DataSet> {
    prepared.data_set.as_ref().ok_or_else(|| {
        Problem::new(
            crate::Exit::Bug,
            format!("{} was prepared without its data set", prepared.name),
        )
    })
}

/// Counted cells as DHIS2 addresses them.
///
/// # Errors
///
/// When an element, unit or category option is not in the data set. All such faults are named at once.
pub fn desired(
    prepared: &Prepared,
    data_set: &DataSet,
    cells: &[indicators::Cell],
) -> Outcome<BTreeMap<Cell, Desired>> {
    let attribute_combo = attribute_combo(prepared)?;
    // What a combination of options of an element is in DHIS2: the same few come again in each period and place.
    let mut combos = BTreeMap::new();
    let mut faults: BTreeSet<String> = BTreeSet::new();
    let mut desired = BTreeMap::new();
    for cell in cells {
        let Some(element) = prepared
            .engine
            .definition(&cell.indicator)
            .and_then(|definition| element_of(data_set, definition))
        else {
            // An indicator without an element is there for others (a numerator); it is counted and not sent.
            if prepared
                .engine
                .definition(&cell.indicator)
                .is_some_and(|definition| definition.data_element.is_some())
            {
                faults
                    .insert(format!("{}: its data element is not in the data set", cell.indicator));
            }
            continue;
        };
        let combo = combos
            .entry((element.id, Arc::clone(&cell.categories)))
            .or_insert_with(|| combo_of(element, &cell.categories))
            .clone();
        let combo = match combo {
            Ok(combo) => combo,
            Err(fault) => {
                faults.insert(format!("{}: {fault}", cell.indicator));
                continue;
            }
        };
        let (Ok(org_unit), Ok(period)) =
            (cell.org_unit.parse::<OrgUnitId>(), prepared.kind.parse(&cell.period))
        else {
            faults.insert(format!(
                "{}: `{}` is no organisation unit id",
                cell.indicator, cell.org_unit
            ));
            continue;
        };
        let key = Cell {
            org_unit,
            period,
            data_element: element.id,
            category_option_combo: combo,
            attribute_option_combo: attribute_combo,
        };
        let value = match &cell.value {
            // A withheld figure must not stand there from an earlier run either.
            CellValue::Withheld => Wanted::Nothing,
            value => Wanted::Value(value.to_string()),
        };
        let wanted = Desired { value, key: cell.into() };
        if let Some(other) = desired.insert(key, wanted.clone())
            && other.value != wanted.value
        {
            faults.insert(format!(
                "{}: writes the same cells as {}, with other values",
                wanted.key.indicator, other.key.indicator
            ));
        }
    }
    if faults.is_empty() {
        return Ok(desired);
    }
    let n = faults.len();
    let list: Vec<String> = faults.into_iter().take(12).collect();
    Err(Problem::usage(format!("{n} figure{} of {} cannot be addressed in DHIS2", if n == 1 { "" } else { "s" }, prepared.name))
        .fact("faults", list.join("\n"))
        .next("make `by` name the categories of the data element, and the breakdown their options by code or name"))
}

fn combo_of(
    element: &DataSetElement,
    categories: &BTreeMap<String, String>,
) -> Result<CategoryOptionComboId, String> {
    if categories.is_empty() {
        return element.combo.default_option_combo().ok_or_else(|| {
            let names: Vec<&str> =
                element.combo.categories.iter().map(|category| category.name.as_str()).collect();
            format!(
                "{} is split by {}, so `by` must name these categories",
                element.name,
                names.join(" and ")
            )
        });
    }
    let pairs: Vec<(&str, &str)> =
        categories.iter().map(|(category, option)| (category.as_str(), option.as_str())).collect();
    element.combo.resolve(&pairs).map_err(|error| error.to_string())
}

fn attribute_combo(prepared: &Prepared) -> Outcome<CategoryOptionComboId> {
    prepared.attributes.as_ref().map(|attributes| attributes.id).ok_or_else(|| {
        Problem::new(crate::Exit::Bug, format!("{} was prepared without DHIS2", prepared.name))
    })
}

/// The part of the data set that a report is responsible for: its elements, units, periods and attributes.
///
/// A value inside it that no record supports any more is cleared; nothing outside is ever touched.
#[derive(Debug)]
struct Scope {
    elements: BTreeSet<dhis2_client::DataElementId>,
    units: BTreeSet<OrgUnitId>,
    periods: Vec<Period>,
    attribute_combo: CategoryOptionComboId,
}

impl Scope {
    fn of(
        prepared: &Prepared,
        data_set: &DataSet,
        desired: &BTreeMap<Cell, Desired>,
    ) -> Outcome<Self> {
        let elements = prepared
            .engine
            .definitions()
            .iter()
            .filter_map(|definition| element_of(data_set, definition))
            .map(|element| element.id)
            .collect();
        let mut units: BTreeSet<OrgUnitId> = desired.keys().map(|cell| cell.org_unit).collect();
        // Units that records could be counted at, but none is any more.
        units.extend(
            prepared
                .units
                .iter()
                .filter_map(|unit| unit.parse::<OrgUnitId>().ok())
                .filter(|unit| data_set.org_unit(*unit).is_some()),
        );
        let (first, last) = prepared.periods;
        Ok(Self {
            elements,
            units,
            periods: first.through(last).collect(),
            attribute_combo: attribute_combo(prepared)?,
        })
    }

    async fn stored(&self, client: &Client, data_set: &DataSet) -> Outcome<Vec<StoredValue>> {
        let mut query = ValueQuery::new(data_set.id)
            .org_units(self.units.iter().copied())
            .periods(self.periods.iter().copied());
        if !data_set.attribute_combo.is_default {
            query = query.attribute_combos([self.attribute_combo]);
        }
        let stored = client.stored_values(&query).await.map_err(|error| {
            Problem::server("what DHIS2 holds now cannot be read, so nothing can be compared")
                .because(error)
                .next("give this account data read access to the data set, and its organisation units")
        })?;
        Ok(stored
            .into_iter()
            .filter(|value| {
                self.elements.contains(&value.cell.data_element)
                    && value.cell.attribute_option_combo == self.attribute_combo
            })
            .collect())
    }

    fn ownership(&self, prepared: &Prepared, target: &Target) -> Ownership {
        let ownership = Ownership::of(&target.me.username);
        let ownership = match prepared.report.overwrite {
            Overwrite::Own => ownership,
            Overwrite::All => ownership.everything(),
        };
        let (elements, units, periods) =
            (self.elements.clone(), self.units.clone(), self.periods.clone());
        let attribute_combo = self.attribute_combo;
        ownership.cells(move |cell| {
            cell.attribute_option_combo == attribute_combo
                && elements.contains(&cell.data_element)
                && units.contains(&cell.org_unit)
                && periods.binary_search(&cell.period).is_ok()
        })
    }
}
