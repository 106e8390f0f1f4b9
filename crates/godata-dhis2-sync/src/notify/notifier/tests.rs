//! Messages against a web server and a mail server inside the test.

use std::time::Duration;

use secrecy::SecretString;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use wiremock::matchers::{body_partial_json, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::config::{Email, Security};

fn alert() -> Alert {
    let now = "2021-03-09T23:00:00Z".parse().unwrap();
    Alert::of_silence(now, Some("2021-03-01T23:00:00Z".parse().unwrap()))
}

fn notify(text: &str) -> Notify {
    toml::from_str(text).unwrap()
}

#[tokio::test]
async fn a_webhook_gets_what_happened_as_json() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/hooks/se%20cret/"))
        .and(query_param("key", "a+b"))
        .and(header("content-type", "application/json"))
        .and(body_partial_json(serde_json::json!({
            "type": "silence",
            "message": "no run has come to its end for 8 days",
            "lastSuccess": "2021-03-01T23:00:00Z",
            "exitCode": null,
        })))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    let folder = tempfile::TempDir::new().unwrap();
    let address = format!("{}/hooks/se%20cret/?key=a%2Bb\n", server.uri());
    std::fs::write(folder.path().join("webhook"), address).unwrap();
    let config = notify("webhook = { file = \"webhook\" }");

    let told = Notifier::new(Some(&config), folder.path()).unwrap().tell(&alert()).await;

    assert_eq!(told, [("webhook", true)]);
}

#[tokio::test]
async fn an_occasion_that_is_not_wanted_is_not_told() {
    let server = MockServer::start().await;
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join("webhook"), server.uri()).unwrap();
    let config = notify("on = [\"failure\"]\nwebhook = { file = \"webhook\" }");

    let told = Notifier::new(Some(&config), folder.path()).unwrap().tell(&alert()).await;

    assert!(told.is_empty());
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn no_error_shows_the_address_of_the_webhook() {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(403)).mount(&server).await;
    let refused: SecretString = format!("{}/SECRET?token=SECRET", server.uri()).into();
    let gone: SecretString = "http://127.0.0.1:9/SECRET?token=SECRET".to_owned().into();

    for address in [refused, gone] {
        let webhook = WebhookChannel::new(&address).unwrap();
        let error = tokio::time::timeout(Duration::from_secs(60), webhook.send(&alert()))
            .await
            .unwrap()
            .unwrap_err();
        assert!(!format!("{error} {webhook:?}").contains("SECRET"), "{error}");
    }
    for address in ["http://elsewhere.example/SECRET", "SECRET", "https://SECRET@x.example/y"] {
        let problem = WebhookChannel::new(&address.to_owned().into()).unwrap_err();
        assert!(!problem.render().contains("SECRET"), "{}", problem.render());
    }
}

/// A mail server that takes one message; returns what the client said.
async fn mail_server(refuses: bool) -> (u16, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let said = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut said = Vec::new();
        write.write_all(b"220 stub\r\n").await.unwrap();
        let mut in_message = false;
        while let Ok(Some(line)) = lines.next_line().await {
            let answer = if in_message {
                in_message = line != ".";
                if in_message { "" } else { "250 taken\r\n" }
            } else if line.starts_with("RCPT") && refuses {
                "550 no such user SECRET@moh.example\r\n"
            } else if line == "DATA" {
                in_message = true;
                "354 go on\r\n"
            } else if line == "QUIT" {
                "221 bye\r\n"
            } else {
                "250 ok\r\n"
            };
            said.push(line);
            if write.write_all(answer.as_bytes()).await.is_err() {
                break;
            }
        }
        said
    });
    (port, said)
}

fn email(port: u16) -> Email {
    toml::from_str(&format!(
        "server = \"127.0.0.1\"\nport = {port}\nsecurity = \"none\"\n\
         from = \"Go.Data to DHIS2 <sync@moh.example>\"\nto = [\"a@moh.example\", \"b@moh.example\"]"
    ))
    .unwrap()
}

#[tokio::test]
async fn an_e_mail_reaches_every_receiver_with_subject_and_next_step() {
    let (port, said) = mail_server(false).await;

    EmailChannel::new(&email(port), None).unwrap().send(&alert()).await.unwrap();

    let said = said.await.unwrap();
    for line in [
        "MAIL FROM:<sync@moh.example>",
        "RCPT TO:<a@moh.example>",
        "RCPT TO:<b@moh.example>",
        "Subject: Go.Data to DHIS2: no run has come to its end for 8 days",
        "Last run that came to its end: 2021-03-01T23:00:00Z",
    ] {
        assert!(said.iter().any(|found| found.starts_with(line)), "`{line}` is not in {said:#?}");
    }
}

#[tokio::test]
async fn a_refused_receiver_is_a_code_without_addresses() {
    let (port, _said) = mail_server(true).await;

    let error = EmailChannel::new(&email(port), None).unwrap().send(&alert()).await.unwrap_err();

    assert!(error.to_string().contains("550"), "{error}");
    assert!(!error.to_string().contains("SECRET"), "{error}");
}

#[tokio::test]
async fn a_server_that_offers_no_tls_gets_nothing() {
    let (port, said) = mail_server(false).await;
    let protected =
        Email { security: Security::Starttls, username: Some("sync".to_owned()), ..email(port) };

    let password: SecretString = "SECRET".to_owned().into();
    let channel = EmailChannel::new(&protected, Some(&password)).unwrap();
    channel.send(&alert()).await.unwrap_err();

    let said = said.await.unwrap().join("\n");
    assert!(!said.contains("AUTH") && !said.contains("MAIL FROM"), "{said}");
}

#[test]
fn settings_that_would_expose_a_password_or_reach_nobody_are_refused() {
    let exposed = Email { username: Some("sync".to_owned()), ..email(25) };
    let password: SecretString = "SECRET".to_owned().into();
    let nobody = Email { to: Vec::new(), ..email(25) };
    let half = Email { security: Security::Tls, ..exposed.clone() };

    for (wrong, password, key) in [
        (exposed, Some(&password), "notify.email.security"),
        (nobody, None, "notify.email.to"),
        (half, None, "notify.email.password"),
    ] {
        let text = EmailChannel::new(&wrong, password).unwrap_err().render();
        assert!(text.contains(key) && !text.contains("SECRET"), "{text}");
    }
}
