//! Makes the values of one DHIS2 those of another: reads both, compares, sends the difference.
//! Values that a person entered in the target are shown and left alone.
//!
//! `cargo run -p examples --example dhis2_reconcile`

#![expect(clippy::print_stdout, reason = "an example talks to its reader")]

use dhis2_client::{
    Action, Client, Credentials, DataSet, Ownership, SendOptions, StoredValue, ValueQuery, Wanted,
    reconcile,
};
use sandbox::dhis2::{Dhis2, Dhis2Version, Stored};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The source is a 2.42, the target a 2.43.
    let (source, target) =
        (Dhis2::atlantia(Dhis2Version::V2_42), Dhis2::atlantia(Dhis2Version::V2_43));
    let unit = "DiszpKrYNg8";
    for (week, value) in [("2021W1", "4"), ("2021W2", "9"), ("2021W3", "2")] {
        source.put(Stored::new("CnPsS2xE8UN", week, unit, value).stored_by("writer"));
    }
    for (week, value, user) in
        [("2021W2", "8", "writer"), ("2021W3", "3", "nurse"), ("2021W4", "1", "writer")]
    {
        target.put(Stored::new("CnPsS2xE8UN", week, unit, value).stored_by(user));
    }
    let (source, target) = (source.start()?, target.start()?);
    let (from, to) = (client(source.url())?, client(target.url())?);

    let data_set = to.data_set("kIfMNugiTgd".parse()?).await?;
    let desired = values(&from, &data_set).await?.into_iter().filter_map(|value| {
        let text = value.live_value()?.to_owned();
        Some((value.cell, Wanted::Value(text)))
    });
    let stored = values(&to, &data_set).await?;
    // What we stored and the source has no more, is cleared.
    let ours = Ownership::of("writer").cells(|_| true);
    let plan = reconcile(&data_set, desired, stored, &ours)?;

    for change in plan.changes() {
        let (old, new) = (change.old().unwrap_or("–"), change.new().unwrap_or("–"));
        let period = change.cell.period;
        match &change.action {
            Action::Foreign { wanted: Wanted::Value(wanted), .. } => {
                println!("{period}: {old} is somebody else's and stays; the source has {wanted}");
            }
            _ => println!("{period}: {old} → {new}"),
        }
    }
    let report = to.send(&data_set, &plan, &SendOptions::default(), &mut |_| {}).await;
    println!("{} stored, {} cleared", report.counts().stored, report.counts().cleared);
    Ok(())
}

fn client(url: &str) -> Result<Client, Box<dyn std::error::Error>> {
    Ok(Client::builder(url.parse()?, Credentials::basic("writer", "Writer-1!")).build()?)
}

async fn values(
    client: &Client,
    data_set: &DataSet,
) -> Result<Vec<StoredValue>, Box<dyn std::error::Error>> {
    let weeks =
        data_set.period_type.parse("2021W1")?.through(data_set.period_type.parse("2021W5")?);
    let units = data_set.org_units.iter().map(|unit| unit.id);
    let query = ValueQuery::new(data_set.id).org_units(units).periods(weeks);
    Ok(client.stored_values(&query).await?)
}
