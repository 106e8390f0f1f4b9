//! What holds for every outbreak, however it is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use indicators::{Account, ArrayError, Cube, CubeError, Engine, Source};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::naive::{cells, four_places, naive_engine, three_weeks};
use crate::outbreak::{Dice, Outbreak, outbreak};
use crate::recorded::{assert_conserved, engine};

/// Every counting indicator of `naive.toml`, and breakdowns whose options are not known beforehand.
pub(crate) fn laws_engine() -> Engine {
    let open = r#"
        [[value]]
        indicator = "by whatever comes"
        by = { Gender = "gender", Occupation = "occupation", District = "district" }

        [breakdown.district]
        field = "usualPlaceOfResidenceLocationId"
        level = "none"
        other = "elsewhere"
        missing = "nowhere"
    "#;
    engine(&format!("{}{open}", include_str!("naive.toml")), three_weeks(), four_places())
}

pub(crate) fn people(engine: &Engine, outbreak: &Outbreak) -> indicators::People {
    let mut people = engine.people();
    for record in &outbreak.cases {
        people.push(engine, Source::Cases, record.to_string().as_bytes());
    }
    for record in &outbreak.contacts {
        people.push(engine, Source::Contacts, record.to_string().as_bytes());
    }
    people
}

pub(crate) fn records(outbreak: &Outbreak) -> Vec<(Source, &Value)> {
    let mut all: Vec<(Source, &Value)> = Vec::new();
    all.extend(outbreak.cases.iter().map(|record| (Source::Cases, record)));
    all.extend(outbreak.lab_results.iter().map(|record| (Source::LabResults, record)));
    all.extend(outbreak.relationships.iter().map(|record| (Source::Relationships, record)));
    all
}

pub(crate) fn count(
    engine: &Engine,
    people: &indicators::People,
    records: &[(Source, &Value)],
) -> Cube {
    let mut counter = engine.counter(people);
    for (source, record) in records {
        counter.push(*source, record.to_string().as_bytes());
    }
    counter.into_cube()
}

