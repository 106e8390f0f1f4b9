//! Time as an argument: the service asks a clock, so that tests do not wait.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// What the service knows of time.
pub trait Clock {
    /// The moment now.
    fn now(&self) -> DateTime<Utc>;

    /// Returns when `moment` has come, at once if it has passed.
    fn sleep_until(&self, moment: DateTime<Utc>) -> impl Future<Output = ()>;
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// The longest uninterrupted sleep. A machine that was suspended, or whose clock was set, is noticed after it:
/// timers count running time, schedules count the time of day.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    async fn sleep_until(&self, moment: DateTime<Utc>) {
        // An `Err` is a negative length: the moment has passed.
        while let Ok(rest) = (moment - self.now()).to_std()
            && !rest.is_zero()
        {
            tokio::time::sleep(rest.min(LONGEST_SLEEP)).await;
        }
    }
}
