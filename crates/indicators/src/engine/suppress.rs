//! Small numbers hidden, and so many others that sums do not give them away.
//!
//! The numbers of one indicator and period are a table: one dimension is the places, each category
//! is one more. Whoever knows the sums along every dimension could work out a single hidden number.
//! So with each small number a *box* is hidden: the corners that follow when in each dimension a
//! second coordinate is taken. Taking one from every second corner and adding it to the others
//! leaves all sums as they are, so no sum tells how large the hidden numbers are.

use std::collections::BTreeMap;

use rust_decimal::prelude::ToPrimitive;

use super::Engine;
use super::cells::CellValue;
use super::compile::{Compiled, Counting};
use super::derived::follows_from;
use super::values::Values;
use crate::cube::{Cube, Key};
use crate::definition::{Measure, Timing};

/// Tables that are larger than this are hidden whole rather than searched.
const LARGEST_TABLE: usize = 1 << 22;
/// Boxes that are tried for one number; the first ones are as good as any.
const MOST_BOXES: usize = 1 << 14;

/// Hides small numbers of the indicators that ask for it, and what follows from hidden ones.
pub(super) fn suppress(engine: &Engine, cube: &Cube, values: &mut [Values]) {
    for (n, definition) in engine.setup.definitions.iter().enumerate() {
        let (Some(rule), Compiled::Counting(counting)) = (definition.suppress, &engine.compiled[n])
        else {
            continue;
        };
        let dimensions = Dimensions::new(engine, n, counting, cube, &values[n]);
        let mut by_period: BTreeMap<u16, Table> = BTreeMap::new();
        for (&(period, unit, categories), value) in values[n].iter() {
            let table = by_period.entry(period).or_insert_with(|| Table::new(&dimensions));
            let number = dimensions.place(unit, categories).and_then(|n| table.numbers.get_mut(n));
            if let (Some(number), Some(value)) =
                (number, value.as_number().and_then(|value| value.to_u64()))
            {
                *number = value;
            }
        }
        let mut hidden: BTreeMap<u16, Vec<bool>> = by_period
            .iter()
            .map(|(period, table)| (*period, table.hidden(&dimensions, rule.below)))
            .collect();
        if counting.timing == Timing::Cumulative {
            // The counts before and after would give a hidden one away.
            let mut ever = vec![false; dimensions.n_places];
            for hidden in hidden.values() {
                ever.iter_mut().zip(hidden).for_each(|(ever, hidden)| *ever |= *hidden);
            }
            hidden.values_mut().for_each(|hidden| hidden.clone_from(&ever));
        }
        let withheld = |(period, hidden): (u16, Vec<bool>)| {
            let places =
                hidden.into_iter().enumerate().filter_map(|(n, hidden)| hidden.then_some(n));
            places
                .map(|place| {
                    let (unit, categories) = dimensions.spot(place);
                    ((period, unit, categories), CellValue::Withheld)
                })
                .collect::<Vec<_>>()
        };
        values[n].replace(hidden.into_iter().flat_map(withheld));
    }
    hide_derived(engine, values);
}

/// A share or rate of a hidden number is hidden.
fn hide_derived(engine: &Engine, values: &mut [Values]) {
    for (n, definition) in engine.setup.definitions.iter().enumerate() {
        let of = match &definition.measure {
            Measure::Share(share) => Some(share.of.as_str()),
            _ => follows_from(definition),
        };
        for source in [of, follows_from(definition)].into_iter().flatten() {
            let Some(source) = engine.position(source) else { continue };
            let hidden: Vec<_> = values[n]
                .spots()
                .filter(|spot| values[source].get(spot) == Some(&CellValue::Withheld))
                .copied()
                .collect();
            values[n].replace(hidden.into_iter().map(|spot| (spot, CellValue::Withheld)));
        }
    }
}

/// The dimensions of a table: units first, then one for each category.
struct Dimensions {
    units: Vec<u32>,
    /// How many coordinates each dimension has.
    sizes: Vec<usize>,
    n_places: usize,
}

impl Dimensions {
    fn new(engine: &Engine, n: usize, counting: &Counting, cube: &Cube, values: &Values) -> Self {
        let mut units = engine.reachable(n);
        units.extend(values.spots().map(|spot| spot.1));
        let units: Vec<u32> = units.into_iter().collect();
        let options = counting.splits.iter().map(|&split| engine.n_options(split, cube));
        let sizes: Vec<usize> = std::iter::once(units.len()).chain(options).collect();
        let n_places = sizes.iter().product();
        Self { units, sizes, n_places }
    }

