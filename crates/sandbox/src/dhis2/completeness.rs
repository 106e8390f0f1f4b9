//! Completeness and what the data entry app asks: `completeDataSetRegistrations`, `dataEntry`,
//! `lockExceptions`.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{
    http::{Answer, Request},
    import::{Conflict, Options, Status, Summary, Timing, timing},
    period::Period,
    state::{State, method_not_allowed},
    users::Account,
    values::{Completion, CompletionKey},
};

impl State {
    /// `/api/completeDataSetRegistrations`.
    pub(crate) fn completeness(&mut self, request: &Request, account: &Account) -> Answer {
        match request.method.as_str() {
            "POST" => self.register(request, account),
            "GET" => self.registrations(request),
            "DELETE" => self.withdraw(request),
            method => method_not_allowed(method),
        }
    }

    fn register(&mut self, request: &Request, account: &Account) -> Answer {
        let options = match Options::parse(&request.query, self.version, &self.settings) {
            Ok(options) => options,
            Err(message) => return Answer::message(400, &message),
        };
        let body: Value = match serde_json::from_slice(&request.unpacked()) {
            Ok(body) => body,
            Err(error) => return Answer::message(400, &error.to_string()),
        };
        let mut summary = Summary::new(Some(options.echo()));
        summary.description = Some("Import process complete.".to_owned());
        let items = body.get("completeDataSetRegistrations").and_then(Value::as_array);
        for item in items.into_iter().flatten() {
            match self.registration(item, account) {
                Err((object, message)) => {
                    summary.ignored += 1;
                    summary.conflicts.push(Conflict::plain(&object, message));
                }
                Ok((key, completion)) => {
                    // 2.43 trips over a period it does not know yet: complete-post, 2.43.
                    if self.version.is_engine_b() && self.values.periods.insert(key.1.clone()) {
                        return Summary::failed(
                            Some(options.echo()),
                            "The import process failed: Failed to flush BatchHandler",
                        )
                        .answer(self.version, request.version);
                    }
                    let known = self.values.completions.contains_key(&key);
                    if known {
                        summary.updated += 1;
                    } else {
                        summary.imported += 1;
                    }
                    if !options.dry_run {
                        self.values.periods.insert(key.1.clone());
                        self.values.completions.insert(key, completion);
                    }
                }
            }
        }
        if summary.imported + summary.updated == 0 {
            summary.status = Status::Error;
        }
        summary.answer(self.version, request.version)
    }

    fn registration(
        &mut self,
        item: &Value,
        account: &Account,
    ) -> Result<(CompletionKey, Completion), (String, &'static str)> {
        let today = self.clock.today();
        let text =
            |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (set, unit, period) = (text("dataSet"), text("organisationUnit"), text("period"));
        let writable =
            self.store.get("dataSets", &set).is_some_and(|set| account.sees(set, 3, b'w'));
        if !writable {
            return Err((set, "Data set not found or not accessible"));
        }
        let Some(period) = Period::parse(&period) else { return Err((period, "Invalid period")) };
        let catalog = self.catalog();
        let Some(path) = catalog.unit(&unit).map(|unit| unit.path.clone()) else {
            return Err((unit, "Organisation unit not found or not accessible"));
        };
        if !account.captures(&path) {
            return Err((unit, "Organisation unit is not in the hierarchy of the current user"));
        }
        let combo = Some(text("attributeOptionCombo")).filter(|id| !id.is_empty());
        let combo = combo.unwrap_or_else(|| catalog.default_option_combo().to_owned());
        // By the source of both versions; the recordings have no data set with attributes.
        if !catalog.data_set(&set).is_some_and(|set| catalog.is_in_combo(&combo, &set.combo)) {
            return Err((
                combo,
                "Attribute option combo must be part of category combo of data set",
            ));
        }
        let date = text("date").get(..10).and_then(|day| day.parse::<NaiveDate>().ok());
        let stored_by = Some(text("storedBy")).filter(|name| !name.is_empty());
        let completion = Completion {
            date: date.unwrap_or(today),
            stored_by: stored_by.unwrap_or_else(|| account.username.clone()),
            completed: item.get("completed").and_then(Value::as_bool).unwrap_or(true),
        };
        Ok(((set, period.id(), unit, combo), completion))
    }

