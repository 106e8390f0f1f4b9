//! Calls to a sandbox, as a client without any cleverness makes them.

use reqwest::{Client, Method, redirect::Policy};
use sandbox::{dhis2::Dhis2, server::Server};
use serde_json::{Value, json};

/// Who asks.
#[derive(Clone, Copy)]
pub(super) enum As<'a> {
    Admin,
    Writer,
    Login(&'a str, &'a str),
    Token(&'a str),
    Nobody,
}

/// A server and somebody to ask it.
pub(super) struct Caller {
    pub(super) dhis2: Dhis2,
    pub(super) server: Server,
    client: Client,
}

impl Caller {
    pub(super) fn of(dhis2: Dhis2) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let server = dhis2.start().expect("a port");
        let client = Client::builder().redirect(Policy::none()).build().expect("a client");
        Self { dhis2, server, client }
    }

    /// Status and body; the body null where it is no JSON.
    pub(super) async fn ask(
        &self,
        who: As<'_>,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let url = format!("{}{path}", self.server.url());
        let mut request = self.client.request(method, url);
        request = match who {
            As::Admin => request.basic_auth("admin", Some("district")),
            As::Writer => request.basic_auth("writer", Some("Writer-1!")),
            As::Login(name, password) => request.basic_auth(name, Some(password)),
            As::Token(token) => request.header("Authorization", format!("ApiToken {token}")),
            As::Nobody => request,
        };
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    pub(super) async fn get(&self, path: &str) -> (u16, Value) {
        self.ask(As::Admin, Method::GET, path, None).await
    }

    /// Imports values of the demo's data set, as somebody.
    pub(super) async fn import(&self, who: As<'_>, query: &str, values: &[Value]) -> (u16, Value) {
        let body = json!({"dataSet": "kIfMNugiTgd", "dataValues": values});
        self.ask(who, Method::POST, &format!("/api/dataValueSets{query}"), Some(&body)).await
    }
}

/// A value of the demo's element in a district.
pub(super) fn cell(period: &str, value: &str) -> Value {
    cell_of("UbP9vQYgqbk", period, value)
}

/// A value of the demo's element.
pub(super) fn cell_of(unit: &str, period: &str, value: &str) -> Value {
    json!({"dataElement": "CnPsS2xE8UN", "period": period, "orgUnit": unit, "value": value})
}

/// imported, updated, ignored, deleted.
pub(super) fn counts(body: &Value) -> [u64; 4] {
    let summary = body.get("response").unwrap_or(body);
    ["imported", "updated", "ignored", "deleted"]
        .map(|name| summary["importCount"][name].as_u64().expect("a count"))
}

/// The codes of the conflicts.
pub(super) fn codes(body: &Value) -> Vec<String> {
    let summary = body.get("response").unwrap_or(body);
    let conflicts = summary["conflicts"].as_array().cloned().unwrap_or_default();
    conflicts.iter().map(|c| c["errorCode"].as_str().unwrap_or_default().to_owned()).collect()
}
