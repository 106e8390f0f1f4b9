//! What `check` finds before anything is counted, and what a run stops for.

use sandbox::dhis2::{DataElementSpec, DataSetSpec, Dhis2, Dhis2Version};
use sandbox::godata::{EMAIL, GoData, Kind};

use super::stage::{Ended, Stage, THREE_WEEKS};

fn stage(report: &str) -> Stage {
    Stage::new(GoData::recorded().unwrap(), Dhis2::atlantia(Dhis2Version::V2_42), report)
}

/// The status and remedy of the check whose finding has this text.
#[track_caller]
fn found(ended: &Ended, text: &str) -> (String, String) {
    let checks = ended.lines("check");
    let check = checks
        .iter()
        .find(|check| check["found"].as_str().unwrap().contains(text))
        .unwrap_or_else(|| panic!("`{text}` is not in {checks:#?}"));
    let of = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
    (of("status"), of("remedy"))
}

#[test]
fn a_configuration_that_works_has_a_check_for_every_thing() {
    let stage = stage(THREE_WEEKS);

    let ended = stage.run(&["check", "--json"]).ok();

    for text in [
        "logged in; outbreak",
        "version",
        "clock agrees",
        "cases to read",
        "reference-data values of the definitions are there",
        "every field of cases that is read has values",
        "locations have an organisation unit",
        "logged in as writer",
        "data set (data elements",
    ] {
        assert_eq!(found(&ended, text).0, "good", "{text}");
    }
    assert!(!ended.lines("check").iter().any(|check| check["status"] == "bad"), "{}", ended.out);
    assert_eq!(stage.n_imports(), 0);
}

#[test]
fn a_code_that_the_server_does_not_have_is_bad_and_gets_a_suggestion() {
    let stage = stage(&THREE_WEEKS.replace("\"CONFIRMED\"", "\"CONFIRMD\""));

    let ended = stage.run(&["check", "--json"]);

    let (status, _) =
        found(&ended, "did you mean `LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED`?");
    assert_eq!((status.as_str(), ended.code), ("bad", 2));
}

#[test]
fn one_unknown_code_of_several_is_a_warning() {
    let inq = "{ inq = [\"CONFIRMED\", \"OF_ANOTHER_DISEASE\"] }";
    let stage = stage(&THREE_WEEKS.replace("\"CONFIRMED\"", inq));

    let ended = stage.run(&["check", "--json"]).ok();

    assert_eq!(found(&ended, "OF_ANOTHER_DISEASE").0, "warning");
}

#[test]
fn a_field_that_nobody_has_is_named() {
    let mistyped = "where = { \"questionnaireAnswers.feverr.value\" = \"yes\" }";
    let stage = stage(&THREE_WEEKS.replace("where = { classification = \"CONFIRMED\" }", mistyped));

    let ended = stage.run(&["check", "--json"]).ok();

    let (status, remedy) =
        found(&ended, "no record of cases has a value in `questionnaireAnswers.feverr");
    assert_eq!(status, "warning");
    assert!(remedy.contains("name is right"), "{remedy}");
}

#[test]
fn clocks_that_differ_are_told_with_the_side() {
    let stage = stage(THREE_WEEKS);
    stage.server.set_clock_ahead(3 * 3600);
    stage.godata.server().set_clock_ahead(-600);

    let ended = stage.run(&["check", "--json"]).ok();

    assert_eq!(found(&ended, "its clock is 2 hours ahead of").0, "warning");
    assert_eq!(found(&ended, "its clock is 10 minutes behind").0, "warning");
}

#[test]
fn values_that_an_element_does_not_take_are_found_before_any_is_counted() {
    let dhis2 = Dhis2::atlantia_builder(Dhis2Version::V2_43)
        .data_element(
            DataElementSpec::new("yesonlyxxx1", "YES", "Takes a tick").value_type("TRUE_ONLY"),
        )
        .data_element(
            DataElementSpec::new("nozeroxxxx1", "NOZERO", "Forgets zeros").zero_significant(false),
        )
        .data_set(
            DataSetSpec::new("kIfMNugiTgd", "WEEKLY", "National", "Weekly")
                .elements(["yesonlyxxx1", "nozeroxxxx1"])
                .org_units(["DiszpKrYNg8"]),
        )
        .build();
    let value = |element: &str| {
        format!("[[report.value]]\ndata_element = \"{element}\"\nindicator = \"{element}\"\n")
    };
    let report = format!(
        "[[report]]\ndata_set = \"kIfMNugiTgd\"\nwindow = \"2020W40..2020W42\"\norg_unit = \"DiszpKrYNg8\"\n{}{}",
        value("yesonlyxxx1"),
        value("nozeroxxxx1")
    );
    let stage = Stage::new(GoData::recorded().unwrap(), dhis2, &report);

    let ended = stage.run(&["check", "--json"]);

    assert_eq!(ended.code, 2);
    assert_eq!(found(&ended, "a value for `Takes a tick`").0, "bad");
    assert_eq!(found(&ended, "zeros of `Forgets zeros` are not significant").0, "warning");
}

