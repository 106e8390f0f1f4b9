//! An exported record, made to look like what the API answers.
//!
//! An export names the id `_id`, leaves out `usualPlaceOfResidenceLocationId`, gives the two persons of a relationship
//! as `sourcePerson` and `targetPerson`, and, without *don't translate values*, words in place of ids (recordings
//! `export-download`, `export-labels-download`; Go.Data 2.50.3).

use std::sync::Arc;

use indicators::{Source, id_prefix};
use serde_json::{Map, Value};

use super::columns::Columns;
use super::header;
use super::heading::Headings;
use super::labels::{Labels, Meaning};
use super::needs::Needs;
use super::unfit::Unfit;

const RESIDENCE: &str = "usualPlaceOfResidenceLocationId";
const ANSWERS: &str = "questionnaireAnswers";
/// What the exporter writes in place of an anonymised value.
const ANONYMISED: &str = "***";

/// Fields that every person has, by which it is known whether values are translated.
pub(super) const WORDS: [&str; 3] = ["classification", "gender", "type"];

/// What is done with the records of a file.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) source: Source,
    pub(super) needs: Arc<Needs>,
    pub(super) labels: Arc<Labels>,
    pub(super) headings: Arc<Headings>,
}

impl Shape {
    /// The record under the names of fields, where it came under headings.
    pub(super) fn without_headings(&self, fields: Map<String, Value>) -> Map<String, Value> {
        renamed(&self.headings, &[], "", fields)
    }

    /// Refuses an export with headings where a field is needed whose heading is not known.
    pub(super) fn check_headings(&self) -> Result<(), Unfit> {
        if self.needs.has(ANSWERS) {
            return Err(answers_in_words());
        }
        self.needs.check(&Columns::of_headings(&self.headings))
    }

    /// The record as the API would have answered it, as far as it is needed.
    ///
    /// # Errors
    ///
    /// When a value that is needed is a word whose id is not known, or is anonymised.
    pub(super) fn apply(
        &self,
        mut fields: Map<String, Value>,
    ) -> Result<Map<String, Value>, Unfit> {
        let mut placed = Placed::default();
        place_ids(&mut fields, &mut placed);
        if let Some(id) = fields.remove("_id") {
            fields.insert("id".to_owned(), id);
        }
        derive(&mut fields);
        let mut in_words = WORDS.iter().any(|name| {
            let word =
                |text: &str| !text.is_empty() && text != ANONYMISED && !text.starts_with("LNG_");
            fields.get(*name).and_then(Value::as_str).is_some_and(word)
        });
        fields.retain(|name, _| self.needs.has(name));
        for (name, value) in &mut fields {
            if name != ANSWERS {
                self.ids(name, value, &mut in_words)?;
            } else if is_anonymised(value) {
                return Err(anonymised(name));
            }
        }
        if in_words && placed.by_name && !self.headings.name_place_ids() {
            return Err(Unfit::new(
                "places are given by name only, and two places may have one name",
                "export again with \"Don't translate values\", or with the group of location ids",
            ));
        }
        let answered =
            || fields.get(ANSWERS).and_then(Value::as_object).is_some_and(|all| !all.is_empty());
        if in_words && answered() {
            return Err(answers_in_words());
        }
        Ok(fields)
    }

