//! What numbers, shares, rates and classes come to.

use indicators::{Engine, Reason, Setup, Source};
use serde_json::{Value, json};

use crate::naive::{cells, four_places, three_weeks};
use crate::recorded::{Config, assert_conserved};

fn engine(config: &str) -> Engine {
    let config: Config = toml::from_str(config).unwrap_or_else(|error| panic!("{config}: {error}"));
    let mut setup = Setup::new(three_weeks(), four_places());
    setup.definitions = config.value;
    setup.breakdowns = config.breakdown;
    setup.population = [("A".into(), 40_000), ("B".into(), 0)].into();
    Engine::compile(setup).unwrap()
}

/// Cases of week 53 in `a`, unless they say something else.
fn count(engine: &Engine, cases: &[Value]) -> (Vec<String>, Vec<(Reason, u64)>) {
    let people = engine.people();
    let mut counter = engine.counter(&people);
    for (n, fields) in cases.iter().enumerate() {
        let mut case = json!({
            "id": n.to_string(), "dateOfReporting": "2020-12-30",
            "usualPlaceOfResidenceLocationId": "a",
        });
        case.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        counter.push(Source::Cases, case.to_string().as_bytes());
    }
    let cube = counter.into_cube();
    assert_conserved(engine, &cube);
    let told = cells(engine, &cube).into_iter();
    let left_out = engine.accounts(&cube).remove(0).left_out;
    (told.map(|(key, value)| format!("{key} {value}")).collect(), left_out.into_iter().collect())
}

fn measured(measure: &str, cases: &[Value]) -> Option<String> {
    let config = format!("[[value]]\nindicator = \"x\"\nmeasure = {{ {measure} }}");
    let (cells, left_out) = count(&engine(&config), cases);
    assert!(cells.len() < 2, "{cells:?}");
    if cells.is_empty() {
        assert_eq!(left_out, [(Reason::NoValue, cases.len() as u64)]);
    }
    cells.first().map(|cell| cell.strip_prefix("x|2020W53|A| ").unwrap().to_owned())
}

/// So that sums stay exact, a number has at most six decimals and is at most a million million.
#[test]
fn a_number_that_is_too_large_or_too_fine_has_no_value() {
    let one = |n: Value| measured("sum = \"n\"", &[json!({ "n": n })]);
    for (number, expected) in [
        (json!(7), "7"),
        (json!("7"), "7"),
        (json!(-2.5), "-2.5"),
        (json!(0.000_001), "0.000001"),
        (json!(1_000_000_000_000_u64), "1000000000000"),
        (json!(-1_000_000_000_000_i64), "-1000000000000"),
        (json!("999999999999.999999"), "999999999999.999999"),
    ] {
        assert_eq!(one(number.clone()).as_deref(), Some(expected), "{number}");
    }
    for number in [
        json!("0.0000001"),
        json!(1_000_000_000_001_u64),
        json!(-1_000_000_000_001_i64),
        json!("many"),
        json!(""),
        json!(null),
        json!(true),
        json!({}),
    ] {
        assert_eq!(one(number.clone()), None, "{number}");
    }
}

#[test]
fn values_are_different_by_what_they_are() {
    let n = |values: &[Value]| {
        let cases: Vec<Value> = values.iter().map(|value| json!({ "v": value })).collect();
        measured("distinct = \"v\"", &cases)
    };
    assert_eq!(n(&[json!("a"), json!("b"), json!("a")]).as_deref(), Some("2"));
    assert_eq!(n(&[json!("é"), json!("\"é\"")]).as_deref(), Some("2"));
    assert_eq!(n(&[json!(1), json!(2), json!(true)]).as_deref(), Some("3"));
    assert_eq!(n(&[json!(null)]), None);
}

#[test]
fn days_are_counted_from_the_first_date_to_the_second() {
    let days = |from: Value, to: Value| {
        measured("sum = { from = \"f\", to = \"t\" }", &[json!({ "f": from, "t": to })])
    };
    assert_eq!(days(json!("2020-12-20"), json!("2021-01-02")).as_deref(), Some("13"));
    assert_eq!(days(json!("2021-01-02"), json!("2020-12-20T23:00:00Z")).as_deref(), Some("-13"));
    assert_eq!(days(json!("2020-12-20"), json!("2020-12-20")).as_deref(), Some("0"));
    assert_eq!(days(json!(null), json!("2020-12-20")), None);
    assert_eq!(days(json!("2020-12-20"), json!("soon")), None);
}

