//! The weekly COVID-19 data set, filled on a real 2.42.7 with the figures of the recorded outbreak.

use std::io::Read as _;

use reqwest::Method;
use sandbox::dhis2::{Clock, Dhis2, Dhis2Version};
use serde_json::{Value, json};

use super::caller::{As, Caller, counts};

const DISTRICTS: [&str; 9] = [
    "lxhZA8MPwpv",
    "LkTGQRaeMOa",
    "UbP9vQYgqbk",
    "F61z5BNLFmz",
    "iY6foUNbrbT",
    "hXuL81Yk41T",
    "UAqOx6BeDJV",
    "ZU8Uk48KY1A",
    "nzmfoTEa04y",
];

fn recorded() -> Value {
    let packed = include_bytes!("../../recordings/dhis2-2.42/covid19.json.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut text).expect("gzip of UTF-8");
    serde_json::from_str(&text).expect("JSON")
}

/// The call of 1,023 values: the stored ones as they were read back, and at the recorded places a
/// value of the refused element and period, one for each district.
fn payload(recorded: &Value) -> Vec<Value> {
    let n = usize::try_from(recorded["sent"].as_u64().expect("a number")).expect("small");
    let mut values = vec![Value::Null; n];
    for conflict in recorded["first"]["response"]["conflicts"].as_array().expect("conflicts") {
        let indexes = conflict["indexes"].as_array().expect("indexes");
        for (index, district) in indexes.iter().zip(DISTRICTS) {
            let element = &conflict["objects"]["dataElement"];
            let index = usize::try_from(index.as_u64().expect("an index")).expect("small");
            let text = if element == "sWCFbUawFDa" { "NO_CASES" } else { "1" };
            let stored = recorded["stored"].as_array().expect("values");
            let combo = stored.iter().find(|value| value["dataElement"] == *element);
            values[index] = json!({
                "dataElement": element, "period": conflict["objects"]["period"],
                "orgUnit": district, "value": text,
                "categoryOptionCombo": combo.expect("stored too")["categoryOptionCombo"],
            });
        }
    }
    let mut stored = recorded["stored"].as_array().expect("values").iter();
    for value in values.iter_mut().filter(|value| value.is_null()) {
        *value = stored.next().expect("as many as there are places").clone();
    }
    assert!(stored.next().is_none());
    values
}

/// Recordings: covid19-package/covid19-send-1, covid19-send-2.
#[tokio::test]
async fn the_figures_of_the_outbreak_are_taken_as_the_real_server_took_them() {
    let recorded = recorded();
    let clock = Clock::frozen("2026-11-23T12:04:49Z");
    let caller = Caller::of(Dhis2::atlantia(Dhis2Version::V2_42).with_clock(clock));
    let body = json!({"dataSet": "uKtOZwDnIpM", "dataValues": payload(&recorded)});
    let path = format!("/api/dataValueSets?{}", recorded["query"].as_str().expect("a query"));
    for expected in ["first", "second"] {
        let expected = &recorded[expected];
        let (status, answer) = caller.ask(As::Admin, Method::POST, &path, Some(&body)).await;
        assert_eq!(status, 409);
        assert_eq!(counts(&answer), counts(expected));
        for part in ["status", "description", "conflicts", "rejectedIndexes"] {
            assert_eq!(answer["response"][part], expected["response"][part], "{part}");
        }
        assert_eq!(caller.dhis2.values().len(), 953);
    }
}
