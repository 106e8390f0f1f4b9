//! Where records are, and which organisation unit counts them.
#![expect(clippy::disallowed_types, reason = "looked up only")]

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::hash::BuildHasherDefault;

use serde::{Deserialize, Serialize};

use crate::cube::KeyHasher;

/// One Go.Data location, and its organisation unit if it has one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Location {
    /// Its id in Go.Data.
    pub id: String,
    /// The id of the location it belongs to.
    pub parent: Option<String>,
    /// Its level, as reference-data id or short name (`ADMIN_LEVEL_2`). May be missing.
    pub level: Option<String>,
    /// Whether it was deleted; old records still point to it.
    pub deleted: bool,
    /// The organisation unit that stands for it.
    pub org_unit: Option<String>,
}

/// What happens to a location without an organisation unit of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RollUp {
    /// Its records count in the nearest ancestor that has one.
    #[default]
    NearestMapped,
    /// Its records are left out.
    ItselfOnly,
    /// Every record counts at its ancestor of this level (`ADMIN_LEVEL_2`), or is left out.
    Level(String),
}

/// Why a place has no organisation unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlaceProblem {
    /// No location has this id.
    Unknown,
    /// Neither the location nor, where they may stand for it, its ancestors have one.
    Unmapped,
    /// The location lies above the level that is asked for, so it cannot be told which place
    /// below it is meant.
    AboveLevel,
}

impl fmt::Display for PlaceProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "unknown place",
            Self::Unmapped => "place without an organisation unit",
            Self::AboveLevel => "place above the level of the report",
        })
    }
}

/// The locations of an outbreak and their organisation units.
///
/// Loops in the tree and parents that are missing are survived: climbing ends there.
///
/// # Examples
///
/// ```
/// use indicators::{Location, PlaceProblem, Places, RollUp};
///
/// let places = Places::new(
///     vec![
///         Location { id: "district".into(), org_unit: Some("AT0101".into()), ..Location::default() },
///         Location { id: "village".into(), parent: Some("district".into()), ..Location::default() },
///     ],
///     RollUp::NearestMapped,
/// );
/// assert_eq!(places.org_unit_of("village"), Ok("AT0101"));
/// assert_eq!(places.org_unit_of("elsewhere"), Err(PlaceProblem::Unknown));
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Places {
    locations: Vec<Location>,
    /// Looked up only, never iterated.
    index: HashMap<Box<[u8]>, u32, BuildHasherDefault<KeyHasher>>,
    parents: Vec<Option<u32>>,
    roll_up: RollUp,
}

impl Places {
    /// Takes the locations in any order; of two with the same id the first counts.
    #[must_use]
    pub fn new(locations: Vec<Location>, roll_up: RollUp) -> Self {
        let mut index: HashMap<Box<[u8]>, u32, BuildHasherDefault<KeyHasher>> = HashMap::default();
        index.reserve(locations.len());
        for (n, location) in locations.iter().enumerate() {
            index
                .entry(location.id.as_bytes().into())
                .or_insert(u32::try_from(n).unwrap_or(u32::MAX));
        }
        let parent = |location: &Location| index.get(location.parent.as_ref()?.as_bytes()).copied();
        let parents = locations.iter().map(parent).collect();
        Self { parents, locations, index, roll_up }
    }

    /// The organisation unit that counts the records of a location, by the usual roll-up.
    ///
    /// # Errors
    ///
    /// When there is none, with the reason.
    pub fn org_unit_of(&self, location_id: &str) -> Result<&str, PlaceProblem> {
        let n = self.find(location_id.as_bytes()).ok_or(PlaceProblem::Unknown)?;
        let counting = self.counting_location(n, &self.roll_up)?;
        self.locations[counting].org_unit.as_deref().ok_or(PlaceProblem::Unmapped)
    }

    /// Every organisation unit that a location has, in order, each once.
    #[must_use]
    pub fn org_units(&self) -> BTreeSet<&str> {
        self.locations.iter().filter_map(|location| location.org_unit.as_deref()).collect()
    }

    pub(crate) fn roll_up(&self) -> &RollUp {
        &self.roll_up
    }

    pub(crate) fn location(&self, n: usize) -> &Location {
        &self.locations[n]
    }

    pub(crate) fn len(&self) -> usize {
        self.locations.len()
    }

    #[inline]
    pub(crate) fn find(&self, id: &[u8]) -> Option<usize> {
        self.index.get(id).map(|n| *n as usize)
    }

    /// The ancestor of location `n`, itself included, that has the level.
    pub(crate) fn at_level(&self, n: usize, level: &str) -> Option<usize> {
        self.climb(n).find(|n| {
            self.locations[*n]
                .level
                .as_deref()
                .is_some_and(|own| short_level(own) == short_level(level))
        })
    }

    /// The location whose organisation unit counts the records of location `n`.
    pub(crate) fn counting_location(
        &self,
        n: usize,
        roll_up: &RollUp,
    ) -> Result<usize, PlaceProblem> {
        let mapped = |n: &usize| self.locations[*n].org_unit.is_some();
        match roll_up {
            RollUp::ItselfOnly => Some(n).filter(mapped).ok_or(PlaceProblem::Unmapped),
            RollUp::NearestMapped => self.climb(n).find(mapped).ok_or(PlaceProblem::Unmapped),
            RollUp::Level(level) => {
                let at_level = self.at_level(n, level).ok_or(PlaceProblem::AboveLevel)?;
                Some(at_level).filter(mapped).ok_or(PlaceProblem::Unmapped)
            }
        }
    }

