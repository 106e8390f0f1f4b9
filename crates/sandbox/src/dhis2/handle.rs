//! The handle through which tests look at the server and meddle with it.

use std::{
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{Router, body::to_bytes, extract::State as Shared, response::Response};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    builder::Dhis2Builder,
    catalog::text,
    clock::Clock,
    http::{Answer, Request},
    import::ImportFault,
    period::Period,
    state::State,
    stored::{Registration, Stored},
    values::{Key, Row},
    version::Dhis2Version,
};
use crate::server::Server;

/// A DHIS2 with its state. Clones are handles on the same one.
#[derive(Clone)]
pub struct Dhis2 {
    state: Arc<Mutex<State>>,
}

impl Dhis2 {
    /// Atlantia: the recorded outbreak's organisation units, the data set of WHO's use case #6
    /// and the weekly COVID-19 data set. Its clock stands at 2021-03-01 and runs on.
    #[must_use]
    pub fn atlantia(version: Dhis2Version) -> Self {
        Self::atlantia_builder(version).build()
    }

    /// [`Dhis2::atlantia`], to be extended.
    #[must_use]
    pub fn atlantia_builder(version: Dhis2Version) -> Dhis2Builder {
        super::atlantia::builder(version)
    }

    /// An empty server with the default combinations and the user `admin`, password `district`.
    #[must_use]
    pub fn builder(version: Dhis2Version) -> Dhis2Builder {
        Dhis2Builder::new(version)
    }

    pub(crate) fn with_state(state: State) -> Self {
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Serves it on a free port of this machine.
    ///
    /// # Errors
    ///
    /// See [`Server::start`].
    pub fn start(&self) -> io::Result<Server> {
        Server::start(self.router())
    }

    /// All its paths.
    pub fn router(&self) -> Router {
        Router::new().fallback(handle).with_state(self.clone())
    }

    /// The server's clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.lock().clock.clone()
    }

