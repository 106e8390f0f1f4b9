//! Who am I, what are you: `me`, `system`, settings, tokens.

use serde_json::{Map, Value, json};

use super::{
    http::{Answer, Request, envelope},
    metadata::{Field, View},
    state::{State, method_not_allowed, object_report},
    users::Account,
    version::Dhis2Version,
};

/// Settings that exist, with the version that knows them first and what they are by default.
const SETTINGS: &[(&str, u16, &str)] = &[
    ("keyCalendar", 36, "iso8601"),
    ("keyDateFormat", 36, "yyyy-MM-dd"),
    ("keyLockMultipleFailedLogins", 36, "false"),
    ("keyDataImportStrictPeriods", 36, "false"),
    ("keyDataImportStrictDataElements", 36, "false"),
    ("keyDataImportStrictCategoryOptionCombos", 36, "false"),
    ("keyDataImportStrictOrganisationUnits", 36, "false"),
    ("keyDataImportStrictAttributeOptionCombos", 36, "false"),
    ("keyDataImportRequireCategoryOptionCombo", 36, "false"),
    ("keyDataImportRequireAttributeOptionCombo", 36, "false"),
    ("keyDataImportStrictDataSetApproval", 39, "true"),
    ("keyDataImportStrictDataSetLocking", 39, "true"),
    ("keyDataImportStrictDataSetInputPeriods", 39, "true"),
    ("dataEntryAutoGroup", 43, "false"),
];

impl State {
    pub(crate) fn me(&mut self, request: &Request, account: &Account) -> Answer {
        match request.segments()[..] {
            ["me", "authorization"] => Answer::json(200, &json!(account.authorities)),
            ["me", "authorization", one] => Answer::json(200, &json!(account.may(one))),
            ["me"] => {
                let view = self.view(account);
                let mut user = view.store.get("users", &account.id).cloned().unwrap_or_default();
                user.insert("dataSets".to_owned(), readable_sets(&view));
                user.insert("programs".to_owned(), json!([]));
                for (name, default) in [
                    ("twoFactorType", json!("NOT_ENABLED")),
                    ("dataViewOrganisationUnits", json!([])),
                    ("organisationUnits", json!([])),
                    ("userGroups", json!([])),
                    ("teiSearchOrganisationUnits", json!([])),
                    ("favorites", json!([])),
                    ("translations", json!([])),
                    ("attributeValues", json!([])),
                    ("patTokens", json!([])),
                    ("emailVerified", json!(false)),
                    (
                        "settings",
                        json!({
                            "keyDbLocale": "en", "keyUiLocale": "en", "keyAnalysisDisplayProperty": "name",
                            "keyMessageEmailNotification": false, "keyMessageSmsNotification": false,
                            "keyStyle": "light_blue/light_blue.css", "keyTrackerDashboardLayout": "",
                        }),
                    ),
                ] {
                    user.entry(name).or_insert(default);
                }
                let name = format!(
                    "{} {}",
                    user.get("firstName").and_then(Value::as_str).unwrap_or_default(),
                    user.get("surname").and_then(Value::as_str).unwrap_or_default()
                );
                user.insert("name".to_owned(), json!(name));
                let fields = Field::parse_list(request.query.first("fields").unwrap_or(
                    "id,username,surname,firstName,created,lastUpdated,dataViewOrganisationUnits,favorites,userGroups,translations,teiSearchOrganisationUnits,organisationUnits,displayName,access,name,emailVerified,userRoles,settings,programs,authorities,dataSets,patTokens,twoFactorType,attributeValues",
                ));
                Answer::json(200, &view.show("users", &user, &fields))
            }
            _ => Answer::no_page(),
        }
    }

    pub(crate) fn system_info(&self, request: &Request, base: &str) -> Answer {
        let now = self.clock.now();
        let stamp =
            |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%dT%H:%M:%S%.3f").to_string();
        let never = chrono::DateTime::UNIX_EPOCH;
        let analytics = self.jobs.last_analytics().unwrap_or(never);
        let mut info = json!({
            "contextPath": base, "calendar": "iso8601", "dateFormat": "yyyy-mm-dd",
            "serverDate": stamp(now), "serverTimeZoneId": "Etc/UTC",
            "serverTimeZoneDisplayName": "Coordinated Universal Time",
            "lastAnalyticsTableSuccess": stamp(analytics),
            "intervalSinceLastAnalyticsTableSuccess": interval(now - analytics),
            "lastAnalyticsTableRuntime": "",
            "lastSystemMonitoringSuccess": stamp(never),
            "lastAnalyticsTablePartitionSuccess": stamp(never),
            "intervalSinceLastAnalyticsTablePartitionSuccess": interval(now - never),
            "lastAnalyticsTablePartitionRuntime": "",
            "version": self.version.text(), "revision": "sandbox",
            "fileStoreProvider": "filesystem", "readOnlyMode": "off",
            "readReplicaCount": 0, "encryption": false, "emailConfigured": false,
            "redisEnabled": false, "systemName": "DHIS 2", "systemMetadataVersion": "",
            "instanceBaseUrl": base, "isMetadataVersionEnabled": false,
            "lastMetadataVersionSyncAttempt": stamp(never),
        });
        if self.version >= Dhis2Version::V2_43 {
            info["sessionTimeout"] = json!(3600);
            info["capability"] = json!({"analyticsTotalCounts": false});
        }
        if let Some(fields) = request.query.first("fields")
            && let Value::Object(all) = &info
        {
            let kept: Map<String, Value> = Field::parse_list(fields)
                .iter()
                .filter_map(|field| Some((field.name.clone(), all.get(&field.name)?.clone())))
                .collect();
            info = Value::Object(kept);
        }
        Answer::json(200, &info)
    }

