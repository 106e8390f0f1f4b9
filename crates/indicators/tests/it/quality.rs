//! What is odd in the recorded outbreak is found, and as often as it was put there.

use std::collections::BTreeMap;

use indicators::{
    DataFinding, Definition, Engine, Finding, Location, Places, QualityRules, RollUp, Setup, Source,
};
use serde_json::{Value, json as object};

use crate::recorded::{all_weeks, counted, day, json, places};

fn findings() -> Vec<DataFinding> {
    let mut setup = Setup::new(all_weeks(), places(RollUp::Level("ADMIN_LEVEL_2".into())));
    setup.definitions.push(Definition::new("cases"));
    setup.quality = Some(QualityRules {
        today: day("2026-11-23"),
        outbreak_start: Some(day("2020-08-24")),
        reference_ids: serde_json::from_value(json("reference-ids")).unwrap(),
        every_record: true,
    });
    let engine = Engine::compile(setup).unwrap();
    assert_eq!(engine.server_where(Source::Cases), None, "every record is to be looked at");
    let cube = counted(&engine);
    let findings = engine.findings(&cube);
    let stored = engine.read_cube(&cube.to_bytes()).unwrap();
    assert_eq!(engine.findings(&stored), findings);
    findings
}

fn n(findings: &[DataFinding], finding: &Finding) -> u64 {
    findings.iter().filter(|found| found.finding == *finding).map(|found| found.n).sum()
}

/// `expected.json` lists the odd rows that were put into the recording on purpose.
#[test]
fn odd_rows_are_found_as_often_as_they_are_there() {
    let (findings, expected) = (findings(), json("expected"));
    let odd: BTreeMap<String, u64> = serde_json::from_value(expected["odd"].clone()).unwrap();
    let of = |finding: Finding| n(&findings, &finding);
    assert_eq!(of(Finding::NoDate("dateOfReporting".into())), odd["no dateOfReporting"]);
    assert_eq!(
        of(Finding::FutureDate("dateOfReporting".into())),
        odd["reported years after the outbreak"]
    );
    // One of them is the location of an address where the case does not live.
    assert_eq!(of(Finding::UnknownPlace), odd["location id not in locations.json"] - 1);
    assert_eq!(
        of(Finding::UnknownCode("classification".into())),
        odd["classification not in reference data"]
    );
    assert_eq!(
        of(Finding::ImpossibleAge),
        odd["age over 120"] + odd["born after report"],
        "ages over 120, and births after the report where no age is given"
    );
    // 42 more have the address but no location in it.
    assert_eq!(of(Finding::NoPlace), odd["no usual address"] + 42);
}

/// Each finding names records, in order, and not too many.
#[test]
fn findings_name_the_records() {
    let findings = findings();
    let cases = json("cases");
    let undated: Vec<&str> = {
        let undated = cases.as_array().unwrap().iter().filter(|c| c["dateOfReporting"].is_null());
        let mut ids: Vec<&str> = undated.map(|case| case["id"].as_str().unwrap()).collect();
        ids.sort_unstable();
        ids
    };
    let no_date = Finding::NoDate("dateOfReporting".into());
    let mut found: Vec<&str> = findings
        .iter()
        .filter(|found| found.finding == no_date)
        .flat_map(|found| found.ids.iter().map(String::as_str))
        .collect();
    found.sort_unstable();
    assert_eq!(found, undated);
    assert!(findings.iter().all(|found| found.ids.len() <= 100 && found.ids.is_sorted()));
    assert!(findings.iter().all(|found| found.source == Source::Cases));
}

/// A finding belongs to the place where the record is, so that each district gets its own list.
#[test]
fn findings_tell_the_location_of_the_records() {
    let future = Finding::FutureDate("dateOfReporting".into());
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for case in json("cases").as_array().unwrap() {
        let late = case["dateOfReporting"].as_str().is_some_and(|text| text > "2026-11-24");
        if late && let Some(id) = case["usualPlaceOfResidenceLocationId"].as_str() {
            *expected.entry(id.to_owned()).or_default() += 1;
        }
    }

    let found: BTreeMap<String, u64> = findings()
        .into_iter()
        .filter(|found| found.finding == future)
        .filter_map(|found| Some((found.location?, found.n)))
        .collect();

    assert!(!expected.is_empty());
    assert_eq!(found, expected);
}

