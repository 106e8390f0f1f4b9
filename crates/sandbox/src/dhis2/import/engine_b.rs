//! The group-wise engine, from 2.43: all values of a data set are checked and written as one.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;

use super::{
    Conflict, Context, Options, Resolver, Scheme, Status, Summary, Timing,
    decode::{Decoded, Item, SentKey, decode},
    timing,
};
use crate::dhis2::{
    catalog::DataSet,
    payload::{Group, Unreadable},
    period::Period,
    value_type,
    values::{Completion, Key, Row},
};

/// What two faults at once answer in the mode that splits by data set (x-auto-one-refused).
pub(crate) const NO_WORDS: &str = "";

/// Imports a payload of one group.
pub(crate) fn import_by_group(
    context: &mut Context<'_>,
    group: &Group,
    options: &Options,
) -> Result<Summary, Unreadable> {
    import_groups(context, std::slice::from_ref(group), options)
}

/// Imports groups one after the other; the first that is refused ends the import.
pub(crate) fn import_groups(
    context: &mut Context<'_>,
    groups: &[Group],
    options: &Options,
) -> Result<Summary, Unreadable> {
    let mut options = options.clone();
    if let [group] = groups {
        options.override_by(&group.header);
    }
    let mut resolver = Resolver::new(context.store, &options, Scheme::Uid);
    let mut decoded = Vec::new();
    for group in merged(groups) {
        match decode(context, &group, &mut resolver) {
            Ok(group) => decoded.push(group),
            Err(Unreadable::Conflict(code, args, message)) => {
                let mut summary = Summary::new(Some(options.echo()));
                summary.status = Status::Error;
                summary.conflicts.push(Conflict::with_args(code, &args, message, vec![-1]));
                return Ok(summary);
            }
            Err(other) => return Err(other),
        }
    }
    let splits = context.settings.get("dataEntryAutoGroup").is_some_and(|value| value == "true");
    let mut work = Vec::new();
    for group in decoded {
        if splits && group.data_set.is_none() && !group.items.is_empty() {
            match split(context, group) {
                Ok(groups) => work.extend(groups),
                Err(element) => return Ok(undetected(&options, &element)),
            }
        } else {
            work.push(group);
        }
    }
    let n_groups = work.len();
    let mut sum = Summary::new(Some(options.echo()));
    sum.data_set_complete = Some("false".to_owned());
    for group in work {
        let summary = import_group(context, group, &options)?;
        if splits && n_groups > 1 && summary.status == Status::Error {
            return Err(Unreadable::Status(409, NO_WORDS.to_owned(), None));
        }
        let is_error = summary.status == Status::Error;
        add(&mut sum, summary);
        if is_error {
            break;
        }
    }
    Ok(sum)
}

fn add(sum: &mut Summary, part: Summary) {
    sum.updated += part.updated;
    sum.ignored += part.ignored;
    sum.deleted += part.deleted;
    sum.conflicts.extend(part.conflicts);
    sum.rejected.extend(part.rejected);
    sum.data_set_complete = part.data_set_complete;
    if part.status != Status::Success && sum.status != Status::Error {
        sum.status = part.status;
    }
}

/// Neighbouring groups of one data set, combination and completion date are one (ADX).
fn merged(groups: &[Group]) -> Vec<Group> {
    let mut merged: Vec<Group> = Vec::new();
    for group in groups {
        let header = &group.header;
        match merged.last_mut() {
            Some(last)
                if last.header.data_set == header.data_set
                    && last.header.attribute_option_combo == header.attribute_option_combo
                    && last.header.complete_date == header.complete_date =>
            {
                last.values.extend(group.values.iter().cloned());
                last.header.period = None;
                last.header.org_unit = None;
            }
            _ => merged.push(group.clone()),
        }
    }
    merged
}

