use proptest::prelude::*;
use serde_json::Value;

use super::{CallClaim, ErrorCode, ImportStatus, ImportSummary, RefusalCategory, ValueClaim};
use crate::cell::Cell;
use crate::recordings::{self, Recording};
use crate::version::Engine;

/// The cells of a recorded call; parts that were left out or wrong on purpose are filled in.
fn cells(recording: &Recording) -> Vec<Cell> {
    let sent = recording.sent.as_ref().unwrap();
    let values = sent["dataValues"].as_array().cloned().unwrap_or_default();
    let part = |value: &Value, key: &str, default: &str| {
        let text = value[key].as_str().or(sent[key].as_str()).unwrap_or(default).to_owned();
        serde_json::Value::String(text)
    };
    fn or<T: serde::de::DeserializeOwned>(value: Value, default: &str) -> T {
        serde_json::from_value(value)
            .unwrap_or_else(|_| serde_json::from_value(default.into()).unwrap())
    }
    values
        .iter()
        .map(|value| Cell {
            org_unit: or(part(value, "orgUnit", "aaaaaaaaaaa"), "aaaaaaaaaaa"),
            period: or(part(value, "period", "1900"), "1900"),
            data_element: or(part(value, "dataElement", "aaaaaaaaaaa"), "aaaaaaaaaaa"),
            category_option_combo: or(
                part(value, "categoryOptionCombo", "HllvX50cXC0"),
                "HllvX50cXC0",
            ),
            attribute_option_combo: "HllvX50cXC0".parse().unwrap(),
        })
        .collect()
}

/// What a summary claims, in short: `.` taken, a code refused, `-` refused without a code.
fn in_short(claim: &CallClaim) -> String {
    let code = |code: Option<ErrorCode>| code.map_or("-".to_owned(), |code| code.to_string());
    match claim {
        CallClaim::PerValue(claims) => {
            let words = claims.iter().map(|claim| match claim {
                ValueClaim::Taken => ".".to_owned(),
                ValueClaim::Refused(conflict) => code(conflict.code),
                ValueClaim::Suspect(conflict) => format!("?{}", code(conflict.code)),
            });
            words.collect::<Vec<_>>().join(" ")
        }
        CallClaim::GroupRefused { suspects, conflict } => {
            format!("group {} {suspects:?}", code(conflict.code))
        }
        CallClaim::Aborted(conflict) => format!("aborted {}", code(conflict.code)),
        CallClaim::Lost => "lost".to_owned(),
        CallClaim::Failed(_) => "failed".to_owned(),
    }
}

/// The claims of one recorded situation on both servers.
fn check(name: &str, on_242: &str, on_243: &str) {
    for (version, engine, expected) in [("2.42", Engine::A, on_242), ("2.43", Engine::B, on_243)] {
        let recording = recordings::one(version, name);
        let summary = ImportSummary::of(&recording.body)
            .unwrap_or_else(|| panic!("{version} {name}: no summary"));
        let found = in_short(&summary.claims(engine, &cells(recording)));
        assert_eq!(found, expected, "{version} {name}");
    }
}

#[test]
fn clean_unchanged_and_changed_values_are_taken() {
    check("import-clean", ". .", ". .");
    check("import-again-unchanged", ". .", ". .");
    check("import-update", ". .", ". .");
    check("x-cnt-mixed", ". . .", ". . .");
    check("x-cnt-dryrun", ". . .", ". . .");
    check("x-cnt-deleted", ".", ".");
    check("x-cnt-deleted-again", ".", ".");
    check("x-cnt-revived", ".", ".");
    check("x-zero-new", ".", ".");
}

#[test]
fn strategies_that_refuse_without_a_conflict_refuse() {
    check("x-cnt-create", "-", ".");
    check("x-cnt-update", "-", ".");
    check("x-cnt-strategy-delete", ". -", ". .");
}

#[test]
fn one_bad_value_costs_one_value() {
    check("refused-all-or-some", ". E7619 .", ". E8122 .");
    check("x-bad-all", "E7619 E7619", "E8122 E8122");
    check("import-empty-value-new", "E7618", "E8120");
    check("refuse-value-decimal-zero-for-int", "E7619", ".");
    check("whitespace", "E7619", "E8122");
    check("x-com-long", ".", "E8125");
    check("x-com-only", ".", "E8120");
}

