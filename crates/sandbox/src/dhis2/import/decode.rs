//! Texts of a group to ids and periods, as 2.43 does it: the first fault ends the call.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{Context, Resolver, Scheme};
use crate::dhis2::{
    catalog::moment,
    metadata::is_uid,
    payload::{ComboRef, Deletion, ElementCombo, Group, InValue, Unreadable},
    period::Period,
};

/// A group whose texts have a meaning, if not necessarily an object.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    pub(crate) data_set: Option<String>,
    pub(crate) items: Vec<Item>,
    pub(crate) deletion: Option<Scope>,
    /// Date, unit and period of completeness.
    pub(crate) complete: Option<(NaiveDate, String, Period)>,
    pub(crate) attribute_option_combo: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) data_element: String,
    pub(crate) period: Period,
    pub(crate) org_unit: String,
    pub(crate) category_option_combo: Option<String>,
    pub(crate) attribute_option_combo: Option<String>,
    pub(crate) value: Option<String>,
    pub(crate) comment: Option<String>,
    pub(crate) followup: bool,
    pub(crate) deleted: bool,
}

/// What addresses a value as it was sent: element, unit, combinations, period.
pub(crate) type SentKey<'a> = (&'a str, &'a str, Option<&'a str>, Option<&'a str>, Period);

impl Item {
    pub(crate) fn key(&self) -> SentKey<'_> {
        (
            &self.data_element,
            &self.org_unit,
            self.category_option_combo.as_deref(),
            self.attribute_option_combo.as_deref(),
            self.period,
        )
    }
}

#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) org_units: Vec<String>,
    pub(crate) periods: Vec<Period>,
    pub(crate) elements: Vec<ElementCombo>,
}

pub(crate) fn decode(
    context: &Context<'_>,
    group: &Group,
    resolver: &mut Resolver<'_>,
) -> Result<Decoded, Unreadable> {
    let header = &group.header;
    let data_set = match header.data_set.as_deref() {
        None => None,
        Some(text) if resolver.scheme("dataSet") == Scheme::Uid => {
            if !is_uid(text) {
                let message = format!("Data set UID not valid: `{text}`");
                return Err(Unreadable::Conflict("E8004", text.to_owned(), message));
            }
            Some(text.to_owned())
        }
        Some(text) => Some(resolver.find("dataSets", "dataSet", text).ok_or_else(|| {
            Unreadable::Conflict("E8005", text.to_owned(), format!("Data set not found: `{text}`"))
        })?),
    };
    let period = match header.period.as_deref().filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => Some(Period::parse(text).ok_or_else(Unreadable::no_group)?),
    };
    let complete = match header.complete_date.as_deref().filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => {
            let date = moment(text).ok_or_else(|| {
                let message =
                    format!("Data set `completeDate` is not a valid date string: `{text}`");
                Unreadable::Conflict("E8008", text.to_owned(), message)
            })?;
            let unit = header.org_unit.as_deref();
            let (Some(_), Some(unit), Some(period)) = (&data_set, unit, period) else {
                let message = "Data set `completeDate` requires data set, org unit, period and attribute option combo to be defined at the group level.";
                return Err(Unreadable::Conflict("E8009", String::new(), message.to_owned()));
            };
            let unit = resolver
                .find("organisationUnits", "orgUnit", unit)
                .unwrap_or_else(|| unit.to_owned());
            Some((date.date_naive(), unit, period))
        }
    };
    let deletion = header.deletion.as_ref().map(|block| scope(block, resolver)).transpose()?;
    let attribute_option_combo = match &header.attribute_option_combo {
        Some(ComboRef::Id(text)) => resolver
            .find("categoryOptionCombos", "attributeOptionCombo", text)
            .or_else(|| Some(text.clone())),
        _ => None,
    };
    let mut items = Vec::with_capacity(group.values.len());
    for (index, value) in group.values.iter().enumerate() {
        items.push(item(context, value, index, group, data_set.as_deref(), resolver)?);
    }
    Ok(Decoded { data_set, items, deletion, complete, attribute_option_combo })
}

fn item(
    context: &Context<'_>,
    value: &InValue,
    index: usize,
    group: &Group,
    data_set: Option<&str>,
    resolver: &mut Resolver<'_>,
) -> Result<Item, Unreadable> {
    let header = &group.header;
    let given = |own: &Option<String>, of_header: &Option<String>| {
        own.clone()
            .filter(|text| !text.is_empty())
            .or_else(|| of_header.clone())
            .filter(|t| !t.is_empty())
    };
    let missing = |code, what: &str| {
        let shown = printed(value);
        let message = format!("Value #{index} {what} not defined in group or value: `{shown}`");
        Unreadable::Conflict(code, format!("{index}-{shown}"), message)
    };
    let period = given(&value.period, &header.period).ok_or_else(|| missing("E8100", "period"))?;
    let element_text =
        given(&value.data_element, &None).ok_or_else(|| missing("E8102", "data element"))?;
    let unit_text =
        given(&value.org_unit, &header.org_unit).ok_or_else(|| missing("E8105", "org unit"))?;
    let period = Period::parse(&period).ok_or_else(Unreadable::no_group)?;

    let mut named = |of: &'static str,
                     kind: &str,
                     text: &str,
                     codes: (&'static str, &'static str),
                     what: &str,
                     verb: &str| {
        let fault = |code, rest: &str| {
            let message = format!("Value #{index} {what} {rest}: `{text}`");
            Unreadable::Conflict(code, format!("{index}-{text}"), message)
        };
        if resolver.scheme(kind) != Scheme::Uid {
            return resolver.find(of, kind, text).ok_or_else(|| fault(codes.1, "not found"));
        }
        if is_uid(text) { Ok(text.to_owned()) } else { Err(fault(codes.0, verb)) }
    };
    let data_element = named(
        "dataElements",
        "dataElement",
        &element_text,
        ("E8104", "E8103"),
        "data element",
        "UID not valid",
    )?;
    let org_unit = named(
        "organisationUnits",
        "orgUnit",
        &unit_text,
        ("E8106", "E8107"),
        "org unit",
        "UID is not valid",
    )?;
    let mut combo = |given: Option<&ComboRef>, kind: &str, what: &str, codes| match given {
        Some(ComboRef::Id(text)) => {
            named("categoryOptionCombos", kind, text, codes, what, "UID is not valid").map(Some)
        }
        _ => Ok(None),
    };
    let attribute =
        value.attribute_option_combo.as_ref().or(header.attribute_option_combo.as_ref());
    let attribute_option_combo =
        combo(attribute, "attributeOptionCombo", "attribute option combo", ("E8111", "E8110"))?;
    let category_option_combo = match &value.category_option_combo {
        Some(ComboRef::Options(options)) => {
            Some(by_options(context, options, index, &data_element, data_set, resolver)?)
        }
        given => combo(
            given.as_ref(),
            "categoryOptionCombo",
            "category option combo",
            ("E8109", "E8108"),
        )?,
    };
    Ok(Item {
        data_element,
        period,
        org_unit,
        category_option_combo,
        attribute_option_combo,
        value: value.value.clone(),
        comment: value.comment.clone(),
        followup: value.followup.unwrap_or(false),
        deleted: value.deleted.unwrap_or(false),
    })
}

