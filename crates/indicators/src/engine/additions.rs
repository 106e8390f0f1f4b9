//! What is counted, on its way into a cube.
//!
//! Additions wait for each other, so that the memory of one cell is on its way while another is
//! added to. Where an indicator has few cells, each has a place of its own that is found by
//! arithmetic; all others are found by their hash. What was added goes into the cube in the end.
#![expect(clippy::disallowed_types, reason = "summed only: a cube is sorted")]

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::BuildHasherDefault;
use std::ops::Range;

use super::compile::{Compiled, Counting, What};
use super::split::Split;
use crate::cube::{Amount, Cube, Key, KeyHasher, Tally};
use crate::definition::Timing;

/// Cells that have places, of all indicators together: 4 MiB of memory, of which only the pages
/// that are used are ever there.
const MOST_PLACES: usize = 1 << 20;
/// Additions that wait for each other.
const MANY: usize = 256;
/// Additions to places, each of at most one, behind which none of them has overflowed.
const MOST_ADDITIONS: u32 = 1 << 30;

/// The places of an indicator's cells.
#[derive(Debug, Clone)]
pub(super) struct Places {
    first: usize,
    n: usize,
    n_units: usize,
    /// How many options each category has.
    n_options: Vec<usize>,
}

impl Places {
    /// The place of a cell of this indicator: no other one has it.
    #[inline]
    fn of(&self, key: &Key) -> usize {
        let cell = usize::from(key.period) * self.n_units + key.unit as usize;
        let split = |cell: usize, (n, n_options)| cell * n_options + key.option(n) as usize;
        self.first + self.n_options.iter().enumerate().fold(cell, split)
    }

    /// The cell that has the `n`-th of these places.
    fn key(&self, indicator: u16, mut n: usize) -> Key {
        let mut key = Key { indicator, period: 0, unit: 0, categories: 0 };
        for (category, n_options) in self.n_options.iter().enumerate().rev() {
            key.set_option(category, u32::try_from(n % n_options).unwrap_or(0));
            n /= n_options;
        }
        key.unit = u32::try_from(n % self.n_units).unwrap_or(0);
        key.period = u16::try_from(n / self.n_units).unwrap_or(0);
        key
    }

    fn range(&self) -> Range<usize> {
        self.first..self.first + self.n
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
        *places = Some(Places { first: n_given, n: n_cells, n_units, n_options });
        n_given += n_cells;
    }
    n_given
}

type ByKey<N> = HashMap<Key, N, BuildHasherDefault<KeyHasher>>;

/// What is to be added to the cells of a cube.
#[derive(Default)]
pub(super) struct Additions {
    /// Whole numbers; of other measures which of `placed_tallies` it is, plus one.
    places: Vec<i32>,
    placed_tallies: Vec<(Key, Tally)>,
    /// How many additions to places there were, so that none of them overflows.
    n: u32,
    /// Those of cells with a place.
    waiting_places: Vec<(usize, i32)>,
    waiting: Vec<(Key, i32)>,
    /// Of intervals.
    waiting_steps: Vec<(Key, i32)>,
    /// Those of cells without a place.
    counts: ByKey<u64>,
    steps: ByKey<i64>,
    tallies: ByKey<Tally>,
}

impl Additions {
    /// Makes room: worth its while for many records.
    pub(super) fn make_room(&mut self, n_places: usize) {
        if self.places.is_empty() {
            self.places = vec![0; n_places];
        }
    }

    /// The place of a cell, if it has one and there is room.
    #[inline]
    fn place(&self, counting: &Counting, key: &Key) -> Option<usize> {
        let place = counting.places.as_ref()?.of(key);
        self.places.get(place).map(|_| place)
    }

    /// Adds to a cell: to its count, or for an interval to the step from the period before.
    #[inline]
    pub(super) fn add(&mut self, counting: &Counting, key: Key, n: i32) {
        match self.place(counting, &key) {
            Some(place) => self.waiting_places.push((place, n)),
            None if counting.timing == Timing::Current => self.waiting_steps.push((key, n)),
            None => self.waiting.push((key, n)),
        }
    }

    /// Adds an amount that is more than a whole number.
    pub(super) fn add_amount(&mut self, counting: &Counting, key: Key, amount: Amount) {
        let Some(place) = self.place(counting, &key) else {
            return match self.tallies.entry(key) {
                Entry::Vacant(entry) => {
                    entry.insert(Tally::of(counting.agg, amount));
                }
                Entry::Occupied(mut entry) => entry.get_mut().take(amount),
            };
        };
        let (cell, tallies) = (&mut self.places[place], &mut self.placed_tallies);
        match usize::try_from(*cell).ok().and_then(|n| tallies.get_mut(n.checked_sub(1)?)) {
            Some((_, tally)) => tally.take(amount),
            None => {
                tallies.push((key, Tally::of(counting.agg, amount)));
                // Fewer than there are places.
                *cell = i32::try_from(tallies.len()).unwrap_or(0);
            }
        }
    }

