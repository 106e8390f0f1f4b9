//! Single values and their histories: `dataValues`, `audits`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    http::{Answer, Query, Request},
    import::{Timing, timing},
    period::Period,
    state::{State, method_not_allowed},
    users::Account,
    value_type,
    values::{Key, Row},
};

impl State {
    /// `/api/dataValues`.
    pub(crate) fn single_value(&mut self, request: &Request, account: &Account) -> Answer {
        let (query, body) = parameters(request);
        let key = match self.key(&query) {
            Ok(key) => key,
            Err(answer) => return answer,
        };
        match (request.method.as_str(), &request.segments()[1..]) {
            ("GET", []) => self.get_single(&key),
            ("POST" | "PUT", []) => self.set_single(&key, &query, account),
            ("DELETE", []) => {
                let now = self.clock.now();
                match self.values.rows.get_mut(&key) {
                    Some(row) if !row.deleted => {
                        let before = row.value.clone();
                        row.deleted = true;
                        row.last_updated = now;
                        self.values.audit(&key, before, "DELETE", &account.username, now);
                        Answer::empty(204)
                    }
                    _ => self.absent(),
                }
            }
            ("PUT", ["followup"]) => {
                let wish = body.get("followup").and_then(Value::as_bool).unwrap_or(false);
                match self.values.rows.get_mut(&key) {
                    Some(row) => {
                        row.followup = wish;
                        Answer::empty(200)
                    }
                    None => self.absent(),
                }
            }
            (method, _) => method_not_allowed(method),
        }
    }

    fn get_single(&self, key: &Key) -> Answer {
        match self.values.rows.get(key).filter(|row| !row.deleted) {
            Some(row) => Answer::json(200, &json!([row.value])),
            None => self.absent(),
        }
    }

    fn absent(&self) -> Answer {
        let message = "Data value does not exist";
        if self.version.is_engine_b() {
            Answer::coded(404, "E1005", message)
        } else {
            Answer::message(409, message)
        }
    }

    fn set_single(&mut self, key: &Key, query: &Query, account: &Account) -> Answer {
        if !account.may("F_DATAVALUE_ADD") {
            return Answer::message(
                403,
                "Access is denied, requires one Authority from [F_DATAVALUE_ADD]",
            );
        }
        let engine_b = self.version.is_engine_b();
        let now = self.clock.now();
        if let Err(answer) = self.check_single(key, query, account) {
            return answer;
        }
        let text = query.first("value").unwrap_or_default().trim().to_owned();
        let kind =
            self.catalog().element(&key.data_element).map(|element| element.value_type.clone());
        let kind = kind.unwrap_or_else(|| "TEXT".to_owned());
        let stored = if text.is_empty() {
            None
        } else {
            match value_type::check(&kind, &text, engine_b) {
                Ok(stored) => Some(stored),
                Err(fault) if engine_b => {
                    let message = format!(
                        "Failed to upsert data value: Value #0 value `{text}` is no valid {kind}: {fault}"
                    );
                    return Answer::coded(409, "E1004", &message);
                }
                Err(_) => {
                    let message =
                        format!("Data value must match data element value type: `{kind}`");
                    return Answer::coded(409, "E2030", &message);
                }
            }
        };
        let known = self.values.rows.get(key).cloned();
        let comment = query
            .first("comment")
            .map(str::to_owned)
            .or_else(|| known.as_ref().and_then(|row| row.comment.clone()));
        let was_flagged = known.as_ref().is_some_and(|row| row.followup);
        // Up to 2.42 the flag changes whenever it is named: facts §6.2.
        let followup = match query.first("followUp") {
            Some(wish) if engine_b => wish == "true",
            Some(_) => !was_flagged,
            None => was_flagged,
        };
        let row = Row {
            deleted: stored.is_none() && comment.is_none(),
            value: stored,
            comment,
            followup,
            stored_by: account.username.clone(),
            created: known.as_ref().map_or(now, |row| row.created),
            last_updated: now,
        };
        if let Some(known) = known {
            let value = if engine_b { row.value.clone() } else { known.value };
            self.values.audit(key, value, "UPDATE", &account.username, now);
        } else if engine_b {
            self.values.audit(key, row.value.clone(), "CREATE", &account.username, now);
        }
        self.values.periods.insert(key.period.clone());
        self.values.rows.insert(key.clone(), row);
        Answer::empty(201)
    }

