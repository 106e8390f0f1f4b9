//! Plans against the sandbox: what is stored, what is refused, what is lost.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use dhis2_client::{
    Cell, Credentials, DataSet, Ownership, Plan, RefusalCategory, SendOptions, SendProgress,
    SendReport, StoredValue, ValueQuery, Verdict, Wanted, reconcile,
};
use http_transport::http::Method;
use sandbox::dhis2::{ImportFault, Stored};
use sandbox::server::{Fault, Rule};

use crate::server::Server;

const ENGINE_A: &str = "2.42";
const ENGINE_B: &str = "2.43";
const BOTH: [&str; 2] = [ENGINE_A, ENGINE_B];

pub(crate) fn cell(data_set: &DataSet, week: &str, unit: usize) -> Cell {
    let period = data_set.period_type.parse(week).unwrap();
    data_set.cell("CnPsS2xE8UN", &[], period, data_set.org_units[unit].id).unwrap()
}

pub(crate) fn value(text: &str) -> Wanted {
    Wanted::Value(text.to_owned())
}

async fn stored(server: &Server, data_set: &DataSet, cells: &[Cell]) -> Vec<StoredValue> {
    let query = ValueQuery::new(data_set.id)
        .org_units(cells.iter().map(|cell| cell.org_unit))
        .periods(cells.iter().map(|cell| cell.period));
    // Somebody who may see every unit.
    let admin = server.as_user(Credentials::basic("admin", "district"));
    admin.stored_values(&query).await.unwrap()
}

pub(crate) async fn plan(server: &Server, data_set: &DataSet, desired: &[(Cell, Wanted)]) -> Plan {
    let cells: Vec<Cell> = desired.iter().map(|(cell, _)| *cell).collect();
    let stored = stored(server, data_set, &cells).await;
    let ours = Ownership::of("writer");
    reconcile(data_set, desired.iter().cloned(), stored, &ours).unwrap()
}

pub(crate) async fn send(server: &Server, data_set: &DataSet, plan: &Plan) -> SendReport {
    server.client.send(data_set, plan, &SendOptions::default(), &mut |_| {}).await
}

/// Week 5 of 2021 for the first units of the weekly data set.
fn week_5(set: &DataSet, n_units: usize) -> Vec<(Cell, Wanted)> {
    (0..n_units).map(|unit| (cell(set, "2021W5", unit), value(&unit.to_string()))).collect()
}

/// What the sandbox itself holds, without asking through the client.
fn held(server: &Server, cell: Cell) -> Option<String> {
    let found =
        server.dhis2.value(cell.data_element.as_str(), &cell.period.id(), cell.org_unit.as_str());
    found.and_then(|stored| stored.value)
}

#[tokio::test]
async fn a_plan_is_stored_read_back_and_empty_the_second_time() {
    for version in BOTH {
        let server = Server::atlantia(version);
        let set = server.weekly().await;
        let desired = week_5(&set, 5);

        let first = plan(&server, &set, &desired).await;
        let report = send(&server, &set, &first).await;

        assert!(report.is_complete(), "{version}: {report:?}");
        assert_eq!(report.counts().stored, 5, "{version}");
        for (cell, wanted) in &desired {
            assert_eq!(held(&server, *cell).map(Wanted::Value).as_ref(), Some(wanted));
        }
        let second = plan(&server, &set, &desired).await;
        assert!(second.is_empty(), "{version}: {second:?}");
        assert_eq!(second.counts().unchanged, 5, "{version}");
        assert_eq!(server.dhis2.imports(), 1, "{version}");
    }
}

#[tokio::test]
async fn a_dry_run_checks_everything_and_stores_nothing() {
    for version in BOTH {
        let server = Server::atlantia(version);
        let set = server.weekly().await;
        let mut desired = week_5(&set, 3);
        desired.push((cell(&set, "2021W5", 3), value("x")));
        let plan = plan(&server, &set, &desired).await;
        let options = SendOptions::default().dry_run(true);

        let report = server.client.send(&set, &plan, &options, &mut |_| {}).await;

        assert_eq!(report.counts().accepted, 3, "{version}");
        assert_eq!(report.counts().refused, 1, "{version}");
        assert!(server.dhis2.values().is_empty(), "{version}");
    }
}

