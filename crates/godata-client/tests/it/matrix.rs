//! Every endpoint in every situation: one table, one test a situation.

mod cutting;
mod endpoints;

use std::{error::Error as _, time::Duration};

use futures_util::{StreamExt as _, future::join_all, stream};
use godata_client::{Client, Credentials, Error, RetryPolicy};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path},
};

use self::{
    cutting::{Cut, CuttingServer},
    endpoints::{Answer, Endpoint, me_path, me_with},
};
use crate::{EMAIL, OUTBREAK, PASSWORD, mount_login, n_logins, recordings};

/// Part of what is sent and of the server's refusals; no error may show it.
const PLANTED: &str = "Planted Surname";
/// Below the number of file handles that a process may have.
const SERVERS_AT_A_TIME: usize = 24;
const MAX_TRIES: u32 = 2;

type Checked = Result<(), String>;

/// Runs `check` over the whole table and names every endpoint that failed.
async fn over_all(situation: &str, check: impl AsyncFn(&Endpoint) -> Checked) {
    let table = endpoints::all();
    let checks = stream::iter(&table).map(async |endpoint| check(endpoint).await);
    let checked = checks.buffered(SERVERS_AT_A_TIME).collect().await;
    assert_none(&named_failures(situation, &table, checked), table.len());
}

fn named_failures(situation: &str, endpoints: &[Endpoint], checked: Vec<Checked>) -> Vec<String> {
    let named = |(endpoint, checked): (&Endpoint, Checked)| {
        let problem = checked.err()?;
        Some(format!("{} ({situation}): {problem}", endpoint.name))
    };
    endpoints.iter().zip(checked).filter_map(named).collect()
}

fn assert_none(failures: &[String], n_endpoints: usize) {
    let n_failures = failures.len();
    assert!(failures.is_empty(), "{n_failures} of {n_endpoints}:\n{}", failures.join("\n"));
}

fn ensure(holds: bool, problem: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(problem()) }
}

fn client_with_limit(base_url: &str, limit: Duration) -> Client {
    let retry = RetryPolicy::default()
        .max_tries(MAX_TRIES)
        .min_delay(Duration::from_millis(1))
        .max_delay(Duration::from_millis(2))
        .jitter_seed(1);
    Client::builder(base_url.parse().unwrap(), Credentials::new(EMAIL, PASSWORD.into()))
        .retry(retry)
        .request_timeout(limit)
        // So small that a page that comes too late is not asked for in pieces.
        .page_size(50)
        .build()
        .unwrap()
}

fn client(base_url: &str) -> Client {
    client_with_limit(base_url, Duration::from_secs(20))
}

fn good(answer: &Value) -> ResponseTemplate {
    match answer {
        Value::Null => ResponseTemplate::new(204),
        answer => ResponseTemplate::new(200).set_body_json(answer),
    }
}

/// A server on which the endpoint answers so and everything around it is well.
async fn server(endpoint: &Endpoint, answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    mount_login(&server, "token-1").await;
    mount(&server, endpoint, answer).await;
    mount_around(&server, endpoint).await;
    server
}

async fn mount(server: &MockServer, endpoint: &Endpoint, answer: ResponseTemplate) {
    Mock::given(method(endpoint.method))
        .and(path(endpoint.path.as_str()))
        .respond_with(answer)
        .mount(server)
        .await;
}

async fn mount_around(server: &MockServer, endpoint: &Endpoint) {
    for (at_method, at_path, answer) in around(endpoint) {
        Mock::given(method(at_method))
            .and(path(at_path))
            .respond_with(good(&answer))
            .mount(server)
            .await;
    }
}

/// All writers look at the active outbreak first.
fn around(endpoint: &Endpoint) -> Vec<(&'static str, String, Value)> {
    let mut around = endpoint.around.clone();
    around.push(("GET", me_path(), me_with(OUTBREAK)));
    around
}

async fn n_asked(server: &MockServer, endpoint: &Endpoint) -> usize {
    let requests = server.received_requests().await.unwrap();
    let is_asked = |request: &&wiremock::Request| {
        request.method.as_str() == endpoint.method && request.url.path() == endpoint.path
    };
    requests.iter().filter(is_asked).count()
}

async fn ensure_asked(server: &MockServer, endpoint: &Endpoint, expected: usize) -> Checked {
    let n = n_asked(server, endpoint).await;
    ensure(n == expected, || format!("was asked {n} times, not {expected}"))
}

fn ensure_seen(endpoint: &Endpoint, result: &Result<Value, Error>) -> Checked {
    match result {
        Ok(seen) if *seen == endpoint.seen => Ok(()),
        other => Err(format!("gave {other:?}, not {}", endpoint.seen)),
    }
}