/// A category has at most 4,096 options: whoever comes with one more is left out.
#[test]
fn options_that_are_met_have_a_limit() {
    let engine = engine(
        "[[value]]\nindicator = \"x\"\nby = { Job = \"job\" }\n\
         [breakdown.job]\nfield = \"occupation\"\nmissing = \"?\"",
    );
    let cases: Vec<Value> = (0..4100).map(|n| json!({ "occupation": n.to_string() })).collect();
    let (cells, left_out) = count(&engine, &cases);
    assert_eq!(cells.len(), 4095);
    assert!(cells.iter().all(|cell| cell.ends_with(" 1")));
    assert_eq!(left_out, [(Reason::OtherCategory, 5)]);
    let (again, left_out) = count(&engine, &cases[..4095]);
    assert_eq!((again.len(), left_out), (4095, vec![]));
}

/// A list of one may be written without the list.
#[test]
fn an_object_in_the_place_of_a_list_counts_as_one() {
    let engine = engine(
        "[[value]]\nindicator = \"x\"\neach = \"l\"\ndate = \"l.d\"\n\
         by = { Kind = \"l.k\" }",
    );
    let one = |list: Value| count(&engine, &[json!({ "l": list })]);
    let element = json!({ "d": "2020-12-30", "k": "a" });
    assert_eq!(one(element.clone()).0, ["x|2020W53|A|a 1"]);
    assert_eq!(
        one(json!([element, { "d": "2020-12-23", "k": "b" }])).0,
        ["x|2020W52|A|b 1", "x|2020W53|A|a 1"]
    );
    for nothing in [json!(7), json!("a"), json!(null), json!([])] {
        assert_eq!(one(nothing.clone()), (vec![], vec![(Reason::NothingInList, 1)]), "{nothing}");
    }
}

#[test]
fn a_share_exists_where_the_whole_does() {
    let engine = engine(
        r#"
        [[value]]
        indicator = "all"
        zero = "write"
        [[value]]
        indicator = "women"
        where = { gender = "FEMALE" }
        [[value]]
        indicator = "share"
        measure = { share = { of = "women", in = "all", per = 1000 } }
        decimals = 2
        "#,
    );
    let woman = json!({ "gender": "LNG_REFERENCE_DATA_CATEGORY_GENDER_FEMALE" });
    let man = json!({ "gender": "LNG_REFERENCE_DATA_CATEGORY_GENDER_MALE" });
    let share = |cases: &[Value]| {
        let (cells, _) = count(&engine, cases);
        cells.into_iter().filter(|cell| cell.starts_with("share")).collect::<Vec<_>>()
    };
    assert_eq!(share(&[woman.clone(), man.clone(), man.clone()]), ["share|2020W53|A| 333.33"]);
    assert_eq!(share(&[man]), ["share|2020W53|A| 0"]);
    assert_eq!(share(&[woman]), ["share|2020W53|A| 1000"]);
    assert!(share(&[]).is_empty(), "nothing of nothing is no share");
}

#[test]
fn a_rate_exists_where_the_population_is_known_and_not_zero() {
    let engine = engine(
        r#"
        [[value]]
        indicator = "cases"
        by = { Sex = "gender" }
        [[value]]
        indicator = "incidence"
        measure = { rate = { of = "cases" } }
        [[value]]
        indicator = "elsewhere"
        org_unit = "C"
        [[value]]
        indicator = "incidence elsewhere"
        measure = { rate = { of = "elsewhere" } }
        "#,
    );
    let case =
        |sex: &str, place: &str| json!({ "gender": sex, "usualPlaceOfResidenceLocationId": place });
    let (cells, _) = count(
        &engine,
        &[case("m", "a"), case("m", "a"), case("m", "a"), case("f", "a"), case("f", "b")],
    );
    let rates: Vec<&String> = cells.iter().filter(|cell| cell.starts_with("incidence")).collect();
    assert_eq!(rates, ["incidence|2020W53|A|f 2.5", "incidence|2020W53|A|m 7.5"]);
}

#[test]
fn a_class_is_that_of_the_first_rule_that_holds() {
    let engine = |otherwise: &str| {
        engine(&format!(
            r#"
        [[value]]
        indicator = "cases"
        by = {{ Sex = "gender" }}
        [[value]]
        indicator = "class"
        {otherwise}
        [value.measure.classify]
        numbers = {{ n = "cases" }}
        rules = [{{ when = "n > 2", value = "many" }}, {{ when = "n > 0", value = "some" }}]
        "#
        ))
    };
    let of = |engine: &Engine, n: usize| {
        let cases: Vec<Value> = (0..n).map(|n| json!({ "gender": (n % 2).to_string() })).collect();
        let (cells, _) = count(engine, &cases);
        cells.into_iter().filter(|cell| cell.starts_with("class")).collect::<Vec<_>>()
    };
    let silent = engine("");
    assert!(of(&silent, 0).is_empty());
    assert_eq!(of(&silent, 2), ["class|2020W53|A| some"], "categories are summed");
    assert_eq!(of(&silent, 3), ["class|2020W53|A| many"]);
}
