//! What `history` shows, to the letter.

use godata_dhis2_sync::ledger::{
    CellQuery, ComboNames, Completeness, CompletenessState, Counts, GuardDecision, Ledger, LeftOut,
    Outcome,
};
use godata_dhis2_sync::tell::history;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::story::{DATA_SET, DEFAULT, Room, end, outcome, planned, report, room, start};

/// A run that stored, a run with every other end, a dry run, a run that was killed, and the one that found it.
pub(crate) fn season() -> Room {
    let mut room = room();
    let ledger = &mut room.ledger;
    let first = ledger.begin(&start("2020-07-27")).unwrap();
    ledger
        .intend(
            first,
            &[
                planned("2020W30", "DistrictA01", None, Some("3")),
                planned("2020W30", "DistrictC01", None, Some("1")),
            ],
        )
        .unwrap();
    ledger
        .outcomes(
            first,
            &[
                outcome("2020W30", "DistrictA01", Outcome::Stored),
                outcome("2020W30", "DistrictC01", Outcome::Stored),
            ],
        )
        .unwrap();
    end(ledger, first, "2020-07-27", 0);

    let second = ledger.begin(&start("2020-08-03")).unwrap();
    let left_out =
        LeftOut { indicator: "Confirmed".to_owned(), reason: "unmapped-place".to_owned(), n: 1 };
    let counts = Counts {
        records: [("cases".to_owned(), 11)].into(),
        left_out: vec![left_out],
        ..Counts::default()
    };
    ledger.counted(second, &report(), &counts).unwrap();
    let guard = GuardDecision {
        data_set: DATA_SET.to_owned(),
        attribute_option_combo: DEFAULT.to_owned(),
        sentence: "Confirmed fell from 90 to 12; a drop of more than 25 % stops a run".to_owned(),
        before: "90".to_owned(),
        now: "12".to_owned(),
        limit_percent: 25,
        accepted_by: Some("--accept".to_owned()),
    };
    ledger.guard_decision(second, &guard).unwrap();
    ledger
        .intend(
            second,
            &[
                planned("2020W31", "DistrictA01", None, Some("1")),
                planned("2020W30", "DistrictC01", Some("1"), None),
            ],
        )
        .unwrap();
    let refused = Outcome::Refused { code: Some("E7643".to_owned()) };
    ledger
        .outcomes(
            second,
            &[
                outcome("2020W30", "DistrictC01", Outcome::Cleared),
                outcome("2020W31", "DistrictA01", refused),
            ],
        )
        .unwrap();
    let registration = Completeness {
        data_set: DATA_SET.to_owned(),
        period: "2020W30".into(),
        org_unit: "DistrictC01".to_owned(),
        attribute_option_combo: "HllvX50cXC0".to_owned(),
        state: CompletenessState::Registered,
    };
    ledger.completeness(second, &[registration]).unwrap();
    end(ledger, second, "2020-08-03", 4);

    let mut dry = start("2020-08-04");
    dry.dry_run = true;
    let third = ledger.begin(&dry).unwrap();
    ledger.intend(third, &[planned("2020W31", "DistrictA01", None, Some("1"))]).unwrap();
    ledger.outcomes(third, &[outcome("2020W31", "DistrictA01", Outcome::WouldBeStored)]).unwrap();
    end(ledger, third, "2020-08-04", 0);

    ledger.remember_names(&[("HllvX50cXC0", "default")].into_iter().collect()).unwrap();
    let killed = ledger.begin(&start("2020-08-10")).unwrap();
    ledger.intend(killed, &[planned("2020W30", "DistrictA01", Some("3"), Some("4"))]).unwrap();
    ledger.begin(&start("2020-08-11")).unwrap();
    room
}

