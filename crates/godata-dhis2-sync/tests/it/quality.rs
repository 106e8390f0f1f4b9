//! What is odd about the records: found where somebody asks for it, by district, and without anybody's name.

use sandbox::dhis2::{Dhis2, Dhis2Version};
use sandbox::godata::{GoData, Kind};
use serde_json::Value;

use super::stage::{Stage, WHOLE_OUTBREAK};

fn stage(quality: &str) -> Stage {
    Stage::new(
        GoData::recorded().unwrap(),
        Dhis2::atlantia(Dhis2Version::V2_42),
        &format!("{quality}\n{WHOLE_OUTBREAK}"),
    )
}

fn sum(lines: &[Value], finding: &str) -> u64 {
    lines
        .iter()
        .filter(|line| line["finding"] == finding)
        .map(|line| line["n"].as_u64().unwrap())
        .sum()
}

fn undated(stage: &Stage, confirmed_only: bool) -> u64 {
    let cases = stage.godata.records(Kind::Case);
    let undated = cases.iter().filter(|case| {
        let confirmed =
            case["classification"].as_str().is_some_and(|class| class.ends_with("_CONFIRMED"));
        case["deleted"] != true
            && case["dateOfReporting"].is_null()
            && (confirmed || !confirmed_only)
    });
    undated.count() as u64
}

#[test]
fn odd_records_are_told_by_district_and_without_names() {
    let stage = stage("[quality]\nrecords = \"all\"");

    let lines = stage.run(&["plan", "--json"]).ok().lines("finding");
    let seen = stage.run(&["plan", "--html", "report.html"]).ok();

    let expected = undated(&stage, false);
    assert!(expected > 0);
    assert_eq!(sum(&lines, "dateOfReporting is missing"), expected);
    assert!(sum(&lines, "classification is not in the reference data") > 0, "{lines:#?}");
    let districts: std::collections::BTreeSet<&str> =
        lines.iter().filter_map(|line| line["district"].as_str()).collect();
    assert!(districts.len() > 3 && districts.iter().all(|name| !name.is_empty()), "{districts:?}");
    assert!(seen.out.contains("dateOfReporting is missing"), "{}", seen.out);
    let html = std::fs::read_to_string(stage.path("report.html")).unwrap();
    assert!(html.contains("Odd records by district"));
    assert!(districts.iter().all(|name| html.contains(&name.replace('&', "&amp;"))));
    for request in stage.godata.server().log().entries() {
        let filter = request.parameter("filter").unwrap_or_default();
        for personal in ["firstName", "lastName", "phoneNumber", "documents"] {
            assert!(!filter.contains(personal), "{filter}");
        }
    }
}

#[test]
fn only_what_is_counted_is_looked_at_unless_all_is_asked_for() {
    let stage = stage("[quality]");

    // The outbreak has a start date in Go.Data, which nobody needs to configure.
    stage.godata.put(
        Kind::Case,
        serde_json::json!({
            "classification": "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED",
            "dateOfReporting": "2020-10-20T00:00:00.000Z",
            "dateOfOnset": "2019-10-20T00:00:00.000Z",
        }),
    );

    let lines = stage.run(&["plan", "--json"]).ok().lines("finding");

    assert_eq!(sum(&lines, "dateOfOnset lies before the outbreak"), 1, "{lines:#?}");
    let expected = undated(&stage, true);
    assert!(expected > 0 && expected < undated(&stage, false));
    assert_eq!(sum(&lines, "dateOfReporting is missing"), expected);
}

#[test]
fn nothing_is_looked_for_and_read_where_nobody_asks() {
    let stage = stage("");

    let plan = stage.run(&["plan", "--json"]).ok();

    assert!(plan.lines("finding").is_empty());
    let log = stage.godata.server().log().entries();
    assert!(
        !log.iter().any(|request| request.parameter("filter").is_some_and(|f| f.contains("dob")))
    );
}
