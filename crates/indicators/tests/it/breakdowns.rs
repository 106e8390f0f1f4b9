//! The option of a record.

use indicators::{Reason, Source};
use serde_json::{Value, json};

use crate::naive::{cells, four_places, three_weeks};
use crate::recorded::engine;

/// The option that a case with these fields has, or why it has none.
fn option(breakdown: &str, fields: &Value) -> Result<String, Reason> {
    let config = format!(
        "[[value]]\nindicator = \"x\"\norg_unit = \"A\"\nby = {{ B = \"b\" }}\n[breakdown.b]\n{breakdown}"
    );
    let engine = engine(&config, three_weeks(), four_places());
    let mut case = json!({ "id": "1", "dateOfReporting": "2020-12-24" });
    case.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let people = engine.people();
    let mut counter = engine.counter(&people);
    counter.push(Source::Cases, case.to_string().as_bytes());
    let cube = counter.into_cube();
    match cells(&engine, &cube).keys().next() {
        Some(key) => Ok(key.rsplit('|').next().unwrap().to_owned()),
        None => Err(*engine.accounts(&cube)[0].left_out.keys().next().unwrap()),
    }
}

/// The age that is stated; else completed years from birth to the report.
#[test]
fn an_age_is_in_completed_years_if_it_can_be() {
    let age = "field = \"age\"\nbands = { \"0\" = \"0\", \"1-4\" = \"1-4\", \"5-119\" = \"5+\", \"120\" = \"120\" }";
    for (fields, expected) in [
        (json!({ "age": { "years": 4 } }), Ok("1-4")),
        (json!({ "age": { "years": 4.9 } }), Ok("1-4")),
        (json!({ "age": { "years": "5" } }), Ok("5+")),
        (json!({ "age": { "years": 0, "months": 11 } }), Ok("0")),
        (json!({ "age": { "months": 30 } }), Ok("0")),
        (json!({ "age": { "years": 120 } }), Ok("120")),
        (json!({ "age": { "years": 121 } }), Err(Reason::MissingCategory)),
        (json!({ "age": { "years": -1 } }), Err(Reason::MissingCategory)),
        (json!({ "dob": "2019-12-24" }), Ok("1-4")),
        (json!({ "dob": "2019-12-25" }), Ok("0")),
        (json!({ "dob": "2020-12-24" }), Ok("0")),
        (json!({ "dob": "2020-12-25" }), Err(Reason::MissingCategory)),
        (json!({ "dob": "1900-12-25" }), Ok("5+")),
        (json!({ "dob": "1900-12-24" }), Ok("120")),
        (json!({ "dob": "1899-12-24" }), Err(Reason::MissingCategory)),
        (json!({ "age": {}, "dob": "2019-12-24" }), Ok("1-4")),
        (json!({}), Err(Reason::MissingCategory)),
        (json!({ "age": { "years": 4 }, "dob": "1980-01-01" }), Ok("1-4")),
    ] {
        let found = option(age, &fields);
        assert_eq!(found.as_deref().map_err(|reason| *reason), expected, "{fields}");
    }
    let at_onset = format!("{age}\nat = \"dateOfOnset\"");
    let fields = json!({ "dob": "2019-12-24", "dateOfOnset": "2020-12-23" });
    assert_eq!(option(&at_onset, &fields), Ok("0".into()));
    assert_eq!(option(&at_onset, &json!({ "dob": "2019-12-24" })), Err(Reason::MissingCategory));
    let years = age.replace("\"age\"", "\"age.years\"");
    assert_eq!(option(&years, &json!({ "age": { "months": 30 } })), Ok("0".into()));
}

