//! What errors and `Debug` may show, and how errors read.

use std::error::Error as _;

use http_transport::{BadHeader, FailureKind, Request, http::header};
use secrecy::SecretString;

use crate::{
    broken_server::{BrokenServer, SILENT},
    builder, transport,
};

const SECRETS: [&str; 6] =
    ["query-secret", "header-secret", "password-secret", "body-secret", "person-7", "user-name"];

fn request_with_secrets() -> Request {
    Request::post(["api", "outbreaks"])
        .hidden_segment("person-7")
        .query("filter", "query-secret")
        .secret_header(header::AUTHORIZATION, &SecretString::from("header-secret"))
        .unwrap()
        .basic_auth("user-name", SecretString::from("password-secret"))
        .body("application/json", "\"body-secret\"")
}

#[tokio::test]
async fn an_error_names_the_call_and_no_secret() {
    let server = BrokenServer::answering(&[SILENT]).await;
    let error = transport(&server.address).send(&request_with_secrets()).await.unwrap_err();
    let source = error.source().unwrap();
    let text = format!("{error} | {source} | {error:?} | {source:?}");
    for secret in SECRETS.into_iter().chain(["127.0.0.1"]) {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let shown = error.to_string();
    assert!(shown.starts_with("POST /api/outbreaks/… failed after 1 try in "), "{shown}");
    assert!(source.source().is_none(), "the chain is two deep, so that it reads as one sentence");
}

#[test]
fn debug_shows_which_request_and_not_what_it_carries() {
    let debug = format!("{:?}", request_with_secrets());
    for secret in SECRETS {
        assert!(!debug.contains(secret), "{secret} in {debug}");
    }
    assert!(debug.contains("/api/outbreaks/…") && debug.contains("\"filter\""), "{debug}");
}

#[test]
fn a_secret_with_a_line_break_is_refused_without_being_shown() {
    let secret = SecretString::from("token\n");
    let refused = Request::get(["x"]).secret_header(header::AUTHORIZATION, &secret);
    assert_eq!(refused.err(), Some(BadHeader));
    assert!(!BadHeader.to_string().contains("token"));
}

#[test]
fn a_transport_over_plain_http_is_not_made() {
    let error = builder("http://godata.example.org").build().unwrap_err();
    assert_eq!(error.to_string(), "the base address cannot be used");
    assert!(error.source().unwrap().to_string().starts_with("godata.example.org would be called"));
    assert!(builder("http://godata.example.org").allow_plain_http().build().is_ok());
}

#[test]
fn failures_read_as_sentences() {
    let timeout = FailureKind::Timeout { limit: std::time::Duration::from_secs(60) };
    assert_eq!(timeout.to_string(), "no complete answer within 60 s");
    let too_large = FailureKind::TooLarge { limit_bytes: 5 };
    assert_eq!(too_large.to_string(), "the answer is larger than the 5 bytes allowed");
}

#[test]
fn extra_certificates_are_checked_when_the_transport_is_made() {
    let damaged = "-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n";
    assert!(builder("https://example.org").root_certificates(damaged).build().is_err());
}
