//! Bad input: a clear error, the right exit code, and nothing lost.

use std::time::Duration;

use sandbox::dhis2::{Dhis2, Dhis2Version};
use sandbox::godata::{Account, GoData};
use sandbox::server::{Fault, Rule};

use super::stage::{Stage, THREE_WEEKS, run_in};

fn stage() -> Stage {
    Stage::new(GoData::recorded().unwrap(), Dhis2::atlantia(Dhis2Version::V2_42), THREE_WEEKS)
}

/// A configuration with one of its lines replaced.
fn with(line: &str, other: &str) -> Stage {
    let stage = stage();
    let text = std::fs::read_to_string(stage.path("sync.toml")).unwrap();
    assert!(text.contains(line), "{line} is not in {text}");
    stage.write("sync.toml", &text.replace(line, other));
    stage
}

#[track_caller]
fn nothing_stored(stage: &Stage) {
    assert_eq!(stage.dhis2.values().len(), 0, "nothing may have been stored");
}

#[test]
fn a_server_that_is_not_there() {
    let stage = stage();
    let text = std::fs::read_to_string(stage.path("sync.toml")).unwrap();
    stage.write("sync.toml", &text.replace(stage.godata.url(), "http://127.0.0.1:9"));

    stage
        .run(&["run"])
        .fails_with(3, &["Go.Data cannot be reached", "nothing was sent (exit code 3)"]);
    nothing_stored(&stage);
}

#[test]
fn an_address_that_answers_with_a_web_page() {
    let stage = stage();
    stage.godata.server().faults().add(Rule::new(Fault::Html).always());

    stage.run(&["run"]).fails_with(3, &["web page", "godata.url"]);
    nothing_stored(&stage);
}

#[test]
fn a_wrong_go_data_password() {
    let stage = stage();

    let ended = stage.run_with(&["run"], &[("GODATA_PASSWORD", "wrong-password-1")]);

    ended.fails_with(3, &["Go.Data refused this login", "ten failures lock"]);
    assert!(!ended.err.contains("wrong-password-1"), "a password must not be shown");
    nothing_stored(&stage);
}

#[test]
fn a_locked_account_says_for_how_long() {
    let stage = stage();
    for _ in 0..11 {
        stage.run_with(&["count", "--format", "json"], &[("GODATA_PASSWORD", "wrong-password-1")]);
    }

    stage.run(&["run"]).fails_with(3, &["locked this account for", "minutes"]);
    nothing_stored(&stage);
}

#[test]
fn a_wrong_dhis2_token() {
    let stage = stage();

    stage
        .run_with(&["run"], &[("DHIS2_TOKEN", "d2p_notatoken")])
        .fails_with(3, &["DHIS2 refused this login"]);
}

#[test]
fn a_missing_permission() {
    let stage = stage();
    stage.godata.add_account(
        Account::new("narrow@example.org", "Narrow-password-1").permissions(["outbreak_view"]),
    );
    let text = std::fs::read_to_string(stage.path("sync.toml"))
        .unwrap()
        .replace(sandbox::godata::EMAIL, "narrow@example.org");
    stage.write("sync.toml", &text);

    stage
        .run_with(&["run"], &[("GODATA_PASSWORD", "Narrow-password-1")])
        .fails_with(3, &["lacks a permission", "case_list"]);
    nothing_stored(&stage);
}

#[test]
fn an_unknown_outbreak() {
    let stage = with("outbreak = ", "outbreak = \"Measles 1999\" #");

    stage
        .run(&["run"])
        .fails_with(3, &["no such outbreak", "Measles 1999", "`outbreak` in [godata]"]);
    nothing_stored(&stage);
}

#[test]
fn an_unknown_data_set_gets_a_suggestion() {
    let stage = with("data_set = \"kIfMNugiTgd\"", "data_set = \"kIfMNugiTgb\"");

    stage
        .run(&["run"])
        .fails_with(3, &["no data set `kIfMNugiTgb`", "did you mean `kIfMNugiTgd`?"]);
}

#[test]
fn an_unknown_data_element() {
    let stage = with("data_element = \"CnPsS2xE8UN\"", "data_element = \"CnPsS2xE8UX\"");

    stage.run(&["run"]).fails_with(2, &["Confirmed", "is not in the data set"]);
    nothing_stored(&stage);
}

#[test]
fn malformed_toml_shows_the_line() {
    let stage = with(
        "where = { classification = \"CONFIRMED\" }",
        "where = { classification = \"CONFIRMED\"",
    );

    stage.run(&["plan"]).fails_with(2, &["sync.toml, line"]);
}

#[test]
fn an_unknown_key_gets_a_suggestion() {
    let stage = with("indicator = \"Confirmed\"", "indicater = \"Confirmed\"");

    stage.run(&["plan"]).fails_with(2, &["indicater", "did you mean `indicator`?"]);
}