/// JSON lines with sorted keys: whether serde_json keeps the order of keys depends on what else is built.
fn lines(values: &[Value]) -> String {
    values.iter().map(|value| format!("{}\n", sorted(value))).collect()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let keys: BTreeMap<&String, Value> =
                object.iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(keys.into_iter().map(|(key, value)| (key.clone(), value)).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

#[test]
fn the_list_of_runs() {
    let runs = season().ledger.runs().unwrap();
    insta::assert_snapshot!(history::runs(&runs), @r#"
    run  began (UTC)          data set         periods           changes  stored  cleared  other  end
      1  2020-07-27 23:00:00  Outbreak weekly  2020W30..2020W31        2       2        0      0  done
      2  2020-08-03 23:00:00  Outbreak weekly  2020W30..2020W31        2       0        1      1  some values refused
      3  2020-08-04 23:00:00  Outbreak weekly  2020W30..2020W31        1       0        0      1  dry run, done
      4  2020-08-10 23:00:00  Outbreak weekly  2020W30..2020W31        1       0        0      1  interrupted (run 5 found it)
      5  2020-08-11 23:00:00  Outbreak weekly  2020W30..2020W31        0       0        0      0  no end: running, or killed
    "#);
    insta::assert_snapshot!(lines(&history::runs_json(&runs)[1..4]), @r#"
    {"account":"sync","configDigest":"digest","dataSets":[{"attributeOptionCombo":"HllvX50cXC0","firstPeriod":"2020W30","id":"kIfMNugiTgd","lastPeriod":"2020W31","name":"Outbreak weekly"}],"day":"2020-08-03","dryRun":false,"ended":"2020-08-03T23:05:00Z","exitCode":4,"outcomes":{"cleared":1,"refused":1},"planned":2,"program":"0.1.0","run":2,"source":"godata.example.org","started":"2020-08-03T23:00:00Z","state":"ended","target":"dhis2.example.org","type":"run"}
    {"account":"sync","configDigest":"digest","dataSets":[{"attributeOptionCombo":"HllvX50cXC0","firstPeriod":"2020W30","id":"kIfMNugiTgd","lastPeriod":"2020W31","name":"Outbreak weekly"}],"day":"2020-08-04","dryRun":true,"ended":"2020-08-04T23:05:00Z","exitCode":0,"outcomes":{"wouldBeStored":1},"planned":1,"program":"0.1.0","run":3,"source":"godata.example.org","started":"2020-08-04T23:00:00Z","state":"ended","target":"dhis2.example.org","type":"run"}
    {"account":"sync","configDigest":"digest","dataSets":[{"attributeOptionCombo":"HllvX50cXC0","firstPeriod":"2020W30","id":"kIfMNugiTgd","lastPeriod":"2020W31","name":"Outbreak weekly"}],"day":"2020-08-10","dryRun":false,"interruptedBy":5,"outcomes":{},"planned":1,"program":"0.1.0","run":4,"source":"godata.example.org","started":"2020-08-10T23:00:00Z","state":"interrupted","target":"dhis2.example.org","type":"run"}
    "#);
}

#[test]
fn a_run() {
    let room = season();
    let names = room.ledger.names().unwrap();
    let run = room.ledger.run("2".parse().unwrap()).unwrap().unwrap();
    insta::assert_snapshot!(history::run(&run, &names), @r#"
    Run 2
      began:   2020-08-03 23:00:00 UTC, for 2020-08-03
      end:     some values refused
      from:    godata.example.org
      to:      dhis2.example.org as sync
      program: 0.1.0, configuration digest

    Outbreak weekly (kIfMNugiTgd), 2020W30..2020W31
      read: 11 cases
      left out of Confirmed: 1 unmapped-place
      guard: Confirmed fell from 90 to 12; a drop of more than 25 % stops a run — accepted by --accept
     period   org unit     data element  category combo  value     outcome
     2020W30  DistrictC01  CnPsS2xE8UN   default         1 → none  cleared
     2020W31  DistrictA01  CnPsS2xE8UN   default         none → 1  REFUSED (E7643)
      completeness of DistrictC01 in 2020W30: registered
    "#);
    insta::assert_snapshot!(lines(&history::run_json(&run, &names)[1..]), @r#"
    {"attributeOptionCombo":"HllvX50cXC0","dataSet":"kIfMNugiTgd","leftOut":[{"indicator":"Confirmed","n":1,"reason":"unmapped-place"}],"read":{"cases":11},"totals":[],"type":"counted"}
    {"acceptedBy":"--accept","attributeOptionCombo":"HllvX50cXC0","before":"90","dataSet":"kIfMNugiTgd","limitPercent":25,"now":"12","sentence":"Confirmed fell from 90 to 12; a drop of more than 25 % stops a run","type":"guard"}
    {"action":"clear","attributeOptionCombo":"HllvX50cXC0","attributeOptionComboName":"default","categoryOptionCombo":"HllvX50cXC0","categoryOptionComboName":"default","code":null,"dataElement":"CnPsS2xE8UN","dataSet":"kIfMNugiTgd","new":null,"old":"1","orgUnit":"DistrictC01","outcome":"cleared","period":"2020W30","type":"cell"}
    {"action":"create","attributeOptionCombo":"HllvX50cXC0","attributeOptionComboName":"default","categoryOptionCombo":"HllvX50cXC0","categoryOptionComboName":"default","code":"E7643","dataElement":"CnPsS2xE8UN","dataSet":"kIfMNugiTgd","new":"1","old":null,"orgUnit":"DistrictA01","outcome":"refused","period":"2020W31","type":"cell"}
    {"attributeOptionCombo":"HllvX50cXC0","dataSet":"kIfMNugiTgd","orgUnit":"DistrictC01","period":"2020W30","state":"registered","type":"completeness"}
    "#);
}

fn events(
    ledger: &Ledger,
    period: &str,
    org_unit: &str,
) -> Vec<godata_dhis2_sync::ledger::CellEvent> {
    ledger
        .cell(&CellQuery {
            data_element: "CnPsS2xE8UN".to_owned(),
            period: period.into(),
            org_unit: org_unit.to_owned(),
        })
        .unwrap()
}

#[test]
fn a_cell() {
    let ledger = season().ledger;
    let names = ledger.names().unwrap();
    insta::assert_snapshot!(history::cell(&events(&ledger, "2020W31", "DistrictA01"), &names), @r#"
    report           category combo  attribute combo  run  began (UTC)          value     outcome
    Outbreak weekly  default         default            2  2020-08-03 23:00:00  none → 1  REFUSED (E7643)
    Outbreak weekly  default         default            3  2020-08-04 23:00:00  none → 1  would be stored (dry run)
    "#);
    let events = events(&ledger, "2020W30", "DistrictA01");
    insta::assert_snapshot!(history::cell(&events, &names), @r#"
    report           category combo  attribute combo  run  began (UTC)          value     outcome
    Outbreak weekly  default         default            1  2020-07-27 23:00:00  none → 3  stored
    Outbreak weekly  default         default            4  2020-08-10 23:00:00  3 → 4     not known yet
    "#);
    insta::assert_snapshot!(lines(&history::cells_json(&events, &names)), @r#"
    {"action":"create","attributeOptionCombo":"HllvX50cXC0","attributeOptionComboName":"default","categoryOptionCombo":"HllvX50cXC0","categoryOptionComboName":"default","code":null,"dataElement":"CnPsS2xE8UN","dataSet":"kIfMNugiTgd","dryRun":false,"new":"3","old":null,"orgUnit":"DistrictA01","outcome":"stored","period":"2020W30","report":"Outbreak weekly","run":1,"started":"2020-07-27T23:00:00Z","type":"cell"}
    {"action":"update","attributeOptionCombo":"HllvX50cXC0","attributeOptionComboName":"default","categoryOptionCombo":"HllvX50cXC0","categoryOptionComboName":"default","code":null,"dataElement":"CnPsS2xE8UN","dataSet":"kIfMNugiTgd","dryRun":false,"new":"4","old":"3","orgUnit":"DistrictA01","outcome":null,"period":"2020W30","report":"Outbreak weekly","run":4,"started":"2020-08-10T23:00:00Z","type":"cell"}
    "#);
}

#[test]
fn what_dhis2_was_told() {
    let ledger = season().ledger;
    let names = ledger.names().unwrap();
    let day = "2020-08-10".parse().unwrap();
    let told = ledger.as_of(day).unwrap();
    insta::assert_snapshot!(history::told(day, &told, &names), @r#"
     period   org unit     data element  category combo  attribute combo    value  since run
     2020W30  DistrictA01  CnPsS2xE8UN   default         default                3          1  run 4 was to make it 4; its end is not known
     2020W30  DistrictC01  CnPsS2xE8UN   default         default          cleared          2
    2 cells by the end of 2020-08-10 (UTC).
    "#);
    insta::assert_snapshot!(lines(&history::told_json(day, &told, &names)), @r#"
    {"asOf":"2020-08-10","attemptedSince":{"run":4,"value":"4"},"attributeOptionCombo":"HllvX50cXC0","attributeOptionComboName":"default","categoryOptionCombo":"HllvX50cXC0","categoryOptionComboName":"default","dataElement":"CnPsS2xE8UN","dataSet":"kIfMNugiTgd","orgUnit":"DistrictA01","period":"2020W30","run":1,"started":"2020-07-27T23:00:00Z","type":"told","value":"3"}
    {"asOf":"2020-08-10","attemptedSince":null,"attributeOptionCombo":"HllvX50cXC0","attributeOptionComboName":"default","categoryOptionCombo":"HllvX50cXC0","categoryOptionComboName":"default","dataElement":"CnPsS2xE8UN","dataSet":"kIfMNugiTgd","orgUnit":"DistrictC01","period":"2020W30","run":2,"started":"2020-08-03T23:00:00Z","type":"told","value":null}
    "#);
}

#[test]
fn nothing_to_show_is_said() {
    let ledger = room().ledger;
    let names = ComboNames::default();
    let day = "2020-08-10".parse().unwrap();
    assert_eq!(history::runs(&ledger.runs().unwrap()), "No run yet.\n");
    assert_eq!(
        history::cell(&events(&ledger, "2020W30", "A"), &names),
        "No run has changed this cell.\n"
    );
    assert_eq!(
        history::told(day, &ledger.as_of(day).unwrap(), &names),
        "By the end of 2020-08-10 (UTC) DHIS2 had been told nothing.\n"
    );
    assert_eq!(history::told_json(day, &[], &names), Vec::<Value>::new());
}

/// Whoever keeps the file open for years sees combinations under the names that they have now.
#[test]
fn combinations_have_the_name_of_the_last_run_that_met_them() {
    let mut room = season();
    let named = |pairs: &[(&str, &str)]| pairs.iter().copied().collect::<ComboNames>();
    room.ledger.remember_names(&named(&[("maleunder5x", "Male, 0-4")])).unwrap();
    room.ledger.remember_names(&named(&[("maleunder5x", "Boys under 5")])).unwrap();
    let names = room.ledger.names().unwrap();
    assert_eq!(names, named(&[("HllvX50cXC0", "default"), ("maleunder5x", "Boys under 5")]));
    assert_eq!(names.or_id("neverseenx1"), "neverseenx1");
    let events = events(&room.ledger, "2020W30", "DistrictA01");
    let unnamed = history::cells_json(&events, &ComboNames::default());
    assert_eq!(unnamed[0]["categoryOptionCombo"], "HllvX50cXC0");
    assert_eq!(unnamed[0]["categoryOptionComboName"], Value::Null);
    assert!(history::cell(&events, &ComboNames::default()).contains("HllvX50cXC0"));
}
