//! What the proposed places come to: how many cases would count where, and how many nowhere.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::places::{Location, Proposal};

/// How many cases are at each place, by their usual place of residence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CasesByPlace {
    by_place: BTreeMap<String, u64>,
    n_without_place: u64,
}

/// The one field of a case that says where it is counted.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Residence {
    usual_place_of_residence_location_id: Option<String>,
}

impl CasesByPlace {
    /// The field that must be read of each case.
    pub const FIELD: &'static str = "usualPlaceOfResidenceLocationId";

    /// Takes the JSON of one case.
    pub fn add(&mut self, case: &[u8]) {
        let place = serde_json::from_slice::<Residence>(case)
            .ok()
            .and_then(|residence| residence.usual_place_of_residence_location_id)
            .filter(|place| !place.is_empty());
        match place {
            Some(place) => *self.by_place.entry(place).or_default() += 1,
            None => self.n_without_place += 1,
        }
    }
}

/// How many cases the proposals reach.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// All cases.
    pub n_cases: u64,
    /// Those at a place that has an organisation unit.
    pub n_at_unit: u64,
    /// Those that would count at a place above theirs.
    pub n_above: u64,
    /// Those at places of which neither they nor any place above has a unit.
    pub n_lost: u64,
    /// Those without a place, or at one that Go.Data does not list.
    pub n_without_place: u64,
    /// Places without a unit, those with most cases first.
    pub unmatched: Vec<Unmatched>,
}

/// A place for which nothing was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unmatched {
    /// Its id.
    pub location_id: String,
    /// Its name.
    pub name: String,
    /// Cases at it, and at places below it that have no unit either.
    pub n_cases: u64,
    /// The unit above at which these would count; absent when there is none and they would be lost.
    pub counted_at: Option<String>,
}

impl Coverage {
    /// Compares where cases are with what was proposed.
    #[must_use]
    pub fn of(
        cases: &CasesByPlace,
        locations: &[Location],
        proposals: &BTreeMap<String, Proposal<'_>>,
    ) -> Self {
        let by_id: BTreeMap<&str, &Location> =
            locations.iter().map(|location| (location.id.as_str(), location)).collect();
        let mut coverage = Self { n_without_place: cases.n_without_place, ..Self::default() };
        let mut below: BTreeMap<&str, u64> = BTreeMap::new();
        for (place, &n) in &cases.by_place {
            let path = climb(place, &by_id);
            let without: Vec<&Location> = path
                .iter()
                .copied()
                .take_while(|location| !proposals.contains_key(&location.id))
                .collect();
            let sum = match (path.len(), without.len()) {
                (0, _) => &mut coverage.n_without_place,
                (_, 0) => &mut coverage.n_at_unit,
                (all, none) if all == none => &mut coverage.n_lost,
                _ => &mut coverage.n_above,
            };
            *sum += n;
            for location in without {
                *below.entry(location.id.as_str()).or_default() += n;
            }
        }
        coverage.n_cases = cases.n_without_place + cases.by_place.values().sum::<u64>();
        coverage.unmatched = locations
            .iter()
            .filter(|location| !location.deleted && !proposals.contains_key(&location.id))
            .map(|location| Unmatched {
                location_id: location.id.clone(),
                name: location.name.clone(),
                n_cases: below.get(location.id.as_str()).copied().unwrap_or_default(),
                counted_at: climb(&location.id, &by_id)
                    .iter()
                    .find_map(|above| proposals.get(&above.id))
                    .map(|proposal| proposal.unit.name.clone()),
            })
            .collect();
        coverage.unmatched.sort_by(|one, other| {
            (other.n_cases, &one.name, &one.location_id).cmp(&(
                one.n_cases,
                &other.name,
                &other.location_id,
            ))
        });
        coverage
    }
}

/// The place and all above it; a loop in the tree ends it.
fn climb<'a>(place: &str, by_id: &BTreeMap<&str, &'a Location>) -> Vec<&'a Location> {
    let mut path: Vec<&Location> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut at = by_id.get(place).copied();
    while let Some(location) = at
        && seen.insert(location.id.as_str())
    {
        path.push(location);
        at = location.parent_location_id.as_deref().and_then(|parent| by_id.get(parent)).copied();
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::places::{Evidence, Unit};

    fn location(id: &str, parent: Option<&str>) -> Location {
        Location {
            id: id.into(),
            name: format!("Place {id}"),
            parent_location_id: parent.map(str::to_owned),
            geographical_level_id: None,
            identifiers: Vec::new(),
            deleted: false,
        }
    }

    #[test]
    fn every_case_is_somewhere_in_the_sums() {
        let unit = Unit {
            id: "u".into(),
            code: None,
            name: "District".into(),
            parent: None,
            attributes: Vec::new(),
        };
        let proposal = Proposal { unit: &unit, evidence: Evidence::Code, score: 100 };
        let proposals = BTreeMap::from([("district".to_owned(), proposal)]);
        // `loop` and `pool` are each the other's parent, as a faulty import may leave them.
        let locations = [
            location("district", None),
            location("village", Some("district")),
            location("hamlet", Some("village")),
            location("loop", Some("pool")),
            location("pool", Some("loop")),
        ];
        let mut cases = CasesByPlace::default();
        for place in [
            "\"district\"",
            "\"village\"",
            "\"hamlet\"",
            "\"hamlet\"",
            "\"loop\"",
            "\"gone\"",
            "null",
        ] {
            cases.add(format!("{{\"usualPlaceOfResidenceLocationId\":{place}}}").as_bytes());
        }
        cases.add(b"{\"id\":\"no place\"}");

        let coverage = Coverage::of(&cases, &locations, &proposals);

        assert_eq!(coverage.n_cases, 8);
        assert_eq!(
            (coverage.n_at_unit, coverage.n_above, coverage.n_lost, coverage.n_without_place),
            (1, 3, 1, 3)
        );
        let lines: Vec<_> = coverage
            .unmatched
            .iter()
            .map(|place| (place.location_id.as_str(), place.n_cases, place.counted_at.as_deref()))
            .collect();
        assert_eq!(
            lines,
            [
                ("village", 3, Some("District")),
                ("hamlet", 2, Some("District")),
                ("loop", 1, None),
                ("pool", 1, None),
            ]
        );
    }
}
