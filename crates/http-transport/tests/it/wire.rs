//! How a request looks on the wire.

use std::io::Read as _;

use http_transport::{Idempotence, Request, http::Method};
use secrecy::SecretString;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use crate::builder;

async fn sent(request: &Request) -> wiremock::Request {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let transport =
        builder(&format!("{}/base/", server.uri())).user_agent("tests/1").build().unwrap();
    transport.send(request).await.unwrap();
    server.received_requests().await.unwrap().remove(0)
}

#[tokio::test]
async fn segments_and_queries_are_encoded_below_the_base_path() {
    let request = Request::get(["api", "a/b c?d"]).query("filter", r#"{"a":"ü&="}"#).query("x", "");
    let sent = sent(&request).await;
    assert_eq!(sent.url.path(), "/base/api/a%2Fb%20c%3Fd");
    let pairs: Vec<_> = sent.url.query_pairs().collect();
    assert_eq!(pairs[0], ("filter".into(), r#"{"a":"ü&="}"#.into()));
    assert_eq!(pairs[1], ("x".into(), "".into()));
    assert_eq!(sent.headers["user-agent"], "tests/1");
}

#[tokio::test]
async fn a_base_path_with_and_without_slash_is_the_same() {
    let request = Request::get(["api"]);
    for base in ["https://x.org/dhis", "https://x.org/dhis/"] {
        assert_eq!(request.url(&base.parse().unwrap()).as_str(), "https://x.org/dhis/api");
    }
}

#[tokio::test]
async fn a_gzipped_body_says_so_and_unpacks_to_the_same() {
    let text = r#"{"dataValues":[]}"#.repeat(100);
    let request = Request::post(["x"]).body("application/json", text.clone()).gzip().gzip();
    let sent = sent(&request).await;
    assert_eq!(sent.headers["content-encoding"], "gzip");
    assert_eq!(sent.headers["content-type"], "application/json");
    assert!(sent.body.len() < text.len() / 2);
    let mut unpacked = String::new();
    flate2::read::GzDecoder::new(&sent.body[..]).read_to_string(&mut unpacked).unwrap();
    assert_eq!(unpacked, text);
}

#[tokio::test]
async fn a_new_body_replaces_a_gzipped_one() {
    let request = Request::post(["x"]).body("text/plain", "old").gzip().body("text/plain", "new");
    let sent = sent(&request).await;
    assert!(!sent.headers.contains_key("content-encoding"));
    assert_eq!(sent.body, b"new");
}

#[tokio::test]
async fn basic_authentication_is_sent_as_the_standard_says() {
    let request = Request::get(["x"]).basic_auth("Aladdin", SecretString::from("open sesame"));
    let sent = sent(&request).await;
    assert_eq!(sent.headers["authorization"], "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

#[test]
fn methods_start_with_the_idempotence_of_the_standard() {
    for (method, idempotence) in [
        (Method::GET, Idempotence::Idempotent),
        (Method::HEAD, Idempotence::Idempotent),
        (Method::PUT, Idempotence::Idempotent),
        (Method::DELETE, Idempotence::Idempotent),
        (Method::POST, Idempotence::Once),
        (Method::PATCH, Idempotence::Once),
    ] {
        assert_eq!(Request::new(method.clone(), ["x"]).idempotence(), idempotence, "{method}");
    }
}

#[tokio::test]
async fn the_servers_clock_is_known_after_its_first_answer() {
    let server = MockServer::start().await;
    let dated = ResponseTemplate::new(200).insert_header("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    Mock::given(any()).respond_with(dated).mount(&server).await;
    let transport = builder(&server.uri()).build().unwrap();
    assert_eq!(transport.clock_ahead(), None);

    transport.send(&Request::get(["x"])).await.unwrap();

    // This machine is long past 1994.
    assert!(transport.clock_ahead().is_some_and(|seconds| seconds < -900_000_000));
}
