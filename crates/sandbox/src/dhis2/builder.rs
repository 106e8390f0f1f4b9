//! Putting a DHIS2 together.

use serde_json::{Value, json};

use super::{
    clock::Clock,
    handle::Dhis2,
    metadata::{
        Author, DEFAULT_CATEGORY, DEFAULT_COMBO, DEFAULT_OPTION, DEFAULT_OPTION_COMBO, Object,
        generate_option_combos, import,
    },
    state::State,
    users::Token,
    version::Dhis2Version,
};

/// Collects metadata and users; see [`Dhis2::builder`].
pub struct Dhis2Builder {
    state: State,
}

/// A data element to be.
#[derive(Debug, Clone)]
pub struct DataElementSpec(Object);

/// A data set to be.
#[derive(Debug, Clone)]
pub struct DataSetSpec(Object);

/// A user to be.
#[derive(Clone)]
pub struct UserSpec {
    user: Object,
    password: String,
    authorities: Vec<String>,
    token: Option<String>,
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

fn references<'a>(ids: impl IntoIterator<Item = &'a str>) -> Value {
    ids.into_iter().map(|id| json!({"id": id})).collect()
}

fn sharing(public: &str) -> Value {
    json!({"public": public, "external": false, "users": {}, "userGroups": {}})
}

impl Dhis2Builder {
    pub(crate) fn new(version: Dhis2Version) -> Self {
        let mut state = State::new(version, Clock::at("2021-03-01T08:00:00Z"));
        let default = |more: Value| {
            let mut all =
                object(json!({"name": "default", "code": "default", "shortName": "default"}));
            all.extend(object(more));
            all
        };
        for (of, id, more) in [
            ("categoryOptions", DEFAULT_OPTION, json!({})),
            (
                "categories",
                DEFAULT_CATEGORY,
                json!({"categoryOptions": references([DEFAULT_OPTION])}),
            ),
            (
                "categoryCombos",
                DEFAULT_COMBO,
                json!({"categories": references([DEFAULT_CATEGORY]), "dataDimensionType": "DISAGGREGATION"}),
            ),
            (
                "categoryOptionCombos",
                DEFAULT_OPTION_COMBO,
                json!({"categoryCombo": {"id": DEFAULT_COMBO}, "categoryOptions": references([DEFAULT_OPTION])}),
            ),
        ] {
            state.store.put(of, id, default(more));
        }
        let admin = UserSpec::new("admin", "district").id("M5zQapPyTZI").authorities(["ALL"]);
        Self { state }.user(admin)
    }

