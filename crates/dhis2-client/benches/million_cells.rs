//! What a million cells cost: writing them, reading them back, comparing them. Time and peak memory.
//!
//! `cargo bench -p dhis2-client --bench million_cells`

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use dhis2_client::{
    Cell, Client, Credentials, DataSet, DataValue, DataValueSet, Ownership, Period, ValueQuery,
    Wanted, reconcile,
};
use sandbox::dhis2::{DataElementSpec, DataSetSpec, Dhis2, Dhis2Version};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

const N_UNITS: usize = 200;
const N_WEEKS: u32 = 500;
const N_ELEMENTS: usize = 10;
const VALUE: &str = "123";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let set = data_set().await;
    let cells = cells(&set);
    println!("{} cells", cells.len());

    let values: Vec<DataValue> = cells
        .iter()
        .enumerate()
        .map(|(n, cell)| DataValue::new(*cell, (n % 1_000).to_string()))
        .collect();
    let body = DataValueSet::new(set.id, values);
    let json = measure("serialise to JSON", || body.to_json());
    println!("  {} MB of JSON", json.len() / 1_000_000);
    drop((body, json));

    // An answer as 2.42 gives it, over HTTP, through the client.
    let server = MockServer::start().await;
    let info = r#"{"version":"2.42.7","serverDate":"2021-03-01T08:00:00.000"}"#;
    mount(&server, "/api/system/info", info.as_bytes().to_vec()).await;
    let periods: BTreeSet<Period> = cells.iter().map(|cell| cell.period).collect();
    let query = ValueQuery::new(set.id)
        .org_units(set.org_units.iter().map(|unit| unit.id))
        .periods(periods);
    let answers = Answers::to(&query, &set);
    Mock::given(method("GET"))
        .and(path("/api/dataValueSets"))
        .respond_with(answers)
        .mount(&server)
        .await;
    let client = client(&server.uri());
    reset_peak();
    let (started, before) = (Instant::now(), memory_mb("VmRSS"));
    let stored = client.stored_values(&query).await.unwrap_or_else(|error| panic!("{error}"));
    report("read back", started, before);
    println!("  {} values in {} calls", stored.len(), query.requests().len());
    drop(server);

    // One cell in a hundred has changed.
    let desired: Vec<(Cell, Wanted)> = cells
        .iter()
        .enumerate()
        .map(|(n, cell)| {
            let value = if n % 100 == 0 { "1000" } else { VALUE };
            (*cell, Wanted::Value(value.to_owned()))
        })
        .collect();
    let ours = Ownership::of("sync");
    let plan = measure("compare", || reconcile(&set, desired, stored, &ours));
    if let Ok(plan) = plan {
        println!("  {} to send, {} unchanged", plan.counts().to_send(), plan.counts().unchanged);
    }
}

fn client(url: &str) -> Client {
    let url = url.parse().unwrap_or_else(|error| panic!("{url}: {error}"));
    let login = Credentials::basic("admin", "district");
    Client::builder(url, login).build().unwrap_or_else(|error| panic!("{error}"))
}

async fn mount(server: &MockServer, at: &str, body: Vec<u8>) {
    let answer = ResponseTemplate::new(200).set_body_raw(body, "application/json");
    Mock::given(method("GET")).and(path(at)).respond_with(answer).mount(server).await;
}

/// What the server holds, as `readback-json` of 2.42 has it: one answer for each call of a query.
struct Answers(BTreeMap<String, Vec<u8>>);

impl Answers {
    fn to(query: &ValueQuery, set: &DataSet) -> Self {
        let answers = query.requests().into_iter().map(|request| {
            let named = |key: &str| -> Vec<String> {
                let pairs = request.query_pairs().iter();
                pairs.filter(|(name, _)| name == key).map(|(_, value)| value.clone()).collect()
            };
            (key(request.query_pairs()), answer(&named("orgUnit"), &named("period"), set))
        });
        Self(answers.collect())
    }
}