    fn place(&self, unit: u32, categories: u64) -> Option<usize> {
        let mut place = self.units.binary_search(&unit).ok()?;
        let key = Key { indicator: 0, period: 0, unit, categories };
        for (category, size) in self.sizes[1..].iter().enumerate() {
            place = place * size + key.option(category) as usize;
        }
        Some(place)
    }

    fn spot(&self, place: usize) -> (u32, u64) {
        let coordinates = self.coordinates(place);
        let mut key = Key { indicator: 0, period: 0, unit: 0, categories: 0 };
        for (category, option) in coordinates[1..].iter().enumerate() {
            key.set_option(category, u32::try_from(*option).unwrap_or(0));
        }
        (self.units[coordinates[0]], key.categories)
    }

    fn coordinates(&self, mut place: usize) -> Vec<usize> {
        let mut coordinates = vec![0; self.sizes.len()];
        for (coordinate, size) in coordinates.iter_mut().zip(&self.sizes).rev() {
            *coordinate = place % size;
            place /= size;
        }
        coordinates
    }

    fn at(&self, coordinates: impl Iterator<Item = usize>) -> usize {
        coordinates.zip(&self.sizes).fold(0, |place, (coordinate, size)| place * size + coordinate)
    }
}

/// The numbers of one period; what nobody counted is zero.
struct Table {
    numbers: Vec<u64>,
}

impl Table {
    fn new(dimensions: &Dimensions) -> Self {
        Self { numbers: vec![0; dimensions.n_places] }
    }

    /// Which numbers are hidden.
    fn hidden(&self, dimensions: &Dimensions, below: u64) -> Vec<bool> {
        let small = |number: &u64| (1..below).contains(number);
        let mut hidden: Vec<bool> = self.numbers.iter().map(small).collect();
        if self.numbers.len() > LARGEST_TABLE && hidden.contains(&true) {
            return vec![true; hidden.len()];
        }
        for place in (0..self.numbers.len()).filter(|place| small(&self.numbers[*place])) {
            match self.cheapest_box(dimensions, place, &hidden) {
                Some(corners) => corners.into_iter().for_each(|corner| hidden[corner] = true),
                None => return vec![true; hidden.len()],
            }
        }
        hidden
    }

    /// The corners of the box around a number that hides the least besides; none if every box
    /// would need a number below zero.
    fn cheapest_box(
        &self,
        dimensions: &Dimensions,
        place: usize,
        hidden: &[bool],
    ) -> Option<Vec<usize>> {
        let own = dimensions.coordinates(place);
        // Along a dimension with one coordinate the sum is the number itself.
        let wide: Vec<usize> = (0..own.len()).filter(|d| dimensions.sizes[*d] > 1).collect();
        if wide.is_empty() {
            return Some(vec![place]);
        }
        let mut best: Option<(u64, Vec<usize>)> = None;
        let mut other = vec![0; wide.len()];
        for _ in 0..MOST_BOXES {
            let misses =
                wide.iter().zip(&other).all(|(dimension, other)| *other != own[*dimension]);
            if misses
                && let Some((cost, corners)) = self.box_of(dimensions, &own, &wide, &other, hidden)
            {
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    best = Some((cost, corners));
                }
                if cost == 0 {
                    break;
                }
            }
            if !next(&mut other, wide.iter().map(|dimension| dimensions.sizes[*dimension])) {
                break;
            }
        }
        best.map(|(_, corners)| corners)
    }

    /// The corners of one box and what hiding them costs, if one can be moved around it.
    fn box_of(
        &self,
        dimensions: &Dimensions,
        own: &[usize],
        wide: &[usize],
        other: &[usize],
        hidden: &[bool],
    ) -> Option<(u64, Vec<usize>)> {
        let mut corners = Vec::with_capacity(1 << wide.len());
        // Of every second corner, and of the others.
        let (mut cost, mut can_lower) = (0_u64, [true; 2]);
        for corner in 0..1_usize << wide.len() {
            let coordinates = own.iter().enumerate().map(|(dimension, own)| {
                match wide.iter().position(|wide| *wide == dimension) {
                    Some(n) => [*own, other[n]][corner >> n & 1],
                    None => *own,
                }
            });
            let place = dimensions.at(coordinates);
            let number = self.numbers[place];
            can_lower[corner.count_ones() as usize % 2] &= number > 0;
            if !hidden[place] {
                // A zero tells something, too.
                cost += number + 1;
            }
            corners.push(place);
        }
        can_lower.contains(&true).then_some((cost, corners))
    }
}

