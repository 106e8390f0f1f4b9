//! An explanation reads like the rule, with what the record holds.

use indicators::{Cell, CellKey, CellValue, Explanation, Outcome, Source};

use crate::naive::{four_places, three_weeks};
use crate::recorded::engine;

const DEFINITIONS: &str = r#"
    [[value]]
    indicator = "Confirmed"
    where = { classification = "CONFIRMED", or = [{ gender = "MALE" }, { "age.years" = { gte = 18 } }] }
    by = { Sex = "gender", Age = "age_group" }

    [[value]]
    indicator = "Admissions"
    each = "dateRanges"
    where = { "dateRanges.typeId" = { nin = ["ISOLATION", "OTHER"] } }
    date = "dateRanges.startDate"

    [[value]]
    indicator = "In hospital"
    each = "dateRanges"
    date = "dateRanges.startDate"
    until = "dateRanges.endDate"
    timing = "current"

    [[value]]
    indicator = "Tested"
    from = "lab-results"
    join = "cases"
    only = "first"

    [breakdown.age_group]
    field = "age"
    bands = ["0-17", "18+"]
"#;

const CASE: &str = r#"{
    "id": "1",
    "classification": "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED",
    "gender": "LNG_REFERENCE_DATA_CATEGORY_GENDER_FEMALE",
    "age": { "years": 30 },
    "dateOfReporting": "2020-12-24T00:00:00.000Z",
    "usualPlaceOfResidenceLocationId": "village",
    "dateRanges": [
        { "typeId": "LNG_REFERENCE_DATA_CATEGORY_PERSON_DATE_TYPE_ISOLATION" },
        { "typeId": "LNG_REFERENCE_DATA_CATEGORY_PERSON_DATE_TYPE_HOSPITALIZATION", "startDate": "2020-12-25" }
    ]
}"#;

fn in_words(explanations: &[Explanation]) -> String {
    let mut text = String::new();
    for explanation in explanations {
        text += &format!("{}\n", explanation.indicator);
        for step in &explanation.steps {
            text += &format!("  {step}\n");
        }
        text += &format!("  => {:?}\n", explanation.outcome);
    }
    text
}

#[test]
fn a_record_is_explained_step_by_step() {
    let engine = engine(DEFINITIONS, three_weeks(), four_places());
    let mut people = engine.people();
    people.push(&engine, Source::Cases, CASE.as_bytes());
    let of_case = engine.explain_record(Source::Cases, CASE.as_bytes(), &people);
    let suspect = CASE.replace("_CONFIRMED", "_SUSPECT").replace("village", "nowhere");
    let of_suspect = engine.explain_record(Source::Cases, suspect.as_bytes(), &people);
    let result =
        |person: &str| format!(r#"{{"personId":"{person}","dateSampleTaken":"2020-12-21"}}"#);
    let explain = |text: &str| engine.explain_record(Source::LabResults, text.as_bytes(), &people);
    insta::assert_snapshot!(
        [of_case, of_suspect, explain(&result("1")), explain(&result("2")), explain("7")]
            .map(|explanations| in_words(&explanations))
            .join("\n")
    );
}

#[test]
fn a_record_explains_the_cells_that_it_is_in_and_no_others() {
    let engine = engine(DEFINITIONS, three_weeks(), four_places());
    let people = engine.people();
    let cell = |indicator: &str, period: &str, org_unit: &str| CellKey {
        indicator: indicator.into(),
        period: period.into(),
        org_unit: org_unit.into(),
        categories: std::collections::BTreeMap::new(),
    };
    let explains = |cell: &CellKey| {
        engine.explain_cell(cell, Source::Cases, CASE.as_bytes(), &people).is_some()
    };
    for (key, expected) in [
        (cell("Admissions", "2020W52", "A"), true),
        (cell("Admissions", "2020W53", "A"), false),
        (cell("Admissions", "2020W52", "B"), false),
        (cell("In hospital", "2020W52", "A"), true),
        (cell("In hospital", "2021W1", "A"), true),
        (cell("Confirmed", "2020W52", "A"), false),
        (cell("nobody knows", "2020W52", "A"), false),
    ] {
        assert_eq!(explains(&key), expected, "{key:?}");
    }
    let mut counter = engine.counter(&people);
    counter.push(Source::Cases, CASE.as_bytes());
    let cells: Vec<Cell> = engine.cells(&counter.into_cube());
    assert!(cells.iter().all(|cell| explains(&CellKey::from(cell))), "{cells:?}");
    assert!(cells.iter().all(|cell| cell.value == CellValue::Number(1.into())));
    let explanations = engine.explain_record(Source::Cases, CASE.as_bytes(), &people);
    assert!(matches!(&explanations[0].outcome, Outcome::Counted(cells) if cells.len() == 1));
}

/// What counts once counts in the cumulative cell of every later period, and of none before.
#[test]
fn a_cumulative_cell_is_explained_by_what_came_up_to_it() {
    let definitions = "[[value]]\nindicator = \"ever\"\ntiming = \"cumulative\"\n\
                       [[value]]\nindicator = \"new\"\n";
    let engine = engine(definitions, three_weeks(), four_places());
    let people = engine.people();
    let case = |day: &str| CASE.replace("2020-12-24T00:00:00.000Z", day);
    let explains = |indicator: &str, day: &str| {
        ["2020W52", "2020W53", "2021W1"].map(|period| {
            let cell = CellKey {
                indicator: indicator.into(),
                period: period.into(),
                org_unit: "A".into(),
                categories: std::collections::BTreeMap::new(),
            };
            engine.explain_cell(&cell, Source::Cases, case(day).as_bytes(), &people).is_some()
        })
    };
    assert_eq!(explains("ever", "2020-12-30"), [false, true, true]);
    assert_eq!(explains("ever", "2020-12-01"), [true, true, true]);
    assert_eq!(explains("ever", "2021-02-01"), [false, false, false]);
    assert_eq!(explains("new", "2020-12-30"), [false, true, false]);
    assert_eq!(explains("new", "2020-12-01"), [false, false, false]);
    let told = |day: &str| {
        let explained = engine.explain_record(Source::Cases, case(day).as_bytes(), &people);
        explained
            .iter()
            .map(|e| {
                let steps = e.steps.iter().map(ToString::to_string);
                steps.filter(|step| step.starts_with("the day is")).collect::<String>()
            })
            .collect::<Vec<_>>()
    };
    let step = "the day is in a period: before the first period";
    assert_eq!(told("2020-12-01"), [format!("{step} (yes)"), format!("{step} (no)")]);
}
