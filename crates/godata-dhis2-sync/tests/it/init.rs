//! `init`: what it writes can be used at once, by `check`, `plan` and `run`.

use sandbox::dhis2::{Clock, Dhis2, Dhis2Version};
use sandbox::godata::{EMAIL, GoData, Kind};
use serde_json::{Value, json};

use super::stage::{Ended, Stage};

fn stage() -> Stage {
    let dhis2 = Dhis2::atlantia_builder(Dhis2Version::V2_42)
        .clock(Clock::frozen("2021-03-01T08:00:00Z"))
        .build();
    Stage::new(GoData::recorded().unwrap(), dhis2, "")
}

/// `init` into the folder `new`, with everything given as flags.
fn init(stage: &Stage, more: &[&str]) -> Ended {
    let outbreak = stage.godata.outbreak_id();
    let mut arguments = vec![
        "init",
        "--dir",
        "new",
        "--godata-url",
        stage.godata.url(),
        "--godata-user",
        EMAIL,
        "--outbreak",
        &outbreak,
        "--dhis2-url",
        stage.server.url(),
    ];
    arguments.extend(more);
    stage.run(&arguments)
}

const ALL_PERIODS: [&str; 2] = ["--periods", "2020W30..2021W8"];

/// The sums of a plan: values to create.
fn created(plan: &Ended) -> u64 {
    plan.lines("plan").iter().map(|line| line["create"].as_u64().unwrap()).sum()
}

#[test]
fn what_is_written_for_a_library_can_be_checked_and_planned() {
    let stage = stage();

    let ended = init(&stage, &["--data-set", "uKtOZwDnIpM"]).ok();

    assert!(ended.out.contains("library covid19, 11 of"), "{}", ended.out);
    let text = std::fs::read_to_string(stage.path("new/sync.toml")).unwrap();
    assert!(text.contains("library = \"covid19\""), "{text}");
    let places = std::fs::read_to_string(stage.path("new/places.csv")).unwrap();
    assert!(places.contains(",lxhZA8MPwpv,") && places.contains(",100"), "{places}");
    stage.run(&["check", "--config", "new/sync.toml"]).ok();
    let plan = stage
        .run(&[&["plan", "--json", "--config", "new/sync.toml"][..], &ALL_PERIODS].concat())
        .ok();
    assert!(created(&plan) > 100, "{}", plan.out);
}

#[test]
fn what_is_written_for_one_element_can_be_run_from_files_too() {
    let stage = stage();
    let folder = stage.export().display().to_string();

    let ended = init(&stage, &["--data-set", "kIfMNugiTgd", "--json"]).ok();

    let report = &ended.lines("report")[0];
    assert_eq!(report["recognised"], 1, "{report}");
    stage.run(&["check", "--config", "new/sync.toml"]).ok();
    let arguments = ["plan", "--json", "--config", "new/sync.toml"];
    let online = stage.run(&[&arguments[..], &ALL_PERIODS].concat()).ok();
    assert!(created(&online) > 10, "{}", online.out);
    let offline = stage.run(&[&arguments[..], &ALL_PERIODS, &["--records", &folder]].concat()).ok();
    assert_eq!(created(&online), created(&offline));
}

#[test]
fn a_configuration_can_be_made_from_files_without_go_data() {
    let stage = stage();
    let folder = stage.export().display().to_string();
    let server = stage.server.url().to_owned();

    stage
        .run(&[
            "init",
            "--dir",
            "new",
            "--records",
            &folder,
            "--dhis2-url",
            &server,
            "--data-set",
            "uKtOZwDnIpM",
        ])
        .ok();

    let text = std::fs::read_to_string(stage.path("new/sync.toml")).unwrap();
    assert!(!text.contains("\n[godata]"), "{text}");
    let arguments = ["plan", "--json", "--config", "new/sync.toml", "--records", &folder];
    let plan = stage.run(&[&arguments[..], &ALL_PERIODS].concat()).ok();
    assert!(created(&plan) > 100, "{}", plan.out);
}

