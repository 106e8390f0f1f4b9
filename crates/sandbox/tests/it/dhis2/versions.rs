//! Versions that were not recorded, by the facts sheet's tables (§3.4, §4.1 – 4.5, §5.1).

use reqwest::Method;
use sandbox::dhis2::{Clock, Dhis2, Dhis2Version};
use serde_json::{Value, json};

use super::caller::{As, Caller, cell, codes, counts};

const ALL: [Dhis2Version; 9] = [
    Dhis2Version::V2_36,
    Dhis2Version::V2_37,
    Dhis2Version::V2_38,
    Dhis2Version::V2_39,
    Dhis2Version::V2_40,
    Dhis2Version::V2_41,
    Dhis2Version::V2_42,
    Dhis2Version::V2_43,
    Dhis2Version::V2_44,
];

/// §4.3: the status of a partly refused import, and its shape.
#[tokio::test]
async fn a_partial_failure_has_the_status_and_shape_of_its_version() {
    for version in ALL {
        let caller = Caller::of(Dhis2::atlantia(version));
        let values = [cell("2020W40", "5"), cell("2020W41", "x")];
        let (status, body) = caller.import(As::Writer, "", &values).await;
        let (expected, is_bare, is_b) = match version.minor() {
            36 | 37 => (200, true, false),
            38..=42 => (409, false, false),
            _ => (200, false, true),
        };
        assert_eq!(status, expected, "{version}");
        assert_eq!(body.get("response").is_none(), is_bare, "{version}");
        assert_eq!(counts(&body), if is_b { [0, 1, 1, 0] } else { [1, 0, 1, 0] }, "{version}");
        let summary = body.get("response").unwrap_or(&body);
        assert_eq!(summary["status"], "WARNING", "{version}");
        assert_eq!(
            summary.get("rejectedIndexes").is_some(),
            version >= Dhis2Version::V2_39,
            "{version}"
        );
        let code = match version.minor() {
            36 => "",
            37..=42 => "E7619",
            _ => "E8122",
        };
        assert_eq!(codes(&body), [code], "{version}");
        assert_eq!(caller.dhis2.values().len(), 1, "{version}");
    }
}

/// §2.2: which numbers a path may have, and what they do to the shape.
#[tokio::test]
async fn versioned_paths_choose_the_shape() {
    for (version, path, status, is_bare) in [
        (Dhis2Version::V2_36, "/api/36", 200, true),
        (Dhis2Version::V2_36, "/api/37", 404, true),
        (Dhis2Version::V2_37, "/api/38", 200, false),
        (Dhis2Version::V2_40, "/api/37", 200, true),
        (Dhis2Version::V2_40, "/api/40", 200, false),
        (Dhis2Version::V2_42, "/api/37", 200, false),
        (Dhis2Version::V2_42, "/api/43", 404, false),
        (Dhis2Version::V2_44, "/api/44", 200, false),
    ] {
        let caller = Caller::of(Dhis2::atlantia(version));
        let body = json!({"dataSet": "kIfMNugiTgd", "dataValues": [cell("2020W40", "5")]});
        let path = format!("{path}/dataValueSets");
        let (answered, body) = caller.ask(As::Writer, Method::POST, &path, Some(&body)).await;
        assert_eq!(answered, status, "{version} {path}");
        if status == 200 {
            assert_eq!(body.get("response").is_none(), is_bare, "{version} {path}");
        }
    }
}

/// §4.5: what an unchanged value counts as.
#[tokio::test]
async fn an_unchanged_value_is_ignored_from_2_39_on_and_updated_elsewhere() {
    for version in ALL {
        let caller = Caller::of(Dhis2::atlantia(version));
        caller.import(As::Writer, "", &[cell("2020W40", "5")]).await;
        let (status, body) = caller.import(As::Writer, "", &[cell("2020W40", "5")]).await;
        let expected = match version.minor() {
            39..=42 => [0, 0, 1, 0],
            _ => [0, 1, 0, 0],
        };
        assert_eq!((status, counts(&body)), (200, expected), "{version}");
    }
}

/// §5.1: jobs start at once up to 2.40, and at the next look of the scheduler from 2.41 on.
#[tokio::test]
async fn jobs_wait_for_the_scheduler_from_2_41_on() {
    for (version, waits) in [(Dhis2Version::V2_40, false), (Dhis2Version::V2_41, true)] {
        let clock = Clock::frozen("2021-03-01T08:00:05Z");
        let caller = Caller::of(Dhis2::atlantia(version).with_clock(clock.clone()));
        let mut tasks = Vec::new();
        for week in ["2020W40", "2020W41"] {
            let (status, body) = caller.import(As::Writer, "?async=true", &[cell(week, "5")]).await;
            assert_eq!(status, 200);
            let path = body["response"]["relativeNotifierEndpoint"].as_str().expect("a path");
            tasks.push(path.to_owned());
        }
        let is_done = async |task: &str| {
            let (_, notes) = caller.ask(As::Writer, Method::GET, task, None).await;
            notes[0]["completed"] == Value::Bool(true)
        };
        assert_eq!(is_done(&tasks[0]).await, !waits, "{version}");
        clock.advance(std::time::Duration::from_secs(15));
        assert!(is_done(&tasks[0]).await, "{version}");
        // One of a kind at each look, 20 seconds apart.
        assert_eq!(is_done(&tasks[1]).await, !waits, "{version}");
        clock.advance(std::time::Duration::from_secs(20));
        assert!(is_done(&tasks[1]).await, "{version}");
        let summary = tasks[1].replace("/tasks/", "/taskSummaries/");
        let (_, summary) = caller.ask(As::Writer, Method::GET, &summary, None).await;
        assert_eq!(counts(&summary), [1, 0, 0, 0], "{version}");
    }
}

/// §3.2: a number in the place of a value.
#[tokio::test]
async fn numbers_are_values_everywhere_but_on_2_43() {
    for version in ALL {
        let caller = Caller::of(Dhis2::atlantia(version));
        let mut value = cell("2020W40", "");
        value["value"] = json!(5);
        let (status, _) = caller.import(As::Writer, "", &[value]).await;
        assert_eq!(status, if version == Dhis2Version::V2_43 { 500 } else { 200 }, "{version}");
    }
}
