//! 50,000 values, one in a hundred of them wrong: every good one is stored, every bad one is named.

use std::collections::BTreeMap;

use dhis2_client::{Cell, DataSet, Ownership, SendOptions, Wanted, reconcile};
use sandbox::dhis2::{DataElementSpec, DataSetSpec, Dhis2, Dhis2Version, ImportFault, UserSpec};

use crate::server::Server;

const N_UNITS: usize = 100;
const N_WEEKS: u32 = 50;
const N_ELEMENTS: usize = 10;

/// A country of a hundred districts with ten numbers a week.
fn country(version: Dhis2Version) -> Dhis2 {
    let mut dhis2 = Dhis2::builder(version).org_unit("rootunit000", "R", "Root", None);
    let units: Vec<String> = (0..N_UNITS).map(|n| format!("district{n:03}")).collect();
    for (n, unit) in units.iter().enumerate() {
        let code = format!("D{n}");
        dhis2 = dhis2.org_unit(unit, &code, &format!("District {n}"), Some("rootunit000"));
    }
    let elements: Vec<String> = (0..N_ELEMENTS).map(|n| format!("element{n:04}")).collect();
    for (n, element) in elements.iter().enumerate() {
        let spec = DataElementSpec::new(element, &format!("E{n}"), &format!("Element {n}"));
        dhis2 = dhis2.data_element(spec.zero_significant(true));
    }
    dhis2
        .data_set(
            DataSetSpec::new("weeklyset00", "W", "Weekly", "Weekly")
                .elements(elements.iter().map(String::as_str))
                .org_units(units.iter().map(String::as_str)),
        )
        .user(
            UserSpec::new("writer", "Writer-1!")
                .authorities(["F_DATAVALUE_ADD"])
                .org_units(["rootunit000"]),
        )
        .build()
}

/// Every hundredth cell is wrong, in one of five ways.
fn spoil(n: usize, cell: Cell, good: String) -> (Cell, Wanted, bool) {
    if n % 100 != 37 {
        return (cell, Wanted::Value(good), false);
    }
    let unknown = format!("bad{n:08}");
    let (cell, text) = match (n / 100) % 5 {
        0 => (cell, "many".to_owned()),
        1 => (Cell { org_unit: unknown.parse().unwrap(), ..cell }, good),
        2 => (Cell { data_element: unknown.parse().unwrap(), ..cell }, good),
        3 => (Cell { period: cell.period.forward(1_000), ..cell }, good),
        _ => (Cell { category_option_combo: unknown.parse().unwrap(), ..cell }, good),
    };
    (cell, Wanted::Value(text), true)
}

fn cells(set: &DataSet) -> Vec<Cell> {
    let last = set.period_type.parse("2021W5").unwrap();
    let mut cells = Vec::new();
    for unit in &set.org_units {
        for week in last.back(N_WEEKS - 1).through(last) {
            for element in &set.elements {
                cells.push(set.cell(element.id.as_str(), &[], week, unit.id).unwrap());
            }
        }
    }
    cells
}

async fn check(version: &str, loss: Option<ImportFault>) {
    let server = Server::of(country(version.parse().unwrap()));
    let set = server.client.data_set("weeklyset00".parse().unwrap()).await.unwrap();
    let mut bad = BTreeMap::new();
    let mut good = BTreeMap::new();
    for (n, cell) in cells(&set).into_iter().enumerate() {
        let (cell, wanted, is_bad) = spoil(n, cell, (n % 97).to_string());
        if is_bad {
            bad.insert(cell, wanted)
        } else {
            good.insert(cell, wanted)
        };
    }
    assert_eq!(good.len() + bad.len(), 50_000);
    if let Some(fault) = loss {
        server.dhis2.inject_every(17, fault);
    }
    let desired = good.iter().chain(&bad).map(|(cell, wanted)| (*cell, wanted.clone()));
    let plan = reconcile(&set, desired, [], &Ownership::of("writer")).unwrap();

    let report = server.client.send(&set, &plan, &SendOptions::default(), &mut |_| {}).await;

    assert!(report.failure.is_none(), "{version}: {:?}", report.failure);
    assert_eq!(report.outcomes.len(), good.len() + bad.len());
    for outcome in &report.outcomes {
        let should_be_good = good.contains_key(&outcome.cell);
        assert_eq!(outcome.verdict.is_good(), should_be_good, "{version}: {outcome:?}");
    }
    for (_, refusal) in report.refused() {
        assert!(refusal.code.is_some() && !refusal.remedy.is_empty(), "{version}: {refusal:?}");
    }
    let held: BTreeMap<(String, String, String), Option<String>> = server
        .dhis2
        .values()
        .into_iter()
        .map(|value| ((value.data_element, value.period, value.org_unit), value.value))
        .collect();
    assert_eq!(held.len(), good.len(), "{version}");
    for (cell, wanted) in &good {
        let key = (cell.data_element.to_string(), cell.period.id(), cell.org_unit.to_string());
        let value = held.get(&key).cloned().flatten().map(Wanted::Value);
        assert_eq!(value.as_ref(), Some(wanted), "{version} {cell}");
    }
}

#[tokio::test]
async fn engine_a_stores_the_good_and_names_the_bad() {
    check("2.42", None).await;
}

#[tokio::test]
async fn engine_b_stores_the_good_and_names_the_bad() {
    check("2.43", None).await;
}

/// Recordings `race-same-cells-loser`: every seventeenth call is lost with a 200.
#[tokio::test]
async fn engine_b_stores_the_good_although_calls_are_lost() {
    check("2.43", Some(ImportFault::LostCall)).await;
}
