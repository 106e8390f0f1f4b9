//! A request as a value, made without I/O.

use std::{fmt, io::Write as _, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

/// Whether a request may be sent again when it is unknown how far the first one got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Idempotence {
    /// Sending it twice has the effect of sending it once.
    Idempotent,
    /// It must take effect at most once; it is repeated only when the server certainly did not act.
    Once,
}

/// A secret that cannot travel in a header: it holds a line break or another control character.
///
/// A password file that ends in an empty line is the usual cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the secret holds a line break or another control character, which no HTTP header can carry: \
     check the end of the file or variable that it comes from"
)]
pub struct BadHeader;

/// One request, independent of the server's address.
///
/// `Debug` and [`Request::path`] show no query, header value, body or hidden segment.
#[derive(Clone)]
pub struct Request {
    method: Method,
    segments: Vec<Segment>,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    basic_auth: Option<(String, SecretString)>,
    body: Option<Bytes>,
    idempotence: Idempotence,
    timeout: Option<Duration>,
    response_limit: Option<u64>,
}

#[derive(Clone)]
enum Segment {
    Shown(String),
    Hidden(String),
}

impl Segment {
    fn text(&self) -> &str {
        match self {
            Self::Shown(text) | Self::Hidden(text) => text,
        }
    }

    fn shown(&self) -> &str {
        match self {
            Self::Shown(text) => text,
            Self::Hidden(_) => "…",
        }
    }
}

impl Request {
    /// A request with any method. POST and PATCH start as [`Idempotence::Once`], others as
    /// [`Idempotence::Idempotent`].
    ///
    /// Each item of `segments` becomes one percent-encoded path segment below the base address, so
    /// an item may hold any text, slashes included.
    pub fn new<I>(method: Method, segments: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let idempotence = if method == Method::POST || method == Method::PATCH {
            Idempotence::Once
        } else {
            Idempotence::Idempotent
        };
        Self {
            method,
            segments: segments
                .into_iter()
                .map(|segment| Segment::Shown(segment.as_ref().to_owned()))
                .collect(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            basic_auth: None,
            body: None,
            idempotence,
            timeout: None,
            response_limit: None,
        }
    }

    /// A GET of the path made of `segments`.
    pub fn get<I>(segments: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        Self::new(Method::GET, segments)
    }

    /// A POST to the path made of `segments`. Sent [once](Self::once) unless stated otherwise.
    pub fn post<I>(segments: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        Self::new(Method::POST, segments)
    }

    /// A PUT to the path made of `segments`.
    pub fn put<I>(segments: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        Self::new(Method::PUT, segments)
    }

    /// A PATCH of the path made of `segments`. Sent [once](Self::once) unless stated otherwise.
    pub fn patch<I>(segments: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        Self::new(Method::PATCH, segments)
    }

    /// A DELETE of the path made of `segments`.
    pub fn delete<I>(segments: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        Self::new(Method::DELETE, segments)
    }

    /// Appends a path segment.
    #[must_use]
    pub fn segment(mut self, segment: impl Into<String>) -> Self {
        self.segments.push(Segment::Shown(segment.into()));
        self
    }

    /// Appends a path segment that errors and logs show as `…`, such as a person's record id.
    #[must_use]
    pub fn hidden_segment(mut self, segment: impl Into<String>) -> Self {
        self.segments.push(Segment::Hidden(segment.into()));
        self
    }

    /// Appends a query parameter. The same name may be given several times.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Sets a header that is no secret.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sets a header whose value is a secret: it is marked so for every layer below.
    ///
    /// # Errors
    ///
    /// [`BadHeader`] if the secret holds a control character.
    pub fn secret_header(
        mut self,
        name: HeaderName,
        value: &SecretString,
    ) -> Result<Self, BadHeader> {
        let mut value = HeaderValue::from_str(value.expose_secret()).map_err(|_| BadHeader)?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(self)
    }

    /// Authenticates this request with a user name and password (`Authorization: Basic`).
    #[must_use]
    pub fn basic_auth(mut self, user: impl Into<String>, password: SecretString) -> Self {
        self.basic_auth = Some((user.into(), password));
        self
    }

    /// Sets the body and its `Content-Type`.
    #[must_use]
    pub fn body(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.headers.remove(header::CONTENT_ENCODING);
        self.body = Some(body.into());
        self
    }

    /// Compresses the body set so far and says so (`Content-Encoding: gzip`).
    ///
    /// A request without a body, or with one that is compressed already, stays as it is.
    #[must_use]
    pub fn gzip(mut self) -> Self {
        if let Some(body) = &self.body
            && !self.headers.contains_key(header::CONTENT_ENCODING)
        {
            let mut encoder = flate2::write::GzEncoder::new(
                Vec::with_capacity(body.len() / 4),
                flate2::Compression::default(),
            );
            // Writing into a `Vec` cannot fail; were it to, the plain body is as good.
            if encoder.write_all(body).is_ok()
                && let Ok(compressed) = encoder.finish()
            {
                self.body = Some(compressed.into());
                self.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
        }
        self
    }

    /// States that sending this request twice has the effect of sending it once.
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        self.idempotence = Idempotence::Idempotent;
        self
    }

    /// States that this request must take effect at most once.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.idempotence = Idempotence::Once;
        self
    }