    /// The organisation units that a roll-up can lead to, in order, each once.
    pub(crate) fn reachable(&self, roll_up: &RollUp) -> BTreeSet<&str> {
        let reachable = |n: &usize| match roll_up {
            RollUp::Level(level) => self.locations[*n]
                .level
                .as_deref()
                .is_some_and(|own| short_level(own) == short_level(level)),
            RollUp::NearestMapped | RollUp::ItselfOnly => true,
        };
        (0..self.locations.len())
            .filter(reachable)
            .filter_map(|n| self.locations[n].org_unit.as_deref())
            .collect()
    }

    /// Location `n` and its ancestors; a loop ends after as many steps as there are locations.
    fn climb(&self, n: usize) -> impl Iterator<Item = usize> + '_ {
        let parent = |n: &usize| self.parents.get(*n).copied().flatten().map(|n| n as usize);
        std::iter::successors(Some(n), parent).take(self.locations.len())
    }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Places")
            .field("roll_up", &self.roll_up)
            .field("locations", &self.locations)
            .finish_non_exhaustive()
    }
}

/// `ADMIN_LEVEL_2` of the reference-data id of a level.
pub(crate) fn short_level(level: &str) -> &str {
    level.strip_prefix("LNG_REFERENCE_DATA_CATEGORY_LOCATION_GEOGRAPHICAL_LEVEL_").unwrap_or(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(id: &str, parent: &str, level: &str, org_unit: &str) -> Location {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Location {
            id: id.into(),
            parent: some(parent),
            level: some(level),
            deleted: false,
            org_unit: some(org_unit),
        }
    }

    fn tree(roll_up: RollUp) -> Places {
        let level = "LNG_REFERENCE_DATA_CATEGORY_LOCATION_GEOGRAPHICAL_LEVEL_ADMIN_LEVEL_1";
        Places::new(
            vec![
                location("country", "", "ADMIN_LEVEL_0", "C"),
                location("district", "country", level, "D"),
                location("unmapped district", "country", level, ""),
                location("village", "district", "", ""),
                location("far village", "unmapped district", "", ""),
                location("orphan", "gone", "", ""),
                location("loop a", "loop b", "", ""),
                location("loop b", "loop a", "", ""),
            ],
            roll_up,
        )
    }

    #[test]
    fn each_roll_up_ends_where_it_says() {
        use PlaceProblem::{AboveLevel, Unknown, Unmapped};
        let nearest = tree(RollUp::NearestMapped);
        let itself = tree(RollUp::ItselfOnly);
        let level = tree(RollUp::Level("ADMIN_LEVEL_1".into()));
        for (id, by_nearest, by_itself, by_level) in [
            ("country", Ok("C"), Ok("C"), Err(AboveLevel)),
            ("district", Ok("D"), Ok("D"), Ok("D")),
            ("village", Ok("D"), Err(Unmapped), Ok("D")),
            ("far village", Ok("C"), Err(Unmapped), Err(Unmapped)),
            ("orphan", Err(Unmapped), Err(Unmapped), Err(AboveLevel)),
            ("loop a", Err(Unmapped), Err(Unmapped), Err(AboveLevel)),
            ("nowhere", Err(Unknown), Err(Unknown), Err(Unknown)),
        ] {
            assert_eq!(nearest.org_unit_of(id), by_nearest, "{id}");
            assert_eq!(itself.org_unit_of(id), by_itself, "{id}");
            assert_eq!(level.org_unit_of(id), by_level, "{id}");
        }
        assert_eq!(level.reachable(level.roll_up()), BTreeSet::from(["D"]));
        assert_eq!(nearest.org_units(), BTreeSet::from(["C", "D"]));
    }
    /// The fingerprint of an engine is made of it, so nothing that decides where a record counts
    /// may be left out.
    #[test]
    fn places_show_everything_by_which_they_differ() {
        let shown = |places: &Places| format!("{places:?}");
        let places = tree(RollUp::NearestMapped);
        assert_eq!(shown(&places), shown(&tree(RollUp::NearestMapped)));
        assert_ne!(shown(&places), shown(&tree(RollUp::ItselfOnly)));
        for change in [
            |location: &mut Location| location.id.push('x'),
            |location: &mut Location| location.parent = Some("village".into()),
            |location: &mut Location| location.level = Some("ADMIN_LEVEL_5".into()),
            |location: &mut Location| location.deleted = true,
            |location: &mut Location| location.org_unit = Some("Z".into()),
        ] {
            let mut changed = places.clone();
            change(&mut changed.locations[1]);
            assert_ne!(shown(&changed), shown(&places));
        }
    }

    #[test]
    fn a_problem_is_told_in_words() {
        let told = [PlaceProblem::Unknown, PlaceProblem::Unmapped, PlaceProblem::AboveLevel];
        assert_eq!(
            told.map(|problem| problem.to_string()),
            [
                "unknown place",
                "place without an organisation unit",
                "place above the level of the report"
            ]
        );
    }
}
