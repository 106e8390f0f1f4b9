//! Files of Go.Data's own export count to the same cells as what the API answers.

use sandbox::dhis2::{Dhis2, Dhis2Version};
use sandbox::godata::GoData;
use serde_json::Value;

use super::stage::Stage;

const REPORT: &str = r#"
[[report]]
data_set = "districts"
period = "Weekly"

[[report.value]]
indicator = "Confirmed by place"
where = { classification = "CONFIRMED" }
"#;

#[test]
fn an_export_counts_like_the_list_and_a_translated_one_is_refused() {
    let dhis2 = Dhis2::atlantia_builder(Dhis2Version::V2_42).build();
    let stage = Stage::new(GoData::recorded().unwrap(), dhis2, "");
    stage.configure(REPORT);
    let folder = stage.export().display().to_string();
    let count = || stage.run(&["count", "--json", "--records", &folder]);
    let cells = |ended: &Value| ended["cells"].clone();
    let listed = count().ok().json();
    let path = stage.path("records").join("cases.json");
    let rows: Vec<Value> = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();

    // As the recording `export-download` has it: `_id` first, no derived residence.
    let exported: Vec<String> = rows
        .iter()
        .map(|row| {
            let mut fields = row.as_object().unwrap().clone();
            let id = fields.remove("id").unwrap();
            fields.remove("usualPlaceOfResidenceLocationId");
            let rest = Value::Object(fields).to_string();
            format!("{{\"_id\":{id},{}", &rest[1..])
        })
        .collect();
    std::fs::write(&path, format!("[{}]", exported.join(","))).unwrap();
    let from_export = count().ok().json();

    assert!(cells(&listed).as_array().is_some_and(|cells| cells.len() > 20));
    assert_eq!(cells(&from_export), cells(&listed));
    assert_eq!(from_export["leftOut"], listed["leftOut"]);

    // As `export-labels-download` has it.
    std::fs::write(&path, "[{\"ID\":\"a\",\"Case ID\":\"CA-1\",\"Classification\":\"Confirmed\"}]")
        .unwrap();
    count().fails_with(2, &["translated", "Use database column names"]);
}
