//! What a run leaves behind, and what can be asked of it.

use std::collections::BTreeMap;

use godata_dhis2_sync::ledger::{
    CellQuery, Completeness, CompletenessState, Counts, GuardDecision, Ledger, LedgerError,
    LeftOut, Outcome, RunId, RunState, Told, Total,
};

use crate::story::{
    DATA_SET, DEFAULT, TARGET, address, end, outcome, planned, report, room, start,
};

/// The two runs of the story, as far as DHIS2 sees them; the second run's C was refused.
fn two_runs(ledger: &mut Ledger) -> [RunId; 2] {
    let first = ledger.begin(&start("2020-07-27")).unwrap();
    ledger
        .intend(
            first,
            &[
                planned("2020W30", "A", None, Some("3")),
                planned("2020W30", "B", None, Some("2")),
                planned("2020W30", "C", None, Some("1")),
            ],
        )
        .unwrap();
    let stored: Vec<_> =
        ["A", "B", "C"].map(|unit| outcome("2020W30", unit, Outcome::Stored)).into();
    ledger.outcomes(first, &stored).unwrap();
    end(ledger, first, "2020-07-27", 0);

    let second = ledger.begin(&start("2020-08-03")).unwrap();
    ledger
        .intend(
            second,
            &[
                planned("2020W31", "A", None, Some("1")),
                planned("2020W30", "C", Some("1"), None),
                planned("2020W30", "B", Some("2"), Some("3")),
            ],
        )
        .unwrap();
    let refused = Outcome::Refused { code: Some("E7643".to_owned()) };
    ledger
        .outcomes(
            second,
            &[
                outcome("2020W30", "B", Outcome::Stored),
                outcome("2020W30", "C", Outcome::Cleared),
                outcome("2020W31", "A", refused),
            ],
        )
        .unwrap();
    end(ledger, second, "2020-08-03", 4);
    [first, second]
}

fn told(ledger: &Ledger, day: &str) -> Vec<(String, String, Option<String>)> {
    ledger
        .as_of(day.parse().unwrap())
        .unwrap()
        .into_iter()
        .map(|Told { address, value, .. }| (address.period.to_string(), address.org_unit, value))
        .collect()
}

fn line(period: &str, unit: &str, value: Option<&str>) -> (String, String, Option<String>) {
    (period.to_owned(), unit.to_owned(), value.map(str::to_owned))
}

#[test]
fn what_dhis2_was_told_by_a_day() {
    let mut room = room();
    two_runs(&mut room.ledger);

    assert_eq!(told(&room.ledger, "2020-07-26"), []);
    let after_the_first =
        [("A", "3"), ("B", "2"), ("C", "1")].map(|(unit, n)| line("2020W30", unit, Some(n)));
    assert_eq!(told(&room.ledger, "2020-07-27"), after_the_first);
    assert_eq!(told(&room.ledger, "2020-08-02"), after_the_first);
    // The refused value of 2020W31 was never held.
    let after_the_second = [
        line("2020W30", "A", Some("3")),
        line("2020W30", "B", Some("3")),
        line("2020W30", "C", None),
    ];
    assert_eq!(told(&room.ledger, "2020-08-03"), after_the_second);
}

#[test]
fn the_history_of_a_cell() {
    let mut room = room();
    let [first, second] = two_runs(&mut room.ledger);
    let query = CellQuery {
        data_element: "CnPsS2xE8UN".to_owned(),
        period: "2020W30".into(),
        org_unit: "C".to_owned(),
    };

    let events = room.ledger.cell(&query).unwrap();

    let seen: Vec<_> = events
        .iter()
        .map(|event| (event.run, event.cell.planned.new.as_deref(), event.cell.outcome.clone()))
        .collect();
    assert_eq!(
        seen,
        [(first, Some("1"), Some(Outcome::Stored)), (second, None, Some(Outcome::Cleared))]
    );
}

#[test]
fn the_list_of_runs() {
    let mut room = room();
    let [first, second] = two_runs(&mut room.ledger);
    let runs = room.ledger.runs().unwrap();

    assert_eq!(runs.iter().map(|run| run.id).collect::<Vec<_>>(), [first, second]);
    assert_eq!(runs[1].start, start("2020-08-03"));
    let at = "2020-08-03T23:05:00Z".parse().unwrap();
    assert_eq!(runs[1].state, RunState::Ended { at, exit_code: 4 });
    assert_eq!(runs[1].n_planned, 3);
    let outcomes: BTreeMap<String, u64> =
        [("stored", 1), ("cleared", 1), ("refused", 1)].map(|(o, n)| (o.to_owned(), n)).into();
    assert_eq!(runs[1].outcomes, outcomes);
}

