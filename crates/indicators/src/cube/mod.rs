//! What was counted so far: it can be added to, joined and stored.

mod key;
mod stored;
mod tally;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::ops::AddAssign;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub(crate) use key::{Key, KeyHasher, MAX_CATEGORIES, OPTIONS_PER_CATEGORY};
pub(crate) use tally::{Amount, Tally, round};

use crate::Source;
use crate::quality::Finding;
use crate::reason::{N_REASONS, Reason};

/// What an engine's cubes have in common.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Tells engines apart.
    pub(crate) fingerprint: u64,
    /// For each indicator and category: the listed options, and which list takes the others.
    pub(crate) categories: Vec<Vec<Options>>,
    /// How many such lists there are.
    pub(crate) n_open: usize,
}

/// The options of a category: those that are listed come first, then those that were met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) n_listed: u32,
    pub(crate) open: Option<usize>,
}

/// The counts of one engine over some records.
///
/// # Laws
///
/// The order of records and the way they are split over cubes do not matter; an empty cube changes
/// nothing; [`merge`](Self::merge) is associative and commutative. `tests/it/laws.rs` holds this to
/// be so.
#[derive(Clone)]
pub struct Cube {
    pub(crate) shape: Arc<Shape>,
    /// Whole numbers.
    pub(crate) counts: BTreeMap<Key, u64>,
    /// Intervals: how many begin in a period, less how many are over in it; never zero.
    pub(crate) steps: BTreeMap<Key, i64>,
    /// Everything that is more than a whole number.
    pub(crate) tallies: BTreeMap<Key, Tally>,
    /// Occurrences of persons of whom only one may count, where their records come apart.
    pub(crate) candidates: BTreeMap<Someone, Vec<Candidate>>,
    pub(crate) accounts: Vec<Counter>,
    pub(crate) n_read: [u64; Source::ALL.len()],
    pub(crate) n_bad: [u64; Source::ALL.len()],
    /// Options that were met but not listed.
    pub(crate) options: Vec<Vec<Box<str>>>,
    pub(crate) findings: BTreeMap<FindingKey, Found>,
    /// For doubles: what identifies a person, and who was seen with it.
    pub(crate) doubles: BTreeMap<DoubleKey, Found>,
}

/// An indicator and a person.
pub(crate) type Someone = (u16, Box<str>);

/// An occurrence that counts unless another one of the same person does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Candidate {
    pub(crate) day: i32,
    pub(crate) outcome: Result<(Key, Amount), Reason>,
}

/// How many records of an indicator were counted, and how many left out, by reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counter {
    pub(crate) counted: u64,
    pub(crate) left_out: [u64; N_REASONS],
}

/// How often something was found, and in which records: the first few ids in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Found {
    pub(crate) n: u64,
    pub(crate) ids: Vec<Box<str>>,
}

impl Found {
    /// Adds a record; keeps the `limit` least ids.
    pub(crate) fn add(&mut self, id: Option<&str>, limit: usize) {
        self.n += 1;
        if let Some(id) = id {
            self.keep(id, limit);
        }
    }

    pub(crate) fn keep(&mut self, id: &str, limit: usize) {
        let place = self.ids.partition_point(|known| &**known < id);
        if place == limit || self.ids.get(place).is_some_and(|known| &**known == id) {
            return;
        }
        self.ids.insert(place, id.into());
        self.ids.truncate(limit);
    }

    fn merge(&mut self, other: &Self, limit: usize) {
        self.n += other.n;
        for id in &other.ids {
            self.keep(id, limit);
        }
    }
}

/// Why two cubes cannot be joined, or a stored one not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CubeError {
    /// It was counted with other definitions, periods or places.
    #[error("the cube was counted with other definitions, periods or places")]
    OtherEngine,
    /// It was stored by a version that this one cannot read.
    #[error("the cube is stored in version {found}, this program reads version {known}")]
    Version {
        /// The version it says.
        found: u64,
        /// The version that is known.
        known: u64,
    },
    /// It is no stored cube.
    #[error("this is no stored cube")]
    Unreadable(#[source] serde_json::Error),
}

/// What is odd, and the location (by its number) where.
pub(crate) type FindingKey = (Source, Finding, Option<u32>);

