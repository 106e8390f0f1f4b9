//! An answer read in pieces.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;

use crate::{Error, Exchange, FailureKind, Response, body::LimitedBody, response};

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
    Live(Box<LimitedBody>),
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
