//! The checks on a group as a whole: one fault refuses all of it.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{
    super::{
        Context, Timing,
        decode::{Decoded, Item, SentKey},
        timing,
    },
    refusal::{Refusal, distinct, list},
};
use crate::dhis2::{catalog::DataSet, period::Period};

/// The data set named, or the only one with the elements.
pub(super) fn data_set_of(context: &Context<'_>, group: &Decoded) -> Result<String, Refusal> {
    if let Some(id) = &group.data_set {
        return Ok(id.clone());
    }
    let elements = elements_of(group);
    let mut sets: Vec<String> = context
        .catalog
        .data_sets()
        .filter(|set| elements.iter().any(|element| set.elements.contains_key(element)))
        .map(|set| set.id.clone())
        .collect();
    sets.sort_by_key(|id| id.to_lowercase());
    match sets.as_slice() {
        [only] => Ok(only.clone()),
        [] => {
            let args = list(&elements);
            let message =
                format!("Data set detection failed, found no set for data element(s): `{args}`");
            Err(Refusal::new("E8003", args, message))
        }
        _ => {
            let args = list(&sets);
            let message = format!("Data set detection failed, found multiple sets: `{args}`");
            Err(Refusal::new("E8002", args, message))
        }
    }
}

fn elements_of(group: &Decoded) -> Vec<String> {
    let scope = group.deletion.iter().flat_map(|scope| scope.elements.iter().map(|(de, ..)| de));
    distinct(group.items.iter().map(|item| &item.data_element).chain(scope))
}

/// The checks on the whole group; only the first class of fault is told (facts §3.5).
pub(super) fn check_group(
    context: &Context<'_>,
    group: &Decoded,
    set_id: &str,
) -> Result<(), Refusal> {
    let catalog = context.catalog;
    let user = context.account;
    let units = distinct(
        group
            .items
            .iter()
            .map(|item| &item.org_unit)
            .chain(group.deletion.iter().flat_map(|scope| &scope.org_units)),
    );
    if !user.is_super() {
        let object = context.store.get("dataSets", set_id);
        if object.is_some_and(|object| !user.sees(object, 3, b'w')) {
            let message = format!("Current user cannot enter data for data set: `{set_id}`");
            return Err(Refusal::new("E8010", set_id, message));
        }
        let outside: Vec<String> = units
            .iter()
            .filter(|id| !catalog.unit(id).is_some_and(|unit| user.captures(&unit.path)))
            .cloned()
            .collect();
        if !outside.is_empty() {
            let args = list(&outside);
            let message = format!("Current user cannot enter data for org unit(s): `{args}`");
            return Err(Refusal::new("E8011", args, message));
        }
        let closed = closed_options(context, group);
        if !closed.is_empty() {
            let args = list(&closed);
            let message =
                format!("Current user cannot enter data for category option(s): `{args}`");
            return Err(Refusal::new("E8012", args, message));
        }
    }
    let set = catalog.data_set(set_id);
    let unusable = |what: &str, code, wrong: Vec<String>| {
        if wrong.is_empty() {
            return Ok(());
        }
        let args = list(&wrong);
        let message = format!("Data set {set_id} not usable with {what}: `{args}`");
        Err(Refusal::new(code, format!("{set_id}-{args}"), message))
    };
    let without = |ids: Vec<String>, fits: &dyn Fn(&DataSet, &String) -> bool| {
        ids.into_iter().filter(|id| !set.is_some_and(|set| fits(set, id))).collect::<Vec<_>>()
    };
    unusable(
        "data element(s)",
        "E8020",
        without(elements_of(group), &|set, id| set.elements.contains_key(id)),
    )?;
    unusable("org unit(s)", "E8022", without(units, &|set, id| set.units.contains(id)))?;
    let periods = distinct_periods(group);
    let wrong_type = periods.iter().map(Period::id).collect();
    unusable(
        "period(s)",
        "E8021",
        without(wrong_type, &|set, id| Period::parse(id).is_some_and(|p| p.kind == set.kind)),
    )?;
    let attribute =
        distinct(group.items.iter().filter_map(|item| item.attribute_option_combo.as_ref()));
    unusable(
        "attribute option combo(s)",
        "E8023",
        without(attribute, &|set, id| catalog.is_in_combo(id, &set.combo)),
    )?;
    check_combos(context, group, set, set_id)?;
    check_attribute_units(context, group)?;
    check_duplicates(group)?;
    if let Some(set) = set {
        check_timing(context, group, set)?;
    }
    check_unit_dates(context, group)?;
    check_attribute_dates(context, group)
}