    fn registrations(&mut self, request: &Request) -> Answer {
        let query = &request.query;
        let date = |name: &str| {
            query.first(name).and_then(|text| text.get(..10)?.parse::<NaiveDate>().ok())
        };
        let (start, end) = (date("startDate"), date("endDate"));
        let children = query.is("children");
        let roots: Vec<&str> = query.all("orgUnit").collect();
        let sets: BTreeSet<&str> = query.all("dataSet").collect();
        let periods: BTreeSet<String> =
            query.all("period").filter_map(Period::parse).map(|period| period.id()).collect();
        self.catalog();
        let paths: std::collections::HashMap<String, String> = self
            .values
            .completions
            .keys()
            .map(|key| key.2.clone())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .filter_map(|unit| Some((unit.clone(), self.catalog().unit(&unit)?.path.clone())))
            .collect();
        let found: Vec<Value> = self
            .values
            .completions
            .iter()
            .filter(|((set, period, unit, _), _)| {
                let in_units = roots.contains(&unit.as_str())
                    || (children
                        && paths
                            .get(unit)
                            .is_some_and(|path| path.split('/').any(|part| roots.contains(&part))));
                let days = Period::parse(period);
                let in_days = days.is_some_and(|days| {
                    start.is_none_or(|start| start <= days.start)
                        && end.is_none_or(|end| days.end <= end)
                });
                (sets.is_empty() || sets.contains(set.as_str()))
                    && in_units
                    && in_days
                    && (periods.is_empty() || periods.contains(period))
            })
            .map(|((set, period, unit, combo), completion)| {
                json!({
                    "period": period, "dataSet": set, "organisationUnit": unit,
                    "attributeOptionCombo": combo, "date": completion.date.to_string(),
                    "storedBy": completion.stored_by, "completed": completion.completed,
                })
            })
            .collect();
        if found.is_empty() {
            return Answer::json(200, &json!({}));
        }
        Answer::json(200, &json!({ "completeDataSetRegistrations": found }))
    }

    fn withdraw(&mut self, request: &Request) -> Answer {
        let query = &request.query;
        let first = |name: &str| query.first(name).unwrap_or_default().to_owned();
        let Some(period) = Period::parse(&first("pe")) else {
            return Answer::message(409, &format!("Illegal period identifier: {}", first("pe")));
        };
        let (set, unit) = (first("ds"), first("ou"));
        // The combination is named by its category combo and options (`cc`, `cp`); the default one otherwise.
        let options: BTreeSet<String> =
            first("cp").split(';').filter(|id| !id.is_empty()).map(str::to_owned).collect();
        let catalog = self.catalog();
        let combo = match first("cc") {
            none if none.is_empty() => Some(catalog.default_option_combo()),
            combo => catalog.combo_of_options(&combo, &options),
        };
        let Some(combo) = combo.map(str::to_owned) else {
            return Answer::message(409, "Illegal attribute combo or options");
        };
        let key = (set, period.id(), unit, combo);
        self.values.completions.remove(&key);
        Answer::empty(204)
    }

