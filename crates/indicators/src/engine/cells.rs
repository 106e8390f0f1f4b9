//! The result: cells with their values.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use super::account::settle;
use super::compile::{Compiled, Counting};
use super::place::Place;
use super::values::{Spot, Values, in_order};
use super::{Engine, derived, suppress};
use crate::cube::{Counter, Cube, Key, Tally, each_once};
use crate::definition::{Definition, Periods, Timing, Zero};

/// One number (or text) of the result, and where it belongs.
///
/// The texts are shared between the cells of a result: a clone costs next to nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    /// The indicator.
    pub indicator: Arc<str>,
    /// The period, by the identifier the timeline gives it.
    pub period: Arc<str>,
    /// The organisation unit.
    pub org_unit: Arc<str>,
    /// For each category of the definition, the option.
    pub categories: Arc<BTreeMap<String, String>>,
    /// The value.
    pub value: CellValue,
}

/// The value of a cell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum CellValue {
    /// An exact number.
    Number(Decimal),
    /// A text, such as an option code.
    Text(String),
    /// There is a number, but it is hidden because it is small or gives away a small one.
    Withheld,
}

impl CellValue {
    /// The number, if it is one.
    #[must_use]
    pub fn as_number(&self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(_) | Self::Withheld => None,
        }
    }
}

impl fmt::Display for CellValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
            Self::Withheld => f.write_str("withheld"),
        }
    }
}

impl Serialize for CellValue {
    /// A text in any case, so that no reader makes a binary float of an exact number.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What was counted, as the measures of the indicators see it.
pub(super) struct Counted {
    /// For each definition, what each cell holds, in order; period 0 is the time before the
    /// timeline.
    tallies: Vec<Vec<(Spot, Tally)>>,
    /// For each group, the periods in which anything was counted.
    active: BTreeMap<Option<String>, BTreeSet<u16>>,
}

impl Counted {
    pub(super) fn new(engine: &Engine, cube: &Cube) -> Self {
        let mut n_cells = vec![0; engine.compiled.len()];
        for key in cube.counts.keys() {
            n_cells[usize::from(key.indicator)] += 1;
        }
        let mut all: Vec<Vec<(Spot, Tally)>> =
            n_cells.into_iter().map(Vec::with_capacity).collect();
        let mut add = |key: &Key, tally: Tally| {
            let spot = (key.period, key.unit, key.categories);
            all[usize::from(key.indicator)].push((spot, tally));
        };
        for (key, &n) in &cube.counts {
            add(key, Tally::Count(n));
        }
        for (key, n) in cube.open_intervals(engine.setup.timeline.len()) {
            add(&key, Tally::Count(n));
        }
        for (key, tally) in &cube.tallies {
            add(key, tally.clone());
        }
        for (&(indicator, _), candidates) in &cube.candidates {
            let n = usize::from(indicator);
            let Compiled::Counting(counting) = &engine.compiled[n] else { continue };
            settle(engine, n, candidates, &mut Counter::default(), |key, amount| {
                add(&key, Tally::of(counting.agg, amount.clone()));
            });
        }
        let tallies: Vec<_> = all.into_iter().map(joined).collect();
        let mut active: BTreeMap<Option<String>, BTreeSet<u16>> = BTreeMap::new();
        for (definition, tallies) in engine.setup.definitions.iter().zip(&tallies) {
            let periods = tallies.chunk_by(|(one, _), (next, _)| one.0 == next.0);
            let periods = periods.filter_map(|same| same[0].0.0.checked_sub(1));
            active.entry(definition.group.clone()).or_default().extend(periods);
        }
        Self { tallies, active }
    }

    /// The periods in which an indicator of the group counted anything.
    fn active_periods(&self, group: &Option<String>) -> Vec<u16> {
        self.active.get(group).into_iter().flatten().copied().collect()
    }

