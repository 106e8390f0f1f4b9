//! Where one record after another stands, told without steps.

use super::Engine;
use super::compile::{Compiled, Plan};
use super::count::Counter;
use super::explain::{CellKey, Outcome};
use crate::Source;
use crate::cube::{Cube, Key};
use crate::people::People;
use crate::reason::Reason;

/// What became of one record in one indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing<'e> {
    /// The indicator.
    pub indicator: &'e str,
    /// What came of it.
    ///
    /// Of an indicator that counts, a cell is there as often as the record adds to it: two tests of
    /// one person in one week are twice the same cell. Other measures name it once.
    pub outcome: Outcome,
}

/// Tells of one record after another where it counts, or why it does not.
///
/// It is the code that counts, for one record at a time and with its memory kept, so it costs about
/// as much as counting; [`Engine::explain_record`] says how it came about, which costs far more.
///
/// # Examples
///
/// ```
/// use indicators::{
///     Definition, Engine, Location, Outcome, PeriodSpan, Places, Reason, RollUp, Setup, Source, Timeline,
/// };
/// # let day = |text: &str| text.parse().expect("a day");
/// # let week = PeriodSpan { id: "2020W30".into(), first_day: day("2020-07-20"), last_day: day("2020-07-26") };
/// # let place = Location { id: "a".into(), org_unit: Some("DistrictA".into()), ..Location::default() };
/// # let mut setup = Setup::new(Timeline::new(vec![week])?, Places::new(vec![place], RollUp::default()));
/// # setup.definitions.push(Definition::new("Cases"));
/// # let engine = Engine::compile(setup)?;
///
/// let people = engine.people();
/// let mut tracer = engine.tracer(&people);
/// let there = br#"{"dateOfReporting":"2020-07-24","usualPlaceOfResidenceLocationId":"a"}"#;
/// let standings = tracer.standings(Source::Cases, there);
/// assert_eq!(standings[0].indicator, "Cases");
/// assert!(matches!(&standings[0].outcome, Outcome::Counted(cells) if cells[0].org_unit == "DistrictA"));
/// let nowhere = tracer.standings(Source::Cases, br#"{"dateOfReporting":"2020-07-24"}"#);
/// assert_eq!(nowhere[0].outcome, Outcome::LeftOut(Reason::NoPlace));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Tracer<'e> {
    engine: &'e Engine,
    counter: Counter<'e>,
}

impl Engine {
    /// Something that tells where records stand: one for each thread.
    #[must_use]
    pub fn tracer<'e>(&'e self, people: &'e People) -> Tracer<'e> {
        Tracer { engine: self, counter: Counter::new(self, people).without_findings() }
    }
}

impl<'e> Tracer<'e> {
    /// What became of a record in each indicator of its source, in the order of the definitions;
    /// nothing for a source that no indicator counts.
    #[must_use]
    pub fn standings(&mut self, source: Source, record: &[u8]) -> Vec<Standing<'e>> {
        let Some(plan) = self.engine.plans.get(&source) else { return Vec::new() };
        self.counter.push(source, record);
        let standings = self.engine.standings_in(plan, self.counter.cube());
        self.counter.forget();
        standings
    }
}

impl Engine {
    /// What a cube says that holds one record.
    fn standings_in(&self, plan: &Plan, cube: &Cube) -> Vec<Standing<'_>> {
        let counts = cube.counts.iter().map(|(key, n)| (*key, *n));
        let open = cube.open_intervals(self.setup.timeline.len()).into_iter();
        let other = cube.tallies.keys().map(|key| (*key, 1));
        let mut keys: Vec<(Key, u64)> = counts.chain(open).chain(other).collect();
        keys.sort_unstable();
        let of = |&n: &usize| {
            let Compiled::Counting(_) = &self.compiled[n] else { return None };
            let from = keys.partition_point(|(key, _)| usize::from(key.indicator) < n);
            let to = keys.partition_point(|(key, _)| usize::from(key.indicator) <= n);
            let indicator = self.setup.definitions[n].indicator.as_str();
            Some(Standing { indicator, outcome: self.outcome(n, cube, &keys[from..to]) })
        };
        plan.indicators.iter().filter_map(of).collect()
    }

    fn outcome(&self, n: usize, cube: &Cube, mine: &[(Key, u64)]) -> Outcome {
        if let Some((first, _)) = mine.first() {
            let mut cells = Vec::with_capacity(mine.len());
            for (key, times) in mine {
                let cell = self.cell_key(n, cube, *key);
                cells.extend((1..*times).map(|_| cell.clone()));
                cells.push(cell);
            }
            return match first.period {
                0 => Outcome::CountedBefore(cells),
                _ => Outcome::Counted(cells),
            };
        }
        let candidates = cube.candidates.iter().filter(|((i, _), _)| usize::from(*i) == n);
        if let Some(candidate) = candidates.flat_map(|(_, all)| all).next() {
            return match &candidate.outcome {
                Ok((key, _)) => Outcome::CountedUnlessAnother(self.cell_key(n, cube, *key)),
                Err(reason) => Outcome::LeftOut(*reason),
            };
        }
        let left_out = cube.accounts[n].left_out;
        let reason = Reason::ALL.into_iter().zip(left_out).find(|(_, n)| *n > 0);
        Outcome::LeftOut(reason.map_or(Reason::Unreadable, |(reason, _)| reason))
    }

    fn cell_key(&self, n: usize, cube: &Cube, key: Key) -> CellKey {
        let period = usize::from(key.period).checked_sub(1);
        CellKey {
            indicator: self.setup.definitions[n].indicator.clone(),
            period: period.map_or("", |period| self.setup.timeline.id(period)).to_owned(),
            org_unit: self.units.get(key.unit as usize).cloned().unwrap_or_default(),
            categories: self.category_texts(n, cube, key.categories),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{Definition, PeriodSpan, Places, QualityRules, RollUp, Setup, Timeline};

    #[test]
    fn who_tells_where_a_record_stands_looks_for_nothing_else() {
        let day = |text: &str| text.parse().expect("a day");
        let week = PeriodSpan {
            id: "2020W53".into(),
            first_day: day("2020-12-28"),
            last_day: day("2021-01-03"),
        };
        let timeline = Timeline::new(vec![week]).expect("one week");
        let mut setup = Setup::new(timeline, Places::new(Vec::new(), RollUp::NearestMapped));
        setup.definitions.push(Definition::new("cases"));
        setup.quality = Some(QualityRules {
            today: day("2021-01-03"),
            outbreak_start: None,
            reference_ids: BTreeSet::new(),
            every_record: true,
        });
        let engine = Engine::compile(setup).expect("good definitions");
        let people = engine.people();
        let has_findings = |counter: &mut Counter<'_>| {
            counter.push(Source::Cases, br#"{"id":"without a date"}"#);
            !counter.cube().findings.is_empty()
        };

        assert!(has_findings(&mut engine.counter(&people)));
        assert!(!has_findings(&mut engine.tracer(&people).counter));
    }
}