/// Counts on, the last digit first; false after the last combination.
fn next(
    digits: &mut [usize],
    sizes: impl DoubleEndedIterator<Item = usize> + ExactSizeIterator,
) -> bool {
    for (digit, size) in digits.iter_mut().zip(sizes).rev() {
        *digit += 1;
        if *digit < size {
            return true;
        }
        *digit = 0;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(sizes: &[usize], numbers: &[u64]) -> Vec<usize> {
        let n_places = sizes.iter().product();
        assert_eq!(numbers.len(), n_places);
        let units = (0..sizes[0]).map(|unit| u32::try_from(unit).expect("small")).collect();
        let dimensions = Dimensions { units, sizes: sizes.to_vec(), n_places };
        let hidden = Table { numbers: numbers.to_vec() }.hidden(&dimensions, 4);
        (0..n_places).filter(|place| hidden[*place]).collect()
    }

    #[test]
    fn with_a_small_number_the_cheapest_box_is_hidden() {
        assert_eq!(hidden(&[3], &[9, 5, 7]), [0; 0]);
        assert_eq!(hidden(&[3], &[9, 2, 7]), [1, 2]);
        assert_eq!(hidden(&[3], &[3, 2, 7]), [0, 1]);
        assert_eq!(hidden(&[3], &[0, 2, 7]), [0, 1], "a zero does as well and costs less");
        assert_eq!(hidden(&[1], &[2]), [0], "with one place there is no sum to be careful of");
        // One dimension of places, one of options: a rectangle.
        assert_eq!(hidden(&[3, 2], &[2, 9, 8, 8, 5, 5]), [0, 1, 4, 5]);
        assert_eq!(hidden(&[2, 2], &[1, 0, 0, 0]), [0, 1, 2, 3], "no box can be moved: all");
        assert_eq!(hidden(&[2, 1], &[1, 6]), [0, 1], "a dimension of one is none");
        assert_eq!(hidden(&[3, 1], &[1, 6, 7]), [0, 1], "a dimension of one is none");
        assert_eq!(hidden(&[3], &[2, 9, 9]), [0, 1], "of two that cost the same the first");
        assert_eq!(hidden(&[3], &[0, 2, 3]), [1, 2], "what is hidden anyway costs nothing");
    }

    /// Numbers are lowered at every second corner and raised at the others, or the other way round;
    /// none can be lowered below zero.
    #[test]
    fn a_box_that_cannot_be_moved_hides_nothing() {
        let all = |n: usize| (0..n).collect::<Vec<_>>();
        assert_eq!(hidden(&[3, 3], &[1, 0, 0, 0, 0, 0, 0, 0, 0]), all(9));
        assert_eq!(hidden(&[3, 3], &[1, 0, 0, 0, 5, 0, 0, 0, 0]), [0, 1, 3, 4]);
        assert_eq!(hidden(&[3, 3], &[1, 5, 0, 5, 0, 0, 0, 0, 0]), [0, 1, 3, 4]);
        assert_eq!(hidden(&[3, 3], &[1, 5, 0, 0, 0, 0, 0, 0, 0]), all(9));
        // Units, sexes, ages: neither half of the corners of any box is above zero.
        assert_eq!(hidden(&[2, 2, 3], &[1, 5, 5, 5, 0, 0, 5, 0, 0, 0, 0, 0]), all(12));
        assert_eq!(
            hidden(&[2, 2, 3], &[1, 0, 0, 0, 5, 0, 0, 5, 0, 5, 0, 0]),
            [0, 1, 3, 4, 6, 7, 9, 10]
        );
    }

    #[test]
    fn a_table_that_is_too_large_to_search_is_hidden_whole() {
        let mut numbers = vec![9; LARGEST_TABLE + 1];
        assert!(hidden(&[numbers.len()], &numbers).is_empty());
        numbers[7] = 2;
        assert_eq!(hidden(&[LARGEST_TABLE], &numbers[1..]).len(), 2);
        assert_eq!(hidden(&[numbers.len()], &numbers).len(), numbers.len());
    }

    #[test]
    fn places_and_spots_are_each_others_inverse() {
        let dimensions = Dimensions { units: vec![3, 7, 9], sizes: vec![3, 4, 5], n_places: 60 };
        for place in 0..60 {
            let (unit, categories) = dimensions.spot(place);
            assert_eq!(dimensions.place(unit, categories), Some(place));
        }
        assert_eq!(dimensions.place(4, 0), None);
    }
}