/// A hundred refusals are one conflict with a hundred positions.
#[test]
fn big_payload_refused_half() {
    let every_second = |code: &str| {
        let words = (0..200).map(|i| if i % 2 == 0 { code } else { "." });
        words.collect::<Vec<_>>().join(" ")
    };
    check("big-payload-refused-half", &every_second("E7619"), &every_second("E8122"));
    for version in ["2.42", "2.43"] {
        let recording = recordings::one(version, "big-payload-refused-half");
        let summary = ImportSummary::of(&recording.body).unwrap();
        assert_eq!(summary.rejected().len(), 100);
    }
    let one_for_all = recordings::one("2.42", "big-payload-refused-half");
    assert_eq!(ImportSummary::of(&one_for_all.body).unwrap().conflicts.len(), 1);
}

#[test]
fn one_wrong_key_costs_a_value_on_242_and_the_call_on_243() {
    check("x-grp-unknown-element", ". . E7610", "group E8020 [2]");
    check("x-grp-unknown-unit", ". . E7612", "group E8022 [2]");
    check("x-grp-unknown-coc", ". . E7613", "group E8024 [2]");
    check("x-wr-future", ". . E7641", "group E8030 [2]");
    check("x-wr-expired", "E7640", "group E8030 [0]");
    check("x-wr-other-unit", ". E7617", "group E8011 [1]");
    // Without the strict options 2.42 does not even notice.
    check("x-grp-other-element", ". . .", "group E8020 [2]");
    check("x-grp-unassigned-unit", ". . .", "group E8022 [2]");
    check("x-grp-wrong-period-type", ". . .", "group E8021 [2]");
    check("x-grp-wrong-coc", ". . .", "group E8024 [2]");
    check("x-ou-after-closing-group", ". .", "group E8031 [0]");
    check("x-grp-two-faults", ". . . E7619", "group E8022 [1]");
}

#[test]
fn strict_bad_each_names_every_fault_on_242() {
    check("strict-bad-each", "E7632 E7633 E7634 E7636 .", "group E8020 [1]");
}

#[test]
fn one_cell_twice() {
    check("x-dup-identical", ". .", "group E8128 [0, 1]");
    check("x-dup-differ", ". . .", "group E8128 [0, 1]");
}

/// 200, SUCCESS, no conflict, and nothing stored: the only sign is the counter `ignored`.
#[test]
fn x_lost_pair_good_and_the_like_are_lost_on_243() {
    check("x-dup-coc-explicit", ". .", "lost");
    check("x-lost-pair-good", ". . . .", "lost");
    check("x-lost-pair-atomic", ". .", "lost");
    check("x-lost-nul", "failed", "lost");
    for name in ["race-new-period-loser", "race-same-cells-loser"] {
        let summary = ImportSummary::of(&recordings::one("2.43", name).body).unwrap();
        assert_eq!(summary.status, ImportStatus::Success);
        assert_eq!(summary.claims(Engine::B, &[]), CallClaim::Lost, "{name}");
    }
    // The same picture on 2.42 is the answer to unchanged values.
    let unchanged = recordings::one("2.42", "import-again-unchanged");
    assert_eq!(ImportSummary::of(&unchanged.body).unwrap().counts.ignored, 2);
}

#[test]
fn race_loser_error_is_a_failure_within_the_server() {
    let summary = ImportSummary::of(&recordings::one("2.42", "race-loser-error").body).unwrap();
    let CallClaim::Failed(words) = summary.claims(Engine::A, &[]) else { panic!("{summary:?}") };
    assert!(words.contains("Failed to flush BatchHandler"), "{words}");
}

#[test]
fn a_data_set_that_cannot_be_used_aborts_the_call() {
    check("auth-writer-private-set", "aborted E7600", "aborted E8010");
    check("x-set-malformed", "aborted E7600", "aborted E8004");
    check("x-set-missing-two", ". .", "aborted E8002");
}

#[test]
fn positions_that_are_none_leave_the_keys_to_tell() {
    // Index −1: the position stands only in the text.
    check("x-head-malformed-unit", "E7612", "group E8106 []");
    check("x-head-no-period", "E7611", "group E8100 [0]");
}

#[test]
fn complete_date_with_bad_value_still_tells_what_was_refused() {
    check("complete-date-with-bad-value", "E7619", "E8122");
}