fn merged(mut left: Cube, right: Cube) -> Cube {
    left.merge(right).unwrap();
    left
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Paging, order and threads are the caller's business; the numbers must not depend on them.
    #[test]
    fn order_and_splitting_do_not_matter(seed: u64, shuffle: u64, parts in 1_usize..5) {
        let (engine, outbreak) = (laws_engine(), outbreak(seed));
        let people = people(&engine, &outbreak);
        let in_order = records(&outbreak);
        let whole = count(&engine, &people, &in_order);

        let mut dice = Dice(shuffle);
        let mut shuffled = in_order;
        dice.shuffle(&mut shuffled);
        let mut joined = engine.cube();
        for part in shuffled.chunks(shuffled.len().div_ceil(parts).max(1)) {
            joined.merge(count(&engine, &people, part)).unwrap();
        }
        prop_assert_eq!(joined.to_bytes(), whole.to_bytes());
        prop_assert_eq!(engine.cells(&joined), engine.cells(&whole));
        prop_assert!(joined == whole);
    }

    #[test]
    fn merging_is_associative_and_commutative_with_a_neutral_element(a: u64, b: u64, c: u64) {
        let engine = laws_engine();
        let cube = |seed| {
            let outbreak = outbreak(seed);
            count(&engine, &people(&engine, &outbreak), &records(&outbreak))
        };
        let (a, b, c) = (cube(a), cube(b), cube(c));
        let left = merged(merged(a.clone(), b.clone()), c.clone());
        let right = merged(a.clone(), merged(b.clone(), c));
        prop_assert_eq!(left.to_bytes(), right.to_bytes());
        prop_assert_eq!(merged(a.clone(), b.clone()).to_bytes(), merged(b, a.clone()).to_bytes());
        prop_assert_eq!(merged(engine.cube(), a.clone()).to_bytes(), a.to_bytes());
        prop_assert!(merged(a.clone(), engine.cube()) == a);
    }

    /// Nobody disappears: counted and left out are together what was read.
    #[test]
    fn every_record_is_accounted_for(seed: u64, n_bad in 0_u64..3) {
        let (engine, outbreak) = (laws_engine(), outbreak(seed));
        let people = people(&engine, &outbreak);
        let mut counter = engine.counter(&people);
        for (source, record) in records(&outbreak) {
            counter.push(source, record.to_string().as_bytes());
        }
        for _ in 0..n_bad {
            counter.push(Source::Cases, br#"{"id": }"#);
        }
        let cube = counter.into_cube();
        assert_conserved(&engine, &cube);
        prop_assert_eq!(cube.read(Source::Cases), outbreak.cases.len() as u64 + n_bad);
        prop_assert_eq!(cube.bad(Source::Cases), n_bad);
        let accounts = engine.accounts(&cube);
        let of = |name: &str| accounts.iter().find(|a| a.indicator == name).unwrap();
        let sum: Decimal = engine
            .cells(&cube)
            .iter()
            .filter(|cell| &*cell.indicator == "reported")
            .filter_map(|cell| cell.value.as_number())
            .sum();
        prop_assert_eq!(Decimal::from(of("reported").counted), sum);
    }

    /// A cube that was stored is the cube that was counted.
    #[test]
    fn a_stored_cube_comes_back(seed: u64) {
        let (engine, outbreak) = (laws_engine(), outbreak(seed));
        let cube = count(&engine, &people(&engine, &outbreak), &records(&outbreak));
        let back = engine.read_cube(&cube.to_bytes()).unwrap();
        prop_assert!(back == cube);
        prop_assert_eq!(engine.cells(&back), engine.cells(&cube));
    }

    /// The cumulative count is the sum of the new ones, those before the window included.
    #[test]
    fn cumulative_is_the_sum_of_new(seed: u64) {
        let both = r#"
            [[value]]
            indicator = "so far"
            timing = "cumulative"
            zero = "write"
            [[value]]
            indicator = "new"
            zero = "write"
        "#;
        let early = crate::recorded::weeks("2020-11-30", "2021-01-04");
        let long = engine(both, early, four_places());
        let short = engine(both, three_weeks(), four_places());
        let outbreak = outbreak(seed);
        let values = |engine: &Engine| {
            let cube = count(engine, &engine.people(), &records(&outbreak));
            cells(engine, &cube)
        };
        let (long, short) = (values(&long), values(&short));
        for unit in ["A", "B"] {
            let mut sum = 0;
            for week in ["2020W49", "2020W50", "2020W51", "2020W52", "2020W53", "2021W1"] {
                sum += long[&format!("new|{week}|{unit}|")].parse::<u64>().unwrap();
                prop_assert_eq!(&long[&format!("so far|{week}|{unit}|")], &sum.to_string());
                if let Some(so_far) = short.get(&format!("so far|{week}|{unit}|")) {
                    prop_assert_eq!(so_far, &sum.to_string());
                }
            }
        }
    }

    /// A breakdown in which everybody has an option loses nobody.
    #[test]
    fn totals_over_a_breakdown_are_the_figure_without_it(seed: u64) {
        let definitions = r#"
            [[value]]
            indicator = "whole"
            [[value]]
            indicator = "split"
            by = { Age = "age_group", Sex = "sex", Job = "job" }
            [breakdown.age_group]
            field = "age"
            bands = ["0-4", "5-17"]
            other = "older"
            missing = "?"
            [breakdown.sex]
            field = "gender"
            values = ["FEMALE"]
            other = "other"
            missing = "other"
            [breakdown.job]
            field = "occupation"
            missing = "?"
        "#;
        let (engine, outbreak) = (engine(definitions, three_weeks(), four_places()), outbreak(seed));
        let cube = count(&engine, &engine.people(), &records(&outbreak));
        let mut sums: BTreeMap<(&str, Arc<str>, Arc<str>), Decimal> = BTreeMap::new();
        let cells = engine.cells(&cube);
        for cell in &cells {
            let key = (&*cell.indicator, cell.period.clone(), cell.org_unit.clone());
            *sums.entry(key).or_default() += cell.value.as_number().unwrap();
        }
        let of = |name: &str| -> Vec<_> {
            let mine = sums.iter().filter(|(key, _)| key.0 == name);
            mine.map(|(key, sum)| ((key.1.clone(), key.2.clone()), *sum)).collect()
        };
        prop_assert_eq!(of("split"), of("whole"));
    }

    /// Portions of a file are as good as the whole, wherever they are cut.
    #[test]
    fn portions_of_any_size_give_the_same(seed: u64, sizes in prop::collection::vec(1_usize..300, 1..20)) {
        let (engine, outbreak) = (naive_engine(), outbreak(seed));
        let people = people(&engine, &outbreak);
        let text = serde_json::to_vec(&outbreak.cases).unwrap();
        let mut whole = engine.counter(&people);
        whole.push_array(Source::Cases, &text).unwrap();

        let mut portions = engine.counter(&people);
        let mut feed = portions.feed(Source::Cases);
        let mut rest = text.as_slice();
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let space = feed.space();
            let n = (*size).min(rest.len()).min(space.len());
            space[..n].copy_from_slice(&rest[..n]);
            feed.filled(n).unwrap();
            rest = &rest[n..];
        }
        prop_assert_eq!(feed.finish().unwrap(), outbreak.cases.len() as u64);
        prop_assert!(portions.into_cube() == whole.into_cube());
    }

    /// Readers that share a file between them count each record once, wherever they come in.
    #[test]
    fn readers_of_parts_count_what_one_reader_counts(
        seed: u64,
        pretty: bool,
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
        portion in 1_usize..500,
    ) {
        let (engine, outbreak) = (naive_engine(), outbreak(seed));
        let people = people(&engine, &outbreak);
        let text = match pretty {
            true => serde_json::to_vec_pretty(&outbreak.cases).unwrap(),
            false => serde_json::to_vec(&outbreak.cases).unwrap(),
        };
        let mut whole = engine.counter(&people);
        whole.push_array(Source::Cases, &text).unwrap();

        let place = |cut: &prop::sample::Index| {
            let mut place = cut.index(text.len());
            while place > 0 && text[place - 1] == b'\\' {
                place -= 1;
            }
            place
        };
        let mut bounds: Vec<usize> = std::iter::once(0).chain(cuts.iter().map(place)).collect();
        bounds.push(text.len());
        bounds.sort_unstable();
        bounds.dedup();
        let mut entry = indicators::Entry::default();
        let mut joined = engine.cube();
        let mut n_records = 0;
        for pair in bounds.windows(2) {
            let (from, until) = (pair[0], pair[1]);
            let mut counter = engine.counter(&people);
            let last = until == text.len();
            let mut feed = counter.feed_part(
                Source::Cases, entry, from as u64, (!last).then_some(until as u64),
            );
            for portion in text[from..].chunks(portion) {
                feed.space()[..portion.len()].copy_from_slice(portion);
                feed.filled(portion.len()).unwrap();
                if feed.is_done() {
                    break;
                }
            }
            n_records += feed.finish().unwrap();
            joined.merge(counter.into_cube()).unwrap();
            let mut stretch = indicators::Stretch::default();
            text[from..until].chunks(portion).for_each(|portion| stretch.add(portion));
            entry = entry.after(&stretch);
        }
        prop_assert_eq!(n_records, outbreak.cases.len() as u64);
        prop_assert!(joined == whole.into_cube());
        prop_assert_eq!(entry, indicators::Entry::default());
    }

    /// The order in which persons are read does not matter, nor how they are split.
    #[test]
    fn the_order_of_people_does_not_matter(seed: u64, shuffle: u64) {
        let (engine, outbreak) = (naive_engine(), outbreak(seed));
        // One more record for an id that is there already.
        let mut everyone: Vec<(Source, &Value)> =
            outbreak.cases.iter().map(|record| (Source::Cases, record)).collect();
        everyone.extend(outbreak.contacts.iter().map(|record| (Source::Contacts, record)));
        everyone.extend(outbreak.cases.iter().map(|record| (Source::Contacts, record)));
        let fill = |everyone: &[(Source, &Value)]| {
            let mut people = engine.people();
            for (source, record) in everyone {
                people.push(&engine, *source, record.to_string().as_bytes());
            }
            people
        };
        let in_order = fill(&everyone);
        let mut dice = Dice(shuffle);
        dice.shuffle(&mut everyone);
        let (one, other) = everyone.split_at(dice.below(everyone.len() + 1));
        let mut joined = fill(one);
        joined.merge(&fill(other));
        prop_assert_eq!(in_order.len(), joined.len());
        let records = records(&outbreak);
        prop_assert!(count(&engine, &in_order, &records) == count(&engine, &joined, &records));
    }

    /// Each record that counts in a cell says so, and the cells that are explained add up.
    #[test]
    fn explanations_add_up_to_the_cells(seed: u64) {
        let (engine, outbreak) = (laws_engine(), outbreak(seed));
        let people = people(&engine, &outbreak);
        let cube = count(&engine, &people, &records(&outbreak));
        for name in ["confirmed", "deaths so far", "in hospital", "first admissions", "by whatever comes"] {
            for cell in engine.cells(&cube).iter().filter(|cell| &*cell.indicator == name) {
                let explains = |record: &&Value| {
                    let text = record.to_string();
                    let key = indicators::CellKey::from(cell);
                    engine.explain_cell(&key, Source::Cases, text.as_bytes(), &people).is_some()
                };
                let n = outbreak.cases.iter().filter(explains).count();
                prop_assert_eq!(cell.value.to_string(), n.to_string(), "{:?}", cell);
            }
        }
    }

    /// What is asked of the server leaves out no record that is in a cell.
    #[test]
    fn the_condition_for_the_server_loses_nobody(seed: u64) {
        let outbreak = outbreak(seed);
        for definition in [
            r#"where = { classification = "CONFIRMED", "dateRanges.typeId" = { neq = "ISOLATION" } }"#,
            r#"where = { or = [{ gender = "MALE" }, { "age.years" = { gte = 5, lt = 30 } }] }"#,
            r#"where = { classification = { nin = ["CONFIRMED"] }, outcomeId = { exists = true } }"#,
            r#"where = { dateRanges = { elemMatch = { typeId = "ISOLATION", endDate = { exists = false } } } }"#,
            r#"where = { gender = { inq = ["MALE", "FEMALE"] }, dateOfOnset = { lte = 2021-01-03 } }
               each = "dateRanges""#,
            r#"where = { "dateRanges.typeId" = "ISOLATION", "dateRanges.endDate" = { exists = false } }
               each = "dateRanges"
               date = "dateRanges.startDate""#,
            r#"where = { nor = [{ gender = "MALE" }], occupation = { like = "^LNG.*TEACH" } }"#,
        ] {
            let definition = format!("[[value]]\nindicator = \"x\"\n{definition}");
            let engine = engine(&definition, three_weeks(), four_places());
            let Some(asked) = engine.server_where(Source::Cases) else { continue };
            for record in &outbreak.cases {
                let cube = count(&engine, &engine.people(), &[(Source::Cases, record)]);
                if !engine.cells(&cube).is_empty() {
                    prop_assert!(crate::server::matches(&asked, record), "{asked} and {record}");
                }
            }
        }
    }
}

