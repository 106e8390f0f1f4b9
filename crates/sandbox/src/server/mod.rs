//! A small HTTP server for tests and the demo: it listens on a free port of this machine, can be
//! told to misbehave, and remembers every request.
//!
//! ```
//! use axum::{Router, routing::get};
//! use sandbox::server::Server;
//!
//! let server = Server::start(Router::new().route("/ping", get(|| async { "pong" })))?;
//! assert!(server.url().starts_with("http://127.0.0.1:"));
//! // The server stops when the handle is dropped.
//! # Ok::<(), std::io::Error>(())
//! ```

mod connection;
mod fault;
mod log;
mod run;

pub use connection::Connection;
pub use fault::{Fault, Faults, Gate, Rule};
pub use log::{LoggedRequest, RequestLog};
pub use run::{Server, compress};
