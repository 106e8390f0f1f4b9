//! The `fields` parameter: which properties an answer shows, through references.

use serde_json::{Value, json};

use super::{
    combos::{DEFAULT_COMBO, references},
    store::{Object, Store, id_of},
};
use crate::dhis2::catalog::Catalog;
use crate::dhis2::users::Account;

/// One entry of a `fields` list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    excluded: bool,
    children: Option<Vec<Field>>,
    /// `~rename(x)`, `~size` and so on, in order.
    transformers: Vec<(String, String)>,
}

impl Field {
    /// Reads `a,b[c,d[e]],!f,g~rename(h)`.
    pub(crate) fn parse_list(text: &str) -> Vec<Self> {
        let mut rest = text;
        Self::list(&mut rest)
    }

    fn list(rest: &mut &str) -> Vec<Self> {
        let mut fields = Vec::new();
        let mut word = String::new();
        let mut children = None;
        let mut parenthesis = 0_u32;
        loop {
            let mut chars = rest.chars();
            let next = chars.next();
            *rest = chars.as_str();
            match next {
                Some('(') => {
                    parenthesis += 1;
                    word.push('(');
                }
                Some(')') if parenthesis > 0 => {
                    parenthesis -= 1;
                    word.push(')');
                }
                Some('[') if parenthesis == 0 => children = Some(Self::list(rest)),
                Some(',') if parenthesis == 0 => {
                    fields.extend(Self::word(&std::mem::take(&mut word), children.take()));
                }
                Some(']') | None => {
                    fields.extend(Self::word(&word, children));
                    return fields;
                }
                Some(other) => word.push(other),
            }
        }
    }

    fn word(word: &str, children: Option<Vec<Self>>) -> Option<Self> {
        let mut parts = word.trim().split(['~', '|']);
        let name = parts.next().filter(|name| !name.is_empty())?;
        let excluded = name.starts_with('!');
        let transformers = parts
            .map(|part| match part.split_once('(') {
                Some((what, argument)) => {
                    (what.to_owned(), argument.trim_end_matches(')').to_owned())
                }
                None => (part.to_owned(), String::new()),
            })
            .collect();
        let name = name.trim_start_matches('!').replace("::", ":");
        Some(Self { name, excluded, children, transformers })
    }
}

/// Which type a property refers to.
fn target(property: &str) -> Option<&'static str> {
    Some(match property {
        "dataElement" | "dataElements" => "dataElements",
        "dataSet" | "dataSets" => "dataSets",
        "organisationUnit"
        | "organisationUnits"
        | "dataViewOrganisationUnits"
        | "teiSearchOrganisationUnits"
        | "parent"
        | "ancestors"
        | "children" => "organisationUnits",
        "categoryCombo" | "categoryCombos" => "categoryCombos",
        "category" | "categories" => "categories",
        "categoryOption" | "categoryOptions" => "categoryOptions",
        "categoryOptionCombo" | "categoryOptionCombos" | "attributeOptionCombo" => {
            "categoryOptionCombos"
        }
        "option" | "options" => "options",
        "optionSet" | "commentOptionSet" | "optionSets" => "optionSets",
        "userRoles" => "userRoles",
        "userGroups" => "userGroups",
        "user" | "users" | "createdBy" | "lastUpdatedBy" => "users",
        "attribute" | "attributes" => "attributes",
        "sections" => "sections",
        _ => return None,
    })
}

/// The store as one user sees it.
pub(crate) struct View<'a> {
    pub(crate) store: &'a Store,
    pub(crate) catalog: &'a Catalog,
    pub(crate) account: &'a Account,
}

