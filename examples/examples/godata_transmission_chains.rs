//! Follows chains of transmission and writes them for Graphviz.
//!
//! ```sh
//! cargo run -p examples --example godata_transmission_chains > chains.dot
//! dot -Tsvg chains.dot > chains.svg
//! ```
//!
//! Nobody is named: cases are numbered as they appear.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to its reader")]

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
};

use futures_util::TryStreamExt as _;
use godata_client::{
    Client, Credentials, Filter,
    models::{Classification, PersonType},
};
use sandbox::godata::{EMAIL, GoData, PASSWORD};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = GoData::recorded()?;
    let account = Credentials::new(EMAIL, PASSWORD.into());
    let client = Client::builder(server.url().parse()?, account).build()?;
    let outbreak = client.outbreak(server.outbreak_id());

    let mut classes: BTreeMap<String, Classification> = BTreeMap::new();
    let discarded = Filter::field("classification").eq(Classification::Discarded);
    let cases = outbreak.cases().filter(discarded.negated()).fields(["classification"]);
    let records = cases.pages().into_records();
    futures_util::pin_mut!(records);
    while let Some(case) = records.try_next().await? {
        let case = case?;
        if let (Some(id), Some(class)) = (case.id.into_value(), case.classification.into_value()) {
            classes.insert(id, class);
        }
    }

    // From case to case only: contacts that fell not ill end a chain.
    let mut exposures: BTreeSet<(String, String)> = BTreeSet::new();
    let active = Filter::field("active").eq(true);
    let relationships = outbreak.relationships().filter(active).fields(["persons"]);
    let mut pages = relationships.pages();
    while let Some(page) = pages.next().await? {
        for relationship in page.records {
            let relationship = relationship?;
            let sides = [relationship.source(), relationship.target()];
            let [Some(source), Some(target)] = sides else { continue };
            let are_cases =
                sides.iter().flatten().all(|side| side.r#type.value() == Some(&PersonType::Case));
            if let (true, Some(source), Some(target)) =
                (are_cases, source.id.text(), target.id.text())
                && classes.contains_key(source)
                && classes.contains_key(target)
            {
                exposures.insert((source.to_owned(), target.to_owned()));
            }
        }
    }

    let in_chains: BTreeSet<&str> =
        exposures.iter().flat_map(|(source, target)| [source.as_str(), target.as_str()]).collect();
    let numbers: BTreeMap<&str, usize> =
        in_chains.iter().enumerate().map(|(i, id)| (*id, i + 1)).collect();
    println!("digraph chains {{");
    for (id, number) in &numbers {
        let color = match &classes[*id] {
            Classification::Confirmed => "firebrick",
            Classification::Probable => "orange",
            _ => "gray",
        };
        println!("  c{number} [label=\"{number}\", style=filled, fillcolor={color}];");
    }
    for (source, target) in &exposures {
        println!("  c{} -> c{};", numbers[source.as_str()], numbers[target.as_str()]);
    }
    println!("}}");
    eprintln!("{} cases in chains, {} exposures", numbers.len(), exposures.len());

    client.close().await?;
    Ok(())
}