/// Splits by the youngest data set of each element; an element of none ends the import.
fn split(context: &Context<'_>, group: Decoded) -> Result<Vec<Decoded>, String> {
    let mut parts: BTreeMap<String, Decoded> = BTreeMap::new();
    for item in group.items {
        let youngest = context
            .catalog
            .data_sets()
            .filter(|set| set.elements.contains_key(&item.data_element))
            .max_by_key(|set| set.created);
        let Some(set) = youngest else { return Err(item.data_element) };
        parts
            .entry(set.id.clone())
            .or_insert_with(|| Decoded { data_set: Some(set.id.clone()), ..Decoded::default() })
            .items
            .push(item);
    }
    Ok(parts.into_values().collect())
}

fn undetected(options: &Options, element: &str) -> Summary {
    let mut summary = Summary::new(Some(options.echo()));
    summary.status = Status::Error;
    let args = format!("[{element}]");
    let message = format!("Data set detection failed, found no set for data element(s): `{args}`");
    summary.conflicts.push(Conflict::with_args("E8003", &args, message, vec![-1]));
    summary
}

fn import_group(
    context: &mut Context<'_>,
    group: Decoded,
    options: &Options,
) -> Result<Summary, Unreadable> {
    let mut summary = Summary::new(None);
    summary.data_set_complete = Some("false".to_owned());
    if group.items.is_empty() && group.deletion.is_none() && group.complete.is_none() {
        return Ok(summary);
    }
    if group.deletion.as_ref().is_some_and(|scope| scope.periods.is_empty()) {
        return Err(Unreadable::Status(409, "could not extract ResultSet".to_owned(), None));
    }
    let refuse = |mut summary: Summary, refusal: Refusal| {
        summary.status = Status::Error;
        let n = group.items.len();
        let indexes = (0..n).map(|at| i64::try_from(at).unwrap_or(-1)).collect();
        summary.rejected = (0..n).collect();
        summary.conflicts.push(Conflict::with_args(
            refusal.code,
            &refusal.args,
            refusal.message,
            indexes,
        ));
        summary
    };
    let set_id = match data_set_of(context, &group) {
        Ok(id) => id,
        Err(refusal) => return Ok(refuse(summary, refusal)),
    };
    if let Err(refusal) = check_group(context, &group, &set_id) {
        return Ok(refuse(summary, refusal));
    }

    let (valid, faults) = check_values(context, &group, options);
    if options.atomic && !faults.is_empty() {
        summary.data_set_complete = None;
        return Ok(refuse(summary, not_atomic(&group, &faults)));
    }
    let n_faults = u64::try_from(faults.len()).unwrap_or(0);
    for (index, fault) in faults {
        let at = i64::try_from(index).unwrap_or(-1);
        summary.rejected.insert(index);
        summary.conflicts.push(Conflict::with_args(
            fault.code,
            &fault.args,
            fault.message,
            vec![at],
        ));
    }

    let doomed = scope(context, &group);
    let n_deleted = u64::try_from(doomed.len()).unwrap_or(0);
    let n_valid = u64::try_from(valid.len()).unwrap_or(0);
    // The counter of a deleting strategy shows the values alone: x-del-strategy-delete.
    summary.deleted = if options.deletes() { 0 } else { n_deleted };
    let written = if options.dry_run || !is_lost(context, &valid) { n_valid } else { 0 };
    let is_written = written == n_valid;
    if !options.dry_run && is_written {
        clear(context, doomed);
        write(context, valid, options.deletes());
    }
    if options.deletes() {
        summary.deleted += written;
    } else {
        summary.updated = written;
    }
    summary.ignored = n_valid - written + n_faults;
    summary.status = match (n_faults, written) {
        (0, _) => Status::Success,
        (_, 0) => Status::Error,
        _ => Status::Warning,
    };
    if summary.ignored == 0
        && let Some((date, unit, period)) = &group.complete
    {
        summary.data_set_complete = Some(date.to_string());
        if !options.dry_run {
            register(context, &set_id, period, unit, &group, *date);
        }
    }
    Ok(summary)
}

/// Why a whole group or one value is refused.
struct Refusal {
    code: &'static str,
    args: String,
    message: String,
}

impl Refusal {
    fn new(code: &'static str, args: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, args: args.into(), message: message.into() }
    }
}

fn list(ids: &[String]) -> String {
    format!("[{}]", ids.join(", "))
}

