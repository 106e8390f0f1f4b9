//! Of a person's occurrences only one.

use std::collections::BTreeMap;

use indicators::{Engine, Reason, Source};

use crate::naive::{cells, four_places, three_weeks};
use crate::recorded::{assert_conserved, engine};

fn tests(only: &str) -> Engine {
    let config = format!(
        "[[value]]\nindicator = \"x\"\nfrom = \"lab-results\"\njoin = \"cases\"\nonly = \"{only}\"\n\
         where = {{ testType = \"RT_PCR\" }}"
    );
    engine(&config, three_weeks(), four_places())
}

/// The weeks in which a test counts, and why the others do not. `(person, day)` for each test.
fn counted(
    only: &str,
    tests_of: &[(&str, &str)],
) -> (BTreeMap<String, String>, BTreeMap<Reason, u64>) {
    let engine = tests(only);
    let mut people = engine.people();
    for (id, place) in [("p", "a"), ("q", "a"), ("homeless", "")] {
        let person = format!(r#"{{"id":"{id}","usualPlaceOfResidenceLocationId":"{place}"}}"#);
        people.push(&engine, Source::Cases, person.as_bytes());
    }
    let mut told = Vec::new();
    let mut backwards: Vec<_> = tests_of.iter().enumerate().collect();
    backwards.reverse();
    for order in [tests_of.iter().enumerate().collect::<Vec<_>>(), backwards] {
        let mut counter = engine.counter(&people);
        for (n, (person, day)) in order {
            let text = format!(
                r#"{{"id":"{n}","personId":"{person}","dateSampleTaken":"{day}",
                "testType":"LNG_REFERENCE_DATA_CATEGORY_TYPE_OF_LAB_TEST_RT_PCR"}}"#
            );
            counter.push(Source::LabResults, text.as_bytes());
        }
        let cube = counter.into_cube();
        assert_conserved(&engine, &cube);
        let weeks = cells(&engine, &cube).into_iter();
        let weeks = weeks.map(|(key, n)| (key.split('|').nth(1).unwrap().to_owned(), n)).collect();
        told.push((weeks, engine.accounts(&cube).remove(0).left_out));
    }
    assert_eq!(told[0], told[1], "the order of reading must not matter");
    told.remove(0)
}

fn weeks(weeks: &[(&str, &str)]) -> BTreeMap<String, String> {
    weeks.iter().map(|(week, n)| ((*week).to_owned(), (*n).to_owned())).collect()
}

const THREE: [(&str, &str); 3] = [("p", "2020-12-22"), ("p", "2020-12-29"), ("p", "2021-01-05")];

#[test]
fn the_first_counts() {
    let left_out = [(Reason::NotFirst, 2)].into();
    assert_eq!(counted("first", &THREE), (weeks(&[("2020W52", "1")]), left_out));
    let of_one_day = [("p", "2020-12-22"), ("p", "2020-12-22"), ("q", "2020-12-22")];
    let left_out = [(Reason::NotFirst, 1)].into();
    assert_eq!(counted("first", &of_one_day), (weeks(&[("2020W52", "2")]), left_out));
}

#[test]
fn the_last_counts() {
    let left_out = [(Reason::NotLast, 2)].into();
    assert_eq!(counted("last", &THREE), (weeks(&[("2021W1", "1")]), left_out));
    let of_one_day = [("p", "2020-12-22"), ("p", "2020-12-29"), ("p", "2020-12-29")];
    let left_out = [(Reason::NotLast, 2)].into();
    assert_eq!(counted("last", &of_one_day), (weeks(&[("2020W53", "1")]), left_out));
    assert_eq!(counted("last", &THREE[..1]), (weeks(&[("2020W52", "1")]), [].into()));
}

#[test]
fn one_counts_in_each_period() {
    let tests =
        [("p", "2020-12-22"), ("p", "2020-12-23"), ("p", "2020-12-29"), ("q", "2020-12-29")];
    let left_out = [(Reason::SamePersonAndPeriod, 1)].into();
    assert_eq!(
        counted("one per person and period", &tests),
        (weeks(&[("2020W52", "1"), ("2020W53", "2")]), left_out)
    );
}

/// The first test of all is before the window: the person was tested, but not newly in it.
#[test]
fn a_first_one_that_cannot_count_is_still_the_first() {
    let tests = [("p", "2020-12-01"), ("p", "2020-12-22")];
    let left_out = [(Reason::BeforeWindow, 1), (Reason::NotFirst, 1)].into();
    assert_eq!(counted("first", &tests), (weeks(&[]), left_out));
    let tests = [("p", "2020-12-22"), ("p", "2021-02-01")];
    let left_out = [(Reason::AfterWindow, 1), (Reason::NotLast, 1)].into();
    assert_eq!(counted("last", &tests), (weeks(&[]), left_out));
}

#[test]
fn a_person_without_a_place_is_left_out_for_that() {
    let (weeks, left_out) = counted("first", &[("homeless", "2020-12-22"), ("gone", "2020-12-22")]);
    assert_eq!(weeks, BTreeMap::new());
    assert_eq!(left_out, [(Reason::NoPlace, 1), (Reason::PersonNotInList, 1)].into());
}

/// The centres of the stays of one case that count. `(centre, start)` for each stay.
fn stays(only: &str, stays: &[(&str, &str)]) -> Vec<String> {
    let config = format!(
        "[[value]]\nindicator = \"x\"\neach = \"dateRanges\"\ndate = \"dateRanges.startDate\"\n\
         only = \"{only}\"\nby = {{ Centre = \"dateRanges.comments\" }}"
    );
    let engine = engine(&config, three_weeks(), four_places());
    let ranges: Vec<String> = stays
        .iter()
        .map(|(centre, start)| format!(r#"{{"comments":"{centre}","startDate":"{start}"}}"#))
        .collect();
    let case = format!(
        r#"{{"id":"1","usualPlaceOfResidenceLocationId":"a","dateRanges":[{}]}}"#,
        ranges.join(",")
    );
    let people = engine.people();
    let mut counter = engine.counter(&people);
    counter.push(Source::Cases, case.as_bytes());
    let cube = counter.into_cube();
    assert_conserved(&engine, &cube);
    let told = cells(&engine, &cube).into_iter();
    told.map(|(key, n)| {
        assert_eq!(n, "1");
        key.rsplit('|').next().unwrap().to_owned()
    })
    .collect()
}

/// Of two on one day it is the one that stands first in the list.
#[test]
fn of_the_stays_of_a_case_the_one_that_is_asked_for_counts() {
    let of_one_day = [("a", "2020-12-24"), ("b", "2020-12-24"), ("c", "2020-12-24")];
    assert_eq!(stays("first", &of_one_day), ["a"]);
    assert_eq!(stays("last", &of_one_day), ["a"]);
    assert_eq!(stays("one per person and period", &of_one_day), ["a"]);
    let mixed =
        [("a", "2020-12-30"), ("b", "2020-12-23"), ("c", "2020-12-31"), ("d", "2020-12-22")];
    assert_eq!(stays("first", &mixed), ["d"]);
    assert_eq!(stays("last", &mixed), ["c"]);
    assert_eq!(stays("one per person and period", &mixed), ["d", "a"]);
    assert_eq!(stays("first", &mixed[..1]), ["a"]);
    assert_eq!(stays("last", &[("a", "2020-12-22"), ("b", "soon")]), ["a"]);
}
