//! Writes the values of a data set to an ADX file, the form in which health systems exchange
//! aggregate data, and reads it again.
//!
//! `cargo run -p examples --example dhis2_adx_to_file -- report.adx.xml`

#![expect(clippy::print_stdout, reason = "an example talks to its reader")]

use dhis2_client::{Client, Credentials, DataValue, DataValueSet, ValueQuery};
use sandbox::dhis2::{Dhis2, Dhis2Version, Stored};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args_os().nth(1).map_or_else(
        || std::env::temp_dir().join("dhis2_adx_to_file.adx.xml"),
        std::path::PathBuf::from,
    );
    let dhis2 = Dhis2::atlantia(Dhis2Version::V2_42);
    for (week, value) in [("2020W52", "4"), ("2020W53", "9"), ("2021W1", "0")] {
        dhis2.put(Stored::new("CnPsS2xE8UN", week, "DiszpKrYNg8", value));
    }
    let server = dhis2.start()?;
    let login = Credentials::basic("writer", "Writer-1!");
    let client = Client::builder(server.url().parse()?, login).build()?;
    let data_set = client.data_set("kIfMNugiTgd".parse()?).await?;

    let weeks =
        data_set.period_type.parse("2020W50")?.through(data_set.period_type.parse("2021W5")?);
    let query = ValueQuery::new(data_set.id).org_units(["DiszpKrYNg8".parse()?]).periods(weeks);
    let stored = client.stored_values(&query).await?;
    let values = stored
        .iter()
        .filter_map(|value| Some(DataValue::new(value.cell, value.live_value()?)))
        .collect();
    let adx = DataValueSet::new(data_set.id, values).to_adx(&data_set)?;
    std::fs::write(&file, &adx)?;
    println!("{} values in {}:", stored.len(), file.display());
    println!("{}", String::from_utf8(adx)?);

    let default = data_set.default_attribute_combo().ok_or("entries are split by attributes")?;
    let read = DataValueSet::read_adx(&std::fs::read_to_string(&file)?, default)?;
    let n_values: usize = read.iter().map(|set| set.values.len()).sum();
    println!("read again: {n_values} values");
    Ok(())
}
