//! `GET /api/dataValueSets`.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::{
    catalog::{ids, moment},
    formats,
    http::{Answer, Query, Request},
    import::{Scheme, name_in},
    metadata::View,
    period::Period,
    state::State,
    users::Account,
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

impl State {
    pub(crate) fn read_values(&mut self, request: &Request, account: &Account) -> Answer {
        let version = self.version;
        let now = self.clock.now();
        let (view, values) = self.parts(account);
        let wanted = match wanted(&view, &request.query, version, now) {
            Ok(wanted) => wanted,
            Err((code, message)) => return Answer::coded(409, code, &message),
        };
        let rows = wanted.rows(values);
        let format = format_of(request, version);
        let default = if format == "adx" && !version.is_engine_b() { "CODE" } else { "UID" };
        let names = Names::new(&view, &request.query, default);
        let answer = match format {
            "csv" => formats::values_as_csv(&rows, &names, version),
            "xml" => formats::values_as_xml(&rows, &names, &wanted.header, version),
            "adx" => formats::values_as_adx(&rows, &names, &wanted.header),
            _ => {
                Answer::json(200, &as_json(&rows, &names, &wanted.header, &request.query, version))
            }
        };
        let packs = request
            .query
            .first("compression")
            .is_some_and(|compression| compression.eq_ignore_ascii_case("gzip"));
        let answer = if packs { answer.gzipped() } else { answer };
        answer.with_header("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
    }
}

fn format_of(request: &Request, version: Dhis2Version) -> &'static str {
    let accept = request.header("accept").unwrap_or("*/*");
    let wish = request.suffix.as_deref().or_else(|| request.query.first("format"));
    match wish {
        Some("csv") => "csv",
        Some("xml") => "xml",
        Some(_) => "json",
        // 2.43 does not look at what is accepted: facts §6.1.
        None if version.is_engine_b() => "json",
        None if accept.contains("adx+xml") => "adx",
        None if accept.contains("csv") => "csv",
        None if accept.starts_with("application/xml") => "xml",
        None => "json",
    }
}

type Fault = (&'static str, String);

fn wanted(
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

/// How ids are written in an answer.
pub(crate) struct Names<'a> {
    pub(crate) view: &'a View<'a>,
    general: Option<Scheme>,
    own: Vec<(&'static str, Scheme)>,
    default: Scheme,
}

impl<'a> Names<'a> {
    fn new(view: &'a View<'a>, query: &Query, default: &str) -> Self {
        let own =
            ["dataElement", "orgUnit", "categoryOptionCombo", "attributeOptionCombo", "dataSet"]
                .iter()
                .filter_map(|kind| {
                    Some((*kind, Scheme::parse(query.first(&format!("{kind}IdScheme"))?)))
                })
                .collect();
        Self {
            view,
            general: query.first("idScheme").map(Scheme::parse),
            own,
            default: Scheme::parse(default),
        }
    }

    fn scheme(&self, kind: &str) -> &Scheme {
        self.own
            .iter()
            .find(|(known, _)| *known == kind)
            .map(|(_, scheme)| scheme)
            .or(self.general.as_ref())
            .unwrap_or(&self.default)
    }

    pub(crate) fn name(&self, of: &str, kind: &str, id: &str) -> String {
        let scheme = self.scheme(kind);
        self.view
            .store
            .get(of, id)
            .and_then(|object| name_in(scheme, id, object))
            .unwrap_or_else(|| if *scheme == Scheme::Uid { id.to_owned() } else { String::new() })
    }

    pub(crate) fn element(&self, id: &str) -> String {
        self.name("dataElements", "dataElement", id)
    }

    pub(crate) fn unit(&self, id: &str) -> String {
        self.name("organisationUnits", "orgUnit", id)
    }

    pub(crate) fn category_combo(&self, id: &str) -> String {
        self.name("categoryOptionCombos", "categoryOptionCombo", id)
    }

    pub(crate) fn attribute_combo(&self, id: &str) -> String {
        self.name("categoryOptionCombos", "attributeOptionCombo", id)
    }

    pub(crate) fn data_set(&self, id: &str) -> String {
        self.name("dataSets", "dataSet", id)
    }
}

/// Moments as the versions write them: 2.42 to the second.
pub(crate) fn stamp(moment: DateTime<Utc>, version: Dhis2Version) -> String {
    if version.is_engine_b() {
        moment.format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
    } else {
        moment.format("%Y-%m-%dT%H:%M:%S.000+0000").to_string()
    }
}

fn as_json(
    rows: &[(&Key, &Row)],
    names: &Names<'_>,
    header: &Header,
    query: &Query,
    version: Dhis2Version,
) -> Value {
    let engine_b = version.is_engine_b();
    let mut body = Map::new();
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            body.insert(name.to_owned(), json!(value));
        }
    };
    put(
        "dataSet",
        header.data_set.as_deref().map(|id| names.data_set(id)).map(|name| {
            // An unknown set is repeated as it was asked for: readback-unknown-set.
            if name.is_empty() { header.data_set.clone().unwrap_or_default() } else { name }
        }),
    );
    put("period", header.period.map(|period| period.id()));
    put("orgUnit", header.org_unit.as_deref().map(|id| names.unit(id)));
    if engine_b {
        put(
            "attributeOptionCombo",
            header.attribute_option_combo.as_deref().map(|id| names.attribute_combo(id)),
        );
        for (scheme, of) in [
            ("dataSetIdScheme", "dataSet"),
            ("dataElementIdScheme", "dataElement"),
            ("orgUnitIdScheme", "orgUnit"),
            ("categoryOptionComboIdScheme", "categoryOptionCombo"),
            ("attributeOptionComboIdScheme", "attributeOptionCombo"),
            ("categoryIdScheme", ""),
            ("categoryOptionIdScheme", ""),
        ] {
            let word = names.scheme(of).word();
            put(scheme, (word != "uid").then(|| word.to_uppercase()));
        }
    } else if header.data_set.is_some() {
        body.insert("completeDate".to_owned(), Value::Null);
    }
    let unfolds = engine_b && query.is("unfoldOptionCombos");
    let values = rows.iter().map(|(key, row)| {
        if engine_b {
            value_b(key, row, names, header, unfolds, version)
        } else {
            value_a(key, row, names, version)
        }
    });
    body.insert("dataValues".to_owned(), values.collect());
    Value::Object(body)
}

