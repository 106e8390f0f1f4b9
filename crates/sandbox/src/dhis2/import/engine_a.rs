//! The value-wise engine, up to 2.42: each value is looked at and written for itself.

use std::collections::HashSet;

use super::{
    Conflict, Context, ImportFault, Options, Resolver, Scheme, Status, Summary, Timing, timing,
};
use crate::dhis2::{
    catalog::{DataSet, moment},
    payload::{ComboRef, Group, InValue},
    period::Period,
    value_type,
    values::{Completion, Key, Row},
};

/// Characters of the statement that collects new rows; then it is sent.
const BUFFER_CHARS: usize = 200_000;
/// About what a row takes in it besides value and comment.
const ROW_CHARS: usize = 105;

/// Imports one data value set.
pub(crate) fn import_by_value(
    context: &mut Context<'_>,
    group: &Group,
    options: &Options,
    default_scheme: Scheme,
) -> Summary {
    let mut options = options.clone();
    options.override_by(&group.header);
    let mut summary = Summary::new(Some(options.echo()));
    summary.description = Some("Import process completed successfully".to_owned());
    let mut resolver = Resolver::new(context.store, &options, default_scheme);

    let header = match Target::of(context, group, &mut resolver) {
        Ok(header) => header,
        Err(conflicts) => {
            summary.status = Status::Error;
            summary.description = Some("Import process was aborted".to_owned());
            summary.conflicts = conflicts;
            return summary;
        }
    };
    let has_nul = |value: &InValue| {
        [&value.value, &value.comment].into_iter().flatten().any(|text| text.contains('\0'))
    };
    if matches!(context.fault, Some(ImportFault::LostCall | ImportFault::FlushFailed))
        || group.values.iter().any(has_nul)
    {
        return Summary::failed(
            Some(options.echo()),
            "The import process failed: Failed to flush BatchHandler",
        );
    }
    match complete(context, group, &header) {
        Ok(complete) => summary.data_set_complete = Some(complete),
        Err(Incomplete::Date(text)) => {
            return Summary::failed(
                Some(options.echo()),
                &format!(
                    "The import process failed: Text '{text}' could not be parsed{}",
                    date_fault(&text)
                ),
            );
        }
        Err(Incomplete::Lacks(conflict)) => summary.conflicts.push(conflict),
    }

    let mut writer = Writer { buffered: HashSet::new(), n_chars: 0 };
    for (index, value) in group.values.iter().enumerate() {
        match check(context, value, &header, &options, &mut resolver) {
            Err(conflict) => summary.refuse(index, conflict),
            Ok(key) => writer.write(context, key, value, &options, index, &mut summary),
        }
    }
    if !summary.conflicts.is_empty() {
        summary.status = Status::Warning;
    }
    summary
}

/// What the header resolves to.
struct Target<'a> {
    data_set: Option<&'a DataSet>,
    period: Option<Period>,
    org_unit: Option<String>,
    attribute_option_combo: Option<String>,
}