    /// Makes those that wait, if they are many.
    #[inline]
    pub(super) fn settle_many(&mut self) {
        if self.waiting_places.len() + self.waiting.len() + self.waiting_steps.len() > MANY {
            self.settle_waiting();
        }
    }

    /// Makes those that wait.
    fn settle_waiting(&mut self) {
        for (place, n) in self.waiting_places.drain(..) {
            self.places[place] += n;
            self.n += 1;
        }
        for (key, n) in self.waiting.drain(..) {
            *self.counts.entry(key).or_default() += whole(n);
        }
        for (key, n) in self.waiting_steps.drain(..) {
            *self.steps.entry(key).or_default() += i64::from(n);
        }
    }

    /// Makes all of them.
    pub(super) fn settle(&mut self, compiled: &[Compiled], cube: &mut Cube) {
        self.settle_waiting();
        let mut counts: Vec<(Key, u64)> = self.counts.drain().collect();
        let mut steps: Vec<(Key, i64)> = self.steps.drain().collect();
        for (indicator, compiled) in (0..).zip(compiled) {
            let Compiled::Counting(counting) = compiled else { continue };
            let Some(own) = &counting.places else { continue };
            let cells = self.places.get_mut(own.range()).unwrap_or_default();
            for (place, cell) in cells.iter_mut().enumerate().filter(|(_, cell)| **cell != 0) {
                let n = std::mem::take(cell);
                match (&counting.what, counting.timing) {
                    (What::One, Timing::Current) => {
                        steps.push((own.key(indicator, place), i64::from(n)));
                    }
                    (What::One, Timing::New | Timing::Cumulative) => {
                        counts.push((own.key(indicator, place), whole(n)));
                    }
                    _ => {}
                }
            }
        }
        self.n = 0;
        cube.add_counts(counts);
        cube.add_steps(steps);
        for (key, tally) in self.placed_tallies.drain(..).chain(self.tallies.drain()) {
            cube.add(key, tally);
        }
    }

    /// Whether a place could overflow with the additions of another record.
    pub(super) fn is_full(&self) -> bool {
        self.n > MOST_ADDITIONS
    }
}