#[test]
fn records_that_nothing_counts_are_asked_for_only_where_they_are_to_be_looked_at() {
    for (every_record, narrowed) in [(true, false), (false, true)] {
        let mut setup = Setup::new(all_weeks(), places(RollUp::NearestMapped));
        setup.definitions.push(Definition::new("cases"));
        setup.quality = Some(QualityRules {
            today: day("2026-11-23"),
            outbreak_start: None,
            reference_ids: std::collections::BTreeSet::new(),
            every_record,
        });
        let engine = Engine::compile(setup).unwrap();
        assert_eq!(engine.server_where(Source::Cases).is_some(), narrowed);
    }
}

#[test]
fn two_records_of_one_person_are_likely_doubles() {
    let mut setup = Setup::new(all_weeks(), places(RollUp::NearestMapped));
    setup.definitions.push(Definition::new("cases"));
    setup.quality = Some(QualityRules {
        today: day("2026-11-23"),
        outbreak_start: None,
        reference_ids: std::collections::BTreeSet::new(),
        every_record: true,
    });
    let engine = Engine::compile(setup).unwrap();
    let people = engine.people();
    let count = |records: &str| {
        let mut counter = engine.counter(&people);
        counter.push_array(Source::Cases, records.as_bytes()).unwrap();
        counter.into_cube()
    };
    let person = |id: &str, born: &str| {
        format!(r#"{{"id":"{id}","dob":"{born}","dateOfReporting":"2020-09-01"}}"#)
    };
    let one = format!("[{},{}]", person("b", "1990-01-01"), person("c", "1991-01-01"));
    let mut cube = count(&one);
    assert!(!engine.findings(&cube).iter().any(|f| f.finding == Finding::LikelyDouble));
    cube.merge(count(&format!("[{}]", person("a", "1990-01-01")))).unwrap();
    let findings = engine.findings(&cube);
    let double = findings.iter().find(|f| f.finding == Finding::LikelyDouble).unwrap();
    assert_eq!((double.n, double.ids.as_slice()), (2, ["a".to_owned(), "b".to_owned()].as_slice()));
}

/// Decision 7 of the design: names and phone numbers are never fetched.
#[test]
fn only_the_fields_that_are_needed_are_asked_for() {
    let fields = |definitions: &str, source| {
        let engine =
            crate::recorded::engine(definitions, all_weeks(), places(RollUp::NearestMapped));
        engine.fields(source)
    };
    let admissions = r#"
        [[value]]
        indicator = "Admissions"
        each = "dateRanges"
        where = { "dateRanges.typeId" = "HOSPITALIZATION", "age.years" = { gte = 18 } }
        date = "dateRanges.startDate"
        by = { Age = "age" }
    "#;
    assert_eq!(
        fields(admissions, Source::Cases),
        [
            "address.locationId",
            "addresses.locationId",
            "addresses.typeId",
            "age",
            "dateRanges.startDate",
            "dateRanges.typeId",
            "id",
            "usualPlaceOfResidenceLocationId",
        ]
    );
    let tested = r#"
        [[value]]
        indicator = "Tested"
        from = "lab-results"
        join = "cases"
        where = { "person.classification" = "CONFIRMED" }
    "#;
    assert_eq!(fields(tested, Source::LabResults), ["dateSampleTaken", "id", "personId"]);
    assert_eq!(
        fields(tested, Source::Cases),
        [
            "address.locationId",
            "addresses.locationId",
            "addresses.typeId",
            "classification",
            "id",
            "usualPlaceOfResidenceLocationId",
        ]
    );
    let unjoined = tested.replace("join = \"cases\"", "");
    assert!(fields(&unjoined, Source::LabResults).contains(&"person".to_owned()));
}

/// What is found in one record of a case, but for what is odd about one with nothing in it.
fn odd(fields: Value) -> Vec<String> {
    let location = |id: &str, deleted: bool, org_unit: Option<&str>| Location {
        id: id.into(),
        deleted,
        org_unit: org_unit.map(str::to_owned),
        ..Location::default()
    };
    let places = vec![
        location("a", false, Some("A")),
        location("gone", true, Some("G")),
        location("unmapped", false, None),
    ];
    let places = Places::new(places, RollUp::NearestMapped);
    let mut setup = Setup::new(all_weeks(), places);
    setup.definitions.push(Definition::new("cases"));
    setup.quality = Some(QualityRules {
        every_record: true,
        today: day("2020-11-23"),
        outbreak_start: Some(day("2020-08-24")),
        reference_ids: ["known".to_owned()].into(),
    });
    let engine = Engine::compile(setup).unwrap();
    let mut record = object!({
        "id": "x", "dateOfReporting": "2020-10-10", "usualPlaceOfResidenceLocationId": "a",
    });
    record.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let people = engine.people();
    let mut counter = engine.counter(&people);
    counter.push(Source::Cases, record.to_string().as_bytes());
    let findings = engine.findings(&counter.into_cube());
    assert!(findings.iter().all(|found| found.n == 1 && found.ids == ["x"]), "{findings:?}");
    findings.iter().map(|found| found.finding.to_string()).collect()
}

#[test]
fn a_date_is_odd_from_the_day_after_today_and_up_to_the_day_before_the_outbreak() {
    let nothing = Vec::<String>::new();
    assert_eq!(odd(object!({})), nothing);
    for date in ["2020-11-23", "2020-11-23T23:59:59.999Z", "2020-08-24"] {
        assert_eq!(odd(object!({ "dateOfInfection": date })), nothing, "{date}");
    }
    for (date, what) in [
        ("2020-11-24", "dateOfInfection lies in the future"),
        ("2020-08-23", "dateOfInfection lies before the outbreak"),
        ("in May", "dateOfInfection is no date"),
    ] {
        assert_eq!(odd(object!({ "dateOfInfection": date })), [what], "{date}");
    }
    assert_eq!(odd(object!({ "dateOfReporting": null })), ["dateOfReporting is missing"]);
    assert_eq!(odd(object!({ "dateOfReporting": "soon" })), ["dateOfReporting is no date"]);
}

#[test]
fn an_onset_is_odd_from_the_day_after_the_report() {
    assert!(odd(object!({ "dateOfOnset": "2020-10-09" })).is_empty());
    assert!(odd(object!({ "dateOfOnset": "2020-10-10" })).is_empty());
    assert_eq!(odd(object!({ "dateOfOnset": "2020-10-11" })), ["onset after reporting"]);
}

#[test]
fn a_place_is_odd_that_cannot_count() {
    let place = |id: Value| odd(object!({ "usualPlaceOfResidenceLocationId": id }));
    assert_eq!(place(object!("gone")), ["deleted place"]);
    assert_eq!(place(object!("unmapped")), ["place without an organisation unit"]);
    assert_eq!(place(object!("elsewhere")), ["unknown place"]);
    assert_eq!(place(object!(null)), ["without a place"]);
}

#[test]
fn a_code_or_an_age_is_odd_that_cannot_be() {
    assert!(odd(object!({ "gender": "known", "age": { "years": 120 } })).is_empty());
    assert_eq!(odd(object!({ "gender": "new" })), ["gender is not in the reference data"]);
    assert_eq!(odd(object!({ "age": { "years": 121 } })), ["impossible age"]);
    assert_eq!(odd(object!({ "dob": "2020-10-11" })), ["impossible age"]);
}

#[test]
fn unreadable_records_are_found_and_the_last_day_of_birth_alone_makes_no_double() {
    let mut setup = Setup::new(all_weeks(), places(RollUp::default()));
    setup.definitions.push(Definition::new("cases"));
    setup.quality = Some(QualityRules {
        every_record: true,
        today: day("2026-11-23"),
        outbreak_start: None,
        reference_ids: std::collections::BTreeSet::new(),
    });
    let engine = Engine::compile(setup).unwrap();
    let people = engine.people();
    let mut counter = engine.counter(&people);
    let count = |records: &[&str]| {
        let mut counter = engine.counter(&people);
        records.iter().for_each(|record| counter.push(Source::Cases, record.as_bytes()));
        engine.findings(&counter.into_cube())
    };
    assert_eq!(n(&count(&["{", "7"]), &Finding::Unreadable), 2);
    assert_eq!(count(&["{"])[0].finding.to_string(), "the record cannot be read");
    assert!(engine.findings(counter.cube()).is_empty());
    let born = |id: &str, more: &str| format!(r#"{{"id":"{id}","dob":"1980-01-01"{more}}}"#);
    let double = |other: &str| n(&count(&[&born("a", ""), other]), &Finding::LikelyDouble);
    assert_eq!(double(&born("b", "")), 2);
    assert_eq!(double(&born("b", r#","gender":"x""#)), 0);
    assert_eq!(double(&born("b", r#","dateOfReporting":"2020-10-10""#)), 0);
    assert_eq!(double(r#"{"id":"b"}"#), 0);
    counter.push(Source::Cases, born("a", "").as_bytes());
    counter.push(Source::Cases, br#"{"id":"b"}"#);
    counter.push(Source::Cases, br#"{"id":"c"}"#);
    let findings = engine.findings(counter.cube());
    assert_eq!(
        n(&findings, &Finding::LikelyDouble),
        0,
        "nobody is a double for lack of a birth date"
    );
    assert_eq!(Finding::LikelyDouble.to_string(), "likely double");
}
