//! Brings contacts from a CSV file into Go.Data: updates those that are there, creates the others,
//! and may be run again.
//!
//! ```sh
//! cargo run -p examples --example godata_upsert_contacts
//! ```

#![expect(clippy::print_stdout, reason = "an example talks to its reader")]

use std::error::Error;

use godata_client::{
    Client, Credentials, UpsertOutcome,
    models::{Contact, Field, Gender, Moment, Outbreak},
};
use sandbox::godata::{EMAIL, GoData, PASSWORD};

/// Invented people. The second run changes one of them and adds one.
const MONDAY: &str = "\
number,first_name,gender,reported
K-001,Amina,FEMALE,2020-12-28
K-002,Joseph,MALE,2020-12-28
K-003,Grace,,someday
";
const TUESDAY: &str = "\
number,first_name,gender,reported
K-001,Amina,FEMALE,2020-12-28
K-002,Josef,MALE,2020-12-28
K-003,Grace,FEMALE,2020-12-29
K-004,Peter,MALE,2020-12-29
";

fn contacts(text: &str) -> Result<Vec<Contact>, csv::Error> {
    let column = |row: &csv::StringRecord, i: usize| row.get(i).unwrap_or_default().to_owned();
    csv::Reader::from_reader(text.as_bytes())
        .into_records()
        .map(|row| {
            let row = row?;
            let gender = match column(&row, 2).as_str() {
                "" => Field::Missing, // what is not sent stays as it is
                short => Gender::from(format!("{}{short}", Gender::PREFIX).as_str()).into(),
            };
            Ok(Contact {
                visual_id: column(&row, 0).into(),
                first_name: column(&row, 1).into(),
                gender,
                date_of_reporting: Moment::from(column(&row, 3).as_str()).into(),
                ..Contact::default()
            })
        })
        .collect()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = GoData::recorded()?;
    let account = Credentials::new(EMAIL, PASSWORD.into());
    let client = Client::builder(server.url().parse()?, account).build()?;

    // A mask like `CO-9999999999` hands out numbers of its own; `*` keeps those of the file.
    let keep_numbers = Outbreak { contact_id_mask: "*".into(), ..Outbreak::default() };
    client.update_outbreak(&server.outbreak_id(), &keep_numbers).await?;

    let writer = client.outbreak(server.outbreak_id()).activate().await?;
    for (day, text) in [("Monday", MONDAY), ("Tuesday", TUESDAY)] {
        println!("{day}");
        let results = writer.upsert_all(contacts(text)?, 2).await;
        for (i, result) in results.into_iter().enumerate() {
            let line = i + 2;
            match result {
                Ok(upserted) => match upserted.outcome {
                    UpsertOutcome::Created => println!("  line {line}: created"),
                    UpsertOutcome::Updated => println!("  line {line}: updated"),
                    _ => println!("  line {line}: created under another number: check the mask"),
                },
                // Names the field and not the person.
                Err(error) => println!("  line {line}: refused: {}", error.kind()),
            }
        }
    }
    writer.finish().await?;
    client.close().await?;
    Ok(())
}