    /// Longest wait for one try of this request, in place of the transport's.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Largest answer to this request in bytes after decompression, in place of the transport's.
    #[must_use]
    pub fn response_limit(mut self, limit_bytes: u64) -> Self {
        self.response_limit = Some(limit_bytes);
        self
    }

    /// The HTTP method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path below the base address as errors show it: no query, hidden segments as `…`.
    #[must_use]
    pub fn path(&self) -> String {
        self.segments.iter().fold(String::new(), |mut path, segment| {
            path.push('/');
            path.push_str(segment.shown());
            path
        })
    }

    /// The complete address of this request below `base`. It holds the query: keep it out of logs.
    #[must_use]
    pub fn url(&self, base: &Url) -> Url {
        let mut url = base.clone();
        // Only addresses like `mailto:` have no path segments; `address::check` lets none through.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(self.segments.iter().map(Segment::text));
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url
    }

    /// The query parameters, not yet encoded.
    #[must_use]
    pub fn query_pairs(&self) -> &[(String, String)] {
        &self.query
    }

    /// The headers of this request. Secret values are marked sensitive.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body as it will be sent, compressed if [`gzip`](Self::gzip) was called.
    #[must_use]
    pub fn content(&self) -> Option<&Bytes> {
        self.body.as_ref()
    }

    /// Whether this request may be repeated when it is unknown how far it got.
    #[must_use]
    pub fn idempotence(&self) -> Idempotence {
        self.idempotence
    }

    pub(crate) fn own_timeout(&self) -> Option<Duration> {
        self.timeout
    }

    pub(crate) fn own_response_limit(&self) -> Option<u64> {
        self.response_limit
    }

    /// The same request for the HTTP library.
    pub(crate) fn to_reqwest(
        &self,
        http: &reqwest::Client,
        base: &Url,
    ) -> reqwest::Result<reqwest::Request> {
        let mut request =
            http.request(self.method.clone(), self.url(base)).headers(self.headers.clone());
        if !self.headers.contains_key(header::ACCEPT_ENCODING) {
            request = request.header(header::ACCEPT_ENCODING, "gzip");
        }
        if let Some((user, password)) = &self.basic_auth {
            request = request.basic_auth(user, Some(password.expose_secret()));
        }
        if let Some(body) = &self.body {
            request = request.body(body.clone());
        }
        request.build()
    }
}

/// Shows which request this is, and nothing that it carries.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path())
            .field("query", &self.query.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body_bytes", &self.body.as_ref().map(Bytes::len))
            .field("idempotence", &self.idempotence)
            .finish_non_exhaustive()
    }
}
