//! A request, taken apart.

use axum::http::{HeaderMap, Method, Uri, header};
use bytes::Bytes;
use url::form_urlencoded;

use super::{
    answer::Refusal,
    doc::{Doc, Object},
};

/// A request to a path under `/api`.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    /// Path under `/api` and query, as they came.
    pub(super) target: String,
    /// The path's parts, decoded.
    segments: Vec<String>,
    /// The same with camel case turned into dashes: the server takes `filteredCount` for
    /// `filtered-count`.
    words: Vec<String>,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    body: Bytes,
}

impl Call {
    pub(super) fn new(method: Method, uri: &Uri, headers: HeaderMap, body: Bytes) -> Self {
        let path = uri.path().strip_prefix("/api").unwrap_or_else(|| uri.path());
        let query = uri.query().unwrap_or_default().to_owned();
        let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        let segments: Vec<String> =
            path.split('/').filter(|part| !part.is_empty()).map(decode).collect();
        let words = segments.iter().map(|segment| dashed(segment)).collect();
        // A HEAD is answered as a GET whose body stays behind.
        let method = if method == Method::HEAD { Method::GET } else { method };
        Self { method, target, segments, words, query, headers, body }
    }

    pub(super) fn words(&self) -> Vec<&str> {
        self.words.iter().map(String::as_str).collect()
    }

    /// A part of the path as it was sent, such as an id.
    pub(super) fn segment(&self, at: usize) -> &str {
        self.segments.get(at).map_or("", String::as_str)
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// A parameter that holds an object, such as `where`.
    pub(super) fn object_parameter(&self, name: &str) -> Result<Object, Refusal> {
        match self.parameter(name) {
            None => Ok(Object::default()),
            Some(text) if text.is_empty() => Ok(Object::default()),
            Some(text) => match Doc::parse(text.as_bytes()) {
                Ok(Doc::Object(object)) => Ok(object),
                _ => Err(Refusal::plain(400, "Value is not an object.")),
            },
        }
    }

    /// The body, JSON or a form; an absent one is null.
    pub(super) fn body(&self) -> Result<Doc, Refusal> {
        if self.body.is_empty() {
            return Ok(Doc::Null);
        }
        let kind = self.header(header::CONTENT_TYPE.as_str()).unwrap_or_default();
        if kind.starts_with("application/x-www-form-urlencoded") {
            let mut form = Object::default();
            for (key, value) in form_urlencoded::parse(&self.body) {
                form.set(&key, &*value);
            }
            return Ok(Doc::Object(form));
        }
        if !kind.starts_with("application/json") {
            return Ok(Doc::Null);
        }
        Doc::parse(&self.body).map_err(|error| {
            // The words of the server's JavaScript engine, as far as they can be told apart.
            let message = if error.is_eof() {
                format!("Unterminated string in JSON at position {}", self.body.len())
            } else {
                format!("Unexpected token in JSON at position {}", error.column().saturating_sub(1))
            };
            Refusal::plain(400, &message).named("SyntaxError")
        })
    }

    /// The body where it is an object, else an empty one.
    pub(super) fn body_object(&self) -> Result<Object, Refusal> {
        match self.body()? {
            Doc::Object(object) => Ok(object),
            _ => Ok(Object::default()),
        }
    }

    /// Size of request line and headers: Node stops reading at 16 KiB.
    pub(super) fn head_bytes(&self) -> usize {
        let headers: usize =
            self.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        self.method.as_str().len() + self.target.len() + "/api HTTP/1.1\r\n".len() + headers
    }
}

fn decode(part: &str) -> String {
    // A plus sign in a path is a plus sign.
    let escaped = part.replace('+', "%2B");
    let pair = form_urlencoded::parse(escaped.as_bytes()).next();
    pair.map(|(key, _)| key.into_owned()).unwrap_or_default()
}

fn dashed(segment: &str) -> String {
    let mut word = String::with_capacity(segment.len());
    for letter in segment.chars() {
        if letter.is_ascii_uppercase() {
            word.push('-');
            word.push(letter.to_ascii_lowercase());
        } else {
            word.push(letter);
        }
    }
    word
}
