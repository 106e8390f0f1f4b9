//! How much went over the wire.

use std::{
    ops::{Add, Sub},
    sync::atomic::{AtomicU64, Ordering},
};

/// What went between a transport and its server since the transport was made: bodies only, without
/// heads and TLS. Every try counts, also one that failed on the way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests that were begun.
    pub n_requests: u64,
    /// Bytes of the requests' bodies as they were sent, compressed or not.
    pub n_bytes_sent: u64,
    /// Bytes of the answers' bodies as they came, compressed or not.
    pub n_bytes_received: u64,
    /// The same bytes after decompression.
    pub n_bytes_unpacked: u64,
}

impl Add for Traffic {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            n_requests: self.n_requests + other.n_requests,
            n_bytes_sent: self.n_bytes_sent + other.n_bytes_sent,
            n_bytes_received: self.n_bytes_received + other.n_bytes_received,
            n_bytes_unpacked: self.n_bytes_unpacked + other.n_bytes_unpacked,
        }
    }
}

/// What came about between two looks, the earlier one on the right.
impl Sub for Traffic {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            n_requests: self.n_requests.saturating_sub(earlier.n_requests),
            n_bytes_sent: self.n_bytes_sent.saturating_sub(earlier.n_bytes_sent),
            n_bytes_received: self.n_bytes_received.saturating_sub(earlier.n_bytes_received),
            n_bytes_unpacked: self.n_bytes_unpacked.saturating_sub(earlier.n_bytes_unpacked),
        }
    }
}

/// Counts while requests are under way. The numbers do not depend on each other, so no order is
/// asked for among them.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    requests: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
    unpacked: AtomicU64,
}

impl Meter {
    pub(crate) fn request(&self, n_body_bytes: usize) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.sent.fetch_add(n_body_bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn received(&self, n_bytes: usize) {
        self.received.fetch_add(n_bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn unpacked(&self, n_bytes: usize) {
        self.unpacked.fetch_add(n_bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Traffic {
        Traffic {
            n_requests: self.requests.load(Ordering::Relaxed),
            n_bytes_sent: self.sent.load(Ordering::Relaxed),
            n_bytes_received: self.received.load(Ordering::Relaxed),
            n_bytes_unpacked: self.unpacked.load(Ordering::Relaxed),
        }
    }
}