fn value_a(key: &Key, row: &Row, names: &Names<'_>, version: Dhis2Version) -> Value {
    let mut value = json!({
        "dataElement": names.element(&key.data_element),
        "period": key.period,
        "orgUnit": names.unit(&key.org_unit),
        "categoryOptionCombo": names.category_combo(&key.category_option_combo),
        "attributeOptionCombo": names.attribute_combo(&key.attribute_option_combo),
        "value": row.value,
        "storedBy": row.stored_by,
        "created": stamp(row.created, version),
        "lastUpdated": stamp(row.last_updated, version),
        "comment": row.comment,
        "followup": row.followup,
    });
    if row.deleted {
        value["deleted"] = json!(true);
    }
    value
}

fn value_b(
    key: &Key,
    row: &Row,
    names: &Names<'_>,
    header: &Header,
    unfolds: bool,
    version: Dhis2Version,
) -> Value {
    let mut value = json!({
        "dataElement": names.element(&key.data_element),
        "categoryOptionCombo": names.category_combo(&key.category_option_combo),
        "storedBy": row.stored_by,
        "created": stamp(row.created, version),
        "lastUpdated": stamp(row.last_updated, version),
    });
    if unfolds && let Some(options) = unfolded(key, names) {
        value["categoryOptionCombo"] = options;
    }
    if header.period.is_none() {
        value["period"] = json!(key.period);
    }
    if header.org_unit.is_none() {
        value["orgUnit"] = json!(names.unit(&key.org_unit));
    }
    if header.attribute_option_combo.is_none() {
        value["attributeOptionCombo"] = json!(names.attribute_combo(&key.attribute_option_combo));
    }
    if let Some(text) = &row.value {
        value["value"] = json!(text);
    }
    if let Some(comment) = &row.comment {
        value["comment"] = json!(comment);
    }
    if row.followup {
        value["followup"] = json!(true);
    }
    if row.deleted {
        value["deleted"] = json!(true);
    }
    value
}

/// The combination as category → option; the default one stays as it is.
fn unfolded(key: &Key, names: &Names<'_>) -> Option<Value> {
    let combo = names.view.catalog.option_combo(&key.category_option_combo)?;
    if combo.combo == super::metadata::DEFAULT_COMBO {
        return None;
    }
    let of = names.view.store.get("categoryCombos", &combo.combo)?;
    let pairs: Map<String, Value> = ids(of, "categories")
        .filter_map(|category| {
            let own = names.view.store.get("categories", &category)?;
            let option = ids(own, "categoryOptions").find(|id| combo.options.contains(id))?;
            Some((category, json!(option)))
        })
        .collect();
    Some(Value::Object(pairs))
}