    /// `/api/dataEntry/…`: one cell group as a form sees it.
    pub(crate) fn data_entry(&mut self, request: &Request, account: &Account) -> Answer {
        let query = &request.query;
        let first = |name: &str| query.first(name).unwrap_or_default().to_owned();
        match (request.method.as_str(), &request.segments()[1..]) {
            ("GET", ["dataValues"]) => {
                let (set_id, unit) = (first("ds"), first("ou"));
                let Some(period) = Period::parse(&first("pe")) else {
                    return Answer::message(
                        409,
                        &format!("Illegal period identifier: {}", first("pe")),
                    );
                };
                let status = self.lock_status(&set_id, &period, &unit, account);
                let Some(status) = status else {
                    return Answer::message(409, &format!("Illegal data set identifier: {set_id}"));
                };
                let context = self.context(account);
                let Some(set) = context.catalog.data_set(&set_id) else { return Answer::no_page() };
                let values: Vec<Value> = context
                    .values
                    .rows
                    .iter()
                    .filter(|(key, row)| {
                        !row.deleted
                            && key.period == period.id()
                            && key.org_unit == unit
                            && set.elements.contains_key(&key.data_element)
                    })
                    .map(|(key, row)| {
                        json!({
                            "dataElement": key.data_element, "period": key.period,
                            "orgUnit": key.org_unit,
                            "categoryOptionCombo": key.category_option_combo,
                            "attributeOptionCombo": key.attribute_option_combo,
                            "value": row.value, "storedBy": row.stored_by,
                            "comment": row.comment, "followUp": row.followup,
                        })
                    })
                    .collect();
                let completion = self
                    .values
                    .completions
                    .iter()
                    .find(|(key, _)| key.0 == set_id && key.1 == period.id() && key.2 == unit);
                let complete = completion.map_or_else(
                    || json!({"complete": false}),
                    |(_, completion)| {
                        json!({
                            "complete": completion.completed,
                            "created": completion.date.to_string(),
                            "createdBy": completion.stored_by,
                        })
                    },
                );
                Answer::json(
                    200,
                    &json!({
                        "dataValues": values, "minMaxValues": [],
                        "lockStatus": status, "completeStatus": complete,
                    }),
                )
            }
            ("POST", ["dataSetCompletion"]) => {
                let body: Value =
                    serde_json::from_slice(&request.unpacked()).unwrap_or(Value::Null);
                let mut item = body.clone();
                item["organisationUnit"] = body.get("orgUnit").cloned().unwrap_or(Value::Null);
                match self.registration(&item, account) {
                    Ok((key, completion)) => {
                        self.values.completions.insert(key, completion);
                        Answer::empty(200)
                    }
                    Err((object, message)) => Answer::message(409, &format!("{message}: {object}")),
                }
            }
            (method, _) => method_not_allowed(method),
        }
    }

    fn lock_status(
        &mut self,
        set: &str,
        period: &Period,
        unit: &str,
        account: &Account,
    ) -> Option<&'static str> {
        let context = self.context(account);
        let set = context.catalog.data_set(set)?;
        Some(match timing(&context, set, period, unit) {
            Timing::Open => "OPEN",
            Timing::Expired if account.may("F_EDIT_EXPIRED") => "OPEN",
            _ => "LOCKED",
        })
    }

    /// `/api/lockExceptions`.
    pub(crate) fn lock_exceptions(&mut self, request: &Request, account: &Account) -> Answer {
        let query = &request.query;
        let first = |name: &str| query.first(name).unwrap_or_default().to_owned();
        match request.method.as_str() {
            "GET" => {
                let found: Vec<Value> = self
                    .exceptions
                    .iter()
                    .map(|(set, period, unit)| {
                        json!({
                            "dataSet": {"id": set}, "period": {"id": period},
                            "organisationUnit": {"id": unit},
                        })
                    })
                    .collect();
                let n = found.len();
                let pager =
                    json!({"page": 1, "pageCount": n.div_ceil(50), "total": n, "pageSize": 50});
                Answer::json(200, &json!({"pager": pager, "lockExceptions": found}))
            }
            "POST" if !account.may("F_DATASET_PUBLIC_ADD") => {
                Answer::message(403, "Access is denied")
            }
            "POST" => {
                let Some(period) = Period::parse(&first("pe")) else {
                    return Answer::message(409, "Invalid period");
                };
                for unit in first("ou").split(',') {
                    self.exceptions.insert((first("ds"), period.id(), unit.to_owned()));
                }
                Answer::empty(201)
            }
            "DELETE" => {
                let period = Period::parse(&first("pe")).map(|period| period.id());
                let (set, unit) = (first("ds"), first("ou"));
                self.exceptions.retain(|(s, p, u)| {
                    !(*s == set && Some(p) == period.as_ref() && (unit.is_empty() || *u == unit))
                });
                Answer::empty(204)
            }
            method => method_not_allowed(method),
        }
    }
}
