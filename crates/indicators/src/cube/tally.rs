//! What is kept of the numbers of a cell.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::definition::Agg;

/// What one occurrence adds to a cell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Amount {
    /// One.
    One,
    /// A number that is summed, averaged, or compared.
    Number(Decimal),
    /// A value of which each is counted once.
    Value(Box<str>),
}

/// A number with six decimals as a whole number: it is compared in one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Decimal", into = "Decimal")]
pub(crate) struct Millionths(i64);

/// Decimals of [`Millionths`]; numbers that are finer or larger do not come into a cube.
const MILLIONTHS: u32 = 6;
const MILLION: i64 = 1_000_000;
/// What a number with this many decimals is multiplied with.
const FINER: [i64; 7] = [MILLION, 100_000, 10_000, 1_000, 100, 10, 1];

impl Millionths {
    /// The number, if it is a whole one and not negative.
    fn whole(self) -> Option<usize> {
        let whole = self.0.checked_rem(MILLION) == Some(0);
        whole.then(|| usize::try_from(self.0 / MILLION).ok())?
    }
}

impl TryFrom<Decimal> for Millionths {
    type Error = rust_decimal::Error;

    fn try_from(number: Decimal) -> Result<Self, Self::Error> {
        let finer = usize::try_from(number.scale()).ok().and_then(|scale| FINER.get(scale));
        let whole = i64::try_from(number.mantissa()).ok();
        let whole = whole.zip(finer).and_then(|(whole, finer)| whole.checked_mul(*finer));
        whole.map(Self).ok_or(rust_decimal::Error::ExceedsMaximumPossibleValue)
    }
}

impl From<Millionths> for Decimal {
    fn from(number: Millionths) -> Self {
        Self::new(number.0, MILLIONTHS).normalize()
    }
}

/// Numbers and how often each came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<Millionths, u64>", into = "BTreeMap<Millionths, u64>")]
pub(crate) struct Frequencies {
    /// Those of the first whole numbers from 0 on, the last of which came: delays in days are here.
    first: Vec<u64>,
    other: BTreeMap<Millionths, u64>,
}

impl Frequencies {
    /// How many whole numbers are counted by their place.
    const N_FIRST: usize = 64;

    /// Takes in a number; one that a cube cannot hold is not believed.
    fn take(&mut self, number: Decimal) {
        if let Ok(number) = Millionths::try_from(number) {
            self.add(number, 1);
        }
    }

    fn add(&mut self, number: Millionths, times: u64) {
        match number.whole().filter(|whole| *whole < Self::N_FIRST) {
            Some(whole) => {
                if whole >= self.first.len() {
                    self.first.resize(whole + 1, 0);
                }
                self.first[whole] += times;
            }
            None => *self.other.entry(number).or_default() += times,
        }
    }

    fn merge(&mut self, other: &Self) {
        for (number, times) in BTreeMap::from(other.clone()) {
            self.add(number, times);
        }
    }
}

impl From<BTreeMap<Millionths, u64>> for Frequencies {
    fn from(numbers: BTreeMap<Millionths, u64>) -> Self {
        let mut frequencies = Self::default();
        for (number, times) in numbers.into_iter().filter(|(_, times)| *times > 0) {
            frequencies.add(number, times);
        }
        frequencies
    }
}

impl From<Frequencies> for BTreeMap<Millionths, u64> {
    fn from(frequencies: Frequencies) -> Self {
        let mut numbers = frequencies.other;
        let first = (0_i64..).zip(frequencies.first).filter(|(_, times)| *times > 0);
        numbers.extend(first.map(|(whole, times)| (Millionths(whole * MILLION), times)));
        numbers
    }
}

/// The occurrences of a cell, so far as its measure needs them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Tally {
    /// How many.
    Count(u64),
    /// Their sum and number.
    Sum { sum: Decimal, n: u64 },
    /// The least and the greatest.
    Range { min: Decimal, max: Decimal },
    /// Each number and how often it came.
    Numbers(Frequencies),
    /// The different values.
    Values(BTreeSet<Box<str>>),
}

impl Tally {
    /// The tally of one occurrence.
    pub(crate) fn of(agg: Option<Agg>, amount: Amount) -> Self {
        match (amount, agg) {
            (Amount::One, _) => Self::Count(1),
            (Amount::Value(value), _) => Self::Values(BTreeSet::from([value])),
            (Amount::Number(number), Some(Agg::Min | Agg::Max)) => {
                Self::Range { min: number, max: number }
            }
            (Amount::Number(number), Some(Agg::Median)) => {
                let mut numbers = Frequencies::default();
                numbers.take(number);
                Self::Numbers(numbers)
            }
            (Amount::Number(number), _) => Self::Sum { sum: number, n: 1 },
        }
    }

    /// Takes in one more occurrence of the same measure: the same as merging the tally of it, without
    /// making one.
    pub(crate) fn take(&mut self, amount: Amount) {
        match (self, amount) {
            (Self::Count(n), Amount::One) => *n += 1,
            (Self::Sum { sum, n }, Amount::Number(number)) => {
                *sum = sum.saturating_add(number);
                *n += 1;
            }
            (Self::Range { min, max }, Amount::Number(number)) => {
                *min = (*min).min(number);
                *max = (*max).max(number);
            }
            (Self::Numbers(numbers), Amount::Number(number)) => {
                numbers.take(number);
            }
            (Self::Values(values), Amount::Value(value)) => {
                values.insert(value);
            }
            // One indicator has one measure.
            _ => {}
        }
    }