/// The units of the attribute options (facts §4.4 and §8.2; not recorded). The first combination is told.
fn check_attribute_units(context: &Context<'_>, group: &Decoded) -> Result<(), Refusal> {
    let outside = |item: &&Item| {
        let combo = item.attribute_option_combo.as_deref();
        combo.is_some_and(|combo| context.catalog.is_outside_units(combo, &item.org_unit))
    };
    let Some((combo, wrong)) = first_combo(group, outside, |item| item.org_unit.clone()) else {
        return Ok(());
    };
    let message = format!("Attribute option combo {combo} not usable with org unit(s): `{wrong}`");
    Err(Refusal::new("E8025", format!("{combo}-{wrong}"), message))
}

/// The days of the attribute options (facts §4.4 and §8.2; not recorded). The first combination is told.
fn check_attribute_dates(context: &Context<'_>, group: &Decoded) -> Result<(), Refusal> {
    let outside = |item: &&Item| {
        let combo = item.attribute_option_combo.as_deref();
        combo.is_some_and(|combo| context.catalog.is_outside_dates(combo, &item.period))
    };
    let Some((combo, wrong)) = first_combo(group, outside, |item| item.period.id()) else {
        return Ok(());
    };
    let message =
        format!("Untimely data entry for attribute option combo {combo} and period(s): `{wrong}`");
    Err(Refusal::new("E8032", format!("{combo}-{wrong}"), message))
}

/// The attribute option combination of the first item that `is_wrong`, and what is wrong with it.
fn first_combo(
    group: &Decoded,
    is_wrong: impl Fn(&&Item) -> bool,
    what: impl Fn(&Item) -> String,
) -> Option<(String, String)> {
    let first = group.items.iter().find(&is_wrong)?;
    let combo = first.attribute_option_combo.clone()?;
    let same = |item: &&Item| item.attribute_option_combo.as_ref() == Some(&combo);
    let wrong: Vec<String> = group.items.iter().filter(same).filter(&is_wrong).map(what).collect();
    let wrong = list(&distinct(wrong.iter()));
    Some((combo, wrong))
}

fn closed_options(context: &Context<'_>, group: &Decoded) -> Vec<String> {
    let combos = group
        .items
        .iter()
        .flat_map(|item| [&item.category_option_combo, &item.attribute_option_combo])
        .flatten();
    let options: BTreeSet<&String> = combos
        .filter_map(|id| context.catalog.option_combo(id))
        .flat_map(|combo| &combo.options)
        .collect();
    options
        .into_iter()
        .filter(|id| {
            let object = context.store.get("categoryOptions", id);
            object.is_some_and(|object| !context.account.sees(object, 3, b'w'))
        })
        .cloned()
        .collect()
}

fn distinct_periods(group: &Decoded) -> Vec<Period> {
    let mut seen = HashSet::new();
    group
        .items
        .iter()
        .map(|item| item.period)
        .chain(group.deletion.iter().flat_map(|scope| scope.periods.iter().copied()))
        .filter(|period| seen.insert(*period))
        .collect()
}

