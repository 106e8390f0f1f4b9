//! Where a record stands is what an explanation says, and together what was counted.

use std::collections::BTreeMap;

use indicators::{
    CellKey, Definition, Engine, Measure, Outcome, Reason, Source, Standing, Timing, Tracer,
};
use proptest::prelude::*;

use crate::laws::{count, laws_engine, people, records};
use crate::naive::{four_places, three_weeks};
use crate::outbreak::outbreak;
use crate::recorded::engine;

/// Whether it depends on other records which of a person's records count.
fn is_decided_by_others(definition: &Definition) -> bool {
    definition.only.is_some() && !definition.from.is_person()
}

/// What standings come to.
#[derive(Default)]
struct Sums {
    cells: BTreeMap<CellKey, u64>,
    counted: BTreeMap<String, u64>,
    left_out: BTreeMap<(String, Reason), u64>,
}

impl Sums {
    fn add(&mut self, standing: Standing<'_>, engine: &Engine) {
        let name = standing.indicator.to_owned();
        match standing.outcome {
            Outcome::Counted(cells) | Outcome::CountedBefore(cells) => {
                *self.counted.entry(name).or_default() += 1;
                for cell in cells.into_iter().flat_map(|cell| told(cell, engine)) {
                    *self.cells.entry(cell).or_default() += 1;
                }
            }
            Outcome::CountedUnlessAnother(_) => *self.counted.entry(name).or_default() += 1,
            Outcome::LeftOut(reason) => {
                *self.left_out.entry((name, reason)).or_default() += 1;
            }
        }
    }
}

/// The cells in which a record shows: for a cumulative count also those of later periods.
fn told(cell: CellKey, engine: &Engine) -> Vec<CellKey> {
    let definition = engine.definition(&cell.indicator).expect("an indicator of the engine");
    if definition.timing != Timing::Cumulative {
        return vec![cell];
    }
    let periods = engine.timeline().periods();
    let from = periods.iter().position(|period| period.id == cell.period).unwrap_or(0);
    let at =
        |period: &indicators::PeriodSpan| CellKey { period: period.id.clone(), ..cell.clone() };
    periods[from..].iter().map(at).collect()
}

/// Every indicator that counts, told by one tracer for all records.
fn sums(engine: &Engine, tracer: &mut Tracer<'_>, all: &[(Source, Vec<u8>)]) -> Sums {
    let mut sums = Sums::default();
    for (source, record) in all {
        for standing in tracer.standings(*source, record) {
            sums.add(standing, engine);
        }
    }
    sums
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn standings_are_together_what_is_counted(seed: u64) {
        let (engine, outbreak) = (laws_engine(), outbreak(seed));
        let people = people(&engine, &outbreak);
        let in_order = records(&outbreak);
        let cube = count(&engine, &people, &in_order);
        let all: Vec<(Source, Vec<u8>)> = in_order
            .iter()
            .map(|(source, record)| (*source, record.to_string().into_bytes()))
            .collect();
        let sums = sums(&engine, &mut engine.tracer(&people), &all);

        for account in engine.accounts(&cube) {
            let definition = engine.definition(&account.indicator).expect("an indicator");
            let counted = sums.counted.get(&account.indicator).copied().unwrap_or(0);
            if is_decided_by_others(definition) {
                prop_assert!(account.counted <= counted, "{}", account.indicator);
                continue;
            }
            prop_assert_eq!(account.counted, counted, "{}", &account.indicator);
            for reason in Reason::ALL {
                let told = sums.left_out.get(&(account.indicator.clone(), reason));
                prop_assert_eq!(
                    account.left_out.get(&reason).copied().unwrap_or(0),
                    told.copied().unwrap_or(0),
                    "{} {}", &account.indicator, reason
                );
            }
        }

        let is_sum = |indicator: &str| {
            let definition = engine.definition(indicator).expect("an indicator");
            definition.measure == Measure::Count && !is_decided_by_others(definition)
        };
        let cells: BTreeMap<CellKey, u64> = engine
            .cells(&cube)
            .iter()
            .filter(|cell| is_sum(&cell.indicator))
            .map(|cell| {
                let n = cell.value.as_number().and_then(|n| n.try_into().ok());
                (CellKey::from(cell), n.expect("a whole number"))
            })
            .filter(|(_, n)| *n > 0)
            .collect();
        let told: BTreeMap<CellKey, u64> =
            sums.cells.into_iter().filter(|(cell, _)| is_sum(&cell.indicator)).collect();
        prop_assert_eq!(told, cells);
    }

    /// One tracer for all records says what a fresh look at each of them says.
    #[test]
    fn standings_are_what_is_explained(seed: u64) {
        let (engine, outbreak) = (laws_engine(), outbreak(seed));
        let people = people(&engine, &outbreak);
        let mut tracer = engine.tracer(&people);
        for (source, record) in records(&outbreak) {
            let record = record.to_string();
            let explained: Vec<(String, Outcome)> = engine
                .explain_record(source, record.as_bytes(), &people)
                .into_iter()
                .map(|explanation| (explanation.indicator, explanation.outcome))
                .collect();
            let told: Vec<(String, Outcome)> = tracer
                .standings(source, record.as_bytes())
                .into_iter()
                .map(|mut standing| {
                    if let Outcome::Counted(cells) | Outcome::CountedBefore(cells) =
                        &mut standing.outcome
                    {
                        cells.dedup();
                    }
                    (standing.indicator.to_owned(), standing.outcome)
                })
                .collect();
            prop_assert_eq!(told, explained);
        }
    }
}