#[test]
fn a_run_stops_where_the_account_sees_only_a_part() {
    let stage = stage(THREE_WEEKS);
    let place = stage.godata.records(Kind::Location)[3]["id"].as_str().unwrap().to_owned();
    stage.godata.add_team("One district", &[EMAIL], &[&place]);
    stage.godata.restrict_geographically(&stage.godata.outbreak_id(), true);

    let stopped = stage.run(&["run"]);

    stopped.fails_with(5, &["only a part of the records", "--accept", "nothing was sent"]);
    let listed = |stage: &Stage| {
        let log = stage.godata.server().log().entries();
        log.iter().filter(|request| request.path.ends_with("/cases")).count()
    };
    assert_eq!(listed(&stage), 0, "nothing was read");
    stage.run(&["run", "--accept"]).ok();
    assert!(listed(&stage) > 0);
}

#[test]
fn a_run_that_dhis2_would_refuse_whole_reads_nothing() {
    let stage = stage(THREE_WEEKS);
    stage.dhis2.user_authorities("writer", &[]);

    let stopped = stage.run(&["run"]);

    stopped.fails_with(3, &["would refuse every value", "F_DATAVALUE_ADD", "nothing was sent"]);
    let log = stage.godata.server().log().entries();
    assert!(!log.iter().any(|request| request.path.ends_with("/cases")));
}

#[test]
fn an_indicator_that_gives_away_small_numbers_of_another_is_named() {
    let elements = ["hidexxxxxx1", "showxxxxxx1"];
    let mut dhis2 = Dhis2::atlantia_builder(Dhis2Version::V2_42);
    for element in elements {
        dhis2 = dhis2.data_element(DataElementSpec::new(element, element, element));
    }
    let dhis2 = dhis2
        .data_set(
            DataSetSpec::new("kIfMNugiTgd", "WEEKLY", "National", "Weekly")
                .elements(elements)
                .org_units(["DiszpKrYNg8"]),
        )
        .build();
    let hidden = THREE_WEEKS.replace("CnPsS2xE8UN", elements[0]);
    let (_, value) = hidden.split_once("[[report.value]]").unwrap();
    let shown = value.replace(elements[0], elements[1]).replace("\"Confirmed\"", "\"Again\"");
    let report = format!("{hidden}suppress = {{ below = 5 }}\n\n[[report.value]]{shown}");
    let stage = Stage::new(GoData::recorded().unwrap(), dhis2, &report);

    let ended = stage.run(&["check", "--json"]);

    let (status, remedy) = found(&ended, "\"Again\" add up to those that \"Confirmed\" hides");
    assert_eq!((status.as_str(), remedy.as_str()), ("warning", "give both the same `suppress`"));
}

/// Two reports, one account: what is said of the account is said once, and the reference data are asked for once.
#[test]
fn what_is_true_of_all_reports_is_asked_and_said_once() {
    let report = format!("[quality]\nrecords = \"counted\"\n{THREE_WEEKS}");
    let stage = stage(&report);
    let again =
        THREE_WEEKS.replace("kIfMNugiTgd", "uKtOZwDnIpM").replace("CnPsS2xE8UN", "CV19_TESTED");
    let text = std::fs::read_to_string(stage.path("sync.toml")).unwrap();
    stage.write("sync.toml", &format!("{text}\n{again}"));

    let ended =
        stage.run_with(&["check", "--json"], &[("DHIS2_TOKEN", sandbox::dhis2::ADMIN_TOKEN)]);

    let checks = ended.lines("check");
    let of_all: Vec<_> =
        checks.iter().filter(|check| check["found"].as_str().unwrap().contains("ALL")).collect();
    assert_eq!(of_all.len(), 1, "{checks:#?}");
    assert_eq!((&of_all[0]["subject"], &of_all[0]["status"]), (&"DHIS2".into(), &"warning".into()));
    let n_reports = checks
        .iter()
        .filter(|check| check["found"].as_str().unwrap().contains("data set (data elements"));
    assert_eq!(n_reports.count(), 2, "{checks:#?}");
    let log = stage.godata.server().log().entries();
    let asked = log.iter().filter(|entry| entry.path.contains("reference-data"));
    assert_eq!(asked.count(), 1);
}
