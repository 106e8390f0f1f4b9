//! Brings a CSV file of codes and names into DHIS2: people's words become cells, the difference is
//! sent, and a second run sends nothing.
//!
//! `cargo run -p examples --example dhis2_import_csv`

#![expect(clippy::print_stdout, reason = "an example talks to its reader")]

use std::collections::BTreeMap;

use dhis2_client::{
    Client, Credentials, OrgUnitId, Ownership, SendOptions, ValueQuery, Wanted, reconcile,
};
use sandbox::dhis2::{Dhis2, Dhis2Version};

const FILE: &str = "\
district,week,element,age,sex,value
AT0101,2020W53,CV19_NEW_CONF_CASES,P20Y--P30Y,F,3
AT0101,2020W53,CV19_NEW_CONF_CASES,P20Y--P30Y,M,5
AT0102,2020W53,CV19_NEW_CONF_CASES,UNK_AGE,UNK_SEX,1
AT0102,2020W53,CV19_TESTED,,,118
AT0102,2020W53,CV19_TRANS_CLASS,,,CLUSTERS
";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Dhis2::atlantia(Dhis2Version::V2_42).start()?;
    let login = Credentials::basic("writer", "Writer-1!");
    let client = Client::builder(server.url().parse()?, login).build()?;
    let data_set = client.data_set("uKtOZwDnIpM".parse()?).await?;
    let units: BTreeMap<&str, OrgUnitId> = data_set
        .org_units
        .iter()
        .filter_map(|unit| Some((unit.code.as_deref()?, unit.id)))
        .collect();

    let mut desired = Vec::new();
    for row in csv::Reader::from_reader(FILE.as_bytes()).records() {
        let row = row?;
        let (age, sex) = (&row[3], &row[4]);
        let split = [("AGE_CV19", age), ("SEX_WITH_UNK", sex)];
        let options = if age.is_empty() { &split[..0] } else { &split[..] };
        let unit = units.get(&row[0]).ok_or_else(|| format!("no unit with code {}", &row[0]))?;
        let week = data_set.period_type.parse(&row[1])?;
        let cell = data_set.cell(&row[2], options, week, *unit)?;
        desired.push((cell, Wanted::Value(row[5].to_owned())));
    }

    for run in 1..=2 {
        let query = ValueQuery::new(data_set.id)
            .org_units(desired.iter().map(|(cell, _)| cell.org_unit))
            .periods(desired.iter().map(|(cell, _)| cell.period));
        let stored = client.stored_values(&query).await?;
        let plan = reconcile(&data_set, desired.clone(), stored, &Ownership::of("writer"))?;
        let report = client.send(&data_set, &plan, &SendOptions::default(), &mut |_| {}).await;
        let counts = report.counts();
        println!(
            "run {run}: {} to send, {} unchanged; {} stored, {} refused, in {} calls",
            plan.counts().to_send(),
            plan.counts().unchanged,
            counts.stored,
            counts.refused,
            report.n_calls
        );
    }
    Ok(())
}