impl<'a> Target<'a> {
    fn of(
        context: &Context<'a>,
        group: &Group,
        resolver: &mut Resolver<'_>,
    ) -> Result<Self, Vec<Conflict>> {
        let header = &group.header;
        let mut conflicts = Vec::new();
        let mut data_set = None;
        if let Some(text) = &header.data_set {
            let found = resolver.find("dataSets", "dataSet", text);
            let object = found.as_deref().and_then(|id| context.store.get("dataSets", id));
            match object {
                Some(object) if context.account.sees(object, 0, b'r') => {
                    if !context.account.sees(object, 3, b'w') {
                        let message =
                            format!("User does not have write access for data set: `{text}`");
                        conflicts.push(
                            Conflict::about("E7601", &[("dataSet", text)], message).on("dataSet"),
                        );
                    }
                    data_set = found.as_deref().and_then(|id| context.catalog.data_set(id));
                }
                _ => {
                    let message = format!("Data set not found or not accessible: `{text}`");
                    conflicts.push(
                        Conflict::about("E7600", &[("dataSet", text)], message).on("dataSet"),
                    );
                }
            }
        }
        let set_text = header.data_set.as_deref();
        let with_set = |kind: &'static str, text: &str, code, message, property| {
            let mut objects = vec![(kind, text)];
            objects.extend(set_text.map(|set| ("dataSet", set)));
            Conflict::about(code, &objects, message).on(property)
        };
        let org_unit = header.org_unit.as_ref().map(|text| {
            resolver.find("organisationUnits", "orgUnit", text).ok_or_else(|| {
                let message = format!("Org unit not found or not accessible: `{text}`");
                with_set("organisationUnit", text, "E7603", message, "orgUnit")
            })
        });
        let combo = header.attribute_option_combo.as_ref().map(|combo| {
            let text = combo.printed();
            // It goes by the scheme of category option combinations: facts §3.3.
            resolver.find("categoryOptionCombos", "categoryOptionCombo", &text).ok_or_else(|| {
                let message =
                    format!("Attribute option combo not found or not accessible: `{text}`");
                with_set("categoryOptionCombo", &text, "E7604", message, "attributeOptionCombo")
            })
        });
        let mut keep = |found: Option<Result<String, Conflict>>| match found {
            Some(Err(conflict)) => {
                conflicts.push(conflict);
                None
            }
            Some(Ok(id)) => Some(id),
            None => None,
        };
        let org_unit = keep(org_unit);
        let attribute_option_combo = keep(combo);
        if !conflicts.is_empty() {
            return Err(conflicts);
        }
        // A header period that is none is passed over: x-head-bad-period.
        let period = header.period.as_deref().and_then(Period::parse);
        Ok(Self { data_set, period, org_unit, attribute_option_combo })
    }
}

enum Incomplete {
    Date(String),
    Lacks(Conflict),
}

/// Registers completeness: before any value is looked at, and on a dry run too
/// (complete-date-with-bad-value, x-cpl-dryrun).
fn complete(
    context: &mut Context<'_>,
    group: &Group,
    header: &Target<'_>,
) -> Result<String, Incomplete> {
    let not = || Ok("false".to_owned());
    let Some(text) = group.header.complete_date.as_deref() else { return not() };
    let today = context.now.date_naive();
    let date = match text {
        "false" => return not(),
        "true" => today,
        _ if text.len() == 10 => text.parse().map_err(|_| Incomplete::Date(text.to_owned()))?,
        _ => return Err(Incomplete::Date(text.to_owned())),
    };
    let date = if date > today { today } else { date };
    let Some(set) = header.data_set else { return not() };
    let lacks = |what: &str| {
        Incomplete::Lacks(Conflict::plain(what, "Must be provided to complete data set"))
    };
    let unit = header.org_unit.as_ref().ok_or_else(|| lacks("OrganisationUnit"))?;
    let period = header.period.ok_or_else(|| lacks("Period"))?;
    let combo = header
        .attribute_option_combo
        .clone()
        .unwrap_or_else(|| context.catalog.default_option_combo().to_owned());
    let completion =
        Completion { date, stored_by: context.account.username.clone(), completed: true };
    context
        .values
        .completions
        .insert((set.id.clone(), period.id(), unit.clone(), combo), completion);
    context.values.periods.insert(period.id());
    Ok(date.to_string())
}

/// Where Java's parser stops in a text that is no date.
fn date_fault(text: &str) -> &'static str {
    if text.get(..10).is_some_and(|day| day.parse::<chrono::NaiveDate>().is_ok()) {
        ", unparsed text found at index 10"
    } else {
        " at index 0"
    }
}

