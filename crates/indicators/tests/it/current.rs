//! Intervals: who is in hospital on the last day of a period.

use std::collections::BTreeMap;

use indicators::{Reason, Source};
use serde_json::{Value, json};

use crate::naive::{cells, four_places, three_weeks};
use crate::recorded::{assert_conserved, engine};

/// The Sundays of the three weeks are 27 December, 3 January and 10 January.
fn counted(more: &str, ranges: &Value) -> (BTreeMap<String, String>, Option<Reason>) {
    let config = format!(
        "[[value]]\nindicator = \"x\"\neach = \"dateRanges\"\ntiming = \"current\"\n\
         date = \"dateRanges.startDate\"\nuntil = [\"dateRanges.endDate\", \"dateOfOutcome\"]\n{more}"
    );
    let engine = engine(&config, three_weeks(), four_places());
    let case = json!({ "id": "1", "usualPlaceOfResidenceLocationId": "a", "dateRanges": ranges });
    let people = engine.people();
    let mut counter = engine.counter(&people);
    counter.push(Source::Cases, case.to_string().as_bytes());
    let cube = counter.into_cube();
    assert_conserved(&engine, &cube);
    let stored = engine.read_cube(&cube.to_bytes()).unwrap();
    assert_eq!(cells(&engine, &stored), cells(&engine, &cube));
    let left_out = engine.accounts(&cube).remove(0).left_out;
    assert!(left_out.values().sum::<u64>() <= 1);
    let told = cells(&engine, &cube).into_iter();
    let told = told.map(|(key, n)| (key.replace("x|", "").replace("|A|", " "), n));
    (told.collect(), left_out.into_keys().next())
}

fn weeks(more: &str, ranges: Value) -> Vec<String> {
    let (told, _) = counted(more, &ranges);
    told.into_iter().map(|(week, n)| format!("{} {n}", week.trim())).collect()
}

fn stay(start: &str, end: &str) -> Value {
    json!({ "startDate": start, "endDate": end })
}

#[test]
fn a_stay_counts_on_each_last_day_that_it_covers() {
    for (start, end, expected) in [
        ("2020-12-27", "2020-12-27", &["2020W52 1"][..]),
        ("2020-12-21", "2020-12-27", &["2020W52 1"]),
        ("2020-12-27", "2021-01-02", &["2020W52 1"]),
        ("2020-12-28", "2021-01-03", &["2020W53 1"]),
        ("2020-12-01", "2021-01-09", &["2020W52 1", "2020W53 1"]),
        ("2020-12-01", "2021-03-01", &["2020W52 1", "2020W53 1", "2021W1 1"]),
        ("2021-01-10", "2021-01-11", &["2021W1 1"]),
        ("2020-12-01", "", &["2020W52 1", "2020W53 1", "2021W1 1"]),
        ("2021-01-10", "", &["2021W1 1"]),
    ] {
        assert_eq!(weeks("", json!([stay(start, end)])), expected, "{start} to {end}");
    }
}

#[test]
fn a_stay_that_covers_no_last_day_says_why() {
    for (start, end, reason) in [
        ("2020-12-21", "2020-12-26", Reason::NotOpen),
        ("2020-12-28", "2021-01-02", Reason::NotOpen),
        ("2020-12-28", "2020-12-27", Reason::NotOpen),
        ("2020-12-01", "2020-12-20", Reason::BeforeWindow),
        ("2020-12-01", "2020-12-21", Reason::NotOpen),
        ("2021-01-11", "", Reason::AfterWindow),
        ("2021-01-11", "2021-01-12", Reason::AfterWindow),
        ("2021-01-04", "2021-01-09", Reason::NotOpen),
        ("", "2021-01-09", Reason::NoDate),
        ("soon", "2021-01-09", Reason::UnreadableDate),
        ("2020-12-21", "soon", Reason::UnreadableDate),
    ] {
        let (told, left_out) = counted("", &json!([stay(start, end)]));
        assert_eq!((told.len(), left_out), (0, Some(reason)), "{start} to {end}");
    }
    assert_eq!(counted("", &json!([])), (BTreeMap::new(), Some(Reason::NothingInList)));
}