    /// Another clock than the one that stands at 2021-03-01 08:00 UTC and runs on.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.state.clock = clock;
        self
    }

    /// An organisation unit, open since 2000; parents first. The first one becomes the root of
    /// what `admin` may enter data for.
    #[must_use]
    pub fn org_unit(self, id: &str, code: &str, name: &str, parent: Option<&str>) -> Self {
        let mut unit = json!({
            "id": id, "code": code, "name": name, "shortName": name, "openingDate": "2000-01-01",
        });
        if let Some(parent) = parent {
            unit["parent"] = json!({"id": parent});
        }
        self.metadata(&json!({"organisationUnits": [unit]}))
    }

    /// A category with its options: id, code, name.
    #[must_use]
    pub fn category<'a>(
        self,
        id: &str,
        code: &str,
        name: &str,
        options: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>,
    ) -> Self {
        let options: Vec<Value> = options
            .into_iter()
            .map(|(id, code, name)| {
                json!({"id": id, "code": code, "name": name, "shortName": name, "sharing": sharing("rwrw----")})
            })
            .collect();
        let category = json!({
            "id": id, "code": code, "name": name, "shortName": name,
            "dataDimensionType": "DISAGGREGATION",
            "categoryOptions": options.iter().map(|o| json!({"id": o["id"]})).collect::<Vec<_>>(),
        });
        self.metadata(&json!({"categoryOptions": options, "categories": [category]}))
    }

    /// A category combination; its option combinations are made at once, with ids of their own.
    #[must_use]
    pub fn category_combo<'a>(
        self,
        id: &str,
        code: &str,
        name: &str,
        categories: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        self.metadata(&json!({"categoryCombos": [{
            "id": id, "code": code, "name": name, "dataDimensionType": "DISAGGREGATION",
            "categories": references(categories),
        }]}))
    }

    /// A category combination for data sets, by which whole entries are kept apart. Its option
    /// combinations are made at once, with ids of their own; see [`DataSetSpec::attribute_combo`].
    #[must_use]
    pub fn attribute_combo<'a>(
        self,
        id: &str,
        code: &str,
        name: &str,
        categories: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        self.metadata(&json!({"categoryCombos": [{
            "id": id, "code": code, "name": name, "dataDimensionType": "ATTRIBUTE",
            "categories": references(categories),
        }]}))
    }

    /// A data element.
    #[must_use]
    pub fn data_element(self, element: DataElementSpec) -> Self {
        self.metadata(&json!({"dataElements": [Value::Object(element.0)]}))
    }

    /// A data set.
    #[must_use]
    pub fn data_set(self, set: DataSetSpec) -> Self {
        self.metadata(&json!({"dataSets": [Value::Object(set.0)]}))
    }

    /// Any metadata, in the form of `POST /api/metadata`; option combinations are made from it.
    ///
    /// # Panics
    ///
    /// Where the package is not accepted, with the report.
    #[must_use]
    pub fn metadata(mut self, package: &Value) -> Self {
        let package = object(package.clone());
        let author = Author {
            user: json!({"id": "M5zQapPyTZI", "username": "admin"}),
            now: self.state.clock.now().format("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
        };
        let store = &mut self.state.store;
        let report = import(store, &package, "CREATE_AND_UPDATE", false, false, &author);
        assert!(!report.is_error, "metadata refused: {}", report.body);
        generate_option_combos(&mut self.state.store);
        self.give_admin_the_root();
        self
    }

    fn give_admin_the_root(&mut self) {
        let root = self
            .state
            .store
            .all("organisationUnits")
            .find(|(_, unit)| !unit.contains_key("parent"))
            .map(|(id, _)| id.clone());
        let Some(root) = root else { return };
        if let Some(admin) = self.state.store.get_mut("users", "M5zQapPyTZI")
            && !admin.contains_key("organisationUnits")
        {
            admin.insert("organisationUnits".to_owned(), json!([{"id": root}]));
            admin.insert("dataViewOrganisationUnits".to_owned(), json!([{"id": root}]));
        }
    }

    /// A user.
    #[must_use]
    pub fn user(mut self, spec: UserSpec) -> Self {
        let store = &mut self.state.store;
        let mut user = spec.user;
        if !user.contains_key("userRoles") {
            let role = store.new_id();
            let name = user.get("username").cloned().unwrap_or(Value::Null);
            store.put(
                "userRoles",
                &role,
                object(json!({"name": name, "authorities": spec.authorities})),
            );
            user.insert("userRoles".to_owned(), json!([{"id": role}]));
        }
        let id =
            user.get("id").and_then(Value::as_str).map_or_else(|| store.new_id(), str::to_owned);
        store.put("users", &id, user);
        if let Some(token) = spec.token {
            let token_id = store.new_id();
            let now = self.state.clock.now();
            self.state.logins.put_token(&token, Token::open(&token_id, &id, now));
        }
        self.state.logins.passwords.insert(id, spec.password);
        self
    }

    /// A system setting.
    #[must_use]
    pub fn setting(mut self, key: &str, value: &str) -> Self {
        self.state.settings.insert(key.to_owned(), value.to_owned());
        self
    }

    /// The server.
    #[must_use]
    pub fn build(self) -> Dhis2 {
        Dhis2::with_state(self.state)
    }
}

impl DataElementSpec {
    /// An element of the default combination whose zeros are not significant, of type
    /// `INTEGER_ZERO_OR_POSITIVE`, summed, readable by everybody.
    #[must_use]
    pub fn new(id: &str, code: &str, name: &str) -> Self {
        Self(object(json!({
            "id": id, "code": code, "name": name, "shortName": name, "domainType": "AGGREGATE",
            "valueType": "INTEGER_ZERO_OR_POSITIVE", "aggregationType": "SUM",
            "zeroIsSignificant": false, "categoryCombo": {"id": DEFAULT_COMBO},
            "sharing": sharing("r-------"),
        })))
    }

    fn with(mut self, property: &str, value: Value) -> Self {
        self.0.insert(property.to_owned(), value);
        self
    }

    /// Whether a zero is a value.
    #[must_use]
    pub fn zero_significant(self, significant: bool) -> Self {
        self.with("zeroIsSignificant", json!(significant))
    }

    /// The value type by its DHIS2 name.
    #[must_use]
    pub fn value_type(self, value_type: &str) -> Self {
        self.with("valueType", json!(value_type))
    }

    /// The aggregation type by its DHIS2 name.
    #[must_use]
    pub fn aggregation_type(self, aggregation_type: &str) -> Self {
        self.with("aggregationType", json!(aggregation_type))
    }