    /// The tallies that count for each period of the timeline, in order.
    fn by_period(&mut self, n: usize, timing: Timing, n_periods: usize) -> Vec<(Spot, Tally)> {
        let tallies = std::mem::take(&mut self.tallies[n]);
        if timing != Timing::Cumulative {
            let in_timeline = |((period, unit, categories), tally): (Spot, Tally)| {
                Some(((period.checked_sub(1)?, unit, categories), tally))
            };
            return tallies.into_iter().filter_map(in_timeline).collect();
        }
        let mut by_place: BTreeMap<(u32, u64), BTreeMap<u16, Tally>> = BTreeMap::new();
        for ((period, unit, categories), tally) in tallies {
            by_place.entry((unit, categories)).or_default().insert(period, tally);
        }
        let mut cumulative = Vec::new();
        for ((unit, categories), mut new) in by_place {
            let mut so_far: Option<Tally> = new.remove(&0);
            for period in 0..u16::try_from(n_periods).unwrap_or(u16::MAX) {
                if let Some(tally) = new.remove(&(period + 1)) {
                    match &mut so_far {
                        Some(so_far) => so_far.merge(&tally),
                        None => so_far = Some(tally),
                    }
                }
                if let Some(so_far) = &so_far {
                    cumulative.push(((period, unit, categories), so_far.clone()));
                }
            }
        }
        cumulative
    }
}

/// Each spot once, in order.
fn joined(mut tallies: Vec<(Spot, Tally)>) -> Vec<(Spot, Tally)> {
    each_once(&mut tallies, in_order, |kept, next| kept.merge(next));
    tallies
}

impl Engine {
    /// Every cell that has a value, ordered by definition, period, organisation unit and
    /// categories.
    ///
    /// A cell in which nothing was counted is there with a zero if the definition says
    /// `zero = "write"` and its measure can be zero; else it is absent.
    #[must_use]
    pub fn cells(&self, cube: &Cube) -> Vec<Cell> {
        let mut counted = Counted::new(self, cube);
        let mut values: Vec<Values> = (0..self.compiled.len())
            .map(|n| match &self.compiled[n] {
                Compiled::Counting(counting) => {
                    self.counted_values(n, counting, &mut counted, cube)
                }
                Compiled::Derived => Values::default(),
            })
            .collect();
        for (n, definition) in self.setup.definitions.iter().enumerate() {
            if matches!(self.compiled[n], Compiled::Derived) {
                values[n] = derived::values(self, definition, &values, &counted);
            }
        }
        suppress::suppress(self, cube, &mut values);
        let shared = |text: &str| Arc::<str>::from(text);
        let units: Vec<Arc<str>> = self.units.iter().map(|unit| shared(unit)).collect();
        let periods: Vec<Arc<str>> =
            (0..self.setup.timeline.len()).map(|n| shared(self.setup.timeline.id(n))).collect();
        let mut cells = Vec::with_capacity(values.iter().map(Values::len).sum());
        for (n, values) in values.into_iter().enumerate() {
            // The same few combinations of options come again in each period and place.
            let combinations: BTreeSet<u64> = values.spots().map(|(_, _, c)| *c).collect();
            let mut texts: Vec<(Arc<BTreeMap<String, String>>, u64)> = combinations
                .into_iter()
                .map(|c| (Arc::new(self.category_texts(n, cube, c)), c))
                .collect();
            texts.sort_unstable();
            let places: BTreeMap<u64, usize> =
                texts.iter().enumerate().map(|(place, (_, c))| (*c, place)).collect();
            let mut values: Vec<_> = values
                .into_iter()
                .map(|((period, unit, c), value)| ((period, unit, places[&c]), value))
                .collect();
            values.sort_unstable_by_key(|(spot, _)| *spot);
            let indicator = shared(&self.setup.definitions[n].indicator);
            cells.extend(values.into_iter().map(|((period, unit, place), value)| Cell {
                indicator: Arc::clone(&indicator),
                period: Arc::clone(&periods[usize::from(period)]),
                org_unit: units.get(unit as usize).cloned().unwrap_or_default(),
                categories: Arc::clone(&texts[place].0),
                value,
            }));
        }
        cells
    }

