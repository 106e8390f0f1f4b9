//! What a condition means, what is asked of the server for it, and how it is told.

use indicators::{Definition, Engine, Setup, Source, Step, Where};
use serde_json::{Value, json};

use crate::naive::{four_places, three_weeks};

fn engine(each: Option<&str>, condition: &Value) -> Engine {
    let mut setup = Setup::new(three_weeks(), four_places());
    setup.definitions.push(Definition {
        each: each.map(str::to_owned),
        condition: Where::from_json(condition).unwrap_or_else(|e| panic!("{condition}: {e}")),
        date: Some("dateOfReporting".into()),
        org_unit: Some("A".into()),
        timing: indicators::Timing::Cumulative,
        ..Definition::new("x")
    });
    Engine::compile(setup).unwrap()
}

fn fits(condition: &Value, fields: &Value) -> bool {
    let mut record = json!({ "id": "1", "dateOfReporting": "2020-12-24" });
    record.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    fits_text(&engine(None, condition), &record.to_string())
}

/// Whether the text of a record fits the condition of the engine.
fn fits_text(engine: &Engine, record: &str) -> bool {
    let people = engine.people();
    let mut counter = engine.counter(&people);
    counter.push(Source::Cases, record.as_bytes());
    let cells = engine.cells(&counter.into_cube());
    assert!(cells.is_empty() || cells.len() == 3, "{cells:?}");
    !cells.is_empty()
}

/// For each condition: values of `f` that fit, and values that do not. `absent` stands for none.
#[test]
fn a_condition_holds_as_it_does_in_mongodb() {
    let absent = json!("absent");
    for (condition, fit, others) in [
        (json!("a"), json!(["a", ["b", "a"]]), json!(["b", "A", "", null, absent, 1, ["b"], []])),
        (json!("é\"\\"), json!(["é\"\\"]), json!(["é", "\\"])),
        (json!(5), json!([5, 5.0, [4, 5]]), json!(["5", 4, null, absent])),
        (json!(2.5), json!([2.5]), json!([2, 3])),
        (json!(true), json!([true]), json!([false, "true", 1, absent])),
        (json!(null), json!([null, absent, [null]]), json!(["", 0, false, []])),
        (json!({ "eq": "a" }), json!(["a"]), json!(["b"])),
        (json!({ "neq": "a" }), json!(["b", null, absent, ["b"]]), json!(["a", ["b", "a"]])),
        (json!({ "ne": 5 }), json!([4, "5"]), json!([5])),
        (json!({ "gt": 5 }), json!([6, 5.1, [1, 9]]), json!([5, 4, "6", null, absent, true])),
        (json!({ "gte": 5 }), json!([5, 6]), json!([4.9, absent])),
        (json!({ "lt": 5 }), json!([4, -1]), json!([5, 6, null, absent])),
        (json!({ "lte": 5 }), json!([5, 4]), json!([5.1, "4"])),
        (json!({ "gt": "b" }), json!(["c", "ba"]), json!(["b", "a", 7, "2020-01-01T00:00:00Z"])),
        (json!({ "lt": "b" }), json!(["a", "2020"]), json!(["b", "2020-01-01T00:00:00Z"])),
        (json!({ "lte": "b" }), json!(["b", "a"]), json!(["ba", null])),
        (json!({ "gte": 3, "lt": 5 }), json!([3, 4, [1, 9]]), json!([2, 5, []])),
        (json!({ "between": [3, 5] }), json!([3, 4, 5]), json!([2, 6])),
        (json!({ "inq": ["a", 5] }), json!(["a", 5]), json!(["b", "5"])),
        (json!({ "inq": ["a", null] }), json!(["a", null, absent]), json!(["b"])),
        (json!({ "nin": ["a", 5] }), json!(["b", absent]), json!(["a", 5, ["b", 5]])),
        (
            json!({ "like": "^a.c" }),
            json!(["abc", "axcd", ["x", "abc"]]),
            json!(["ABC", "xabc", 5]),
        ),
        (json!({ "like": "b", "options": "i" }), json!(["aBc"]), json!(["ac"])),
        (json!({ "regexp": "/^b/i" }), json!(["Bc"]), json!(["ab"])),
        (json!({ "regexp": "/^b/" }), json!(["bc"]), json!(["Bc", "/bc"])),
        (json!({ "like": "/b" }), json!(["a/b"]), json!(["b"])),
        (json!({ "exists": true }), json!([1, "", [], null]), json!([absent])),
        (json!({ "exists": false }), json!([absent]), json!([null, 1])),
        (json!({ "not": { "gt": 5 } }), json!([5, "6", absent]), json!([6])),
        (
            json!({ "gte": "2020-12-24" }),
            json!(["2020-12-24T00:00:00Z", "2020-12-24", "2020-12-24T01:00:00+01:00"]),
            json!(["2020-12-23T23:59:59.999Z", "2021", "zebra", 7]),
        ),
        (
            json!("2020-12-24T12:00:00Z"),
            json!(["2020-12-24T12:00:00.000Z", "2020-12-24T13:00:00+01:00"]),
            json!(["2020-12-24", "2020-12-24T12:00:01Z"]),
        ),
        (
            json!({ "elemMatch": { "a": 1, "b": { "gt": 1 } } }),
            json!([[{ "a": 1, "b": 2 }], [7, { "a": 1, "b": 2 }], [{ "a": 1, "b": 2 }, { "a": 5 }]]),
            json!([[{ "a": 1 }, { "b": 2 }], [], absent, { "x": 1 }, [7], 7]),
        ),
    ] {
        let check = |value: &Value, expected: bool| {
            let fields = if *value == absent { json!({}) } else { json!({ "f": value }) };
            assert_eq!(
                fits(&json!({ "f": condition }), &fields),
                expected,
                "{condition} of {value}"
            );
        };
        fit.as_array().unwrap().iter().for_each(|value| check(value, true));
        others.as_array().unwrap().iter().for_each(|value| check(value, false));
    }
}