/// Combos that were written out must be the element's; one that is absent is let through, even
/// for a disaggregated element (x-grp-missing-coc). In a deletion block absent means default.
fn check_combos(
    context: &Context<'_>,
    group: &Decoded,
    set: Option<&DataSet>,
    set_id: &str,
) -> Result<(), Refusal> {
    let default = context.catalog.default_option_combo().to_owned();
    let mut by_element: Vec<(String, Vec<String>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let written = group
        .items
        .iter()
        .filter_map(|item| Some((&item.data_element, item.category_option_combo.clone()?)));
    let scope = group.deletion.iter().flat_map(|scope| {
        scope.elements.iter().map(|(de, combo, _)| (de, combo.clone().unwrap_or(default.clone())))
    });
    for (element, combo) in written.chain(scope) {
        if context.catalog.is_in_combo(&combo, context.catalog.combo_in(set, element)) {
            continue;
        }
        let place = *places.entry(element.clone()).or_insert_with(|| {
            by_element.push((element.clone(), Vec::new()));
            by_element.len() - 1
        });
        if !by_element[place].1.contains(&combo) {
            by_element[place].1.push(combo);
        }
    }
    let Some((element, combos)) = by_element.first() else { return Ok(()) };
    let wrong = list(combos);
    let message = format!(
        "Data set {set_id} + data element {element} not usable with category option combo(s): `{wrong}`"
    );
    Err(Refusal::new("E8024", format!("{set_id}-{element}-{wrong}"), message))
}

/// An absent combo and the default written out are two keys here, and one in the database.
fn check_duplicates(group: &Decoded) -> Result<(), Refusal> {
    let mut places: HashMap<SentKey<'_>, Vec<usize>> = HashMap::new();
    let mut order = Vec::new();
    for (index, item) in group.items.iter().enumerate() {
        let key = item.key();
        let at = places.entry(key).or_default();
        if at.len() == 1 {
            order.push(key);
        }
        at.push(index);
    }
    let first = order.into_iter().min_by_key(|key| places[key][0]);
    let Some(key) = first else { return Ok(()) };
    let (element, unit, category, attribute, period) = key;
    let indexes: Vec<String> = places[&key].iter().map(ToString::to_string).collect();
    let indexes = list(&indexes);
    let shown = format!(
        "DataValueKey[dataElement={element}, orgUnit={unit}, categoryOptionCombo={}, attributeOptionCombo={}, period={}]",
        category.unwrap_or("null"),
        attribute.unwrap_or("null"),
        period.id()
    );
    let message = format!("Value #{indexes} all affect the same data value: `{shown}`");
    Err(Refusal::new("E8128", format!("{indexes}-{shown}"), message))
}

/// `ALL` and the right to edit what is expired skip this, future periods included (x-grp-future).
fn check_timing(context: &Context<'_>, group: &Decoded, set: &DataSet) -> Result<(), Refusal> {
    if context.account.may("F_EDIT_EXPIRED") {
        return Ok(());
    }
    let mut untimely = Vec::new();
    for item in &group.items {
        let id = item.period.id();
        if !untimely.contains(&id)
            && timing(context, set, &item.period, &item.org_unit) != Timing::Open
        {
            untimely.push(id);
        }
    }
    if untimely.is_empty() {
        return Ok(());
    }
    let (set, periods) = (&set.id, list(&untimely));
    let message = format!("Untimely data entry for data set {set} and period(s): `{periods}`");
    Err(Refusal::new("E8030", format!("{set}-{periods}"), message))
}

/// A period must begin in the days of its unit; only the first unit is told (x-ou-after-closing).
fn check_unit_dates(context: &Context<'_>, group: &Decoded) -> Result<(), Refusal> {
    let outside = |item: &Item| {
        context.catalog.unit(&item.org_unit).is_some_and(|unit| {
            unit.opening.is_some_and(|opening| item.period.start < opening)
                || unit.closed.is_some_and(|closed| item.period.start > closed)
        })
    };
    let Some(first) = group.items.iter().find(|item| outside(item)) else { return Ok(()) };
    let unit = &first.org_unit;
    let periods: Vec<String> = group
        .items
        .iter()
        .filter(|item| item.org_unit == *unit && outside(item))
        .map(|item| item.period.id())
        .collect();
    let periods = list(&distinct(periods.iter()));
    let message = format!("Untimely data entry for org unit {unit} and period(s): `{periods}`");
    Err(Refusal::new("E8031", format!("{unit}-{periods}"), message))
}
