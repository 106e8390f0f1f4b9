//! Metadata over HTTP.

use serde_json::{Value, json};

use super::{
    http::{Answer, Request, envelope},
    metadata::{
        Author, Field, Store, View, create, generate_option_combos, import, json_patch, list,
    },
    state::{State, method_not_allowed, object_report},
    users::Account,
    version::Dhis2Version,
};

impl State {
    /// `/api/<plural>` and `/api/<plural>/<id>`.
    pub(crate) fn objects(&mut self, request: &Request, account: &Account, base: &str) -> Answer {
        let segments = request.segments();
        let Some(of) = segments.first().and_then(|name| Store::type_named(name)) else {
            return Answer::no_page();
        };
        match (request.method.as_str(), &segments[1..]) {
            ("GET", []) => match list(&self.view(account), of, &request.query, base) {
                Ok(listing) => Answer::json(200, &listing.body),
                Err(message) => Answer::message(400, &message),
            },
            ("GET", [id]) => one(&self.view(account), of, id, request),
            ("POST", []) => self.create_object(of, request, account, base),
            (method @ ("PUT" | "PATCH" | "DELETE"), [id]) => {
                self.change_object(of, id, method, request, account)
            }
            (method, _) => method_not_allowed(method),
        }
    }

    fn create_object(
        &mut self,
        of: &'static str,
        request: &Request,
        account: &Account,
        base: &str,
    ) -> Answer {
        if !account.is_super() {
            return Answer::coded(
                403,
                "E3000",
                "You don't have the proper permissions to create objects of this type.",
            );
        }
        let Ok(Value::Object(mut object)) = serde_json::from_slice(&request.unpacked()) else {
            return Answer::message(400, "The request body is no JSON object");
        };
        let password = object.remove("password");
        let id = create(&mut self.store, of, &object);
        if let Some(password) = password.as_ref().and_then(Value::as_str) {
            self.logins.passwords.insert(id.clone(), password.to_owned());
        }
        if of == "categoryCombos" {
            generate_option_combos(&mut self.store);
        }
        Answer::json(201, &object_report(201, Store::class(of), &id))
            .with_header("Location", &format!("{base}/api/{of}/{id}"))
    }

    fn change_object(
        &mut self,
        of: &'static str,
        id: &str,
        method: &str,
        request: &Request,
        account: &Account,
    ) -> Answer {
        if !account.is_super() {
            return Answer::coded(
                403,
                "E3001",
                "You don't have the proper permissions to update objects of this type.",
            );
        }
        if self.store.get(of, id).is_none() {
            return not_found(of, id);
        }
        match method {
            "DELETE" => drop(self.store.remove(of, id)),
            "PATCH" => {
                let patch = serde_json::from_slice(&request.unpacked()).unwrap_or(Value::Null);
                json_patch(&mut self.store, of, id, &patch);
            }
            _ => {
                let Ok(Value::Object(object)) = serde_json::from_slice(&request.unpacked()) else {
                    return Answer::message(400, "The request body is no JSON object");
                };
                self.store.put(of, id, object);
            }
        }
        Answer::json(200, &object_report(200, Store::class(of), id))
    }

