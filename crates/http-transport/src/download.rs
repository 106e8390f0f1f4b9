//! An answer read in pieces.

use std::{fmt, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use tokio::time::{Instant, timeout};

use crate::{Error, Exchange, FailureKind, Response, response};

/// An answer whose body is read piece by piece, so that its size costs no memory.
///
/// Dropping it closes the connection. Nothing is repeated once the head has arrived: a half-read
/// body cannot be resumed.
pub struct Download {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) exchange: Exchange,
    pub(crate) started: Instant,
    pub(crate) body: Body,
}

pub(crate) enum Body {
    /// Read from the connection as asked for.
    Live(LimitedBody),
    /// Read already, since it explains a failure; given out once.
    Read(Bytes),
}

impl Download {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers as received.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The `Content-Type` header.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        response::content_type(&self.headers)
    }

    /// Which call this answers, and what it took until the head was there.
    #[must_use]
    pub fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// The next piece of the decompressed body; `None` at its end.
    ///
    /// # Errors
    ///
    /// [`FailureKind::Interrupted`], [`FailureKind::Decode`], [`FailureKind::TooLarge`], or
    /// [`FailureKind::Timeout`] when nothing came for as long as one request may take.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        match &mut self.body {
            Body::Live(body) => {
                body.chunk().await.map_err(|kind| failed(&self.exchange, self.started, kind))
            }
            Body::Read(bytes) => Ok(Some(std::mem::take(bytes)).filter(|bytes| !bytes.is_empty())),
        }
    }

    /// Reads the rest into memory.
    ///
    /// # Errors
    ///
    /// As [`chunk`](Self::chunk).
    pub async fn buffer(self) -> Result<Response, Error> {
        let body = match self.body {
            Body::Live(body) => {
                body.read_all().await.map_err(|kind| failed(&self.exchange, self.started, kind))?
            }
            Body::Read(bytes) => bytes,
        };
        let exchange = self.exchange.clone().after(self.exchange.tries(), self.started.elapsed());
        Ok(Response::new(self.status, self.headers, body, exchange))
    }
}

fn failed(exchange: &Exchange, started: Instant, kind: FailureKind) -> Error {
    Error::new(exchange.clone().after(exchange.tries(), started.elapsed()), kind)
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("status", &self.status)
            .field("exchange", &self.exchange)
            .finish_non_exhaustive()
    }
}

/// A body on the wire that may not become larger than a limit, nor fall silent.
pub(crate) struct LimitedBody {
    response: reqwest::Response,
    limit_bytes: u64,
    n_bytes: u64,
    longest_silence: Duration,
}

impl LimitedBody {
    pub(crate) fn new(
        response: reqwest::Response,
        limit_bytes: u64,
        longest_silence: Duration,
    ) -> Self {
        Self { response, limit_bytes, n_bytes: 0, longest_silence }
    }

    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, FailureKind> {
        let too_large = FailureKind::TooLarge { limit_bytes: self.limit_bytes };
        if self.n_bytes == 0 && self.response.content_length() > Some(self.limit_bytes) {
            return Err(too_large);
        }
        let chunk = timeout(self.longest_silence, self.response.chunk())
            .await
            .map_err(|_| FailureKind::Timeout { limit: self.longest_silence })?
            .map_err(|error| FailureKind::from_reqwest(&error))?;
        if let Some(chunk) = &chunk {
            self.n_bytes += chunk.len() as u64;
            if self.n_bytes > self.limit_bytes {
                return Err(too_large);
            }
        }
        Ok(chunk)
    }

    pub(crate) async fn read_all(mut self) -> Result<Bytes, FailureKind> {
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        let Some(second) = self.chunk().await? else { return Ok(first) };
        let mut body = BytesMut::from(first);
        body.extend_from_slice(&second);
        while let Some(chunk) = self.chunk().await? {
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}