    /// Puts ids in place of words, in a value and all below it.
    fn ids(&self, path: &str, value: &mut Value, in_words: &mut bool) -> Result<(), Unfit> {
        match value {
            Value::Array(list) => {
                for item in list {
                    self.ids(path, item, in_words)?;
                }
            }
            Value::Object(fields) => {
                for (name, value) in fields {
                    self.ids(&format!("{path}.{name}"), value, in_words)?;
                }
            }
            Value::String(text) if text == ANONYMISED => return Err(anonymised(path)),
            Value::String(text) if !text.is_empty() && !text.starts_with("LNG_") => {
                if let Some(prefix) = id_prefix(self.source, path) {
                    let id = self.id(path, prefix, text)?;
                    id.clone_into(text);
                    *in_words = true;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn id(&self, path: &str, prefix: &str, label: &str) -> Result<&str, Unfit> {
        let (what, next) = match self.labels.meaning(prefix, label) {
            Meaning::Id(id) => return Ok(id),
            _ if self.labels.is_empty() => (
                "values are translated: they are words of some language, not ids",
                "export again with \"Don't translate values\"; or put an export of the reference data in the same \
                 language, with \"Use database column names\", into the folder as reference-data.csv",
            ),
            Meaning::Unknown => (
                "a translated value is not in the file of reference data",
                "export the reference data again, in the language of the records and with \"Use database column \
                 names\"; or export the records with \"Don't translate values\"",
            ),
            Meaning::Ambiguous => (
                "a translated value is the label of several reference data",
                "export the records with \"Don't translate values\"",
            ),
        };
        Err(Unfit::new(what, next).at("field", path))
    }
}

/// Questions have no ids in the reference data.
pub(super) fn answers_in_words() -> Unfit {
    Unfit::new(
        "answers to questionnaires are translated, and nothing says which answer a word stands for",
        "export again with \"Use database column names\" and \"Don't translate values\"",
    )
    .at("field", ANSWERS)
}

fn anonymised(path: &str) -> Unfit {
    Unfit::new(
        "a field that is needed is anonymised",
        "export again without anonymising this field; nothing but the fields that indicators need is looked at",
    )
    .at("field", path)
}

fn is_anonymised(value: &Value) -> bool {
    value.as_str() == Some(ANONYMISED)
}

/// How places are given.
#[derive(Debug, Default)]
struct Placed {
    /// Whether one has no id beside it.
    by_name: bool,
}

/// Puts the id of a place, where it stands beside its name, in place of the name.
fn place_ids(fields: &mut Map<String, Value>, placed: &mut Placed) {
    let places: Vec<String> = fields
        .iter()
        .filter(|(name, value)| header::is_place(name) && value.is_string())
        .map(|(name, _)| name.clone())
        .collect();
    for place in places {
        // The word after the field's name is in the user's language. Codes, levels and parents are lists.
        let beside = fields.iter().find(|(name, value)| {
            name.strip_prefix(place.as_str()).is_some_and(|word| word.starts_with(' '))
                && (value.is_string() || value.is_null())
        });
        match beside.map(|(name, id)| (name.clone(), id.clone())) {
            Some((name, id)) => {
                fields.remove(&name);
                fields.insert(place, id);
            }
            // A parent is always an id.
            None => placed.by_name |= place != "parentLocationId" && place != RESIDENCE,
        }
    }
    for (_, value) in fields.iter_mut() {
        match value {
            Value::Object(below) => place_ids(below, placed),
            Value::Array(list) => {
                for item in list.iter_mut().filter_map(Value::as_object_mut) {
                    place_ids(item, placed);
                }
            }
            _ => {}
        }
    }
}

/// Adds what the API has and an export has not.
fn derive(fields: &mut Map<String, Value>) {
    for copy in ["contact", "case", "person"] {
        let Some(person) = fields.get_mut(copy).and_then(Value::as_object_mut) else { continue };
        add_residence(person);
        if let Some(id) = person.get("id").filter(|id| id.is_string()).cloned() {
            fields.entry("personId").or_insert(id);
        }
    }
    add_residence(fields);
    if !fields.contains_key("persons") {
        let mut persons = Vec::new();
        for (name, role) in [("sourcePerson", "source"), ("targetPerson", "target")] {
            if let Some(Value::Object(mut person)) = fields.remove(name) {
                person.retain(|name, _| name == "id" || name == "type");
                person.insert(role.to_owned(), Value::Bool(true));
                persons.push(Value::Object(person));
            }
        }
        if !persons.is_empty() {
            fields.insert("persons".to_owned(), Value::Array(persons));
        }
    }
}

fn add_residence(fields: &mut Map<String, Value>) {
    if !fields.contains_key(RESIDENCE)
        && let Some(place) = residence(fields)
    {
        fields.insert(RESIDENCE.to_owned(), place);
    }
}

/// The location of the usual place of residence, where it is known which address that is; for events that of their
/// one address.
fn residence(fields: &Map<String, Value>) -> Option<Value> {
    let own = |address: &&Value| {
        address["typeId"]
            .as_str()
            .is_some_and(|kind| kind.ends_with("_ADDRESS_TYPE_USUAL_PLACE_OF_RESIDENCE"))
    };
    let addresses = fields.get("addresses").and_then(Value::as_array);
    let address =
        addresses.and_then(|list| list.iter().find(own)).or_else(|| fields.get("address"))?;
    Some(address.get("locationId")?.clone())
}

/// The fields below `above`, whose headings are `words`, under their names.
fn renamed(
    headings: &Headings,
    above: &[String],
    words: &str,
    fields: Map<String, Value>,
) -> Map<String, Value> {
    let mut named = Map::new();
    for (key, value) in fields {
        // Questions stand under their texts; what is below them has headings again.
        if matches!(above, [answers] if answers == ANSWERS) && value.is_array() {
            named.insert(key, below(headings, above, words, value));
            continue;
        }
        let words = if words.is_empty() { key } else { format!("{words} {key}") };
        if let Some(field) = headings.field(above, &words) {
            let path: Vec<String> = above.iter().cloned().chain([field.to_owned()]).collect();
            named.insert(field.to_owned(), below(headings, &path, &words, value));
        }
    }
    named
}

fn below(headings: &Headings, path: &[String], words: &str, value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(renamed(headings, path, words, fields)),
        Value::Array(list) => {
            Value::Array(list.into_iter().map(|item| below(headings, path, words, item)).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CLASS: &str = "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED";
    const USUAL: &str = "LNG_REFERENCE_DATA_CATEGORY_ADDRESS_TYPE_USUAL_PLACE_OF_RESIDENCE";
    const PREVIOUS: &str =
        "LNG_REFERENCE_DATA_CATEGORY_ADDRESS_TYPE_PREVIOUS_USUAL_PLACE_OF_RESIDENCE";

    fn shape(fields: &[&str], labels: &[(&str, &str)]) -> Shape {
        let mut known = Labels::default();
        for (id, label) in labels {
            known.add(json!({ "token": id, "translation": label }).as_object().unwrap());
        }
        Shape {
            source: Source::Cases,
            needs: Arc::new(Needs::fields(fields.iter().copied())),
            labels: Arc::new(known),
            headings: Arc::new(Headings::of(Source::Cases)),
        }
    }

    fn apply(shape: &Shape, record: Value) -> Result<Value, Unfit> {
        let Value::Object(fields) = record else { panic!("an object") };
        shape.apply(fields).map(Value::Object)
    }

    #[test]
    fn an_export_gets_its_id_and_its_place_back_and_loses_what_nobody_needs() {
        let shape = shape(&["classification", "addresses", RESIDENCE], &[]);
        let answered = apply(
            &shape,
            json!({
                "_id": "a",
                "firstName": "A",
                "classification": CLASS,
                "addresses": [
                    { "typeId": PREVIOUS, "locationId": "old" },
                    { "typeId": USUAL, "locationId": "home" },
                ],
            }),
        )
        .unwrap();

        assert_eq!((&answered["id"], &answered[RESIDENCE]), (&json!("a"), &json!("home")));
        assert_eq!(answered.get("firstName"), None);
        let none = apply(&shape, json!({ "_id": "b", "addresses": [] })).unwrap();
        assert_eq!(none.get(RESIDENCE), None);
    }

    #[test]
    fn words_become_ids_where_reference_data_say_so_and_are_refused_elsewhere() {
        let record = json!({ "_id": "a", "classification": "Confirmé" });
        let with =
            |labels: &[(&str, &str)]| apply(&shape(&["classification"], labels), record.clone());

        assert_eq!(with(&[(CLASS, "Confirmé")]).unwrap()["classification"], CLASS);
        assert!(with(&[]).unwrap_err().to_string().contains("translated"));
        assert!(with(&[(CLASS, "Confirmed")]).unwrap_err().to_string().contains("not in the file"));
        let two = [(CLASS, "Confirmé"), ("LNG_OUTBREAK_1_X", "Confirmé")];
        assert!(with(&two).unwrap_err().to_string().contains("several"));
        // What no indicator needs may be in words.
        assert!(apply(&shape(&[], &[]), record).is_ok());
    }

    #[test]
    fn places_in_words_need_their_id_beside_them() {
        let shape =
            shape(&["classification", "deathLocationId", "addresses"], &[(CLASS, "Confirmed")]);
        let beside = format!("deathLocationId{}", header::ID_BESIDE);
        let with = apply(
            &shape,
            json!({ "classification": "Confirmed", "deathLocationId": "Home", beside: "id-1" }),
        );
        let without = apply(
            &shape,
            json!({ "classification": "Confirmed", "addresses": [{ "locationId": "Home" }] }),
        );
        let ids = apply(
            &shape,
            json!({ "classification": CLASS, "addresses": [{ "locationId": "id-1" }] }),
        );

        assert_eq!(with.unwrap()["deathLocationId"], "id-1");
        assert!(without.unwrap_err().to_string().contains("by name"));
        assert_eq!(ids.unwrap()["addresses"][0]["locationId"], "id-1");
    }

    #[test]
    fn who_met_whom_and_whose_result_it_is_are_put_together() {
        let shape = shape(&["persons", "personId", "person"], &[]);
        let met = apply(
            &shape,
            json!({ "_id": "r", "sourcePerson": { "id": "a", "firstName": "A" }, "targetPerson": { "id": "b" } }),
        )
        .unwrap();
        let result = apply(
            &shape,
            json!({ "_id": "l", "person": { "id": "a", "address": { "locationId": "home" } } }),
        )
        .unwrap();

        assert_eq!(
            met["persons"],
            json!([{ "id": "a", "source": true }, { "id": "b", "target": true }])
        );
        assert_eq!(result["personId"], "a");
        assert_eq!(result["person"][RESIDENCE], "home");
    }

    #[test]
    fn an_anonymised_field_is_refused_only_if_it_is_needed() {
        let record = json!({ "_id": "a", "gender": "***", "firstName": "***" });

        assert!(
            apply(&shape(&["gender"], &[]), record.clone())
                .unwrap_err()
                .to_string()
                .contains("anonymised")
        );
        assert!(apply(&shape(&[], &[]), record).is_ok());
    }

    #[test]
    fn headings_become_names_of_fields() {
        let record = json!({
            "ID": "a",
            "Classification": "Confirmed",
            "Dates": [{ "Start Date": "2021-01-19T00:00:00Z", "Location": "Hospital", "Location ID": "h" }],
            "Questionnaire answers": { "Any fever?": [{ "Value": "Yes" }] },
            "Something new": 1,
        });
        let Value::Object(record) = record else { panic!("an object") };

        let expected = json!({
            "id": "a",
            "classification": "Confirmed",
            "dateRanges": [{ "startDate": "2021-01-19T00:00:00Z", "locationId": "Hospital", "locationId ID": "h" }],
            "questionnaireAnswers": { "Any fever?": [{ "value": "Yes" }] },
        });
        assert_eq!(Value::Object(shape(&[], &[]).without_headings(record)), expected);
    }
}