    pub(crate) fn new_ids(&mut self, request: &Request) -> Answer {
        let n: usize = request.query.first("limit").and_then(|text| text.parse().ok()).unwrap_or(1);
        let codes: Vec<String> = (0..n.min(10_000)).map(|_| self.store.new_id()).collect();
        Answer::json(200, &json!({"codes": codes}))
    }

    fn setting(&self, key: &str) -> Option<String> {
        let (_, since, default) = SETTINGS.iter().find(|(known, ..)| *known == key)?;
        (self.version.minor() >= *since)
            .then(|| self.settings.get(key).cloned().unwrap_or_else(|| (*default).to_owned()))
    }

    pub(crate) fn system_settings(&mut self, request: &Request, account: &Account) -> Answer {
        let unknown =
            |key: &str| Answer::coded(404, "E1005", &format!("Setting does not exist: {key}"));
        match (request.method.as_str(), &request.segments()[..]) {
            ("GET", ["systemSettings", key]) => match self.setting(key) {
                None => unknown(key),
                Some(value)
                    if request.header("accept").is_some_and(|a| a.starts_with("text/plain")) =>
                {
                    Answer::typed(200, "text/plain;charset=UTF-8", value)
                }
                Some(value) => Answer::json(200, &json!({*key: value})),
            },
            ("GET", ["systemSettings"]) => {
                let keys: Vec<&str> = request.query.all("key").collect();
                let shown: Map<String, Value> = SETTINGS
                    .iter()
                    .map(|(key, ..)| *key)
                    .filter(|key| keys.is_empty() || keys.contains(key))
                    .filter_map(|key| Some((key.to_owned(), json!(self.setting(key)?))))
                    .collect();
                Answer::json(200, &Value::Object(shown))
            }
            ("POST", ["systemSettings", key]) => {
                if !account.may("F_SYSTEM_SETTING") {
                    return Answer::message(
                        403,
                        "Access is denied, requires one Authority from [F_SYSTEM_SETTING]",
                    );
                }
                if self.setting(key).is_none() {
                    return unknown(key);
                }
                let body = String::from_utf8_lossy(&request.body).trim().to_owned();
                let value = request.query.first("value").map_or(body, str::to_owned);
                let message = format!("System setting '{key}' set to value '{value}'.");
                self.settings.insert((*key).to_owned(), value);
                Answer::json(200, &envelope(200, "OK", Some(&message)))
            }
            ("DELETE", ["systemSettings", key]) => {
                self.settings.remove(*key);
                Answer::empty(204)
            }
            (method, _) => method_not_allowed(method),
        }
    }

    pub(crate) fn api_tokens(
        &mut self,
        request: &Request,
        account: &Account,
        base: &str,
    ) -> Answer {
        const CLASS: &str = "org.hisp.dhis.security.apikey.ApiToken";
        let now = self.clock.now();
        match (request.method.as_str(), &request.segments()[..]) {
            ("POST", ["apiToken"]) => {
                let wish = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
                let (id, key) = self.logins.new_token(&mut self.store, &account.id, &wish, now);
                let mut body = object_report(201, CLASS, &id);
                body["response"]["key"] = json!(key);
                Answer::json(201, &body)
                    .with_header("Location", &format!("{base}/api/apiToken/{id}"))
            }
            ("GET", ["apiToken"]) => {
                let tokens = self.logins.list_tokens(&account.id, now);
                let n = tokens.len();
                let pager =
                    json!({"page": 1, "total": n, "pageSize": 50, "pageCount": n.div_ceil(50)});
                Answer::json(200, &json!({"pager": pager, "apiToken": tokens}))
            }
            ("DELETE", ["apiToken", id]) => {
                if self.logins.delete_token(id) {
                    Answer::json(200, &object_report(200, CLASS, id))
                } else {
                    Answer::coded(
                        404,
                        "E1005",
                        &format!("ApiToken with id {id} could not be found."),
                    )
                }
            }
            (method, _) => method_not_allowed(method),
        }
    }
}

/// The data sets whose values the user may read.
fn readable_sets(view: &View<'_>) -> Value {
    view.store
        .all("dataSets")
        .filter(|(_, set)| view.account.sees(set, 2, b'r'))
        .map(|(id, _)| json!(id))
        .collect()
}

fn interval(span: chrono::TimeDelta) -> String {
    format!("{} h, {} m, {} s", span.num_hours(), span.num_minutes() % 60, span.num_seconds() % 60)
}
