//! What is asked for, in ids, and what is wrong with it.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::dhis2::{
    catalog::{ids, moment},
    http::Query,
    import::{Scheme, name_in},
    metadata::View,
    period::Period,
    values::{Key, Row, Values},
    version::Dhis2Version,
};

/// What was asked for, in ids.
pub(crate) struct Wanted {
    elements: BTreeSet<String>,
    units: BTreeSet<String>,
    periods: BTreeSet<String>,
    range: Option<(NaiveDate, NaiveDate)>,
    attribute_combos: Vec<String>,
    since: Option<DateTime<Utc>>,
    deleted: bool,
    limit: Option<usize>,
    offset: usize,
    pub(crate) header: Header,
}

/// What goes into the head of the answer.
#[derive(Default)]
pub(crate) struct Header {
    pub(crate) data_set: Option<String>,
    pub(crate) period: Option<Period>,
    pub(crate) org_unit: Option<String>,
    pub(crate) attribute_option_combo: Option<String>,
}

type Fault = (&'static str, String);

pub(super) fn wanted(
    view: &View<'_>,
    query: &Query,
    version: Dhis2Version,
    now: DateTime<Utc>,
) -> Result<Wanted, Fault> {
    let engine_b = version.is_engine_b();
    let fault = |code, message: &str| Err((code, message.to_owned()));
    let find = |of: &'static str, kind: &str, text: &str| {
        let name = format!("input{}{}IdScheme", kind[..1].to_uppercase(), &kind[1..]);
        let scheme = query.first(&name).or_else(|| query.first("inputIdScheme")).unwrap_or("UID");
        let scheme = Scheme::parse(scheme);
        match view.store.get(of, text) {
            Some(_) if scheme == Scheme::Uid => Some(text.to_owned()),
            _ => view
                .store
                .all(of)
                .find(|(id, object)| name_in(&scheme, id, object).as_deref() == Some(text))
                .map(|(id, _)| id.clone()),
        }
    };
    let all = |name: &'static str, of: &'static str| -> (Vec<String>, usize) {
        let texts: Vec<&str> = query.all(name).flat_map(|text| text.split(',')).collect();
        (texts.iter().filter_map(|text| find(of, name, text)).collect(), texts.len())
    };
    let (sets, n_sets) = all("dataSet", "dataSets");
    let (mut elements, n_elements) = all("dataElement", "dataElements");
    let (groups, n_groups) = all("dataElementGroup", "dataElementGroups");
    let (roots, n_units) = all("orgUnit", "organisationUnits");
    let (unit_groups, n_unit_groups) = all("orgUnitGroup", "organisationUnitGroups");

    let no_data = if engine_b {
        n_sets + n_elements + n_groups == 0
    } else {
        sets.is_empty() && elements.is_empty() && groups.is_empty()
    };
    let data_fault = || {
        fault(
            "E2001",
            "At least one data element, data set or data element group must be specified",
        )
    };
    let unit_fault = || {
        fault(
            "E2006",
            "At least one organisation unit or organisation unit group must be specified",
        )
    };
    let no_units = n_units + n_unit_groups == 0;
    // 2.42 looks at the units first: readback-nothing-asked.
    if !engine_b && no_units && n_sets + n_elements + n_groups == 0 {
        return unit_fault();
    }
    if no_data {
        return data_fault();
    }
    let date =
        |name: &str| query.first(name).and_then(|text| text.get(..10)?.parse::<NaiveDate>().ok());
    let range = date("startDate").zip(date("endDate"));
    let periods: Vec<Period> =
        query.all("period").flat_map(|text| text.split(',')).filter_map(Period::parse).collect();
    let duration = query.first("lastUpdatedDuration");
    if query.first("period").is_none()
        && range.is_none()
        && query.first("lastUpdated").is_none()
        && duration.is_none()
    {
        return fault(
            "E2002",
            "At least one valid period, start/end dates, last updated or last updated duration must be specified",
        );
    }
    if !periods.is_empty() && range.is_some() {
        return fault("E2003", "Both periods and start/end date cannot be specified");
    }
    if range.is_some_and(|(start, end)| end < start) {
        return fault("E2004", "Start date must be before end date");
    }
    let since = match duration {
        Some(text) => match span(text) {
            Some(span) => Some(now - span),
            None => {
                return Err(("E2005", format!("Duration is not valid: `{text}`")));
            }
        },
        None => query.first("lastUpdated").and_then(moment),
    };
    if no_units {
        return unit_fault();
    }
    let children = query.is("children");
    if children && n_unit_groups > 0 {
        return fault(
            "E2007",
            "Organisation unit children cannot be included for organisation unit groups",
        );
    }
    if children && n_units == 0 {
        return fault(
            "E2008",
            "At least one organisation unit must be specified when children are included",
        );
    }
    let limit = match query.first("limit").map(str::parse::<i64>) {
        Some(Ok(limit)) if limit < 0 => {
            return Err(("E2009", format!("Limit cannot be less than zero: `{limit}`")));
        }
        Some(Ok(limit)) => usize::try_from(limit).ok(),
        _ => None,
    };
    for id in &sets {
        let object = view.store.get("dataSets", id);
        if object.is_some_and(|object| !view.account.sees(object, 2, b'r')) {
            return Err((
                "E2010",
                format!("User is not allowed to read data for data set: `{id}`"),
            ));
        }
    }
    for id in &roots {
        let unit = view.catalog.unit(id);
        if !view.account.is_super() && !unit.is_some_and(|unit| view.account.views(&unit.path)) {
            return Err(("E2012", format!("User is not allowed to view org unit: `{id}`")));
        }
    }

    elements.extend(
        sets.iter()
            .filter_map(|id| view.catalog.data_set(id))
            .flat_map(|set| set.elements.keys().cloned()),
    );
    for group in &groups {
        elements.extend(
            view.store
                .get("dataElementGroups", group)
                .into_iter()
                .flat_map(|g| ids(g, "dataElements")),
        );
    }
    let mut units: BTreeSet<String> = roots.iter().cloned().collect();
    for group in &unit_groups {
        units.extend(
            view.store
                .get("organisationUnitGroups", group)
                .into_iter()
                .flat_map(|group| ids(group, "organisationUnits")),
        );
    }
    if children {
        units.extend(view.store.all("organisationUnits").map(|(id, _)| id).filter_map(|id| {
            let path = &view.catalog.unit(id)?.path;
            path.split('/').any(|part| roots.iter().any(|root| root == part)).then(|| id.clone())
        }));
    }
    let (attribute_combos, _) = all("attributeOptionCombo", "categoryOptionCombos");
    let one = |texts: &[String], n: usize| (n == 1).then(|| texts.first().cloned()).flatten();
    let unknown_set = || query.first("dataSet").map(str::to_owned);
    let mut header = Header {
        data_set: one(&sets, n_sets).or_else(|| (n_sets == 1).then(unknown_set).flatten()),
        period: if periods.len() == 1 { periods.first().copied() } else { None },
        org_unit: one(&roots, n_units).filter(|_| !children && n_unit_groups == 0),
        attribute_option_combo: None,
    };
    if engine_b {
        header.attribute_option_combo = one(&attribute_combos, attribute_combos.len());
    } else if header.data_set.is_none() || header.period.is_none() || header.org_unit.is_none() {
        header = Header::default();
    }
    Ok(Wanted {
        elements: elements.into_iter().collect(),
        units,
        periods: periods.iter().map(Period::id).collect(),
        range,
        attribute_combos,
        since,
        deleted: query.is("includeDeleted"),
        limit,
        offset: query.first("offset").and_then(|text| text.parse().ok()).unwrap_or(0),
        header,
    })
}

