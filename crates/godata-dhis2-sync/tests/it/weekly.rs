//! What a weekly run over a long outbreak costs: bytes, passes, values sent.
//!
//! Ten thousand whole cases of 3.3 kB; a hundred thousand with `GODATA_SLOW_TESTS=1`. Every share asserted here is of
//! the same outbreak in the same sandbox, which packs as tightly as the recorded server does.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};
use http_transport::http::{HeaderName, HeaderValue, header};
use http_transport::{Request, Transport};
use sandbox::dhis2::{Dhis2, Dhis2Version};
use sandbox::godata::{EMAIL, Generator, GoData, PASSWORD, World};
use sandbox::server::LoggedRequest;
use serde_json::{Value, json};

use super::stage::Stage;

/// Confirmed cases by week and district, the last twelve weeks each time.
const REPORT: &str = r#"
[places]
level = 2

[[report]]
data_set = "kIfMNugiTgd"
window = "12 periods"

[[report.value]]
data_element = "CnPsS2xE8UN"
indicator = "Confirmed cases"
where = { classification = "CONFIRMED" }
"#;

/// A cell's period and organisation unit.
type Cell = (String, String);

/// A year of cases up to Sunday 28 February 2021; the DHIS2 of the demo takes the Monday after it for today.
fn stage() -> (Stage, usize) {
    let n_cases = if std::env::var_os("GODATA_SLOW_TESTS").is_some() { 100_000 } else { 10_000 };
    let how = Generator {
        n_cases,
        is_whole: true,
        first_day: NaiveDate::from_ymd_opt(2020, 3, 2).unwrap(),
        n_days: 364,
        ..Generator::default()
    };
    let godata = GoData::start(World::generated(&how)).unwrap();
    (Stage::new(godata, Dhis2::atlantia(Dhis2Version::V2_42), REPORT), n_cases)
}

/// Reads lists as a script does: logged in once, whatever comes.
struct Script {
    transport: Transport,
    token: HeaderValue,
    runtime: tokio::runtime::Runtime,
}

impl Script {
    fn log_in(stage: &Stage) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let url = stage.godata.url().parse().unwrap();
        let transport = Transport::builder(url).response_limit(1 << 30).build().unwrap();
        let login = json!({"email": EMAIL, "password": PASSWORD}).to_string();
        let request = Request::post(["api", "users", "login"]).body("application/json", login);
        let answer = runtime.block_on(transport.send(&request)).unwrap();
        let answer: Value = serde_json::from_slice(answer.body()).unwrap();
        let token = HeaderValue::from_str(answer["id"].as_str().unwrap()).unwrap();
        Self { transport, token, runtime }
    }

    /// The list's bytes as they crossed the wire, and after unpacking.
    fn read(&self, path: &[&str], filter: &Value, encoding: &'static str) -> (u64, Vec<u8>) {
        let request = Request::get(["api"].iter().chain(path))
            .query("filter", filter.to_string())
            .header(HeaderName::from_static("x-access-token"), self.token.clone())
            .header(header::ACCEPT_ENCODING, HeaderValue::from_static(encoding));
        let before = self.transport.traffic();
        let answer = self.runtime.block_on(self.transport.send(&request)).unwrap();
        let received = (self.transport.traffic() - before).n_bytes_received;
        (received, answer.into_body().into())
    }

    /// The cell of each confirmed case of the twelve weeks that has a district, found apart from the program.
    fn cells(&self, stage: &Stage) -> BTreeMap<String, Cell> {
        let list = |path: &[&str], fields: &[&str]| -> Vec<Value> {
            let (_, body) = self.read(path, &json!({"fields": fields}), "gzip");
            serde_json::from_slice(&body).unwrap()
        };
        let locations =
            list(&["locations"], &["id", "parentLocationId", "geographicalLevelId", "identifiers"]);
        let district_of: BTreeMap<&str, &str> = locations
            .iter()
            .filter_map(|place| {
                let is_district = place["geographicalLevelId"].as_str()?.ends_with("_2");
                let district = if is_district { &place["id"] } else { &place["parentLocationId"] };
                let district = locations.iter().find(|place| place["id"] == *district)?;
                // The second identifier is the id in DHIS2 (recording `locations-list`).
                Some((place["id"].as_str()?, district["identifiers"][1]["code"].as_str()?))
            })
            .collect();
        let outbreak = stage.godata.outbreak_id();
        let cases = list(
            &["outbreaks", &outbreak, "cases"],
            &["id", "classification", "dateOfReporting", "usualPlaceOfResidenceLocationId"],
        );
        let cell = |case: &Value| {
            let place = case["usualPlaceOfResidenceLocationId"].as_str()?;
            let district = (*district_of.get(place)?).to_owned();
            Some((case["id"].as_str()?.to_owned(), (week(case)?, district)))
        };
        cases.iter().filter(|case| is_confirmed(case)).filter_map(cell).collect()
    }
}

/// How many cases are in each cell.
fn counted(cells: &BTreeMap<String, Cell>) -> BTreeMap<Cell, u64> {
    let mut counts = BTreeMap::new();
    for cell in cells.values() {
        *counts.entry(cell.clone()).or_default() += 1;
    }
    counts
}

fn is_confirmed(case: &Value) -> bool {
    case["classification"].as_str().is_some_and(|class| class.ends_with("_CONFIRMED"))
}

/// `2021W8`, where it is one of the twelve before 1 March 2021.
fn week(case: &Value) -> Option<String> {
    let day: NaiveDate = case["dateOfReporting"].as_str()?.get(..10)?.parse().ok()?;
    let first = NaiveDate::from_ymd_opt(2020, 12, 7)?;
    let iso = day.iso_week();
    (day >= first).then(|| format!("{}W{}", iso.year(), iso.week()))
}

