//! How fast cases are decoded, and what pages in flight bring.
//!
//! ```sh
//! cargo bench -p godata-client
//! ```

#![expect(clippy::unwrap_used, reason = "a benchmark")]

use std::{hint::black_box, io::Read as _, time::Duration};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use flate2::read::GzDecoder;
use godata_client::{Client, Credentials, models::Case};
use sandbox::godata::{EMAIL, Generator, GoData, PASSWORD, World};
use serde_json::{Value, value::RawValue};
use tokio::runtime::Runtime;

/// What a case needs for a report; a page of it is what counting reads.
const SLIM: [&str; 8] = [
    "id",
    "classification",
    "dateOfReporting",
    "dateOfOnset",
    "outcomeId",
    "gender",
    "age",
    "usualPlaceOfResidenceLocationId",
];

/// A page of a thousand recorded cases, whole or slim.
fn page(is_slim: bool) -> String {
    let mut text = String::new();
    let gzipped: &[u8] = include_bytes!("../tests/recordings/rows.json.gz");
    GzDecoder::new(gzipped).read_to_string(&mut text).unwrap();
    let lists: Value = serde_json::from_str(&text).unwrap();
    let mut rows = lists["cases"].as_array().unwrap().clone();
    if is_slim {
        for row in &mut rows {
            row.as_object_mut().unwrap().retain(|name, _| SLIM.contains(&name.as_str()));
        }
    }
    let page: Vec<_> = rows.iter().cycle().take(1000).collect();
    serde_json::to_string(&page).unwrap()
}

fn decoding(criterion: &mut Criterion) {
    for (name, is_slim) in [("whole cases", false), ("slim cases", true)] {
        let page = page(is_slim);
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(page.len() as u64));
        group.bench_function("typed", |bench| {
            bench.iter(|| serde_json::from_str::<Vec<Case>>(black_box(&page)).unwrap());
        });
        group.bench_function("serde_json::Value", |bench| {
            bench.iter(|| serde_json::from_str::<Vec<Value>>(black_box(&page)).unwrap());
        });
        group.bench_function("split only", |bench| {
            bench.iter(|| serde_json::from_str::<Vec<&RawValue>>(black_box(&page)).unwrap().len());
        });
        group.finish();
    }
}

fn pages_in_flight(criterion: &mut Criterion) {
    let n_cases = 10_000;
    let how = Generator { n_cases, ..Generator::default() };
    let godata = GoData::start(World::generated(&how)).unwrap();
    godata.server().set_delay(Duration::from_millis(5));
    let credentials = Credentials::new(EMAIL, PASSWORD.into());
    let client = Client::builder(godata.url().parse().unwrap(), credentials).build().unwrap();
    let runtime = Runtime::new().unwrap();

    let mut group = criterion.benchmark_group("10,000 slim cases in pages of 250, 5 ms an answer");
    group.throughput(Throughput::Elements(n_cases as u64)).sample_size(10);
    for n_pages in [1, 2, 4] {
        let query = client
            .outbreak(godata.outbreak_id())
            .cases()
            .fields(SLIM)
            .page_size(250)
            .pages_in_flight(n_pages);
        group.bench_function(BenchmarkId::new("pages in flight", n_pages), |bench| {
            bench.iter(|| {
                let n_read = runtime.block_on(async {
                    let mut pages = query.pages();
                    let mut n_read = 0;
                    while let Some(page) = pages.next().await.unwrap() {
                        n_read += page.records.len();
                    }
                    n_read
                });
                assert_eq!(n_read, n_cases);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, decoding, pages_in_flight);
criterion_main!(benches);
