//! A value that DHIS2 refuses: named, with its reason, and every other value stored.

use sandbox::dhis2::{Clock, DataElementSpec, DataSetSpec, Dhis2, Dhis2Version};
use sandbox::godata::GoData;

use super::stage::Stage;

/// Two elements, of which one takes only a `TRUE_ONLY` value, so that DHIS2 refuses any number for it.
fn stage(version: Dhis2Version) -> Stage {
    let dhis2 = Dhis2::atlantia_builder(version)
        .clock(Clock::frozen("2021-03-01T08:00:00Z"))
        .data_element(
            DataElementSpec::new("refusedxxx1", "REFUSED", "Takes no number")
                .value_type("TRUE_ONLY")
                .zero_significant(true),
        )
        .data_set(
            DataSetSpec::new("kIfMNugiTgd", "WEEKLY", "National", "Weekly")
                .elements(["CnPsS2xE8UN", "refusedxxx1"])
                .org_units(["DiszpKrYNg8"]),
        )
        .build();
    Stage::new(
        GoData::recorded().unwrap(),
        dhis2,
        r#"
[[report]]
data_set = "kIfMNugiTgd"
window = "2020W40..2020W42"
org_unit = "DiszpKrYNg8"
complete = true

[[report.value]]
data_element = "CnPsS2xE8UN"
indicator = "Confirmed"
where = { classification = "CONFIRMED" }

[[report.value]]
data_element = "refusedxxx1"
indicator = "Refused"
where = { classification = "PROBABLE" }
"#,
    )
}

#[test]
fn a_refused_value_is_named_and_every_other_value_is_stored() {
    for version in [Dhis2Version::V2_42, Dhis2Version::V2_43] {
        let stage = stage(version);

        let ended = stage.run(&["run"]);

        ended.fails_with(4, &["2020W40", "Atlantia", "Takes no number", "REFUSED"]);
        for (week, n) in [("2020W40", "14"), ("2020W41", "19"), ("2020W42", "23")] {
            let stored = stage
                .dhis2
                .value("CnPsS2xE8UN", week, "DiszpKrYNg8")
                .and_then(|stored| stored.value);
            assert_eq!(stored.as_deref(), Some(n), "{version:?} {week}");
        }
        assert!(
            stage.dhis2.registrations().is_empty(),
            "{version:?}: complete means that every value is stored"
        );
    }
}

#[test]
fn a_plan_names_beforehand_what_a_run_is_refused() {
    for (version, code) in [(Dhis2Version::V2_42, "E7619"), (Dhis2Version::V2_43, "E8122")] {
        let stage = stage(version);

        let plan = stage.run(&["plan"]);
        let lines = stage.run(&["plan", "--json"]);
        let run = stage.run(&["run", "--json"]);

        assert_eq!(plan.code, 0, "{}", plan.err);
        assert!(plan.out.contains("DHIS2 would refuse 3 cells"), "{}", plan.out);
        assert!(plan.out.contains(code), "{}", plan.out);
        let key = |line: &serde_json::Value| {
            ["dataElement", "period", "orgUnit"].map(|name| line[name].to_string())
        };
        let blocked: Vec<_> = lines
            .lines("change")
            .iter()
            .filter(|line| line["blocked"]["code"] == code)
            .map(key)
            .collect();
        let refused: Vec<_> = run
            .lines("outcome")
            .iter()
            .filter(|line| line["verdict"] == "refused")
            .map(key)
            .collect();
        assert_eq!(blocked, refused, "{version:?}");
        assert_eq!(blocked.len(), 3);
    }
}

#[test]
fn json_names_the_refused_cell_and_its_code() {
    let stage = stage(Dhis2Version::V2_42);

    let ended = stage.run(&["run", "--json"]);

    let refused: Vec<_> =
        ended.lines("outcome").into_iter().filter(|line| line["verdict"] == "refused").collect();
    assert_eq!(ended.code, 4);
    assert_eq!(refused.len(), 3, "{refused:#?}");
    assert!(
        refused
            .iter()
            .all(|line| line["dataElement"] == "refusedxxx1" && line["refusal"]["code"] == "E7619"),
        "{refused:#?}"
    );
}

#[test]
fn a_value_of_somebody_else_is_shown_and_left_alone() {
    let stage = stage(Dhis2Version::V2_42);
    stage.dhis2.put(
        sandbox::dhis2::Stored::new("CnPsS2xE8UN", "2020W41", "DiszpKrYNg8", "99")
            .stored_by("nurse")
            .comment("checked by phone"),
    );

    let ended = stage.run(&["run"]);

    assert!(ended.out.contains("99 by nurse"), "{}", ended.out);
    let stored = stage.dhis2.value("CnPsS2xE8UN", "2020W41", "DiszpKrYNg8").unwrap();
    assert_eq!(
        (stored.value.as_deref(), stored.comment.as_deref(), stored.stored_by.as_str()),
        (Some("99"), Some("checked by phone"), "nurse")
    );
}
