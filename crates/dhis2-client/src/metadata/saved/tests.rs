use serde_json::{Value, json};

use super::{SavedError, SavedMetadata};
use crate::metadata::tests::covid19;
use crate::recordings;

const ID: &str = "uKtOZwDnIpM";

fn saved(files: &[&Value]) -> SavedMetadata {
    let mut saved = SavedMetadata::default();
    for file in files {
        saved.add(file.to_string().as_bytes()).unwrap();
    }
    saved
}

fn error_of(files: &[&Value]) -> (String, Option<String>) {
    let error = saved(files).data_set(ID.parse().unwrap()).unwrap_err();
    (error.to_string(), error.request().map(str::to_owned))
}

/// What a real 2.42 answered, as it would have been saved.
fn recorded() -> [Value; 3] {
    ["covid19-read-data-set", "covid19-read-category-combos", "covid19-read-org-units"]
        .map(recordings::covid19)
}

/// The order in which a server lists units and option combinations is its own.
fn in_words(set: &crate::DataSet) -> Vec<String> {
    let mut lines: Vec<String> = format!("{set:#?}").lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn recorded_answers_give_what_the_server_gave() {
    let [set, combos, units] = recorded();
    let one = saved(&[&set, &combos, &units]).data_set(ID.parse().unwrap()).unwrap();
    let other = saved(&[&units, &combos, &set]).data_set(ID.parse().unwrap()).unwrap();
    assert_eq!(in_words(&one), in_words(&covid19()));
    assert_eq!(in_words(&other), in_words(&one), "in whichever order");
}

/// The form of `/api/metadata`: every kind by itself, and references between them.
#[test]
fn an_export_gives_what_the_answers_gave() {
    let [set, combos, units] = recorded();
    let mut export = json!({ "system": { "version": "2.42.7" }, "organisationUnits": units["organisationUnits"] });
    let mut flat = |kind: &str, mut object: Value, refer: &[&str]| {
        for key in refer {
            if let Some(list) = object[*key].as_array() {
                object[*key] = list.iter().map(|one| json!({ "id": one["id"] })).collect();
            }
        }
        let list = export.as_object_mut().unwrap().entry(kind).or_insert_with(|| json!([]));
        list.as_array_mut().unwrap().push(object);
    };
    for combo in combos["categoryCombos"].as_array().unwrap() {
        for category in combo["categories"].as_array().unwrap() {
            for option in category["categoryOptions"].as_array().unwrap() {
                flat("categoryOptions", option.clone(), &[]);
            }
            flat("categories", category.clone(), &["categoryOptions"]);
        }
        for made in combo["categoryOptionCombos"].as_array().unwrap() {
            let mut made = made.clone();
            made["categoryCombo"] = json!({ "id": combo["id"] });
            flat("categoryOptionCombos", made, &["categoryOptions"]);
        }
        let mut combo = combo.clone();
        combo.as_object_mut().unwrap().remove("categoryOptionCombos");
        flat("categoryCombos", combo, &["categories"]);
    }
    let mut set = set;
    for member in set["dataSetElements"].as_array_mut().unwrap() {
        let mut element = member["dataElement"].take();
        member["dataElement"] = json!({ "id": element["id"] });
        if let Some(options) = element["optionSet"]["options"].as_array().cloned() {
            let mut of_set = element["optionSet"].clone();
            of_set["options"] = json!([]);
            for (n, mut option) in options.into_iter().enumerate() {
                option["id"] = json!(format!("optionxxx{n:02}"));
                of_set["options"].as_array_mut().unwrap().push(json!({ "id": option["id"] }));
                flat("options", option, &[]);
            }
            element["optionSet"] = json!({ "id": of_set["id"] });
            flat("optionSets", of_set, &[]);
        }
        flat("dataElements", element, &[]);
    }
    flat("dataSets", set, &[]);

    let saved = saved(&[&export]);

    assert_eq!(in_words(&saved.data_set(ID.parse().unwrap()).unwrap()), in_words(&covid19()));
    let listed = saved.data_sets();
    assert_eq!(listed.len(), 1);
    assert!(listed[0].access.write, "an export does not say what a user may do");
}

#[test]
fn what_is_missing_is_named_with_the_request_that_gives_it() {
    let [mut set, combos, units] = recorded();
    // The recorded request asked for more than an export holds in one object.
    for member in set["dataSetElements"].as_array_mut().unwrap() {
        let combo = &mut member["dataElement"]["categoryCombo"];
        *combo = json!({ "id": combo["id"] });
    }
    for unit in set["organisationUnits"].as_array_mut().unwrap() {
        *unit = json!({ "id": unit["id"] });
    }
    let (message, request) = error_of(&[&set, &units]);
    assert!(message.contains("category combination UPxdJOxz2I7"), "{message}");
    assert!(request.unwrap().contains("categoryOptionCombos[id,code,name,categoryOptions[id]]"));

    let mut without = combos.clone();
    for combo in without["categoryCombos"].as_array_mut().unwrap() {
        combo.as_object_mut().unwrap().remove("categoryOptionCombos");
    }
    let (message, _) = error_of(&[&set, &without, &units]);
    assert!(message.contains("list of option combinations"), "{message}");

    let mut unassigned = set.clone();
    unassigned["organisationUnits"] = json!([]);
    let (message, request) = error_of(&[&unassigned, &combos, &units]);
    assert!(message.contains("any organisation unit"), "{message}");
    assert!(request.unwrap().contains(&format!("filter=dataSets.id:eq:{ID}")));

    let (message, _) = error_of(&[&set, &combos]);
    assert!(message.contains("10 of the 10 organisation units"), "{message}");

    let (message, request) = error_of(&[&units]);
    assert!(message.contains("the data set uKtOZwDnIpM with its elements"), "{message}");
    assert!(request.unwrap().starts_with("api/dataSets/uKtOZwDnIpM?fields=id,"));
}

#[test]
fn units_without_a_path_have_that_of_their_parents() {
    let [set, combos, mut units] = recorded();
    let parents: Vec<(Value, Option<String>)> = units["organisationUnits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|unit| {
            let path = unit["path"].as_str().unwrap();
            (
                unit["id"].clone(),
                path.rsplit('/').nth(1).filter(|id| !id.is_empty()).map(str::to_owned),
            )
        })
        .collect();
    for (unit, (_, parent)) in
        units["organisationUnits"].as_array_mut().unwrap().iter_mut().zip(parents)
    {
        unit.as_object_mut().unwrap().remove("path");
        unit.as_object_mut().unwrap().remove("level");
        if let Some(parent) = parent {
            unit["parent"] = json!({ "id": parent });
        }
    }
    let found = saved(&[&set, &combos, &units]).data_set(ID.parse().unwrap()).unwrap();
    assert_eq!(in_words(&found), in_words(&covid19()));
}

#[test]
fn files_of_something_else_are_told_apart() {
    let add = |text: &str| SavedMetadata::default().add(text.as_bytes());
    assert!(matches!(add("<html>"), Err(SavedError::NotJson(_))));
    assert!(matches!(add("{\"dataSets\":[{\"id\""), Err(SavedError::NotJson(_))));
    assert!(matches!(add("[]"), Err(SavedError::NothingInIt)));
    assert!(matches!(add("{\"httpStatusCode\":404}"), Err(SavedError::NothingInIt)));
    let paged = r#"{"pager":{"page":1,"pageCount":3},"organisationUnits":[]}"#;
    assert!(matches!(add(paged), Err(SavedError::OnePage { n_pages: 3 })));
    assert!(add("\u{feff}{\"organisationUnits\":[]}").is_ok());
}