    /// `/api/metadata`.
    pub(crate) fn metadata(&mut self, request: &Request, account: &Account) -> Answer {
        if request.method == "GET" {
            return self.export(request, account);
        }
        if request.method != "POST" {
            return method_not_allowed(&request.method);
        }
        if !account.may("F_METADATA_IMPORT") {
            return Answer::message(
                403,
                "Access is denied, requires one Authority from [F_METADATA_IMPORT]",
            );
        }
        let package = match serde_json::from_slice(&request.unpacked()) {
            Ok(Value::Object(package)) => package,
            Ok(_) => return Answer::message(400, "A metadata package is a JSON object"),
            Err(error) => return Answer::message(400, &error.to_string()),
        };
        let query = &request.query;
        let strategy = query.first("importStrategy").unwrap_or("CREATE_AND_UPDATE");
        let validate = query.first("importMode") == Some("VALIDATE");
        let full = query.first("importReportMode").is_some_and(|mode| mode != "ERRORS");
        let author = Author {
            user: json!({
                "id": account.id, "code": account.username, "username": account.username,
                "name": format!("{0} {0}", account.username),
                "displayName": format!("{0} {0}", account.username),
            }),
            now: self.clock.now().format("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
        };
        let report = import(&mut self.store, &package, strategy, validate, full, &author);
        if self.version == Dhis2Version::V2_36 || self.version == Dhis2Version::V2_37 {
            return Answer::json(200, &report.body);
        }
        let (status, state, message) = if report.is_error {
            (
                409,
                "WARNING",
                Some("One or more errors occurred, please see full details in import report."),
            )
        } else {
            (200, "OK", None)
        };
        let mut body = envelope(status, state, message);
        body["response"] = report.body;
        Answer::json(status, &body)
    }

    fn export(&mut self, request: &Request, account: &Account) -> Answer {
        let view = self.view(account);
        let fields = Field::parse_list(request.query.first("fields").unwrap_or(":owner"));
        let mut body = json!({});
        for plural in super::metadata::plurals() {
            if !request.query.is(plural) {
                continue;
            }
            body[plural] = view
                .store
                .all(plural)
                .filter(|(_, object)| view.may_read(object))
                .map(|(_, object)| view.show(plural, object, &fields))
                .collect();
        }
        Answer::json(200, &body)
    }

    /// `/api/maintenance`.
    pub(crate) fn maintenance(&mut self, request: &Request, account: &Account) -> Answer {
        if !account.may("F_PERFORM_MAINTENANCE") {
            return Answer::message(
                403,
                "Access is denied, requires one Authority from [F_PERFORM_MAINTENANCE]",
            );
        }
        let segments = request.segments();
        let wants = |what: &str| segments.get(1) == Some(&what) || request.query.is(what);
        if let [_, "categoryOptionComboUpdate", "categoryCombo", id] = segments[..]
            && self.store.get("categoryCombos", id).is_none()
        {
            return Answer::message(409, &format!("CategoryCombo does not exist: {id}"));
        }
        if wants("categoryOptionComboUpdate") {
            generate_option_combos(&mut self.store);
        }
        if wants("softDeletedDataValueRemoval") {
            self.values.rows.retain(|_, row| !row.deleted);
        }
        if self.version.is_engine_b() {
            Answer::json(200, &envelope(200, "OK", None))
        } else {
            Answer::empty(204)
        }
    }
}

fn one(view: &View<'_>, of: &'static str, id: &str, request: &Request) -> Answer {
    let fields = Field::parse_list(request.query.first("fields").unwrap_or("*"));
    let Some(object) = view.store.get(of, id).filter(|object| view.may_read(object)) else {
        return not_found(of, id);
    };
    let query = &request.query;
    let unit = view.catalog.unit(id).filter(|_| of == "organisationUnits");
    if let Some(unit) = unit
        && ["includeDescendants", "includeChildren", "includeAncestors"].iter().any(|p| query.is(p))
    {
        let fields = Field::parse_list(query.first("fields").unwrap_or("id,displayName"));
        let below = format!("{}/", unit.path);
        let mut found: Vec<(&str, usize, Value)> = view
            .store
            .all(of)
            .filter_map(|(other, object)| {
                let other_unit = view.catalog.unit(other)?;
                let is_below = other_unit.path.starts_with(&below);
                let wanted = other == id
                    || (is_below && query.is("includeDescendants"))
                    || (is_below
                        && other_unit.level == unit.level + 1
                        && query.is("includeChildren"))
                    || (unit.path.starts_with(&format!("{}/", other_unit.path))
                        && query.is("includeAncestors"));
                let name = object.get("name").and_then(Value::as_str).unwrap_or_default();
                wanted.then(|| (name, other_unit.level, view.show(of, object, &fields)))
            })
            .collect();
        found.sort_by_key(|(name, level, _)| (*level, *name));
        let units: Vec<Value> = found.into_iter().map(|(.., shown)| shown).collect();
        return Answer::json(200, &json!({ "organisationUnits": units }));
    }
    Answer::json(200, &view.show(of, object, &fields))
}

fn not_found(of: &str, id: &str) -> Answer {
    Answer::coded(
        404,
        "E1005",
        &format!("{} with id {id} could not be found.", Store::singular(of)),
    )
}
