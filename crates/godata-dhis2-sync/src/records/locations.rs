//! Places and labels: what is held whole, and not record after record.

use std::io::Read;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::labels::Labels;
use super::needs::Needs;
use crate::places::Location;

/// The fields of a place that are looked at.
pub(super) fn needs() -> Needs {
    Needs::fields(["name", "parentLocationId", "geographicalLevelId", "identifiers"])
}

/// A place of a list, or of a tree with the places below it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Place {
    Tree { location: Box<Location>, children: Vec<Place> },
    One(Box<Location>),
}

/// Reads a list or a tree of places.
pub(super) fn read(reader: impl Read) -> serde_json::Result<Vec<Location>> {
    let mut waiting: Vec<Place> = serde_json::from_reader(reader)?;
    // From the end, so that the order of a list stays.
    waiting.reverse();
    let mut locations = Vec::with_capacity(waiting.len());
    while let Some(place) = waiting.pop() {
        match place {
            Place::One(location) => locations.push(*location),
            Place::Tree { location, children } => {
                locations.push(*location);
                waiting.extend(children.into_iter().rev());
            }
        }
    }
    Ok(locations)
}

/// Rows of reference data, or what the API answers for language tokens.
#[derive(Deserialize)]
#[serde(untagged)]
enum Rows {
    Tokens { tokens: Vec<Map<String, Value>> },
    List(Vec<Map<String, Value>>),
}

/// Reads labels.
pub(super) fn labels(reader: impl Read, labels: &mut Labels) -> serde_json::Result<()> {
    let rows = match serde_json::from_reader(reader)? {
        Rows::Tokens { tokens } => tokens,
        Rows::List(rows) => rows,
    };
    rows.iter().for_each(|row| labels.add(row));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_gives_the_same_places_as_a_list() {
        let tree = r#"[{ "location": { "id": "a" }, "children": [
            { "location": { "id": "b", "parentLocationId": "a" }, "children": [] },
            { "location": { "id": "c", "parentLocationId": "a" }, "children": [] }
        ] }]"#;
        let list = r#"[{ "id": "a" }, { "id": "b", "parentLocationId": "a" }, { "id": "c", "parentLocationId": "a" }]"#;

        assert_eq!(read(tree.as_bytes()).unwrap(), read(list.as_bytes()).unwrap());
        assert!(read(&b"[{ \"name\": \"A\" }]"[..]).is_err());
    }
}