/// All checks of one value, the first fault being the verdict (facts §3.4).
fn check(
    context: &Context<'_>,
    value: &InValue,
    header: &Target<'_>,
    options: &Options,
    resolver: &mut Resolver<'_>,
) -> Result<Key, Conflict> {
    let element_text = value.data_element.as_deref();
    let element_id = element_text
        .and_then(|text| resolver.find("dataElements", "dataElement", text))
        .filter(|id| {
            context.store.get("dataElements", id).is_some_and(|o| context.account.sees(o, 0, b'r'))
        })
        .ok_or_else(|| {
            unknown("E7610", "dataElement", element_text, "dataElement", |text| {
                format!("Data element not found or not accessible: `{text}`")
            })
        })?;
    let no_period = |text: Option<&str>| {
        unknown("E7611", "period", text, "period", |text| format!("Period not valid: `{text}`"))
    };
    let period_text = value.period.as_deref();
    let period = header
        .period
        .or_else(|| period_text.and_then(Period::parse))
        .ok_or_else(|| no_period(period_text))?;
    if let Some(ImportFault::PeriodRace(lost)) = &context.fault
        && *lost == period.id()
    {
        return Err(no_period(Some(lost)));
    }
    let unit_text = value.org_unit.as_deref();
    let unit_id = header
        .org_unit
        .clone()
        .or_else(|| unit_text.and_then(|t| resolver.find("organisationUnits", "orgUnit", t)))
        .ok_or_else(|| {
            unknown("E7612", "organisationUnit", unit_text, "orgUnit", |text| {
                format!("Organisation unit not found or not accessible: `{text}`")
            })
        })?;
    let mut combo = |given: Option<&ComboRef>, code, property, what: &str| match given {
        None => Ok(None),
        Some(ComboRef::Options(_)) => Ok(None),
        Some(ComboRef::Id(text)) => resolver
            .find("categoryOptionCombos", "categoryOptionCombo", text)
            .map(Some)
            .ok_or_else(|| {
                unknown(code, "categoryOptionCombo", Some(text), property, |text| {
                    format!(
                        "{what} option combo not found or not accessible for writing data: `{text}`"
                    )
                })
            }),
    };
    let category =
        combo(value.category_option_combo.as_ref(), "E7613", "categoryOptionCombo", "Category")?;
    writable(context, category.as_deref(), "E7614", "category")?;
    let attribute =
        combo(value.attribute_option_combo.as_ref(), "E7615", "attributeOptionCombo", "Attribute")?;
    writable(context, attribute.as_deref(), "E7616", "attribute")?;

    let user = context.account;
    if !context.catalog.unit(&unit_id).is_some_and(|unit| user.captures(&unit.path)) {
        let message = format!(
            "Organisation unit: `{unit_id}` not in hierarchy of current user: `{}`",
            user.id
        );
        let objects = [("organisationUnit", unit_id.as_str()), ("user", user.id.as_str())];
        return Err(Conflict::about("E7617", &objects, message).on("orgUnit"));
    }
    check_value(context, value, &element_id, options)?;

    let has_attribute = attribute.is_some() || header.attribute_option_combo.is_some();
    for (required, given, code, what, property) in [
        (
            "requireCategoryOptionCombo",
            category.is_some(),
            "E7630",
            "Category",
            "categoryOptionCombo",
        ),
        (
            "requireAttributeOptionCombo",
            has_attribute,
            "E7631",
            "Attribute",
            "attributeOptionCombo",
        ),
    ] {
        if options.is(required) && !given {
            let message = format!("{what} option combo is required but is not specified");
            return Err(Conflict::about(code, &[], message).on(property));
        }
    }
    let default = || context.catalog.default_option_combo().to_owned();
    let key = Key {
        data_element: element_id,
        period: period.id(),
        org_unit: unit_id,
        category_option_combo: category.unwrap_or_else(default),
        attribute_option_combo: header
            .attribute_option_combo
            .clone()
            .or(attribute)
            .unwrap_or_else(default),
    };
    check_strictly(context, &key, &period, header, options)?;
    if let Some(stored_by) = &value.stored_by
        && stored_by.len() > 255
    {
        let message = format!("Stored by length is greater than max length: `{stored_by}`");
        return Err(Conflict::about("E7637", &[("dataElement", &key.data_element)], message));
    }
    check_timing(context, &key, &period, header, options)?;
    Ok(key)
}