#[test]
fn every_recorded_import_answer_decodes() {
    let mut n_read = 0;
    for version in ["2.42", "2.43"] {
        for recording in recordings::all(version) {
            let Some(summary) = ImportSummary::of(&recording.body) else { continue };
            n_read += 1;
            let inner = recording.body.get("response").unwrap_or(&recording.body);
            let status = match inner["status"].as_str() {
                Some("SUCCESS") => ImportStatus::Success,
                Some("WARNING") => ImportStatus::Warning,
                Some("ERROR") => ImportStatus::Error,
                other => panic!("{}: {other:?}", recording.name),
            };
            assert_eq!(summary.status, status, "{}", recording.name);
            let listed = inner["conflicts"].as_array().map_or(0, Vec::len);
            assert_eq!(summary.conflicts.len(), listed, "{}", recording.name);
            for conflict in &summary.conflicts {
                let coded = conflict.code.is_some();
                // Only completeness answers without codes.
                let plain = recording.path.contains("completeDataSetRegistrations")
                    || recording.name.starts_with("x-cpl");
                assert!(coded || plain, "{version} {}: {conflict:?}", recording.name);
                if let Some(code) = conflict.code {
                    let known = code.category() != RefusalCategory::Unknown;
                    assert!(known, "{version} {}: {code}", recording.name);
                    assert_ne!(code.remedy(), "see DHIS2's own words", "{code}");
                }
            }
        }
    }
    assert!(n_read > 600, "{n_read} summaries read");
}

/// The shapes that servers before 2.38 answer in (facts sheet §4.1): bare, without codes and
/// positions.
#[test]
fn an_old_bare_summary_leaves_suspects() {
    let body = r#"{"responseType":"ImportSummary","status":"WARNING","description":"Import process
        completed successfully","importCount":{"imported":1,"updated":0,"ignored":1,"deleted":0},
        "conflicts":[{"object":"CnPsS2xE8UN","value":"value_not_zero_or_positive_integer"}],
        "dataSetComplete":"false"}"#;
    let summary = ImportSummary::read(&body.replace('\n', " ")).unwrap();
    let clean = recordings::one("2.42", "import-clean");
    let claim = summary.claims(Engine::A, &cells(clean));
    assert_eq!(in_short(&claim), "- .", "only one value has that element");
    let twice = [cells(clean)[0], cells(clean)[0]];
    assert_eq!(in_short(&summary.claims(Engine::A, &twice)), "?- ?-");
    assert_eq!(summary.rejected_indexes, None);
    assert_eq!(summary.data_set_complete, None);
}

#[test]
fn what_is_no_summary_is_none() {
    for text in ["", "null", "[]", "7", "<html>", "{}", r#"{"status":"ERROR","message":"x"}"#] {
        assert_eq!(ImportSummary::read(text), None, "{text}");
    }
}

#[test]
fn codes_are_read_and_written() {
    let code: ErrorCode = "E7641".parse().unwrap();
    assert_eq!((code.number(), code.to_string().as_str()), (7641, "E7641"));
    assert_eq!(code.category(), RefusalCategory::Timing);
    for bad in ["", "7641", "E764", "E76410", "E76x1", "e7641"] {
        assert!(bad.parse::<ErrorCode>().is_err(), "{bad}");
    }
}

/// JSON as a server might send it: right keys, any content.
fn any_json() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        Just("response"),
        Just("importCount"),
        Just("conflicts"),
        Just("indexes"),
        Just("rejectedIndexes"),
        Just("status"),
        Just("objects"),
        Just("errorCode"),
        Just("ignored"),
        Just("value"),
        Just("dataValues"),
        Just("stats"),
        Just("typeReports"),
        Just("period"),
        Just("orgUnit"),
        Just("other"),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[A-Z0-9 ]{0,8}".prop_map(Value::from),
        Just(Value::from("ImportSummary")),
        Just(Value::from("ERROR")),
        Just(Value::from("E8020")),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map(key.clone().prop_map(String::from), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_makes_reading_panic(json in any_json(), n_cells in 0_usize..4) {
        let cells = vec![cells(recordings::one("2.42", "import-clean"))[0]; n_cells];
        if let Some(summary) = ImportSummary::of(&json) {
            for engine in [Engine::A, Engine::B] {
                if let CallClaim::PerValue(claims) = summary.claims(engine, &cells) {
                    prop_assert_eq!(claims.len(), n_cells);
                }
            }
        }
        let _ = crate::metadata::MetadataReport::of(&json);
        let _ = crate::formats::read_stored(&json.to_string(), &mut Vec::new());
    }
}