/// A person is in hospital once, in however many wards.
#[test]
fn stays_that_overlap_count_once() {
    for (stays, expected) in [
        (
            json!([stay("2020-12-21", "2021-01-03"), stay("2020-12-27", "2021-01-10")]),
            &["2020W52 1", "2020W53 1", "2021W1 1"][..],
        ),
        (
            json!([stay("2020-12-28", "2021-01-03"), stay("2020-12-21", "2021-01-10")]),
            &["2020W52 1", "2020W53 1", "2021W1 1"],
        ),
        (
            json!([stay("2020-12-21", "2021-01-10"), stay("2020-12-28", "2021-01-03")]),
            &["2020W52 1", "2020W53 1", "2021W1 1"],
        ),
        (
            json!([stay("2020-12-21", "2020-12-27"), stay("2021-01-10", "2021-01-10")]),
            &["2020W52 1", "2021W1 1"],
        ),
        (
            json!([stay("2020-12-27", "2020-12-27"), stay("2020-12-27", "2020-12-27")]),
            &["2020W52 1"],
        ),
        (
            json!([
                stay("2021-01-10", ""),
                stay("2020-12-27", "2020-12-27"),
                stay("2020-12-01", ""),
            ]),
            &["2020W52 1", "2020W53 1", "2021W1 1"],
        ),
    ] {
        assert_eq!(weeks("", stays.clone()), expected, "{stays}");
    }
}

/// The ward of the stay that stands first in the list is the person's.
#[test]
fn with_a_category_of_the_stay_the_first_in_the_list_decides() {
    let stay = |ward: &str, start: &str, end: &str| json!({ "comments": ward, "startDate": start, "endDate": end });
    let by_ward = "by = { Ward = \"dateRanges.comments\" }";
    assert_eq!(
        weeks(by_ward, json!([stay("a", "2020-12-28", "2021-01-03"), stay("b", "2020-12-21", "")])),
        ["2020W52 b 1", "2020W53 a 1", "2021W1 b 1"]
    );
    // One without a ward has no cell, and takes none from the others.
    assert_eq!(
        weeks(by_ward, json!([stay("", "2020-12-21", ""), stay("b", "2020-12-28", "2021-01-03")])),
        ["2020W53 b 1"]
    );
}

/// The beds on the last day, not the persons: numbers go with the interval, too.
#[test]
fn numbers_are_counted_in_each_period_that_the_interval_covers() {
    let beds = "measure = { sum = \"dateRanges.beds\" }";
    let stay = |beds: u64, start: &str, end: &str| json!({ "beds": beds, "startDate": start, "endDate": end });
    assert_eq!(
        weeks(beds, json!([stay(3, "2020-12-21", "2021-01-04"), stay(5, "2021-01-05", "")])),
        ["2020W52 3", "2020W53 3", "2021W1 5"]
    );
}

/// A cube holds where intervals begin and end; one that is open to the end has no end in it.
#[test]
fn an_interval_is_stored_as_its_beginning_and_its_end() {
    let definition = "[[value]]\nindicator = \"x\"\neach = \"dateRanges\"\ntiming = \"current\"\n\
                      date = \"dateRanges.startDate\"\nuntil = \"dateRanges.endDate\"\norg_unit = \"A\"";
    let engine = engine(definition, three_weeks(), four_places());
    let people = engine.people();
    let n_steps = |ranges: Value| {
        let mut counter = engine.counter(&people);
        let case = json!({ "id": "1", "dateRanges": ranges });
        counter.push(Source::Cases, case.to_string().as_bytes());
        let stored: Value = serde_json::from_slice(&counter.into_cube().to_bytes()).unwrap();
        stored["steps"].as_array().unwrap().len()
    };
    assert_eq!(n_steps(json!([stay("2020-12-21", "2020-12-27")])), 2);
    assert_eq!(n_steps(json!([stay("2020-12-21", "2021-01-03")])), 2);
    assert_eq!(n_steps(json!([stay("2020-12-21", "2021-01-10")])), 1);
    assert_eq!(n_steps(json!([stay("2020-12-21", "")])), 1);
}