fn unknown(
    code: &'static str,
    kind: &'static str,
    text: Option<&str>,
    property: &'static str,
    message: impl Fn(&str) -> String,
) -> Conflict {
    let message = message(text.unwrap_or("null"));
    let objects: Vec<(&str, &str)> = text.map(|text| (kind, text)).into_iter().collect();
    Conflict::about(code, &objects, message).on(property)
}

/// Data write access to the options of a combination.
fn writable(
    context: &Context<'_>,
    combo: Option<&str>,
    code: &'static str,
    what: &'static str,
) -> Result<(), Conflict> {
    let options = combo
        .and_then(|combo| context.catalog.option_combo(combo))
        .into_iter()
        .flat_map(|combo| &combo.options);
    for option in options {
        let object = context.store.get("categoryOptions", option);
        if object.is_some_and(|object| !context.account.sees(object, 3, b'w')) {
            let combo = combo.unwrap_or_default();
            let message = format!(
                "User: `{}` is not allowed to write data to {what} option combo: `{combo}`",
                context.account.id
            );
            return Err(Conflict::about(code, &[("categoryOptionCombo", combo)], message));
        }
    }
    Ok(())
}

fn check_value(
    context: &Context<'_>,
    value: &InValue,
    element_id: &str,
    options: &Options,
) -> Result<(), Conflict> {
    let about = [("dataElement", element_id)];
    let deletes = value.deleted == Some(true) || options.deletes();
    if value.value.is_none() && value.comment.is_none() && !deletes {
        let message =
            format!("Data value or comment not specified for data element: `{element_id}`");
        return Err(Conflict::about("E7618", &about, message).on("value"));
    }
    let Some(element) = context.catalog.element(element_id) else { return Ok(()) };
    if let Some(text) = &value.value {
        if let Err(fault) = value_type::check(&element.value_type, text, false) {
            let message = format!(
                "Value must match value type of data element `{element_id}`: `{}`",
                value_type::sentence(fault)
            );
            let objects = [("dataElement", element_id), ("value", fault)];
            return Err(Conflict::about("E7619", &objects, message).on("value"));
        }
        if let Some(set) = &element.option_set
            && !context.catalog.has_option(set, text)
        {
            let message = format!(
                "Data value is not a valid option of the data element option set: `{element_id}`"
            );
            return Err(Conflict::about("E7621", &about, message).on("value"));
        }
    }
    if value.comment.as_ref().is_some_and(|comment| comment.chars().count() > 50_000) {
        let message = "Comment length is greater than max length".to_owned();
        return Err(Conflict::about("E7620", &about, message).on("comment"));
    }
    Ok(())
}