/// An escape is another spelling of the same text.
#[test]
fn a_text_is_the_same_with_and_without_escapes() {
    for (condition, expected) in
        [(json!("a"), [true, true, false]), (json!({ "neq": "a" }), [false, false, true])]
    {
        let engine = engine(None, &json!({ "f": condition }));
        let found = [r#""a""#, r#""\u0061""#, r#""\u0062""#].map(|text| {
            fits_text(&engine, &format!(r#"{{"dateOfReporting":"2020-12-24","f":{text}}}"#))
        });
        assert_eq!(found, expected, "{condition}");
    }
}

/// The texts of a field that conditions ask for have numbers, of which there are not endlessly many.
#[test]
fn one_of_many_texts_is_any_of_them() {
    let texts: Vec<String> = (0..300).map(|n| format!("text {n}")).collect();
    for (operator, expected) in [("inq", true), ("nin", false)] {
        for n in [1, 2, 62, 63, 64, 65, 255, 256, 257, 300] {
            let engine = engine(None, &json!({ "f": { (operator): (texts[..n]) } }));
            for (place, text) in texts.iter().enumerate() {
                let record = json!({ "dateOfReporting": "2020-12-24", "f": text });
                let found = fits_text(&engine, &record.to_string());
                assert_eq!(found, (place < n) == expected, "{text} {operator} the first {n}");
            }
        }
    }
    // The last one alone, behind all the others.
    for n in [1, 62, 63, 64, 255, 256] {
        let condition = json!({ "or": [{ "f": { "inq": (texts[..n]) } }, { "f": (texts[n]) }] });
        let engine = engine(None, &condition);
        for (place, text) in texts.iter().enumerate() {
            let record = json!({ "dateOfReporting": "2020-12-24", "f": text });
            assert_eq!(fits_text(&engine, &record.to_string()), place <= n, "{text}, {n} before");
        }
    }
}

/// What is no object has no fields: it is not taken for the value of one.
#[test]
fn an_element_that_is_no_object_has_no_fields() {
    let absent = engine(Some("l"), &json!({ "l.a": null }));
    let seven = engine(Some("l"), &json!({ "l.a": 7 }));
    for (element, is_absent, is_seven) in [
        (json!({ "a": 7 }), false, true),
        (json!({ "b": 7 }), true, false),
        (json!(7), true, false),
        (json!([{ "a": 7 }]), false, true),
    ] {
        let record = json!({ "dateOfReporting": "2020-12-24", "l": [&element] }).to_string();
        assert_eq!(fits_text(&absent, &record), is_absent, "{element}");
        assert_eq!(fits_text(&seven, &record), is_seven, "{element}");
    }
}

#[test]
fn a_path_goes_through_lists_and_conditions_are_joined() {
    let (a, b) = (json!({ "a": 1 }), json!({ "b": 2 }));
    for (condition, record, expected) in [
        (json!({ "l.a": 1 }), json!({ "l": [{ "a": 2 }, { "a": 1 }] }), true),
        (json!({ "l.a": 1, "l.b": 2 }), json!({ "l": [{ "a": 1 }, { "b": 2 }] }), true),
        (json!({ "l.a": { "neq": 1 } }), json!({ "l": [{ "a": 1 }, { "a": 2 }] }), false),
        (json!({ "l.1.a": 1 }), json!({ "l": [{ "a": 1 }, { "a": 2 }] }), false),
        (json!({ "l.0.a": 1 }), json!({ "l": [{ "a": 1 }, { "a": 2 }] }), true),
        (json!({}), json!({}), true),
        (json!({ "a": 1, "b": 2 }), json!({ "a": 1 }), false),
        (json!({ "a": 1, "b": 2 }), json!({ "a": 1, "b": 2 }), true),
        (json!({ "and": [&a, &b] }), json!({ "b": 2 }), false),
        (json!({ "or": [&a, &b] }), json!({ "b": 2 }), true),
        (json!({ "or": [&a, &b] }), json!({ "b": 1 }), false),
        (json!({ "nor": [&a, &b] }), json!({ "b": 1 }), true),
        (json!({ "nor": [&a, &b] }), json!({ "b": 2 }), false),
    ] {
        assert_eq!(fits(&condition, &record), expected, "{condition} of {record}");
    }
}

#[test]
fn no_condition_holds_for_every_record() {
    assert!(Where::default().is_always_true());
    assert!(Where::from_json(&json!({})).unwrap().is_always_true());
    let one = Where::from_json(&json!({ "a": 1 })).unwrap();
    assert!(!one.is_always_true());
    assert_eq!(one.to_json(), &json!({ "a": 1 }));
    assert_eq!(serde_json::to_value(&one).unwrap(), json!({ "a": 1 }));
    assert_eq!(format!("{one:?}"), r#"Where({"a":1})"#);
}

#[test]
fn a_condition_that_says_nothing_certain_is_refused() {
    for (condition, told) in [
        (json!(7), "condition on `where`: a condition is a table"),
        (json!({ "and": 7 }), "condition on `and`: expected a list of conditions"),
        (json!({ "$or": [] }), "`$or` stands where a field is expected"),
        (json!({ "eq": 5 }), "`eq` stands where a field is expected"),
        (json!({ "a.labResult.b": 5 }), "only the server understands this"),
        (json!({ "a": { "like": 5 } }), "`like` takes a regular expression"),
        (json!({ "a": { "regexp": null } }), "`regexp` takes a regular expression"),
        (json!({ "a": { "regexp": "/b" } }), "ends in `/` or `/i`"),
        (json!({ "a": { "like": "b", "options": "x" } }), "`options` can only be \"i\""),
        (json!({ "a": { "regexp": "b", "options": "i" } }), "unknown operator `options`"),
        (json!({ "a": { "exists": 1 } }), "`exists` takes true or false"),
        (json!({ "a": { "not": 1 } }), "`not` takes a table"),
        (json!({ "a": { "gt": true } }), "have an order"),
        (json!({ "a": { "nin": [] } }), "`nin` takes a list of values, not empty"),
        (json!({ "a": { "inq": [{ "b": 1 }] } }), "found a table"),
        (json!({ "a": { "inq": [[1]] } }), "found a list; for one of several"),
        (json!({ "a": { "zebra": 1 } }), "\"a.zebra\" = …"),
        (json!({ "a": 1e300 }), "too large or too fine"),
    ] {
        let error = Where::from_json(&condition).unwrap_err().to_string();
        assert!(error.contains(told), "{condition}: {error}");
    }
    let large: Value = serde_json::from_str(r#"{ "a": 1.5e3 }"#).unwrap();
    assert!(fits(&large, &json!({ "a": 1500 })));
}

/// What the server is asked for; `null` where it cannot be asked without losing records.
#[test]
fn the_server_is_asked_only_for_what_it_understands() {
    let asked = |each: Option<&str>, condition: &Value| {
        engine(each, condition).server_where(Source::Cases).unwrap_or_default()
    };
    for (condition, expected) in [
        (json!({ "a": 1 }), json!({ "a": 1 })),
        (json!({ "a": 2.50 }), json!({ "a": 2.5 })),
        (json!({ "a": false }), json!({ "a": false })),
        (json!({ "a": null }), json!({ "or": [{ "a": null }, { "a": { "exists": false } }] })),
        (json!({ "a": "like" }), json!(null)),
        (json!({ "a": "$b" }), json!(null)),
        (json!({ "a": "liked" }), json!({ "a": "liked" })),
        (json!({ "a": { "neq": 1 } }), json!({ "a": { "neq": 1 } })),
        (json!({ "a": { "neq": "or" } }), json!(null)),
        (json!({ "a": { "gt": 1 } }), json!({ "a": { "gt": 1 } })),
        (json!({ "a": { "gte": 1 } }), json!({ "a": { "gte": 1 } })),
        (json!({ "a": { "lt": 1 } }), json!({ "a": { "lt": 1 } })),
        (json!({ "a": { "lte": 1 } }), json!({ "a": { "lte": 1 } })),
        (
            json!({ "a": { "between": [1, 2] } }),
            json!({ "and": [{ "a": { "gte": 1 } }, { "a": { "lte": 2 } }] }),
        ),
        (json!({ "a": { "inq": [1, 2] } }), json!({ "a": { "inq": [1, 2] } })),
        (json!({ "a": { "inq": [1, null] } }), json!(null)),
        (json!({ "a": { "inq": ["b", "nin"] } }), json!(null)),
        (json!({ "a": { "nin": [1] } }), json!(null)),
        (json!({ "a": { "not": { "gt": 1 } } }), json!(null)),
        (json!({ "a": { "like": "b" } }), json!(null)),
        (json!({ "a": { "exists": true } }), json!({ "a": { "exists": true } })),
        (json!({ "a": { "exists": false } }), json!({ "a": { "exists": false } })),
        (json!({ "a[].b": 1 }), json!({ "a.b": 1 })),
        (
            json!({ "a": { "elemMatch": { "b": 1, "c": { "gt": 2 } } } }),
            json!({ "and": [{ "a.b": 1 }, { "a.c": { "gt": 2 } }] }),
        ),
        (json!({ "a": { "elemMatch": { "b": { "neq": 1 } } } }), json!(null)),
        (json!({ "a": { "elemMatch": { "b": null } } }), json!(null)),
        (json!({ "a": { "elemMatch": { "b": { "exists": false } } } }), json!(null)),
        (
            json!({ "a": { "elemMatch": { "b": { "exists": true } } } }),
            json!({ "a.b": { "exists": true } }),
        ),
        (
            json!({ "and": [{ "a": 1 }, { "and": [{ "b": 2 }, { "c": 3 }] }, { "d": { "nin": [1] } }] }),
            json!({ "and": [{ "a": 1 }, { "b": 2 }, { "c": 3 }] }),
        ),
        (
            json!({ "or": [{ "a": 1 }, { "b": 2 }, { "a": 1 }] }),
            json!({ "or": [{ "a": 1 }, { "b": 2 }] }),
        ),
        (json!({ "or": [{ "a": 1 }, { "a": 1 }] }), json!({ "a": 1 })),
        (json!({ "or": [{ "a": 1 }, { "b": { "nin": [1] } }] }), json!(null)),
        (json!({ "nor": [{ "a": 1 }] }), json!(null)),
    ] {
        assert_eq!(asked(None, &condition), expected, "{condition}");
    }
    // Of each element of a list, while the server asks whether any element fits.
    for (condition, expected) in [
        (json!({ "l.a": 1 }), json!({ "l.a": 1 })),
        (json!({ "l.a": { "neq": 1 } }), json!(null)),
        (json!({ "l.a": null }), json!(null)),
        (json!({ "l.a": { "exists": false } }), json!(null)),
        (json!({ "b": { "neq": 1 } }), json!({ "b": { "neq": 1 } })),
    ] {
        assert_eq!(asked(Some("l"), &condition), expected, "{condition}");
    }
}

/// The first step of the explanation: what is asked and what is found.
#[test]
fn a_condition_is_told_in_words() {
    let told = |condition: Value, fields: Value| {
        let engine = engine(None, &condition);
        let people = engine.people();
        let mut explained =
            engine.explain_record(Source::Cases, fields.to_string().as_bytes(), &people);
        let steps: Vec<Step> = explained.remove(0).steps;
        steps[0].to_string()
    };
    for (condition, fields, expected) in [
        (json!({ "a": 1 }), json!({ "a": 1 }), "a is 1: 1 (yes)"),
        (json!({ "a": true }), json!({ "a": false }), "a is true: false (no)"),
        (json!({ "a": null }), json!({}), "a is empty: (absent) (yes)"),
        (
            json!({ "gender": "MALE" }),
            json!({ "gender": "LNG_REFERENCE_DATA_CATEGORY_GENDER_FEMALE" }),
            "gender is MALE: FEMALE (no)",
        ),
        (json!({ "a": { "neq": 1 } }), json!({ "a": 1 }), "a is not 1: 1 (no)"),
        (json!({ "a": { "inq": [1, 2] } }), json!({ "a": 2 }), "a is one of 1, 2: 2 (yes)"),
        (json!({ "a": { "nin": [1, 2] } }), json!({ "a": 3 }), "a is none of 1, 2: 3 (yes)"),
        (json!({ "a": { "gt": 1 } }), json!({ "a": 1 }), "a > 1: 1 (no)"),
        (json!({ "a": { "gte": 1 } }), json!({ "a": 1 }), "a ≥ 1: 1 (yes)"),
        (json!({ "a": { "lt": 1 } }), json!({ "a": 1 }), "a < 1: 1 (no)"),
        (json!({ "a": { "lte": 1 } }), json!({ "a": "x" }), "a ≤ 1: x (no)"),
        (json!({ "a": { "gte": 1, "lt": 5 } }), json!({ "a": 7 }), "a ≥ 1 and a < 5: 7 (no)"),
        (json!({ "a": { "like": "^x" } }), json!({ "a": "xy" }), "a matches /^x/: xy (yes)"),
        (json!({ "a": { "exists": true } }), json!({ "a": {} }), "a is there: (a table) (yes)"),
        (json!({ "a": { "exists": false } }), json!({ "a": [[1]] }), "a is absent: (a table) (no)"),
        (json!({ "a": { "not": { "gt": 1 } } }), json!({ "a": 1 }), "not a > 1: 1 (yes)"),
        (
            json!({ "a": { "elemMatch": { "b": 1, "c": 2 } } }),
            json!({ "a": [] }),
            "a has an element with b is 1 and c is 2: (absent) (no)",
        ),
        (
            json!({ "or": [{ "a": 1 }, { "b": 2 }] }),
            json!({ "a": 3, "b": 4 }),
            "(a is 1 or b is 2): a 3, b 4 (no)",
        ),
        (
            json!({ "or": [{ "a": 1 }, { "a": 2 }] }),
            json!({ "a": 2 }),
            "(a is 1 or a is 2): 2 (yes)",
        ),
        (json!({ "nor": [{ "a": 1 }] }), json!({ "a": 2 }), "not (a is 1): 2 (yes)"),
        (json!({ "a": 9 }), json!({ "a": [1, 2, 3, 4, 5] }), "a is 9: 1, 2, 3, 4, 5 (no)"),
        (
            json!({ "a": 9 }),
            json!({ "a": [1, 2, 3, 4, 5, 6] }),
            "a is 9: 1, 2, 3, 4, 5, … (6 values) (no)",
        ),
        (
            json!({ "d": { "gte": "2020-12-24" } }),
            json!({ "d": "x" }),
            "d ≥ 2020-12-24T00:00:00.000Z: x (no)",
        ),
    ] {
        assert_eq!(told(condition.clone(), fields), expected, "{condition}");
    }
}
