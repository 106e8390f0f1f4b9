//! What the transport does with real sockets: repetition, limits, redaction.

#![expect(clippy::unwrap_used, reason = "tests")]

mod broken_server;
mod limits;
mod redaction;
mod repetition;
mod wire;

use std::time::Duration;

use http_transport::{RetryPolicy, Transport, TransportBuilder};

/// Up to four tries with waits of a few milliseconds.
fn quick() -> RetryPolicy {
    RetryPolicy::default()
        .min_delay(Duration::from_millis(1))
        .max_delay(Duration::from_millis(2))
        .jitter_seed(1)
}

fn builder(base_url: &str) -> TransportBuilder {
    Transport::builder(base_url.parse().unwrap()).retry(quick())
}

fn transport(base_url: &str) -> Transport {
    builder(base_url).build().unwrap()
}