impl View<'_> {
    /// A property, stored or worked out.
    pub(crate) fn property(&self, of: &str, object: &Object, name: &str) -> Option<Value> {
        let id = object.get("id").and_then(Value::as_str).unwrap_or_default();
        match (of, name) {
            (_, "displayName") => object.get("name").cloned(),
            (_, "displayShortName") => object.get("shortName").cloned(),
            (_, "access") => Some(self.access(of, object)),
            ("organisationUnits", "path") => Some(json!(self.catalog.unit(id)?.path)),
            ("organisationUnits", "level") => Some(json!(self.catalog.unit(id)?.level)),
            ("organisationUnits", "leaf") => Some(json!(
                !self
                    .store
                    .all("organisationUnits")
                    .any(|(_, unit)| unit.get("parent").and_then(id_of) == Some(id))
            )),
            ("organisationUnits", "children") => Some(self.referring(of, "parent", id)),
            ("organisationUnits", "ancestors") => {
                let path = &self.catalog.unit(id)?.path;
                let mut ids: Vec<&str> = path.split('/').skip(1).collect();
                ids.pop();
                Some(ids.iter().map(|id| json!({"id": id})).collect())
            }
            ("organisationUnits", "dataSets") => {
                Some(self.referring("dataSets", "organisationUnits", id))
            }
            ("categoryCombos", "isDefault") => Some(json!(id == DEFAULT_COMBO)),
            ("categoryCombos", "categoryOptionCombos") => {
                Some(self.referring("categoryOptionCombos", "categoryCombo", id))
            }
            ("dataElements", "dataSetElements") => Some(
                self.store
                    .all("dataSets")
                    .filter(|(set, _)| {
                        self.catalog.data_set(set).is_some_and(|set| set.elements.contains_key(id))
                    })
                    .map(|(set, _)| json!({"dataSet": {"id": set}, "dataElement": {"id": id}}))
                    .collect(),
            ),
            ("users", "authorities") => Some(json!(self.catalog.authorities(self.store, object))),
            _ => object.get(name).cloned(),
        }
    }

    /// References to the objects of a type whose property refers to this id.
    fn referring(&self, of: &str, property: &str, id: &str) -> Value {
        self.store
            .all(of)
            .filter(|(_, object)| {
                object.get(property).and_then(id_of) == Some(id)
                    || references(object, property).any(|reference| reference == id)
            })
            .map(|(id, _)| json!({"id": id}))
            .collect()
    }

    /// Whether the user may see an object.
    pub(crate) fn may_read(&self, object: &Object) -> bool {
        self.account.sees(object, 0, b'r')
    }

    fn access(&self, of: &str, object: &Object) -> Value {
        // Changing takes an authority for the type besides the sharing; only `ALL` has it here.
        let all = self.account.is_super();
        let mut access = json!({
            "manage": all, "write": all, "read": self.may_read(object), "update": all, "delete": all,
        });
        if matches!(of, "dataSets" | "categoryOptions") {
            access["data"] = json!({
                "read": self.account.sees(object, 2, b'r'),
                "write": self.account.sees(object, 3, b'w'),
            });
        }
        access
    }

    /// An object with the wanted fields.
    pub(crate) fn show(&self, of: &str, object: &Object, fields: &[Field]) -> Value {
        let mut shown = serde_json::Map::new();
        for field in fields.iter().filter(|field| !field.excluded) {
            let names: Vec<String> = match field.name.as_str() {
                "*" | ":all" => object
                    .keys()
                    .cloned()
                    .chain(["displayName", "access"].map(str::to_owned))
                    .chain(computed(of).iter().map(|name| (*name).to_owned()))
                    .collect(),
                ":owner" | ":persisted" => object.keys().cloned().collect(),
                ":identifiable" => {
                    ["id", "code", "name", "created", "lastUpdated"].map(str::to_owned).to_vec()
                }
                ":nameable" => ["id", "code", "name", "shortName", "created", "lastUpdated"]
                    .map(str::to_owned)
                    .to_vec(),
                name => vec![name.to_owned()],
            };
            let many = names.len() > 1;
            for name in names {
                let Some(value) = self.property(of, object, &name) else { continue };
                let value = match &field.children {
                    Some(children) => self.nested(&name, value, children),
                    None => value,
                };
                let (name, value) =
                    if many { (name, value) } else { self.transform(field, name, value) };
                shown.insert(name, value);
            }
        }
        for field in fields.iter().filter(|field| field.excluded) {
            shown.remove(&field.name);
        }
        Value::Object(shown)
    }

    fn nested(&self, property: &str, value: Value, children: &[Field]) -> Value {
        match value {
            Value::Array(items) => items
                .into_iter()
                .filter(|item| self.target_of(property, item).is_none_or(|o| self.may_read(o)))
                .map(|item| self.nested(property, item, children))
                .collect(),
            Value::Object(own) => match self.target_of(property, &Value::Object(own.clone())) {
                Some(object) => self.show(target(property).unwrap_or_default(), object, children),
                // An embedded object, such as an entry of `dataSetElements`.
                None => self.show("", &own, children),
            },
            other => other,
        }
    }

    fn target_of(&self, property: &str, reference: &Value) -> Option<&Object> {
        self.store.get(target(property)?, id_of(reference)?)
    }

    fn transform(&self, field: &Field, mut name: String, mut value: Value) -> (String, Value) {
        for (what, argument) in &field.transformers {
            let n = value.as_array().map_or(0, Vec::len);
            match what.as_str() {
                "rename" => name.clone_from(argument),
                "size" => {
                    value = json!(value.as_str().map_or(n, |text| text.chars().count()));
                }
                "isEmpty" => value = json!(n == 0),
                "isNotEmpty" => value = json!(n > 0),
                "pluck" => {
                    let property = if argument.is_empty() { "id" } else { argument };
                    let items = value.as_array().cloned().unwrap_or_default();
                    value = items
                        .iter()
                        .map(|item| {
                            self.target_of(&field.name, item)
                                .and_then(|object| object.get(property))
                                .or_else(|| item.get(property))
                                .cloned()
                                .unwrap_or(Value::Null)
                        })
                        .collect();
                }
                _ => {}
            }
        }
        (name, value)
    }

    /// The values at the end of a dotted path, through references and lists.
    pub(crate) fn values(&self, of: &str, object: &Object, path: &str) -> Vec<Value> {
        let (name, rest) = match path.split_once('.') {
            Some((name, rest)) => (name, Some(rest)),
            None => (path, None),
        };
        let Some(value) = self.property(of, object, name) else { return Vec::new() };
        let Some(rest) = rest else { return vec![value] };
        let items = match value {
            Value::Array(items) => items,
            other => vec![other],
        };
        items
            .iter()
            .flat_map(|item| match (self.target_of(name, item), item) {
                (Some(object), _) => self.values(target(name).unwrap_or_default(), object, rest),
                (None, Value::Object(own)) => self.values("", own, rest),
                _ => Vec::new(),
            })
            .collect()
    }
}

/// Properties that are worked out, shown by `:all`.
fn computed(of: &str) -> &'static [&'static str] {
    match of {
        "organisationUnits" => &["path", "level", "leaf", "children", "ancestors", "dataSets"],
        "categoryCombos" => &["isDefault", "categoryOptionCombos"],
        "dataElements" => &["dataSetElements"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_fields_nests() {
        let fields = Field::parse_list("id,a[b,c[d]],!x,items~rename(n)~size");
        let names: Vec<&str> = fields.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["id", "a", "x", "items"]);
        let inner = fields[1].children.as_ref().unwrap();
        assert_eq!(inner[1].children.as_ref().unwrap()[0].name, "d");
        assert!(fields[2].excluded);
        assert_eq!(fields[3].transformers[0], ("rename".to_owned(), "n".to_owned()));
        assert_eq!(fields[3].transformers[1].0, "size");
    }
}
