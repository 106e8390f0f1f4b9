//! 50,000 new cells into the sandbox, in batches of 500 to 50,000, read back.
//!
//! The sandbox has not the server's own costs (a real 2.43 is quadratic in the size of a call), so
//! this shows what a batch costs the *client* and the wire; the default sizes come from the
//! recordings' `bench.jsonl`, measured on real servers.
//!
//! `cargo bench -p dhis2-client --bench batch_sizes`

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::num::NonZeroUsize;

use dhis2_client::{Cell, Client, Credentials, Ownership, SendOptions, Wanted, reconcile};
use sandbox::dhis2::{DataElementSpec, DataSetSpec, Dhis2, Dhis2Version};

const SIZES: [usize; 7] = [500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000];

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    for version in [Dhis2Version::V2_42, Dhis2Version::V2_43] {
        for size in SIZES {
            let dhis2 = country(version);
            let server = dhis2.start()?;
            let login = Credentials::basic("admin", "district");
            let client = Client::builder(server.url().parse()?, login).build()?;
            let set = client.data_set("weeklyset00".parse()?).await?;
            let last = set.period_type.parse("2021W5")?;
            let combo = set.default_attribute_combo().ok_or("no default combination")?;
            let mut desired = Vec::new();
            for unit in &set.org_units {
                for period in last.back(49).through(last) {
                    desired.extend(set.elements.iter().map(|element| {
                        let cell = Cell {
                            org_unit: unit.id,
                            period,
                            data_element: element.id,
                            category_option_combo: combo,
                            attribute_option_combo: combo,
                        };
                        (cell, Wanted::Value("7".into()))
                    }));
                }
            }
            let plan = reconcile(&set, desired, [], &Ownership::of("admin"))?;
            let size = NonZeroUsize::new(size).ok_or("no size")?;
            let options = SendOptions::default().batch_size(size);
            let report = client.send(&set, &plan, &options, &mut |_| {}).await;
            println!(
                "{version:?}, batches of {size}: {:.2} s, {} calls, {} stored",
                report.elapsed.as_secs_f64(),
                report.n_calls,
                report.counts().stored
            );
        }
    }
    Ok(())
}

fn country(version: Dhis2Version) -> Dhis2 {
    let mut dhis2 = Dhis2::builder(version).org_unit("rootunit000", "R", "Root", None);
    let units: Vec<String> = (0..100).map(|n| format!("district{n:03}")).collect();
    for (n, unit) in units.iter().enumerate() {
        dhis2 =
            dhis2.org_unit(unit, &format!("D{n}"), &format!("District {n}"), Some("rootunit000"));
    }
    let elements: Vec<String> = (0..10).map(|n| format!("element{n:04}")).collect();
    for (n, element) in elements.iter().enumerate() {
        let spec = DataElementSpec::new(element, &format!("E{n}"), &format!("Element {n}"));
        dhis2 = dhis2.data_element(spec.zero_significant(true));
    }
    let set = DataSetSpec::new("weeklyset00", "W", "Weekly", "Weekly")
        .elements(elements.iter().map(String::as_str))
        .org_units(units.iter().map(String::as_str));
    dhis2.data_set(set).build()
}
