//! What was asked of a server.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use url::form_urlencoded;

/// One request and what it was answered with.
#[derive(Clone)]
pub struct LoggedRequest {
    /// The method.
    pub method: Method,
    /// The path, still percent-encoded, without the query.
    pub path: String,
    /// The query as it was sent, without the question mark; empty where there was none.
    pub query: String,
    /// The request's headers.
    pub headers: HeaderMap,
    /// The request's body.
    pub body: Bytes,
    /// The status answered; `None` where the connection was cut instead.
    pub status: Option<u16>,
    /// Bytes of the answer's body, as sent (compressed or not).
    pub n_bytes_answered: u64,
}

impl LoggedRequest {
    /// The decoded value of a query parameter: the first one of that name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// Shows no query, header or body: they hold tokens and conditions.
impl fmt::Debug for LoggedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} -> ", self.method, self.path)?;
        match self.status {
            Some(status) => write!(f, "{status}, {} bytes", self.n_bytes_answered),
            None => f.write_str("cut"),
        }
    }
}

/// All requests since the start, or since [`RequestLog::clear`], in the order of arrival.
#[derive(Debug, Clone, Default)]
pub struct RequestLog {
    entries: Arc<Mutex<Vec<LoggedRequest>>>,
}

impl RequestLog {
    /// A copy of the log.
    #[must_use]
    pub fn entries(&self) -> Vec<LoggedRequest> {
        self.lock().clone()
    }

    /// How many requests there were.
    #[must_use]
    pub fn n_requests(&self) -> usize {
        self.lock().len()
    }

    /// How many requests had this method and a path that ends like this.
    #[must_use]
    pub fn count(&self, method: &Method, path_end: &str) -> usize {
        self.lock().iter().filter(|e| e.method == *method && e.path.ends_with(path_end)).count()
    }

    /// Bytes of all answers' bodies, as sent.
    #[must_use]
    pub fn n_bytes_answered(&self) -> u64 {
        self.lock().iter().map(|e| e.n_bytes_answered).sum()
    }

    /// Forgets the requests so far.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// Enters a request; gives its place, for [`RequestLog::answered`].
    pub(super) fn enter(&self, request: LoggedRequest) -> usize {
        let mut entries = self.lock();
        entries.push(request);
        entries.len() - 1
    }

    /// Completes an entry. It may be gone: a test may have cleared the log meanwhile.
    pub(super) fn answered(&self, at: usize, status: Option<u16>, n_bytes: u64) {
        if let Some(entry) = self.lock().get_mut(at) {
            entry.status = status;
            entry.n_bytes_answered = n_bytes;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<LoggedRequest>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
