//! What is counted, on its way into a cube.
//!
//! Additions wait for each other, so that the memory of one cell is on its way while another is
//! added to. Where an indicator has few cells, each has a place of its own that is found by
//! arithmetic, and what was added there goes into the cube in the end.

use super::compile::{Compiled, Counting, What};
use super::split::Split;
use crate::cube::{Amount, Cube, Key, Tally};
use crate::definition::Timing;

/// Cells that have places, of all indicators together: 4 MiB of memory, of which only the pages
/// that are used are ever there.
const MOST_PLACES: usize = 1 << 20;
/// Additions that wait for each other.
const MANY: usize = 256;

/// The places of an indicator's cells.
#[derive(Debug, Clone)]
pub(super) struct Places {
    first: usize,
    n_units: u32,
    /// How many options each category has.
    n_options: Vec<u32>,
}

impl Places {
    #[inline]
    fn of(&self, key: &Key) -> Option<usize> {
        if key.unit >= self.n_units {
            return None;
        }
        let cell = u64::from(key.period) * u64::from(self.n_units) + u64::from(key.unit);
        let split = |cell: u64, (n, n_options): (usize, &u32)| {
            cell * u64::from(*n_options) + u64::from(key.option(n))
        };
        let cell = self.n_options.iter().enumerate().fold(cell, split);
        Some(self.first + usize::try_from(cell).ok()?)
    }
}

/// Gives the indicators places as far as they go; answers how many there are.
pub(super) fn give_places(
    compiled: &mut [Compiled],
    splits: &[Split],
    n_periods: usize,
    n_units: usize,
) -> usize {
    let mut n_given = 0;
    for compiled in compiled {
        let Compiled::Counting(counting) = compiled else { continue };
        let Counting { splits: by, places, .. } = &mut **counting;
        // Options that are met while counting have no end.
        if by.iter().any(|&n| splits[n].open.is_some()) {
            continue;
        }
        let n_options: Vec<usize> = by.iter().map(|&n| splits[n].options.len()).collect();
        let sizes = [n_periods + 1, n_units].into_iter().chain(n_options.iter().copied());
        let n_cells = sizes.fold(1, usize::saturating_mul);
        if n_cells > MOST_PLACES - n_given {
            continue;
        }
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        *places = Some(Places {
            first: n_given,
            n_units: small(n_units),
            n_options: n_options.into_iter().map(small).collect(),
        });
        n_given += n_cells;
    }
    n_given
}

/// What is to be added to the cells of a cube.
#[derive(Default)]
pub(super) struct Additions {
    /// Whole numbers; of other measures which of `tallies` it is, plus one.
    places: Vec<i32>,
    tallies: Vec<(Key, Tally)>,
    /// The cells whose places are no longer empty.
    met: Vec<Key>,
    /// How many additions there were, so that no place overflows.
    n: u32,
    /// Those of cells with a place.
    waiting_places: Vec<(usize, Key, i32)>,
    waiting: Vec<(Key, i32)>,
    /// Of intervals.
    waiting_steps: Vec<(Key, i32)>,
}

impl Additions {
    /// Makes room: worth its while for many records.
    pub(super) fn make_room(&mut self, n_places: usize) {
        if self.places.is_empty() {
            self.places = vec![0; n_places];
        }
    }

    /// Adds to a cell: to its count, or for an interval to the step from the period before.
    #[inline]
    pub(super) fn add(&mut self, counting: &Counting, key: Key, n: i32) {
        let place = counting.places.as_ref().and_then(|places| places.of(&key));
        match place.filter(|place| *place < self.places.len()) {
            Some(place) => self.waiting_places.push((place, key, n)),
            None if counting.timing == Timing::Current => self.waiting_steps.push((key, n)),
            None => self.waiting.push((key, n)),
        }
    }

    /// Adds an amount that is more than a whole number.
    pub(super) fn add_amount(
        &mut self,
        counting: &Counting,
        key: Key,
        amount: Amount,
        cube: &mut Cube,
    ) {
        let place = counting.places.as_ref().and_then(|places| places.of(&key));
        let Some(cell) = place.and_then(|place| self.places.get_mut(place)) else {
            return cube.take(key, amount, counting.agg);
        };
        match usize::try_from(*cell).ok().and_then(|n| self.tallies.get_mut(n.checked_sub(1)?)) {
            Some((_, tally)) => tally.take(amount),
            None => {
                self.met.push(key);
                self.tallies.push((key, Tally::of(counting.agg, amount)));
                // Fewer than there are places.
                *cell = i32::try_from(self.tallies.len()).unwrap_or(0);
            }
        }
    }

    /// Makes those that wait, if they are many.
    #[inline]
    pub(super) fn settle_many(&mut self, cube: &mut Cube) {
        if self.waiting_places.len() + self.waiting.len() + self.waiting_steps.len() > MANY {
            self.settle_waiting(cube);
        }
    }

    fn settle_waiting(&mut self, cube: &mut Cube) {
        for (place, key, n) in self.waiting_places.drain(..) {
            let cell = &mut self.places[place];
            if *cell == 0 {
                self.met.push(key);
            }
            *cell += n;
            self.n += 1;
        }
        for (key, n) in self.waiting.drain(..) {
            cube.count(key, n);
        }
        for (key, n) in self.waiting_steps.drain(..) {
            cube.step(key, n);
        }
    }

    /// Makes all of them.
    pub(super) fn settle(&mut self, compiled: &[Compiled], cube: &mut Cube) {
        self.settle_waiting(cube);
        self.n = 0;
        cube.make_room(self.met.len());
        for key in self.met.drain(..) {
            let Compiled::Counting(counting) = &compiled[usize::from(key.indicator)] else {
                continue;
            };
            let place = counting.places.as_ref().and_then(|places| places.of(&key));
            let Some(cell) = place.and_then(|place| self.places.get_mut(place)) else { continue };
            // A cell that was empty in between is there twice, and nothing is left the second time.
            let n = std::mem::take(cell);
            match (&counting.what, counting.timing) {
                (What::One, Timing::Current) => cube.step(key, n),
                (What::One, Timing::New | Timing::Cumulative) => cube.count(key, n),
                _ => {}
            }
        }
        for (key, tally) in self.tallies.drain(..) {
            cube.add(key, tally);
        }
    }

    /// Whether a place could overflow with the additions of another record.
    pub(super) fn is_full(&self) -> bool {
        self.n > 1 << 30
    }
}
