//! Proposals for `places.csv`: which unit a location probably is, and how sure that is.

use std::collections::{BTreeMap, BTreeSet};

use super::{Location, Unit, fold};

/// How a proposal was found, surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// The location's id or an identifier is the unit's id.
    Id,
    /// An identifier is the unit's code.
    Code,
    /// An identifier is the value of one of the unit's attributes.
    Attribute,
    /// The names agree, and the places above them as well (or no other unit has the name).
    Name,
    /// The names are alike, below the same place.
    Near,
}

impl Evidence {
    /// One word for the table.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Code => "code",
            Self::Attribute => "attribute",
            Self::Name => "name",
            Self::Near => "near",
        }
    }
}

/// A proposal for one location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal<'a> {
    /// The unit.
    pub unit: &'a Unit,
    /// How it was found.
    pub evidence: Evidence,
    /// How sure it is, 0 to 100.
    pub score: u8,
}

/// A near match below this is not worth a person's look.
const LEAST_SCORE: u8 = 70;
/// Two near matches this close are both shown to nobody: the names do not decide.
const TOO_CLOSE: u8 = 5;

/// Proposes a unit for every location where there is something to go by, by location id.
///
/// Places are taken from the top down, so that a district is looked for below the unit of its region first.
#[must_use]
pub fn propose<'a>(locations: &[Location], units: &'a [Unit]) -> BTreeMap<String, Proposal<'a>> {
    let index = Index::new(units);
    let mut order: Vec<&Location> = locations.iter().filter(|location| !location.deleted).collect();
    order.sort_by_key(|location| (depth(location, locations), location.id.clone()));
    let mut found: BTreeMap<String, Proposal<'a>> = BTreeMap::new();
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    // Codes are certain, so they go first everywhere: a name may only take what no code has taken.
    for location in &order {
        if let Some(proposal) = index.by_code(location) {
            taken.insert(&proposal.unit.id);
            found.insert(location.id.clone(), proposal);
        }
    }
    for location in &order {
        if found.contains_key(&location.id) {
            continue;
        }
        let above = location
            .parent_location_id
            .as_ref()
            .and_then(|parent| found.get(parent))
            .map(|proposal| proposal.unit.id.as_str());
        if let Some(proposal) = index.by_name(location, above, &taken) {
            taken.insert(&proposal.unit.id);
            found.insert(location.id.clone(), proposal);
        }
    }
    found
}

struct Index<'a> {
    units: &'a [Unit],
    by_id: BTreeMap<&'a str, &'a Unit>,
    by_code: BTreeMap<&'a str, &'a Unit>,
    by_attribute: BTreeMap<&'a str, Vec<&'a Unit>>,
}

impl<'a> Index<'a> {
    fn new(units: &'a [Unit]) -> Self {
        let mut by_attribute: BTreeMap<&str, Vec<&Unit>> = BTreeMap::new();
        for unit in units {
            for value in &unit.attributes {
                by_attribute.entry(value).or_default().push(unit);
            }
        }
        Self {
            units,
            by_id: units.iter().map(|unit| (unit.id.as_str(), unit)).collect(),
            by_code: units.iter().filter_map(|unit| Some((unit.code.as_deref()?, unit))).collect(),
            by_attribute,
        }
    }

    fn by_code(&self, location: &Location) -> Option<Proposal<'a>> {
        let carried = || location.identifiers.iter().map(|identifier| identifier.code.as_str());
        let own = || std::iter::once(location.id.as_str()).chain(carried());
        let proposal = |unit: &'a Unit, evidence, score| Proposal { unit, evidence, score };
        own()
            .find_map(|code| self.by_id.get(code))
            .map(|unit| proposal(unit, Evidence::Id, 100))
            .or_else(|| {
                own()
                    .find_map(|code| self.by_code.get(code))
                    .map(|unit| proposal(unit, Evidence::Code, 100))
            })
            .or_else(|| {
                carried().find_map(|code| match self.by_attribute.get(code)?.as_slice() {
                    [unit] => Some(proposal(unit, Evidence::Attribute, 95)),
                    _ => None,
                })
            })
    }

    fn by_name(
        &self,
        location: &Location,
        above: Option<&str>,
        taken: &BTreeSet<&str>,
    ) -> Option<Proposal<'a>> {
        let free = || self.units.iter().filter(|unit| !taken.contains(unit.id.as_str()));
        let below = |unit: &&Unit| above.is_some_and(|above| unit.parent.as_deref() == Some(above));
        let name = fold(&location.name);
        let same: Vec<&Unit> = free().filter(|unit| fold(&unit.name) == name).collect();
        match same.iter().copied().filter(|unit| below(unit)).collect::<Vec<_>>().as_slice() {
            [unit] => return Some(Proposal { unit, evidence: Evidence::Name, score: 98 }),
            [] => {}
            _ => return None,
        }
        if let [unit] = same.as_slice() {
            // The right name in another place may be another place: less sure when the places above disagree.
            let score = if above.is_none() || unit.parent.is_none() { 90 } else { 75 };
            return Some(Proposal { unit, evidence: Evidence::Name, score });
        }
        above?;
        let mut near: Vec<(u8, &Unit)> =
            free().filter(below).map(|unit| (likeness(&name, &fold(&unit.name)), unit)).collect();
        near.sort_by_key(|(score, unit)| (std::cmp::Reverse(*score), unit.id.clone()));
        match near.as_slice() {
            [(best, _), (second, _), ..] if best - second < TOO_CLOSE => None,
            [(best, unit), ..] if *best >= LEAST_SCORE => {
                Some(Proposal { unit, evidence: Evidence::Near, score: *best })
            }
            _ => None,
        }
    }
}

