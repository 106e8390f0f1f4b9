//! Every recorded refusal becomes the error that says what to do.

use std::error::Error as _;

use godata_client::{Error, ErrorKind};
use wiremock::{Mock, ResponseTemplate, matchers::path_regex};

use crate::{OUTBREAK, client, recordings::answer, server};

async fn error_for(recording: &str) -> Error {
    let server = server().await;
    Mock::given(path_regex("^/api/outbreaks"))
        .respond_with(answer(recording).template())
        .mount(&server)
        .await;
    client(&server.uri()).outbreak(OUTBREAK).cases().all().await.unwrap_err()
}

async fn check(recording: &str, expected: ErrorKind) {
    assert_eq!(error_for(recording).await.kind(), &expected, "{recording}");
}

fn rejected(status: u16, code: Option<&str>, message: &str) -> ErrorKind {
    ErrorKind::Rejected {
        status,
        code: code.map(str::to_owned),
        message: Some(message.to_owned()).filter(|message| !message.is_empty()),
    }
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    check(
        "permission-missing-cases",
        ErrorKind::Permission { permissions: vec!["case_list".into()] },
    )
    .await;
    let error = error_for("case-delete-no-permission").await;
    assert_eq!(error.missing_permissions(), ["case_delete", "case_bulk_delete"]);
    assert!(error.is_permission());
    assert_eq!(
        error.source().unwrap().to_string(),
        "the account lacks one of the permissions `case_delete`, `case_bulk_delete`: ask an \
         administrator to add it to one of its roles"
    );
}

#[tokio::test]
async fn a_foreign_outbreak_is_a_matter_of_access() {
    let error = error_for("outbreak-not-allowed-for-account").await;
    assert!(error.is_permission() && matches!(error.kind(), ErrorKind::AccessDenied { .. }));
}

#[tokio::test]
async fn what_does_not_exist_is_named() {
    for (recording, what) in [
        ("outbreak-unknown", "outbreak"),
        ("outbreak-unknown-cases", "outbreak"),
        ("outbreak-id-odd", "outbreak"),
        ("case-unknown", "case"),
        ("path-unknown", "route"),
        ("export-download-again", "file"),
        ("export-unknown", "exportLog"),
    ] {
        check(recording, ErrorKind::NotFound { what: what.into() }).await;
    }
    assert!(error_for("outbreak-unknown").await.is_outbreak_unknown());
    assert!(!error_for("case-unknown").await.is_outbreak_unknown());
}

#[tokio::test]
async fn other_refusals_keep_the_servers_words() {
    check("cases-limit-text", rejected(400, None, "The limit parameter \"ten\" is not valid"))
        .await;
    check(
        "url-length-17k",
        ErrorKind::NotJson { status: 431, problem: godata_client::NotJson::Empty },
    )
    .await;
    let error = error_for("cases-where-unknown-dollar-operator").await;
    assert_eq!((error.status(), error.code()), (Some(500), Some("INTERNAL_ERROR")));
    assert!(!error.is_transient(), "this 500 comes again");
}

/// The message quotes values; the field and the complaint do not.
#[tokio::test]
async fn an_invalid_record_is_told_field_by_field() {
    let fields = vec![("dateOfReporting".into(), "is not a valid date".into())];
    check("case-create-invalid", ErrorKind::Invalid { fields }).await;
}

#[tokio::test]
async fn no_error_shows_a_record_id_from_the_servers_words() {
    for recording in ["case-unknown", "export-unknown", "outbreak-unknown-cases"] {
        let error = error_for(recording).await;
        let text = format!("{error:?} {}", error.source().unwrap());
        assert!(!text.contains("00000000-0000-4000-8000-000000000000"), "{text}");
    }
}

#[tokio::test]
async fn a_proxys_error_page_is_named_and_repeated() {
    let server = server().await;
    let page = ResponseTemplate::new(502)
        .set_body_raw("<html><title>502 Bad Gateway</title></html>", "text/html");
    Mock::given(path_regex("^/api/outbreaks")).respond_with(page).expect(4).mount(&server).await;
    let error = client(&server.uri()).outbreaks().page_size(50).all().await.unwrap_err();
    assert!(error.is_html() && error.is_transient(), "{error:?}");
    assert_eq!(error.exchange().unwrap().tries(), 4);
}

#[tokio::test]
async fn an_unknown_outbreak_lists_the_known_ones() {
    let server = server().await;
    let known = ResponseTemplate::new(200).set_body_json(serde_json::json!([
        {"id": "id-1", "name": "Measles"}, {"id": "id-2", "name": "Ebola"},
        {"id": "id-3", "name": "Twice"}, {"id": "id-4", "name": "Twice"},
    ]));
    Mock::given(path_regex("^/api/outbreaks")).respond_with(known).mount(&server).await;
    let client = client(&server.uri());
    for wanted in ["id-2", "Ebola", " Ebola "] {
        let found = client.find_outbreak(wanted).await.unwrap();
        assert_eq!(found.id.text(), Some("id-2"), "{wanted}");
    }
    let error = client.find_outbreak("Cholera").await.unwrap_err();
    assert!(error.is_outbreak_unknown());
    assert_eq!(
        error.source().unwrap().to_string(),
        "no outbreak `Cholera`: the account sees `Ebola`, `Measles`, `Twice`, `Twice`"
    );
    let error = client.find_outbreak("Twice").await.unwrap_err();
    assert_eq!(error.source().unwrap().to_string(), "2 outbreaks are called `Twice`: give the id");
}