/// The combination that a category → option object means.
fn by_options(
    context: &Context<'_>,
    options: &BTreeMap<String, String>,
    index: usize,
    element: &str,
    data_set: Option<&str>,
    resolver: &mut Resolver<'_>,
) -> Result<String, Unreadable> {
    let shown = ComboRef::Options(options.clone()).printed();
    let fault = |code, what: &str| {
        let message = format!("Value #{index} {what}: `{shown}`");
        Unreadable::Conflict(code, format!("{index}-{shown}"), message)
    };
    let Some(set) = data_set else {
        return Err(fault("E8101", "data set is required to decode category options"));
    };
    let set = context.catalog.data_set(set);
    if !set.is_some_and(|set| set.elements.contains_key(element)) {
        return Err(Unreadable::no_group());
    }
    let wanted: Option<BTreeSet<String>> = options
        .iter()
        .map(|(category, option)| {
            resolver.find("categories", "category", category)?;
            resolver.find("categoryOptions", "categoryOption", option)
        })
        .collect();
    let combo = context.catalog.combo_in(set, element);
    wanted
        .and_then(|wanted| context.catalog.combo_of_options(combo, &wanted))
        .map(str::to_owned)
        .ok_or_else(|| fault("E8108", "category option combo not found"))
}

fn scope(block: &Deletion, resolver: &mut Resolver<'_>) -> Result<Scope, Unreadable> {
    let mut named = |of: &'static str, kind: &str, text: &str| {
        if resolver.scheme(kind) != Scheme::Uid {
            return resolver.find(of, kind, text).ok_or_else(|| {
                let message = format!("Data set deletion scope ID does not exist: `{text}`");
                Unreadable::Conflict("E8034", text.to_owned(), message)
            });
        }
        if is_uid(text) {
            return Ok(text.to_owned());
        }
        let message = format!("Data set deletion scope ID is not a valid UID: `{text}`");
        Err(Unreadable::Conflict("E8035", text.to_owned(), message))
    };
    let org_units = block
        .org_units
        .iter()
        .flatten()
        .map(|text| named("organisationUnits", "orgUnit", text))
        .collect::<Result<_, _>>()?;
    let mut elements = Vec::new();
    for (element, category, attribute) in block.elements.iter().flatten() {
        let mut combo = |text: &Option<String>, kind: &str| {
            text.as_ref().map(|text| named("categoryOptionCombos", kind, text)).transpose()
        };
        let category = combo(category, "categoryOptionCombo")?;
        let attribute = combo(attribute, "attributeOptionCombo")?;
        elements.push((named("dataElements", "dataElement", element)?, category, attribute));
    }
    let periods = block
        .periods
        .iter()
        .flatten()
        .map(|text| Period::parse(text).ok_or_else(Unreadable::no_group))
        .collect::<Result<_, _>>()?;
    Ok(Scope { org_units, periods, elements })
}

/// A value as Java prints its record.
fn printed(value: &InValue) -> String {
    let text = |text: Option<&str>| text.unwrap_or("null").to_owned();
    let combo = |combo: Option<&ComboRef>| match combo {
        Some(ComboRef::Id(id)) => id.clone(),
        _ => "null".to_owned(),
    };
    let flag = |flag: Option<bool>| flag.map_or_else(|| "null".to_owned(), |flag| flag.to_string());
    let options = match (&value.category_options, &value.category_option_combo) {
        (Some(options), _) => ComboRef::Options(options.clone()).printed(),
        (None, Some(options @ ComboRef::Options(_))) => options.printed(),
        _ => "null".to_owned(),
    };
    format!(
        "Input[dataElement={}, orgUnit={}, categoryOptionCombo={}, categoryOptions={options}, attributeOptionCombo={}, attributeCombo=null, attributeOptions=null, period={}, value={}, comment={}, followUp={}, deleted={}]",
        text(value.data_element.as_deref()),
        text(value.org_unit.as_deref()),
        combo(value.category_option_combo.as_ref()),
        combo(value.attribute_option_combo.as_ref()),
        text(value.period.as_deref()),
        text(value.value.as_deref()),
        text(value.comment.as_deref()),
        flag(value.followup),
        flag(value.deleted),
    )
}
