//! The server that both halves share.

use std::time::{Duration, Instant};

use axum::{
    Router,
    http::{HeaderMap, Method},
    routing::{any, get},
};
use reqwest::Client;
use sandbox::server::{Fault, Gate, Rule, Server};

fn server() -> (Server, Client) {
    rustls::crypto::ring::default_provider().install_default().ok();
    let app = Router::new().route("/long", get(|| async { "x".repeat(10_000) })).route(
        "/echo",
        any(|headers: HeaderMap, body: String| async move { format!("{} {body}", headers.len()) }),
    );
    (Server::start(app).unwrap(), Client::new())
}

async fn get_text(http: &Client, url: String) -> Result<(u16, String), reqwest::Error> {
    let answer = http.get(url).send().await?;
    Ok((answer.status().as_u16(), answer.text().await?))
}

#[tokio::test]
async fn faults_strike_in_turn_and_then_no_more() {
    let (server, http) = server();
    let url = || format!("{}/echo", server.url());
    server.faults().next(Fault::Cut);
    server.faults().next(Fault::InternalError);
    server.faults().next(Fault::Garbage);
    server.faults().next(Fault::Html);
    server.faults().next(Fault::CutAfterWork);
    assert!(get_text(&http, url()).await.is_err());
    assert_eq!(get_text(&http, url()).await.unwrap().0, 500);
    assert!(
        serde_json::from_str::<serde_json::Value>(&get_text(&http, url()).await.unwrap().1)
            .is_err()
    );
    assert!(get_text(&http, url()).await.unwrap().1.contains("<html"));
    assert!(get_text(&http, url()).await.is_err());
    assert_eq!(server.faults().n_pending(), 0);
    assert_eq!(get_text(&http, url()).await.unwrap().0, 200);
}

#[tokio::test]
async fn a_gate_holds_a_request_that_is_in_the_log_until_it_is_opened() {
    let (server, http) = server();
    let gate = Gate::default();
    server.faults().next(Fault::Held(gate.clone()));
    let (url, other) = (format!("{}/echo", server.url()), http.clone());
    let held = tokio::spawn(async move { get_text(&other, url).await });
    while server.log().n_requests() == 0 {
        tokio::task::yield_now().await;
    }
    // Others pass meanwhile.
    assert_eq!(get_text(&http, format!("{}/long", server.url())).await.unwrap().0, 200);
    assert!(!held.is_finished());

    gate.open();

    assert_eq!(held.await.unwrap().unwrap().0, 200);
    assert_eq!(server.faults().n_pending(), 0);
}

#[tokio::test]
async fn a_rule_chooses_its_requests() {
    let (server, http) = server();
    let busy = Fault::Unavailable { retry_after: Some(Duration::from_secs(7)) };
    server.faults().add(Rule::new(busy).on("/long").method(Method::GET).skip(1).times(2));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        assert_eq!(get_text(&http, format!("{}/echo", server.url())).await.unwrap().0, 200);
        let answer = http.get(format!("{}/long", server.url())).send().await.unwrap();
        if answer.status() == 503 {
            assert_eq!(answer.headers()["retry-after"], "7");
        }
        statuses.push(answer.status().as_u16());
    }
    assert_eq!(statuses, [200, 503, 503, 200]);
}

#[tokio::test]
async fn a_truncated_body_is_an_error_after_its_first_part() {
    let (server, http) = server();
    server.faults().next(Fault::Truncate { after: 100 });
    let mut answer = http.get(format!("{}/long", server.url())).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.content_length(), Some(10_000));
    let mut n_bytes = 0;
    let end = loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => n_bytes += chunk.len(),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    assert!(end.is_err());
    assert_eq!(n_bytes, 100);
}

#[tokio::test]
async fn every_answer_can_be_made_to_wait() {
    let (server, http) = server();
    server.set_delay(Duration::from_millis(60));
    let start = Instant::now();
    get_text(&http, format!("{}/echo", server.url())).await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn the_log_knows_what_was_asked_and_answered() {
    let (server, http) = server();
    http.post(format!("{}/echo?a=1%202&b=x", server.url())).body("hello").send().await.unwrap();
    server.faults().next(Fault::Cut);
    http.get(format!("{}/long", server.url())).send().await.unwrap_err();
    get_text(&http, format!("{}/long", server.url())).await.unwrap();

    let log = server.log();
    let entries = log.entries();
    assert_eq!(log.n_requests(), 3);
    assert_eq!(log.count(&Method::GET, "/long"), 2);
    assert_eq!(entries[0].parameter("a").as_deref(), Some("1 2"));
    assert_eq!(entries[0].body, "hello");
    let statuses: Vec<Option<u16>> = entries.iter().map(|entry| entry.status).collect();
    assert_eq!(statuses, [Some(200), None, Some(200)]);
    assert_eq!(entries[2].n_bytes_answered, 10_000);
    assert!(server.n_bytes_sent() > 10_000);
    assert!(!format!("{entries:?}").contains("a=1"), "queries stay out of Debug");
}

#[test]
fn a_server_stops_with_its_handle() {
    let (server, _) = server();
    let address = server.address();
    assert!(std::net::TcpStream::connect(address).is_ok());
    drop(server);
    assert!(std::net::TcpStream::connect(address).is_err());
}
