//! Which districts have reported? Registers some entries as complete and prints the table.
//!
//! `cargo run -p examples --example dhis2_completeness`

#![expect(clippy::print_stdout, reason = "an example talks to its reader")]

use std::collections::BTreeSet;

use dhis2_client::{Client, CompletenessQuery, Credentials, Period, Registration};
use sandbox::dhis2::{Dhis2, Dhis2Version};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Dhis2::atlantia(Dhis2Version::V2_43).start()?;
    let login = Credentials::basic("writer", "Writer-1!");
    let client = Client::builder(server.url().parse()?, login).build()?;
    let data_set = client.data_set("uKtOZwDnIpM".parse()?).await?;
    let attribute_option_combo =
        data_set.default_attribute_combo().ok_or("entries are split by attributes")?;

    let last = data_set.latest_open_period(client.system_info().await?.today());
    let weeks: Vec<Period> = last.back(3).through(last).collect();
    let districts: Vec<_> = data_set.org_units.iter().filter(|unit| unit.level == 3).collect();
    // Every third entry is still missing.
    let entries: Vec<Registration> = districts
        .iter()
        .flat_map(|unit| weeks.iter().map(move |week| (unit.id, *week)))
        .enumerate()
        .filter(|(n, _)| n % 3 != 2)
        .map(|(_, (org_unit, period))| Registration {
            data_set: data_set.id,
            period,
            org_unit,
            attribute_option_combo,
            date: None,
        })
        .collect();
    let outcomes = client.register_complete(&entries).await?;
    let n_registered = outcomes.iter().filter(|outcome| outcome.is_registered()).count();
    println!("{n_registered} of {} entries registered", entries.len());

    let query = CompletenessQuery::new(data_set.id)
        .periods(weeks.iter().copied())
        .org_units(districts.iter().map(|unit| unit.id));
    let complete: BTreeSet<_> = client
        .completeness(&query)
        .await?
        .into_iter()
        .filter(|status| status.completed)
        .map(|status| (status.registration.org_unit, status.registration.period))
        .collect();
    let head: Vec<String> = weeks.iter().map(|week| format!("{:>8}", week.id())).collect();
    println!("{:30}{}", "", head.concat());
    for district in districts {
        let marks = weeks.iter().map(|week| {
            let mark = if complete.contains(&(district.id, *week)) { "✓" } else { "·" };
            format!("{mark:>8}")
        });
        println!("{:30}{}", district.name, marks.collect::<String>());
    }
    Ok(())
}
