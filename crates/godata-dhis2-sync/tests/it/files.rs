//! Files of Go.Data's own export count to the same cells as what the API answers, however they are written and packed.

use std::io::Write as _;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use sandbox::dhis2::{Dhis2, Dhis2Version};
use sandbox::godata::GoData;
use serde_json::{Map, Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::exporter;
use super::stage::{Ended, Stage, recorded};

/// Conditions, dates, lists, splits, places and questionnaires of cases, and a final status of contacts.
const REPORTS: &str = r#"
[[report]]
data_set = "districts"
period = "Weekly"

[[report.value]]
indicator = "Confirmed by place"
where = { classification = "CONFIRMED" }

[[report.value]]
indicator = "By sex and age"
where = { classification = { inq = ["CONFIRMED", "PROBABLE"] } }
by = { Sex = "gender", Age = "age_group" }
date = "dateOfOnset"

[[report.value]]
indicator = "Admissions"
each = "dateRanges"
where = { "dateRanges.typeId" = "HOSPITALIZATION" }
date = "dateRanges.startDate"

[[report.value]]
indicator = "Contacts known"
where = { numberOfContacts = { gt = 0 }, wasContact = false }

[[report.value]]
indicator = "With fever"
where = { "questionnaireAnswers.symptoms.value" = "fever" }

[[report.value]]
indicator = "Under follow-up"
from = "contacts"
where = { "followUp.status" = "UNDER_FOLLOW_UP" }

[breakdown.age_group]
field = "age"
bands = ["0-4", "5-14", "15-49", "50+"]
missing = "Unknown"
"#;

/// A report that needs no more of the cases than every form of export has.
const CONFIRMED: &str = r#"
[[report]]
data_set = "districts"
period = "Weekly"

[[report.value]]
indicator = "Confirmed by place"
where = { classification = "CONFIRMED" }

[[report.value]]
indicator = "Admissions by sex"
each = "dateRanges"
where = { "dateRanges.typeId" = "HOSPITALIZATION" }
date = "dateRanges.startDate"
by = { Sex = "gender" }
"#;

struct Files {
    stage: Stage,
    folder: PathBuf,
}

impl Files {
    /// The recorded outbreak as the API answers it, and a configuration.
    fn new(reports: &str) -> Self {
        let dhis2 = Dhis2::atlantia_builder(Dhis2Version::V2_42).build();
        let stage = Stage::new(GoData::recorded().unwrap(), dhis2, "");
        stage.configure(reports);
        let folder = stage.export();
        Self { stage, folder }
    }

    fn rows(&self, stem: &str) -> Vec<Value> {
        serde_json::from_slice(&std::fs::read(self.folder.join(format!("{stem}.json"))).unwrap())
            .unwrap()
    }

    /// Puts a file in the place of all others of its kind.
    fn replace(&self, stem: &str, name: &str, bytes: &[u8]) {
        for file in std::fs::read_dir(&self.folder).unwrap() {
            let path = file.unwrap().path();
            if path.file_name().unwrap().to_str().unwrap().split('.').next() == Some(stem) {
                std::fs::remove_file(path).unwrap();
            }
        }
        std::fs::write(self.folder.join(name), bytes).unwrap();
    }

    fn count(&self) -> Ended {
        self.stage.run(&["count", "--json", "--records", self.folder.to_str().unwrap()])
    }

    /// Cells and what was left out.
    #[track_caller]
    fn figures(&self) -> (Value, Value) {
        let ended = self.count().ok().json();
        (ended["cells"].clone(), ended["leftOut"].clone())
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (n, (name, bytes)) in files.iter().enumerate() {
        let method = if n == 0 { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        archive.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// The law: one outbreak, one set of cells.
#[test]
fn every_form_of_one_outbreak_gives_the_same_cells() {
    let files = Files::new(REPORTS);
    let (cases, contacts, places) =
        (files.rows("cases"), files.rows("contacts"), files.rows("locations"));
    let answered = files.figures();
    let cells = answered.0.as_array().unwrap();
    for indicator in [
        "Confirmed by place",
        "By sex and age",
        "Admissions",
        "Contacts known",
        "With fever",
        "Under follow-up",
    ] {
        assert!(
            cells.iter().any(|cell| cell["indicator"] == indicator && cell["value"] != "0"),
            "{indicator}"
        );
    }

    files.replace("cases", "cases.json", exporter::json(&cases, "CASE").as_bytes());
    files.replace(
        "contacts",
        "contacts.json.gz",
        &gzip(exporter::json(&contacts, "CONTACT").as_bytes()),
    );
    assert_eq!(files.figures(), answered, "JSON export");

    files.replace("cases", "cases.csv", exporter::csv(&cases, "CASE", b',').as_bytes());
    files.replace(
        "contacts",
        "contacts.csv.gz",
        &gzip(exporter::csv(&contacts, "CONTACT", b',').as_bytes()),
    );
    files.replace("locations", "locations.csv", exporter::places(&places).as_bytes());
    assert_eq!(files.figures(), answered, "CSV export");

    // As a spreadsheet program in many countries saves it, under the name that the web interface gave.
    let saved = exporter::csv(&cases, "CASE", b';').replace('\n', "\r\n");
    files.replace("cases", "Case List.csv", format!("\u{feff}{saved};;;\r\n").as_bytes());
    assert_eq!(
        files.figures(),
        answered,
        "semicolons, byte order mark, carriage returns, a name that says nothing"
    );
    files.replace("Case List", "cases.txt", exporter::csv(&cases, "CASE", b'\t').as_bytes());
    assert_eq!(files.figures(), answered, "tabs");

    // A long export comes in parts, each with its header.
    let (first, second) = cases.split_at(cases.len() / 3);
    let parts = [exporter::csv(first, "CASE", b','), exporter::csv(second, "CASE", b',')];
    let archive = zip(&[
        ("1.csv", parts[0].as_bytes()),
        ("2.csv", parts[1].as_bytes()),
        ("readme.txt", b"parts of one export"),
    ]);
    files.replace("cases", "cases.zip", &archive);
    assert_eq!(files.figures(), answered, "parts in an archive, by its name");
    files.replace("cases", "export of Monday.zip", &archive);
    assert_eq!(files.figures(), answered, "parts in an archive");

    // Everything in one archive.
    files.replace(
        "export of Monday",
        "all.zip",
        &zip(&[
            ("everything/Case List.json", exporter::json(&cases, "CASE").as_bytes()),
            ("everything/Contact List.csv", exporter::csv(&contacts, "CONTACT", b',').as_bytes()),
            ("everything/locations.json.gz", &gzip(&serde_json::to_vec(&places).unwrap())),
            ("readme.txt", b"nothing"),
            ("__MACOSX/everything/._Case List.json", b"\x00\x05\x16\x07"),
        ]),
    );
    files.replace("contacts", "notes.txt", b"not a table");
    files.replace("locations", "places.csv", b"location_id,location_name,org_unit,org_unit_name\n");
    assert_eq!(files.figures(), answered, "everything in an archive");
}

#[test]
fn places_are_read_as_a_tree_too() {
    let files = Files::new(CONFIRMED);
    let places = files.rows("locations");
    let answered = files.figures();

    files.replace(
        "locations",
        "locations.json",
        Value::Array(tree(&places, &Value::Null)).to_string().as_bytes(),
    );
    assert_eq!(files.figures(), answered);
}

/// As `GET /locations/hierarchical` answers (recording `locations-hierarchical`).
fn tree(places: &[Value], above: &Value) -> Vec<Value> {
    places
        .iter()
        .filter(|place| place["parentLocationId"] == *above)
        .map(|place| json!({ "location": place, "children": tree(places, &place["id"]) }))
        .collect()
}

/// What a real server exported, three times the same records.
#[test]
fn a_recorded_export_counts_as_the_list_does_with_headings_and_words_too() {
    let exports = recorded("exports.json.gz");
    let rows = |name: &str| exports[name].as_array().unwrap().clone();
    let files = Files::new(CONFIRMED);
    let write = |rows: &[Value]| {
        files.replace("cases", "cases.json", Value::Array(rows.to_vec()).to_string().as_bytes())
    };
    write(&rows("answered"));
    let answered = files.figures();
    assert!(
        answered.0.as_array().unwrap().iter().any(|cell| cell["indicator"] == "Admissions by sex")
    );

    write(&rows("exported"));
    assert_eq!(files.figures(), answered, "fields");
    files.replace("cases", "cases.csv", exporter::csv(&rows("answered"), "CASE", b',').as_bytes());
    assert_eq!(files.figures(), answered, "fields in a table");

    // Words, and nothing that says what they stand for.
    let (exported, headed) = (rows("exported"), rows("headed"));
    write(&headed);
    files.count().fails_with(
        2,
        &["translated", "record:  1", "reference-data.csv", "Don't translate values"],
    );

    // The labels, as the API answers them (recording `language-tokens-sample`), from the two exports side by side.
    let mut labels = Map::new();
    for (ids, words) in exported.iter().zip(&headed) {
        for (field, heading) in
            [("gender", "Gender"), ("classification", "Classification"), ("type", "Type")]
        {
            learn(&mut labels, &ids[field], &words[heading]);
        }
        for (list, heading, inner) in [
            ("addresses", "Addresses", "Address type"),
            ("dateRanges", "Dates", "Hospitalization / Isolation type"),
        ] {
            let both = ids[list]
                .as_array()
                .into_iter()
                .flatten()
                .zip(words[heading].as_array().into_iter().flatten());
            both.for_each(|(ids, words)| learn(&mut labels, &ids["typeId"], &words[inner]));
            let both = ids[list]
                .as_array()
                .into_iter()
                .flatten()
                .zip(words[heading].as_array().into_iter().flatten());
            both.for_each(|(ids, words)| {
                learn(&mut labels, &ids["centerName"], &words["Centre name"])
            });
        }
    }
    let tokens: Vec<Value> =
        labels.iter().map(|(id, label)| json!({ "token": id, "translation": label })).collect();
    files.stage.write(
        "records/language-tokens.json",
        &json!({ "languageId": "english_us", "tokens": tokens }).to_string(),
    );
    assert_eq!(files.figures(), answered, "headings and words");

    // The same from an export of the reference data, and the records as a table with headings.
    let mut table = "_id,categoryId,value\n".to_owned();
    labels.iter().for_each(|(id, label)| table.push_str(&format!("{id},,{label}\n")));
    files.replace("language-tokens", "reference-data.csv", table.as_bytes());
    files.replace("cases", "Case List.csv", headed_table(&headed).as_bytes());
    assert_eq!(files.figures(), answered, "headings and words in a table");
}

fn learn(labels: &mut Map<String, Value>, id: &Value, label: &Value) {
    if let (Some(id), true) = (id.as_str(), label.is_string()) {
        labels.insert(id.to_owned(), label.clone());
    }
}

/// The exporter's columns for an export with headings, from the recorded JSON of it.
fn headed_table(rows: &[Value]) -> String {
    let mut columns: Vec<(String, String)> = Vec::new();
    let mut add = |heading: String, path: String| {
        if !columns.iter().any(|(known, _)| *known == heading) {
            columns.push((heading, path));
        }
    };
    for (name, value) in rows.iter().flat_map(|row| row.as_object().unwrap()) {
        match value {
            Value::Array(list) => {
                for (n, item) in list.iter().enumerate() {
                    for field in item.as_object().into_iter().flat_map(Map::keys) {
                        add(
                            format!("{name} {field} [{}]", n + 1),
                            format!("/{name}/{n}/{}", field.replace('/', "~1")),
                        );
                    }
                }
            }
            Value::Object(below) => {
                below
                    .keys()
                    .for_each(|field| add(format!("{name} {field}"), format!("/{name}/{field}")));
            }
            _ => add(name.clone(), format!("/{name}")),
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns.iter().map(|(heading, _)| heading)).unwrap();
    for row in rows {
        writer
            .write_record(columns.iter().map(|(_, path)| match row.pointer(path) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                Some(Value::Bool(flag)) => flag.to_string().to_uppercase(),
                _ => String::new(),
            }))
            .unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[test]
fn a_column_that_an_indicator_needs_is_missed_before_anything_is_counted() {
    let files = Files::new(REPORTS);
    let cases = files.rows("cases");
    let table = exporter::csv(&cases, "CASE", b',');

    files.replace("cases", "cases.csv", table.replacen(",dateOfOnset,", ",onset,", 1).as_bytes());
    files.count().fails_with(2, &["no column for `dateOfOnset`", "By sex and age", "cases.csv"]);
    let folder = files.folder.to_str().unwrap();
    let dhis2 = "[dhis2]\nurl = \"@DHIS2_URL@\"\ntoken = { env = \"DHIS2_TOKEN\" }\n";
    let report = "[[report]]\ndata_set = \"kIfMNugiTgd\"\n[[report.value]]\ndata_element = \"CnPsS2xE8UN\"\n\
                  indicator = \"By onset\"\ndate = \"dateOfOnset\"\n";
    files.stage.configure(&format!("{dhis2}{report}"));
    let checked = files.stage.run(&["check", "--records", folder]);
    assert_ne!(checked.code, 0);
    checked.fails_with(checked.code, &["no column for `dateOfOnset`", "By onset"]);
    files.stage.configure(REPORTS);

    // Some groups of fields only: where no list has columns, nobody can say that nobody has one.
    let cut = "_id,gender,classification,dateOfReporting,dateOfOnset,age age.years,type\na,,,,,,\n";
    files.replace("cases", "cases.csv", cut.as_bytes());
    files.count().fails_with(2, &["no column for `addresses.locationId`", "Confirmed by place"]);
}

#[test]
fn what_is_wrong_with_a_row_is_said_without_what_is_in_it() {
    let files = Files::new(CONFIRMED);
    let head = "_id,visualId,dateOfReporting,isDateOfReportingApproximate,type,classification,gender,dateRanges typeId [1],dateRanges startDate [1],addresses locationId [1]";
    let type_ = "LNG_REFERENCE_DATA_CATEGORY_PERSON_TYPE_CASE";
    let good = format!(
        "a,CA-1,2021-01-21T00:00:00.000Z,FALSE,{type_},LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED,,,,x"
    );
    for (row, expected) in [
        (
            format!("b,CA-2,2021-01-21T00:00:00.000Z,FALSE,{type_},Secret,,,,x"),
            &["translated", "row:     3", "classification"][..],
        ),
        (
            format!("b,CA-2,21/01/2021,FALSE,{type_},,,,,x"),
            &["spreadsheet program", "row:     3", "dateOfReporting"][..],
        ),
        (
            format!("b,CA-2,2021-01-21T00:00:00.000Z,FALSE,{type_},,Secret"),
            &["a row has 7 cells where the header has 10", "row:     3"][..],
        ),
        (
            format!("b,CA-2,2021-01-21T00:00:00.000Z,FALSE,{type_},***,,,,x"),
            &["anonymised", "row:     3", "classification"][..],
        ),
    ] {
        files.replace("cases", "cases.csv", format!("{head}\n{good}\n{row}\n").as_bytes());
        let ended = files.count();
        ended.fails_with(2, expected);
        ended.fails_with(2, &["cases.csv", "next:"]);
        assert!(!ended.err.contains("Secret") && !ended.err.contains("CA-2"), "{}", ended.err);
    }
    let latin = [
        format!("{head}\n{good}\n").as_bytes(),
        b"b,CA-2,2021-01-21T00:00:00.000Z,FALSE,t,\xc9t\xe9,,,,x\n",
    ]
    .concat();
    files.replace("cases", "cases.csv", &latin);
    files.count().fails_with(2, &["UTF-8", "classification", "row:     3"]);
}

#[test]
fn files_that_cannot_be_counted_from_say_what_to_do() {
    let files = Files::new(CONFIRMED);
    let cases = files.rows("cases");
    let export = exporter::json(&cases, "CASE");
    let table = exporter::csv(&cases, "CASE", b',');
    let fails = |texts: &[&str]| files.count().fails_with(2, texts);

    // Encrypted by Go.Data: no magic bytes, no text.
    let encrypted: Vec<u8> =
        (0..600_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
    files.replace("cases", "cases.csv", &encrypted);
    fails(&["encrypted", "without a password", "cases.csv"]);
    files.replace(
        "cases",
        "Case List.xlsx",
        &zip(&[("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")]),
    );
    fails(&["there is no file of cases", "Case List.xlsx: the file is a spreadsheet"]);

    // Two files of one kind would count twice.
    files.replace("Case List", "cases.json", export.as_bytes());
    files.stage.write("records/more.csv", &table);
    fails(&["two files hold cases", "more.csv", "keep one"]);
    files.replace("more", "notes.txt", b"");

    // Another kind than the name says; a kind that nothing says.
    files.replace("cases", "cases.csv", exporter::csv(&cases, "CONTACT", b',').as_bytes());
    fails(&["a file named cases holds contacts"]);
    files.replace("cases", "some.csv", table.replace("_PERSON_TYPE_CASE", "").as_bytes());
    fails(&["holds persons", "some.csv", "name it cases, contacts"]);
    files.replace("some", "cases.csv", b"ID,N\xc3\xbamero,Clasificaci\xc3\xb3n\na,b,c\n");
    fails(&["headings are not those of fields", "Use database column names"]);

    // What was cut off.
    files.replace("cases", "cases.csv.gz", &gzip(table.as_bytes())[..2000]);
    fails(&["cannot be read to its end", "export it again"]);
    let archive = zip(&[("cases.csv", table.as_bytes())]);
    let mut damaged = archive.clone();
    damaged[archive.len() / 2] ^= 0xff;
    files.replace("cases", "cases.zip", &damaged);
    fails(&["export it again"]);
    files.replace("cases", "cases.zip", &archive[..archive.len() / 2]);
    fails(&["cannot be opened", "cases.zip"]);
    files.replace("cases", "cases.csv", &table.as_bytes()[..table.len() / 2]);
    fails(&["cells where the header has"]);
    files.replace("cases", "cases.json", &export.as_bytes()[..export.len() / 2]);
    fails(&["cannot be read to its end", "the end is missing"]);
}

/// A report of contacts: a status below an object, a split, places in a list.
const CONTACTS: &str = r#"
[[report]]
data_set = "districts"
period = "Weekly"

[[report.value]]
indicator = "Under follow-up"
from = "contacts"
where = { "followUp.status" = "UNDER_FOLLOW_UP" }

[[report.value]]
indicator = "Contacts by sex"
from = "contacts"
by = { Sex = "gender" }
"#;

/// Headings as Go.Data's French ones are built: the words of the list, those of the field, the place in the list.
const FRENCH: [(&str, &str); 7] = [
    ("_id", "ID"),
    ("gender", "Sexe"),
    ("dateOfReporting", "Date de notification"),
    ("followUp followUp.status", "Suivi Statut final"),
    ("addresses typeId", "Adresses Type d'adresse"),
    ("addresses locationId", "Adresses Lieu"),
    ("dateOfLastContact", "Date du dernier contact"),
];

const FRENCH_MEANINGS: &str = "heading;field;records\n\
     Sexe;gender;\n\
     Date de notification;dateOfReporting;\n\
     Date du dernier contact;dateOfLastContact;contacts\n\
     Suivi Statut final;followUp.status;contacts\n\
     \"Adresses Type d'adresse\";addresses.typeId;\n\
     Adresses Lieu;addresses.locationId;\n";

/// The table of an export with French headings in place of the names of columns.
fn in_french(table: &str) -> String {
    let (header, rows) = table.split_once('\n').unwrap();
    let french = header.split(';').map(|name| {
        let (words, place) =
            name.split_once(" [").map_or((name, ""), |(words, _)| (words, &name[words.len()..]));
        let known = FRENCH.iter().find(|(column, _)| *column == words);
        known.map_or_else(|| format!("Autre {name}"), |(_, heading)| format!("{heading}{place}"))
    });
    format!("{}\n{rows}", french.collect::<Vec<_>>().join(";"))
}

#[test]
fn headings_of_any_language_are_read_where_a_file_says_what_they_mean() {
    let files = Files::new(CONTACTS);
    let contacts = files.rows("contacts");
    let answered = files.figures();
    assert!(answered.0.as_array().unwrap().iter().any(|cell| cell["value"] != "0"));
    let table = in_french(&exporter::csv(&contacts, "CONTACT", b';'));
    assert!(table.starts_with("ID;Autre visualId;Date de notification;"), "{}", &table[..200]);
    files.replace("contacts", "contacts.csv", table.as_bytes());

    // Nobody has said what the headings mean: which they are, and what they may be.
    files.count().fails_with(
        2,
        &[
            "nothing says what a column is",
            "Sexe (is it `gender`?)",
            "Date de notification (is it `dateOfReporting`?)",
            "followUp.status, gender",
            "Use database column names",
            "headings.csv",
        ],
    );

    files.stage.write("records/headings.csv", FRENCH_MEANINGS);
    assert_eq!(files.figures(), answered, "French headings");
    files.replace("contacts", "contacts.csv.gz", &gzip(table.as_bytes()));
    assert_eq!(files.figures(), answered, "French headings, gzipped");

    // The same as JSON, and with words in place of ids.
    let word = |id: &str| format!("mot {}", id.rsplit("CATEGORY_").next().unwrap());
    let french = |row: &Value| -> Value {
        let address = |address: &Value| {
            json!({
                "Type d'adresse": word(address["typeId"].as_str().unwrap()),
                "Lieu": address["locationId"],
            })
        };
        let addresses = row["addresses"].as_array().into_iter().flatten().map(address);
        json!({
            "ID": row["id"],
            "Sexe": row["gender"].as_str().map(word),
            "Date de notification": row["dateOfReporting"],
            "Date du dernier contact": row["dateOfLastContact"],
            "Nom": "Marqueur",
            "Suivi": { "Statut final": row["followUp"]["status"].as_str().map(word) },
            "Adresses": addresses.collect::<Vec<_>>(),
        })
    };
    let rows: Vec<Value> = contacts.iter().map(french).collect();
    let mut labels = "_id,categoryId,value\n".to_owned();
    let mut known = std::collections::BTreeSet::new();
    for row in &contacts {
        let addresses = row["addresses"].as_array().into_iter().flatten();
        let ids = addresses.map(|address| &address["typeId"]);
        known.extend(
            ids.chain([&row["gender"], &row["followUp"]["status"]]).filter_map(Value::as_str),
        );
    }
    known.iter().for_each(|id| labels.push_str(&format!("{id},,{}\n", word(id))));
    files.replace("contacts", "contacts.json", Value::from(rows).to_string().as_bytes());
    files.count().fails_with(2, &["values are translated"]);
    files.stage.write("records/reference-data.csv", &labels);
    assert_eq!(files.figures(), answered, "French headings and words in JSON");
}

#[test]
fn a_file_of_headings_that_does_not_say_enough_says_what_it_lacks() {
    let files = Files::new(CONTACTS);
    let table = in_french(&exporter::csv(&files.rows("contacts"), "CONTACT", b';'));
    files.replace("contacts", "contacts.csv", table.as_bytes());
    let without = |field: &str| {
        let lines = FRENCH_MEANINGS.lines().filter(|line| !line.contains(field));
        files.stage.write("records/headings.csv", &(lines.collect::<Vec<_>>().join("\n") + "\n"));
        files.count()
    };

    without("gender").fails_with(
        2,
        &[
            "no heading is known to be `gender`, which \"Contacts by sex\" needs",
            "Sexe (is it `gender`?)",
            "HEADING,gender",
        ],
    );
    without("addresses.typeId")
        .fails_with(2, &["`addresses.typeId`, which says where somebody lives"]);
    files.stage.write("records/headings.csv", &format!("{FRENCH_MEANINGS}Autre type;gender;\n"));
    files.count().fails_with(2, &["two columns are `gender`", "Sexe", "Autre type"]);
    files.stage.write("records/headings.csv", "Sexe;gender\n");
    files.count().fails_with(2, &["no table of `heading` and `field`", "headings.csv"]);

    let headless = table.replacen("ID;", "Numéro;", 1);
    files.stage.write("records/headings.csv", FRENCH_MEANINGS);
    files.replace("contacts", "contacts.csv", headless.as_bytes());
    files.count().fails_with(2, &["no column is the record's `id`", "Numéro"]);
}
