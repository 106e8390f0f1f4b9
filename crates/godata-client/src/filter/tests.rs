use chrono::{TimeZone as _, Utc};
use serde_json::json;

use super::*;

fn check(input: Value, expected: Value) {
    let filter = Filter::from_json(&input).unwrap();
    assert_eq!(filter.to_json().unwrap(), expected, "{input}");
    // What is written is read as the same.
    if !expected.to_string().contains('$') {
        assert_eq!(Filter::from_json(&expected).unwrap().to_json().unwrap(), expected);
    }
}

fn refused(input: Value, path: &str) -> FilterProblem {
    let error = Filter::from_json(&input).unwrap_err();
    assert_eq!(error.path(), path, "{input}");
    error.problem().clone()
}

#[test]
fn plain_values_and_operators_stay() {
    check(json!({}), json!({}));
    check(json!({"classification": "X"}), json!({"classification": "X"}));
    check(json!({"a": {"eq": 5}}), json!({"a": 5}));
    check(json!({"a": {"between": [1, 2]}}), json!({"a": {"between": [1, 2]}}));
    check(json!({"a": {"inq": ["x", "y"]}}), json!({"a": {"inq": ["x", "y"]}}));
    check(
        json!({"a.b": {"like": "^x", "options": "i"}}),
        json!({"a.b": {"like": "^x", "options": "i"}}),
    );
    check(json!({"a": {"regexp": "/^x/i"}}), json!({"a": {"regexp": "/^x/i"}}));
    check(json!({"a": {"exists": false}}), json!({"a": {"exists": false}}));
}

/// The contacts list keeps only one operator of an object (facts §4.2).
#[test]
fn two_operators_in_one_object_are_taken_apart() {
    check(
        json!({"age.years": {"gte": 5, "lt": 15}, "gender": "F"}),
        json!({"and": [{"age.years": {"gte": 5}}, {"age.years": {"lt": 15}}, {"gender": "F"}]}),
    );
}

#[test]
fn null_means_null_or_missing_on_every_route() {
    let written = json!({"or": [{"a": null}, {"a": {"exists": false}}]});
    assert_eq!(Filter::field("a").is_null().to_json().unwrap(), written);
    assert_eq!(Filter::from_json(&json!({"a": null})).unwrap().to_json().unwrap(), written);
    check(json!({"a": {"neq": null}}), json!({"a": {"neq": null}}));
}

/// Recordings `cases-where-date-*`: a text that is not taken for a date matches nothing, silently.
#[test]
fn moments_are_written_in_the_one_safe_form() {
    for (given, written) in [
        ("2020-12-29", "2020-12-29"),
        ("2020-12-29T00:00:00.000Z", "2020-12-29T00:00:00.000Z"),
        ("2020-12-29T02:00:00.000+02:00", "2020-12-29T00:00:00.000Z"),
        ("2020-12-29T02:00:00+02:00", "2020-12-29T00:00:00.000Z"),
        ("2020-12-29T00:00:00.0Z", "2020-12-29T00:00:00.000Z"),
        ("2020-12-29T00:00:00.000000Z", "2020-12-29T00:00:00.000Z"),
        ("2020-12-29T00:00Z", "2020-12-29T00:00:00.000Z"),
        ("2020-12-29 00:00:00Z", "2020-12-29T00:00:00.000Z"),
        ("2020-12-29T00:00:00", "2020-12-29T00:00:00"),
    ] {
        check(json!({"d": {"gte": given}}), json!({"d": {"gte": written}}));
    }
    let moment = Utc.with_ymd_and_hms(2020, 12, 29, 22, 30, 0).unwrap();
    let filter = Filter::field("d").lt(moment);
    assert_eq!(filter.to_json().unwrap(), json!({"d": {"lt": "2020-12-29T22:30:00.000Z"}}));
}

#[test]
fn what_only_looks_like_a_date_is_refused() {
    for text in
        ["2020-13-45", "2020-12-29T25:00:00Z", "2020-12-29Tnoon", "2020-12-29T00:00:00.0001Z"]
    {
        let problem = refused(json!({"d": {"gte": text}}), "d");
        assert_eq!(problem, FilterProblem::Date { text: text.into() });
    }
    check(json!({"d": "2020-12-29-7"}), json!({"d": "2020-12-29-7"}));
}

/// Recordings `cases-where-unknown-operator` (200, no rows) and `…-unknown-dollar-operator` (500).
#[test]
fn unknown_operators_are_refused() {
    for name in ["frobnicate", "$frobnicate", "$gte", "nlike", "near"] {
        let problem = refused(json!({"and": [{"d": {name: 1}}]}), "d");
        assert_eq!(problem, FilterProblem::UnknownOperator { name: name.into() });
    }
}

#[test]
fn operands_of_the_wrong_kind_are_refused() {
    for (filter, path) in [
        (json!({"a": ["x"]}), "a"),
        (json!({"a": {"inq": "x"}}), "a"),
        (json!({"a": {"between": [1]}}), "a"),
        (json!({"a": {"exists": "yes"}}), "a"),
        (json!({"a": {"gt": null}}), "a"),
        (json!({"a": {"like": 5}}), "a"),
        (json!({"a": {"like": "x", "options": "m"}}), "a"),
        (json!({"and": {"a": 1}}), "and"),
        (json!({"a.parentLocationIdFilter": {"inq": []}}), "a"),
    ] {
        let problem = refused(filter, path);
        assert!(matches!(problem, FilterProblem::Operand { .. }), "{problem:?}");
    }
    assert_eq!(refused(json!([]), ""), FilterProblem::NotAnObject);
    assert_eq!(refused(json!({"": 1}), ""), FilterProblem::FieldName);
    assert_eq!(refused(json!({"a.$b": 1}), "a.$b"), FilterProblem::FieldName);
    assert_eq!(refused(json!({"$where": "x"}), "$where"), FilterProblem::FieldName);
}

