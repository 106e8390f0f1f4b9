//! A run that nobody watches tells people when it fails or DHIS2 refuses values, as `[notify]` says.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use sandbox::dhis2::{Dhis2, Dhis2Version};
use sandbox::godata::GoData;
use serde_json::Value;

use super::stage::{Stage, THREE_WEEKS};

const NOTIFY: &str = "[notify]
webhook = { env = \"WEBHOOK\" }
";

/// A listener for messages; gives its address and what is posted to it.
fn webhook() -> (String, Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/secret-path", listener.local_addr().unwrap());
    let (sender, messages) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut text = Vec::new();
            let mut chunk = [0; 4096];
            // Connections end with the message: its body is one JSON object.
            let message = loop {
                let n = stream.read(&mut chunk).unwrap();
                text.extend_from_slice(&chunk[..n]);
                let body =
                    text.windows(4).position(|end| end == b"\r\n\r\n").map(|at| &text[at + 4..]);
                if let Some(Ok(message)) = body.map(serde_json::from_slice::<Value>) {
                    break message;
                }
                assert!(n > 0, "the message is cut off");
            };
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .unwrap();
            if sender.send(message).is_err() {
                return;
            }
        }
    });
    (url, messages)
}

fn stage() -> Stage {
    let reports = format!("{NOTIFY}{THREE_WEEKS}");
    Stage::new(GoData::recorded().unwrap(), Dhis2::atlantia(Dhis2Version::V2_42), &reports)
}

#[test]
fn a_run_that_fails_is_told_and_one_that_does_not_is_not() {
    let stage = stage();
    let (url, messages) = webhook();
    let environment = [("WEBHOOK", url.as_str())];

    stage.run_with(&["run"], &environment).ok();
    assert!(messages.try_recv().is_err(), "nobody is told of a run without a fault");

    stage.dhis2.user_authorities("writer", &[]);
    let failed = stage.run_with(&["run"], &environment);

    failed.fails_with(3, &["would refuse every value"]);
    assert!(!failed.err.contains("secret-path"), "{}", failed.err);
    let message = messages.recv_timeout(Duration::from_secs(60)).unwrap();
    assert_eq!(
        (message["type"].as_str(), message["exitCode"].as_i64()),
        (Some("failure"), Some(3))
    );
    assert!(message["lastSuccess"].is_string(), "{message}");
}

#[test]
fn a_dry_run_and_a_plan_tell_nobody() {
    let stage = stage();
    let (url, messages) = webhook();
    stage.dhis2.user_authorities("writer", &[]);
    let environment = [("WEBHOOK", url.as_str())];

    assert_eq!(stage.run_with(&["run", "--dry-run"], &environment).code, 3);
    stage.run_with(&["plan"], &environment).ok();

    assert!(messages.try_recv().is_err());
}