/// Not every number is an age: this one has no upper end, and no months.
#[test]
fn a_number_is_in_the_band_of_its_whole_part() {
    let bands = "field = \"numberOfContacts\"\nbands = [\"0-4\", \"5-9\", \"200+\"]";
    let n = |n: Value| option(bands, &json!({ "numberOfContacts": n, "age": { "years": 3 } }));
    assert_eq!(n(json!(4.9)), Ok("0-4".into()));
    assert_eq!(n(json!("5")), Ok("5-9".into()));
    assert_eq!(n(json!(300)), Ok("200+".into()));
    assert_eq!(n(json!(10)), Err(Reason::OtherCategory));
    assert_eq!(n(json!(-0.5)), Err(Reason::OtherCategory));
    assert_eq!(n(json!("many")), Err(Reason::OtherCategory));
    assert_eq!(n(json!(null)), Err(Reason::MissingCategory));
    let named = format!("{bands}\nother = \"other\"\nmissing = \"?\"");
    let n = |n: Value| option(&named, &json!({ "numberOfContacts": n }));
    assert_eq!((n(json!(10)), n(json!(null))), (Ok("other".into()), Ok("?".into())));
}

#[test]
fn a_value_is_its_own_option_unless_it_is_listed() {
    let open = |value: Value| option("field = \"v\"", &json!({ "v": value }));
    assert_eq!(open(json!("a")), Ok("a".into()));
    assert_eq!(open(json!("a\"b")), Ok("a\"b".into()));
    assert_eq!(open(json!(7)), Ok("7".into()));
    assert_eq!(open(json!(true)), Ok("true".into()));
    assert_eq!(open(json!(["a", "b"])), Ok("a".into()));
    for nothing in [json!(null), json!(""), json!({}), json!([]), json!([[1]])] {
        assert_eq!(open(nothing.clone()), Err(Reason::MissingCategory), "{nothing}");
    }
    let gender = |breakdown: &str| {
        option(breakdown, &json!({ "gender": "LNG_REFERENCE_DATA_CATEGORY_GENDER_MALE" }))
    };
    assert_eq!(gender("field = \"gender\""), Ok("MALE".into()));
    assert_eq!(gender("field = \"gender\"\nvalues = { MALE = \"M\" }"), Ok("M".into()));
    assert_eq!(gender("field = \"gender\"\nvalues = [\"FEMALE\"]"), Err(Reason::OtherCategory));
    assert_eq!(gender("field = \"gender\"\nvalues = []\nother = \"o\""), Ok("o".into()));
    // The text of "missing" may be one that is met.
    assert_eq!(gender("field = \"gender\"\nmissing = \"MALE\""), Ok("MALE".into()));
}

#[test]
fn a_place_is_the_one_above_it_of_the_level() {
    let level = |place: &str| {
        let breakdown = "field = \"p\"\nlevel = \"L1\"\nother = \"other\"";
        let config = format!(
            "[[value]]\nindicator = \"x\"\norg_unit = \"A\"\nby = {{ B = \"b\" }}\n[breakdown.b]\n{breakdown}"
        );
        let location = |id: &str, parent: Option<&str>, level: Option<&str>| indicators::Location {
            id: id.into(),
            parent: parent.map(str::to_owned),
            level: level.map(str::to_owned),
            ..indicators::Location::default()
        };
        let places = indicators::Places::new(
            vec![
                location("country", None, Some("L0")),
                location("district", Some("country"), Some("L1")),
                location("village", Some("district"), None),
            ],
            indicators::RollUp::NearestMapped,
        );
        let engine = engine(&config, three_weeks(), places);
        let people = engine.people();
        let mut counter = engine.counter(&people);
        let case = json!({ "id": "1", "dateOfReporting": "2020-12-24", "p": place });
        counter.push(Source::Cases, case.to_string().as_bytes());
        let cells = cells(&engine, &counter.into_cube());
        cells.into_keys().next().map(|key| key.rsplit('|').next().unwrap().to_owned())
    };
    assert_eq!(level("district").as_deref(), Some("district"));
    assert_eq!(level("village").as_deref(), Some("district"));
    assert_eq!(level("country").as_deref(), Some("other"));
    assert_eq!(level("elsewhere").as_deref(), Some("other"));
    assert_eq!(level(""), None);
}
