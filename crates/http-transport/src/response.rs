//! A whole answer, and what kind of text it holds.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};

use crate::Exchange;

/// A complete answer with any status but a redirect.
///
/// `Debug` shows status and size, never the body: it can hold personal data.
#[derive(Clone)]
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    exchange: Exchange,
}

/// Why a body is not JSON text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotJson {
    /// No bytes, or white space only.
    #[error("an empty body instead of JSON")]
    Empty,

    /// A web page: a wrong base address, a login page, or a proxy's error page.
    #[error("an HTML page{} instead of JSON: is the address right, and is a proxy in between?", titled(.title.as_deref()))]
    Html {
        /// The page's title, where it has one.
        title: Option<String>,
    },

    /// Not UTF-8.
    #[error("bytes that are not UTF-8 text (from byte {at}) instead of JSON")]
    NotUtf8 {
        /// Offset of the first byte that does not fit.
        at: usize,
    },

    /// Some other kind of content.
    #[error("`{content_type}` instead of JSON")]
    Other {
        /// What the server calls it.
        content_type: String,
    },
}

fn titled(title: Option<&str>) -> String {
    title.map(|title| format!(" (“{title}”)")).unwrap_or_default()
}

/// Titles are shown to people; a longer one is not a title.
const MAX_TITLE_CHARS: usize = 80;

impl Response {
    /// An answer from its parts, for tests of code that takes one.
    #[must_use]
    pub fn new(status: StatusCode, headers: HeaderMap, body: Bytes, exchange: Exchange) -> Self {
        Self { status, headers, body, exchange }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers as received; `Content-Encoding` and `Content-Length` are gone where the body
    /// was decompressed.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The decompressed body.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The decompressed body, without a copy.
    #[must_use]
    pub fn into_body(self) -> Bytes {
        self.body
    }

    /// Which call this answers, and what it took.
    #[must_use]
    pub fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// The `Content-Type` header.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        content_type(&self.headers)
    }

    /// How long the server asks to wait before the next try (`Retry-After`, in seconds or as a
    /// date). A date is compared with the server's own clock where it sent one.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after(&self.headers, SystemTime::now())
    }

    /// Whether the body is a web page, by its type or its first characters.
    #[must_use]
    pub fn is_html(&self) -> bool {
        is_html(self.content_type(), &self.body)
    }

    /// The body as text that should be JSON, without a byte order mark.
    ///
    /// The `Content-Type` alone refuses nothing: what looks like JSON is handed over.
    ///
    /// # Errors
    ///
    /// [`NotJson`] says what the body is instead.
    ///
    /// # Examples
    ///
    /// ```
    /// use http_transport::{Exchange, NotJson, Response};
    /// use http_transport::http::{HeaderMap, Method, StatusCode};
    ///
    /// let page = Response::new(
    ///     StatusCode::OK,
    ///     HeaderMap::new(),
    ///     "<!DOCTYPE html><title>Go.Data</title>".into(),
    ///     Exchange::new(Method::GET, "/api/outbreaks"),
    /// );
    /// assert_eq!(page.json_text(), Err(NotJson::Html { title: Some("Go.Data".into()) }));
    /// ```
    pub fn json_text(&self) -> Result<&str, NotJson> {
        let body = self.body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&self.body);
        let Some(first) = body.iter().find(|byte| !byte.is_ascii_whitespace()) else {
            return Err(NotJson::Empty);
        };
        if self.is_html() {
            return Err(NotJson::Html { title: html_title(body) });
        }
        let text = std::str::from_utf8(body)
            .map_err(|error| NotJson::NotUtf8 { at: error.valid_up_to() })?;
        let looks_like_json = matches!(first, b'{' | b'[' | b'"' | b't' | b'f' | b'n' | b'-')
            || first.is_ascii_digit();
        match self.content_type() {
            Some(content_type) if !looks_like_json && !content_type.contains("json") => {
                Err(NotJson::Other { content_type: content_type.to_owned() })
            }
            _ => Ok(text),
        }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .field("exchange", &self.exchange)
            .finish_non_exhaustive()
    }
}

pub(crate) fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::CONTENT_TYPE)?.to_str().ok()
}

fn is_html(content_type: Option<&str>, body: &[u8]) -> bool {
    if content_type.is_some_and(|content_type| content_type.starts_with("text/html")) {
        return true;
    }
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body).trim_ascii_start();
    [b"<!doctype html".as_slice(), b"<html", b"<head", b"<body"]
        .iter()
        .any(|start| body.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start)))
}