#[test]
fn a_cube_of_other_definitions_is_refused() {
    let (engine, other) = (naive_engine(), laws_engine());
    let error = engine.cube().merge(other.cube()).unwrap_err();
    assert!(matches!(error, CubeError::OtherEngine));
    let error = engine.read_cube(&other.cube().to_bytes()).unwrap_err();
    assert!(matches!(error, CubeError::OtherEngine));
    let error = engine.read_cube(br#"{"version":99}"#).unwrap_err();
    assert!(matches!(error, CubeError::Version { found: 99, known: 2 }));
    assert!(matches!(engine.read_cube(b"[").unwrap_err(), CubeError::Unreadable(_)));
}

#[test]
fn one_unreadable_record_costs_nobody_else_the_count() {
    let engine = naive_engine();
    let people = engine.people();
    let mut counter = engine.counter(&people);
    let page = br#" [ {"id":"a"}, {"id": tru}, 7, null, "x", [1], {"id" "b"}, {"id":"}]"} ] "#;
    assert_eq!(counter.push_array(Source::Cases, page), Ok(8));
    let cube = counter.into_cube();
    assert_eq!((cube.read(Source::Cases), cube.bad(Source::Cases)), (8, 6));
    let of_cases = |account: &Account| account.source == Source::Cases;
    for account in engine.accounts(&cube).iter().filter(|account| of_cases(account)) {
        assert_eq!(account.left_out[&indicators::Reason::Unreadable], 6, "{account:?}");
    }
    assert_conserved(&engine, &cube);
}

#[test]
fn a_text_that_is_no_array_of_records_is_an_error() {
    let engine = naive_engine();
    let people = engine.people();
    let push = |text: &str| engine.counter(&people).push_array(Source::Cases, text.as_bytes());
    assert_eq!(push("[]"), Ok(0));
    assert_eq!(push("\u{feff}[{}]\n"), Ok(1));
    for (text, error) in [
        ("", ArrayError::CutOff { at: 0, n_records: 0 }),
        ("[{\"id\":\"a\"},{\"id\":\"b", ArrayError::CutOff { at: 12, n_records: 1 }),
        ("[{}", ArrayError::CutOff { at: 3, n_records: 1 }),
        ("<html>", ArrayError::NotAnArray { at: 0, found: "`<` (an HTML page?)".into() }),
        ("{\"error\":1}", ArrayError::NotAnArray { at: 0, found: "an object".into() }),
        ("[{} {}]", ArrayError::Broken { at: 4, n_records: 1, found: "an object".into() }),
        ("[{}]x", ArrayError::Broken { at: 4, n_records: 1, found: "`x`".into() }),
    ] {
        assert_eq!(push(text), Err(error), "{text}");
    }
}

#[test]
fn a_record_that_is_too_long_ends_the_reading() {
    let engine = naive_engine();
    let people = engine.people();
    let mut counter = engine.counter(&people);
    let mut feed = counter.feed(Source::Cases).longest_record(1 << 19);
    let mut portion = br#"[{"id":"a"},{"lastName":""#.to_vec();
    let error = loop {
        let space = feed.space();
        let n = portion.len().min(space.len());
        space[..n].copy_from_slice(&portion[..n]);
        match feed.filled(n) {
            Ok(()) => portion = vec![b'x'; 50_000],
            Err(error) => break error,
        }
    };
    assert_eq!(error, ArrayError::RecordTooLong { n_records: 1, limit: 1 << 19 });
}