    /// Gives the server another clock.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        self.lock().clock = clock;
        self
    }

    /// The version it plays.
    #[must_use]
    pub fn version(&self) -> Dhis2Version {
        self.lock().version
    }

    /// All values that are not deleted, by element, period, unit and combinations.
    #[must_use]
    pub fn values(&self) -> Vec<Stored> {
        self.values_with_deleted().into_iter().filter(|stored| !stored.deleted).collect()
    }

    /// All values, softly deleted ones too.
    #[must_use]
    pub fn values_with_deleted(&self) -> Vec<Stored> {
        self.lock().values.rows.iter().map(|(key, row)| Stored::of(key, row)).collect()
    }

    /// The value of the default combinations, unless it is deleted.
    #[must_use]
    pub fn value(&self, data_element: &str, period: &str, org_unit: &str) -> Option<Stored> {
        let default = super::metadata::DEFAULT_OPTION_COMBO;
        self.value_of(data_element, period, org_unit, default)
    }

    /// The value of a category option combination and the default attribute option combination,
    /// unless it is deleted.
    #[must_use]
    pub fn value_of(
        &self,
        data_element: &str,
        period: &str,
        org_unit: &str,
        category_option_combo: &str,
    ) -> Option<Stored> {
        let default = super::metadata::DEFAULT_OPTION_COMBO;
        self.value_at(data_element, period, org_unit, category_option_combo, default)
    }

    /// The value of a category and an attribute option combination, unless it is deleted.
    #[must_use]
    pub fn value_at(
        &self,
        data_element: &str,
        period: &str,
        org_unit: &str,
        category_option_combo: &str,
        attribute_option_combo: &str,
    ) -> Option<Stored> {
        let state = self.lock();
        let key = Key {
            data_element: data_element.to_owned(),
            period: Period::parse(period)?.id(),
            org_unit: org_unit.to_owned(),
            category_option_combo: category_option_combo.to_owned(),
            attribute_option_combo: attribute_option_combo.to_owned(),
        };
        let row = state.values.rows.get(&key).filter(|row| !row.deleted)?;
        Some(Stored::of(&key, row))
    }

    /// Stores a value past all checks, now.
    pub fn put(&self, stored: Stored) {
        let mut state = self.lock();
        let now = state.clock.now();
        let or_now = |at: DateTime<Utc>| if at == DateTime::UNIX_EPOCH { now } else { at };
        let period = Period::parse(&stored.period).map_or(stored.period, |period| period.id());
        let key = Key {
            data_element: stored.data_element,
            period: period.clone(),
            org_unit: stored.org_unit,
            category_option_combo: stored.category_option_combo,
            attribute_option_combo: stored.attribute_option_combo,
        };
        let row = Row {
            value: stored.value,
            comment: stored.comment,
            followup: stored.followup,
            stored_by: stored.stored_by,
            created: or_now(stored.created),
            last_updated: or_now(stored.last_updated),
            deleted: stored.deleted,
        };
        state.values.periods.insert(period);
        state.values.rows.insert(key, row);
    }

    /// Removes every value, deleted ones too, and every completeness registration.
    pub fn clear_values(&self) {
        let mut state = self.lock();
        state.values.rows.clear();
        state.values.completions.clear();
    }

    /// The id of the option combination with exactly these option codes.
    #[must_use]
    pub fn option_combo(&self, option_codes: &[&str]) -> Option<String> {
        let mut state = self.lock();
        state.catalog();
        let store = &state.store;
        let mut wanted: Vec<&str> = option_codes.to_vec();
        wanted.sort_unstable();
        store.all("categoryOptionCombos").find_map(|(id, combo)| {
            let options = super::catalog::ids(combo, "categoryOptions");
            let mut codes: Vec<String> = options
                .filter_map(|option| {
                    text(store.get("categoryOptions", &option)?, "code").map(str::to_owned)
                })
                .collect();
            codes.sort_unstable();
            (codes == wanted).then(|| id.clone())
        })
    }

    /// All completeness registrations.
    #[must_use]
    pub fn registrations(&self) -> Vec<Registration> {
        let state = self.lock();
        let completions = state.values.completions.iter();
        completions
            .map(|((data_set, period, org_unit, combo), completion)| Registration {
                data_set: data_set.clone(),
                period: period.clone(),
                org_unit: org_unit.clone(),
                attribute_option_combo: combo.clone(),
                date: completion.date,
                stored_by: completion.stored_by.clone(),
                completed: completion.completed,
            })
            .collect()
    }

    /// Locks periods so many days after their end; 0: never.
    pub fn lock_after(&self, data_set: &str, expiry_days: f64) {
        self.change("dataSets", data_set, "expiryDays", json!(expiry_days));
    }

    /// How many periods from the current one on are open; 0: only finished ones are.
    pub fn open_future_periods(&self, data_set: &str, n_periods: u32) {
        self.change("dataSets", data_set, "openFuturePeriods", json!(n_periods));
    }

    /// The only periods that take values, each with the moments between which it does
    /// (RFC 3339 or a day; empty: without a limit).
    pub fn input_periods(&self, data_set: &str, periods: &[(&str, &str, &str)]) {
        let entries: Vec<Value> = periods
            .iter()
            .map(|(period, opens, closes)| {
                let mut entry = json!({"period": {"id": period}});
                for (name, at) in [("openingDate", opens), ("closingDate", closes)] {
                    if !at.is_empty() {
                        entry[name] = json!(at);
                    }
                }
                entry
            })
            .collect();
        self.change("dataSets", data_set, "dataInputPeriods", json!(entries));
    }

    /// The only days on which a category option may be used as an attribute (`YYYY-MM-DD`; empty: without
    /// a limit).
    pub fn option_dates(&self, option: &str, start: &str, end: &str) {
        for (name, day) in [("startDate", start), ("endDate", end)] {
            let day =
                if day.is_empty() { Value::Null } else { json!(format!("{day}T00:00:00.000")) };
            self.change("categoryOptions", option, name, day);
        }
    }

    /// The only units, with those under them, for which a category option may be used as an attribute;
    /// none: all of them.
    pub fn option_units(&self, option: &str, org_units: &[&str]) {
        let units: Vec<Value> = org_units.iter().map(|id| json!({"id": id})).collect();
        self.change("categoryOptions", option, "organisationUnits", json!(units));
    }

    /// Takes a period of a unit out of the lock.
    pub fn lock_exception(&self, data_set: &str, period: &str, org_unit: &str) {
        let period = Period::parse(period).map_or_else(|| period.to_owned(), |period| period.id());
        let key = (data_set.to_owned(), period, org_unit.to_owned());
        self.lock().exceptions.insert(key);
    }

    /// What everybody may do with a data set: `rwrw----` is metadata read and write, data read
    /// and write.
    pub fn share_data_set(&self, data_set: &str, public_access: &str) {
        let sharing =
            json!({"public": public_access, "external": false, "users": {}, "userGroups": {}});
        self.change("dataSets", data_set, "sharing", sharing);
    }

    /// Assigns a unit to a data set.
    pub fn assign(&self, data_set: &str, org_unit: &str) {
        self.units_of(data_set, |units| units.push(json!({"id": org_unit})));
    }

    /// Takes a unit out of a data set.
    pub fn unassign(&self, data_set: &str, org_unit: &str) {
        self.units_of(data_set, |units| units.retain(|unit| unit["id"] != org_unit));
    }

    fn units_of(&self, data_set: &str, change: impl FnOnce(&mut Vec<Value>)) {
        let mut state = self.lock();
        if let Some(Value::Array(units)) = state
            .store
            .get_mut("dataSets", data_set)
            .and_then(|set| set.get_mut("organisationUnits"))
        {
            change(units);
        }
    }

    /// Changes a user's password.
    pub fn set_password(&self, username: &str, password: &str) {
        let mut state = self.lock();
        let id = user_id(&state, username);
        state.logins.passwords.insert(id, password.to_owned());
    }

    /// Changes the units a user may enter data for and look at.
    pub fn user_org_units(&self, username: &str, org_units: &[&str]) {
        let id = user_id(&self.lock(), username);
        let units: Vec<Value> = org_units.iter().map(|id| json!({"id": id})).collect();
        self.change("users", &id, "organisationUnits", json!(units));
        self.change("users", &id, "dataViewOrganisationUnits", json!(units));
    }

    /// Changes what a user may do.
    pub fn user_authorities(&self, username: &str, authorities: &[&str]) {
        let mut state = self.lock();
        let id = user_id(&state, username);
        let role = state.store.new_id();
        if let Value::Object(object) = json!({"name": role, "authorities": authorities}) {
            state.store.put("userRoles", &role, object);
        }
        drop(state);
        self.change("users", &id, "userRoles", json!([{"id": role}]));
    }

    /// Changes a system setting.
    pub fn set_setting(&self, key: &str, value: &str) {
        self.lock().settings.insert(key.to_owned(), value.to_owned());
    }

    /// The next import commits this fault.
    pub fn inject(&self, fault: ImportFault) {
        self.lock().faults.push_back(fault);
    }

    /// Every n-th import commits this fault.
    ///
    /// # Panics
    ///
    /// Where `n_imports` is zero.
    pub fn inject_every(&self, n_imports: usize, fault: ImportFault) {
        assert!(n_imports > 0, "every which import?");
        self.lock().fault_every = Some((n_imports, fault));
    }

    /// How many imports were carried out, lost ones included.
    #[must_use]
    pub fn imports(&self) -> usize {
        self.lock().n_imports
    }

    /// Changes a property of a metadata object.
    ///
    /// # Panics
    ///
    /// Where there is no such object.
    pub fn change(&self, plural: &str, id: &str, property: &str, value: Value) {
        let mut state = self.lock();
        let object = state.store.get_mut(plural, id);
        object.unwrap_or_else(|| panic!("no {plural} {id}")).insert(property.to_owned(), value);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn user_id(state: &State, username: &str) -> String {
    state
        .store
        .all("users")
        .find(|(_, user)| text(user, "username") == Some(username))
        .map(|(id, _)| id.clone())
        .unwrap_or_else(|| panic!("no user {username}"))
}

/// Shows no value, password or token.
impl fmt::Debug for Dhis2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Dhis2")
            .field("version", &state.version)
            .field("clock", &state.clock)
            .field("n_values", &state.values.rows.len())
            .finish_non_exhaustive()
    }
}

/// Longest body of a call.
const MAX_BODY_BYTES: usize = 256 * 1024 * 1024;

async fn handle(Shared(dhis2): Shared<Dhis2>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return Answer::message(413, "The request is too large").into_response();
    };
    let headers = parts
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect();
    let request = Request::new(
        parts.method.as_str(),
        parts.uri.path(),
        parts.uri.query().unwrap_or_default(),
        headers,
        body,
    );
    match request {
        Some(request) => dhis2.lock().answer(&request).into_response(),
        None => Answer::no_page().into_response(),
    }
}