/// What identifies a person, and the location where.
pub(crate) type DoubleKey = (Source, u64, Option<u32>);

/// Ids that are kept for each kind of finding.
pub(crate) const N_SAMPLES: usize = 100;

impl Cube {
    pub(crate) fn new(shape: Arc<Shape>) -> Self {
        Self {
            counts: BTreeMap::new(),
            steps: BTreeMap::new(),
            tallies: BTreeMap::new(),
            candidates: BTreeMap::new(),
            accounts: vec![Counter::default(); shape.categories.len()],
            n_read: [0; Source::ALL.len()],
            n_bad: [0; Source::ALL.len()],
            options: vec![Vec::new(); shape.n_open],
            findings: BTreeMap::new(),
            doubles: BTreeMap::new(),
            shape,
        }
    }

    /// Adds to whole numbers.
    pub(crate) fn add_counts(&mut self, counts: Vec<(Key, u64)>) {
        add_all(&mut self.counts, counts);
    }

    /// Adds to the intervals that begin in a period, less those that are over.
    pub(crate) fn add_steps(&mut self, steps: Vec<(Key, i64)>) {
        add_all(&mut self.steps, steps);
        self.steps.retain(|_, n| *n != 0);
    }

    /// Adds occurrences of more than a whole number.
    pub(crate) fn add(&mut self, key: Key, tally: Tally) {
        match self.tallies.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(tally);
            }
            Entry::Occupied(mut entry) => entry.get_mut().merge(&tally),
        }
    }

    /// Forgets what was counted, but not which options were met.
    pub(crate) fn forget(&mut self) {
        self.counts.clear();
        self.steps.clear();
        self.tallies.clear();
        self.candidates.clear();
        self.accounts.fill(Counter::default());
        self.n_read.fill(0);
        self.n_bad.fill(0);
        self.findings.clear();
        self.doubles.clear();
    }

    /// How many records of a source were read, unreadable ones included.
    #[must_use]
    pub fn read(&self, source: Source) -> u64 {
        self.n_read[source as usize]
    }

    /// How many of them could not be read.
    #[must_use]
    pub fn bad(&self, source: Source) -> u64 {
        self.n_bad[source as usize]
    }

    /// Takes into account everything `other` has seen.
    ///
    /// # Errors
    ///
    /// [`CubeError::OtherEngine`] when the cubes are not of the same definitions, periods and
    /// places; nothing is changed then.
    pub fn merge(&mut self, other: Self) -> Result<(), CubeError> {
        if self.shape.fingerprint != other.shape.fingerprint {
            return Err(CubeError::OtherEngine);
        }
        let translation = self.take_options(&other.options);
        let shape = Arc::clone(&self.shape);
        let translate = |key: Key| shape.translated(key, &translation);
        self.add_counts(other.counts.into_iter().map(|(key, n)| (translate(key), n)).collect());
        self.add_steps(other.steps.into_iter().map(|(key, n)| (translate(key), n)).collect());
        for (key, tally) in other.tallies {
            self.add(translate(key), tally);
        }
        for (person, candidates) in other.candidates {
            let all = self.candidates.entry(person).or_default();
            all.extend(candidates.into_iter().map(|candidate| Candidate {
                outcome: candidate.outcome.map(|(key, amount)| (translate(key), amount)),
                ..candidate
            }));
            all.sort_unstable();
        }
        for (mine, theirs) in self.accounts.iter_mut().zip(&other.accounts) {
            mine.counted += theirs.counted;
            add_each(&mut mine.left_out, &theirs.left_out);
        }
        add_each(&mut self.n_read, &other.n_read);
        add_each(&mut self.n_bad, &other.n_bad);
        for (kind, found) in &other.findings {
            self.findings.entry(kind.clone()).or_default().merge(found, N_SAMPLES);
        }
        for (kind, found) in &other.doubles {
            self.doubles.entry(*kind).or_default().merge(found, N_SAMPLES);
        }
        Ok(())
    }

    /// Takes over options that were met elsewhere; answers where each of them is here.
    fn take_options(&mut self, theirs: &[Vec<Box<str>>]) -> Vec<Vec<u32>> {
        let lists = self.options.iter_mut().zip(theirs);
        lists
            .map(|(mine, theirs)| {
                let mut place = |option: &str| {
                    let place = mine.iter().position(|known| **known == *option);
                    let place = place.unwrap_or_else(|| {
                        mine.push(option.into());
                        mine.len() - 1
                    });
                    u32::try_from(place).unwrap_or(u32::MAX)
                };
                theirs.iter().map(|option| place(option)).collect()
            })
            .collect()
    }

    /// The same cube with the options that were met in their order, so that equal cubes look
    /// equal.
    fn canonical(&self) -> Self {
        let mut sorted = Self::new(Arc::clone(&self.shape));
        for (list, met) in sorted.options.iter_mut().zip(&self.options) {
            list.clone_from(met);
            list.sort_unstable();
        }
        // Joining with a cube of the same engine cannot fail.
        let _ = sorted.merge(self.clone());
        sorted
    }
}

