//! `count --format dxf|adx|dhis2-csv`: files that DHIS2 imports by hand hold what `run` would store.

use dhis2_client::{CategoryOptionComboId, DataValueSet};
use sandbox::dhis2::{Clock, Dhis2, Dhis2Version};
use sandbox::godata::GoData;
use serde_json::Value;

use super::stage::Stage;

const REPORT: &str = r#"
[[report]]
data_set = "kIfMNugiTgd"
window = "2020W30..2021W8"
org_unit = "DiszpKrYNg8"

[[report.value]]
data_element = "CnPsS2xE8UN"
indicator = "Confirmed"
where = { classification = "CONFIRMED" }
"#;

fn stage() -> Stage {
    let dhis2 = Dhis2::atlantia_builder(Dhis2Version::V2_42)
        .clock(Clock::frozen("2021-03-01T08:00:00Z"))
        .build();
    Stage::new(GoData::recorded().unwrap(), dhis2, REPORT)
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

#[test]
fn a_file_for_dhis2_needs_dhis2_and_one_report() {
    let stage = stage();
    let folder = stage.export().display().to_string();
    let count = |format: &str| stage.run(&["count", "--records", &folder, "--format", format]);

    stage.configure(&format!("{REPORT}\n"));
    count("dxf").fails_with(2, &["which only DHIS2 knows", "--format csv"]);

    let second = "[[report]]\ndata_set = \"uKtOZwDnIpM\"\nlibrary = \"covid19\"\n";
    let servers = "[dhis2]\nurl = \"@DHIS2_URL@\"\ntoken = { env = \"DHIS2_TOKEN\" }\n";
    stage.configure(&format!("{servers}{REPORT}{second}"));
    count("adx").fails_with(2, &["one data set", "--report DATA_SET", "uKtOZwDnIpM"]);
}