/// The checks that only the strict options switch on. They go by all data sets of the element.
fn check_strictly(
    context: &Context<'_>,
    key: &Key,
    period: &Period,
    header: &Target<'_>,
    options: &Options,
) -> Result<(), Conflict> {
    let element = key.data_element.as_str();
    let sets = || context.catalog.data_sets().filter(move |set| set.elements.contains_key(element));
    if options.is("strictPeriods") && !sets().any(|set| set.kind == period.kind) {
        let id = &key.period;
        let message =
            format!("Period type of period: `{id}` not valid for data element: `{element}`");
        return Err(Conflict::about("E7632", &[("period", id), ("dataElement", element)], message));
    }
    if let Some(set) = header.data_set
        && options.is("strictDataElements")
        && !set.elements.contains_key(element)
    {
        let id = &set.id;
        let message = format!("Data element: `{element}` is not part of dataset(s): `{id}`");
        let objects = [("dataElement", element), ("dataSet", id)];
        return Err(Conflict::about("E7633", &objects, message).on("dataElement"));
    }
    let combo = &key.category_option_combo;
    let fits = |set: Option<&DataSet>| {
        context.catalog.is_in_combo(combo, context.catalog.combo_in(set, element))
    };
    if options.is("strictCategoryOptionCombos") && !fits(None) && !sets().any(|set| fits(Some(set)))
    {
        let message = format!(
            "Category option combo: `{combo}` must be part of category combo of data element: `{element}`"
        );
        let objects = [("categoryOptionCombo", combo.as_str()), ("dataElement", element)];
        return Err(Conflict::about("E7634", &objects, message).on("categoryOptionCombo"));
    }
    let combo = &key.attribute_option_combo;
    if options.is("strictAttributeOptionCombos")
        && !sets().any(|set| context.catalog.is_in_combo(combo, &set.combo))
    {
        let message = format!(
            "Attribute option combo: `{combo}` must be part of category combo of data sets of data element: `{element}`"
        );
        let objects = [("categoryOptionCombo", combo.as_str()), ("dataElement", element)];
        return Err(Conflict::about("E7635", &objects, message).on("attributeOptionCombo"));
    }
    let unit = key.org_unit.as_str();
    if options.is("strictOrganisationUnits") && !sets().any(|set| set.units.contains(unit)) {
        let message = format!(
            "Data element: `{element}` must be assigned through data sets to organisation unit: `{unit}`"
        );
        let objects = [("organisationUnit", unit), ("dataElement", element)];
        return Err(Conflict::about("E7636", &objects, message).on("orgUnit"));
    }
    Ok(())
}

fn check_timing(
    context: &Context<'_>,
    key: &Key,
    period: &Period,
    header: &Target<'_>,
    options: &Options,
) -> Result<(), Conflict> {
    if options.is("force") && context.account.is_super() {
        return Ok(());
    }
    let combo = context.catalog.option_combo(&key.attribute_option_combo).map(|c| c.combo.as_str());
    let sets: Vec<&DataSet> = match header.data_set {
        Some(set) => vec![set],
        None => context
            .catalog
            .data_sets()
            .filter(|set| {
                set.elements.contains_key(&key.data_element)
                    && set.units.contains(&key.org_unit)
                    && Some(set.combo.as_str()) == combo
            })
            .collect(),
    };
    for set in sets {
        let id = key.period.as_str();
        let (element, set_id) = (key.data_element.as_str(), set.id.as_str());
        match timing(context, set, period, &key.org_unit) {
            Timing::Expired if !context.account.may("F_EDIT_EXPIRED") => {
                let message = format!(
                    "Current date is past expiry days for period: `{id}`  and data set: `{set_id}`"
                );
                let objects = [("period", id), ("dataSet", set_id)];
                return Err(Conflict::about("E7640", &objects, message).on("period"));
            }
            Timing::Future(latest) => {
                let message = format!(
                    "Period: `{id}` is after latest open future period: `{latest}` for data element: `{element}` and data set: `{set_id}`"
                );
                let objects = [("period", id), ("dataElement", element), ("dataSet", set_id)];
                return Err(Conflict::about("E7641", &objects, message).on("period"));
            }
            Timing::NotInput => {
                let message = format!(
                    "Period: `{id}` is not open for this data set at this time: `{set_id}`"
                );
                let objects = [("period", id), ("dataSet", set_id)];
                return Err(Conflict::about("E7643", &objects, message).on("period"));
            }
            Timing::Open | Timing::Expired => {}
        }
    }
    Ok(())
}

/// Writes checked values. New rows wait in a buffer, so a cell that comes twice in a call is
/// dropped without being counted (import-duplicates).
struct Writer {
    buffered: HashSet<Key>,
    n_chars: usize,
}