impl Respond for Answers {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let pairs: Vec<(String, String)> = request.url.query_pairs().into_owned().collect();
        let body = self.0.get(&key(&pairs)).cloned().unwrap_or_default();
        ResponseTemplate::new(200).set_body_raw(body, "application/json")
    }
}

fn key(pairs: &[(String, String)]) -> String {
    pairs.iter().map(|(name, value)| format!("{name}={value}&")).collect()
}

fn answer(units: &[String], periods: &[String], set: &DataSet) -> Vec<u8> {
    let combo = set.default_attribute_combo().map(|id| id.to_string()).unwrap_or_default();
    let mut values = Vec::new();
    for unit in units {
        for period in periods {
            for element in &set.elements {
                values.push(format!(
                    "{{\"dataElement\":\"{}\",\"period\":\"{period}\",\"orgUnit\":\"{unit}\",\
                     \"categoryOptionCombo\":\"{combo}\",\"attributeOptionCombo\":\"{combo}\",\
                     \"value\":\"{VALUE}\",\"storedBy\":\"sync\",\
                     \"created\":\"2026-11-23T11:46:41.000+0000\",\
                     \"lastUpdated\":\"2026-11-23T11:46:41.000+0000\",\
                     \"comment\":null,\"followup\":false}}",
                    element.id
                ));
            }
        }
    }
    format!("{{\"dataValues\":[{}]}}", values.join(",")).into_bytes()
}

async fn data_set() -> DataSet {
    let mut dhis2 = Dhis2::builder(Dhis2Version::V2_43).org_unit("rootunit000", "R", "Root", None);
    let units: Vec<String> = (0..N_UNITS).map(|n| format!("district{n:03}")).collect();
    for (n, unit) in units.iter().enumerate() {
        dhis2 =
            dhis2.org_unit(unit, &format!("D{n}"), &format!("District {n}"), Some("rootunit000"));
    }
    let elements: Vec<String> = (0..N_ELEMENTS).map(|n| format!("element{n:04}")).collect();
    for (n, element) in elements.iter().enumerate() {
        let spec = DataElementSpec::new(element, &format!("E{n}"), &format!("Element {n}"));
        dhis2 = dhis2.data_element(spec.zero_significant(true));
    }
    let set = DataSetSpec::new("weeklyset00", "W", "Weekly", "Weekly")
        .elements(elements.iter().map(String::as_str))
        .org_units(units.iter().map(String::as_str));
    let server =
        dhis2.data_set(set).build().start().unwrap_or_else(|error| panic!("sandbox: {error}"));
    let id = "weeklyset00".parse().unwrap_or_else(|error| panic!("{error}"));
    client(server.url()).data_set(id).await.unwrap_or_else(|error| panic!("{error}"))
}

fn cells(set: &DataSet) -> Vec<Cell> {
    let last = set.period_type.parse("2021W5").unwrap_or_else(|error| panic!("{error}"));
    let combo = set.default_attribute_combo().unwrap_or_else(|| panic!("no default combo"));
    let mut cells = Vec::with_capacity(N_UNITS * N_ELEMENTS * N_WEEKS as usize);
    for unit in &set.org_units {
        for period in last.back(N_WEEKS - 1).through(last) {
            cells.extend(set.elements.iter().map(|element| Cell {
                org_unit: unit.id,
                period,
                data_element: element.id,
                category_option_combo: combo,
                attribute_option_combo: combo,
            }));
        }
    }
    cells
}

fn measure<T>(what: &str, work: impl FnOnce() -> T) -> T {
    reset_peak();
    let (started, before) = (Instant::now(), memory_mb("VmRSS"));
    let result = work();
    report(what, started, before);
    result
}

fn report(what: &str, started: Instant, before_mb: u64) {
    let seconds = started.elapsed().as_secs_f64();
    let peak = memory_mb("VmHWM");
    println!("{what}: {seconds:.2} s, peak {peak} MB ({} MB more)", peak.saturating_sub(before_mb));
}

/// Lets the kernel count the peak anew (Linux).
fn reset_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn memory_mb(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(what));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) / 1_024
}