/// What DHIS2 holds.
fn held(stage: &Stage) -> BTreeMap<Cell, u64> {
    let values = stage.dhis2.values().into_iter();
    let number = |value: Option<String>| value.and_then(|text| text.parse().ok()).unwrap();
    values.map(|held| ((held.period, held.org_unit), number(held.value))).collect()
}

/// The cells in the imports since the log was cleared.
fn sent(stage: &Stage) -> BTreeMap<Cell, u64> {
    let imports = stage.server.log().entries().into_iter();
    imports
        .filter(|call| call.method == "POST" && call.path.ends_with("/dataValueSets"))
        .flat_map(|call| {
            let body: Value = serde_json::from_slice(&call.body).unwrap();
            body["dataValues"].as_array().unwrap().clone()
        })
        .map(|value| {
            let text = |key: &str| value[key].as_str().unwrap().to_owned();
            ((text("period"), text("orgUnit")), text("value").parse().unwrap())
        })
        .collect()
}

/// The requests for lists of records, by the record kind's word in the path.
fn passes(log: &[LoggedRequest]) -> BTreeMap<String, Vec<&LoggedRequest>> {
    const KINDS: [&str; 7] = [
        "cases",
        "contacts",
        "contacts-of-contacts",
        "events",
        "follow-ups",
        "lab-results",
        "relationships",
    ];
    let mut passes: BTreeMap<String, Vec<&LoggedRequest>> = BTreeMap::new();
    for call in log {
        let last = call.path.rsplit('/').next().unwrap_or_default();
        if KINDS.contains(&last) {
            passes.entry(last.to_owned()).or_default().push(call);
        }
    }
    passes
}

/// The id behind which a page begins; empty for the first one.
fn begins_behind(call: &LoggedRequest) -> String {
    fn find(value: &Value) -> Option<String> {
        match value {
            Value::Object(object) => match object.get("id") {
                Some(id) => id["gt"].as_str().map(str::to_owned),
                None => object.values().find_map(find),
            },
            Value::Array(list) => list.iter().find_map(find),
            _ => None,
        }
    }
    let filter: Value = serde_json::from_str(&call.parameter("filter").unwrap()).unwrap();
    find(&filter["where"]).unwrap_or_default()
}

#[test]
fn a_weekly_run_reads_a_twentieth_once_and_sends_what_changed() {
    let (stage, n_cases) = stage();
    let script = Script::log_in(&stage);
    let outbreak = stage.godata.outbreak_id();
    let cases = ["outbreaks", &outbreak, "cases"];
    let (plain, listing) = script.read(&cases, &json!({}), "identity");
    let (packed, _) = script.read(&cases, &json!({}), "gzip");
    assert_eq!(plain, listing.len() as u64);
    drop(listing);
    let mut cells = script.cells(&stage);
    let before = counted(&cells);
    assert_eq!(before.len(), 12 * 9, "every district has cases in every week");

    // The first run of the window: few bytes, one pass.
    stage.godata.server().log().clear();
    let ran = stage.run(&["run", "--json", "--html", "report.html"]).ok();

    let log = stage.godata.server().log().entries();
    let n_read: u64 = log.iter().map(|call| call.n_bytes_answered).sum();
    println!(
        "{n_cases} cases: {n_read} bytes read in {} requests, {:.2} % of the full list of {plain} bytes, {:.2} % of \
         its {packed} bytes with gzip",
        log.len(),
        100.0 * n_read as f64 / plain as f64,
        100.0 * n_read as f64 / packed as f64,
    );
    assert!(n_read * 20 <= plain, "{n_read} bytes of {plain} were read");
    assert!(n_read * 20 <= packed, "{n_read} bytes of {packed} were read, both packed");
    assert_eq!(held(&stage), before);

    let passes = passes(&log);
    assert_eq!(passes.keys().collect::<Vec<_>>(), ["cases"], "nothing else is counted");
    let starts: Vec<String> = passes["cases"].iter().map(|call| begins_behind(call)).collect();
    assert_eq!(starts[0], "");
    assert!(starts.is_sorted_by(|one, next| one < next), "no page is read twice: {starts:?}");
    let counts = log.iter().filter(|call| call.path.ends_with("/filtered-count")).count();
    assert!(counts <= 1, "Go.Data was asked {counts} times to count");

    // The run's own report of what it read; only the logout comes after it.
    let reported = &ran.lines("traffic")[0]["goData"];
    let (logout, others) = log.split_last().unwrap();
    assert!(logout.path.ends_with("/logout"));
    assert_eq!(reported["requests"], others.len());
    assert_eq!(
        reported["bytesReceived"],
        others.iter().map(|call| call.n_bytes_answered).sum::<u64>()
    );
    let page = std::fs::read_to_string(stage.path("report.html")).unwrap();
    assert!(page.contains(&format!("Go.Data: {} requests, ", others.len())));

    // A week later, five cases of five cells are no longer confirmed.
    let mut expected = BTreeMap::new();
    for (id, cell) in cells.clone() {
        if expected.len() < 5 && !expected.contains_key(&cell) {
            assert!(stage.godata.reclassify(&id, "SUSPECT"));
            cells.remove(&id);
            expected.insert(cell.clone(), before[&cell] - 1);
        }
    }
    stage.server.log().clear();
    stage.run(&["run"]).ok();
    assert_eq!(sent(&stage), expected);
    assert_eq!(held(&stage), counted(&cells));

    // And when nothing happens, nothing is sent.
    stage.server.log().clear();
    stage.run(&["run"]).ok();
    assert_eq!(sent(&stage), BTreeMap::new());
}
