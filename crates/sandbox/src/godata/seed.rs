//! The recorded outbreak.

use std::io::Read as _;

use flate2::read::GzDecoder;
use serde::Deserialize;

use super::{
    doc::{Doc, Object},
    kind::Kind,
    world::{Row, World},
};

/// One whole outbreak as the recorded server held it, and two that are empty. `data/README.md` says
/// what was left out.
const RECORDED: &[u8] = include_bytes!("../../data/godata.json.gz");

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Dataset {
    outbreaks: Vec<Doc>,
    cases: Vec<Doc>,
    contacts: Vec<Doc>,
    contacts_of_contacts: Vec<Doc>,
    events: Vec<Doc>,
    follow_ups: Vec<Doc>,
    lab_results: Vec<Doc>,
    relationships: Vec<Doc>,
    locations: Vec<Doc>,
    reference_data: Vec<Doc>,
}

impl World {
    /// The recorded outbreak: 597 live and 15 deleted cases with all that belongs to them, 40 places,
    /// and two outbreaks without rows.
    #[must_use]
    pub fn recorded() -> Self {
        let mut json = Vec::new();
        let read = GzDecoder::new(RECORDED).read_to_end(&mut json);
        let dataset: Option<Dataset> = read.ok().and_then(|_| serde_json::from_slice(&json).ok());
        let mut world = Self::bare();
        let Some(dataset) = dataset else {
            unreachable!("the embedded data set is read in a test of this module")
        };
        world.outbreaks = objects(dataset.outbreaks).map(|doc| Row { at: 0, doc }).collect();
        for (kind, rows) in [
            (Kind::Case, dataset.cases),
            (Kind::Contact, dataset.contacts),
            (Kind::ContactOfContact, dataset.contacts_of_contacts),
            (Kind::Event, dataset.events),
            (Kind::FollowUp, dataset.follow_ups),
            (Kind::LabResult, dataset.lab_results),
            (Kind::Relationship, dataset.relationships),
            (Kind::Location, dataset.locations),
        ] {
            for row in objects(rows) {
                world.store(kind, row);
            }
        }
        for mut row in objects(dataset.reference_data) {
            name_reference(&mut row);
            world.store(Kind::ReferenceData, row);
        }
        world
    }
}

fn objects(rows: Vec<Doc>) -> impl Iterator<Item = Object> {
    rows.into_iter().filter_map(|row| match row.with_dates() {
        Doc::Object(object) => Some(object),
        _ => None,
    })
}

/// Puts back what follows from the id: the label's token is the id itself.
fn name_reference(row: &mut Object) {
    let Some(id) = row.text("id").map(str::to_owned) else { return };
    row.set("value", id.as_str());
    row.set("description", format!("{id}_DESCRIPTION"));
    row.set_default("createdAt", Doc::Date(1_514_768_400_000));
    row.set_default("createdBy", "system");
    row.set_default("updatedAt", Doc::Date(1_514_768_400_000));
    row.set_default("updatedBy", "system");
    row.set_default("dbUpdatedAt", Doc::Date(1_514_768_400_000));
    row.set_default("createdOn", "API");
}
