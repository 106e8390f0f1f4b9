//! When and after which wait a request is repeated.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use http::StatusCode;

use crate::{FailureKind, Idempotence, Response};

/// What a client makes of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Hand it over.
    Final,
    /// It says "not now": repeat the request if that is safe.
    Retry,
}

/// 408, 429, 502, 503 and 504 ask for a repetition; anything else is an answer.
///
/// 500 does not: both servers send it for requests that will never succeed.
pub(crate) fn default_verdict(response: &Response) -> Verdict {
    match response.status() {
        StatusCode::REQUEST_TIMEOUT
        | StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Verdict::Retry,
        _ => Verdict::Final,
    }
}

/// How often, how long and how patiently a request is repeated.
///
/// ```
/// use std::time::Duration;
/// use http_transport::RetryPolicy;
///
/// let patient = RetryPolicy::default().max_tries(8).deadline(Duration::from_secs(900));
/// assert_eq!(RetryPolicy::never().delays().count(), 0);
/// assert_eq!(patient.delays().count(), 7);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    max_tries: u32,
    deadline: Duration,
    min_delay: Duration,
    max_delay: Duration,
    jitter_seed: Option<u64>,
}

/// Four tries within five minutes; waits of 0.5–1 s, 1–2 s, 2–4 s.
impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_tries: 4,
            deadline: Duration::from_secs(300),
            min_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(30),
            jitter_seed: None,
        }
    }
}

impl RetryPolicy {
    /// One try, no repetition; the deadline stays.
    #[must_use]
    pub fn never() -> Self {
        Self::default().max_tries(1)
    }

    /// How often a request is sent at most, the first time included. 0 counts as 1. Default: 4.
    #[must_use]
    pub fn max_tries(mut self, max_tries: u32) -> Self {
        self.max_tries = max_tries.max(1);
        self
    }

    /// Longest time from the first try to the end of the last, waits included. Default: 300 s.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Shortest wait before the second try; it doubles from try to try. Default: 500 ms.
    #[must_use]
    pub fn min_delay(mut self, delay: Duration) -> Self {
        self.min_delay = delay;
        self
    }

    /// Where the doubling ends. Jitter can add as much again. Default: 30 s.
    #[must_use]
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Makes the jitter repeatable. For tests: equal seeds give equal waits.
    #[must_use]
    pub fn jitter_seed(mut self, seed: u64) -> Self {
        self.jitter_seed = Some(seed);
        self
    }

    /// The waits before the second, third, … try. Each lies between the exponential delay and
    /// twice that.
    pub fn delays(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        // backon without `std` would use one fixed seed, so that all clients wait in step.
        let seed = self.jitter_seed.unwrap_or_else(|| RandomState::new().hash_one(self.max_tries));
        ExponentialBuilder::new()
            .with_jitter()
            .with_jitter_seed(seed)
            .with_min_delay(self.min_delay)
            .with_max_delay(self.max_delay)
            .without_max_times()
            .build()
            .take(self.max_tries.saturating_sub(1) as usize)
    }

    pub(crate) fn total(&self) -> Duration {
        self.deadline
    }
}

/// Whether a request of this kind may be sent again after this failure.
pub(crate) fn may_repeat_after_failure(idempotence: Idempotence, failure: &FailureKind) -> bool {
    match idempotence {
        Idempotence::Idempotent => failure.is_transient(),
        Idempotence::Once => failure.is_before_sending(),
    }
}

/// Whether a request of this kind may be sent again after an answer with [`Verdict::Retry`].
pub(crate) fn may_repeat_after_answer(idempotence: Idempotence, status: StatusCode) -> bool {
    idempotence == Idempotence::Idempotent || status == StatusCode::TOO_MANY_REQUESTS
}

/// Tokens that repetitions cost and successes earn, shared by all clones of a transport.
///
/// One request in trouble has plenty; when *most* requests fail, the budget empties and requests
/// fail at once, so that many pages in flight do not become a storm of repetitions. The numbers are
/// those of the AWS clients (smithy-rs, `retries/strategy/standard.rs`).
#[derive(Debug)]
pub(crate) struct RetryBudget {
    tokens: AtomicU32,
}

impl RetryBudget {
    const CAPACITY: u32 = 500;
    const COST: u32 = 5;
    const COST_AFTER_TIMEOUT: u32 = 10;
    const EARNED_BY_SUCCESS: u32 = 1;

    pub(crate) fn full() -> Self {
        Self { tokens: AtomicU32::new(Self::CAPACITY) }
    }

    /// Pays for one repetition; `None` when the budget is spent. The payment comes back with a
    /// success.
    pub(crate) fn pay(&self, after_timeout: bool) -> Option<u32> {
        let cost = if after_timeout { Self::COST_AFTER_TIMEOUT } else { Self::COST };
        self.tokens
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |tokens| tokens.checked_sub(cost))
            .ok()
            .map(|_| cost)
    }

    /// Returns what the last repetition of a successful request had cost.
    pub(crate) fn earn(&self, paid: u32) {
        let earned = paid.max(Self::EARNED_BY_SUCCESS);
        // The closure never declines, so this cannot fail.
        let _ = self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |tokens| {
            Some((tokens + earned).min(Self::CAPACITY))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_and_stop_at_the_limit() {
        let policy = RetryPolicy::default()
            .max_tries(7)
            .min_delay(Duration::from_millis(100))
            .max_delay(Duration::from_millis(800));
        for seed in 0..100 {
            let bounds = [100, 200, 400, 800, 800, 800].map(Duration::from_millis);
            let delays: Vec<_> = policy.jitter_seed(seed).delays().collect();
            assert_eq!(delays.len(), bounds.len());
            for (delay, bound) in delays.iter().zip(bounds) {
                assert!(
                    (bound..=2 * bound).contains(delay),
                    "seed {seed}: {delay:?} for {bound:?}"
                );
            }
        }
    }

    #[test]
    fn equal_seeds_give_equal_waits_and_other_seeds_other_ones() {
        let waits = |seed| RetryPolicy::default().jitter_seed(seed).delays().collect::<Vec<_>>();
        assert_eq!(waits(7), waits(7));
        assert_ne!(waits(7), waits(8));
    }

    #[test]
    fn unseeded_clients_do_not_wait_in_step() {
        let waits = || RetryPolicy::default().delays().collect::<Vec<_>>();
        assert_ne!(waits(), waits());
    }

    #[test]
    fn a_spent_budget_stops_repetitions_until_something_succeeds() {
        let budget = RetryBudget::full();
        let n_paid = std::iter::from_fn(|| budget.pay(false)).count();
        assert_eq!(n_paid, 100);
        assert_eq!(budget.pay(false), None);
        for _ in 0..RetryBudget::COST {
            budget.earn(0);
        }
        assert_eq!(budget.pay(false), Some(RetryBudget::COST));
    }

    #[test]
    fn a_budget_never_grows_beyond_full() {
        let budget = RetryBudget::full();
        budget.earn(10);
        assert_eq!(std::iter::from_fn(|| budget.pay(true)).count(), 50);
    }
}