    /// The category combination by id.
    #[must_use]
    pub fn category_combo(self, id: &str) -> Self {
        self.with("categoryCombo", json!({"id": id}))
    }

    /// The option set by id.
    #[must_use]
    pub fn option_set(self, id: &str) -> Self {
        self.with("optionSet", json!({"id": id}))
    }
}

impl DataSetSpec {
    /// A data set that everybody may read and write data of, without elements and units;
    /// `period_type` by its DHIS2 name.
    #[must_use]
    pub fn new(id: &str, code: &str, name: &str, period_type: &str) -> Self {
        Self(object(json!({
            "id": id, "code": code, "name": name, "shortName": name, "periodType": period_type,
            "openFuturePeriods": 0, "expiryDays": 0, "categoryCombo": {"id": DEFAULT_COMBO},
            "dataInputPeriods": [], "dataSetElements": [], "organisationUnits": [],
            "sharing": sharing("rwrw----"),
        })))
    }

    fn with(mut self, property: &str, value: Value) -> Self {
        self.0.insert(property.to_owned(), value);
        self
    }

    /// Its elements by id.
    #[must_use]
    pub fn elements<'a>(self, ids: impl IntoIterator<Item = &'a str>) -> Self {
        let set = self.0.get("id").cloned().unwrap_or(Value::Null);
        let entries: Vec<Value> = ids
            .into_iter()
            .map(|id| json!({"dataSet": {"id": set}, "dataElement": {"id": id}}))
            .collect();
        self.with("dataSetElements", json!(entries))
    }

    /// The units it is assigned to, by id.
    #[must_use]
    pub fn org_units<'a>(self, ids: impl IntoIterator<Item = &'a str>) -> Self {
        let units = references(ids);
        self.with("organisationUnits", units)
    }

    /// The category combination by which its entries are kept apart, by id; the default one otherwise.
    #[must_use]
    pub fn attribute_combo(self, id: &str) -> Self {
        self.with("categoryCombo", json!({"id": id}))
    }

    /// How many periods from the current one on are open; 0: only finished ones are.
    #[must_use]
    pub fn open_future_periods(self, n_periods: u32) -> Self {
        self.with("openFuturePeriods", json!(n_periods))
    }

    /// Days after a period's end when it locks; 0: never.
    #[must_use]
    pub fn expiry_days(self, days: f64) -> Self {
        self.with("expiryDays", json!(days))
    }

    /// Access of everybody, such as `rwrw----`.
    #[must_use]
    pub fn public_access(self, access: &str) -> Self {
        self.with("sharing", sharing(access))
    }
}

impl UserSpec {
    /// A user without any authority or unit.
    #[must_use]
    pub fn new(username: &str, password: &str) -> Self {
        Self {
            user: object(json!({
                "username": username, "firstName": username, "surname": username,
                "created": "2021-01-01T00:00:00.000", "lastUpdated": "2021-01-01T00:00:00.000",
            })),
            password: password.to_owned(),
            authorities: Vec::new(),
            token: None,
        }
    }

    fn with(mut self, property: &str, value: Value) -> Self {
        self.user.insert(property.to_owned(), value);
        self
    }

    /// With this id.
    #[must_use]
    pub fn id(self, id: &str) -> Self {
        self.with("id", json!(id))
    }

    /// With a role by its id, in place of a role made from authorities.
    #[must_use]
    pub fn role(self, id: &str) -> Self {
        self.with("userRoles", references([id]))
    }

    /// What the user may do, such as `F_DATAVALUE_ADD` or `ALL`.
    #[must_use]
    pub fn authorities<'a>(mut self, authorities: impl IntoIterator<Item = &'a str>) -> Self {
        self.authorities = authorities.into_iter().map(str::to_owned).collect();
        self
    }

    /// The roots of what the user may enter data for and look at.
    #[must_use]
    pub fn org_units<'a>(self, ids: impl IntoIterator<Item = &'a str>) -> Self {
        let units = references(ids);
        self.with("organisationUnits", units.clone()).with("dataViewOrganisationUnits", units)
    }

    /// A personal access token of this text, which does not expire.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// With a second factor: neither password nor token is of use.
    #[must_use]
    pub fn two_factor(self) -> Self {
        self.with("twoFactorType", json!("TOTP_ENABLED"))
    }

    /// Locked after too many tries.
    #[must_use]
    pub fn locked(self) -> Self {
        self.with("locked", json!(true))
    }

    /// Disabled by an administrator.
    #[must_use]
    pub fn disabled(self) -> Self {
        self.with("disabled", json!(true))
    }
}
