//! What would DHIS2 say? Sends a value that is good and one that is not, without storing either.
//!
//! `cargo run -p examples --example dhis2_dry_run`

#![expect(clippy::print_stdout, reason = "an example talks to its reader")]

use dhis2_client::{Client, Credentials, Ownership, SendOptions, Verdict, Wanted, reconcile};
use sandbox::dhis2::{Dhis2, Dhis2Version};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A DHIS2 within this process; with a real one only address and login are others.
    let server = Dhis2::atlantia(Dhis2Version::V2_43).start()?;
    let login = Credentials::basic("writer", "Writer-1!");
    let client = Client::builder(server.url().parse()?, login).build()?;

    let data_set = client.data_set("kIfMNugiTgd".parse()?).await?;
    let week = data_set.period_type.parse("2021W5")?;
    let [country, region, ..] = &data_set.org_units[..] else { return Ok(()) };
    let good = data_set.cell("CnPsS2xE8UN", &[], week, country.id)?;
    let bad = data_set.cell("CnPsS2xE8UN", &[], week, region.id)?;

    let desired = [(good, Wanted::Value("7".into())), (bad, Wanted::Value("-7".into()))];
    let plan = reconcile(&data_set, desired, [], &Ownership::of("writer"))?;
    let options = SendOptions::default().dry_run(true);
    let report = client.send(&data_set, &plan, &options, &mut |_| {}).await;

    for outcome in &report.outcomes {
        match &outcome.verdict {
            Verdict::WouldBeStored => println!("{}: would be stored", outcome.cell),
            Verdict::Refused(refusal) => {
                let code = refusal.code.map(|code| code.to_string()).unwrap_or_default();
                println!("{}: {code} {}; {}", outcome.cell, refusal.reason, refusal.remedy);
            }
            other => println!("{}: {other:?}", outcome.cell),
        }
    }
    Ok(())
}