fn html_title(body: &[u8]) -> Option<String> {
    let start = find_ignoring_case(body, b"<title")?;
    let rest = &body[start..];
    let text = &rest[rest.iter().position(|byte| *byte == b'>')? + 1..];
    let text = &text[..find_ignoring_case(text, b"</title")?];
    let title: String = String::from_utf8_lossy(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(MAX_TITLE_CHARS)
        .collect();
    (!title.is_empty()).then_some(title)
}

fn find_ignoring_case(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window.eq_ignore_ascii_case(wanted))
}

/// `now` stands in where the server sent no `Date`.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let server_now = date(headers).unwrap_or(now);
    let moment = httpdate::parse_http_date(text).ok()?;
    Some(moment.duration_since(server_now).unwrap_or_default())
}

fn date(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(header::DATE)?.to_str().ok()?).ok()
}

/// By how many seconds the clock that dated an answer is ahead of `now`.
pub(crate) fn clock_ahead(headers: &HeaderMap, now: SystemTime) -> Option<i64> {
    let seconds = |span: Duration| i64::try_from(span.as_secs()).ok();
    match date(headers)?.duration_since(now) {
        Ok(ahead) => seconds(ahead),
        Err(behind) => seconds(behind.duration()).map(|seconds| -seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(content_type: Option<&'static str>, body: &'static [u8]) -> Response {
        let mut headers = HeaderMap::new();
        if let Some(content_type) = content_type {
            headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static(content_type));
        }
        let exchange = Exchange::new(http::Method::GET, "/x");
        Response::new(StatusCode::OK, headers, Bytes::from_static(body), exchange)
    }

    #[test]
    fn json_is_known_by_its_look_whatever_the_server_calls_it() {
        for content_type in [None, Some("application/json"), Some("text/plain")] {
            for body in [&b"{}"[..], b" [1]", b"\xEF\xBB\xBF{\"a\":1}", b"\"x\"", b"-1", b"null"] {
                let text = answer(content_type, body);
                assert!(text.json_text().is_ok(), "{content_type:?} {body:?}");
                assert!(!text.json_text().unwrap().starts_with('\u{feff}'));
            }
        }
    }

    #[test]
    fn a_web_page_is_named_with_its_title() {
        let page = answer(None, b"\n<HTML><head><TITLE lang=en>\n 502 Bad\nGateway </TITLE>");
        assert_eq!(
            page.json_text().unwrap_err().to_string(),
            "an HTML page (“502 Bad Gateway”) instead of JSON: is the address right, and is a \
             proxy in between?"
        );
        let no_title = answer(Some("text/html; charset=utf-8"), b"down");
        assert_eq!(no_title.json_text(), Err(NotJson::Html { title: None }));
    }

    #[test]
    fn other_bodies_are_named_for_what_they_are() {
        assert_eq!(answer(None, b" \n").json_text(), Err(NotJson::Empty));
        assert_eq!(answer(None, b"{\"a\":\"\xff\"}").json_text(), Err(NotJson::NotUtf8 { at: 6 }));
        let csv = answer(Some("text/csv"), b"a,b");
        assert_eq!(csv.json_text(), Err(NotJson::Other { content_type: "text/csv".into() }));
    }

    #[test]
    fn debug_shows_no_body() {
        let debug = format!("{:?}", answer(None, b"{\"firstName\":\"Planted\"}"));
        assert!(!debug.contains("Planted"), "{debug}");
    }

    fn wait(retry_after_text: &'static str, date: Option<&'static str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, http::HeaderValue::from_static(retry_after_text));
        if let Some(date) = date {
            headers.insert(header::DATE, http::HeaderValue::from_static(date));
        }
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        retry_after(&headers, now)
    }

    #[test]
    fn the_servers_clock_is_compared_in_both_directions() {
        let ahead = |date: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(date) = date {
                headers.insert(header::DATE, http::HeaderValue::from_static(date));
            }
            let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
            clock_ahead(&headers, now)
        };
        assert_eq!(ahead(Some("Sun, 06 Nov 1994 08:50:07 GMT")), Some(30));
        assert_eq!(ahead(Some("Sun, 06 Nov 1994 07:49:37 GMT")), Some(-3600));
        assert_eq!(ahead(Some("yesterday")), None);
        assert_eq!(ahead(None), None);
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        assert_eq!(wait("120", None), Some(Duration::from_secs(120)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:50:07 GMT", None), Some(Duration::from_secs(30)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT", None), Some(Duration::ZERO));
        assert_eq!(wait("soon", None), None);
    }

    #[test]
    fn a_retry_after_date_is_measured_by_the_servers_clock() {
        let server_clock = Some("Sun, 06 Nov 1994 09:00:00 GMT");
        let asked = wait("Sun, 06 Nov 1994 09:00:05 GMT", server_clock);
        assert_eq!(asked, Some(Duration::from_secs(5)));
    }
}