#[test]
fn places_without_a_unit_are_listed_with_the_cases_that_would_be_lost() {
    let stage = stage();
    // A country beside Atlantia, with a district in it, which no organisation unit is like.
    let country = stage.godata.put(
        Kind::Location,
        json!({ "name": "Zzyzx", "geographicalLevelId": sandbox::godata::reference("LOCATION_GEOGRAPHICAL_LEVEL", "ADMIN_LEVEL_0") }),
    );
    let district = stage.godata.put(
        Kind::Location,
        json!({ "name": "Qqqq", "parentLocationId": country, "geographicalLevelId": sandbox::godata::reference("LOCATION_GEOGRAPHICAL_LEVEL", "ADMIN_LEVEL_1") }),
    );
    for _ in 0..3 {
        stage.godata.put(
            Kind::Case,
            json!({
                "classification": sandbox::godata::reference("CASE_CLASSIFICATION", "CONFIRMED"),
                "dateOfReporting": "2021-02-01T00:00:00.000Z",
                "addresses": [{
                    "typeId": sandbox::godata::reference("ADDRESS_TYPE", "USUAL_PLACE_OF_RESIDENCE"),
                    "locationId": district,
                }],
            }),
        );
    }

    let ended = init(&stage, &["--data-set", "uKtOZwDnIpM", "--json"]).ok();

    let places = &ended.lines("places")[0];
    assert_eq!(places["nLost"], 3, "{places}");
    let line = |name: &str| -> Value {
        let unmatched = places["unmatched"].as_array().unwrap();
        unmatched.iter().find(|line| line["name"] == name).expect(name).clone()
    };
    assert_eq!(
        (line("Zzyzx")["nCases"].as_u64(), line("Qqqq")["nCases"].as_u64()),
        (Some(3), Some(3))
    );
    assert_eq!(line("Qqqq")["countedAt"], Value::Null);
    let sum: u64 = ["nAtUnit", "nAbove", "nLost", "nWithoutPlace"]
        .iter()
        .map(|key| places[*key].as_u64().unwrap())
        .sum();
    assert_eq!(places["nCases"], sum, "every case is somewhere");
    assert_eq!(sum, stage.godata.records(Kind::Case).len() as u64);
}

#[test]
fn nothing_is_written_over_unasked() {
    let stage = stage();
    std::fs::create_dir(stage.path("new")).unwrap();
    stage.write("new/sync.toml", "mine");

    init(&stage, &["--data-set", "uKtOZwDnIpM"])
        .fails_with(2, &["there is a configuration already", "--force"]);
    assert_eq!(std::fs::read_to_string(stage.path("new/sync.toml")).unwrap(), "mine");
    assert!(!stage.path("new/places.csv").exists());

    init(&stage, &["--data-set", "uKtOZwDnIpM", "--force"]).ok();
    assert!(stage.path("new/places.csv").exists());
}

#[test]
fn what_is_not_named_is_listed_when_nobody_can_be_asked() {
    let stage = stage();

    init(&stage, &[]).fails_with(2, &["--data-set is missing", "kIfMNugiTgd", "uKtOZwDnIpM"]);
    init(&stage, &["--data-set", "uKtOZwDnIpN"]).fails_with(3, &["did you mean `uKtOZwDnIpM`?"]);
    stage
        .run(&[
            "init",
            "--dir",
            "new",
            "--godata-url",
            stage.godata.url(),
            "--godata-user",
            EMAIL,
            "--dhis2-url",
            stage.server.url(),
            "--data-set",
            "uKtOZwDnIpM",
        ])
        .fails_with(2, &["--outbreak is missing", &stage.godata.outbreak_id()]);
    assert!(!stage.path("new").exists(), "nothing is written before everything is known");
}

/// A person at a terminal, without any flag: every question is asked, and what was answered is written.
#[cfg(unix)]
#[test]
fn on_a_terminal_it_asks() {
    const ENTER: &str = "\r";
    let stage = stage();
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("godata-dhis2-sync"));
    command.current_dir(stage.path("")).args(["init", "--dir", "asked"]);
    for name in ["GODATA_PASSWORD", "DHIS2_TOKEN", "DHIS2_PASSWORD", "RUST_LOG"] {
        command.env_remove(name);
    }
    let mut terminal = rexpect::session::spawn_command(command, Some(60_000)).unwrap();
    let mut answer = |question: &str, keys: &str| {
        terminal.exp_string(question).unwrap();
        terminal.send(keys).unwrap();
        terminal.flush().unwrap();
    };

    answer("Address of Go.Data", &format!("{}{ENTER}", stage.godata.url()));
    answer("E-mail of the Go.Data account", &format!("{EMAIL}{ENTER}"));
    answer("Address of DHIS2", &format!("{}{ENTER}", stage.server.url()));
    answer("Name of the DHIS2 account", &format!("writer{ENTER}"));
    answer("Password of writer", &format!("Writer-1!{ENTER}"));
    answer("Which data sets are to be filled?", &format!(" {ENTER}"));
    answer("Password of", &format!("{}{ENTER}", sandbox::godata::PASSWORD));
    // The outbreaks stand in order of name; `j` goes to the second.
    answer("Which outbreak is reported?", &format!("j{ENTER}"));
    terminal.exp_eof().unwrap();

    let text = std::fs::read_to_string(stage.path("asked/sync.toml")).unwrap();
    assert!(text.contains("username = \"writer\""), "{text}");
    assert!(text.contains(&stage.godata.outbreak_id()), "{text}");
    assert!(text.contains("[[report]]"), "{text}");
    assert!(!text.contains("Writer-1!") && !text.contains(sandbox::godata::PASSWORD), "{text}");
    let checked = stage
        .run_with(&["check", "--config", "asked/sync.toml"], &[("DHIS2_PASSWORD", "Writer-1!")]);
    checked.ok();
}