/// The error of `result`, if it is one that `is_expected` and shows nobody's name.
fn ensure_error(
    result: Result<Value, Error>,
    is_expected: impl FnOnce(&Error) -> bool,
) -> Result<Error, String> {
    let error = result.err().ok_or("succeeded")?;
    ensure(is_expected(&error), || format!("failed otherwise: {error:?}"))?;
    let reason = error.source().ok_or("has no reason")?;
    let text = format!("{error} {reason} {error:?}");
    ensure(!text.contains(PLANTED), || format!("shows what was sent: {text}"))?;
    Ok(error)
}

/// How many requests arrive if none is answered as it should be.
fn n_tries(endpoint: &Endpoint) -> usize {
    if endpoint.is_repeated { MAX_TRIES as usize } else { endpoint.n_requests }
}

/// Go.Data's form of errors; the message quotes what was sent, as the real one's does (recording
/// `case-create-invalid`).
fn refusal(status: u16, code: &str, details: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"error": {
        "statusCode": status, "name": "Error", "code": code, "details": details,
        "message": format!("Refused: `{PLANTED}`."),
    }}))
}

#[tokio::test]
async fn success() {
    over_all("success", async |endpoint| {
        let server = server(endpoint, good(&endpoint.good)).await;
        ensure_seen(endpoint, &(endpoint.call)(client(&server.uri())).await)?;
        ensure_asked(&server, endpoint, endpoint.n_requests).await?;
        let requests = server.received_requests().await.unwrap();
        let calls = requests.iter().filter(|request| request.url.path() != "/api/users/login");
        for request in calls {
            let token = request.headers.get("x-access-token").map(|token| token.as_bytes());
            ensure(token == Some(b"token-1"), || format!("{} without token", request.url))?;
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_missing_permission() {
    over_all("403", async |endpoint| {
        let details = json!({"permissions": format!("{}, other", endpoint.permission())});
        let answer = refusal(403, "MISSING_REQUIRED_PERMISSION", &details);
        let server = server(endpoint, answer).await;
        let result = (endpoint.call)(client(&server.uri())).await;
        let error = ensure_error(result, Error::is_permission)?;
        let missing = error.missing_permissions();
        ensure(missing == [endpoint.permission(), "other".to_owned()], || format!("{missing:?}"))?;
        ensure_asked(&server, endpoint, endpoint.n_requests).await
    })
    .await;
}

#[tokio::test]
async fn something_missing() {
    over_all("404", async |endpoint| {
        let answer = refusal(404, "MODEL_NOT_FOUND", &json!({}));
        let server = server(endpoint, answer).await;
        let result = (endpoint.call)(client(&server.uri())).await;
        if endpoint.creates_missing {
            ensure_seen(endpoint, &result)?;
        } else {
            ensure_error(result, Error::is_not_found)?;
        }
        ensure_asked(&server, endpoint, endpoint.n_requests).await
    })
    .await;
}

/// 409 is what a second record with the same number gets.
#[tokio::test]
async fn a_conflict() {
    over_all("409", async |endpoint| {
        if !endpoint.is_write() {
            return Ok(());
        }
        let answer = refusal(409, "DUPLICATE_VISUAL_ID", &json!({"id": PLANTED}));
        let server = server(endpoint, answer).await;
        let result = (endpoint.call)(client(&server.uri())).await;
        ensure_error(result, |error| error.is_duplicate() && error.status() == Some(409))?;
        ensure_asked(&server, endpoint, endpoint.n_requests).await
    })
    .await;
}

#[tokio::test]
async fn garbage() {
    const BODIES: [(&str, &[u8]); 6] = [
        ("text/plain", b"Planted Surname"),
        ("application/json", b"Planted Surname"),
        ("application/json", br#"{"id": "Planted Surname"#),
        ("application/json", br#""Planted Surname""#),
        ("application/octet-stream", &[0xff, 0xfe, 0x00]),
        ("application/json", b""),
    ];
    over_all("garbage", async |endpoint| {
        // A file may hold anything, and a delete that was done is done whatever the answer holds.
        if endpoint.answer != Answer::Model {
            return Ok(());
        }
        let server = MockServer::start().await;
        let client = client(&server.uri());
        for (content_type, body) in BODIES {
            // These hand on any JSON, and nothing at all as `null`.
            let is_any = endpoint.name.starts_with("any ");
            if is_any && (body.is_empty() || body.starts_with(b"\"")) {
                continue;
            }
            let answer = ResponseTemplate::new(200).set_body_raw(body, content_type);
            server.reset().await;
            mount_login(&server, "token-1").await;
            mount(&server, endpoint, answer).await;
            mount_around(&server, endpoint).await;
            let result = (endpoint.call)(client.clone()).await;
            let named = |problem| format!("{:?}: {problem}", String::from_utf8_lossy(body));
            ensure_error(result, Error::is_decode).map_err(named)?;
            if endpoint.is_write() {
                ensure_asked(&server, endpoint, endpoint.n_requests).await.map_err(named)?;
            }
        }
        Ok(())
    })
    .await;
}

/// A proxy's login page says 200, and nothing was done.
#[tokio::test]
async fn a_web_page() {
    over_all("HTML", async |endpoint| {
        let page = "<!DOCTYPE html><title>Sign in</title>";
        let answer = ResponseTemplate::new(200).set_body_raw(page, "text/html; charset=utf-8");
        let server = server(endpoint, answer).await;
        let result = (endpoint.call)(client(&server.uri())).await;
        let error = ensure_error(result, Error::is_html)?;
        let reason = error.kind().to_string();
        ensure(reason.contains("“Sign in”"), || reason.clone())?;
        ensure_asked(&server, endpoint, endpoint.n_requests).await
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_is_always_cut() {
    for cut in [Cut::BeforeAnswer, Cut::InAnswer] {
        over_all(&format!("{cut:?}, always"), async |endpoint| {
            let server = CuttingServer::start(endpoint, around(endpoint), cut, usize::MAX).await;
            let result = (endpoint.call)(client(server.base_url())).await;
            ensure_error(result, Error::is_cut)?;
            ensure(server.n_asked() == n_tries(endpoint), || {
                format!("was sent {} times, not {}", server.n_asked(), n_tries(endpoint))
            })
        })
        .await;
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_once() {
    for cut in [Cut::BeforeAnswer, Cut::InAnswer] {
        over_all(&format!("{cut:?}, once"), async |endpoint| {
            let server = CuttingServer::start(endpoint, around(endpoint), cut, 1).await;
            let result = (endpoint.call)(client(server.base_url())).await;
            if endpoint.is_repeated {
                ensure_seen(endpoint, &result)?;
            } else {
                ensure_error(result, Error::is_cut)?;
            }
            ensure(server.n_asked() == n_tries(endpoint), || {
                format!("was sent {} times, not {}", server.n_asked(), n_tries(endpoint))
            })
        })
        .await;
    }
}

/// Clients are made before the clock runs: that takes long where many tests share few cores.
#[tokio::test]
async fn a_slow_answer() {
    let table = endpoints::all();
    let mut failures = Vec::new();
    for part in table.chunks(SERVERS_AT_A_TIME) {
        let mut prepared = Vec::new();
        for endpoint in part {
            let slow = good(&endpoint.good).set_delay(Duration::from_secs(60));
            let server = server(endpoint, slow).await;
            let client = client_with_limit(&server.uri(), Duration::from_secs(2));
            prepared.push((endpoint, server, client));
        }
        let checks = prepared.into_iter().map(async |(endpoint, server, client)| {
            ensure_error((endpoint.call)(client).await, Error::is_timeout)?;
            ensure_asked(&server, endpoint, n_tries(endpoint)).await
        });
        let checked = join_all(checks).await;
        failures.extend(named_failures("slow", part, checked));
    }
    assert_none(&failures, table.len());
}

#[tokio::test]
async fn a_lost_token() {
    over_all("401, then success", async |endpoint| {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/api/users/login"))
            .respond_with(crate::login_answer("token-1"))
            .up_to_n_times(1)
            .mount(&server)
            .await;
        mount_login(&server, "token-2").await;
        Mock::given(method(endpoint.method))
            .and(path(endpoint.path.as_str()))
            .and(header("x-access-token", "token-1"))
            .respond_with(recordings::answer("token-expired").template())
            .mount(&server)
            .await;
        mount(&server, endpoint, good(&endpoint.good)).await;
        mount_around(&server, endpoint).await;
        ensure_seen(endpoint, &(endpoint.call)(client(&server.uri())).await)?;
        let n = n_logins(&server).await;
        ensure(n == 2, || format!("logged in {n} times, not twice"))?;
        ensure_asked(&server, endpoint, endpoint.n_requests + 1).await
    })
    .await;
}

/// The one call that is the last of several to the same address.
#[tokio::test]
async fn an_active_outbreak_that_cannot_be_set_back_is_said() {
    let table = endpoints::all();
    let endpoint = table.iter().find(|endpoint| endpoint.method == "PATCH").unwrap();
    let server = MockServer::start().await;
    mount_login(&server, "token-1").await;
    Mock::given(method("PATCH"))
        .and(path(me_path()))
        .respond_with(good(&endpoint.good))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let details = json!({"permissions": "user_modify_own_account"});
    mount(&server, endpoint, refusal(403, "MISSING_REQUIRED_PERMISSION", &details)).await;
    mount_around(&server, endpoint).await;
    let writer = client(&server.uri()).outbreak(OUTBREAK).activate().await.unwrap();
    let error = writer.finish().await.unwrap_err();
    assert_eq!(error.missing_permissions(), ["user_modify_own_account"]);
    let requests = server.received_requests().await.unwrap();
    let sent: Vec<Value> = requests
        .iter()
        .filter(|request| request.method.as_str() == "PATCH")
        .map(|request| request.body_json().unwrap())
        .collect();
    let expected = [OUTBREAK, "another"].map(|id| json!({"activeOutbreakId": id}));
    assert_eq!(sent, expected);
}