impl Writer {
    fn write(
        &mut self,
        context: &mut Context<'_>,
        key: Key,
        sent: &InValue,
        options: &Options,
        index: usize,
        summary: &mut Summary,
    ) {
        let now = context.now;
        let user = context.account.username.clone();
        let mut row = Row {
            value: sent.value.as_deref().map(|text| text.trim().to_owned()),
            comment: sent.comment.as_deref().map(|text| text.trim().to_owned()),
            followup: sent.followup.unwrap_or(false),
            stored_by: sent.stored_by.clone().unwrap_or_else(|| user.clone()),
            created: now,
            last_updated: now,
            deleted: sent.deleted == Some(true),
        };
        if context.version.minor() <= 40 {
            let given = |text: &Option<String>| text.as_deref().and_then(moment);
            row.created = given(&sent.created).unwrap_or(now);
            row.last_updated = given(&sent.last_updated).unwrap_or(now);
        }
        let element = context.catalog.element(&key.data_element);
        let empty_zero = row.value.as_deref().is_some_and(value_type::is_zero)
            && element.is_some_and(|element| {
                !element.zero_significant
                    && !matches!(element.aggregation.as_str(), "AVERAGE" | "AVERAGE_SUM_ORG_UNIT")
            });
        let blank = row.value.as_deref() == Some("");

        let known = if self.buffered.contains(&key) { None } else { context.values.rows.get(&key) };
        let Some(known) = known.cloned() else {
            if matches!(options.strategy.as_str(), "UPDATE" | "DELETE") {
                summary.ignored += 1;
                summary.rejected.insert(index);
            } else if (row.deleted && row.value.is_none()) || blank {
                summary.ignored += 1;
            } else if empty_zero {
                // Neither stored nor counted: import-zero-not-significant.
            } else if options.dry_run {
                summary.imported += 1;
            } else if !self.buffered.contains(&key) {
                summary.imported += 1;
                self.buffer(&key, &row);
                context.values.periods.insert(key.period.clone());
                context.values.rows.insert(key, row);
            }
            return;
        };

        if options.deletes() || (row.deleted && !known.deleted) {
            if known.deleted {
                summary.ignored += 1;
                summary.rejected.insert(index);
                return;
            }
            row.deleted = true;
            summary.deleted += 1;
            Self::update(context, &key, known, row, "DELETE", options.dry_run);
        } else if row.deleted && row.value.is_none() {
            summary.ignored += 1;
        } else if known.deleted {
            if options.strategy == "UPDATE" {
                summary.ignored += 1;
                summary.rejected.insert(index);
                return;
            }
            // A deleted row comes back, even with a zero that is not significant: x-zero-2.
            summary.imported += 1;
            Self::update(context, &key, known, row, "UPDATE", options.dry_run);
        } else if options.strategy == "CREATE" {
            summary.ignored += 1;
            summary.rejected.insert(index);
        } else if empty_zero && context.version.minor() <= 36 {
            summary.ignored += 1;
        } else if empty_zero || blank {
            row.deleted = true;
            summary.deleted += 1;
            Self::update(context, &key, known, row, "DELETE", options.dry_run);
        } else {
            let same = known.value == row.value
                && known.comment == row.comment
                && known.followup == row.followup;
            if same && context.version.ignores_unchanged() {
                summary.ignored += 1;
                return;
            }
            summary.updated += 1;
            Self::update(context, &key, known, row, "UPDATE", options.dry_run);
        }
    }

    fn update(
        context: &mut Context<'_>,
        key: &Key,
        known: Row,
        mut row: Row,
        kind: &'static str,
        dry_run: bool,
    ) {
        if dry_run {
            return;
        }
        row.created = known.created;
        let user = context.account.username.clone();
        if !known.deleted {
            context.values.audit(key, known.value, kind, &user, context.now);
        }
        context.values.rows.insert(key.clone(), row);
    }

    fn buffer(&mut self, key: &Key, row: &Row) {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        self.n_chars += ROW_CHARS + text(&row.value) + text(&row.comment);
        if self.n_chars > BUFFER_CHARS {
            self.n_chars = 0;
            self.buffered.clear();
        }
        self.buffered.insert(key.clone());
    }
}
