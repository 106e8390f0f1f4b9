//! The pages as a browser, a probe and Prometheus ask for them.

use std::collections::BTreeMap;
use std::time::Duration;

use http_transport::{Request, Transport};

use super::*;
use crate::Exit;
use crate::schedule::RunEnd;
use crate::stop::{Stopper, stop_pair};

struct Asked {
    board: Arc<Board>,
    transport: Transport,
    stopper: Stopper,
}

async fn start() -> Asked {
    let began = "2021-03-01T08:00:00Z".parse().unwrap();
    let board = Arc::new(Board::new(began, None));
    let cron = Timetable::parse_cron("00 23 * * 1").unwrap();
    let timetable = Timetable::new(cron, chrono_tz::Africa::Kinshasa);
    board.waits_for(timetable.next_after(began));
    let (stopper, stop) = stop_pair();
    let address = serve("127.0.0.1:0", router(Arc::clone(&board), timetable), stop).await.unwrap();
    let base = format!("http://{address}").parse().unwrap();
    let transport = Transport::builder(base).build().unwrap();
    Asked { board, transport, stopper }
}

impl Asked {
    async fn get(&self, path: &str) -> (u16, String, String) {
        // One try: 503 is what is asked for here.
        let request = Request::get([path]).idempotent().timeout(Duration::from_secs(5)).once();
        let response = self.transport.send(&request).await.unwrap();
        let kind = response.content_type().unwrap_or_default().to_owned();
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        let text = String::from_utf8(response.body().to_vec()).unwrap();
        (response.status().as_u16(), kind, text)
    }

    fn ended(&self, end: RunEnd) {
        self.board.begins("2021-03-01T22:00:00Z".parse().unwrap());
        self.board.ends("2021-03-01T22:01:30Z".parse().unwrap(), end);
    }
}

fn refused() -> RunEnd {
    RunEnd {
        what: Some("<script>alert(1)</script> & more".to_owned()),
        cells: BTreeMap::from([("stored", 40), ("refused", 2)]),
        left_out: BTreeMap::from([("no-date".to_owned(), 7), ("a\"b\\c".to_owned(), 1)]),
        ..RunEnd::new(Exit::SomeRefused)
    }
}

#[tokio::test]
async fn metrics_hold_every_number_of_the_board() {
    let asked = start().await;
    asked.ended(refused());
    asked.board.told("webhook", false);

    let (status, kind, text) = asked.get("metrics").await;

    assert_eq!((status, kind.as_str()), (200, MEDIA_TYPE));
    for line in [
        "godata_dhis2_sync_last_success_timestamp_seconds 1614636000",
        "godata_dhis2_sync_next_run_timestamp_seconds 1614636000",
        "godata_dhis2_sync_last_run_duration_seconds 90.000",
        "godata_dhis2_sync_last_run_exit_code 4",
        "godata_dhis2_sync_last_run_left_out{reason=\"no-date\"} 7",
        "godata_dhis2_sync_last_run_left_out{reason=\"a\\\"b\\\\c\"} 1",
        "godata_dhis2_sync_runs_total{outcome=\"some_refused\"} 1",
        "godata_dhis2_sync_runs_total{outcome=\"server\"} 0",
        "godata_dhis2_sync_cells_total{outcome=\"stored\"} 40",
        "godata_dhis2_sync_cells_total{outcome=\"refused\"} 2",
        "godata_dhis2_sync_messages_total{channel=\"webhook\",delivered=\"no\"} 1",
        "godata_dhis2_sync_running 0",
    ] {
        assert!(text.lines().any(|found| found == line), "`{line}` is not in:\n{text}");
    }
}

#[tokio::test]
async fn every_metric_has_one_head_before_its_lines() {
    let asked = start().await;
    asked.ended(refused());
    let (_, _, text) = asked.get("metrics").await;

    let mut heads = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let name = rest.split(' ').next().unwrap();
            assert!(!heads.contains(&name), "{name} twice");
            heads.push(name);
        } else if !line.starts_with('#') {
            let name = line.split(['{', ' ']).next().unwrap();
            assert_eq!(heads.last(), Some(&name), "{line}");
            line.rsplit(' ').next().unwrap().parse::<f64>().unwrap();
        }
    }
    assert!(heads.len() > 8, "{heads:?}");
}

#[tokio::test]
async fn an_unknown_last_success_is_absent_and_not_1970() {
    let (_, _, text) = start().await.get("metrics").await;
    assert!(!text.contains("last_success"), "{text}");
}

#[tokio::test]
async fn the_page_escapes_what_it_shows_and_runs_nothing() {
    let asked = start().await;
    asked.ended(refused());

    let (status, kind, page) = asked.get("").await;

    assert_eq!((status, kind.as_str()), (200, "text/html; charset=utf-8"));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;"), "{page}");
    assert!(!page.contains("<script"), "{page}");
    assert!(page.contains("some refused (exit code 4)"), "{page}");
    assert!(page.contains("2021-03-01 23:00 WAT"), "the clock of the timetable: {page}");
    assert!(page.contains("prefers-color-scheme: dark"), "{page}");
}

#[tokio::test]
async fn health_and_readiness_part_when_it_stops() {
    let asked = start().await;
    assert_eq!(asked.get("healthz").await.0, 200);
    assert_eq!(asked.get("readyz").await.0, 200);

    asked.board.stops();

    assert_eq!(asked.get("healthz").await.0, 200);
    assert_eq!(asked.get("readyz").await.0, 503);
}

#[tokio::test]
async fn the_pages_end_when_asked_to_stop() {
    let asked = start().await;
    asked.get("healthz").await;

    asked.stopper.ask();
    tokio::time::sleep(Duration::from_millis(100)).await;

    let fresh = Transport::builder(asked.transport.base_url().clone()).build().unwrap();
    let request = Request::get(["healthz"]).once().timeout(Duration::from_secs(2));
    assert!(fresh.send(&request).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_taken_port_is_a_problem_with_a_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (_stopper, stop) = stop_pair();

    let problem = serve(&address, Router::new(), stop).await.unwrap_err();

    assert!(problem.render().contains("schedule.listen"), "{}", problem.render());
}
