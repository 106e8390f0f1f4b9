//! Finding the organisation unit of each location.

use std::collections::{BTreeMap, BTreeSet};

use super::{Location, Table, fold};
use crate::config::{Method, Places};

/// An organisation unit that values may be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// DHIS2's id.
    pub id: String,
    /// Its code.
    pub code: Option<String>,
    /// Its name.
    pub name: String,
    /// The id of the unit above it.
    pub parent: Option<String>,
    /// Values of its attributes, such as the codes of other systems.
    pub attributes: Vec<String>,
}

/// The unit that a location has, and how it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// DHIS2's id of the unit; offline, what the table or the location itself says.
    pub org_unit: String,
    /// How it was found.
    pub method: Method,
}

/// Which location is which organisation unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    matches: BTreeMap<String, Match>,
    /// Rows of the table whose unit is not among the units: location id and what the table says.
    pub unknown_units: Vec<(String, String)>,
}

impl Mapping {
    /// Matches every location against the units, by the methods of `settings` in their order.
    #[must_use]
    pub fn find(locations: &[Location], units: &[Unit], table: &Table, settings: &Places) -> Self {
        let by_code = Self::units_by(units, |unit| [Some(unit.id.clone()), unit.code.clone()]);
        let by_name = Self::units_by(units, |unit| [Some(fold(&unit.name)), None]);
        let name_counts = count(
            locations
                .iter()
                .filter(|location| !location.deleted)
                .map(|location| fold(&location.name)),
        );
        let unit_of = |location: &Location, method: Method| -> Option<&Unit> {
            match method {
                Method::Table => by_code.get(table.org_unit(&location.id)?).copied().flatten(),
                Method::Code => codes(location, settings.identifier.as_deref())
                    .find_map(|code| by_code.get(code).copied().flatten()),
                Method::Name => {
                    let name = fold(&location.name);
                    // Two places of one name could be either: a guess would put cases into the wrong one.
                    (name_counts.get(&name) == Some(&1))
                        .then(|| by_name.get(&name).copied().flatten())
                        .flatten()
                }
            }
        };
        let mut mapping = Self::default();
        for location in locations {
            for &method in &settings.methods {
                if let Some(unit) = unit_of(location, method) {
                    mapping
                        .matches
                        .insert(location.id.clone(), Match { org_unit: unit.id.clone(), method });
                    break;
                }
                if method == Method::Table
                    && let Some(wanted) = table.org_unit(&location.id)
                {
                    // What a person wrote wins even when it is wrong: no other method may guess past it.
                    mapping.unknown_units.push((location.id.clone(), wanted.to_owned()));
                    break;
                }
            }
        }
        mapping
    }

    /// The mapping where no DHIS2 can be asked: the table's unit, or the code that the location carries.
    ///
    /// Among several codes the one that has the form of a DHIS2 id is taken, then the first; a location without
    /// any code stands for itself. Where a table is given, it alone decides.
    #[must_use]
    pub fn offline(locations: &[Location], table: Option<&Table>, settings: &Places) -> Self {
        let own = |location: &Location| -> String {
            let mut codes = codes(location, settings.identifier.as_deref()).skip(1).peekable();
            let first = codes.peek().copied();
            codes
                .find(|code| code.parse::<dhis2_client::OrgUnitId>().is_ok())
                .or(first)
                .unwrap_or(&location.id)
                .to_owned()
        };
        let mut mapping = Self::default();
        for location in locations {
            let found = match table {
                Some(table) => {
                    table.org_unit(&location.id).map(|unit| (unit.to_owned(), Method::Table))
                }
                None => (!location.deleted).then(|| (own(location), Method::Code)),
            };
            if let Some((org_unit, method)) = found {
                mapping.matches.insert(location.id.clone(), Match { org_unit, method });
            }
        }
        mapping
    }

    /// The match of a location.
    #[must_use]
    pub fn get(&self, location_id: &str) -> Option<&Match> {
        self.matches.get(location_id)
    }

    /// The organisation unit of a location.
    #[must_use]
    pub fn org_unit(&self, location_id: &str) -> Option<&str> {
        self.matches.get(location_id).map(|found| found.org_unit.as_str())
    }

    /// How many locations each method matched.
    #[must_use]
    pub fn by_method(&self) -> BTreeMap<Method, usize> {
        let mut counts = BTreeMap::new();
        for found in self.matches.values() {
            *counts.entry(found.method).or_default() += 1;
        }
        counts
    }

