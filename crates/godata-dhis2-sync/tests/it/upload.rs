//! `count --format dxf|adx|dhis2-csv`: files that DHIS2 imports by hand hold what `run` would store.

use std::collections::BTreeMap;

use dhis2_client::{CategoryOptionComboId, DataValueSet};
use sandbox::dhis2::{Clock, Dhis2, Dhis2Version, Stored};
use sandbox::godata::GoData;
use serde_json::Value;

use super::stage::{Stage, WHOLE_OUTBREAK};

const SERVERS: &str = "[dhis2]\nurl = \"@DHIS2_URL@\"\ntoken = { env = \"DHIS2_TOKEN\" }\n";

fn stage() -> Stage {
    let dhis2 = Dhis2::atlantia_builder(Dhis2Version::V2_42)
        .clock(Clock::frozen("2021-03-01T08:00:00Z"))
        .build();
    Stage::new(GoData::recorded().unwrap(), dhis2, WHOLE_OUTBREAK)
}

/// Period and value of each cell, sorted.
type Cells = Vec<(String, String)>;

fn sorted(mut cells: Cells) -> Cells {
    cells.sort();
    cells
}

#[test]
fn the_three_formats_hold_what_a_run_stores() {
    let stage = stage();
    let folder = stage.export().display().to_string();
    let write = |format: &str| {
        let arguments = ["count", "--records", &folder, "--format", format, "--out", format];
        stage.run(&arguments).ok();
        std::fs::read_to_string(stage.path(format)).unwrap()
    };

    let json: Value = serde_json::from_str(&write("dxf")).unwrap();
    let csv = write("dhis2-csv");
    let adx = write("adx");
    assert_eq!(stage.n_imports(), 0, "writing a file sends nothing");

    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let from_json = sorted(
        json["dataValues"]
            .as_array()
            .unwrap()
            .iter()
            .map(|value| (text(&value["period"]), text(&value["value"])))
            .collect(),
    );
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_lowercase).collect();
    let column = |name: &str| header.iter().position(|known| known == name).expect(name);
    let from_csv = sorted(
        reader
            .records()
            .map(|row| {
                let row = row.unwrap();
                (row[column("period")].to_owned(), row[column("value")].to_owned())
            })
            .collect(),
    );
    assert_eq!(from_json, from_csv);
    let default: CategoryOptionComboId = "HllvX50cXC0".parse().unwrap();
    let from_adx: usize =
        DataValueSet::read_adx(&adx, default).unwrap().iter().map(|set| set.values.len()).sum();
    assert_eq!(from_adx, from_json.len());

    stage.run(&["run", "--records", &folder]).ok();
    let stored = sorted(
        stage
            .dhis2
            .values()
            .into_iter()
            .map(|stored| (stored.period, stored.value.unwrap()))
            .collect(),
    );
    assert_eq!(from_json, stored);
}

/// Cells by element, period and unit, with the value; none for one that is deleted.
type Values = BTreeMap<(String, String, String), Option<String>>;

fn values(json: &Value) -> Values {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    json["dataValues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let cell = (text(&one["dataElement"]), text(&one["period"]), text(&one["orgUnit"]));
            assert_eq!(one["deleted"] == true, one.get("value").is_none(), "{one}");
            (cell, one["value"].as_str().map(str::to_owned))
        })
        .collect()
}

fn held(stage: &Stage) -> Values {
    let stored = stage.dhis2.values().into_iter();
    stored.map(|one| ((one.data_element, one.period, one.org_unit), one.value)).collect()
}

/// Both files together are what a run changes: values that changed, cells that no record supports any more, and
/// neither what is right already nor what somebody else stored.
#[test]
fn the_files_do_by_hand_what_a_run_does() {
    let stage = stage();
    stage.configure(&format!(
        "{SERVERS}{}",
        WHOLE_OUTBREAK.replace("indicator", "zero = \"omit\"\nindicator")
    ));
    let folder = stage.export();
    let records = folder.display().to_string();
    stage.run(&["run", "--records", &records]).ok();
    let before = held(&stage);

    // Some cases were discarded since, and somebody corrected a week by hand.
    let path = folder.join("cases.json");
    let mut cases: Vec<Value> = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let gone =
        |case: &Value| case["dateOfReporting"].as_str().is_some_and(|date| date < "2020-10-15");
    cases.retain(|case| !gone(case));
    cases.pop();
    std::fs::write(&path, serde_json::to_vec(&cases).unwrap()).unwrap();
    let foreign = stage.dhis2.values().into_iter().max_by_key(|one| one.period.clone()).unwrap();
    stage.dhis2.put(Stored {
        value: Some("99".to_owned()),
        stored_by: "somebody".to_owned(),
        ..foreign.clone()
    });

    let arguments = ["count", "--records", &records, "--format", "dxf", "--out", "confirmed.json"];
    let ended = stage.run(&arguments).ok();
    assert!(ended.err.contains("of other users left alone"), "{}", ended.err);
    assert!(ended.err.contains("confirmed.clear.json"), "{}", ended.err);
    let read = |name: &str| -> Values {
        values(&serde_json::from_slice(&std::fs::read(stage.path(name)).unwrap()).unwrap())
    };
    let (to_write, to_clear) = (read("confirmed.json"), read("confirmed.clear.json"));
    let without_file = stage.run(&arguments[..5]).ok();
    assert!(without_file.err.contains("to clear not in this output"), "{}", without_file.err);

    stage.run(&["run", "--accept", "--records", &records]).ok();
    let after = held(&stage);
    assert!(!to_clear.is_empty() && to_clear.len() < before.len());
    let mut by_hand = before;
    by_hand.extend(to_write);
    by_hand.retain(|cell, _| !to_clear.contains_key(cell));
    let cell = (foreign.data_element, foreign.period, foreign.org_unit);
    by_hand.insert(cell, Some("99".to_owned()));
    assert_eq!(by_hand, after);
    assert!(to_clear.values().all(Option::is_none));
}

#[test]
fn a_file_for_dhis2_needs_dhis2_and_one_report() {
    let stage = stage();
    let folder = stage.export().display().to_string();
    let count = |format: &str| stage.run(&["count", "--records", &folder, "--format", format]);

    stage.configure(&format!("{WHOLE_OUTBREAK}\n"));
    count("dxf").fails_with(2, &["which only DHIS2 knows", "--format csv"]);

    let second = "[[report]]\ndata_set = \"uKtOZwDnIpM\"\nlibrary = \"covid19\"\n";
    stage.configure(&format!("{SERVERS}{WHOLE_OUTBREAK}{second}"));
    count("adx").fails_with(2, &["one data set", "--report DATA_SET", "uKtOZwDnIpM"]);
}
