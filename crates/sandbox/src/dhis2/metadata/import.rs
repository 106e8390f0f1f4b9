//! `POST /api/metadata` and its report; single creates and patches.

use serde_json::{Value, json};

use super::store::{Object, Store, TYPES, id_of};

/// What a package would do or did.
pub(crate) struct Report {
    pub(crate) body: Value,
    pub(crate) is_error: bool,
}

/// Who imports, and when.
pub(crate) struct Author {
    /// The user as objects name them.
    pub(crate) user: Value,
    pub(crate) now: String,
}

impl Author {
    fn sign(&self, mut object: Object, known: Option<&Object>) -> Object {
        let first = |name: &str, now: &Value| {
            known.and_then(|known| known.get(name)).unwrap_or(now).clone()
        };
        let now = Value::from(self.now.clone());
        object.insert("created".to_owned(), first("created", &now));
        object.insert("createdBy".to_owned(), first("createdBy", &self.user));
        object.insert("lastUpdated".to_owned(), now);
        object.insert("lastUpdatedBy".to_owned(), self.user.clone());
        if let Some(Value::Object(sharing)) = object.get_mut("sharing")
            && let Some(owner) = self.user.get("id")
        {
            sharing.entry("owner").or_insert_with(|| owner.clone());
        }
        object
    }
}

/// A reference a type cannot be without.
const REQUIRED: &[(&str, &[&str])] = &[
    ("dataElements", &["name", "shortName", "aggregationType", "domainType", "valueType"]),
    ("dataSets", &["name", "shortName", "periodType"]),
    ("organisationUnits", &["name", "shortName", "openingDate"]),
    ("categories", &["name", "shortName", "dataDimensionType"]),
    ("categoryOptions", &["name", "shortName"]),
    ("categoryCombos", &["name", "dataDimensionType"]),
    ("optionSets", &["name", "valueType"]),
    ("options", &["name", "code"]),
];

/// References whose target must exist, in the package or the store.
const REFERENCES: &[(&str, &str, &str)] = &[
    ("dataElements", "categoryCombo", "categoryCombos"),
    ("dataElements", "optionSet", "optionSets"),
    ("dataSets", "categoryCombo", "categoryCombos"),
    ("dataSets", "organisationUnits", "organisationUnits"),
    ("organisationUnits", "parent", "organisationUnits"),
    ("categoryCombos", "categories", "categories"),
    ("categories", "categoryOptions", "categoryOptions"),
    ("categoryOptionCombos", "categoryCombo", "categoryCombos"),
    ("options", "optionSet", "optionSets"),
];

