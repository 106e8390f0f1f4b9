//! Iteration over periods.

use std::iter::FusedIterator;

use super::Period;

/// Consecutive periods, from the first to the last. Made by [`Period::through`] and
/// [`PeriodType::range`](super::PeriodType::range).
#[derive(Debug, Clone)]
pub struct PeriodRange {
    next: Option<Period>,
    last: Period,
}

impl PeriodRange {
    pub(super) fn new(first: Period, last: Period) -> Self {
        Self { next: (first <= last).then_some(first), last }
    }

    pub(super) fn empty(at: Period) -> Self {
        Self { next: None, last: at }
    }
}

impl Iterator for PeriodRange {
    type Item = Period;

    fn next(&mut self) -> Option<Period> {
        let period = self.next?;
        let following = period.next();
        // `following > period` ends the iteration at the end of the calendar.
        self.next = (following <= self.last && following > period).then_some(following);
        Some(period)
    }
}

impl FusedIterator for PeriodRange {}
