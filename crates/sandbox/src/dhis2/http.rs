//! Requests and answers, apart from any server.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode},
    response::Response,
};
use bytes::Bytes;
use serde_json::{Value, json};

/// A request as the rooms of this DHIS2 see it.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The path below `/api`, without version number and suffix.
    pub(crate) path: Vec<String>,
    /// The number in `/api/NN/…`.
    pub(crate) version: Option<u16>,
    /// `json`, `csv` and so on where the path ended in it.
    pub(crate) suffix: Option<String>,
    pub(crate) query: Query,
    headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Request {
    /// Takes a path apart; `None` where it is not below `/api`.
    pub(crate) fn new(
        method: &str,
        path: &str,
        query: &str,
        headers: Vec<(String, String)>,
        body: Bytes,
    ) -> Option<Self> {
        let mut segments: Vec<String> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| {
                url::form_urlencoded::parse(format!("x={}", segment.replace('+', "%2B")).as_bytes())
                    .next()
                    .map_or_else(String::new, |(_, value)| value.into_owned())
            })
            .collect();
        if segments.first().map(String::as_str) != Some("api") {
            return None;
        }
        segments.remove(0);
        let version = segments
            .first()
            .filter(|first| first.len() == 2)
            .and_then(|first| first.parse::<u16>().ok());
        if version.is_some() {
            segments.remove(0);
        }
        let mut suffix = None;
        if let Some(last) = segments.last_mut()
            && let Some((stem, end)) = last.rsplit_once('.')
            && matches!(end, "json" | "xml" | "csv" | "adx")
        {
            suffix = Some(end.to_owned());
            *last = stem.to_owned();
        }
        Some(Self {
            method: method.to_owned(),
            path: segments,
            version,
            suffix,
            query: Query::parse(query),
            headers: headers.into_iter().map(|(name, v)| (name.to_lowercase(), v)).collect(),
            body,
        })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The media type of the body, without its parameters.
    pub(crate) fn content_type(&self) -> Option<&str> {
        self.header("content-type").map(|value| value.split(';').next().unwrap_or(value).trim())
    }

    pub(crate) fn segments(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// The body, unpacked where it is gzip by its first bytes, whatever a header says
    /// (gzip-request-no-header).
    pub(crate) fn unpacked(&self) -> Vec<u8> {
        use std::io::Read as _;
        if self.body.starts_with(&[0x1F, 0x8B]) {
            let mut plain = Vec::new();
            if flate2::read::MultiGzDecoder::new(&self.body[..]).read_to_end(&mut plain).is_ok() {
                return plain;
            }
        }
        self.body.to_vec()
    }
}

/// A decoded query.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(text: &str) -> Self {
        Self(
            url::form_urlencoded::parse(text.as_bytes())
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        )
    }

    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn all<'q, 'n: 'q>(
        &'q self,
        name: &'n str,
    ) -> impl Iterator<Item = &'q str> + use<'q, 'n> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.first(name) == Some("true")
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(&'static str, String)>,
    content_type: &'static str,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::typed(status, "application/json;charset=UTF-8", body.to_string())
    }

    pub(crate) fn typed(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { status, headers: Vec::new(), content_type, body: body.into() }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), content_type: "", body: Bytes::new() }
    }

    /// The envelope of an error.
    pub(crate) fn message(status: u16, message: &str) -> Self {
        Self::json(status, &envelope(status, "ERROR", Some(message)))
    }

    /// The envelope of an error that has a code.
    pub(crate) fn coded(status: u16, code: &str, message: &str) -> Self {
        let mut body = envelope(status, "ERROR", Some(message));
        body["errorCode"] = json!(code);
        Self::json(status, &body)
    }

    /// What Tomcat says to a path that nothing is behind.
    pub(crate) fn no_page() -> Self {
        Self::typed(
            404,
            "text/html;charset=utf-8",
            "<!doctype html><html lang=\"en\"><head><title>HTTP Status 404 – Not Found</title>\
             </head><body><h1>HTTP Status 404 – Not Found</h1></body></html>",
        )
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Packs the body, without a header that says so (gzip-response-dvs-param of 2.43).
    pub(crate) fn gzipped(mut self) -> Self {
        use std::io::Write as _;
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        if packer.write_all(&self.body).is_ok()
            && let Ok(packed) = packer.finish()
        {
            self.body = packed.into();
        }
        self
    }

    pub(crate) fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        if !self.content_type.is_empty() {
            headers.insert("content-type", HeaderValue::from_static(self.content_type));
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.append(
                    HeaderName::from_bytes(name.as_bytes()).unwrap_or(axum::http::header::WARNING),
                    value,
                );
            }
        }
        response
    }
}

/// `WebMessage` without a response part.
pub(crate) fn envelope(status: u16, state: &str, message: Option<&str>) -> Value {
    let name = match status {
        200 => "OK",
        201 => "Created",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        415 => "Unsupported Media Type",
        _ => "Internal Server Error",
    };
    let mut body = json!({"httpStatus": name, "httpStatusCode": status, "status": state});
    if let Some(message) = message {
        body["message"] = json!(message);
    }
    body
}