/// A count is never lowered.
fn whole(n: i32) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{Breakdowns, Definition};
    use crate::{Engine, Location, PeriodSpan, Places as Locations, RollUp, Setup, Timeline};

    /// Two weeks, two units; the options of sex are known, those of jobs are met while counting.
    fn engine(definitions: &str) -> Engine {
        #[derive(serde::Deserialize)]
        struct Config {
            value: Vec<Definition>,
            breakdown: Breakdowns,
        }
        let breakdowns = r#"
            [breakdown.sex]
            field = "gender"
            values = { MALE = "M", FEMALE = "F" }

            [breakdown.job]
            field = "occupation"
        "#;
        let config: Config = toml::from_str(&format!("{definitions}{breakdowns}")).expect("TOML");
        let day = |text: &str| text.parse().expect("a day");
        let week = |id: &str, first: &str, last: &str| PeriodSpan {
            id: id.into(),
            first_day: day(first),
            last_day: day(last),
        };
        let weeks = [
            week("2020W52", "2020-12-21", "2020-12-27"),
            week("2020W53", "2020-12-28", "2021-01-03"),
        ];
        let location = |id: &str| Location {
            id: id.into(),
            org_unit: Some(id.to_uppercase()),
            ..Location::default()
        };
        let locations =
            Locations::new([location("a"), location("b")].into(), RollUp::NearestMapped);
        let mut setup = Setup::new(Timeline::new(weeks.into()).expect("two weeks"), locations);
        setup.definitions = config.value;
        setup.breakdowns = config.breakdown;
        Engine::compile(setup).expect("good definitions")
    }

    fn counting(engine: &Engine, n: usize) -> &Counting {
        match &engine.compiled[n] {
            Compiled::Counting(counting) => counting,
            Compiled::Derived => panic!("{n} does not count"),
        }
    }

    /// Which indicators have places, and where they begin, for this many periods and two units.
    fn given(definitions: &str, n_periods: usize) -> (Vec<Option<usize>>, usize) {
        let mut engine = engine(definitions);
        for compiled in &mut engine.compiled {
            if let Compiled::Counting(counting) = compiled {
                counting.places = None;
            }
        }
        let n_given = give_places(&mut engine.compiled, &engine.splits, n_periods, 2);
        let first = |n| counting(&engine, n).places.as_ref().map(|places| places.first);
        ((0..engine.compiled.len()).map(first).collect(), n_given)
    }

    const WHOLE: &str = "[[value]]\nindicator = \"whole\"\n";
    const AGAIN: &str = "[[value]]\nindicator = \"again\"\n";
    const BY_SEX: &str = "[[value]]\nindicator = \"by sex\"\nby = { Sex = \"sex\" }\n";
    const BY_JOB: &str = "[[value]]\nindicator = \"by job\"\nby = { Job = \"job\" }\n";
    const THERE: &str = "[[value]]\nindicator = \"there\"\ntiming = \"current\"\nuntil = \"dateOfOutcome\"\nby = { Job = \"job\" }\n";

    #[test]
    fn each_indicator_whose_options_are_known_gets_places_behind_the_one_before() {
        let (first, n_given) = given(&[WHOLE, BY_JOB, BY_SEX, AGAIN].concat(), 9);
        // Nine periods and the time before them, two units, two sexes.
        assert_eq!(first, [Some(0), None, Some(20), Some(60)]);
        assert_eq!(n_given, 80);
    }

    #[test]
    fn an_indicator_with_too_many_cells_gets_no_places_and_leaves_them_to_the_next_one() {
        let half = (1 << 18) - 1;
        assert_eq!(given(BY_SEX, half), (vec![Some(0)], 1 << 20));
        assert_eq!(given(BY_SEX, half + 1), (vec![None], 0));
        let (first, n_given) = given(&[WHOLE, BY_SEX, AGAIN].concat(), half);
        assert_eq!((first, n_given), (vec![Some(0), None, Some(1 << 19)], 1 << 20));
    }

    #[test]
    fn no_two_cells_have_the_same_place() {
        let engine = engine(&[BY_SEX, WHOLE].concat());
        let mut places = Vec::new();
        for period in 0..3 {
            for unit in 0..2 {
                let mut key = Key { indicator: 0, period, unit, categories: 0 };
                for option in 0..2 {
                    key.set_option(0, option);
                    places.extend(counting(&engine, 0).places.iter().map(|own| own.of(&key)));
                }
                let key = Key { indicator: 1, period, unit, categories: 0 };
                places.extend(counting(&engine, 1).places.iter().map(|own| own.of(&key)));
            }
        }
        places.sort_unstable();
        assert!(places.into_iter().eq(0..engine.n_places));
    }

    #[test]
    fn additions_wait_for_each_other_until_they_are_many() {
        let engine = engine(&[WHOLE, BY_JOB, THERE].concat());
        let key = |indicator| Key { indicator, period: 1, unit: 0, categories: 0 };
        let mut cube = engine.cube();
        let mut additions = Additions::default();
        additions.make_room(engine.n_places);
        let add = |n: usize, times: usize, additions: &mut Additions| {
            for _ in 0..times {
                let indicator = u16::try_from(n).expect("few");
                additions.add(counting(&engine, n), key(indicator), 1);
            }
            additions.settle_many();
            let Additions { waiting_places, waiting, waiting_steps, .. } = additions;
            [waiting_places.len(), waiting.len(), waiting_steps.len()]
        };
        assert_eq!(add(0, 128, &mut additions), [128, 0, 0], "in a place of its own");
        assert_eq!(add(1, 64, &mut additions), [128, 64, 0], "without a place");
        assert_eq!(add(2, 64, &mut additions), [128, 64, 64], "intervals without a place");
        assert!(!additions.places.contains(&128));
        assert_eq!(add(0, 1, &mut additions), [0, 0, 0], "more than 256");
        assert!(additions.places.contains(&129));
        assert_eq!(additions.n, 129);

        assert_eq!(cube.counts.get(&key(0)), None, "it has a place until the end");
        additions.settle(&engine.compiled, &mut cube);
        assert_eq!(cube.counts.get(&key(0)), Some(&129));
        assert_eq!(cube.counts.get(&key(1)), Some(&64));
        assert_eq!(cube.steps.get(&key(2)), Some(&64));
        assert_eq!(additions.n, 0);
        assert!(additions.places.iter().all(|cell| *cell == 0));
    }

    /// A place is an `i32`.
    #[test]
    fn places_are_emptied_before_one_of_them_overflows() {
        let after = |n| Additions { n, ..Additions::default() };
        assert!(!after(1_000_000_000).is_full());
        assert!(!after(1 << 30).is_full());
        assert!(after((1 << 30) + 1).is_full());
    }
}
