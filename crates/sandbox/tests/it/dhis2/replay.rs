//! Asks the sandbox what the real server was asked.

use std::{collections::HashMap, io::Write as _, time::Duration};

use chrono::{DateTime, Utc};
use reqwest::{Client, Method, StatusCode, redirect::Policy};
use sandbox::{
    dhis2::{Clock, Dhis2, Dhis2Version, Stored, UserSpec},
    server::Server,
};
use serde_json::{Value, json};

use super::recording::{Asked, Given, Recording, Session};

/// The answer of the sandbox.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    pub(super) location: Option<String>,
    pub(super) body: Vec<u8>,
}

/// A sandbox with the recording's accounts, and what it gave out in place of what was recorded.
pub(super) struct Replay {
    dhis2: Dhis2,
    server: Server,
    client: Client,
    now: DateTime<Utc>,
    /// Who may say they are whom: token texts by their recorded name.
    tokens: HashMap<String, String>,
    /// Ids of the recording → ids of the sandbox.
    ids: Vec<(String, String)>,
    option_combos: Value,
}

impl Replay {
    pub(super) fn new(version: Dhis2Version, session: &Session) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let body = |name: &str| {
            let recording = session.exchanges.iter().find(|recording| recording.name == name);
            recording.and_then(|recording| recording.response.body.clone()).expect(name)
        };
        let start = DateTime::from_timestamp(session.exchanges[1].at, 0).expect("a moment");
        let roles = json!({"userRoles": [
            {"id": "JHi9UGjeIJX", "name": "Writer", "authorities": ["F_DATAVALUE_ADD", "F_DATAVALUE_DELETE"]},
            {"id": "w6cvQo4Nbp1", "name": "Nothing", "authorities": []},
            {"id": "yrB6vc5Ip3r", "name": "Superuser", "authorities": body("read-me")["authorities"]},
        ]});
        let dhis2 = Dhis2::builder(version)
            .clock(Clock::frozen(&start.to_rfc3339()))
            .metadata(&roles)
            .user(UserSpec::new("admin", "PASSWORD").id("M5zQapPyTZI").role("yrB6vc5Ip3r"))
            .build();
        let server = dhis2.start().expect("a port");
        let client =
            Client::builder().redirect(Policy::none()).no_gzip().build().expect("a client");
        // The combinations got ids of their own on each server; those of the recording are used.
        let option_combos = body("read-cocs-all");
        let tokens = [
            ("unknown token", "d2p_x"),
            ("no token at all", "garbage"),
            ("token with a typing error", "d2p_y"),
        ]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into();
        Self { dhis2, server, client, now: start, tokens, ids: Vec::new(), option_combos }
    }

    /// Ids of the recording and the sandbox's own in their place.
    pub(super) fn ids(&self) -> &[(String, String)] {
        &self.ids
    }

    pub(super) fn dhis2(&self) -> &Dhis2 {
        &self.dhis2
    }

    /// Puts what unrecorded requests had stored.
    pub(super) fn give(&self, given: &[Given], before: &str) {
        for cell in given.iter().filter(|cell| cell.before == before) {
            let value = cell.value.as_deref().unwrap_or_default();
            let mut stored = Stored::new(&cell.data_element, &cell.period, &cell.org_unit, value)
                .deleted(cell.deleted);
            stored.value.clone_from(&cell.value);
            stored.comment.clone_from(&cell.comment);
            if let Some(combo) = &cell.category_option_combo {
                stored = stored.combo(combo);
            }
            self.dhis2.put(stored);
        }
    }

    /// Asks, at the time of the recording.
    pub(super) async fn ask(&mut self, recording: &Recording) -> Reply {
        let at = DateTime::from_timestamp(recording.at, 0).expect("a moment");
        let ahead = (at - self.now).to_std().unwrap_or(Duration::ZERO);
        self.dhis2.clock().advance(ahead);
        self.now = self.now.max(at);
        if recording.name == "setup-coc-update" {
            self.post_option_combos().await;
        }
        let reply = self.send(&recording.request).await;
        self.learn(recording, &reply);
        reply
    }

    async fn post_option_combos(&self) {
        let url = format!("{}/api/metadata", self.server.url());
        let answer = self
            .client
            .post(url)
            .basic_auth("admin", Some("PASSWORD"))
            .header("Content-Type", "application/json")
            .body(self.option_combos.to_string())
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.text().await);
    }

    async fn send(&self, asked: &Asked) -> Reply {
        let mut url = format!("{}{}", self.server.url(), asked.path);
        if let Some(query) = &asked.query {
            url = format!("{url}?{query}");
        }
        for (recorded, own) in &self.ids {
            url = url.replace(recorded, own);
        }
        let method = Method::from_bytes(asked.method.as_bytes()).expect("a method");
        let mut request = self.client.request(method, url);
        for (name, value) in &asked.headers {
            if name != "Accept-Encoding" {
                request = request.header(name, value);
            }
        }
        let account = asked.account.as_deref().unwrap_or("admin");
        if !asked.anonymous {
            request = match (self.tokens.get(account), account) {
                (Some(token), _) => request.header("Authorization", format!("ApiToken {token}")),
                (None, "admin, wrong password") => request.basic_auth("admin", Some("wrong")),
                (None, name) => request.basic_auth(name, Some("PASSWORD")),
            };
        }
        let body = match (&asked.body_text, &asked.body) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(body)) => body.to_string().into_bytes(),
            (None, None) => Vec::new(),
        };
        let body = if asked.gzip { gzip(&body) } else { body };
        let answer = request.body(body).send().await.expect("an answer");
        let header = |name: &str| {
            answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        Reply {
            status: answer.status().as_u16(),
            content_type: header("content-type")
                .map(|t| t.split(';').next().unwrap_or_default().to_owned()),
            location: header("location").map(|l| l.replace(self.server.url(), "")),
            body: answer.bytes().await.expect("a body").to_vec(),
        }
    }

    /// Keeps tokens and job ids that later requests name.
    fn learn(&mut self, recording: &Recording, reply: &Reply) {
        let Ok(body) = serde_json::from_slice::<Value>(&reply.body) else { return };
        if let Some(key) = body.pointer("/response/key").and_then(Value::as_str) {
            for name in match recording.name.as_str() {
                "auth-token-create-readonly" => &["token for GET"][..],
                "auth-token-create-expired" => &["expired token"],
                "auth-token-create-short" => &["deleted token"],
                _ => &["token"],
            } {
                self.tokens.insert((*name).to_owned(), key.to_owned());
            }
        }
        let recorded = recording.response.body.as_ref();
        for pointer in ["/response/id", "/response/uid"] {
            let theirs = recorded.and_then(|body| body.pointer(pointer)?.as_str());
            let ours = body.pointer(pointer).and_then(Value::as_str);
            if let (Some(theirs), Some(ours)) = (theirs, ours)
                && theirs != ours
            {
                self.ids.push((theirs.to_owned(), ours.to_owned()));
            }
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).expect("memory");
    packer.finish().expect("memory")
}