#[tokio::test]
async fn values_are_changed_and_cleared_and_comments_survive() {
    for version in BOTH {
        let server = Server::atlantia(version);
        let set = server.weekly().await;
        let (changed, cleared) = (cell(&set, "2021W5", 0), cell(&set, "2021W5", 1));
        for cell in [changed, cleared] {
            let [element, period, unit] =
                [cell.data_element.to_string(), cell.period.id(), cell.org_unit.to_string()];
            let old = Stored::new(&element, &period, &unit, "5");
            server.dhis2.put(old.stored_by("writer").comment("checked").followup(true));
        }

        let plan = plan(&server, &set, &[(changed, value("6")), (cleared, Wanted::Nothing)]).await;
        let report = send(&server, &set, &plan).await;

        assert!(report.is_complete(), "{version}: {report:?}");
        assert_eq!((report.counts().stored, report.counts().cleared), (1, 1), "{version}");
        let after = stored(&server, &set, &[changed, cleared]).await;
        assert_eq!(after.len(), 1, "{version}");
        assert_eq!(after[0].live_value(), Some("6"), "{version}");
        assert_eq!(after[0].comment.as_deref(), Some("checked"), "{version}");
        assert!(after[0].follow_up, "{version}");
    }
}

#[tokio::test]
async fn a_refused_value_is_named_and_every_other_one_is_stored() {
    for (version, code) in [(ENGINE_A, "E7619"), (ENGINE_B, "E8122")] {
        let server = Server::atlantia(version);
        let set = server.weekly().await;
        let mut desired = week_5(&set, 6);
        desired[4].1 = value("4.5");

        let plan = plan(&server, &set, &desired).await;
        let report = send(&server, &set, &plan).await;

        assert_eq!(report.counts().stored, 5, "{version}: {report:?}");
        let [(outcome, refusal)] = &report.refused().collect::<Vec<_>>()[..] else {
            panic!("{version}: {report:?}")
        };
        assert_eq!(outcome.cell, desired[4].0);
        assert_eq!(refusal.code.unwrap().to_string(), code);
        assert_eq!(refusal.category, RefusalCategory::Data);
        assert!(!report.is_complete());
        let bad = desired[4].0;
        let unfinished = [(bad.org_unit, bad.period, bad.attribute_option_combo)];
        assert_eq!(report.unfinished(), unfinished.into());
    }
}

/// Recordings `x-grp-*`: engine B refuses a whole call for one wrong key.
#[tokio::test]
async fn one_wrong_key_costs_one_cell_on_both_engines() {
    for (version, codes) in [
        (ENGINE_A, ["E7610", "E7612", "E7632", "E7641"]),
        // The user's own units are asked first: an unknown one is none of them.
        (ENGINE_B, ["E8020", "E8011", "E8021", "E8030"]),
    ] {
        let server = Server::atlantia(version);
        let set = server.weekly().await;
        let good = week_5(&set, 12);
        let base = good[0].0;
        let day = "20210201".parse().unwrap();
        let bad = [
            Cell { data_element: "aaaaaaaaaaa".parse().unwrap(), ..base },
            Cell { org_unit: "aaaaaaaaaaa".parse().unwrap(), ..base },
            Cell { period: day, ..base },
            Cell { period: "2031W5".parse().unwrap(), ..base },
        ];
        let desired: Vec<_> =
            good.iter().cloned().chain(bad.map(|cell| (cell, value("1")))).collect();

        let plan = plan(&server, &set, &desired).await;
        let report = send(&server, &set, &plan).await;

        assert_eq!(report.counts().stored, 12, "{version}: {report:#?}");
        for (bad, code) in bad.iter().zip(codes) {
            let (_, refusal) = report.refused().find(|(outcome, _)| outcome.cell == *bad).unwrap();
            assert_eq!(refusal.code.unwrap().to_string(), code, "{version} {bad}");
        }
        let most = if version == ENGINE_A { 1 } else { 6 };
        assert!(report.n_calls <= most, "{version}: {} calls", report.n_calls);
    }
}

/// Recordings `race-same-cells-loser`, `race-new-period-loser`: 200 SUCCESS, nothing stored.
#[tokio::test]
async fn race_losers_are_sent_again() {
    for (version, fault) in [
        (ENGINE_B, ImportFault::LostCall),
        (ENGINE_B, ImportFault::PeriodRace("2021W5".into())),
        (ENGINE_A, ImportFault::FlushFailed),
        (ENGINE_A, ImportFault::PeriodRace("2021W5".into())),
    ] {
        let server = Server::atlantia(version);
        let set = server.weekly().await;
        let plan = plan(&server, &set, &week_5(&set, 5)).await;
        server.dhis2.inject(fault.clone());

        let report = send(&server, &set, &plan).await;

        assert!(report.is_complete(), "{version} {fault:?}: {report:?}");
        assert_eq!(report.n_calls, 2, "{version} {fault:?}");
    }
}

