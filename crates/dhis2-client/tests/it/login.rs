//! Who is let in, and how a refusal is told.

use dhis2_client::{Client, Credentials, Error, ErrorKind, LoginRefusal};
use sandbox::server::{Fault, Rule};

use crate::server::{Server, client};

async fn refusal(client: &Client) -> LoginRefusal {
    let error = client.me().await.unwrap_err();
    assert!(error.is_login_refused(), "{error:?}");
    match error.kind() {
        ErrorKind::Login(refusal) => refusal.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn basic_and_tokens_are_let_in() {
    for version in ["2.38", "2.42", "2.43"] {
        let server = Server::atlantia(version);
        let me = server.client.me().await.unwrap();
        assert_eq!(me.username, "writer");
        assert!(me.has("F_DATAVALUE_ADD") && !me.is_superuser(), "{me:?}");
        let set = server.weekly().await;
        assert!(
            set.org_units.iter().all(|unit| me.captures_for(&unit.path) && me.views(&unit.path))
        );
        let token = server.as_user(Credentials::api_token(sandbox::dhis2::ADMIN_TOKEN));
        assert!(token.me().await.unwrap().is_superuser());
    }
}

#[tokio::test]
async fn refused_logins_are_told_apart_and_tried_once() {
    let server = Server::atlantia("2.42");
    let basic = |user: &str, word: &str| server.as_user(Credentials::basic(user, word));
    let cases = [
        (basic("writer", "wrong"), LoginRefusal::WrongPassword),
        (basic("locked", "Locked-1!"), LoginRefusal::AccountLocked),
        (server.as_user(Credentials::api_token("d2p_nonsense")), LoginRefusal::TokenMalformed),
        (server.as_user(Credentials::bearer("stale")), LoginRefusal::TokenUnknown),
    ];
    for (client, expected) in cases {
        server.running.log().clear();
        assert_eq!(refusal(&client).await, expected);
        assert_eq!(server.running.log().n_requests(), 1, "{expected:?} was tried again");
    }
}

/// A two-factor user gets the same 401 as a wrong password on a recorded server; only the words can
/// tell.
#[tokio::test]
async fn two_factor_is_told_apart_where_the_server_says_so() {
    let server = Server::atlantia("2.42");
    let answer = Fault::Answer {
        status: 401,
        content_type: "application/json",
        body: r#"{"httpStatus":"Unauthorized","httpStatusCode":401,"status":"ERROR",
            "message":"Invalid 2FA code"}"#
            .into(),
    };
    server.running.faults().next(answer);
    assert_eq!(refusal(&server.client).await, LoginRefusal::TwoFactor);
}

/// Recordings `auth-token-expired`, `auth-token-method-refused`, `auth-token-deleted`.
#[tokio::test]
async fn auth_token_refusals_are_told_apart() {
    let server = Server::atlantia("2.43");
    let token = server.as_user(Credentials::api_token(sandbox::dhis2::WRITER_TOKEN));
    for (message, expected) in [
        ("Failed to authenticate API token, token has expired.", LoginRefusal::TokenExpired),
        (
            "Failed to authenticate API token, request http method is not allowed.",
            LoginRefusal::TokenRestricted,
        ),
        ("The API token does not exists", LoginRefusal::TokenUnknown),
    ] {
        let body = format!(
            r#"{{"httpStatus":"Unauthorized","httpStatusCode":401,"status":"ERROR","message":"{message}"}}"#
        );
        let answer = Fault::Answer { status: 401, content_type: "application/json", body };
        server.running.faults().next(answer);
        assert_eq!(refusal(&token).await, expected);
    }
}

/// Recording `auth-none`: without a login the server points to its login page.
#[tokio::test]
async fn auth_none_a_redirect_to_a_login_page_is_recognised() {
    let login = wiremock::MockServer::start().await;
    wiremock::Mock::given(wiremock::matchers::any())
        .respond_with(
            wiremock::ResponseTemplate::new(302).insert_header("Location", "/dhis-web-login/"),
        )
        .mount(&login)
        .await;
    let client = client(&login.uri(), Credentials::basic("writer", "Writer-1!"));
    assert_eq!(refusal(&client).await, LoginRefusal::LoginPage);
}

fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[tokio::test]
async fn what_answers_in_place_of_dhis2_is_said() {
    let server = Server::atlantia("2.42");
    for (fault, says) in [
        (Fault::Html, "not DHIS2's"),
        (Fault::Garbage, "could not be read"),
        (Fault::Truncate { after: 20 }, "GET /api/me"),
    ] {
        server.running.faults().add(Rule::new(fault).always());
        let error = server.client.me().await.unwrap_err();
        assert!(chain(&error).contains(says), "{}", chain(&error));
        assert!(chain(&error).contains("/api/me"), "{}", chain(&error));
        server.running.faults().clear();
    }
}

#[tokio::test]
async fn a_missing_authority_and_a_missing_object_are_told_apart() {
    let server = Server::atlantia("2.43");
    let error = server.client.data_set("aaaaaaaaaaa".parse().unwrap()).await.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
    let error = server.client.generate_option_combos(None).await.unwrap_err();
    assert!(error.is_forbidden(), "{error:?}");
}

#[tokio::test]
async fn no_secret_is_shown() {
    let server = Server::atlantia("2.42");
    let client = server.as_user(Credentials::basic("writer", "Geheim-Wort-1"));
    let error = client.me().await.unwrap_err();
    for text in [format!("{client:?}"), format!("{error:?}"), chain(&error)] {
        assert!(!text.contains("Geheim"), "{text}");
    }
}

#[tokio::test]
async fn an_address_with_api_at_its_end_is_understood() {
    let server = Server::atlantia("2.42");
    for end in ["", "/", "/api", "/api/"] {
        let url = format!("{}{end}", server.running.url().trim_end_matches('/'));
        let client = client(&url, Credentials::basic("writer", "Writer-1!"));
        assert_eq!(client.system_info().await.unwrap().version.major(), 42, "{end}");
    }
}
