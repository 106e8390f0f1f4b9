//! Writes records as Go.Data's exporter does with database columns and untranslated values: a second opinion on what
//! the columns are, after `components/exportHelper.js` of 2.50.3 and, for JSON, the recording `export-download`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Fields that no export shows.
const NEVER: [&str; 12] = [
    "id",
    "usualPlaceOfResidenceLocationId",
    "dbUpdatedAt",
    "duplicateKeys",
    "outbreakId",
    "relationshipsRepresentation",
    "classificationHistory",
    "followUpHistory",
    "mergedDuplicatesIds",
    "notDuplicatesIds",
    "hasRelationships",
    "identifiers",
];

/// Lists that get columns for each element; the whole is no column.
const LISTS: [&str; 4] = ["addresses", "dateRanges", "documents", "vaccinesReceived"];

/// A JSON export of persons of this kind.
pub(crate) fn json(rows: &[Value], person_type: &str) -> String {
    let exported: Vec<String> = rows
        .iter()
        .map(|row| {
            let fields = row.as_object().unwrap();
            let mut shown: Map<String, Value> = fields
                .iter()
                .filter(|(name, _)| !NEVER.contains(&name.as_str()))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            let person_type = format!("LNG_REFERENCE_DATA_CATEGORY_PERSON_TYPE_{person_type}");
            shown.insert("type".to_owned(), Value::String(person_type));
            let rest = Value::Object(shown).to_string();
            format!("{{\"_id\":{},{}", fields["id"], &rest[1..])
        })
        .collect();
    format!("[{}]", exported.join(","))
}

/// A CSV export of persons of this kind.
pub(crate) fn csv(rows: &[Value], person_type: &str, separator: u8) -> String {
    let mut columns: Vec<(String, Vec<String>)> = Vec::new();
    let mut add = |heading: String, path: &[&str]| {
        if !columns.iter().any(|(known, _)| *known == heading) {
            columns.push((heading, path.iter().map(|&step| step.to_owned()).collect()));
        }
    };
    add("_id".to_owned(), &["id"]);
    for first in ["visualId", "dateOfReporting", "isDateOfReportingApproximate"] {
        add(first.to_owned(), &[first]);
    }
    add("type".to_owned(), &["type"]);
    for (name, value) in rows.iter().flat_map(|row| row.as_object().unwrap()) {
        match value {
            _ if NEVER.contains(&name.as_str()) || LISTS.contains(&name.as_str()) => {}
            Value::Object(_) if name == "questionnaireAnswers" => {}
            Value::Object(below) => {
                for field in below.keys() {
                    add(format!("{name} {name}.{field}"), &[name, field]);
                }
            }
            _ => add(name.clone(), &[name]),
        }
    }
    for list in LISTS {
        let mut fields: BTreeMap<&str, ()> = BTreeMap::new();
        let lists = || rows.iter().filter_map(|row| row[list].as_array());
        for item in lists().flatten() {
            fields.extend(item.as_object().unwrap().keys().map(|name| (name.as_str(), ())));
        }
        for n in 1..=lists().map(Vec::len).max().unwrap_or(0) {
            let index = (n - 1).to_string();
            for field in fields.keys().filter(|field| **field != "geoLocation") {
                add(format!("{list} {field} [{n}]"), &[list, &index, field]);
                if *field == "locationId" {
                    // What stands beside each place; nothing counts by it.
                    add(
                        format!("{list} locationId Identifiers [{n}] Identifier [1]"),
                        &["visualId"],
                    );
                    add(
                        format!("{list} locationId [{n}] Location geographical level [1]"),
                        &["gender"],
                    );
                    add(format!("{list} locationId [{n}] Parent location [1]"), &["visualId"]);
                }
            }
        }
    }
    for (question, answers) in
        rows.iter().filter_map(|row| row["questionnaireAnswers"].as_object()).flatten()
    {
        for (n, answer) in answers.as_array().into_iter().flatten().enumerate() {
            let (number, index) = (n + 1, n.to_string());
            let path = ["questionnaireAnswers", question, &index, "value"];
            match answer["value"].as_array() {
                Some(choices) => (0..choices.len()).for_each(|choice| {
                    let below = choice.to_string();
                    add(
                        format!("{question} [MV {number}] {}", choice + 1),
                        &[&path[..], &[below.as_str()]].concat(),
                    );
                }),
                None => add(format!("{question} [MV {number}]"), &path),
            }
        }
    }

    let mut writer = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
    writer.write_record(columns.iter().map(|(heading, _)| heading)).unwrap();
    for row in rows {
        writer
            .write_record(columns.iter().map(|(heading, path)| {
                if heading == "type" {
                    return format!("LNG_REFERENCE_DATA_CATEGORY_PERSON_TYPE_{person_type}");
                }
                let value = path.iter().try_fold(row, |value, step| match value {
                    Value::Array(list) => list.get(step.parse::<usize>().unwrap()),
                    value => value.get(step),
                });
                cell(value)
            }))
            .unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// A CSV export of places.
pub(crate) fn places(rows: &[Value]) -> String {
    let most =
        rows.iter().filter_map(|row| row["identifiers"].as_array()).map(Vec::len).max().unwrap();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header: Vec<String> =
        ["_id", "name", "parentLocationId", "geographicalLevelId"].map(str::to_owned).to_vec();
    for n in 1..=most {
        header.extend(["code", "description"].map(|field| format!("identifiers {field} [{n}]")));
    }
    writer.write_record(&header).unwrap();
    for row in rows {
        let mut cells: Vec<String> = ["id", "name", "parentLocationId", "geographicalLevelId"]
            .map(|name| cell(row.get(name)))
            .to_vec();
        for n in 0..most {
            cells.extend(
                ["code", "description"]
                    .map(|field| cell(row["identifiers"].get(n).map(|one| &one[field]))),
            );
        }
        writer.write_record(&cells).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::Bool(flag)) => flag.to_string().to_uppercase(),
        // The exporter takes line breaks out.
        Some(Value::String(text)) => text.replace(['\r', '\n'], " "),
        Some(Value::Array(_)) => String::new(),
        Some(other) => other.to_string(),
    }
}