/// Each text once, in the order of first use.
fn distinct<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut seen = HashSet::new();
    texts.filter(|text| seen.insert((*text).clone())).cloned().collect()
}

/// The data set named, or the only one with the elements.
fn data_set_of(context: &Context<'_>, group: &Decoded) -> Result<String, Refusal> {
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
fn check_group(context: &Context<'_>, group: &Decoded, set_id: &str) -> Result<(), Refusal> {
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
    check_duplicates(group)?;
    if let Some(set) = set {
        check_timing(context, group, set)?;
    }
    check_unit_dates(context, group)
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

/// A value that is good, with the text to store.
struct Good<'a> {
    item: &'a Item,
    value: Option<String>,
}

fn check_values<'a>(
    context: &Context<'_>,
    group: &'a Decoded,
    options: &Options,
) -> (Vec<Good<'a>>, Vec<(usize, Refusal)>) {
    let mut good = Vec::new();
    let mut faults = Vec::new();
    for (index, item) in group.items.iter().enumerate() {
        match check_value(context, item, index, options.deletes()) {
            Ok(value) => good.push(Good { item, value }),
            Err(refusal) => faults.push((index, refusal)),
        }
    }
    (good, faults)
}

fn check_value(
    context: &Context<'_>,
    item: &Item,
    index: usize,
    deletes: bool,
) -> Result<Option<String>, Refusal> {
    if item.deleted || deletes {
        return Ok(item.value.clone().filter(|value| !value.is_empty()));
    }
    let Some(text) = item.value.as_ref().filter(|value| !value.is_empty()) else {
        let message = format!("Value #{index} value is required");
        return Err(Refusal::new("E8120", index.to_string(), message));
    };
    let Some(element) = context.catalog.element(&item.data_element) else {
        return Ok(Some(text.clone()));
    };
    let kind = &element.value_type;
    let stored = value_type::check(kind, text, true).map_err(|fault| {
        let message = format!("Value #{index} value `{text}` is no valid {kind}: {fault}");
        Refusal::new("E8122", format!("{index}-{text}-{kind}-{fault}"), message)
    })?;
    if let Some(set) = &element.option_set
        && !context.catalog.has_option(set, text)
    {
        let message = format!("Value #{index} value `{text}` is not an option of option set {set}");
        return Err(Refusal::new("E8123", format!("{index}-{text}-{set}"), message));
    }
    if item.comment.as_ref().is_some_and(|comment| comment.chars().count() > 5000) {
        let message = format!("Value #{index} comment too long (max 5,000 characters)`");
        return Err(Refusal::new("E8125", format!("{index}-5000"), message));
    }
    Ok(Some(stored))
}

/// A single value keeps its own code, with the arguments in the wrong places
/// (x-atomic-single-bad).
fn not_atomic(group: &Decoded, faults: &[(usize, Refusal)]) -> Refusal {
    let n = group.items.len();
    let n_good = n - faults.len();
    let Some((_, first)) = faults.first() else { return Refusal::new("E8000", "", "") };
    if n == 1 {
        let args = format!("[{}]", first.args.split('-').collect::<Vec<_>>().join(", "));
        let message = match first.code {
            "E8122" => format!("Value #{args} value `{{1}}` is no valid {{2}}: {{3}}"),
            _ => first.message.clone(),
        };
        return Refusal::new(first.code, args, message);
    }
    let message = format!(
        "Atomic mode requires all values to be valid but only {n_good}/{n} were. First issue: {}",
        first.message
    );
    Refusal::new("E8000", format!("{n_good}-{n}-{}", first.message), message)
}

/// The rows a deletion block reaches, those already deleted included.
fn scope(context: &Context<'_>, group: &Decoded) -> Vec<Key> {
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
fn is_lost(context: &Context<'_>, values: &[Good<'_>]) -> bool {
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

fn clear(context: &mut Context<'_>, keys: Vec<Key>) {
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

fn write(context: &mut Context<'_>, values: Vec<Good<'_>>, deletes: bool) {
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

fn register(
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
