//! Why no usable answer came, and what was tried.

use std::{error::Error as StdError, fmt, io, time::Duration};

use http::{Method, StatusCode};

use crate::AddressError;

/// Why a transport could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The base address is not acceptable.
    #[error("the base address cannot be used")]
    Address(#[from] AddressError),

    /// The extra certificates, the system's certificate store or the proxy settings are unusable.
    #[error("TLS or the proxy could not be set up: {reason}")]
    Setup {
        /// The innermost reason.
        reason: String,
    },
}

/// One call: which, how often it was tried, and how long that took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    method: Method,
    path: String,
    tries: u32,
    elapsed: Duration,
}

impl Exchange {
    /// A call that has not been tried yet.
    #[must_use]
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), tries: 0, elapsed: Duration::ZERO }
    }

    pub(crate) fn after(mut self, tries: u32, elapsed: Duration) -> Self {
        self.tries = tries;
        self.elapsed = elapsed;
        self
    }

    /// The HTTP method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path below the base address: no query, hidden segments as `…`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// How often the request was sent, the last time included.
    #[must_use]
    pub fn tries(&self) -> u32 {
        self.tries
    }

    /// From the first try to the end of the last one, waits included.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

/// `GET /api/outbreaks (3 tries in 2.1 s)`.
impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.method, self.path, Effort(self))
    }
}

/// `3 tries in 2.1 s`.
struct Effort<'a>(&'a Exchange);

impl fmt::Display for Effort<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Exchange { tries, elapsed, .. } = self.0;
        let noun = if *tries == 1 { "try" } else { "tries" };
        write!(f, "{tries} {noun} in {}", Span(*elapsed))
    }
}

/// A duration for people: `250 ms`, `2.1 s`, `60 s`.
struct Span(Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < Duration::from_secs(1) {
            write!(f, "{} ms", self.0.as_millis())
        } else if self.0.subsec_millis() == 0 {
            write!(f, "{} s", self.0.as_secs())
        } else {
            write!(f, "{:.1} s", self.0.as_secs_f64())
        }
    }
}

/// No usable answer came.
///
/// `Display` names the call and the effort; the reason is in [`Error::kind`] and in `source()`.
#[derive(thiserror::Error)]
#[error("{} {} failed after {}", .0.exchange.method, .0.exchange.path, Effort(&.0.exchange))]
pub struct Error(#[source] Box<Failure>);

/// One word wide in results: the parts live behind this box.
#[derive(Debug)]
struct Failure {
    exchange: Exchange,
    kind: FailureKind,
}

// The box is the source only to reach the kind, so it shows as the kind.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl StdError for Failure {}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("exchange", &self.0.exchange)
            .field("kind", &self.0.kind)
            .finish()
    }
}

impl Error {
    pub(crate) fn new(exchange: Exchange, kind: FailureKind) -> Self {
        Self(Box::new(Failure { exchange, kind }))
    }

    /// The reason, for callers that branch on it.
    #[must_use]
    pub fn kind(&self) -> &FailureKind {
        &self.0.kind
    }

    /// Which call failed, and what was tried.
    #[must_use]
    pub fn exchange(&self) -> &Exchange {
        &self.0.exchange
    }

    /// Whether no connection was made: wrong host name, refused, untrusted certificate.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(self.kind(), FailureKind::Connect { .. } | FailureKind::Tls { .. })
    }

    /// Whether a time limit passed.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind(), FailureKind::Timeout { .. })
    }

    /// Whether the connection broke off on the way.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        matches!(self.kind(), FailureKind::Interrupted { .. })
    }

    /// Whether the server pointed elsewhere.
    #[must_use]
    pub fn is_redirect(&self) -> bool {
        matches!(self.kind(), FailureKind::Redirected { .. })
    }

    /// Whether the answer was larger than allowed.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        matches!(self.kind(), FailureKind::TooLarge { .. })
    }

    /// Whether the very same request may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.kind().is_transient()
    }
}

