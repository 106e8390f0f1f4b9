//! What stands between a fault and wrong numbers: guards, and plans that are carried out exactly or not at all.

use sandbox::dhis2::{Dhis2, Dhis2Version};
use sandbox::godata::{GoData, Kind};

use super::stage::{Stage, WHOLE_OUTBREAK};

fn stage() -> Stage {
    Stage::new(GoData::recorded().unwrap(), Dhis2::atlantia(Dhis2Version::V2_42), WHOLE_OUTBREAK)
}

fn delete_confirmed(stage: &Stage, n: usize) {
    let ids: Vec<String> = stage
        .godata
        .records(Kind::Case)
        .iter()
        .filter(|case| {
            case["classification"].as_str().is_some_and(|class| class.ends_with("_CONFIRMED"))
        })
        .map(|case| case["id"].as_str().unwrap().to_owned())
        .take(n)
        .collect();
    ids.iter().for_each(|id| {
        stage.godata.delete(id);
    });
}

#[test]
fn a_run_that_would_lower_figures_a_lot_stops_and_goes_on_when_told() {
    let stage = stage();
    stage.run(&["run"]).ok();
    let before = stage.n_imports();
    delete_confirmed(&stage, 200);

    stage
        .run(&["run"])
        .fails_with(5, &["guards allow", "--accept", "nothing was sent (exit code 5)"]);

    assert_eq!(stage.n_imports(), before, "a guard stops before anything is sent");
    stage.run(&["run", "--accept"]).ok();
    assert!(stage.n_imports() > before);
}

#[test]
fn a_plan_on_disk_is_carried_out_exactly() {
    let stage = stage();
    stage.run(&["plan", "--out", "plan.json"]).ok();
    assert_eq!(stage.dhis2.values().len(), 0, "a plan sends nothing");

    stage.run(&["run", "--plan", "plan.json"]).ok();

    assert_eq!(stage.dhis2.values().len(), 27);
}

#[test]
fn a_plan_is_refused_when_the_servers_have_moved_on() {
    let stage = stage();
    stage.run(&["plan", "--out", "plan.json"]).ok();
    delete_confirmed(&stage, 3);

    stage.run(&["run", "--plan", "plan.json"]).fails_with(5, &["moved on", "nothing was sent"]);

    assert_eq!(stage.dhis2.values().len(), 0);
}

#[test]
fn the_report_and_the_ledger_hold_nobodys_name() {
    let stage = stage();
    stage.godata.put(
        Kind::Case,
        serde_json::json!({
            "firstName": "Marker-Firstname", "lastName": "Marker-Lastname", "visualId": "Marker-Visual",
            "classification": "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED",
            "dateOfReporting": "2020-10-20T00:00:00.000Z",
            "addresses": [{ "typeId": "LNG_REFERENCE_DATA_CATEGORY_ADDRESS_TYPE_USUAL_PLACE_OF_RESIDENCE", "phoneNumber": "Marker-Phone" }],
        }),
    );

    let ended = stage.run(&["run", "--html", "report.html", "-vv"]).ok();

    let ledger = std::fs::read(stage.path("sync.ledger")).unwrap();
    let page = std::fs::read(stage.path("report.html")).unwrap();
    assert!(page.len() > 10_000 && ledger.len() > 10_000);
    for (what, bytes) in [
        ("ledger", ledger),
        ("page", page),
        ("output", ended.out.into_bytes()),
        ("log", ended.err.into_bytes()),
    ] {
        assert!(!bytes.windows(7).any(|window| window == b"Marker-"), "{what} holds a name");
    }
    let asked: String = stage
        .godata
        .server()
        .log()
        .entries()
        .iter()
        .filter_map(|entry| entry.parameter("filter"))
        .collect();
    assert!(!asked.contains("firstName") && !asked.contains("lastName"), "names are never fetched");
}
