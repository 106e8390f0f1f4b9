//! What is done to the stored values, and what the database swallows.

use std::collections::HashSet;

use chrono::NaiveDate;

use super::{
    super::{
        Context,
        decode::{Decoded, Item},
    },
    value::Good,
};
use crate::dhis2::{
    period::Period,
    values::{Completion, Key, Row},
};

/// The rows a deletion block reaches, those already deleted included.
pub(super) fn scope(context: &Context<'_>, group: &Decoded) -> Vec<Key> {
    let Some(scope) = &group.deletion else { return Vec::new() };
    let default = context.catalog.default_option_combo();
    let mut keys = Vec::new();
    for unit in &scope.org_units {
        for period in &scope.periods {
            for (element, category, attribute) in &scope.elements {
                let combo = |id: &Option<String>| id.clone().unwrap_or_else(|| default.to_owned());
                let key = Key {
                    data_element: element.clone(),
                    period: period.id(),
                    org_unit: unit.clone(),
                    category_option_combo: combo(category),
                    attribute_option_combo: combo(attribute),
                };
                if context.values.rows.contains_key(&key) {
                    keys.push(key);
                }
            }
        }
    }
    keys
}

/// What the database refuses is swallowed: facts, §0, fact 6.
pub(super) fn is_lost(context: &Context<'_>, values: &[Good<'_>]) -> bool {
    let mut keys = HashSet::new();
    let twice = values.iter().any(|good| !keys.insert(full_key(context, good.item)));
    let nul = values.iter().any(|good| {
        [&good.value, &good.item.comment].into_iter().flatten().any(|text| text.contains('\0'))
    });
    twice || nul || context.fault.is_some()
}

fn full_key(context: &Context<'_>, item: &Item) -> Key {
    let default = context.catalog.default_option_combo();
    let combo = |id: &Option<String>| id.clone().unwrap_or_else(|| default.to_owned());
    Key {
        data_element: item.data_element.clone(),
        period: item.period.id(),
        org_unit: item.org_unit.clone(),
        category_option_combo: combo(&item.category_option_combo),
        attribute_option_combo: combo(&item.attribute_option_combo),
    }
}

pub(super) fn clear(context: &mut Context<'_>, keys: Vec<Key>) {
    let user = context.account.username.clone();
    for key in keys {
        let Some(row) = context.values.rows.get_mut(&key) else { continue };
        if !row.deleted {
            row.last_updated = context.now;
        }
        row.deleted = true;
        row.value = None;
        context.values.audit(&key, None, "DELETE", &user, context.now);
    }
}

pub(super) fn write(context: &mut Context<'_>, values: Vec<Good<'_>>, deletes: bool) {
    let now = context.now;
    let user = context.account.username.clone();
    for Good { item, value } in values {
        let key = full_key(context, item);
        let known = context.values.rows.get(&key);
        let deleted = item.deleted || deletes;
        let row = Row {
            value: value.clone(),
            comment: item.comment.clone(),
            followup: item.followup,
            stored_by: user.clone(),
            created: known.map_or(now, |row| row.created),
            last_updated: now,
            deleted,
        };
        let kind = match known {
            _ if deleted => Some("DELETE"),
            None => Some("CREATE"),
            Some(known) if known.value != row.value || known.deleted => Some("UPDATE"),
            Some(_) => None,
        };
        if let Some(kind) = kind {
            context.values.audit(&key, value, kind, &user, now);
        }
        context.values.periods.insert(key.period.clone());
        context.values.rows.insert(key, row);
    }
}

pub(super) fn register(
    context: &mut Context<'_>,
    set: &str,
    period: &Period,
    unit: &str,
    group: &Decoded,
    date: NaiveDate,
) {
    let combo = group
        .items
        .iter()
        .find_map(|item| item.attribute_option_combo.clone())
        .or_else(|| group.attribute_option_combo.clone())
        .unwrap_or_else(|| context.catalog.default_option_combo().to_owned());
    let completion =
        Completion { date, stored_by: context.account.username.clone(), completed: true };
    let key = (set.to_owned(), period.id(), unit.to_owned(), combo);
    context.values.completions.insert(key, completion);
    context.values.periods.insert(period.id());
}
