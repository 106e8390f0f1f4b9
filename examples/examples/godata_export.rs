//! Downloads an export: whole rows as a file that the server makes in the background.
//!
//! ```sh
//! cargo run -p examples --example godata_export -- cases.json
//! ```

#![expect(clippy::print_stdout, reason = "an example talks to its reader")]

use std::{env, error::Error, fs::File, time::Duration};

use godata_client::{Client, Credentials, ExportOptions, Filter, RecordKind};
use sandbox::godata::{EMAIL, GoData, PASSWORD};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let temporary = env::temp_dir().join("godata-export-example.json");
    let path = env::args_os().nth(1).map_or(temporary, Into::into);

    let server = GoData::recorded()?;
    let account = Credentials::new(EMAIL, PASSWORD.into());
    let client = Client::builder(server.url().parse()?, account).build()?;
    let outbreak = client.outbreak(server.outbreak_id());

    // The server blanks the names; they never leave it.
    let recent = Filter::field("dateOfReporting").gte("2021-01-01T00:00:00.000Z");
    let options =
        ExportOptions::json().filter(recent).anonymize(["firstName", "middleName", "lastName"]);
    let export = match outbreak.export(RecordKind::Case, &options).await {
        Ok(export) => export,
        Err(error) if error.is_permission() => {
            println!("this account may not export; it lacks {:?}", error.missing_permissions());
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    export
        .wait(Duration::from_millis(200), Duration::from_secs(600), |progress| {
            println!("{} of {} rows ({})", progress.n_done, progress.n_total, progress.step);
        })
        .await?;

    // The file can be downloaded once; then the server deletes it.
    let mut file = File::create(&path)?;
    let n_bytes = export.download().await?.save(&mut file).await?;
    println!("{n_bytes} bytes in {}", path.display());

    client.close().await?;
    Ok(())
}
