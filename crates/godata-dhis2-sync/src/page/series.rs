//! Counted values as lines of a table: an indicator's value in each period, for each organisation unit and in all.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::model::{Indicator, Report};

/// The values of one indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Series {
    /// The indicator's name.
    pub indicator: String,
    /// Sums over the organisation units; nothing where sums mean nothing.
    pub total: Option<Line>,
    /// By organisation unit, the largest sum first; where sums mean nothing, by name.
    pub units: Vec<Line>,
}

/// The values of one place, or of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Name of the organisation unit.
    pub name: String,
    /// One entry a period; nothing where there is no value, which is not zero.
    pub values: Vec<Option<Decimal>>,
}

impl Line {
    /// The sum over all periods.
    pub(super) fn sum(&self) -> Decimal {
        self.values.iter().flatten().sum()
    }

    /// The largest value and the index of the first period that has it.
    pub(super) fn peak(&self) -> Option<(usize, Decimal)> {
        self.values.iter().enumerate().filter_map(|(i, value)| Some((i, (*value)?))).fold(
            None,
            |peak: Option<(usize, Decimal)>, (i, value)| match peak {
                Some((_, highest)) if highest >= value => peak,
                _ => Some((i, value)),
            },
        )
    }
}

impl Series {
    /// The series of an indicator; nothing where it has no number that can be drawn: no value at all, text, a
    /// number below zero, or a rate that is split by category, whose parts make no whole.
    pub(super) fn of(report: &Report, indicator: &Indicator) -> Option<Self> {
        let places: BTreeMap<&str, usize> =
            report.periods.iter().enumerate().map(|(i, period)| (period.id.as_str(), i)).collect();
        let mut by_unit: BTreeMap<&str, Vec<Option<Decimal>>> = BTreeMap::new();
        for value in report.values.iter().filter(|value| value.indicator == indicator.name) {
            let Some(&at) = places.get(value.period.as_str()) else { continue };
            let number: Decimal = value
                .value
                .parse()
                .ok()
                .filter(|n: &Decimal| !n.is_sign_negative() || n.is_zero())?;
            let slot = &mut by_unit
                .entry(value.org_unit.as_str())
                .or_insert_with(|| vec![None; report.periods.len()])[at];
            *slot = match *slot {
                Some(_) if !indicator.adds_up => return None,
                before => Some(before.unwrap_or_default().checked_add(number)?),
            };
        }
        if by_unit.is_empty() {
            return None;
        }
        let mut units: Vec<Line> = by_unit
            .into_iter()
            .map(|(name, values)| Line { name: name.to_owned(), values })
            .collect();
        let total = indicator.adds_up.then(|| sum(&units, report.periods.len()));
        if indicator.adds_up {
            units.sort_by_key(|line| std::cmp::Reverse(line.sum())); // stable: equal sums stay in order of name
        }
        Some(Self { indicator: indicator.name.clone(), total, units })
    }

    /// Whether no period has a value above zero.
    pub(super) fn is_flat(&self) -> bool {
        self.units.iter().flat_map(|line| &line.values).flatten().all(Decimal::is_zero)
    }
}

fn sum(units: &[Line], n_periods: usize) -> Line {
    let mut values = vec![None; n_periods];
    for (slot, value) in units.iter().flat_map(values_of) {
        let total: &mut Option<Decimal> = &mut values[slot];
        *total = Some(total.unwrap_or_default() + value);
    }
    Line { name: "All".to_owned(), values }
}

/// The values that a line has, with the index of their period.
fn values_of(line: &Line) -> impl Iterator<Item = (usize, Decimal)> {
    line.values.iter().enumerate().filter_map(|(i, value)| Some((i, (*value)?)))
}
