//! The value-wise engine, up to 2.42: each value is looked at and written for itself.

mod check;
mod write;

use self::{check::check, write::Writer};
use super::{Conflict, Context, ImportFault, Options, Resolver, Scheme, Status, Summary};
use crate::dhis2::{
    catalog::DataSet,
    payload::{Group, InValue},
    period::Period,
    values::Completion,
};

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

    let mut writer = Writer::new();
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
pub(super) struct Target<'a> {
    pub(super) data_set: Option<&'a DataSet>,
    pub(super) period: Option<Period>,
    pub(super) org_unit: Option<String>,
    pub(super) attribute_option_combo: Option<String>,
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
