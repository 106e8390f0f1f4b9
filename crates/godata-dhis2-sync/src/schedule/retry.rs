//! When a run that failed is tried again.

use std::time::Duration;

use crate::Exit;
use crate::config::Span;

/// Doubling waits between tries, inside a stated time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    within: Duration,
}

const FIRST_WAIT: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(30 * 60);

impl Retry {
    /// Tries again for so long after the first try began.
    #[must_use]
    pub fn within(span: Span) -> Self {
        Self { within: span.duration() }
    }

    /// How long to wait after the `n_tries`-th try, `elapsed` after the first one began; `None` to give up.
    ///
    /// Only what may pass by itself is tried again: a server that cannot be reached, and a target that another run
    /// works on. A wrong configuration, a guard and refused values wait for a person.
    #[must_use]
    pub fn wait(self, exit: Exit, n_tries: u32, elapsed: Duration) -> Option<Duration> {
        if !matches!(exit, Exit::Server | Exit::Busy) {
            return None;
        }
        let doublings = n_tries.saturating_sub(1).min(8);
        let wait = (FIRST_WAIT * 2_u32.pow(doublings)).min(LONGEST_WAIT);
        (elapsed + wait <= self.within).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_half_an_hour_and_end_with_the_stated_time() {
        let retry = Retry::within("2 h".parse().unwrap());
        let mut elapsed = Duration::ZERO;
        let mut minutes = Vec::new();
        for n in 1.. {
            let Some(wait) = retry.wait(Exit::Server, n, elapsed) else { break };
            minutes.push(wait.as_secs() / 60);
            elapsed += wait;
        }
        assert_eq!(minutes, [1, 2, 4, 8, 16, 30, 30]);
        assert!(elapsed <= Duration::from_secs(7200));
    }

    #[test]
    fn what_needs_a_person_is_not_tried_again() {
        let retry = Retry::within("2 h".parse().unwrap());
        for exit in
            [Exit::Done, Exit::Bug, Exit::Usage, Exit::SomeRefused, Exit::Guard, Exit::Stopped]
        {
            assert_eq!(retry.wait(exit, 1, Duration::ZERO), None, "{exit:?}");
        }
        assert!(retry.wait(Exit::Busy, 1, Duration::ZERO).is_some());
    }
}