    /// The units that several locations share, each with the locations: their figures are added.
    #[must_use]
    pub fn shared_units(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut by_unit: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (location, found) in &self.matches {
            by_unit.entry(&found.org_unit).or_default().insert(location);
        }
        by_unit.retain(|_, locations| locations.len() > 1);
        by_unit
    }

    /// Units by each of their keys; a key that two units share leads to none.
    fn units_by(
        units: &[Unit],
        keys: impl Fn(&Unit) -> [Option<String>; 2],
    ) -> BTreeMap<String, Option<&Unit>> {
        let mut found: BTreeMap<String, Option<&Unit>> = BTreeMap::new();
        for unit in units {
            for key in keys(unit).into_iter().flatten().filter(|key| !key.is_empty()) {
                found
                    .entry(key)
                    .and_modify(|other| {
                        if other.is_some_and(|other| other.id != unit.id) {
                            *other = None;
                        }
                    })
                    .or_insert(Some(unit));
            }
        }
        found
    }
}

/// The location's own id and the codes it carries, narrowed to one kind where the configuration names it.
///
/// WHO's converter makes location ids from organisation unit ids; others keep the id or code as an identifier
/// (facts §9).
fn codes<'a>(location: &'a Location, kind: Option<&'a str>) -> impl Iterator<Item = &'a str> {
    let carried = location
        .identifiers
        .iter()
        .filter(move |identifier| {
            kind.is_none_or(|kind| {
                identifier
                    .description
                    .as_deref()
                    .is_some_and(|text| text.eq_ignore_ascii_case(kind))
            })
        })
        .map(|identifier| identifier.code.as_str())
        .filter(|code| !code.is_empty());
    std::iter::once(location.id.as_str()).chain(carried)
}

fn count(names: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::super::Identifier;
    use super::*;

    fn location(id: &str, name: &str, codes: &[&str]) -> Location {
        Location {
            id: id.into(),
            name: name.into(),
            parent_location_id: None,
            geographical_level_id: None,
            identifiers: codes
                .iter()
                .map(|code| Identifier { code: (*code).into(), description: None })
                .collect(),
            deleted: false,
        }
    }

    fn unit(id: &str, code: &str, name: &str) -> Unit {
        Unit {
            id: id.into(),
            code: Some(code.into()),
            name: name.into(),
            parent: None,
            attributes: Vec::new(),
        }
    }

    #[test]
    fn table_then_code_then_name() {
        let locations = [
            location("L1", "Alpha", &[]),
            location("L2", "Beta", &["AT02"]),
            location("L3", "Gàmma-Town", &[]),
            location("L4", "Delta", &[]),
        ];
        let units = [
            unit("aaaaaaaaaa1", "AT01", "Other"),
            unit("aaaaaaaaaa2", "AT02", "Beta"),
            unit("aaaaaaaaaa3", "AT03", "gamma town"),
        ];
        let table = Table::default();

        let mapping = Mapping::find(&locations, &units, &table, &Places::default());

        assert_eq!(mapping.org_unit("L1"), None);
        assert_eq!(mapping.get("L2").map(|m| m.method), Some(Method::Code));
        assert_eq!(mapping.get("L3").map(|m| m.method), Some(Method::Name));
        assert_eq!(mapping.org_unit("L4"), None);
    }

    #[test]
    fn two_places_of_one_name_are_not_guessed() {
        let locations = [location("L1", "Alpha", &[]), location("L2", "ALPHA", &[])];

        let mapping = Mapping::find(
            &locations,
            &[unit("aaaaaaaaaa1", "X", "Alpha")],
            &Table::default(),
            &Places::default(),
        );

        assert_eq!((mapping.org_unit("L1"), mapping.org_unit("L2")), (None, None));
    }

    #[test]
    fn offline_a_location_stands_under_its_dhis2_id_then_its_code_then_its_own_id() {
        let locations = [
            location("L1", "Alpha", &["AT01", "UbP9vQYgqbk"]),
            location("L2", "Beta", &["AT02"]),
            location("L3", "Gamma", &[]),
        ];

        let mapping = Mapping::offline(&locations, None, &Places::default());

        assert_eq!(mapping.org_unit("L1"), Some("UbP9vQYgqbk"));
        assert_eq!(mapping.org_unit("L2"), Some("AT02"));
        assert_eq!(mapping.org_unit("L3"), Some("L3"));
    }
}
