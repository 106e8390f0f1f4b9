//! Replays every recorded call against the sandbox.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use axum::http::Method;
use reqwest::Client;
use sandbox::godata::{Account, GoData};
use serde_json::{Value, json};

use super::recording::{Answered, Recording, all, differences};

const EMPTY_OUTBREAK: &str = "7d1a3c52-0b1e-4f0e-9a53-2f6f2c0a0e01";
const PASSWORD: &str = "PASSWORD";

/// What the sandbox answers otherwise, and why. A line whose call agrees after all fails the test.
const NOT_IMITATED: [(&str, &str); 11] = [
    ("cases-classification-over-reporting-time-day", OVER_TIME),
    ("cases-classification-over-reporting-time-week", OVER_TIME),
    ("cases-classification-over-reporting-time-month", OVER_TIME),
    ("cases-classification-over-time-week", OVER_TIME),
    ("cases-outcome-over-time-week", OVER_TIME),
    ("cases-per-location-level", UNDERCOUNTS),
    ("cases-per-location-level-week", UNDERCOUNTS),
    ("cases-delay-onset-hospitalization", "rows for a chart: no client of ours asks for them"),
    ("etag-not-modified", "lists have no use for it: any change of any row changes the tag"),
    ("url-length-70k", "the sandbox's HTTP library answers 414, Node cuts the connection"),
    (
        "export-labels-download",
        "translated labels: the sandbox has no texts, it exports field names",
    ),
];
const OVER_TIME: &str =
    "clipped buckets and wrong epidemiological weeks: no client may count on it";
const UNDERCOUNTS: &str = "drops cases below the reporting level: no client may count on it";

/// Calls whose rows are the server's own, such as its users: only keys and types are compared, row by
/// row.
const SHAPE_ONLY: [&str; 8] = [
    "users-list",
    "users-for-filters",
    "user-me",
    "roles-list",
    "language-tokens-sample",
    "export-poll-first",
    "export-poll-last",
    "export-poll-other-account",
];

/// Who made the recorded calls.
fn accounts() -> Vec<Account> {
    let viewer = [
        "outbreak_view",
        "case_list",
        "case_view",
        "contact_list",
        "event_list",
        "follow_up_list",
        "lab_result_list",
        "relationship_list",
        "user_list_for_filters",
    ];
    vec![
        Account::new("pusher@example.org", PASSWORD).id("45dabb01-b2c2-4c9f-9a2f-588f049c8b4b"),
        Account::new("mustchange@example.org", PASSWORD)
            .id("fcf99375-aa77-4327-95d4-1fa0a560b49b")
            .must_change_password(),
        Account::new("locked@example.org", PASSWORD),
        Account::new("viewer@example.org", PASSWORD).permissions(viewer),
        Account::new("elsewhere@example.org", PASSWORD)
            .permissions(viewer)
            .active_outbreak(EMPTY_OUTBREAK),
        Account::new("minimal@example.org", PASSWORD).permissions(["outbreak_view", "case_list"]),
        Account::new("nothing@example.org", PASSWORD).permissions(["outbreak_view"]),
        Account::new("limited@example.org", PASSWORD).outbreaks([EMPTY_OUTBREAK]),
        Account::new("other@example.org", PASSWORD),
    ]
}

/// The account behind a recorded call: told by its note, or by what it was refused.
fn account_of(name: &str) -> &'static str {
    match name {
        "permission-missing-cases" => "nothing@example.org",
        name if name.starts_with("permission-") => "minimal@example.org",
        "case-delete-no-permission"
        | "export-no-permission"
        | "contacts-of-contacts-no-permission"
        | "location-unknown"
        | "system-settings"
        | "users-no-permission"
        | "write-other-outbreak" => "viewer@example.org",
        "cases-filter-post" | "cases-filter-post-bare" => "elsewhere@example.org",
        name if name.starts_with("outbreak-not-allowed") => "limited@example.org",
        "outbreaks-list-limited-account" => "limited@example.org",
        "must-change-password-reads-cases" => "mustchange@example.org",
        "export-poll-other-account" | "export-download-other-account" => "other@example.org",
        _ => "pusher@example.org",
    }
}

struct Replay {
    godata: GoData,
    http: Client,
    /// Tokens by account; a call that ends one takes it out.
    tokens: BTreeMap<&'static str, String>,
    expired: Option<String>,
    /// Recorded export ids and those of this run.
    exports: BTreeMap<&'static str, String>,
}

