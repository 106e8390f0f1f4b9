//! The server's clock.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// What time the sandbox's DHIS2 thinks it is, in UTC.
///
/// Locks, open periods, token lives and the job scheduler follow it. Clones tell the same time.
///
/// ```
/// use std::time::Duration;
/// use sandbox::dhis2::Clock;
///
/// let clock = Clock::frozen("2021-03-01T08:00:00Z");
/// clock.advance(Duration::from_secs(3600));
/// assert_eq!(clock.now().to_rfc3339(), "2021-03-01T09:00:00+00:00");
/// ```
#[derive(Clone)]
pub struct Clock(Arc<Mutex<Hands>>);

struct Hands {
    base: DateTime<Utc>,
    since: Instant,
    factor: f64,
}

impl Clock {
    /// Runs in real time from this moment (RFC 3339).
    ///
    /// # Panics
    ///
    /// Where the text is no moment.
    #[must_use]
    pub fn at(moment: &str) -> Self {
        Self::scaled(moment, 1.0)
    }

    /// Stands still until [`advance`](Self::advance).
    ///
    /// # Panics
    ///
    /// Where the text is no moment.
    #[must_use]
    pub fn frozen(moment: &str) -> Self {
        Self::scaled(moment, 0.0)
    }

    /// Runs `factor` times as fast as real time: at 100, a job that waits for the 20 second
    /// scheduler starts after 0.2 seconds.
    ///
    /// # Panics
    ///
    /// Where the text is no moment.
    #[must_use]
    pub fn scaled(moment: &str, factor: f64) -> Self {
        let base = DateTime::parse_from_rfc3339(moment)
            .unwrap_or_else(|error| panic!("a moment like 2021-03-01T08:00:00Z: {error}"))
            .with_timezone(&Utc);
        Self(Arc::new(Mutex::new(Hands { base, since: Instant::now(), factor })))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let hands = self.hands();
        let run = hands.since.elapsed().mul_f64(hands.factor);
        hands.base + TimeDelta::from_std(run).unwrap_or(TimeDelta::MAX)
    }

    /// Puts the hands forward.
    pub fn advance(&self, by: Duration) {
        let mut hands = self.hands();
        hands.base += TimeDelta::from_std(by).unwrap_or(TimeDelta::MAX);
    }

    pub(crate) fn today(&self) -> NaiveDate {
        self.now().date_naive()
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now().to_rfc3339())
    }
}
