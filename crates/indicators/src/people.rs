//! Persons that other records refer to.
#![expect(
    clippy::disallowed_types,
    reason = "looked up only, and joined in a way that order does not change"
)]

use std::collections::HashMap;
use std::fmt;

use crate::Source;
use crate::engine::Engine;
use crate::field::SlotNames;
use crate::path::Path;
use crate::scan::{ArrayError, ArrayState, Element, Feed, Raw, Slots, TakeRecords, one_record};

/// The fields of persons that definitions with a join use.
#[derive(Debug, Clone, Default)]
pub(crate) struct PersonSlots(SlotNames);

impl PersonSlots {
    /// An id is always needed, and always first.
    pub(crate) fn new() -> Self {
        let mut names = SlotNames::default();
        names.slot("id");
        Self(names)
    }

    pub(crate) fn need(&mut self, dotted: &str) {
        self.0.need(dotted);
    }

    pub(crate) fn place(&mut self, dotted: &str) -> (usize, Path) {
        self.0.place(dotted)
    }

    pub(crate) fn names(&self) -> &SlotNames {
        &self.0
    }
}

/// The person a row belongs to, if it is known.
#[derive(Clone, Copy)]
pub(crate) enum Person<'r> {
    Nobody,
    /// A copy inside the record.
    Embedded {
        text: &'r [u8],
        slots: &'r Slots,
    },
    /// One of the list.
    Listed {
        people: &'r People,
        n: u32,
    },
}

impl<'r> Person<'r> {
    #[inline]
    pub(crate) fn raw(self, slot: usize) -> Option<Raw<'r>> {
        match self {
            Self::Nobody => None,
            Self::Embedded { text, slots } => slots.raw(slot, text).map(Raw),
            Self::Listed { people, n } => people.raw(n, slot),
        }
    }
}

/// The persons whom follow-ups, lab results and relationships refer to, with the few fields that
/// the definitions use.
///
/// It is filled before counting, from the sources that [`Engine::people_sources`] names, and then
/// only read. Equal values are kept once, so a person costs a few dozen bytes. Of two records with
/// one id the one of the earlier [`Source`] counts, then the one with the smaller text, so that the
/// order of filling does not matter.
#[derive(Clone, Default)]
pub struct People {
    n_slots: usize,
    /// Looked up only, never iterated for output.
    index: HashMap<Box<[u8]>, u32>,
    sources: Vec<Source>,
    /// For each person, one number a slot: 0 for absent, else the place in `values` plus one.
    cells: Vec<u32>,
    values: Vec<Box<[u8]>>,
    value_index: HashMap<Box<[u8]>, u32>,
    n_bad: u64,
}

impl People {
    pub(crate) fn new(n_slots: usize) -> Self {
        Self { n_slots, ..Self::default() }
    }

    /// Takes one record of a person.
    pub fn push(&mut self, engine: &Engine, source: Source, record: &[u8]) {
        let keys = engine.person_keys();
        let mut slots = Slots::new(keys.len());
        match one_record(record, keys, &mut slots) {
            Some(()) => self.insert(source, record, &slots),
            None => self.n_bad += 1,
        }
    }

    /// Takes a whole JSON array of persons; answers how many there were.
    ///
    /// # Errors
    ///
    /// When the text is not one complete array.
    pub fn push_array(
        &mut self,
        engine: &Engine,
        source: Source,
        array: &[u8],
    ) -> Result<u64, ArrayError> {
        let mut sink = PeopleSink {
            slots: Slots::new(engine.person_keys().len()),
            people: self,
            engine,
            source,
        };
        let mut state = ArrayState::new();
        sink.take(&mut state, array)?;
        state.finish()
    }

    /// Takes an array of any size in portions.
    pub fn feed<'p>(&'p mut self, engine: &'p Engine, source: Source) -> Feed<'p> {
        let slots = Slots::new(engine.person_keys().len());
        Feed::new(PeopleSink { slots, people: self, engine, source })
    }

    /// Adds everyone of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (id, &n) in &other.index {
            let values: Vec<Option<&[u8]>> =
                (0..other.n_slots).map(|slot| other.raw(n, slot).map(|raw| raw.0)).collect();
            self.insert_values(other.sources[n as usize], id, &values);
        }
        self.n_bad += other.n_bad;
    }

    /// How many persons there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// How many records could not be read, or had no id.
    #[must_use]
    pub fn n_bad(&self) -> u64 {
        self.n_bad
    }

    /// The person of this id (a JSON text, quotes included), if it is of one of the sources.
    pub(crate) fn find(&self, id: Raw<'_>, sources: &[Source]) -> Option<Person<'_>> {
        let &n = self.index.get(id.0)?;
        let listed = sources.contains(&self.sources[n as usize]);
        listed.then_some(Person::Listed { people: self, n })
    }

    fn raw(&self, n: u32, slot: usize) -> Option<Raw<'_>> {
        let cell = *self.cells.get(n as usize * self.n_slots + slot)?;
        let value = cell.checked_sub(1)?;
        self.values.get(value as usize).map(|value| Raw(value))
    }

    fn insert(&mut self, source: Source, text: &[u8], slots: &Slots) {
        // Slot 0 is the id, by construction of the engine.
        match slots.raw(0, text).filter(|id| id.first() == Some(&b'"')) {
            Some(id) => {
                let values: Vec<_> = (0..self.n_slots).map(|slot| slots.raw(slot, text)).collect();
                self.insert_values(source, id, &values);
            }
            None => self.n_bad += 1,
        }
    }

    fn insert_values(&mut self, source: Source, id: &[u8], values: &[Option<&[u8]>]) {
        let n = match self.index.get(id) {
            Some(&n) => {
                let known: Vec<_> =
                    (0..self.n_slots).map(|s| self.raw(n, s).map(|raw| raw.0)).collect();
                if (self.sources[n as usize], known.as_slice()) <= (source, values) {
                    return;
                }
                n
            }
            None => {
                let n = u32::try_from(self.sources.len()).unwrap_or(u32::MAX);
                self.index.insert(id.into(), n);
                self.sources.push(source);
                self.cells.resize(self.cells.len() + self.n_slots, 0);
                n
            }
        };
        self.sources[n as usize] = source;
        for (slot, value) in values.iter().enumerate() {
            let cell = value.map_or(0, |value| self.intern(value));
            self.cells[n as usize * self.n_slots + slot] = cell;
        }
    }

    fn intern(&mut self, value: &[u8]) -> u32 {
        if let Some(&cell) = self.value_index.get(value) {
            return cell;
        }
        self.values.push(value.into());
        let cell = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.value_index.insert(value.into(), cell);
        cell
    }
}

impl fmt::Debug for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("People").field("n_people", &self.len()).finish_non_exhaustive()
    }
}

struct PeopleSink<'p> {
    people: &'p mut People,
    engine: &'p Engine,
    source: Source,
    slots: Slots,
}

impl TakeRecords for PeopleSink<'_> {
    fn take(&mut self, state: &mut ArrayState, text: &[u8]) -> Result<usize, ArrayError> {
        let Self { people, engine, source, slots } = self;
        state.take(text, engine.person_keys(), slots, |element, text, slots| match element {
            Element::Record => people.insert(*source, text, slots),
            Element::Bad => people.n_bad += 1,
        })
    }
}
