//! A process that is killed leaves a ledger that the next run understands.

use godata_dhis2_sync::ledger::{
    AttemptedSince, Ledger, Outcome, RunId, RunState, Settlement, Unsettled,
};

use crate::story::{DATA_SET, Room, TARGET, address, end, outcome, planned, room, start};

/// A run that stored A, and was killed before it knew of B, C and D.
fn killed() -> (Room, RunId) {
    let mut room = room();
    let run = room.ledger.begin(&start("2020-07-27")).unwrap();
    room.ledger
        .intend(
            run,
            &[
                planned("2020W30", "A", None, Some("3")),
                planned("2020W30", "B", Some("2"), Some("3")),
                planned("2020W30", "C", Some("1"), None),
                planned("2020W30", "D", Some("5"), Some("6")),
            ],
        )
        .unwrap();
    room.ledger.outcomes(run, &[outcome("2020W30", "A", Outcome::Stored)]).unwrap();
    // The file as another process finds it, with its log.
    let ledger = Ledger::open(&room.folder.path().join("sync.ledger")).unwrap();
    (Room { ledger, ..room }, run)
}

#[test]
fn a_run_without_an_end_is_interrupted_when_the_next_one_comes() {
    let (mut room, run) = killed();
    assert_eq!(room.ledger.runs().unwrap()[0].state, RunState::Open);
    assert_eq!(
        room.ledger.unsettled(TARGET, DATA_SET).unwrap(),
        [],
        "while nobody has the lock, the run may be at work"
    );

    let next = room.ledger.begin(&start("2020-07-28")).unwrap();

    let runs = room.ledger.runs().unwrap();
    assert_eq!(runs[0].state, RunState::Interrupted { by: next });
    assert_eq!(runs[1].state, RunState::Open);
    let open = room.ledger.unsettled(TARGET, DATA_SET).unwrap();
    let expected =
        [("B", Some("2"), Some("3")), ("C", Some("1"), None), ("D", Some("5"), Some("6"))]
            .map(|(unit, old, new)| Unsettled { run, planned: planned("2020W30", unit, old, new) });
    assert_eq!(open, expected);
}

#[test]
fn a_run_against_another_target_interrupts_nothing() {
    let (mut room, _) = killed();
    let mut elsewhere = start("2020-07-28");
    elsewhere.target = "another.example.org".to_owned();
    room.ledger.begin(&elsewhere).unwrap();
    let mut other_data_set = start("2020-07-28");
    other_data_set.data_sets[0].data_set = "uKtOZwDnIpM".to_owned();
    room.ledger.begin(&other_data_set).unwrap();

    assert_eq!(room.ledger.runs().unwrap()[0].state, RunState::Open);
}

#[test]
fn reading_back_says_what_became_of_its_cells() {
    let (mut room, run) = killed();
    room.ledger.begin(&start("2020-07-28")).unwrap();
    let found = |unit: &str, value: Option<&str>| Settlement {
        run,
        address: address("2020W30", unit),
        found: value.map(str::to_owned),
    };

    room.ledger
        .settle(TARGET, &[found("B", Some("3")), found("C", None), found("D", Some("5"))])
        .unwrap();

    assert_eq!(room.ledger.unsettled(TARGET, DATA_SET).unwrap(), []);
    let cells = room.ledger.run(run).unwrap().unwrap().cells;
    let outcomes: Vec<_> = cells.into_iter().map(|cell| cell.outcome).collect();
    assert_eq!(
        outcomes,
        [Outcome::Stored, Outcome::Stored, Outcome::Cleared, Outcome::NotSent].map(Some)
    );
}

#[test]
fn a_third_value_says_nothing_and_an_unread_cell_stays_open() {
    let (mut room, run) = killed();
    room.ledger.begin(&start("2020-07-28")).unwrap();
    let found = Some("17".to_owned());

    let settlement = Settlement { run, address: address("2020W30", "B"), found };
    room.ledger.settle(TARGET, &[settlement]).unwrap();

    let cells = room.ledger.run(run).unwrap().unwrap().cells;
    assert_eq!(cells[1].outcome, Some(Outcome::Unknown));
    let open = room.ledger.unsettled(TARGET, DATA_SET).unwrap();
    let units: Vec<_> = open.iter().map(|open| open.planned.address.org_unit.as_str()).collect();
    assert_eq!(units, ["C", "D"]);
}

#[test]
fn what_dhis2_was_told_names_the_attempt_that_nobody_knows_the_end_of() {
    let (room, run) = killed();
    let told = room.ledger.as_of("2020-07-27".parse().unwrap()).unwrap();

    assert_eq!(told[0].attempted_since, None);
    assert_eq!(told[0].value.as_deref(), Some("3"));
    let attempt = AttemptedSince { run, value: Some("3".to_owned()) };
    assert_eq!(told[1].attempted_since, Some(attempt));
    assert_eq!(told[1].by, None);
}

/// A run may also end, with an error, before it knows of all its cells.
#[test]
fn a_run_that_ended_early_leaves_open_cells_too() {
    let (mut room, run) = killed();
    end(&mut room.ledger, run, "2020-07-27", 3);
    assert_eq!(room.ledger.unsettled(TARGET, DATA_SET).unwrap().len(), 3);
}

/// Power or `kill -9` in the middle of writing: the last set of fingerprints stays whole.
#[test]
fn what_was_not_committed_was_never_there() {
    let (room, run) = killed();
    let path = room.folder.path().join("sync.ledger");
    let half = rusqlite::Connection::open(&path).unwrap();
    half.execute_batch("BEGIN IMMEDIATE; DELETE FROM planned_cell; DELETE FROM fingerprint_set;")
        .unwrap();
    // The process is gone: its log is not finished.
    drop(half);

    let ledger = Ledger::open(&path).unwrap();
    assert_eq!(ledger.run(run).unwrap().unwrap().cells.len(), 4);
}