#[test]
fn one_run_whole() {
    let mut room = room();
    let [_, second] = two_runs(&mut room.ledger);
    let total = |period: &str| Total { indicator: "Confirmed".to_owned(), period: period.into() };
    let left_out =
        LeftOut { indicator: "Confirmed".to_owned(), reason: "unmapped-place".to_owned(), n: 1 };
    let counts = Counts {
        records: [("cases".to_owned(), 11)].into(),
        left_out: vec![left_out],
        totals: [(total("2020W30"), 6.into()), (total("2020W31"), 2.into())].into(),
    };
    room.ledger.counted(second, &report(), &counts).unwrap();
    let registration = |unit: &str, state| Completeness {
        data_set: DATA_SET.to_owned(),
        period: "2020W30".into(),
        org_unit: unit.to_owned(),
        attribute_option_combo: "HllvX50cXC0".to_owned(),
        state,
    };
    let registrations = [
        registration("B", CompletenessState::Refused),
        registration("A", CompletenessState::Registered),
    ];
    room.ledger.completeness(second, &registrations).unwrap();
    let guard = GuardDecision {
        data_set: DATA_SET.to_owned(),
        attribute_option_combo: DEFAULT.to_owned(),
        sentence: "Confirmed fell from 100 to 6".to_owned(),
        before: "100".to_owned(),
        now: "6".to_owned(),
        limit_percent: 25,
        accepted_by: Some("--accept".to_owned()),
    };
    room.ledger.guard_decision(second, &guard).unwrap();

    let run = room.ledger.run(second).unwrap().unwrap();

    assert_eq!(run.summary, room.ledger.runs().unwrap()[1]);
    assert_eq!(run.counts, BTreeMap::from([(report(), counts)]));
    let cells: Vec<_> = run.cells.iter().map(|cell| &cell.planned.address).collect();
    assert_eq!(
        cells,
        [&address("2020W30", "B"), &address("2020W30", "C"), &address("2020W31", "A")],
        "in the order of periods and places"
    );
    assert_eq!(run.completeness, [registrations[1].clone(), registrations[0].clone()]);
    assert_eq!(run.guards, [guard]);
    assert_eq!(room.ledger.run("7".parse().unwrap()).unwrap(), None);
}

#[test]
fn the_base_line_is_the_last_run_that_sent_and_came_to_its_end() {
    let mut room = room();
    let ledger = &mut room.ledger;
    assert_eq!(ledger.last_counts(TARGET, &report()).unwrap(), None);
    let mut counted = |day: &str, dry_run: bool, exit_code: Option<u8>, n: u64| {
        let mut start = start(day);
        start.dry_run = dry_run;
        let run = ledger.begin(&start).unwrap();
        let records = [("cases".to_owned(), n)].into();
        ledger.counted(run, &report(), &Counts { records, ..Counts::default() }).unwrap();
        if let Some(code) = exit_code {
            end(ledger, run, day, code);
        }
        run
    };
    counted("2020-07-20", false, Some(0), 100);
    let base = counted("2020-07-27", false, Some(4), 110);
    counted("2020-07-28", true, Some(0), 120); // a dry run
    counted("2020-07-29", false, Some(5), 2); // stopped by a guard
    counted("2020-07-30", false, Some(3), 3); // a server was gone
    counted("2020-07-31", false, None, 4); // killed

    let last = room.ledger.last_counts(TARGET, &report()).unwrap().unwrap();

    assert_eq!(last.run, base);
    assert_eq!(last.counts.records["cases"], 110);
    assert_eq!(last.periods, ("2020W30".into(), "2020W31".into()));
    assert_eq!(room.ledger.last_counts("another.example.org", &report()).unwrap(), None);
}

#[test]
fn an_outcome_without_a_plan_is_a_bug_and_writes_nothing() {
    let mut room = room();
    let run = room.ledger.begin(&start("2020-07-27")).unwrap();
    room.ledger.intend(run, &[planned("2020W30", "A", None, Some("3"))]).unwrap();

    let error = room
        .ledger
        .outcomes(
            run,
            &[outcome("2020W30", "A", Outcome::Stored), outcome("2020W30", "B", Outcome::Stored)],
        )
        .unwrap_err();

    assert!(matches!(error, LedgerError::NotPlanned { .. }), "{error:?}");
    assert_eq!(room.ledger.run(run).unwrap().unwrap().cells[0].outcome, None);
}

#[test]
fn a_dry_run_told_dhis2_nothing() {
    let mut room = room();
    let mut start = start("2020-07-27");
    start.dry_run = true;
    let run = room.ledger.begin(&start).unwrap();
    room.ledger.intend(run, &[planned("2020W30", "A", None, Some("3"))]).unwrap();
    room.ledger.outcomes(run, &[outcome("2020W30", "A", Outcome::WouldBeStored)]).unwrap();
    end(&mut room.ledger, run, "2020-07-27", 0);

    assert_eq!(told(&room.ledger, "2020-07-27"), []);
    assert_eq!(room.ledger.unsettled(TARGET, DATA_SET).unwrap(), []);
}
