//! Cubes seen from outside: by what they tell, not by whether they call themselves equal.

use indicators::{Account, Cell, Cube, DataFinding, Engine, QualityRules, Setup, Source};
use serde_json::Value;

use crate::naive::{four_places, three_weeks};
use crate::outbreak::{Outbreak, outbreak};
use crate::recorded::{Config, day};

/// Every measure and timing, options that are met with, and findings.
fn engine() -> Engine {
    let more = r#"
        [[value]]
        indicator = "by occupation"
        by = { Occupation = "occupation" }
        [[value]]
        indicator = "by occupation and place"
        by = { Occupation = "occupation", Village = "usualPlaceOfResidenceLocationId" }
        [[value]]
        indicator = "tested by occupation"
        from = "lab-results"
        join = "cases"
        only = "one per person and period"
        by = { Occupation = "person.occupation" }
    "#;
    let config: Config = toml::from_str(&format!("{more}{}", include_str!("naive.toml"))).unwrap();
    let mut setup = Setup::new(three_weeks(), four_places());
    setup.definitions = config.value;
    setup.breakdowns = config.breakdown;
    setup.quality = Some(QualityRules {
        every_record: true,
        today: day("2021-01-10"),
        outbreak_start: Some(day("2020-12-21")),
        reference_ids: std::collections::BTreeSet::new(),
    });
    Engine::compile(setup).unwrap()
}

const COUNTED: [Source; 3] = [Source::Cases, Source::LabResults, Source::Relationships];

/// The records of several outbreaks, so that persons have records in more than one of them.
fn records(seeds: std::ops::Range<u64>) -> (Vec<Outbreak>, Vec<(Source, Vec<u8>)>) {
    let outbreaks: Vec<Outbreak> = seeds.map(outbreak).collect();
    let mut all = Vec::new();
    for outbreak in &outbreaks {
        let lists = [&outbreak.cases, &outbreak.lab_results, &outbreak.relationships];
        for (source, records) in COUNTED.into_iter().zip(lists) {
            all.extend(records.iter().map(|record| (source, record.to_string().into_bytes())));
            all.push((source, b"{".to_vec()));
        }
    }
    (outbreaks, all)
}

fn count(engine: &Engine, outbreaks: &[Outbreak], records: &[(Source, Vec<u8>)]) -> Cube {
    let mut people = engine.people();
    let cases = outbreaks.iter().flat_map(|outbreak| &outbreak.cases);
    cases.for_each(|case: &Value| people.push(engine, Source::Cases, case.to_string().as_bytes()));
    let mut counter = engine.counter(&people);
    records.iter().for_each(|(source, record)| counter.push(*source, record));
    counter.into_cube()
}

#[derive(Debug, PartialEq)]
struct Told {
    cells: Vec<Cell>,
    accounts: Vec<Account>,
    findings: Vec<DataFinding>,
    read_and_bad: Vec<(u64, u64)>,
}

fn told(engine: &Engine, cube: &Cube) -> Told {
    Told {
        cells: engine.cells(cube),
        accounts: engine.accounts(cube),
        findings: engine.findings(cube),
        read_and_bad: COUNTED.map(|source| (cube.read(source), cube.bad(source))).into(),
    }
}

/// Each half has options, persons and doubles that the other has not, and some that it has.
#[test]
fn joined_halves_tell_what_the_whole_tells() {
    let engine = engine();
    let (outbreaks, records) = records(0..12);
    let whole = told(&engine, &count(&engine, &outbreaks, &records));
    assert_eq!(whole.read_and_bad.iter().map(|(read, _)| read).sum::<u64>(), records.len() as u64);
    assert_eq!(
        whole.read_and_bad,
        COUNTED.map(|source| {
            let of = || records.iter().filter(|(of, _)| *of == source);
            (of().count() as u64, of().filter(|(_, record)| record == b"{").count() as u64)
        })
    );
    for cut in [0, 7, records.len() / 2, records.len() - 9, records.len()] {
        let (one, other) = records.split_at(cut);
        let (one, other) = (count(&engine, &outbreaks, one), count(&engine, &outbreaks, other));
        for (mut left, right) in [(one.clone(), other.clone()), (other, one)] {
            left.merge(right).unwrap();
            assert_eq!(told(&engine, &left), whole, "cut at {cut}");
            let stored = engine.read_cube(&left.to_bytes()).unwrap();
            assert_eq!(told(&engine, &stored), whole, "stored, cut at {cut}");
        }
    }
}

