//! Reading while the outbreak changes: no live record is lost or doubled.

use std::collections::{BTreeMap, BTreeSet};

use godata_client::{Client, Filter, RecordKind};
use proptest::{collection::vec, prelude::*, sample::Index, test_runner::Config as ProptestConfig};
use sandbox::godata::{GoData, Kind, World};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::sandbox::client;

/// What happens to the outbreak while the reader works on a page.
#[derive(Debug, Clone)]
enum Change {
    Enter,
    Edit(Index),
    Delete(Index),
    Restore(Index),
    Merge(Index, Index),
    /// A case becomes a contact: it leaves the list, undeleted.
    Convert(Index),
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => Just(Change::Enter),
        2 => any::<Index>().prop_map(Change::Edit),
        3 => any::<Index>().prop_map(Change::Delete),
        1 => any::<Index>().prop_map(Change::Restore),
        2 => (any::<Index>(), any::<Index>()).prop_map(|(a, b)| Change::Merge(a, b)),
        1 => any::<Index>().prop_map(Change::Convert),
    ]
}

/// One outbreak of a running Go.Data, and who was in its list from when to when.
struct Outbreak<'a> {
    godata: &'a GoData,
    id: String,
    /// Every case there ever was, and whether it was in the list all the time since the start.
    cases: BTreeMap<String, InList>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InList {
    AllTheTime,
    ForSomeTime,
}

impl<'a> Outbreak<'a> {
    fn with_cases(godata: &'a GoData, n_cases: usize) -> Self {
        let id = godata.add_outbreak(&format!("Outbreak {}", godata.server().log().n_requests()));
        let mut outbreak = Self { godata, id, cases: BTreeMap::new() };
        for i in 0..n_cases {
            outbreak.enter(json!({ "firstName": format!("Invented {i}") }), InList::AllTheTime);
        }
        outbreak
    }

    fn enter(&mut self, row: Value, in_list: InList) {
        let id = self.godata.put_in(&self.id, Kind::Case, row);
        self.cases.insert(id, in_list);
    }

    fn pick(&self, index: &Index) -> Option<String> {
        let ids: Vec<_> = self.cases.keys().collect();
        (!ids.is_empty()).then(|| (*index.get(&ids)).clone())
    }

    fn leaves_list(&mut self, id: &str) {
        self.cases.insert(id.to_owned(), InList::ForSomeTime);
    }

    fn apply(&mut self, change: &Change) {
        match change {
            Change::Enter => self.enter(json!({ "firstName": "Late" }), InList::ForSomeTime),
            Change::Edit(index) => {
                if let Some(id) = self.pick(index) {
                    // The name is what the server's default order goes by.
                    self.godata.edit(&id, |row| row["firstName"] = json!("A"));
                }
            }
            Change::Delete(index) => {
                if let Some(id) = self.pick(index) {
                    self.godata.delete(&id);
                    self.leaves_list(&id);
                }
            }
            Change::Restore(index) => {
                if let Some(id) = self.pick(index) {
                    self.godata.restore(&id);
                }
            }
            Change::Merge(a, b) => {
                let (Some(a), Some(b)) = (self.pick(a), self.pick(b)) else { return };
                if a == b {
                    return;
                }
                if let Some(merged) = self.godata.merge(&[&a, &b]) {
                    self.cases.insert(merged, InList::ForSomeTime);
                    self.leaves_list(&a);
                    self.leaves_list(&b);
                }
            }
            Change::Convert(index) => {
                if let Some(id) = self.pick(index) {
                    self.godata.convert(&id, Kind::Contact);
                    self.leaves_list(&id);
                }
            }
        }
    }
}

async fn read_while_changing(
    client: &Client,
    outbreak: &mut Outbreak<'_>,
    page_size: u32,
    pages_in_flight: u32,
    changes: &[Vec<Change>],
) -> Vec<String> {
    let query = client
        .outbreak(outbreak.id.clone())
        .records(RecordKind::Case)
        .fields(["deleted"])
        .page_size(page_size)
        .pages_in_flight(pages_in_flight);
    let mut pages = query.raw_pages();
    let mut delivered = Vec::new();
    let mut changes = changes.iter();
    while let Some(page) = pages.next().await.unwrap() {
        for record in page.records() {
            let row: Value = serde_json::from_str(record.json()).unwrap();
            delivered.push(row["id"].as_str().unwrap().to_owned());
        }
        for change in changes.next().into_iter().flatten() {
            outbreak.apply(change);
        }
    }
    delivered
}

#[test]
fn records_that_stay_are_read_once_whatever_else_happens() {
    let godata = GoData::start(World::empty("Changing")).unwrap();
    let client = client(&godata);
    let runtime = Runtime::new().unwrap();
    let config =
        ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() };
    let input = (0_usize..40, 1_u32..8, 1_u32..4, vec(vec(any_change(), 0..6), 0..20));
    proptest!(config, |((n_cases, page_size, pages_in_flight, changes) in input)| {
        let mut outbreak = Outbreak::with_cases(&godata, n_cases);
        let reading =
            read_while_changing(&client, &mut outbreak, page_size, pages_in_flight, &changes);
        let delivered = runtime.block_on(reading);
        let distinct: BTreeSet<_> = delivered.iter().cloned().collect();
        prop_assert_eq!(distinct.len(), delivered.len(), "a record came twice");
        for (id, in_list) in &outbreak.cases {
            if *in_list == InList::AllTheTime {
                prop_assert!(distinct.contains(id), "a record that was there all the time is lost");
            }
        }
        for id in &distinct {
            prop_assert!(outbreak.cases.contains_key(id), "a record from nowhere");
        }
    });
}

/// Once the outbreak is at rest, a reading brings what the server counts, after any history.
#[test]
fn at_rest_a_reading_equals_the_count() {
    let godata = GoData::start(World::empty("At rest")).unwrap();
    let client = client(&godata);
    let runtime = Runtime::new().unwrap();
    let config =
        ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() };
    let input = (0_usize..30, 1_u32..8, 1_u32..4, vec(any_change(), 0..20));
    proptest!(config, |((n_cases, page_size, pages_in_flight, changes) in input)| {
        let mut outbreak = Outbreak::with_cases(&godata, n_cases);
        for change in &changes {
            outbreak.apply(change);
        }
        let handle = client.outbreak(outbreak.id.clone());
        let all = handle
            .cases()
            .filter(Filter::field("id").exists(true))
            .page_size(page_size)
            .pages_in_flight(pages_in_flight);
        let (n_read, n_counted) = runtime.block_on(async {
            (all.all().await.unwrap().len() as u64, all.count().await.unwrap())
        });
        prop_assert_eq!(n_read, n_counted);
    });
}
