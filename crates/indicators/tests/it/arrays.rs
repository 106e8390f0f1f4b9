//! Many records at once: cells then have places of their own while they are counted, and no two of them the same one.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use indicators::{Engine, Source};

use crate::naive::{four_places, three_weeks};

const WEEKS: [(&str, &str); 3] =
    [("2020W52", "2020-12-23"), ("2020W53", "2020-12-30"), ("2021W1", "2021-01-06")];
const UNITS: [(&str, &str); 2] = [("A", "a"), ("B", "b")];
const SEXES: [(&str, &str); 3] = [("M", "MALE"), ("F", "FEMALE"), ("U", "UNKNOWN")];
const AGES: [(&str, u32); 3] = [("0-4", 3), ("5-14", 9), ("15+", 40)];

const DEFINITIONS: &str = r#"
    [breakdown.sex]
    field = "gender"
    values = { MALE = "M", FEMALE = "F" }
    other = "U"

    [breakdown.age]
    field = "age.years"
    bands = ["0-4", "5-14", "15+"]

    [[value]]
    indicator = "split"
    by = { Sex = "sex", Age = "age" }

    [[value]]
    indicator = "whole"

    [[value]]
    indicator = "by sex"
    by = { Sex = "sex" }

    [[value]]
    indicator = "until now"
    timing = "cumulative"
    by = { Age = "age" }

    [[value]]
    indicator = "there"
    timing = "current"
    until = "dateOfOutcome"
    by = { Sex = "sex" }

    [[value]]
    indicator = "years"
    measure = { sum = "age.years" }
    by = { Sex = "sex" }

    [[value]]
    indicator = "oldest"
    measure = { max = "age.years" }
"#;

/// So many cases of each week, place, sex and age that no two groups are equally large.
fn cases() -> (Vec<String>, BTreeMap<String, u64>) {
    let mut cases = Vec::new();
    let mut expected = BTreeMap::new();
    let mut n_of_group = 0;
    for (week, day) in WEEKS {
        for (unit, place) in UNITS {
            for (sex, gender) in SEXES {
                for (age, years) in AGES {
                    n_of_group += 1;
                    expected.insert(format!("{week} {unit} {age} {sex}"), n_of_group);
                    for _ in 0..n_of_group {
                        let mut case = String::new();
                        let _ = write!(
                            case,
                            r#"{{"id":"{}","dateOfReporting":"{day}","dateOfOutcome":"2021-01-01",
                            "usualPlaceOfResidenceLocationId":"{place}","age":{{"years":{years}}},
                            "gender":"LNG_REFERENCE_DATA_CATEGORY_GENDER_{gender}"}}"#,
                            cases.len()
                        );
                        cases.push(case);
                    }
                }
            }
        }
    }
    // Before the first week, where only sums up to now count them.
    for (n, (_, place)) in UNITS.iter().enumerate() {
        for (_, years) in AGES {
            cases.push(format!(
                r#"{{"id":"before {n} {years}","dateOfReporting":"2020-12-01","usualPlaceOfResidenceLocationId":"{place}",
                "age":{{"years":{years}}},"gender":"LNG_REFERENCE_DATA_CATEGORY_GENDER_FEMALE"}}"#
            ));
        }
    }
    (cases, expected)
}

fn cells(engine: &Engine, indicator: &str, in_array: bool) -> BTreeMap<String, String> {
    let (cases, _) = cases();
    let people = engine.people();
    let mut counter = engine.counter(&people);
    if in_array {
        let array = format!("[{}]", cases.join(","));
        counter.push_array(Source::Cases, array.as_bytes()).unwrap();
    } else {
        cases.iter().for_each(|case| {
            counter.push(Source::Cases, case.as_bytes());
        });
    }
    let cells = engine.cells(&counter.into_cube());
    let of = cells.into_iter().filter(|cell| *cell.indicator == *indicator);
    of.map(|cell| {
        let options: Vec<&str> = cell.categories.values().map(String::as_str).collect();
        (format!("{} {} {}", cell.period, cell.org_unit, options.join(" ")), cell.value.to_string())
    })
    .collect()
}

#[test]
fn every_group_of_many_is_counted_for_itself() {
    let engine = crate::recorded::engine(DEFINITIONS, three_weeks(), four_places());
    let (_, expected) = cases();

    let found = cells(&engine, "split", true);

    let expected: BTreeMap<String, String> =
        expected.into_iter().map(|(key, n)| (key, n.to_string())).collect();
    assert_eq!(found, expected);
}

#[test]
fn many_at_once_are_counted_as_one_by_one() {
    let engine = crate::recorded::engine(DEFINITIONS, three_weeks(), four_places());
    for definition in engine.definitions() {
        let indicator = &definition.indicator;
        let (many, each) = (cells(&engine, indicator, true), cells(&engine, indicator, false));
        assert!(!each.is_empty(), "{indicator}");
        assert_eq!(many, each, "{indicator}");
    }
}

/// What was added to the places is taken out of them, so that it is not there twice the next time.
#[test]
fn a_look_at_the_cube_in_between_changes_nothing() {
    let engine = crate::recorded::engine(DEFINITIONS, three_weeks(), four_places());
    let (cases, _) = cases();
    let people = engine.people();
    let count = |looks: bool| {
        let mut counter = engine.counter(&people);
        let mut seen = Vec::new();
        for part in cases.chunks(300) {
            let array = format!("[{}]", part.join(","));
            counter.push_array(Source::Cases, array.as_bytes()).unwrap();
            if looks {
                seen.push(engine.cells(counter.cube()).len());
            }
        }
        (counter.into_cube(), seen)
    };
    let (looked, seen) = count(true);
    assert!(seen.len() > 3 && seen.is_sorted() && seen[0] > 0, "{seen:?}");
    assert_eq!(looked, count(false).0);
}
