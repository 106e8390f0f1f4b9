//! What the Go.Data and the DHIS2 client share: sending one HTTP request well.
//!
//! A [`Request`] is a pure value: method, path segments, query, headers, body, and whether it may
//! be repeated. A [`Transport`] sends it to one base address with time limits, repeats it where
//! that is safe, never follows a redirect, and refuses an answer that is larger than allowed. This
//! crate knows neither server: what a status *means* is the client's business, and any final answer
//! but a redirect is handed over as it came.
//!
//! ```
//! use http_transport::{Request, Transport};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let transport = Transport::builder("https://dhis2.example.org/app".parse()?)
//!     .user_agent("demo/1.0")
//!     .build()?;
//! let request = Request::get(["api", "dataSets", "kIfMNugiTgd"]).query("fields", "id,name");
//!
//! let url = request.url(transport.base_url());
//! assert_eq!(url.path(), "/app/api/dataSets/kIfMNugiTgd");
//! assert_eq!(url.query(), Some("fields=id%2Cname"));
//! # Ok(())
//! # }
//! ```
//!
//! # What is repeated
//!
//! | | idempotent (GET, HEAD, PUT, DELETE, or [`Request::idempotent`]) | [`Request::once`] (POST, PATCH) |
//! |---|---|---|
//! | no connection was made | yes | yes: the server saw nothing |
//! | status 429 | yes | yes: turned away before it was acted upon |
//! | time limit, cut connection, broken gzip | yes | no: it may have been acted upon |
//! | [`Verdict::Retry`] (default: 408, 429, 502, 503, 504) | yes | no |
//! | untrusted certificate, redirect, answer too large | no | no |
//!
//! Delays grow exponentially with jitter; `Retry-After` lengthens them. Repeating ends at a number
//! of tries, at a deadline, or when the retry budget that all clones of a transport share is spent
//! (a server in trouble is not helped by everybody asking three times).
//!
//! # What never appears in an error, a log line or `Debug`
//!
//! Queries, header values, bodies, the host's user information, and path segments marked with
//! [`Request::hidden_segment`].
//!
//! # TLS
//!
//! rustls with the ring provider and the platform's certificate store. ring needs nothing but a C
//! compiler to build. If the process has not chosen a provider yet, [`TransportBuilder::build`]
//! makes ring the process default.

mod address;
mod body;
mod download;
mod error;
mod request;
mod response;
mod retry;
mod traffic;
mod transport;

pub use http;
pub use url;

pub use crate::{
    address::AddressError,
    download::Download,
    error::{BuildError, Error, Exchange, FailureKind},
    request::{BadHeader, Idempotence, Request},
    response::{NotJson, Response},
    retry::{RetryPolicy, Verdict},
    traffic::Traffic,
    transport::{Transport, TransportBuilder},
};
