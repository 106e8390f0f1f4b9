//! The server's clock, moved by tests.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

/// The time a server believes it is: the machine's time, plus what a test has added.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    ahead_millis: Arc<AtomicI64>,
}

impl Clock {
    /// The server's time.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let ahead = TimeDelta::milliseconds(self.ahead_millis.load(Ordering::SeqCst));
        let now = Utc::now();
        now.checked_add_signed(ahead).unwrap_or(now)
    }

    /// Lets time pass at once.
    pub fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.ahead_millis.fetch_add(millis, Ordering::SeqCst);
    }

    /// Sets the server's time. It runs on from there.
    pub fn set(&self, now: DateTime<Utc>) {
        let ahead = now.signed_duration_since(Utc::now()).num_milliseconds();
        self.ahead_millis.store(ahead, Ordering::SeqCst);
    }

    pub(super) fn millis(&self) -> i64 {
        self.now().timestamp_millis()
    }
}
