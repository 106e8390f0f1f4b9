//! What would this server refuse? Asked before anything is sent.
//!
//! `cargo run -p examples --example dhis2_preflight`

#![expect(clippy::print_stdout, reason = "an example talks to its reader")]

use dhis2_client::{
    Cell, Client, Credentials, DataValue, Preflight, Severity, preflight, preflight_values,
};
use sandbox::dhis2::{Dhis2, Dhis2Version};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    for version in [Dhis2Version::V2_42, Dhis2Version::V2_43] {
        let dhis2 = Dhis2::atlantia(version);
        dhis2.lock_after("uKtOZwDnIpM", 30.0);
        let server = dhis2.start()?;
        let login = Credentials::basic("writer", "Writer-1!");
        let client = Client::builder(server.url().parse()?, login).build()?;
        let (info, me) = (client.system_info().await?, client.me().await?);
        let data_set = client.data_set("uKtOZwDnIpM".parse()?).await?;

        let week = data_set.latest_open_period(info.today());
        let unit = data_set.org_units[1].id;
        let good = data_set.cell("CV19_TESTED", &[], week, unit)?;
        let class = data_set.cell("CV19_TRANS_CLASS", &[], week, unit)?;
        let cells = [
            good,
            class,
            Cell { period: week.next(), ..good },
            Cell { period: week.back(20), ..good },
            Cell { org_unit: "aaaaaaaaaaa".parse()?, ..good },
        ];
        let values = [DataValue::new(good, "0"), DataValue::new(class, "Clusters of cases")];

        println!("DHIS2 {}:", info.version);
        let input = Preflight { data_set: &data_set, cells: &cells, user: &me, server: &info };
        for finding in preflight(&input).into_iter().chain(preflight_values(&input, &values)) {
            let mark = if finding.severity == Severity::Blocks { "refused" } else { "warning" };
            println!("  {mark}: {finding}");
        }
    }
    Ok(())
}
