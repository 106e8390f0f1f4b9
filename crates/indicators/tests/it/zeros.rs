//! Cells in which nothing was counted.

use indicators::Source;
use serde_json::{Value, json};

use crate::naive::{cells, four_places, three_weeks};
use crate::recorded::engine;

/// The cells of an indicator `x` of these lines over these cases.
fn counted(lines: &str, cases: &[Value]) -> Vec<(String, String)> {
    let config = format!("[[value]]\nindicator = \"x\"\n{lines}");
    let engine = engine(&config, three_weeks(), four_places());
    let people = engine.people();
    let mut counter = engine.counter(&people);
    cases.iter().for_each(|case| counter.push(Source::Cases, case.to_string().as_bytes()));
    cells(&engine, &counter.into_cube()).into_iter().collect()
}

fn case(job: Value) -> Value {
    json!({
        "id": "1", "dateOfReporting": "2020-12-30", "occupation": job,
        "usualPlaceOfResidenceLocationId": "a",
    })
}

fn with_zeros(cells: &[(String, String)]) -> (usize, usize) {
    let zeros = cells.iter().filter(|(_, n)| n == "0").count();
    (cells.len(), zeros)
}

#[test]
fn without_a_rule_there_are_none() {
    assert_eq!(counted("", &[]), []);
    assert_eq!(counted("", &[case(json!("F"))]), [("x|2020W53|A|".into(), "1".into())]);
    let no_date = json!({ "id": "2", "usualPlaceOfResidenceLocationId": "a" });
    assert_eq!(counted("", &[no_date]), []);
}

/// Three weeks, two organisation units.
#[test]
fn each_period_and_place_has_one() {
    assert_eq!(with_zeros(&counted("zero = \"write\"", &[])), (6, 6));
    assert_eq!(with_zeros(&counted("zero = \"write\"", &[case(json!("F"))])), (6, 5));
    assert_eq!(with_zeros(&counted("zero = \"write\"\ntiming = \"cumulative\"", &[])), (6, 6));
}

#[test]
fn with_one_organisation_unit_for_all_only_that_has_one() {
    let cells = counted("zero = \"write\"\norg_unit = \"H\"", &[]);
    let keys: Vec<&str> = cells.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["x|2020W52|H|", "x|2020W53|H|", "x|2021W1|H|"]);
}

/// The option for "missing" is known beforehand, the others are those that are met.
#[test]
fn each_option_has_one_whether_it_was_listed_or_met() {
    let lines = "zero = \"write\"\nby = { Job = \"job\" }\n\
                 [breakdown.job]\nfield = \"occupation\"\nmissing = \"?\"";
    assert_eq!(with_zeros(&counted(lines, &[])), (6, 6));
    assert_eq!(with_zeros(&counted(lines, &[case(json!("F"))])), (12, 11));
    assert_eq!(with_zeros(&counted(lines, &[case(json!("F")), case(json!("G"))])), (18, 16));
    assert_eq!(with_zeros(&counted(lines, &[case(json!(null))])), (6, 5));
}

/// Nothing has no mean, and no least number.
#[test]
fn a_measure_that_cannot_be_zero_has_none() {
    let measure = |agg: &str| {
        let lines = format!("zero = \"write\"\nmeasure = {{ {agg} = \"numberOfContacts\" }}");
        counted(&lines, &[]).len()
    };
    assert_eq!(["mean", "min", "max", "median"].map(measure), [0; 4]);
    assert_eq!(["sum", "distinct"].map(measure), [6; 2]);
}

/// A place that reports nothing in a week in which others report is at zero; a week in which nobody
/// reports is not yet reported.
#[test]
fn where_asked_for_only_periods_in_which_anything_was_counted_have_one() {
    let lines = "zero = \"write\"\nperiods = \"active\"";
    assert_eq!(counted(lines, &[]), []);
    let cells = counted(lines, &[case(json!("F"))]);
    let expected = [("x|2020W53|A|", "1"), ("x|2020W53|B|", "0")];
    assert_eq!(cells, expected.map(|(key, n)| (key.to_owned(), n.to_owned())));
}
