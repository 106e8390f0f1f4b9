//! Indicators that follow from other indicators.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::Engine;
use super::cells::{CellValue, Counted};
use super::values::{Spot, Values};
use crate::cube::round;
use crate::definition::{Classify, Definition, Measure, Rate, Share};

/// The indicator whose categories a derived one has.
pub(super) fn follows_from(definition: &Definition) -> Option<&str> {
    match &definition.measure {
        Measure::Share(share) => Some(&share.whole),
        Measure::Rate(rate) => Some(&rate.of),
        _ => None,
    }
}

pub(super) fn values(
    engine: &Engine,
    definition: &Definition,
    of_all: &[Values],
    counted: &Counted,
) -> Values {
    let decimals = definition.decimals.unwrap_or(1);
    let find = |name: &str| engine.position(name).map(|n| &of_all[n]);
    match &definition.measure {
        Measure::Share(share) => match (find(&share.of), find(&share.whole)) {
            (Some(of), Some(whole)) => shares(share, of, whole, decimals),
            _ => Values::default(),
        },
        Measure::Rate(rate) => {
            find(&rate.of).map_or_else(Values::default, |of| rates(engine, rate, of, decimals))
        }
        Measure::Classify(classify) => classes(engine, definition, classify, of_all, counted),
        _ => Values::default(),
    }
}

/// A share exists where the whole is not zero; a part that is absent is zero.
fn shares(share: &Share, of: &Values, whole: &Values, decimals: u32) -> Values {
    let ratio = |(spot, whole): (&Spot, &CellValue)| {
        let part = of.get(spot).and_then(CellValue::as_number).unwrap_or_default();
        let ratio = part.checked_mul(Decimal::from(share.per))?.checked_div(whole.as_number()?)?;
        Some((*spot, CellValue::Number(round(ratio, decimals))))
    };
    whole.iter().filter_map(ratio).collect()
}

/// A rate exists where the population is known and not zero.
fn rates(engine: &Engine, rate: &Rate, of: &Values, decimals: u32) -> Values {
    let ratio = |(spot, of): (&Spot, &CellValue)| {
        let unit = engine.units.get(spot.1 as usize)?;
        let population = Decimal::from(*engine.setup.population.get(unit)?);
        let per = Decimal::from(rate.per);
        let ratio = of.as_number()?.checked_mul(per)?.checked_div(population)?;
        Some((*spot, CellValue::Number(round(ratio, decimals))))
    };
    of.iter().filter_map(ratio).collect()
}

/// A text for each place that any of the numbers can be of, in each period that is asked for. A
/// number of which nothing was counted is zero; categories are summed.
fn classes(
    engine: &Engine,
    definition: &Definition,
    classify: &Classify,
    of_all: &[Values],
    counted: &Counted,
) -> Values {
    let mut units = BTreeSet::new();
    let mut sums: BTreeMap<&str, BTreeMap<(u16, u32), Decimal>> = BTreeMap::new();
    for (name, indicator) in &classify.numbers {
        let Some(n) = engine.position(indicator) else { continue };
        units.extend(engine.reachable(n));
        let sum = sums.entry(name).or_default();
        for ((period, unit, _), value) in of_all[n].iter() {
            if let Some(number) = value.as_number() {
                *sum.entry((*period, *unit)).or_default() += number;
            }
        }
    }
    let mut values = Vec::new();
    for period in engine.periods(definition, counted) {
        for &unit in &units {
            let number = |name: &str| {
                sums.get(name).map(|sum| sum.get(&(period, unit)).copied().unwrap_or_default())
            };
            let rule = classify.rules.iter().find(|rule| rule.when.holds(number));
            let text = rule.map(|rule| &rule.value).or(classify.otherwise.as_ref());
            if let Some(text) = text {
                values.push(((period, unit, 0), CellValue::Text(text.clone())));
            }
        }
    }
    values.into_iter().collect()
}