/// A connection that breaks leaves it open whether the call was carried out: read back, then send
/// what is missing.
#[tokio::test]
async fn a_broken_connection_is_followed_by_a_read_back_and_loses_nothing() {
    for version in BOTH {
        for (fault, calls) in [(Fault::Cut, 2), (Fault::CutAfterWork, 1)] {
            let server = Server::atlantia(version);
            let set = server.weekly().await;
            let plan = plan(&server, &set, &week_5(&set, 5)).await;
            server.running.faults().add(Rule::new(fault.clone()).on("dataValueSets"));

            let report = send(&server, &set, &plan).await;

            assert!(report.is_complete(), "{version} {fault:?}: {report:?}");
            assert_eq!(report.n_calls, calls, "{version} {fault:?}");
            assert_eq!(server.dhis2.values().len(), 5, "{version} {fault:?}");
        }
    }
}

#[tokio::test]
async fn an_overloaded_server_is_asked_again() {
    let server = Server::atlantia(ENGINE_B);
    let set = server.weekly().await;
    let plan = plan(&server, &set, &week_5(&set, 5)).await;
    let busy = Fault::Unavailable { retry_after: None };
    server.running.faults().add(Rule::new(busy).on("dataValueSets").times(2));

    let report = send(&server, &set, &plan).await;

    assert!(report.is_complete(), "{report:?}");
}

#[tokio::test]
async fn a_server_that_goes_away_leaves_an_outcome_for_every_cell() {
    for version in BOTH {
        let server = Server::atlantia(version);
        let set = server.weekly().await;
        let plan = plan(&server, &set, &week_5(&set, 6)).await;
        // The first call arrives, the others do not.
        let gone = Rule::new(Fault::Cut).on("dataValueSets").skip(2).always();
        server.running.faults().add(gone);
        let options = SendOptions::default().batch_size(NonZeroUsize::new(2).unwrap());

        let report = server.client.send(&set, &plan, &options, &mut |_| {}).await;

        let counts = report.counts();
        assert_eq!((counts.stored, counts.unknown, counts.not_sent), (2, 2, 2), "{version}");
        assert!(report.failure.unwrap().is_unreachable(), "{version}");
    }
}

#[tokio::test]
async fn who_stops_has_the_call_finished_that_is_out_and_nothing_else_sent() {
    for version in BOTH {
        let server = Server::atlantia(version);
        let set = server.weekly().await;
        let plan = plan(&server, &set, &week_5(&set, 6)).await;
        let options = SendOptions::default().batch_size(NonZeroUsize::new(2).unwrap());

        // The request comes while the second call is out.
        let mut stop_in_second = |at: SendProgress| match at.calls {
            0 | 1 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        };
        let report = server.client.send_while(&set, &plan, &options, &mut stop_in_second).await;

        let counts = report.counts();
        assert_eq!((counts.stored, counts.unknown, counts.not_sent), (4, 0, 2), "{version}");
        assert!(report.stopped && report.failure.is_none() && !report.is_complete(), "{version}");
        assert_eq!(report.n_calls, 2, "{version}");
        for outcome in &report.outcomes {
            let held = held(&server, outcome.cell).is_some();
            assert_eq!(held, outcome.verdict == Verdict::Stored, "{version}: {outcome:?}");
        }
    }
}

#[tokio::test]
async fn who_stops_before_the_first_call_has_nothing_sent_and_the_server_is_not_asked() {
    let server = Server::atlantia(ENGINE_A);
    let set = server.weekly().await;
    let plan = plan(&server, &set, &week_5(&set, 2)).await;
    let n_before = server.running.log().n_requests();

    let mut never = |_: SendProgress| ControlFlow::Break(());
    let report = server.client.send_while(&set, &plan, &SendOptions::default(), &mut never).await;

    assert!(report.stopped);
    assert_eq!((report.counts().not_sent, report.n_calls), (2, 0));
    assert_eq!(server.running.log().n_requests(), n_before);
}

#[tokio::test]
async fn a_stop_after_the_last_call_stops_nothing() {
    let server = Server::atlantia(ENGINE_A);
    let set = server.weekly().await;
    let plan = plan(&server, &set, &week_5(&set, 2)).await;

    let mut late = |at: SendProgress| match at.calls {
        0 => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    };
    let report = server.client.send_while(&set, &plan, &SendOptions::default(), &mut late).await;

    assert!(report.is_complete() && !report.stopped, "{report:?}");
}

/// A cut connection: nobody knows whether the call was carried out.
#[tokio::test]
async fn who_stops_before_a_resend_is_told_that_the_fate_is_unknown() {
    let server = Server::atlantia(ENGINE_A);
    let set = server.weekly().await;
    let plan = plan(&server, &set, &week_5(&set, 4)).await;
    server
        .running
        .faults()
        .add(Rule::new(Fault::Cut).on("dataValueSets").method(Method::POST).always());
    let options = SendOptions::default().batch_size(NonZeroUsize::new(2).unwrap());

    let mut stop_at_pause = |at: SendProgress| match at.calls {
        0 => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    };
    let report = server.client.send_while(&set, &plan, &options, &mut stop_at_pause).await;

    let counts = report.counts();
    assert_eq!((counts.stored, counts.unknown, counts.not_sent), (0, 2, 2), "{report:?}");
    assert!(report.stopped && report.failure.is_none(), "{report:?}");
}