/// `10d`, `5h`, `30m`, `20s`.
fn span(text: &str) -> Option<TimeDelta> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: i64 = number.parse().ok()?;
    match unit {
        "d" => TimeDelta::try_days(number),
        "h" => TimeDelta::try_hours(number),
        "m" => TimeDelta::try_minutes(number),
        "s" => TimeDelta::try_seconds(number),
        _ => None,
    }
}

impl Wanted {
    pub(crate) fn rows<'v>(&self, values: &'v Values) -> Vec<(&'v Key, &'v Row)> {
        let mut rows: Vec<(&Key, &Row, Period)> = values
            .rows
            .iter()
            .filter(|(key, row)| self.takes(key, row))
            .filter_map(|(key, row)| Some((key, row, Period::parse(&key.period)?)))
            .filter(|(_, _, period)| {
                self.range.is_none_or(|(start, end)| start <= period.start && period.end <= end)
            })
            .collect();
        rows.sort_by(|a, b| (a.1.deleted, a.2.start, a.0).cmp(&(b.1.deleted, b.2.start, b.0)));
        rows.into_iter()
            .skip(self.offset)
            .take(self.limit.unwrap_or(usize::MAX))
            .map(|(key, row, _)| (key, row))
            .collect()
    }

    fn takes(&self, key: &Key, row: &Row) -> bool {
        self.elements.contains(&key.data_element)
            && self.units.contains(&key.org_unit)
            && (self.periods.is_empty() || self.periods.contains(&key.period))
            && (self.deleted || !row.deleted)
            && self.since.is_none_or(|since| row.last_updated >= since)
            && (self.attribute_combos.is_empty()
                || self.attribute_combos.contains(&key.attribute_option_combo))
    }
}
