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

impl TryFrom<Decimal> for Millionths {
    type Error = rust_decimal::Error;

    fn try_from(number: Decimal) -> Result<Self, Self::Error> {
        let finer = MILLIONTHS.checked_sub(number.scale()).map(|decimals| 10_i128.pow(decimals));
        let whole = finer.and_then(|finer| number.mantissa().checked_mul(finer));
        let whole = whole.and_then(|whole| i64::try_from(whole).ok());
        whole.map(Self).ok_or(rust_decimal::Error::ExceedsMaximumPossibleValue)
    }
}

impl From<Millionths> for Decimal {
    fn from(number: Millionths) -> Self {
        Self::new(number.0, MILLIONTHS).normalize()
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
    Numbers(BTreeMap<Millionths, u64>),
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
                Self::Numbers(Millionths::try_from(number).map(|n| (n, 1)).into_iter().collect())
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
                if let Ok(number) = Millionths::try_from(number) {
                    *numbers.entry(number).or_default() += 1;
                }
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
            (Self::Numbers(mine), Self::Numbers(theirs)) => {
                for (number, n) in theirs {
                    *mine.entry(*number).or_default() += n;
                }
            }
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
            Self::Numbers(numbers) => rounded(median(numbers)),
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