#[test]
fn a_cell_is_told_as_often_as_a_record_adds_to_it() {
    let definitions = r#"
        [[value]]
        indicator = "Admissions"
        each = "dateRanges"
        date = "dateRanges.startDate"
    "#;
    let engine = engine(definitions, three_weeks(), four_places());
    let people = engine.people();
    let mut tracer = engine.tracer(&people);
    let case = br#"{"usualPlaceOfResidenceLocationId":"a","dateRanges":[
        {"startDate":"2020-12-21"},{"startDate":"2020-12-28"},{"startDate":"2020-12-22"}]}"#;
    let mut periods = |case: &[u8]| match &tracer.standings(Source::Cases, case)[..] {
        [Standing { outcome: Outcome::Counted(cells), .. }] => {
            cells.iter().map(|cell| cell.period.clone()).collect()
        }
        other => panic!("{other:?}"),
    };
    let twice: Vec<String> = periods(case);
    assert_eq!(twice, ["2020W52", "2020W52", "2020W53"]);
    // Nothing is left of the record before.
    assert_eq!(periods(case), twice);
    assert!(tracer.standings(Source::Contacts, case).is_empty());
    let unreadable = tracer.standings(Source::Cases, b"[]");
    assert_eq!(unreadable[0].outcome, Outcome::LeftOut(Reason::Unreadable));
}

/// A sum over time holds what was before the first period.
#[test]
fn a_record_before_the_first_period_stands_there() {
    let config = "[[value]]\nindicator = \"sum\"\norg_unit = \"A\"\ntiming = \"cumulative\"";
    let engine = engine(config, three_weeks(), four_places());
    let people = engine.people();
    let mut tracer = engine.tracer(&people);
    for (day, period) in [("2020-11-02", ""), ("2020-12-24", "2020W52")] {
        let record = format!(r#"{{"id":"1","dateOfReporting":"{day}"}}"#);
        let outcome = tracer.standings(Source::Cases, record.as_bytes()).remove(0).outcome;
        let cell = CellKey {
            indicator: "sum".into(),
            period: period.into(),
            org_unit: "A".into(),
            categories: BTreeMap::new(),
        };
        let expected = match period {
            "" => Outcome::CountedBefore(vec![cell]),
            _ => Outcome::Counted(vec![cell]),
        };
        assert_eq!(outcome, expected);
    }
}
