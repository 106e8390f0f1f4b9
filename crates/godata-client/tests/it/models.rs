//! Models read everything that a real server sends, write the same back, and hide people.

use std::fmt::Debug;

use godata_client::models::{
    Case, Contact, ContactOfContact, Event, ExportJob, FollowUp, LabResult, Location, Outbreak,
    Person, ReferenceItem, Relationship, SystemVersion, User,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use crate::recordings::rows;

fn round_trip<T: Serialize + DeserializeOwned>(list: &str) {
    let rows = rows(list);
    assert!(!rows.is_empty());
    for row in rows {
        let model: T = serde_json::from_value(row.clone()).unwrap();
        assert_eq!(serde_json::to_value(&model).unwrap(), row, "{list}");
    }
}

#[test]
fn recorded_rows_are_written_back_as_they_came() {
    round_trip::<Case>("cases");
    round_trip::<Contact>("contacts");
    round_trip::<ContactOfContact>("contacts-of-contacts");
    round_trip::<Event>("events");
    round_trip::<FollowUp>("follow-ups");
    round_trip::<LabResult>("lab-results");
    round_trip::<Relationship>("relationships");
    round_trip::<Location>("locations");
    round_trip::<ReferenceItem>("reference-data");
    round_trip::<Outbreak>("outbreaks");
    round_trip::<User>("users");
    round_trip::<Person>("people");
    round_trip::<SystemVersion>("system-versions");
    round_trip::<ExportJob>("export-jobs");
}

/// Every property that the recorded people carry has a name here, so that nothing is `extra`.
#[test]
fn nothing_about_recorded_people_is_unknown() {
    for row in rows("cases") {
        let case: Case = serde_json::from_value(row).unwrap();
        assert!(case.extra.is_empty(), "{:?}", case.extra.keys());
    }
    for row in rows("contacts") {
        let contact: Contact = serde_json::from_value(row).unwrap();
        assert!(contact.extra.is_empty(), "{:?}", contact.extra.keys());
    }
}

#[test]
fn missing_null_and_unknown_are_told_apart() {
    let row = json!({"usualPlaceOfResidenceLocationId": null, "fromTheFuture": {"a": [1]}});
    let case: Case = serde_json::from_value(row.clone()).unwrap();
    assert!(case.usual_place_of_residence_location_id.is_null());
    assert!(case.outcome_id.is_missing());
    assert_eq!(case.extra["fromTheFuture"], json!({"a": [1]}));
    assert_eq!(serde_json::to_value(&case).unwrap(), row);
}

#[test]
fn odd_values_are_kept_as_they_came() {
    for row in [
        json!({"classification": "LNG_OUTBREAK_X_NEW", "dateOfOnset": "yesterday"}),
        json!({"age": {"years": 1.5}, "dateRanges": [], "questionnaireAnswers": {"q": null}}),
        json!({"questionnaireAnswers": {"q": [{"value": ["a", "b"], "date": "2020-01-01"}]}}),
    ] {
        let case: Case = serde_json::from_value(row.clone()).unwrap();
        assert_eq!(serde_json::to_value(&case).unwrap(), row);
    }
}

/// Properties whose values are personal, wherever they stand. What is not listed here is neither a
/// name, an address, a number of a person, free text, nor the id of a person's record.
const PERSONAL: [&str; 37] = [
    "firstName",
    "middleName",
    "lastName",
    "name",
    "visualId",
    "dob",
    "number",
    "addressLine1",
    "city",
    "country",
    "postalCode",
    "phoneNumber",
    "emailAddress",
    "email",
    "lat",
    "lng",
    "comment",
    "comments",
    "description",
    "notes",
    "riskReason",
    "burialPlaceName",
    "sampleIdentifier",
    "quantitativeResult",
    "socialRelationshipDetail",
    "noSequenceReason",
    "telephoneNumbers",
    "institutionName",
    "questionnaireAnswers",
    "questionnaireAnswersContact",
    "questionnaireAnswersCase",
    "duplicateKeys",
    "personId",
    "responsibleUserId",
    "createdBy",
    "updatedBy",
    "otherParticipantId",
];

/// Writes a marker into every text below, or only into the personal ones.
fn plant(value: &mut Value, is_personal: bool) {
    match value {
        Value::String(text) if is_personal => *text = format!("PLANTED {text}"),
        Value::Array(items) => items.iter_mut().for_each(|item| plant(item, is_personal)),
        Value::Object(properties) => {
            for (name, value) in properties {
                plant(value, is_personal || PERSONAL.contains(&name.as_str()));
            }
        }
        _ => {}
    }
}

fn check_debug<T: DeserializeOwned + Debug>(list: &str, is_about_people: bool) {
    for mut row in rows(list) {
        plant(&mut row, false);
        let properties = row.as_object_mut().unwrap();
        if is_about_people {
            // A record's own id leads to the person; unknown properties could hold anything.
            properties.insert("id".into(), "PLANTED id".into());
            properties.insert("fromTheFuture".into(), "PLANTED".into());
        } else {
            // The names of places and lists are no secrets.
            unplant(properties);
        }
        let model: T = serde_json::from_value(row.clone()).unwrap();
        let debug = format!("{model:?} {model:#?}");
        assert!(!debug.contains("PLANTED"), "{list}: {debug}");
    }
}

fn unplant(properties: &mut Map<String, Value>) {
    for name in ["name", "description"] {
        if let Some(Value::String(text)) = properties.get_mut(name) {
            *text = text.replace("PLANTED ", "");
        }
    }
    if let Some(Value::Array(items)) = properties.get_mut("identifiers") {
        items.iter_mut().filter_map(Value::as_object_mut).for_each(unplant);
    }
}

#[test]
fn debug_shows_nobody() {
    check_debug::<Case>("cases", true);
    check_debug::<Contact>("contacts", true);
    check_debug::<ContactOfContact>("contacts-of-contacts", true);
    check_debug::<Person>("people", true);
    check_debug::<Location>("locations", false);
    check_debug::<ReferenceItem>("reference-data", false);
    check_debug::<User>("users", false);
    check_debug::<Outbreak>("outbreaks", false);
}

/// Events, follow-ups, lab results and relationships show their own id (it names no person), but
/// nothing of the people in them.
#[test]
fn debug_of_what_is_about_people_shows_nobody() {
    fn check<T: DeserializeOwned + Debug>(list: &str) {
        for mut row in rows(list) {
            plant(&mut row, false);
            for person in ["contact", "person"] {
                if let Some(Value::Object(person)) = row.get_mut(person) {
                    person.insert("id".into(), "PLANTED id".into());
                }
            }
            for side in row.get_mut("persons").and_then(Value::as_array_mut).into_iter().flatten() {
                side["id"] = "PLANTED id".into();
            }
            let id = row["id"].as_str().unwrap().to_owned();
            let is_event = list == "events";
            if is_event {
                row["visualId"] = "EV-1".into();
            }
            let model: T = serde_json::from_value(row).unwrap();
            let debug = format!("{model:?}");
            assert!(!debug.contains("PLANTED"), "{list}: {debug}");
            assert!(debug.contains(&id), "{list}: {debug}");
        }
    }
    check::<Event>("events");
    check::<FollowUp>("follow-ups");
    check::<LabResult>("lab-results");
    check::<Relationship>("relationships");
}

#[test]
fn debug_shows_what_helps_to_understand_a_count() {
    let case: Case = serde_json::from_value(rows("cases")[0].clone()).unwrap();
    let debug = format!("{case:?}");
    for shown in ["classification: ", "date_of_reporting: 20", "age: Age"] {
        assert!(debug.contains(shown), "{shown} in {debug}");
    }
}

#[test]
fn the_sides_of_a_relationship_are_found_by_their_flags() {
    for row in rows("relationships") {
        let relationship: Relationship = serde_json::from_value(row).unwrap();
        let (source, target) = (relationship.source().unwrap(), relationship.target().unwrap());
        assert_ne!(source.id, target.id);
    }
}