    fn check_single(&mut self, key: &Key, query: &Query, account: &Account) -> Result<(), Answer> {
        let context = self.context(account);
        let refuse = |code: &str, message: String| Err(Answer::coded(409, code, &message));
        let unit = context.catalog.unit(&key.org_unit);
        if !unit.is_some_and(|unit| account.captures(&unit.path)) {
            return refuse(
                "E2020",
                format!(
                    "Organisation unit: `{}` is not in the hierarchy of the current user",
                    key.org_unit
                ),
            );
        }
        let Some(period) = Period::parse(&key.period) else { return Ok(()) };
        let named = query.first("ds");
        for set in context.catalog.data_sets() {
            let wanted = named.map_or_else(
                || {
                    set.elements.contains_key(&key.data_element)
                        && set.units.contains(&key.org_unit)
                },
                |named| named == set.id,
            );
            if !wanted {
                continue;
            }
            match timing(&context, set, &period, &key.org_unit) {
                Timing::Expired if !account.may("F_EDIT_EXPIRED") => {
                    return refuse("E2017", "Data set is locked".to_owned());
                }
                Timing::Future(_) if !(context.version.is_engine_b() && account.is_super()) => {
                    return refuse(
                        "E2022",
                        format!(
                            "Period: `{}` is after latest open future period for data element: `{}`",
                            key.period, key.data_element
                        ),
                    );
                }
                Timing::NotInput => {
                    return refuse(
                        "E2025",
                        format!("Period: `{}` is not open for data set: `{}`", key.period, set.id),
                    );
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The value a query addresses.
    fn key(&mut self, query: &Query) -> Result<Key, Answer> {
        let first = |name: &str| query.first(name).unwrap_or_default().to_owned();
        let illegal = |what: &str, id: &str| {
            Answer::message(409, &format!("Illegal {what} identifier: {id}"))
        };
        let (element, unit) = (first("de"), first("ou"));
        let catalog = self.catalog();
        if catalog.element(&element).is_none() {
            return Err(illegal("data element", &element));
        }
        if catalog.unit(&unit).is_none() {
            return Err(illegal("organisation unit", &unit));
        }
        let period = Period::parse(&first("pe")).ok_or_else(|| illegal("period", &first("pe")))?;
        let default = catalog.default_option_combo().to_owned();
        let category = match query.first("co").filter(|id| !id.is_empty()) {
            Some(id) if catalog.option_combo(id).is_none() => {
                return Err(illegal("category option combo", id));
            }
            Some(id) => id.to_owned(),
            None => default.clone(),
        };
        let attribute = match (query.first("cc"), query.first("cp")) {
            (Some(combo), Some(options)) => {
                let options: BTreeSet<String> = options.split(';').map(str::to_owned).collect();
                catalog
                    .combo_of_options(combo, &options)
                    .map(str::to_owned)
                    .ok_or_else(|| illegal("attribute option combo", combo))?
            }
            _ => default,
        };
        Ok(Key {
            data_element: element,
            period: period.id(),
            org_unit: unit,
            category_option_combo: category,
            attribute_option_combo: attribute,
        })
    }

    /// `GET /api/audits/dataValue`.
    pub(crate) fn audits(&mut self, request: &Request, _account: &Account) -> Answer {
        let query = &request.query;
        let engine_b = self.version.is_engine_b();
        let wanted = |name: &str, id: &str| {
            query.first(name).is_none() || query.all(name).any(|text| text == id)
        };
        let wanted_period = |id: &str| {
            query.first("pe").is_none()
                || query.all("pe").filter_map(Period::parse).any(|period| period.id() == id)
        };
        let mut found: Vec<Value> = self
            .values
            .audits
            .iter()
            .filter(|audit| {
                wanted("de", &audit.key.data_element)
                    && wanted_period(&audit.key.period)
                    && wanted("ou", &audit.key.org_unit)
                    && wanted("co", &audit.key.category_option_combo)
                    && wanted("auditType", audit.kind)
            })
            .map(|audit| {
                let period = Period::parse(&audit.key.period);
                let day = |day: chrono::NaiveDate| format!("{day}T00:00:00.000");
                let period = match period {
                    Some(period) if engine_b => json!({
                        "periodType": period.kind.name(),
                        "startDate": day(period.start), "endDate": day(period.end),
                    }),
                    _ => json!({"id": audit.key.period}),
                };
                json!({
                    "created": audit.at.format("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
                    "modifiedBy": audit.modified_by, "auditType": audit.kind,
                    "value": audit.value, "period": period,
                    "organisationUnit": {"id": audit.key.org_unit},
                    "dataElement": {"id": audit.key.data_element},
                    "categoryOptionCombo": {"id": audit.key.category_option_combo},
                    "attributeOptionCombo": {"id": audit.key.attribute_option_combo},
                })
            })
            .collect();
        found.reverse();
        let total = found.len();
        let mut body = json!({});
        if query.first("paging") != Some("false") && !query.is("skipPaging") {
            body["pager"] =
                json!({"page": 1, "pageCount": total.div_ceil(50), "total": total, "pageSize": 50});
            found.truncate(50);
        }
        body["dataValueAudits"] = json!(found);
        Answer::json(200, &body)
    }
}

/// Parameters from the query, a form or a JSON body.
fn parameters(request: &Request) -> (Query, Value) {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    if request.content_type() == Some("application/json") {
        let text = |name: &str| match body.pointer(name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Bool(flag)) => Some(flag.to_string()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, pointer) in [
            ("de", "/dataElement"),
            ("co", "/categoryOptionCombo"),
            ("pe", "/period"),
            ("ou", "/orgUnit"),
            ("value", "/value"),
            ("comment", "/comment"),
            ("ds", "/dataSet"),
            ("followUp", "/followUp"),
            ("cc", "/attribute/combo"),
        ] {
            if let Some(value) = text(pointer) {
                query.append_pair(name, &value);
            }
        }
        return (Query::parse(&query.finish()), body);
    }
    if request.query.first("de").is_none() && !request.body.is_empty() {
        return (Query::parse(&String::from_utf8_lossy(&request.body)), body);
    }
    (request.query.clone(), body)
}
