//! Lists the confirmed cases of a week: only the fields that are needed, page by page, and the
//! server's own count beside it.
//!
//! ```sh
//! cargo run -p examples --example godata_cases_of_a_week
//! ```

#![expect(clippy::print_stdout, reason = "an example talks to its reader")]

use std::error::Error;

use chrono::{DateTime, Utc};
use godata_client::{Client, Credentials, Filter, models::Classification};
use sandbox::godata::{EMAIL, GoData, PASSWORD};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = GoData::recorded()?;
    let account = Credentials::new(EMAIL, PASSWORD.into());
    let client = Client::builder(server.url().parse()?, account).build()?;
    let outbreak = client.find_outbreak("Coastal respiratory disease 2020").await?;
    let outbreak = client.outbreak(outbreak.id.text().unwrap_or_default());

    // Half-open: a day has no last moment.
    let monday: DateTime<Utc> = "2020-12-28T00:00:00Z".parse()?;
    let next_monday: DateTime<Utc> = "2021-01-04T00:00:00Z".parse()?;
    let week = Filter::field("classification")
        .eq(Classification::Confirmed)
        .and(Filter::field("dateOfReporting").gte(monday))
        .and(Filter::field("dateOfReporting").lt(next_monday));
    let cases =
        outbreak.cases().filter(week).fields(["dateOfReporting", "gender", "age"]).page_size(10);

    let mut pages = cases.pages();
    while let Some(page) = pages.next().await? {
        for case in page.records {
            match case {
                // The server's time zone makes a day of a moment; here it is UTC.
                Ok(case) => {
                    let day = case.date_of_reporting.value().and_then(|it| it.day(&Utc));
                    let day = day.map_or_else(|| "no day".to_owned(), |day| day.to_string());
                    let gender = case.gender.value().map_or("unknown", |it| it.short());
                    println!("{day}  {gender}");
                }
                Err(bad) => println!("left out: {bad}"),
            }
        }
    }
    let progress = pages.progress();
    println!(
        "{} cases on {} pages; the server counts {}",
        progress.n_records,
        progress.n_pages,
        cases.count().await?
    );

    client.close().await?;
    Ok(())
}