    /// Takes in another tally of the same measure.
    pub(crate) fn merge(&mut self, other: &Self) {
        match (self, other) {
            (Self::Count(mine), Self::Count(theirs)) => *mine += theirs,
            (Self::Sum { sum, n }, Self::Sum { sum: more, n: n_more }) => {
                // Numbers are bounded when they are read, so that this cannot overflow.
                *sum = sum.saturating_add(*more);
                *n += n_more;
            }
            (Self::Range { min, max }, Self::Range { min: low, max: high }) => {
                *min = (*min).min(*low);
                *max = (*max).max(*high);
            }
            (Self::Numbers(mine), Self::Numbers(theirs)) => mine.merge(theirs),
            (Self::Values(mine), Self::Values(theirs)) => mine.extend(theirs.iter().cloned()),
            // One indicator has one measure, and cubes of other engines are refused.
            _ => {}
        }
    }

    /// The number that the measure asks for.
    pub(crate) fn result(&self, agg: Option<Agg>, decimals: u32) -> Decimal {
        let rounded = |number: Decimal| round(number, decimals);
        match self {
            Self::Count(n) => Decimal::from(*n),
            Self::Values(values) => Decimal::from(values.len()),
            Self::Range { min, .. } if agg == Some(Agg::Min) => min.normalize(),
            Self::Range { max, .. } => max.normalize(),
            Self::Sum { sum, n } if agg == Some(Agg::Mean) => rounded(sum / Decimal::from(*n)),
            Self::Sum { sum, .. } => sum.normalize(),
            Self::Numbers(numbers) => rounded(median(&numbers.clone().into())),
        }
    }
}

/// Rounded, halves away from zero, without zeros at the end.
pub(crate) fn round(number: Decimal, decimals: u32) -> Decimal {
    let strategy = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
    number.round_dp_with_strategy(decimals, strategy).normalize()
}

fn median(numbers: &BTreeMap<Millionths, u64>) -> Decimal {
    let n: u64 = numbers.values().sum();
    let at = |place: u64| {
        let mut passed = 0;
        let found = numbers.iter().find(|(_, times)| {
            passed += **times;
            passed > place
        });
        found.map_or(Decimal::ZERO, |(number, _)| (*number).into())
    };
    (at(n.saturating_sub(1) / 2) + at(n / 2)) / Decimal::TWO
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taking_an_occurrence_is_merging_its_tally() {
        let number = |n: i64| Amount::Number(Decimal::from(n));
        let value = |text: &str| Amount::Value(text.into());
        let check = |agg, first: Amount, second: Amount| {
            let mut merged = Tally::of(agg, first.clone());
            merged.merge(&Tally::of(agg, second.clone()));
            let mut taken = Tally::of(agg, first.clone());
            taken.take(second);
            assert_eq!(taken, merged, "{agg:?}");
            assert_ne!(taken, Tally::of(agg, first), "{agg:?}");
        };
        check(None, Amount::One, Amount::One);
        check(None, value("a"), value("b"));
        for agg in [Agg::Sum, Agg::Mean, Agg::Min, Agg::Max, Agg::Median] {
            check(Some(agg), number(3), number(5));
            check(Some(agg), number(3), number(-2));
        }
    }

    #[test]
    fn numbers_come_back_from_their_places() {
        let texts = ["-3", "0", "0.5", "7", "63", "64", "1000000000000", "7.000001"];
        let mut numbers = Frequencies::default();
        let mut expected: BTreeMap<Decimal, u64> = BTreeMap::new();
        for (n, text) in texts.iter().cycle().take(20).enumerate() {
            let number: Decimal = text.parse().expect("a number");
            numbers.take(number);
            *expected.entry(number).or_default() += 1;
            assert_eq!(BTreeMap::from(numbers.clone()).values().sum::<u64>(), n as u64 + 1);
        }
        assert_eq!(numbers.first.len(), 64, "0 to 63 are counted by their place");
        assert_eq!(numbers.other.len(), 5, "-3, 0.5, 64 and two more");
        let map = BTreeMap::from(numbers.clone());
        let found: BTreeMap<Decimal, u64> = map.into_iter().map(|(k, n)| (k.into(), n)).collect();
        assert_eq!(found, expected);
        let stored = serde_json::to_string(&numbers).expect("JSON");
        assert_eq!(serde_json::from_str::<Frequencies>(&stored).expect("the same"), numbers);
        let never = serde_json::from_str::<Frequencies>(r#"{"3":0,"0.5":0}"#).expect("numbers");
        assert_eq!(never, Frequencies::default(), "what never came is not there");
        // Finer or larger than what is believed.
        numbers.take("0.0000001".parse().expect("a number"));
        assert_eq!(BTreeMap::from(numbers).values().sum::<u64>(), 20);
    }

    fn result(agg: Agg, numbers: &[i64]) -> String {
        let mut tallies = numbers
            .iter()
            .map(|number| Tally::of(Some(agg), Amount::Number(Decimal::from(*number))));
        let mut all = tallies.next().expect("a number");
        tallies.for_each(|tally| all.merge(&tally));
        all.result(Some(agg), 1).to_string()
    }

    #[test]
    fn numbers_become_one_as_the_measure_says() {
        assert_eq!(result(Agg::Sum, &[3, -1, 2]), "4");
        assert_eq!(result(Agg::Mean, &[1, 2, 2]), "1.7");
        assert_eq!(result(Agg::Mean, &[-1, -2, -2]), "-1.7");
        assert_eq!(result(Agg::Min, &[3, -1, 2]), "-1");
        assert_eq!(result(Agg::Max, &[3, -1, 2]), "3");
        assert_eq!(result(Agg::Median, &[9, 1, 2]), "2");
        assert_eq!(result(Agg::Median, &[9, 1, 2, 2]), "2");
        assert_eq!(result(Agg::Median, &[9, 1, 2, 3]), "2.5");
        assert_eq!(result(Agg::Median, &[5]), "5");
    }
}