/// Without any one of the records it is another cube.
#[test]
fn cubes_of_different_records_are_different() {
    let engine = engine();
    let (outbreaks, records) = records(0..2);
    let whole = count(&engine, &outbreaks, &records);
    assert_eq!(whole, count(&engine, &outbreaks, &records));
    for n in 0..records.len() {
        let mut others = records.clone();
        others.remove(n);
        let without = count(&engine, &outbreaks, &others);
        assert_ne!(without, whole, "without {}", String::from_utf8_lossy(&records[n].1));
        assert_ne!(without.to_bytes(), whole.to_bytes());
    }
}

/// Whoever stores a cube may have stored it elsewhere, or cut it.
#[test]
fn a_stored_cube_without_some_of_its_lists_is_refused() {
    let engine = engine();
    let stored: Value = serde_json::from_slice(&engine.cube().to_bytes()).unwrap();
    assert!(engine.read_cube(stored.to_string().as_bytes()).is_ok());
    for list in ["accounts", "options"] {
        let mut cut = stored.clone();
        cut[list].as_array_mut().unwrap().pop().unwrap();
        let error = engine.read_cube(cut.to_string().as_bytes()).unwrap_err();
        assert!(matches!(error, indicators::CubeError::OtherEngine), "{list}: {error}");
    }
}

/// Options that are met stand in the order of their texts, whichever was met first.
#[test]
fn cells_are_in_the_order_of_their_texts() {
    let engine = engine();
    let people = engine.people();
    let mut counter = engine.counter(&people);
    for (n, job) in ["m", "z", "a"].iter().enumerate() {
        let case = format!(
            r#"{{"id":"{n}","dateOfReporting":"2020-12-24","occupation":"{job}",
            "usualPlaceOfResidenceLocationId":"a"}}"#
        );
        counter.push(Source::Cases, case.as_bytes());
    }
    assert!(!format!("{counter:?}").contains("ids"), "a counter shows nobody");
    assert!(format!("{counter:?}").starts_with("Counter { cube: Cube { n_cells: "));
    let cells = engine.cells(&counter.into_cube()).into_iter();
    let jobs: Vec<String> = cells
        .filter(|cell| &*cell.indicator == "by occupation")
        .map(|cell| cell.categories["Occupation"].clone())
        .collect();
    assert_eq!(jobs, ["a", "m", "z"]);
}

/// Each half met one option, and each at its first place: joined, they are two.
#[test]
fn options_that_each_half_met_first_stay_apart() {
    let engine = engine();
    let person = |id: &str, job: &str| {
        format!(r#"{{"id":"{id}","occupation":"{job}","usualPlaceOfResidenceLocationId":"a"}}"#)
    };
    let mut people = engine.people();
    people.push(&engine, Source::Cases, person("p", "teacher").as_bytes());
    people.push(&engine, Source::Cases, person("q", "nurse").as_bytes());
    let half = |id: &str| {
        let mut counter = engine.counter(&people);
        let test = format!(r#"{{"id":"t","personId":"{id}","dateSampleTaken":"2020-12-24"}}"#);
        counter.push(Source::LabResults, test.as_bytes());
        counter.into_cube()
    };
    for (one, other) in [("p", "q"), ("q", "p")] {
        let mut joined = half(one);
        joined.merge(half(other)).unwrap();
        let cells = engine.cells(&joined).into_iter();
        let jobs: Vec<(String, String)> = cells
            .filter(|cell| &*cell.indicator == "tested by occupation")
            .map(|cell| (cell.categories["Occupation"].clone(), cell.value.to_string()))
            .collect();
        assert_eq!(jobs, [("nurse", "1"), ("teacher", "1")].map(|(a, b)| (a.into(), b.into())));
    }
}
