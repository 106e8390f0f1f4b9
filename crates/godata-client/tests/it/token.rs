//! How the token travels, and what happens when it is lost.

use std::sync::atomic::{AtomicUsize, Ordering};

use godata_client::RecordKind;
use serde_json::json;
use wiremock::{
    Mock, MockServer, Request, Respond, ResponseTemplate,
    matchers::{header, method, path, path_regex},
};

use crate::{OUTBREAK, client, login_answer, n_logins, recordings::answer, server};

/// Hands out `token-1`, `token-2`, … and takes each for live until the next login.
struct Logins(AtomicUsize);

impl Respond for Logins {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        login_answer(&format!("token-{}", self.0.fetch_add(1, Ordering::SeqCst) + 1))
    }
}

async fn server_with_fresh_tokens() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/api/users/login"))
        .respond_with(Logins(AtomicUsize::new(0)))
        .mount(&server)
        .await;
    server
}

/// A Bearer token that the server does not know ends the server (recording
/// `token-bearer-invalid`); a token in the address ends up in logs.
#[tokio::test]
async fn the_token_travels_raw_in_a_header_of_its_own() {
    let server = server().await;
    Mock::given(method("GET"))
        .and(header("x-access-token", "token-1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([])))
        .mount(&server)
        .await;
    client(&server.uri()).outbreaks().all().await.unwrap();
    for request in server.received_requests().await.unwrap() {
        assert!(!request.headers.contains_key("authorization"));
        assert!(!request.url.as_str().contains("token-1"));
    }
}

#[tokio::test]
async fn one_login_serves_all_calls() {
    let server = server().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([])))
        .mount(&server)
        .await;
    let client = client(&server.uri());
    for _ in 0..10 {
        client.outbreaks().all().await.unwrap();
    }
    assert_eq!(n_logins(&server).await, 1);
}

#[tokio::test]
async fn a_token_that_expired_is_replaced_and_the_call_repeated() {
    for name in ["token-expired", "token-expired-again", "token-after-second-login"] {
        let server = server_with_fresh_tokens().await;
        Mock::given(header("x-access-token", "token-1"))
            .respond_with(answer(name).template())
            .mount(&server)
            .await;
        Mock::given(header("x-access-token", "token-2"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!([{"id": "a"}])))
            .mount(&server)
            .await;
        let outbreaks = client(&server.uri()).outbreaks().all().await.unwrap();
        assert_eq!(outbreaks.len(), 1, "{name}");
        assert_eq!(n_logins(&server).await, 2, "{name}");
    }
}

/// Eight pages notice the loss at the same time; one login follows, not eight.
#[tokio::test]
async fn pages_in_flight_share_the_new_token() {
    let server = server_with_fresh_tokens().await;
    Mock::given(header("x-access-token", "token-1"))
        .respond_with(answer("token-none").template())
        .mount(&server)
        .await;
    Mock::given(header("x-access-token", "token-2"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([])))
        .mount(&server)
        .await;
    let client = client(&server.uri());
    client.outbreak(OUTBREAK).cases().pages_in_flight(8).all().await.unwrap();
    assert_eq!(n_logins(&server).await, 2);
}

/// Another process logs in with the same account before every call of ours.
#[tokio::test]
async fn an_account_that_is_used_elsewhere_is_said_and_not_fought() {
    let server = server_with_fresh_tokens().await;
    Mock::given(path_regex("^/api/outbreaks"))
        .respond_with(answer("token-after-second-login").template())
        .mount(&server)
        .await;
    let client = client(&server.uri());
    for _ in 0..6 {
        let error = client.outbreaks().all().await.unwrap_err();
        assert!(error.is_evicted() && !error.is_login_refused(), "{error:?}");
    }
    let n = n_logins(&server).await;
    assert!(n <= 6, "{n} logins for 6 calls");
}

/// The other process comes by now and then, so that every call succeeds at its second try: after
/// a few losses in ten minutes this is said, too.
#[tokio::test]
async fn losing_the_token_again_and_again_ends_the_work() {
    let server = server_with_fresh_tokens().await;
    for i in 1..=20 {
        let token = format!("token-{i}");
        Mock::given(header("x-access-token", token.as_str()))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!([])))
            .up_to_n_times(1)
            .mount(&server)
            .await;
    }
    Mock::given(path_regex("^/api/outbreaks"))
        .respond_with(answer("token-none").template())
        .mount(&server)
        .await;
    let client = client(&server.uri());
    let mut n_done = 0;
    let error = loop {
        match client.outbreaks().all().await {
            Ok(_) => n_done += 1,
            Err(error) => break error,
        }
        assert!(n_done < 20, "never noticed");
    };
    assert!(error.is_evicted(), "{error:?}");
    assert_eq!(n_done, 4, "three losses are borne");
}

/// 401 without a token's code: the version route's own key is missing.
#[tokio::test]
async fn a_closed_version_route_is_an_unknown_version_and_no_lost_token() {
    let server = server().await;
    Mock::given(path("/api/system-settings/version"))
        .respond_with(answer("system-settings-version-no-key").template())
        .mount(&server)
        .await;
    let version = client(&server.uri()).version(None).await.unwrap();
    assert_eq!(version, None);
    assert_eq!(n_logins(&server).await, 1);
}

#[tokio::test]
async fn an_open_version_route_tells_the_time_zone() {
    let server = server().await;
    Mock::given(path("/api/system-settings/version"))
        .and(header("api-key", "the-key"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(&crate::recordings::rows("system-versions")[0]),
        )
        .mount(&server)
        .await;
    let key = "the-key".into();
    let version = client(&server.uri()).version(Some(&key)).await.unwrap().unwrap();
    assert_eq!((version.version.text(), version.time_zone.text()), (Some("2.50.3"), Some("UTC")));
}

/// A stream of pages survives the loss of its token in the middle.
#[tokio::test]
async fn a_reading_goes_on_after_a_new_login() {
    let server = server_with_fresh_tokens().await;
    let rows = |ids: [&str; 2]| json!(ids.map(|id| json!({"id": id})));
    Mock::given(header("x-access-token", "token-1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(rows(["a", "b"])))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(header("x-access-token", "token-1"))
        .respond_with(answer("token-expired").template())
        .mount(&server)
        .await;
    Mock::given(header("x-access-token", "token-2"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([{"id": "c"}])))
        .mount(&server)
        .await;
    let client = client(&server.uri());
    let query = client.outbreak(OUTBREAK).records(RecordKind::Case).page_size(2);
    let ids: Vec<_> = query.all().await.unwrap().into_iter().map(|row| row["id"].clone()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
}
