//! Answers in the forms the server gives them.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use serde::Serialize;

use super::{
    condition::BadQuery,
    dialect::BadWhere,
    doc::{Doc, Object},
};
use crate::server::compress;

/// From this size on the server compresses, where the caller accepts it.
const COMPRESS_FROM_BYTES: usize = 1024;

/// What a route answers.
pub(super) type Answer = Result<Reply, Refusal>;

/// An answer that is no error.
#[derive(Debug)]
pub(super) struct Reply {
    status: u16,
    content_type: &'static str,
    body: Bytes,
}

impl Reply {
    pub(super) fn json(value: &impl Serialize) -> Self {
        Self::json_bytes(serde_json::to_vec(value).unwrap_or_default())
    }

    pub(super) fn json_bytes(body: Vec<u8>) -> Self {
        Self { status: 200, content_type: "application/json; charset=utf-8", body: body.into() }
    }

    pub(super) fn no_content() -> Self {
        let content_type = "application/json; charset=utf-8";
        Self { status: 204, content_type, body: Bytes::new() }
    }

    pub(super) fn html(body: &'static str) -> Self {
        Self { status: 200, content_type: "text/html; charset=UTF-8", body: Bytes::from(body) }
    }

    pub(super) fn file(body: Vec<u8>) -> Self {
        Self { status: 200, content_type: "application/octet-stream", body: body.into() }
    }

    /// `{"count": n}`.
    pub(super) fn count(n: usize) -> Self {
        let mut object = Object::default();
        object.set("count", n);
        Self::json(&object)
    }
}

/// An error in LoopBack's envelope.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    status: u16,
    name: &'static str,
    message: String,
    code: Option<&'static str>,
    details: Option<Object>,
}

impl Refusal {
    /// An error of the framework: it has no code.
    pub(super) fn plain(status: u16, message: &str) -> Self {
        Self { status, name: "Error", message: message.to_owned(), code: None, details: None }
    }

    pub(super) fn coded(status: u16, code: &'static str, message: &str) -> Self {
        Self { code: Some(code), ..Self::plain(status, message) }
    }

    #[must_use]
    pub(super) fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    #[must_use]
    pub(super) fn with(mut self, key: &str, value: impl Into<Doc>) -> Self {
        self.details.get_or_insert_default().set(key, value);
        self
    }

    /// 500 around an error of the database or the program.
    pub(super) fn internal(inner: Object) -> Self {
        let shown = String::from_utf8_lossy(&Doc::Object(inner.clone()).to_json()).into_owned();
        Self::coded(500, "INTERNAL_ERROR", &format!("Internal error: `{shown}`"))
            .with("error", inner)
    }

    pub(super) fn no_permission(permissions: &[&str]) -> Self {
        let list = permissions.join(", ");
        let message = format!(
            "Logged in user must have (at least) one of the following permissions to access this \
             endpoint: {list}."
        );
        Self::coded(403, "MISSING_REQUIRED_PERMISSION", &message).with("permissions", list)
    }

    pub(super) fn no_access(why: &str) -> Self {
        let message = format!("Logged in user doesn't have access this endpoint: {why}.");
        Self::coded(403, "ACCESS_DENIED", &message).with("accessErrors", why)
    }

    pub(super) fn unauthorized() -> Self {
        Self::coded(401, "AUTHORIZATION_REQUIRED", "Authorization Required")
    }

    /// The framework's message for a model that is asked for by id.
    pub(super) fn unknown_id(model: &str, id: &str) -> Self {
        Self::coded(404, "MODEL_NOT_FOUND", &format!("Unknown \"{model}\" id \"{id}\"."))
    }

    fn to_object(&self) -> Object {
        let mut error = Object::default();
        error.set("statusCode", i64::from(self.status));
        // The server hides the name of its own faults (recording
        // `cases-where-unknown-dollar-operator`).
        if self.status < 500 {
            error.set("name", self.name);
        }
        error.set("message", self.message.as_str());
        if let Some(code) = self.code {
            error.set("code", code);
        }
        if let Some(details) = &self.details {
            error.set("details", details.clone());
        }
        let mut envelope = Object::default();
        envelope.set("error", error);
        envelope
    }
}

impl From<BadWhere> for Refusal {
    fn from(error: BadWhere) -> Self {
        match error {
            BadWhere::Clause(message) => Self::plain(400, &message),
            BadWhere::Query(BadQuery(message)) => {
                let mut inner = Object::default();
                inner.set("code", 2_i64);
                inner.set("message", message);
                inner.set("name", "MongoError");
                Self::internal(inner)
            }
        }
    }
}

/// Puts an answer on the wire.
pub(super) fn respond(request: &HeaderMap, answer: Answer) -> Response {
    let reply = answer.unwrap_or_else(|refusal| Reply {
        status: refusal.status,
        ..Reply::json(&refusal.to_object())
    });
    let (body, compressed) = compress(request, reply.body, COMPRESS_FROM_BYTES);
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    headers.insert(header::VARY, HeaderValue::from_static("Origin, Accept-Encoding"));
    if compressed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if let Some(id) = request.get("transaction-id") {
        headers.insert("transaction-id", id.clone());
    }
    response
}