/// What happened to a request that got no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FailureKind {
    /// No connection was made, so the server saw nothing. Repeated.
    #[error("no connection to the server: {reason}")]
    Connect {
        /// The innermost reason.
        reason: String,
    },

    /// The server's certificate is not trusted, or no common TLS version exists. Not repeated.
    #[error(
        "no secure connection to the server: {reason} (a private certificate authority can be \
         added to the system's store or given as an extra root certificate)"
    )]
    Tls {
        /// The innermost reason.
        reason: String,
    },

    /// A time limit passed. Repeated if idempotent.
    #[error("no complete answer within {}", Span(*.limit))]
    Timeout {
        /// The limit of the last try.
        limit: Duration,
    },

    /// The connection broke off while the request or the answer was on the way. Repeated if
    /// idempotent.
    #[error("the connection broke off: {reason}")]
    Interrupted {
        /// The innermost reason.
        reason: String,
    },

    /// The compressed answer is damaged. Repeated if idempotent.
    #[error("the compressed answer is damaged: {reason}")]
    Decode {
        /// The innermost reason.
        reason: String,
    },

    /// The answer is larger than allowed. Not repeated.
    #[error("the answer is larger than the {limit_bytes} bytes allowed")]
    TooLarge {
        /// Bytes after decompression.
        limit_bytes: u64,
    },

    /// The server points to another address. Not followed: a redirect of an API call loses the
    /// method, the body or the login on the way, or leads to a login page.
    #[error(
        "the server redirects ({status}){}: is the base address complete, with https and the right path?",
        .location.as_deref().map(|to| format!(" to {to}")).unwrap_or_default()
    )]
    Redirected {
        /// The 3xx status.
        status: StatusCode,
        /// Where to, without query and user information.
        location: Option<String>,
    },

    /// The request itself could not be sent. Not repeated.
    #[error("the request cannot be sent: {reason}")]
    Request {
        /// The innermost reason.
        reason: String,
    },
}

impl FailureKind {
    /// Whether the very same request may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect { .. }
            | Self::Timeout { .. }
            | Self::Interrupted { .. }
            | Self::Decode { .. } => true,
            Self::Tls { .. }
            | Self::TooLarge { .. }
            | Self::Redirected { .. }
            | Self::Request { .. } => false,
        }
    }

    /// Whether it is certain that the server saw nothing of the request.
    pub(crate) fn is_before_sending(&self) -> bool {
        matches!(self, Self::Connect { .. })
    }

    /// Sorts a failure of the HTTP library by what happened to the request.
    pub(crate) fn from_reqwest(error: &reqwest::Error) -> Self {
        let reason = innermost_reason(error);
        if find_source::<rustls::Error>(error).is_some() {
            Self::Tls { reason }
        } else if error.is_connect() {
            Self::Connect { reason }
        } else if error.is_builder() || error.is_upgrade() {
            Self::Request { reason }
        } else if error.is_decode() && find_io_kind(error).is_none_or(is_decoder_complaint) {
            Self::Decode { reason }
        } else {
            // Everything else happened between sending and the last byte: reset, closed, cut.
            Self::Interrupted { reason }
        }
    }
}

/// The decompressor reports damage as an I/O error of one of these kinds.
fn is_decoder_complaint(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
}

fn find_io_kind(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    find_source::<io::Error>(error).map(io::Error::kind)
}

/// The first error of type `E` in the chain; looks into `io::Error`, whose `source` skips the
/// error that it wraps.
fn find_source<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

/// What the deepest error of the chain says. The outer ones repeat that a request failed.
pub(crate) fn innermost_reason(error: &(dyn StdError + 'static)) -> String {
    let mut deepest = error;
    loop {
        let inner = match deepest.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => deepest.source(),
        };
        match inner {
            Some(inner) => deepest = inner,
            None => return deepest.to_string(),
        }
    }
}