/// How alike two folded names are, 0 to 100, whatever the order of their words and generic words such as
/// "district".
fn likeness(one: &str, other: &str) -> u8 {
    let words = |name: &str| -> String {
        let mut words: Vec<&str> = name.split(' ').filter(|word| !GENERIC.contains(word)).collect();
        words.sort_unstable();
        words.join(" ")
    };
    let (one, other) = (words(one), words(other));
    let length = one.chars().count().max(other.chars().count());
    if length == 0 {
        return 0;
    }
    let distance = strsim::damerau_levenshtein(&one, &other).min(length);
    u8::try_from((length - distance) * 95 / length).unwrap_or(0)
}

/// Words that one office writes behind a name and another leaves out.
const GENERIC: [&str; 12] = [
    "district",
    "region",
    "province",
    "county",
    "department",
    "departement",
    "zone",
    "sante",
    "health",
    "centre",
    "center",
    "commune",
];

fn depth(location: &Location, all: &[Location]) -> usize {
    if let Some(level) = location.level_number() {
        return usize::from(level);
    }
    let by_id: BTreeMap<&str, &Location> =
        all.iter().map(|location| (location.id.as_str(), location)).collect();
    let mut depth = 0;
    let mut at = location;
    // A loop in the tree ends at the number of places.
    while depth < all.len()
        && let Some(above) = at.parent_location_id.as_deref().and_then(|parent| by_id.get(parent))
    {
        depth += 1;
        at = above;
    }
    depth
}

#[cfg(test)]
mod tests {
    use super::super::Identifier;
    use super::*;

    fn location(id: &str, name: &str, parent: Option<&str>, codes: &[&str]) -> Location {
        Location {
            id: id.into(),
            name: name.into(),
            parent_location_id: parent.map(str::to_owned),
            geographical_level_id: None,
            identifiers: codes
                .iter()
                .map(|code| Identifier { code: (*code).into(), description: None })
                .collect(),
            deleted: false,
        }
    }

    fn unit(id: &str, code: &str, name: &str, parent: Option<&str>) -> Unit {
        Unit {
            id: id.into(),
            code: Some(code.into()),
            name: name.into(),
            parent: parent.map(str::to_owned),
            attributes: vec![format!("p-{code}")],
        }
    }

    fn units() -> Vec<Unit> {
        vec![
            unit("u0", "AT", "Atlantia", None),
            unit("u1", "AT01", "North Region", Some("u0")),
            unit("u2", "AT02", "South Region", Some("u0")),
            unit("u11", "AT0101", "Kenema", Some("u1")),
            unit("u12", "AT0102", "Kailahun", Some("u1")),
            unit("u21", "AT0201", "Kenema", Some("u2")),
        ]
    }

    #[track_caller]
    fn check(location: Location, expected: Option<(&str, Evidence)>) {
        let units = units();
        let above = [location_tree(), vec![location.clone()]].concat();
        let found = propose(&above, &units);
        assert_eq!(found.get(&location.id).map(|p| (p.unit.id.as_str(), p.evidence)), expected);
    }

    fn location_tree() -> Vec<Location> {
        vec![
            location("L0", "Atlantia", None, &["AT"]),
            location("L1", "Région du Nord", Some("L0"), &["AT01"]),
        ]
    }

    #[test]
    fn codes_come_before_names() {
        check(
            location("L", "Something else", Some("L1"), &["AT0102"]),
            Some(("u12", Evidence::Code)),
        );
        check(
            location("L", "Something else", Some("L1"), &["p-AT0102"]),
            Some(("u12", Evidence::Attribute)),
        );
        check(location("u12", "Something else", Some("L1"), &[]), Some(("u12", Evidence::Id)));
    }

    #[test]
    fn of_two_units_with_one_name_the_one_below_the_same_place_is_meant() {
        check(location("L", "KENEMA", Some("L1"), &[]), Some(("u11", Evidence::Name)));
    }

    #[test]
    fn a_name_that_is_nearly_right_is_proposed_below_the_same_place() {
        check(location("L", "Kailahun District", Some("L1"), &[]), Some(("u12", Evidence::Near)));
        check(location("L", "Kailaun", Some("L1"), &[]), Some(("u12", Evidence::Near)));
    }

    #[test]
    fn a_name_like_nothing_is_not_proposed() {
        check(location("L", "Bo", Some("L1"), &[]), None);
    }
}