/// Adds to many numbers: a sorted list becomes a map in one go, so all of them become one.
fn add_all<N: AddAssign + Copy>(numbers: &mut BTreeMap<Key, N>, more: Vec<(Key, N)>) {
    if more.is_empty() {
        return;
    }
    let mut all: Vec<(Key, N)> = std::mem::take(numbers).into_iter().chain(more).collect();
    each_once(&mut all, |key| *key, |kept, next| *kept += *next);
    *numbers = all.into_iter().collect();
}

/// Puts a list in order; what comes later under the same key is joined to what came first.
pub(crate) fn each_once<K: PartialEq, V, O: Ord>(
    list: &mut Vec<(K, V)>,
    order: impl Fn(&K) -> O,
    join: impl Fn(&mut V, &mut V),
) {
    // Most lists are in order already, and sorting takes memory to find that out.
    if !list.is_sorted_by_key(|(key, _)| order(key)) {
        list.sort_by_key(|(key, _)| order(key));
    }
    list.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            join(&mut kept.1, &mut next.1);
        }
        same
    });
}

fn add_each(mine: &mut [u64], theirs: &[u64]) {
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        *mine += theirs;
    }
}

impl Shape {
    /// A key of a cube whose met options stand elsewhere.
    fn translated(&self, key: Key, translation: &[Vec<u32>]) -> Key {
        let mut translated = key;
        for (n, options) in self.categories[usize::from(key.indicator)].iter().enumerate() {
            let option = key.option(n);
            if let Some(list) = options.open
                && let Some(met) = option.checked_sub(options.n_listed)
                && let Some(&place) = translation[list].get(met as usize)
            {
                translated.set_option(n, options.n_listed + place);
            }
        }
        translated
    }
}

impl PartialEq for Cube {
    fn eq(&self, other: &Self) -> bool {
        self.stored() == other.stored()
    }
}

impl Eq for Cube {}

impl fmt::Debug for Cube {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Ids of records and persons are not shown.
        f.debug_struct("Cube")
            .field("n_cells", &(self.counts.len() + self.steps.len() + self.tallies.len()))
            .field("accounts", &self.accounts)
            .field("n_read", &self.n_read)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_ids_are_kept_each_once() {
        let mut found = Found::default();
        for id in ["m", "c", "x", "c", "a", "m", "b", "z", "a"] {
            found.add(Some(id), 3);
        }
        found.add(None, 3);
        assert_eq!(found.n, 10, "each record is counted, whatever its id");
        assert_eq!(found.ids.iter().map(|id| &**id).collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn a_cube_shows_how_much_it_holds_and_nobody() {
        let shape = Shape { fingerprint: 1, categories: vec![Vec::new()], n_open: 0 };
        let mut cube = Cube::new(Arc::new(shape));
        for unit in 0..7 {
            let key = Key { indicator: 0, period: 1, unit, categories: 0 };
            cube.counts.insert(key, 1);
            if unit < 5 {
                cube.steps.insert(key, 1);
            }
            if unit < 3 {
                cube.tallies.insert(key, Tally::Count(1));
            }
        }
        cube.candidates.insert((0, "\"person-1\"".into()), Vec::new());
        cube.findings
            .entry((Source::Cases, Finding::NoPlace, None))
            .or_default()
            .add(Some("person-2"), 9);
        let shown = format!("{cube:?}");
        assert!(shown.contains("n_cells: 15"), "{shown}");
        assert!(!shown.contains("person"), "{shown}");
    }
}
