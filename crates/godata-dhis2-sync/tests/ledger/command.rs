//! `history` as a program.

use std::path::Path;

use assert_cmd::Command;
use godata_dhis2_sync::Exit;
use godata_dhis2_sync::tell::history;

use crate::history::season;

/// Runs `history` with these arguments on a ledger; its exit code and standard output.
fn run(ledger: &Path, args: &[&str]) -> (u8, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_godata-dhis2-sync"))
        .current_dir(ledger.parent().unwrap())
        .arg("history")
        .args(args)
        .arg("--ledger")
        .arg(ledger)
        .output()
        .unwrap();
    let code = u8::try_from(output.status.code().unwrap()).unwrap();
    (code, String::from_utf8(output.stdout).unwrap())
}

#[test]
fn each_question_has_its_answer() {
    let room = season();
    let path = room.folder.path().join("sync.ledger");
    let ledger = &room.ledger;
    let day = "2020-08-02".parse().unwrap();
    let cell = ["cell", "CnPsS2xE8UN", "2020W30", "DistrictA01"];
    let told = ledger.as_of(day).unwrap();
    let of_the_cell: Vec<_> =
        told.iter().filter(|cell| cell.address.org_unit == "DistrictA01").cloned().collect();
    let query = godata_dhis2_sync::ledger::CellQuery {
        data_element: cell[1].to_owned(),
        period: cell[2].into(),
        org_unit: cell[3].to_owned(),
    };
    let record = ledger.run("2".parse().unwrap()).unwrap().unwrap();
    let names = ledger.names().unwrap();

    for (args, expected) in [
        (vec![], history::runs(&ledger.runs().unwrap())),
        (vec!["show", "2"], history::run(&record, &names)),
        (cell.to_vec(), history::cell(&ledger.cell(&query).unwrap(), &names)),
        (vec!["--as-of", "2020-08-02"], history::told(day, &told, &names)),
        (
            [&cell[..], &["--as-of", "2020-08-02"]].concat(),
            history::told(day, &of_the_cell, &names),
        ),
    ] {
        assert_eq!(run(&path, &args), (Exit::Done.code(), expected), "{args:?}");
    }
    assert_eq!(of_the_cell.len(), 1, "the filter has something to do");
}

#[test]
fn for_programs_each_line_is_json() {
    let room = season();
    let path = room.folder.path().join("sync.ledger");
    let (code, text) = run(&path, &["--json"]);
    assert_eq!(code, Exit::Done.code());
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, history::runs_json(&room.ledger.runs().unwrap()));
}

#[test]
fn what_is_not_there_is_said() {
    let room = season();
    let path = room.folder.path().join("sync.ledger");
    let none = room.folder.path().join("none.ledger");
    for (ledger, args) in [
        (&none, vec![]),
        (&path, vec!["show", "99"]),
        (&path, vec!["show", "2", "--as-of", "2020-08-02"]),
    ] {
        assert_eq!(run(ledger, &args), (Exit::Usage.code(), String::new()), "{args:?}");
    }
    assert!(!none.exists(), "looking makes no file");
}
