//! `explain`: the records in a cell are those that make its value; a record is in the cells that hold it.

use sandbox::dhis2::{Clock, Dhis2, Dhis2Version};
use sandbox::godata::{GoData, Kind, reference};
use serde_json::Value;

use super::stage::{Stage, WHOLE_OUTBREAK};

fn stage() -> Stage {
    let dhis2 = Dhis2::atlantia_builder(Dhis2Version::V2_42)
        .clock(Clock::frozen("2021-03-01T08:00:00Z"))
        .build();
    Stage::new(GoData::recorded().unwrap(), dhis2, WHOLE_OUTBREAK)
}

/// A confirmed case of the recorded outbreak that was reported on `day`'s week.
fn confirmed(stage: &Stage) -> Value {
    let class = reference("CASE_CLASSIFICATION", "CONFIRMED");
    stage
        .godata
        .records(Kind::Case)
        .into_iter()
        .find(|case| {
            case["classification"] == *class
                && case["dateOfReporting"].as_str().is_some_and(|day| day.starts_with("2021-01"))
        })
        .expect("a confirmed case of January")
}

#[test]
fn a_cell_holds_as_many_records_as_its_value_says() {
    let stage = stage();
    let id = confirmed(&stage)["visualId"].as_str().unwrap().to_owned();
    let explained = stage.run(&["explain", "record", &id, "--json"]).ok();
    let cell = explained.lines("record")[0]["explanations"][0]["outcome"]["counted"][0].clone();
    let period = cell["period"].as_str().unwrap().to_owned();

    for more in [&[][..], &["--records", "records"]] {
        stage.export();
        let arguments = ["explain", "cell", "CnPsS2xE8UN", &period, "DiszpKrYNg8", "--json"];
        let ended = stage.run(&[&arguments[..], more].concat()).ok();

        let found = &ended.lines("cell")[0];
        let records = found["records"].as_array().unwrap();
        let value: usize = found["value"].to_string().trim_matches('"').parse().unwrap();
        assert_eq!(records.len(), value, "{found}");
        assert!(records.iter().any(|record| record["visualId"] == *id), "{found}");
    }
}

#[test]
fn a_record_that_is_in_no_cell_shows_the_step_that_decided() {
    let stage = stage();
    let case = confirmed(&stage);
    let (id, visual_id) = (case["id"].as_str().unwrap(), case["visualId"].as_str().unwrap());
    assert!(stage.godata.reclassify(id, "NOT_A_CASE_DISCARDED"));

    let ended = stage.run(&["explain", "record", visual_id]).ok();

    assert!(ended.out.contains("in no cell"), "{}", ended.out);
    assert!(ended.out.contains("(no)"), "the failing step: {}", ended.out);
}

#[test]
fn a_record_without_its_date_is_listed_near_the_cell() {
    let stage = stage();
    let id = stage.godata.put(
        Kind::Case,
        serde_json::json!({ "visualId": "NO-DATE-1", "classification": reference("CASE_CLASSIFICATION", "CONFIRMED") }),
    );

    let ended = stage.run(&["explain", "cell", "Confirmed", "2021W3", "Atlantia"]).ok();

    assert!(ended.out.contains("NO-DATE-1"), "{}", ended.out);
    assert!(!ended.out.contains(&id), "near ones are shown by the id that people use");
    assert!(ended.err.is_empty(), "nothing about records outside standard output: {}", ended.err);
}

#[test]
fn what_is_not_there_is_said() {
    let stage = stage();

    stage.run(&["explain", "record", "CA-9999999"]).fails_with(2, &["has this id"]);
    stage
        .run(&["explain", "cell", "Confirmd", "2021W3", "DiszpKrYNg8"])
        .fails_with(2, &["did you mean `Confirmed`?"]);
    stage
        .run(&["explain", "cell", "Confirmed", "2021W3", "DiszpKrYNg8", "--category", "SEX"])
        .fails_with(2, &["--category SEX=FEMALE"]);
}

/// Records are looked at while they are counted: the list is read once, whatever is asked.
#[test]
fn the_records_are_read_once() {
    let stage = stage();
    let id = confirmed(&stage)["visualId"].as_str().unwrap().to_owned();
    for arguments in [
        &["explain", "cell", "CnPsS2xE8UN", "2021W3", "DiszpKrYNg8"][..],
        &["explain", "record", &id],
    ] {
        let log = stage.godata.server().log();
        log.clear();
        stage.run(arguments).ok();
        let entries = log.entries();
        let pages: Vec<_> =
            entries.iter().filter(|request| request.path.ends_with("/cases")).collect();
        let n_cases = stage.godata.records(Kind::Case).len();
        // One more where the last page is as full as it may be.
        assert!(pages.len() <= n_cases / 1000 + 1, "{}: {pages:#?}", pages.len());
    }
}
