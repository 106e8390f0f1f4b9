//! `indicators`: lists, words, worked files.

use std::path::Path;

use super::stage::run_in;

/// A configuration with one indicator of its own and one of a library.
const SYNC: &str = r#"
[[report]]
data_set = "kIfMNugiTgd"
period = "Weekly"

[[report.value]]
data_element = "CnPsS2xE8UN"
indicator = "Confirmed in hospital"
where = { classification = "CONFIRMED" }
by = { SEX = "sex" }

[[report]]
data_set = "uKtOZwDnIpM"
library = "covid19"

[breakdown.sex]
field = "gender"
values = ["MALE", "FEMALE"]
"#;

const WORKED: &str = r#"
title = "One confirmed case of two"
periods = { 2020W35 = "2020-08-24/2020-08-30" }
compare = "listed"

[[location]]
id = "loc-1"
org_unit = "DiszpKrYNg8"

[[records.cases]]
id = "a"
classification = "CONFIRMED"
gender = "FEMALE"
dateOfReporting = 2020-08-25
usualPlaceOfResidenceLocationId = "loc-1"

[[records.cases]]
id = "b"
classification = "SUSPECT"
gender = "MALE"
dateOfReporting = 2020-08-26
usualPlaceOfResidenceLocationId = "loc-1"

[[expected]]
indicator = "Confirmed in hospital"
categories = { SEX = "FEMALE" }
value = @VALUE@
"#;

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

#[test]
fn the_list_holds_the_libraries_and_the_configurations_own() {
    let folder = tempfile::tempdir().unwrap();

    let without = run_in(folder.path(), &["indicators", "list", "--json"], &[]).ok();
    let libraries: std::collections::BTreeSet<String> = without
        .lines("indicator")
        .iter()
        .filter_map(|line| line["library"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(libraries.into_iter().collect::<Vec<_>>(), ["covid19", "outbreak"]);

    write(folder.path(), "sync.toml", SYNC);
    let with = run_in(folder.path(), &["indicators", "list"], &[]).ok();
    let report = with.out.find("report kIfMNugiTgd").expect("the report");
    let library = with.out.find("library outbreak").expect("the library");
    assert!(report < library, "the configuration comes first");
    assert!(with.out.contains("Confirmed in hospital"), "{}", with.out);

    let one =
        run_in(folder.path(), &["indicators", "list", "--library", "covid19", "--json"], &[]).ok();
    let codes: Vec<_> = one
        .lines("indicator")
        .iter()
        .filter_map(|line| line["code"].as_str().map(str::to_owned))
        .collect();
    // The eleven elements of the official data set (`tests/recordings/expected-covid19.json.gz`).
    assert_eq!(codes.len(), 11, "{codes:?}");
}

#[test]
fn an_indicator_is_described_in_four_languages_with_its_notes() {
    let folder = tempfile::tempdir().unwrap();
    let describe = |language: &str| {
        run_in(
            folder.path(),
            &["indicators", "describe", "CV19_NEW_CONF_CASES", "--language", language],
            &[],
        )
        .ok()
        .out
    };

    let texts: Vec<String> = ["en", "fr", "es", "pt"].map(describe).into();

    for (text, label) in
        texts.iter().zip(["Not counted:", "Non compté\u{A0}:", "No se cuenta:", "Não é contado:"])
    {
        assert!(text.contains(&format!("\n  {label} ")), "{text}");
    }
    for (n, text) in texts.iter().enumerate() {
        assert!(texts[n + 1..].iter().all(|other| other != text), "two languages say the same");
    }
}

#[test]
fn no_label_and_no_note_is_left_in_english() {
    let folder = tempfile::tempdir().unwrap();
    let describe = |format: &[&str]| {
        let arguments = [&["indicators", "describe", "--language", "fr"], format].concat();
        run_in(folder.path(), &arguments, &[]).ok()
    };

    let text = describe(&[]).out;
    for label in ["Numerator", "Denominator", "Not counted", "Source:"] {
        assert!(!text.contains(label), "{label}: {text}");
    }
    let labels = ["Numérateur", "Dénominateur", "Non compté", "Source"];
    for label in labels {
        assert!(text.contains(&format!("\n  {label}\u{A0}: ")), "{label}: {text}");
    }

    for line in describe(&["--json"]).lines("description") {
        let numerator = line["notes"]["numerator"].as_str().unwrap();
        assert!(text.contains(&format!("  Numérateur\u{A0}: {numerator}\n")), "{numerator}");
    }
}

#[test]
fn without_names_the_configurations_indicators_are_described() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "sync.toml", SYNC);

    let ended = run_in(folder.path(), &["indicators", "describe", "--json"], &[]).ok();

    let described: Vec<_> =
        ended.lines("description").iter().map(|line| line["indicator"].clone()).collect();
    assert_eq!(described[0], "Confirmed in hospital");
    assert!(
        ended.lines("description").iter().all(|line| {
            line["group"].as_str().is_some_and(|group| group.starts_with("report"))
        }),
        "{described:?}"
    );
}

#[test]
fn a_mistyped_name_gets_a_suggestion() {
    let folder = tempfile::tempdir().unwrap();

    run_in(folder.path(), &["indicators", "describe", "CV19_NEW_CONF_CASE"], &[])
        .fails_with(2, &["did you mean `CV19_NEW_CONF_CASES`?"]);
    run_in(folder.path(), &["indicators", "list", "--library", "covid"], &[])
        .fails_with(2, &["covid19, outbreak"]);
    run_in(folder.path(), &["indicators", "list", "--config", "missing.toml"], &[])
        .fails_with(2, &["missing.toml"]);
}

#[test]
fn the_worked_tables_of_the_libraries_pass() {
    let libraries = Path::new(env!("CARGO_MANIFEST_DIR")).join("../indicators/library");
    let file = |name: &str| libraries.join(name).display().to_string();
    let folder = tempfile::tempdir().unwrap();

    let ended = run_in(
        folder.path(),
        &["indicators", "test", &file("covid19.worked.toml"), &file("outbreak.worked.toml")],
        &[],
    )
    .ok();

    assert!(ended.out.contains("2 worked files: all as expected"), "{}", ended.out);
}

#[test]
fn a_worked_file_tests_the_configurations_indicators() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "sync.toml", SYNC);
    write(folder.path(), "right.toml", &WORKED.replace("@VALUE@", "1"));
    write(folder.path(), "wrong.toml", &WORKED.replace("@VALUE@", "2"));
    write(folder.path(), "broken.toml", "titel = 1");

    run_in(folder.path(), &["indicators", "test", "right.toml"], &[]).ok();
    run_in(folder.path(), &["indicators", "test", "right.toml", "wrong.toml"], &[])
        .fails_with(2, &["expected 2, found 1", "2 worked files: 1 not as expected"]);
    run_in(folder.path(), &["indicators", "test", "broken.toml", "right.toml"], &[])
        .fails_with(2, &["broken.toml", "✓ right.toml"]);

    let ended = run_in(folder.path(), &["indicators", "test", "--json", "wrong.toml"], &[]);
    assert_eq!(ended.code, 2);
    let worked = ended.lines("worked");
    assert_eq!(worked[0]["passed"], false);
    assert_eq!(worked[0]["differences"][0]["expected"], "2");
    assert_eq!(worked[0]["differences"][0]["found"], "1");
}