#[test]
fn an_unknown_operator_is_refused_because_go_data_would_match_nothing() {
    let stage = with(
        "{ classification = \"CONFIRMED\" }",
        "{ classification = { equals = \"CONFIRMED\" } }",
    );

    stage.run(&["plan"]).fails_with(2, &["equals"]);
}

#[test]
fn a_missing_configuration_says_how_to_make_one() {
    let folder = tempfile::tempdir().unwrap();

    run_in(folder.path(), &["plan"], &[]).fails_with(2, &["sync.toml", "--config"]);
}

#[test]
fn a_secret_that_is_not_set() {
    let stage = with("env = \"GODATA_PASSWORD\"", "env = \"NOT_SET_ANYWHERE\"");

    stage.run(&["run"]).fails_with(2, &["NOT_SET_ANYWHERE is not set"]);
}

#[test]
fn an_answer_that_is_cut_off_counts_nothing() {
    let stage = stage();
    stage
        .godata
        .server()
        .faults()
        .add(Rule::new(Fault::Truncate { after: 200 }).on("/cases").always());

    let ended = stage.run(&["run"]);

    assert_eq!(ended.code, 3, "{}", ended.err);
    nothing_stored(&stage);
}

#[test]
fn a_server_that_is_busy_for_a_moment_is_asked_again() {
    let stage = stage();
    stage.godata.server().faults().add(
        Rule::new(Fault::Unavailable { retry_after: Some(Duration::from_millis(10)) })
            .on("/cases")
            .times(2),
    );

    stage.run(&["run"]).ok();

    assert_eq!(stage.dhis2.values().len(), 3);
}

#[test]
fn an_unreadable_record_is_reported_and_the_rest_is_counted() {
    let stage = stage();
    let folder = stage.export();
    let cases = std::fs::read_to_string(folder.join("cases.json")).unwrap();
    std::fs::write(folder.join("cases.json"), cases.replacen('[', "[{\"id\": tru},", 1)).unwrap();

    let ended = stage.run(&[
        "count",
        "--records",
        folder.to_str().unwrap(),
        "--periods",
        "2020W40..2020W42",
        "--json",
    ]);

    // The configuration has no `period`, which an offline count needs.
    ended.fails_with(2, &["period"]);
    let text = std::fs::read_to_string(stage.path("sync.toml"))
        .unwrap()
        .replace("[[report]]", "[[report]]\nperiod = \"Weekly\"");
    stage.write("sync.toml", &text);
    let ended = stage
        .run(&[
            "count",
            "--records",
            folder.to_str().unwrap(),
            "--periods",
            "2020W40..2020W42",
            "--json",
        ])
        .ok();
    let object = ended.json();
    assert_eq!(object["unreadable"]["cases"], 1);
    assert_eq!(object["read"]["cases"], 598);
    assert_eq!(object["cells"][0]["value"], 14);
    assert!(ended.err.contains("could not be read"), "{}", ended.err);
}

#[test]
fn a_file_that_ends_early_is_refused() {
    let stage = stage();
    let folder = stage.export();
    let cases = std::fs::read(folder.join("cases.json")).unwrap();
    std::fs::write(folder.join("cases.json"), &cases[..cases.len() / 2]).unwrap();
    let text = std::fs::read_to_string(stage.path("sync.toml"))
        .unwrap()
        .replace("[[report]]", "[[report]]\nperiod = \"Weekly\"");
    stage.write("sync.toml", &text);

    stage
        .run(&["count", "--records", folder.to_str().unwrap()])
        .fails_with(2, &["cases.json", "cut off"]);
}

#[test]
fn an_unknown_location_is_left_out_with_its_reason() {
    let stage = stage();
    let text = std::fs::read_to_string(stage.path("sync.toml"))
        .unwrap()
        .replace("org_unit = \"DiszpKrYNg8\"", "");
    stage.write("sync.toml", &text);

    let ended = stage.run(&["run", "--json"]).ok();

    let counted = ended.lines("counted");
    assert!(
        counted[0]["leftOut"]
            .as_array()
            .unwrap()
            .iter()
            .any(|line| line["reason"] == "unknown-place"),
        "{counted:#?}"
    );
}

#[test]
fn two_indicators_that_write_one_cell_are_refused() {
    let stage = stage();
    let text = std::fs::read_to_string(stage.path("sync.toml")).unwrap();
    let second = "\n[[report.value]]\ndata_element = \"CnPsS2xE8UN\"\nindicator = \"Probable\"\nwhere = { classification = \"PROBABLE\" }\n";
    stage.write("sync.toml", &(text + second));

    stage.run(&["run"]).fails_with(2, &["Probable: writes the same cells as Confirmed"]);
    nothing_stored(&stage);
}