/// The server's translation replaces these words in values, too (facts §4.2).
#[test]
fn operator_names_as_values_are_refused() {
    let problem = refused(json!({"a": {"inq": ["x", "like"]}}), "a");
    assert_eq!(problem, FilterProblem::ReservedWord { word: "like".into() });
    check(json!({"id": "x"}), json!({"id": "x"}));
}

#[test]
fn negation_is_pushed_to_the_fields() {
    let filter = Filter::all([
        Filter::field("a").eq("x"),
        Filter::any([Filter::field("b").exists(true), Filter::field("c").gt(1)]),
    ]);
    let expected = json!({"or": [
        {"a": {"neq": "x"}},
        {"and": [{"b": {"exists": false}}, {"c": {"$not": {"$gt": 1}}}]},
    ]});
    assert_eq!(filter.clone().negated().to_json().unwrap(), expected);
    assert_eq!(filter.clone().negated().negated(), filter);
    check(json!({"not": {"a": {"inq": [1]}}}), json!({"a": {"nin": [1]}}));
    check(json!({"a": {"not": {"like": "x"}}}), json!({"a": {"$not": {"$regex": "x"}}}));
    check(
        json!({"nor": [{"a": 1}, {"b": 2}]}),
        json!({"and": [{"a": {"neq": 1}}, {"b": {"neq": 2}}]}),
    );
    let outside = Filter::field("a").between(1, 2).negated().to_json().unwrap();
    assert_eq!(
        outside,
        json!({"or": [{"a": {"$not": {"$gte": 1}}}, {"a": {"$not": {"$lte": 2}}}]})
    );
}

/// Recording `cases-where-date-range-type`: the form inside of a list element.
#[test]
fn conditions_on_one_element_use_the_databases_own_operators() {
    let stay = Filter::field("dateRanges").any_element(Filter::field("typeId").eq("H").and(
        Filter::field("startDate").between("2020-12-28T00:00:00.000Z", "2021-01-04T00:00:00.000Z"),
    ));
    let expected = json!({"dateRanges": {"$elemMatch": {"$and": [
        {"typeId": "H"},
        {"$and": [
            {"startDate": {"$gte": "2020-12-28T00:00:00.000Z"}},
            {"startDate": {"$lte": "2021-01-04T00:00:00.000Z"}},
        ]},
    ]}}});
    assert_eq!(stay.to_json().unwrap(), expected);
}

#[test]
fn places_below_a_place_use_the_dotted_key() {
    let filter = Filter::field("usualPlaceOfResidenceLocationId").below(["x"]);
    let written = json!({"usualPlaceOfResidenceLocationId.parentLocationIdFilter": {"inq": ["x"]}});
    assert_eq!(filter.to_json().unwrap(), written);
    check(json!({"usualPlaceOfResidenceLocationId.parentLocationIdFilter": "x"}), written);
    let negated = filter.negated().to_json().unwrap_err();
    assert_eq!(negated.problem(), &FilterProblem::NegatedPlaces);
}

#[test]
fn empty_groups_have_a_meaning() {
    assert!(Filter::all([]).is_everything());
    assert_eq!(Filter::any([]).to_json().unwrap(), json!({"id": {"inq": []}}));
    assert!(Filter::any([]).negated().is_everything());
}

#[test]
fn too_deep_filters_are_refused() {
    let mut filter = json!({"a": 1});
    for _ in 0..30 {
        filter = json!({"or": [filter, {"b": 1}, {"and": [{"c": 1}, {"d": 1}]}]});
        filter = json!({"and": [filter, {"e": 1}]});
    }
    assert_eq!(refused(filter, ""), FilterProblem::TooDeep { limit: 24 });
}

#[test]
fn serde_reads_and_writes_the_same_form() {
    let filter: Filter = serde_json::from_value(json!({"a": {"gte": 1}})).unwrap();
    assert_eq!(serde_json::to_value(&filter).unwrap(), json!({"a": {"gte": 1}}));
    assert!(serde_json::from_value::<Filter>(json!({"a": {"wrong": 1}})).is_err());
}

#[test]
fn debug_shows_no_values() {
    let filter = Filter::field("firstName").like("Planted").and(Filter::field("age.years").gt(3));
    assert_eq!(format!("{filter:?}"), "Filter(and[firstName like, age.years gt])");
}

#[test]
fn a_long_list_is_cut_into_parts_that_keep_the_other_conditions() {
    let filter = Filter::field("id").is_in(["a", "b", "c"]).and(Filter::field("x").eq(1));
    let parts = filter.in_parts(2).unwrap();
    let written: Vec<_> = parts.iter().map(|(_, part)| part.to_json().unwrap()).collect();
    assert_eq!(
        written,
        [
            json!({"and": [{"id": {"inq": ["a", "b"]}}, {"x": 1}]}),
            json!({"and": [{"id": {"inq": ["c"]}}, {"x": 1}]}),
        ]
    );
    assert!(Filter::field("x").eq(1).in_parts(2).is_none());
}
