//! Rolls cases up to districts: from each case's place up the tree to the level wanted.
//!
//! ```sh
//! cargo run -p examples --example godata_cases_by_district
//! ```

#![expect(clippy::print_stdout, reason = "an example talks to its reader")]

use std::{collections::BTreeMap, error::Error};

use godata_client::{
    Client, Credentials, Filter,
    models::{Classification, GeographicalLevel, Location},
};
use sandbox::godata::{EMAIL, GoData, PASSWORD};

/// Places by id, to climb.
struct Places(BTreeMap<String, Location>);

impl Places {
    /// The place of `level` that `id` lies in. A case above that level has none.
    fn ancestor(&self, id: &str, level: &GeographicalLevel) -> Option<&Location> {
        let mut place = self.0.get(id)?;
        // A tree is rarely deeper than ten levels; the limit ends a loop in damaged data.
        for _ in 0..self.0.len() {
            if place.geographical_level_id.value() == Some(level) {
                return Some(place);
            }
            place = self.0.get(place.parent_location_id.text()?)?;
        }
        None
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = GoData::recorded()?;
    let account = Credentials::new(EMAIL, PASSWORD.into());
    let client = Client::builder(server.url().parse()?, account).build()?;
    let outbreak = client.outbreak(server.outbreak_id());

    // An account that is in a team may see a part of the cases only, without any error.
    let scope = outbreak.scope().await?;
    if !scope.is_everything() {
        println!("careful: this account does not see everything ({scope:?})");
    }

    // Deleted places too: old cases can still lie in them.
    let fields = ["name", "parentLocationId", "geographicalLevelId", "deleted"];
    let locations = client.locations().including_deleted().fields(fields).all().await?;
    let by_id = locations.into_iter().filter_map(|it| Some((it.id.text()?.to_owned(), it)));
    let places = Places(by_id.collect());

    let confirmed = Filter::field("classification").eq(Classification::Confirmed);
    let cases = outbreak.cases().filter(confirmed).fields(["usualPlaceOfResidenceLocationId"]);
    let mut n_by_district: BTreeMap<&str, u64> = BTreeMap::new();
    let mut pages = cases.pages();
    while let Some(page) = pages.next().await? {
        for case in page.records {
            let case = case?;
            let district = case
                .usual_place_of_residence_location_id
                .text()
                .and_then(|id| places.ancestor(id, &GeographicalLevel::Level2))
                .and_then(|district| district.name.text());
            *n_by_district.entry(district.unwrap_or("(no district)")).or_default() += 1;
        }
    }
    for (district, n_cases) in &n_by_district {
        println!("{n_cases:5}  {district}");
    }
    let n_counted: u64 = n_by_district.values().sum();
    println!("{n_counted:5}  together; the server counts {}", cases.count().await?);

    client.close().await?;
    Ok(())
}