impl Replay {
    fn start() -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let godata = GoData::recorded().unwrap();
        for account in accounts() {
            godata.add_account(account);
        }
        // Each recorded call used a connection of its own.
        let http = Client::builder().pool_max_idle_per_host(0).gzip(true).build().unwrap();
        let (tokens, exports) = (BTreeMap::new(), BTreeMap::new());
        Self { godata, http, tokens, expired: None, exports }
    }

    async fn login(&self, email: &str) -> String {
        let url = format!("{}/api/users/login", self.godata.url());
        let body = json!({"email": email, "password": PASSWORD});
        let answer: Value =
            self.http.post(url).json(&body).send().await.unwrap().json().await.unwrap();
        answer["id"].as_str().unwrap().to_owned()
    }

    /// The token that a call carries, made ready as its note says.
    async fn token_for(&mut self, name: &str) -> String {
        const EXPIRED: &str = "expired@example.org";
        match name {
            "token-invalid-header" | "token-invalid-query" | "token-bearer-invalid" => {
                "notatokenatall".to_owned()
            }
            "token-after-second-login" => {
                let first = self.login("other@example.org").await;
                self.tokens.insert("other@example.org", self.login("other@example.org").await);
                first
            }
            "token-expired" | "token-bearer-expired" => {
                self.godata.add_account(Account::new(EXPIRED, PASSWORD));
                let token = self.login(EXPIRED).await;
                self.godata.clock().advance(Duration::from_secs(601));
                self.tokens.clear();
                self.expired = Some(token.clone());
                token
            }
            "token-expired-again" => self.expired.clone().unwrap(),
            "token-after-logout" => self.tokens.remove("pusher@example.org").unwrap(),
            "logout" => {
                let token = self.login("pusher@example.org").await;
                self.tokens.insert("pusher@example.org", token.clone());
                token
            }
            name if name.starts_with("login-") || name.starts_with("oauth-") => {
                // A login ends the account's other session.
                self.tokens.remove("pusher@example.org");
                String::new()
            }
            name => {
                let account = account_of(name);
                if !self.tokens.contains_key(account) || name == "token-in-header" {
                    let token = self.login(account).await;
                    self.tokens.insert(account, token);
                }
                self.tokens[account].clone()
            }
        }
    }

    async fn send(&mut self, recording: &Recording) -> Answered {
        let token = self.token_for(&recording.name).await;
        let mut path = recording.path.clone();
        for (recorded, own) in &self.exports {
            path = path.replace(recorded, own);
        }
        let mut url = format!("{}{path}", self.godata.url());
        let query = query_text(&recording.query, &token);
        if !query.is_empty() {
            url = format!("{url}?{query}");
        }
        if recording.name == "url-length-70k" {
            return send_raw(
                &self.godata,
                &format!("GET {path}?{query} HTTP/1.1\r\nHost: x\r\n\r\n"),
            );
        }
        let method: Method = recording.method.parse().unwrap();
        let mut request = self.http.request(method, url);
        for (name, value) in &recording.headers {
            request = request.header(name, value.replace("TOKEN", &token));
        }
        match &recording.request_body {
            Value::Null => {}
            Value::String(text) => request = request.body(text.clone()),
            body => request = request.json(body),
        }
        let answered = match request.timeout(Duration::from_secs(20)).send().await {
            Err(_) => Answered { status: None, body: Value::Null },
            Ok(answer) => {
                let status = Some(answer.status().as_u16());
                let bytes = answer.bytes().await.unwrap();
                Answered { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
            }
        };
        match recording.name.as_str() {
            "export-start" => self.remember("ce8f54f4-22bb-4719-bdac-3be26974abbe", &answered),
            "export-labels-start" => {
                self.remember("adf953eb-2414-4f91-978a-da05d55ee76f", &answered);
            }
            _ => {}
        }
        answered
    }

    fn remember(&mut self, recorded: &'static str, answered: &Answered) {
        if let Some(id) = answered.body["exportLogId"].as_str() {
            self.exports.insert(recorded, id.to_owned());
        }
    }
}

/// Sends what no HTTP client would.
fn send_raw(godata: &GoData, request: &str) -> Answered {
    let mut stream = TcpStream::connect(godata.server().address()).unwrap();
    // The server may stop reading before all is written.
    let _ = stream.write_all(request.as_bytes());
    let mut head = [0; 12];
    let status = match stream.read_exact(&mut head) {
        Ok(()) => String::from_utf8_lossy(&head[9..]).parse().ok(),
        Err(_) => None,
    };
    Answered { status, body: Value::Null }
}

fn query_text(query: &Value, token: &str) -> String {
    match query {
        Value::String(text) => rebuilt(text),
        Value::Object(map) => {
            let mut encoded = url::form_urlencoded::Serializer::new(String::new());
            for (key, value) in map {
                let text = match value {
                    Value::String(text) => text.replace("TOKEN", token),
                    other => other.to_string(),
                };
                encoded.append_pair(key, &text);
            }
            encoded.finish()
        }
        _ => String::new(),
    }
}

/// Long queries were cut in the recording, which tells their length: they are ids of cases that do
/// not exist, and come back as such.
fn rebuilt(text: &str) -> String {
    let Some((_, length)) = text.split_once("… (") else { return text.to_owned() };
    let length: usize = length.trim_end_matches(" characters)").parse().unwrap();
    let mut ids = Vec::new();
    let filter = |ids: &[String]| {
        let filter = json!({"where": {"id": {"inq": ids}}, "limit": 1, "fields": ["id"]});
        url::form_urlencoded::Serializer::new(String::new())
            .append_pair("filter", &filter.to_string())
            .finish()
    };
    while filter(&ids).len() < length {
        ids.push(format!("{:08}-0000-4000-8000-000000000000", ids.len()));
    }
    ids.pop();
    filter(&ids)
}

#[tokio::test]
async fn every_recorded_call_is_answered_as_recorded() {
    let mut replay = Replay::start();
    let mut problems = Vec::new();
    let recordings = all();
    for recording in &recordings {
        let answered = replay.send(recording).await;
        let found = differences(recording, &answered, SHAPE_ONLY.contains(&&*recording.name));
        let listed = NOT_IMITATED.iter().find(|(name, _)| *name == recording.name);
        match (found.is_empty(), listed) {
            (true, None) | (false, Some(_)) => {}
            (true, Some(_)) => problems.push(format!("{}: agrees, unlist it", recording.name)),
            (false, None) => {
                let shown = found.iter().take(6).cloned().collect::<Vec<_>>().join("\n    ");
                problems.push(format!("{} ({}):\n    {shown}", recording.name, found.len()));
            }
        }
    }
    for name in NOT_IMITATED.iter().map(|(name, _)| *name).chain(SHAPE_ONLY) {
        assert!(recordings.iter().any(|r| r.name == name), "{name} is no recording");
    }
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}
