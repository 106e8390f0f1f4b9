//! The client against recorded answers, mocked servers and the sandbox.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "tests with small numbers"
)]

mod changes;
mod login;
mod matrix;
mod models;
mod reading;
mod recordings;
mod refusals;
mod sandbox;
mod token;
mod writing;

use std::time::Duration;

use godata_client::{Client, Credentials, RetryPolicy};
use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

pub(crate) const EMAIL: &str = "reporting@moh.example";
pub(crate) const PASSWORD: &str = "not-a-real-password";
pub(crate) const USER_ID: &str = "45dabb01-b2c2-4c9f-9a2f-588f049c8b4b";
pub(crate) const OUTBREAK: &str = "3b5554d7-2c19-41d0-b9af-475ad25a382b";

/// A client that repeats quickly.
pub(crate) fn client(base_url: &str) -> Client {
    let retry = RetryPolicy::default()
        .min_delay(Duration::from_millis(1))
        .max_delay(Duration::from_millis(2))
        .jitter_seed(1);
    Client::builder(base_url.parse().unwrap(), Credentials::new(EMAIL, PASSWORD.into()))
        .retry(retry)
        .request_timeout(Duration::from_secs(5))
        .build()
        .unwrap()
}

/// A server that lets anybody in with the token `token-1`.
pub(crate) async fn server() -> MockServer {
    let server = MockServer::start().await;
    mount_login(&server, "token-1").await;
    server
}

pub(crate) async fn mount_login(server: &MockServer, token: &str) {
    Mock::given(method("POST"))
        .and(path("/api/users/login"))
        .respond_with(login_answer(token))
        .mount(server)
        .await;
}

pub(crate) fn login_answer(token: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"id": token, "ttl": 600, "userId": USER_ID}))
}

pub(crate) async fn n_logins(server: &MockServer) -> usize {
    let requests = server.received_requests().await.unwrap();
    requests.iter().filter(|request| request.url.path() == "/api/users/login").count()
}
