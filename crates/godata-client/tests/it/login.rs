//! Logging in, and being refused.

use std::{error::Error as _, time::Duration};

use godata_client::{Client, Credentials, ErrorKind, LoginProblem, RetryPolicy};
use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, body_json, method, path},
};

use crate::{EMAIL, PASSWORD, USER_ID, client, n_logins, recordings::answer, server};

async fn server_answering(login: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(path("/api/users/login")).respond_with(login).mount(&server).await;
    server
}

#[tokio::test]
async fn a_login_sends_e_mail_and_password_in_the_body() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/api/users/login"))
        .and(body_json(json!({"email": EMAIL, "password": PASSWORD})))
        .respond_with(answer("login-ok").template())
        .expect(1)
        .mount(&server)
        .await;
    let info = client(&server.uri()).login().await.unwrap();
    assert_eq!(info.user_id, USER_ID);
}

/// Ten refusals lock the account, so one refusal must not become several by calls that follow.
#[tokio::test]
async fn a_refused_login_is_not_tried_again_by_itself() {
    let server = server_answering(answer("login-bad-password").template()).await;
    let client = client(&server.uri());
    for _ in 0..5 {
        let error = client.outbreaks().all().await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Login(LoginProblem::Refused));
        assert!(error.is_login_refused() && !error.is_transient());
    }
    assert_eq!(n_logins(&server).await, 1);

    client.login().await.unwrap_err();
    assert_eq!(n_logins(&server).await, 2, "`login` is the way to try again");
}

#[tokio::test]
async fn pages_in_flight_share_one_refusal() {
    let server = server_answering(answer("login-bad-password").template()).await;
    let client = client(&server.uri());
    let outbreak = client.outbreak("x");
    let query = outbreak.cases().pages_in_flight(8);
    let tries = futures_util::future::join_all((0..8).map(|_| query.all())).await;
    assert!(tries.iter().all(Result::is_err));
    assert_eq!(n_logins(&server).await, 1);
}

/// The recorded answer does not say for how long; the server's default is 30 minutes.
#[tokio::test]
async fn a_locked_account_says_for_how_long() {
    for name in ["login-repeated-bad-11", "login-locked-right-password"] {
        let server = server_answering(answer(name).template()).await;
        let error = client(&server.uri()).login().await.unwrap_err();
        assert_eq!(error.locked_for(), Some(Duration::from_secs(1800)), "{name}");
        let reason = error.source().unwrap().to_string();
        assert!(reason.contains("wait 30 minutes"), "{reason}");
    }
}

#[tokio::test]
async fn a_waiting_time_that_the_server_tells_is_used() {
    let body = json!({"error": {
        "statusCode": 422, "code": "ACTION_TEMPORARILY_BLOCKED", "details": {"waitSeconds": 90},
    }});
    let server = server_answering(ResponseTemplate::new(422).set_body_json(body)).await;
    let error = client(&server.uri()).login().await.unwrap_err();
    assert_eq!(error.locked_for(), Some(Duration::from_secs(90)));
}

#[tokio::test]
async fn a_second_factor_is_an_error_of_its_own() {
    let server =
        server_answering(ResponseTemplate::new(200).set_body_json(json!({"twoFA": true}))).await;
    let error = client(&server.uri()).login().await.unwrap_err();
    assert!(error.is_two_factor(), "{error:?}");
}

#[tokio::test]
async fn a_captcha_is_an_error_of_its_own() {
    for code in ["INVALID_CAPTCHA", "DISABLED_CAPTCHA"] {
        let body = json!({"error": {"statusCode": 422, "name": "Error", "code": code}});
        let server = server_answering(ResponseTemplate::new(422).set_body_json(body)).await;
        let error = client(&server.uri()).login().await.unwrap_err();
        assert!(error.is_captcha(), "{code}: {error:?}");
    }
}

#[tokio::test]
async fn an_empty_e_mail_is_named() {
    let server = server_answering(answer("login-missing-email").template()).await;
    let error = client(&server.uri()).login().await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Login(LoginProblem::Incomplete));
}

/// A path outside of `/api`, or a proxy, answers any address with a page.
#[tokio::test]
async fn a_web_page_in_place_of_a_token_is_named() {
    let page = ResponseTemplate::new(200)
        .set_body_raw("<!doctype html><title>Go.Data</title>", "text/html; charset=utf-8");
    let server = server_answering(page).await;
    let error = client(&server.uri()).login().await.unwrap_err();
    assert!(error.is_html(), "{error:?}");
    let reason = error.source().unwrap().to_string();
    assert!(reason.contains("an HTML page (“Go.Data”) instead of JSON"), "{reason}");
}

#[tokio::test]
async fn garbage_in_place_of_a_token_is_an_error_without_the_garbage() {
    for body in ["{\"id\": 5", "[]", "{\"id\":7,\"note\":\"Planted\"}", "{}", "Planted"] {
        let server = server_answering(ResponseTemplate::new(200).set_body_string(body)).await;
        let error = client(&server.uri()).login().await.unwrap_err();
        assert!(error.is_decode(), "{body}: {error:?}");
        let shown = format!("{error} {:?} {}", error, error.source().unwrap());
        assert!(!shown.contains("Planted"), "{shown}");
    }
}

/// A login that the server may have counted is not repeated.
#[tokio::test]
async fn a_login_without_an_answer_is_not_repeated() {
    let server = server_answering(ResponseTemplate::new(503)).await;
    client(&server.uri()).login().await.unwrap_err();
    assert_eq!(n_logins(&server).await, 1);

    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(30));
    let server = server_answering(slow).await;
    let impatient =
        Client::builder(server.uri().parse().unwrap(), Credentials::new(EMAIL, PASSWORD.into()))
            .request_timeout(Duration::from_millis(50))
            .retry(RetryPolicy::default())
            .build()
            .unwrap();
    assert!(impatient.login().await.unwrap_err().is_timeout());
    assert_eq!(n_logins(&server).await, 1);
}

#[tokio::test]
async fn an_unreachable_server_is_named_as_such() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = client(&format!("http://{nobody}")).login().await.unwrap_err();
    assert!(error.is_connect() && error.is_transient(), "{error:?}");
    assert!(error.to_string().starts_with("POST /api/users/login failed after 4 tries"), "{error}");
}

#[tokio::test]
async fn closing_gives_the_token_back_once() {
    let server = server().await;
    Mock::given(method("POST"))
        .and(path("/api/users/logout"))
        .and(wiremock::matchers::header("x-access-token", "token-1"))
        .respond_with(answer("logout").template())
        .expect(1)
        .mount(&server)
        .await;
    let client = client(&server.uri());
    client.close().await.unwrap();
    client.login().await.unwrap();
    client.close().await.unwrap();
    client.close().await.unwrap();
}

#[tokio::test]
async fn closing_a_session_that_is_dead_already_is_no_error() {
    let server = server().await;
    Mock::given(any()).respond_with(answer("token-none").template()).mount(&server).await;
    let client = client(&server.uri());
    client.login().await.unwrap();
    client.close().await.unwrap();
}

#[test]
fn neither_credentials_nor_client_show_secrets() {
    let client = client("http://127.0.0.1:1");
    let shown = format!("{:?} {client:?}", Credentials::new(EMAIL, PASSWORD.into()));
    assert!(!shown.contains(PASSWORD) && !shown.contains(EMAIL), "{shown}");
}