#[tokio::test]
async fn a_call_that_is_too_large_is_halved() {
    // As with the body limit of a proxy.
    let server = Server::atlantia(ENGINE_B);
    let set = server.weekly().await;
    let plan = plan(&server, &set, &week_5(&set, 4)).await;
    let too_large = Fault::Answer {
        status: 413,
        content_type: "text/html",
        body: "<h1>413 Request Entity Too Large</h1>".into(),
    };
    server.running.faults().add(Rule::new(too_large).on("dataValueSets").times(2));

    let report = send(&server, &set, &plan).await;

    assert!(report.is_complete(), "{report:?}");
    assert!(report.n_calls > 3, "{}", report.n_calls);
}

/// Recording `x-lost-nul`: such a text would lose the whole call on 2.43.
#[tokio::test]
async fn x_lost_nul_is_refused_before_it_is_sent() {
    let server = Server::atlantia(ENGINE_B);
    let set = server.weekly().await;
    let mut desired = week_5(&set, 3);
    desired[1].1 = value("1\0");
    let plan = plan(&server, &set, &desired).await;

    let report = send(&server, &set, &plan).await;

    assert_eq!((report.counts().stored, report.counts().refused), (2, 1), "{report:?}");
    assert_eq!(report.n_calls, 1);
}

#[tokio::test]
async fn a_data_set_that_is_not_shared_refuses_every_cell_in_one_call() {
    for (version, code) in [(ENGINE_A, "E7600"), (ENGINE_B, "E8010")] {
        let server = Server::atlantia(version);
        let set = server.weekly().await;
        let plan = plan(&server, &set, &week_5(&set, 6)).await;
        server.dhis2.share_data_set("kIfMNugiTgd", "--------");
        let options = SendOptions::default().batch_size(NonZeroUsize::new(2).unwrap());

        let report = server.client.send(&set, &plan, &options, &mut |_| {}).await;

        assert_eq!(report.counts().refused, 6, "{version}: {report:?}");
        assert_eq!(report.n_calls, 1, "{version}");
        let (_, refusal) = report.refused().next().unwrap();
        assert_eq!(refusal.code.unwrap().to_string(), code, "{version}");
    }
}

#[tokio::test]
async fn a_user_who_may_not_add_values_is_told_so_once() {
    let server = Server::atlantia(ENGINE_A);
    let set = server.weekly().await;
    let plan = plan(&server, &set, &week_5(&set, 2)).await;
    let reader = server.as_user(Credentials::basic("reader", "Reader-1!"));

    let report = reader.send(&set, &plan, &SendOptions::default(), &mut |_| {}).await;

    assert!(report.failure.as_ref().unwrap().is_forbidden(), "{report:?}");
    assert_eq!(report.n_calls, 1);
}

#[tokio::test]
async fn values_that_cannot_be_read_back_are_taken_by_word() {
    let server = Server::atlantia(ENGINE_A);
    let set = server.weekly().await;
    let plan = plan(&server, &set, &week_5(&set, 2)).await;
    let refused = Fault::Answer {
        status: 409,
        content_type: "application/json",
        body:
            r#"{"httpStatusCode":409,"status":"ERROR","message":"User is not allowed to read data",
            "errorCode":"E2010"}"#
                .into(),
    };
    server
        .running
        .faults()
        .add(Rule::new(refused).on("dataValueSets").method(Method::GET).always());

    let report = send(&server, &set, &plan).await;

    assert_eq!(report.counts().accepted, 2, "{report:?}");
    let why = report.unverified.unwrap();
    assert!(format!("{}", why.kind()).contains("E2010"), "{:?}", why.kind());
}

#[tokio::test]
async fn progress_tells_every_call_and_ends_at_the_total() {
    let server = Server::atlantia(ENGINE_A);
    let set = server.weekly().await;
    let plan = plan(&server, &set, &week_5(&set, 5)).await;
    let options = SendOptions::default().batch_size(NonZeroUsize::new(2).unwrap());
    let mut seen = Vec::new();

    server.client.send(&set, &plan, &options, &mut |progress| seen.push(progress)).await;

    assert!(seen.iter().all(|progress| progress.total == 5));
    assert!(seen.windows(2).all(|pair| pair[0].done <= pair[1].done));
    assert_eq!(seen.last().unwrap().done, 5);
    assert_eq!(seen.last().unwrap().calls, 3);
}