/// Imports a package: all of it, or, where anything is wrong, nothing.
///
/// `author` and `now` go into the objects as who made them and when.
pub(crate) fn import(
    store: &mut Store,
    package: &Object,
    strategy: &str,
    validate_only: bool,
    full_report: bool,
    author: &Author,
) -> Report {
    let mut reports = Vec::new();
    let mut sum = Stats::default();
    let mut is_error = false;
    let mut work: Vec<(&'static str, Vec<(String, Object)>)> = Vec::new();
    for (plural, _, class) in TYPES {
        let Some(objects) = package.get(*plural).and_then(Value::as_array) else { continue };
        if objects.is_empty() {
            continue;
        }
        let mut stats = Stats::default();
        let mut object_reports = Vec::new();
        let mut accepted = Vec::new();
        for (index, object) in objects.iter().filter_map(Value::as_object).enumerate() {
            let id = object
                .get("id")
                .and_then(Value::as_str)
                .map_or_else(|| store.new_id(), str::to_owned);
            let errors = check(store, package, plural, &id, object, strategy);
            stats.total += 1;
            if errors.is_empty() {
                if strategy == "DELETE" {
                    stats.deleted += 1;
                } else if store.get(plural, &id).is_some() {
                    stats.updated += 1;
                } else {
                    stats.created += 1;
                }
                accepted.push((id.clone(), object.clone()));
            } else {
                is_error = true;
                stats.ignored += 1;
            }
            if full_report || !errors.is_empty() {
                object_reports.push(json!({
                    "klass": class, "index": index, "uid": id,
                    "displayName": object.get("name").cloned().unwrap_or(Value::Null),
                    "errorReports": errors,
                }));
            }
        }
        sum.add(&stats);
        reports.push(json!({
            "klass": class, "stats": stats.json(), "objectReports": object_reports,
        }));
        work.push((plural, accepted));
    }
    if is_error {
        // atomicMode ALL: one refused object refuses the package.
        sum = Stats { ignored: sum.total, total: sum.total, ..Stats::default() };
    }
    if !is_error && !validate_only {
        for (plural, objects) in work {
            for (id, object) in objects {
                if strategy == "DELETE" {
                    store.remove(plural, &id);
                } else {
                    let signed = author.sign(object, store.get(plural, &id));
                    store.put(plural, &id, signed);
                }
            }
        }
    }
    let status = if is_error { "ERROR" } else { "OK" };
    let body = json!({
        "responseType": "ImportReport", "status": status,
        "stats": sum.json(), "typeReports": reports,
    });
    Report { body, is_error }
}

#[derive(Default)]
struct Stats {
    created: u64,
    updated: u64,
    deleted: u64,
    ignored: u64,
    total: u64,
}

impl Stats {
    fn add(&mut self, other: &Self) {
        self.created += other.created;
        self.updated += other.updated;
        self.deleted += other.deleted;
        self.ignored += other.ignored;
        self.total += other.total;
    }

    fn json(&self) -> Value {
        json!({
            "created": self.created, "updated": self.updated, "deleted": self.deleted,
            "ignored": self.ignored, "total": self.total,
        })
    }
}

fn check(
    store: &Store,
    package: &Object,
    plural: &'static str,
    id: &str,
    object: &Object,
    strategy: &str,
) -> Vec<Value> {
    let class = Store::class(plural);
    let error = |code: &str, message: String| json!({"message": message, "mainKlass": class, "mainId": id, "errorCode": code});
    let exists = store.get(plural, id).is_some();
    let name = object.get("name").and_then(Value::as_str).unwrap_or_default();
    match (strategy, exists) {
        ("CREATE", true) => {
            return vec![error(
                "E5000",
                format!(
                    "Found matching object for reference, but import mode is CREATE. Identifier was UID, and object was {name} [{id}] ({}).",
                    Store::singular(plural)
                ),
            )];
        }
        ("UPDATE" | "DELETE", false) => {
            return vec![error(
                "E5001",
                format!(
                    "No matching object for reference. Identifier was UID, and object was {name} [{id}] ({}).",
                    Store::singular(plural)
                ),
            )];
        }
        ("DELETE", true) => return Vec::new(),
        _ => {}
    }
    let mut errors = Vec::new();
    if !super::store::is_uid(id) {
        errors.push(error("E4014", format!("Invalid UID `{id}` for property `id`")));
    }
    for (_, required) in REQUIRED.iter().filter(|(of, _)| *of == plural) {
        for property in *required {
            if object.get(*property).is_none_or(Value::is_null) {
                errors.push(error("E4000", format!("Missing required property `{property}`.")));
            }
        }
    }
    for property in ["code", "name"] {
        let unique =
            property == "code" || matches!(plural, "dataElements" | "dataSets" | "categories");
        let Some(value) = object.get(property).filter(|value| unique && !value.is_null()) else {
            continue;
        };
        let clash = store
            .all(plural)
            .find(|(other, known)| *other != id && known.get(property) == Some(value));
        if let Some((other, _)) = clash {
            errors.push(error("E5003", format!("Property `{property}` with value `{}` on object {name} [{id}] ({}) already exists on object {other}.", value.as_str().unwrap_or_default(), Store::singular(plural))));
        }
    }
    for (_, property, target) in REFERENCES.iter().filter(|(of, ..)| *of == plural) {
        let references: Vec<&Value> = match object.get(*property) {
            Some(Value::Array(items)) => items.iter().collect(),
            Some(Value::Null) | None => Vec::new(),
            Some(one) => vec![one],
        };
        for wanted in references.into_iter().filter_map(id_of) {
            let in_package = package
                .get(*target)
                .and_then(Value::as_array)
                .is_some_and(|objects| objects.iter().any(|o| id_of(o) == Some(wanted)));
            if !in_package && store.get(target, wanted).is_none() {
                errors.push(error("E5002", format!("Invalid reference [{wanted}] ({}) on object {name} [{id}] ({}) for association `{property}`.", Store::singular(target), Store::singular(plural))));
            }
        }
    }
    errors
}

/// Creates or replaces one object; gives its id.
pub(crate) fn create(store: &mut Store, of: &'static str, object: &Object) -> String {
    let id = object.get("id").and_then(Value::as_str).map_or_else(|| store.new_id(), str::to_owned);
    store.put(of, &id, object.clone());
    id
}

/// Applies a JSON patch of top-level properties.
pub(crate) fn json_patch(store: &mut Store, of: &'static str, id: &str, patch: &Value) -> bool {
    let Some(object) = store.get(of, id) else { return false };
    let mut object = object.clone();
    for change in patch.as_array().into_iter().flatten() {
        let path = change.get("path").and_then(Value::as_str).unwrap_or_default();
        let Some(property) = path.strip_prefix('/') else { continue };
        match change.get("op").and_then(Value::as_str) {
            Some("remove") => drop(object.remove(property)),
            Some("add" | "replace") => {
                let value = change.get("value").cloned().unwrap_or(Value::Null);
                object.insert(property.to_owned(), value);
            }
            _ => {}
        }
    }
    store.put(of, id, object);
    true
}
