//! Odd records, by what is odd and by district.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use indicators::Finding;
use serde_json::{Value, json};

use super::screen::{lines, table};
use crate::page;
use crate::pipeline::{Counted, Work};

/// What is odd about the records as a table, all places together; empty when nothing is.
#[must_use]
pub fn quality(work: &Work, counted: &Counted) -> String {
    let mut sums: BTreeMap<(String, String), u64> = BTreeMap::new();
    for found in counted.findings(&work.prepared) {
        *sums.entry((found.source.to_string(), found.finding.to_string())).or_default() += found.n;
    }
    if sums.is_empty() {
        return String::new();
    }
    let mut rows = table(&["odd", "of", "records"], &[2]);
    for ((source, finding), n) in sums {
        rows.add_row([finding, source, n.to_string()]);
    }
    let mut text = lines(&rows);
    let _ =
        writeln!(text, "(by district in the report: `--html FILE`; to be put right in Go.Data)");
    text
}

/// One line a finding and district.
#[must_use]
pub fn quality_json(work: &Work, counted: &Counted) -> Vec<Value> {
    of_page(work, counted)
        .into_iter()
        .map(|found| {
            json!({
                "type": "finding",
                "records": found.source,
                "finding": found.kind,
                "field": found.field,
                "district": found.district,
                "n": found.n,
            })
        })
        .collect()
}

/// What is odd by district, for the report page.
pub(super) fn of_page(work: &Work, counted: &Counted) -> Vec<page::Finding> {
    let mut sums: BTreeMap<(Option<String>, String, Finding), u64> = BTreeMap::new();
    for found in counted.findings(&work.prepared) {
        let district = found.location.as_deref().map(|location| district(work, location));
        *sums.entry((district, found.source.to_string(), found.finding.clone())).or_default() +=
            found.n;
    }
    sums.into_iter()
        .map(|((district, source, finding), n)| page::Finding {
            district,
            source,
            kind: finding.to_string(),
            field: field(&finding).to_owned(),
            n,
            ids: Vec::new(),
        })
        .collect()
}

/// How many records are in no figure because their location has no organisation unit, by location; `None` where
/// nobody looked.
pub(super) fn lost(work: &Work, counted: &Counted) -> Option<BTreeMap<String, u64>> {
    work.config.file.quality.as_ref()?;
    let mut lost: BTreeMap<String, u64> = BTreeMap::new();
    for found in counted.findings(&work.prepared) {
        if let (Finding::UnmappedPlace, Some(location)) = (&found.finding, &found.location) {
            *lost.entry(location.clone()).or_default() += found.n;
        }
    }
    Some(lost)
}

/// The name of the place whose people put the record right: the nearest with an organisation unit, at the level of
/// `[places]` where there is one; else the place itself.
fn district(work: &Work, id: &str) -> String {
    let find = |id: &str| work.locations.iter().find(|location| location.id == id);
    let level = work.config.file.places.level.map(|level| format!("_ADMIN_LEVEL_{level}"));
    let mut at = find(id);
    // A loop in the tree ends after as many steps as there are places.
    for _ in 0..work.locations.len() {
        let Some(place) = at else { break };
        let fits = match &level {
            Some(level) => {
                place.geographical_level_id.as_deref().is_some_and(|id| id.ends_with(level))
            }
            None => work.mapping.get(&place.id).is_some(),
        };
        if fits {
            return place.name.clone();
        }
        at = place.parent_location_id.as_deref().and_then(find);
    }
    find(id).map_or_else(|| id.to_owned(), |place| place.name.clone())
}

/// The field that a finding is about, where it is one.
fn field(finding: &Finding) -> &str {
    match finding {
        Finding::NoDate(field)
        | Finding::UnreadableDate(field)
        | Finding::FutureDate(field)
        | Finding::BeforeOutbreak(field)
        | Finding::UnknownCode(field) => field,
        _ => "",
    }
}
