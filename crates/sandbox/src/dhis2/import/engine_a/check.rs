//! What is looked at in each value, and in which order.

use super::{
    super::{Conflict, Context, ImportFault, Options, Resolver, Timing, timing},
    Target,
};
use crate::dhis2::{
    catalog::DataSet,
    payload::{ComboRef, InValue},
    period::Period,
    value_type,
    values::Key,
};

/// All checks of one value, the first fault being the verdict (facts §3.4).
pub(super) fn check(
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
    check_attribute(context, &key, &period)?;
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

/// The days and units of the attribute options (facts §4.4 and §8.2; not recorded).
fn check_attribute(context: &Context<'_>, key: &Key, period: &Period) -> Result<(), Conflict> {
    let combo = key.attribute_option_combo.as_str();
    if context.catalog.is_outside_dates(combo, period) {
        let id = &key.period;
        let message =
            format!("Period: `{id}` is not within date range of attribute option combo: `{combo}`");
        let objects = [("period", id.as_str()), ("categoryOptionCombo", combo)];
        return Err(Conflict::about("E7638", &objects, message).on("period"));
    }
    if context.catalog.is_outside_units(combo, &key.org_unit) {
        let unit = &key.org_unit;
        let message = format!(
            "Organisation unit: `{unit}` is not valid for attribute option combo: `{combo}`"
        );
        let objects = [("organisationUnit", unit.as_str()), ("categoryOptionCombo", combo)];
        return Err(Conflict::about("E7639", &objects, message).on("orgUnit"));
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
