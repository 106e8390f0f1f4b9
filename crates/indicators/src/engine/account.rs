//! Nobody disappears: counted and left out are together what was read.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Engine;
use super::compile::Compiled;
use crate::Source;
use crate::cube::{Amount, Candidate, Counter, Cube, Key};
use crate::definition::Only;
use crate::reason::Reason;
use crate::timeline::Place;

/// What became of the records of an indicator.
///
/// `counted` and all of `left_out` are together exactly `read`. A record of which any occurrence is
/// in a cell is counted; another one is left out, for the reason of its occurrence that came
/// furthest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The indicator.
    pub indicator: String,
    /// The kind of its records.
    pub source: Source,
    /// How many records were read.
    pub read: u64,
    /// How many of them are in a cell.
    pub counted: u64,
    /// How many are in none, by reason.
    pub left_out: BTreeMap<Reason, u64>,
}

/// How many records of an indicator were left out for one reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LeftOut {
    /// The indicator.
    pub indicator: String,
    /// The reason.
    pub reason: Reason,
    /// How many records.
    pub n: u64,
}

impl Engine {
    /// What became of the records of each counting indicator, in the order of the definitions.
    #[must_use]
    pub fn accounts(&self, cube: &Cube) -> Vec<Account> {
        let mut counters = cube.accounts.clone();
        for (&(indicator, _), candidates) in &cube.candidates {
            let n = usize::from(indicator);
            settle(self, n, candidates, &mut counters[n], |_, _| {});
        }
        let definitions = self.setup.definitions.iter().zip(&self.compiled).zip(counters);
        definitions
            .filter(|((_, compiled), _)| matches!(compiled, Compiled::Counting(_)))
            .map(|((definition, _), counter)| Account {
                indicator: definition.indicator.clone(),
                source: definition.from,
                read: cube.read(definition.from),
                counted: counter.counted,
                left_out: Reason::ALL
                    .into_iter()
                    .zip(counter.left_out)
                    .filter(|(_, n)| *n > 0)
                    .collect(),
            })
            .collect()
    }

    /// How many records were left out, by indicator and reason, in the order of the definitions.
    #[must_use]
    pub fn left_out(&self, cube: &Cube) -> Vec<LeftOut> {
        let accounts = self.accounts(cube).into_iter();
        accounts
            .flat_map(|account| {
                let indicator = account.indicator;
                account.left_out.into_iter().map(move |(reason, n)| LeftOut {
                    indicator: indicator.clone(),
                    reason,
                    n,
                })
            })
            .collect()
    }
}

/// Decides which of a person's occurrences counts, notes it, and hands over what counts.
pub(super) fn settle(
    engine: &Engine,
    indicator: usize,
    candidates: &[Candidate],
    counter: &mut Counter,
    mut on_counted: impl FnMut(Key, &Amount),
) {
    let only = engine.setup.definitions[indicator].only;
    let timeline = &engine.setup.timeline;
    // Of equal days the one that is less in every other respect counts: a rule that does not
    // depend on the order of reading.
    let mut sorted: Vec<&Candidate> = candidates.iter().collect();
    sorted.sort_unstable();
    let last_day = sorted.last().map(|candidate| candidate.day);
    let mut chosen = false;
    let mut chosen_periods: Vec<Place> = Vec::new();
    for candidate in sorted {
        let beaten = match only {
            Some(Only::Last) => {
                (chosen || Some(candidate.day) != last_day).then_some(Reason::NotLast)
            }
            Some(Only::OnePerPersonAndPeriod) => {
                let period = timeline.place_of(candidate.day);
                let beaten = chosen_periods.contains(&period);
                chosen_periods.push(period);
                beaten.then_some(Reason::SamePersonAndPeriod)
            }
            Some(Only::First) | None => chosen.then_some(Reason::NotFirst),
        };
        match (beaten, &candidate.outcome) {
            (Some(reason), _) => counter.left_out[reason as usize] += 1,
            (None, outcome) => {
                chosen = true;
                match outcome {
                    Ok((key, amount)) => {
                        counter.counted += 1;
                        on_counted(*key, amount);
                    }
                    Err(reason) => counter.left_out[*reason as usize] += 1,
                }
            }
        }
    }
}