    /// The options of a cell by category.
    pub(super) fn category_texts(
        &self,
        n: usize,
        cube: &Cube,
        categories: u64,
    ) -> BTreeMap<String, String> {
        // A derived indicator has the categories of the one that it follows from.
        let Some(counting) = self.splitting(n) else { return BTreeMap::new() };
        let key = Key { indicator: 0, period: 0, unit: 0, categories };
        let names = self.setup.definitions[counting.0].by.keys();
        names
            .enumerate()
            .map(|(place, name)| {
                let split = &self.splits[counting.1.splits[place]];
                let option = key.option(place) as usize;
                let text = split.options.get(option).cloned().unwrap_or_else(|| {
                    let met = split
                        .open
                        .and_then(|list| cube.options[list].get(option - split.options.len()));
                    met.map_or_else(String::new, |text| text.to_string())
                });
                (name.clone(), text)
            })
            .collect()
    }

    /// The definition whose categories an indicator has.
    fn splitting(&self, n: usize) -> Option<(usize, &Counting)> {
        let n = match derived::follows_from(&self.setup.definitions[n]) {
            Some(name) => self.position(name)?,
            None => n,
        };
        match &self.compiled[n] {
            Compiled::Counting(counting) => Some((n, counting)),
            Compiled::Derived => None,
        }
    }

    pub(super) fn position(&self, indicator: &str) -> Option<usize> {
        self.setup.definitions.iter().position(|definition| definition.indicator == indicator)
    }

    fn counted_values(
        &self,
        n: usize,
        counting: &Counting,
        counted: &mut Counted,
        cube: &Cube,
    ) -> Values {
        let definition = &self.setup.definitions[n];
        let decimals = definition.decimals.unwrap_or(1);
        let mut values: Values = counted
            .by_period(n, counting.timing, self.setup.timeline.len())
            .into_iter()
            .map(|(spot, tally)| (spot, CellValue::Number(tally.result(counting.agg, decimals))))
            .collect();
        let can_be_zero = !matches!(
            counting.agg,
            Some(
                crate::definition::Agg::Mean
                    | crate::definition::Agg::Min
                    | crate::definition::Agg::Max
                    | crate::definition::Agg::Median
            )
        );
        if definition.zero == Some(Zero::Write) && can_be_zero {
            let combinations = self.combinations(counting, cube);
            let units = self.reachable(n);
            let mut zeros = Vec::new();
            for period in self.periods(definition, counted) {
                for &unit in &units {
                    let zero = |c: &u64| ((period, unit, *c), CellValue::Number(Decimal::ZERO));
                    zeros.extend(combinations.iter().map(zero));
                }
            }
            values.fill_up(zeros);
        }
        values
    }

    /// The periods for which an indicator gives values without an occurrence.
    pub(super) fn periods(&self, definition: &Definition, counted: &Counted) -> Vec<u16> {
        match definition.periods {
            Periods::All => {
                (0..u16::try_from(self.setup.timeline.len()).unwrap_or(u16::MAX)).collect()
            }
            Periods::Active => counted.active_periods(&definition.group),
        }
    }

    /// The units that records of an indicator can count in.
    pub(super) fn reachable(&self, n: usize) -> BTreeSet<u32> {
        let Compiled::Counting(counting) = &self.compiled[n] else { return BTreeSet::new() };
        let rule = &self.places[counting.place];
        let number = |unit: &str| {
            let place = self.units.binary_search_by(|known| known.as_str().cmp(unit)).ok()?;
            u32::try_from(place).ok()
        };
        match rule.place {
            Place::Fixed(unit) => BTreeSet::from([unit]),
            _ => {
                self.setup.places.reachable(&rule.roll_up).into_iter().filter_map(number).collect()
            }
        }
    }

    /// How many options a split has, those that were met included.
    pub(super) fn n_options(&self, split: usize, cube: &Cube) -> usize {
        let split = &self.splits[split];
        split.options.len() + split.open.map_or(0, |list| cube.options[list].len())
    }

    /// Every combination of options, those that were met included.
    fn combinations(&self, counting: &Counting, cube: &Cube) -> Vec<u64> {
        let mut keys = vec![Key { indicator: 0, period: 0, unit: 0, categories: 0 }];
        for (place, &split) in counting.splits.iter().enumerate() {
            let n_options = u32::try_from(self.n_options(split, cube)).unwrap_or(0);
            keys = keys
                .iter()
                .flat_map(|key| {
                    (0..n_options).map(move |option| {
                        let mut key = *key;
                        key.set_option(place, option);
                        key
                    })
                })
                .collect();
        }
        keys.into_iter().map(|key| key.categories).collect()
    }
}
