//! The consecutive periods of one run.

use chrono::NaiveDate;

use crate::day::{DayNumber, day_number};

/// One period: its identifier in the target system and its first and last day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodSpan {
    /// Such as `2020W30`. The core never looks into it.
    pub id: String,
    /// The first day that belongs to the period.
    pub first_day: NaiveDate,
    /// The last day that belongs to the period.
    pub last_day: NaiveDate,
}

/// Why periods do not make a timeline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimelineError {
    /// There is no period.
    #[error("a timeline needs at least one period")]
    Empty,
    /// A period ends before it begins.
    #[error("period {id} ends before it begins")]
    Backwards {
        /// The period.
        id: String,
    },
    /// Two periods overlap or leave days between them.
    #[error("period {next} does not begin on the day after period {id} ends")]
    NotConsecutive {
        /// The earlier period.
        id: String,
        /// The later one.
        next: String,
    },
    /// More periods than a run can hold, or more days.
    #[error("{n} periods are too many for one timeline (at most 60000, and 200 years)")]
    TooLong {
        /// How many there are.
        n: usize,
    },
}

/// Where a day is on a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Before,
    /// In the period of this index.
    In(u16),
    After,
}

/// Consecutive periods, the first to the last, without gaps.
///
/// # Examples
///
/// ```
/// use indicators::{PeriodSpan, Timeline};
///
/// let day = |text: &str| text.parse().expect("a day");
/// let timeline = Timeline::new(vec![
///     PeriodSpan { id: "2020W30".into(), first_day: day("2020-07-20"), last_day: day("2020-07-26") },
///     PeriodSpan { id: "2020W31".into(), first_day: day("2020-07-27"), last_day: day("2020-08-02") },
/// ])?;
/// assert_eq!(timeline.period_of(day("2020-07-26")), Some("2020W30"));
/// assert_eq!(timeline.period_of(day("2020-08-03")), None);
/// # Ok::<(), indicators::TimelineError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    periods: Vec<PeriodSpan>,
    first: DayNumber,
    /// For each day from the first, the index of its period.
    by_day: Vec<u16>,
    /// The last day of each period.
    last_days: Vec<DayNumber>,
}

impl Timeline {
    /// Makes a timeline of periods in their order.
    ///
    /// # Errors
    ///
    /// When there is none, one ends before it begins, two do not follow each other day by day, or
    /// they are more than 60,000 or span more than 200 years.
    pub fn new(periods: Vec<PeriodSpan>) -> Result<Self, TimelineError> {
        let first = day_number(periods.first().ok_or(TimelineError::Empty)?.first_day);
        let n = periods.len();
        let mut by_day = Vec::new();
        let mut last_days = Vec::with_capacity(n);
        for (index, period) in periods.iter().enumerate() {
            if let Some(next) = periods.get(index + 1)
                && period.last_day.succ_opt() != Some(next.first_day)
            {
                let (id, next) = (period.id.clone(), next.id.clone());
                return Err(TimelineError::NotConsecutive { id, next });
            }
            let index = u16::try_from(index).ok().filter(|index| *index < 60_000);
            let index = index.ok_or(TimelineError::TooLong { n })?;
            let n_days = (period.last_day - period.first_day).num_days() + 1;
            let n_days = usize::try_from(n_days).ok().filter(|n_days| *n_days > 0);
            let n_days =
                n_days.ok_or_else(|| TimelineError::Backwards { id: period.id.clone() })?;
            if by_day.len() + n_days > 200 * 366 {
                return Err(TimelineError::TooLong { n });
            }
            by_day.resize(by_day.len() + n_days, index);
            last_days.push(day_number(period.last_day));
        }
        Ok(Self { periods, first, by_day, last_days })
    }

    /// The periods in their order.
    #[must_use]
    pub fn periods(&self) -> &[PeriodSpan] {
        &self.periods
    }

    /// The period that a day belongs to.
    #[must_use]
    pub fn period_of(&self, day: NaiveDate) -> Option<&str> {
        match self.place_of(day_number(day)) {
            Place::In(index) => Some(&self.periods[usize::from(index)].id),
            Place::Before | Place::After => None,
        }
    }

    #[inline]
    pub(crate) fn place_of(&self, day: DayNumber) -> Place {
        match usize::try_from(i64::from(day) - i64::from(self.first)) {
            Err(_) => Place::Before,
            Ok(n) => self.by_day.get(n).map_or(Place::After, |index| Place::In(*index)),
        }
    }

    /// The periods whose last day lies from `start` to `end`, both included.
    pub(crate) fn ending_within(&self, start: DayNumber, end: DayNumber) -> std::ops::Range<usize> {
        let from = self.last_days.partition_point(|last| *last < start);
        let to = self.last_days.partition_point(|last| *last <= end);
        from..to.max(from)
    }

    pub(crate) fn len(&self) -> usize {
        self.periods.len()
    }

    pub(crate) fn id(&self, index: usize) -> &str {
        self.periods.get(index).map_or("", |period| &period.id)
    }

    pub(crate) fn first_day(&self) -> NaiveDate {
        self.periods[0].first_day
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(id: &str, first_day: &str, last_day: &str) -> PeriodSpan {
        let day = |text: &str| text.parse().expect("a day");
        PeriodSpan { id: id.into(), first_day: day(first_day), last_day: day(last_day) }
    }

    fn months() -> Timeline {
        Timeline::new(vec![
            span("202001", "2020-01-01", "2020-01-31"),
            span("202002", "2020-02-01", "2020-02-29"),
            span("202003", "2020-03-01", "2020-03-31"),
        ])
        .expect("a timeline")
    }

    #[test]
    fn each_day_is_before_in_or_after() {
        let timeline = months();
        let place = |day: &str| timeline.place_of(day_number(day.parse().expect("a day")));
        assert_eq!(place("2019-12-31"), Place::Before);
        assert_eq!(place("2020-01-01"), Place::In(0));
        assert_eq!(place("2020-01-31"), Place::In(0));
        assert_eq!(place("2020-02-29"), Place::In(1));
        assert_eq!(place("2020-03-01"), Place::In(2));
        assert_eq!(place("2020-03-31"), Place::In(2));
        assert_eq!(place("2020-04-01"), Place::After);
        assert_eq!(timeline.len(), 3);
        assert_eq!((timeline.id(2), timeline.id(3)), ("202003", ""));
        assert_eq!(timeline.first_day(), timeline.periods()[0].first_day);
        assert_eq!(timeline.period_of(timeline.periods()[1].last_day), Some("202002"));
    }

    /// An interval is open at the end of a period when that day is not before it and not after it.
    #[test]
    fn an_interval_covers_the_periods_whose_last_day_is_in_it() {
        let timeline = months();
        let number = |day: &str| day_number(day.parse().expect("a day"));
        let covered = |start: &str, end: &str| timeline.ending_within(number(start), number(end));
        assert_eq!(covered("2020-01-31", "2020-02-28"), 0..1);
        assert_eq!(covered("2020-02-01", "2020-02-29"), 1..2);
        assert_eq!(covered("2020-01-01", "2020-12-31"), 0..3);
        assert!(covered("2020-02-01", "2020-02-28").is_empty());
        assert!(covered("2020-03-31", "2020-01-31").is_empty(), "an end before the start");
    }

    #[test]
    fn periods_that_do_not_follow_each_other_are_refused() {
        let (january, march) = (months().periods[0].clone(), months().periods[2].clone());
        assert_eq!(Timeline::new(vec![]), Err(TimelineError::Empty));
        assert_eq!(
            Timeline::new(vec![january.clone(), march]),
            Err(TimelineError::NotConsecutive { id: "202001".into(), next: "202003".into() })
        );
        assert_eq!(
            Timeline::new(vec![january.clone(), january]),
            Err(TimelineError::NotConsecutive { id: "202001".into(), next: "202001".into() })
        );
        assert_eq!(
            Timeline::new(vec![span("x", "2020-01-02", "2020-01-01")]),
            Err(TimelineError::Backwards { id: "x".into() })
        );
        assert!(Timeline::new(vec![span("x", "2020-01-01", "2020-01-01")]).is_ok());
    }

    #[test]
    fn a_timeline_is_of_at_most_sixty_thousand_periods_and_two_hundred_years() {
        let days = |n: usize| -> Vec<PeriodSpan> {
            let first: NaiveDate = "1900-01-01".parse().expect("a day");
            let days = first.iter_days().take(n);
            days.map(|day| PeriodSpan { id: day.to_string(), first_day: day, last_day: day })
                .collect()
        };
        assert!(Timeline::new(days(60_000)).is_ok());
        assert_eq!(Timeline::new(days(60_001)), Err(TimelineError::TooLong { n: 60_001 }));
        let of_days = |n: u64| {
            let first_day: NaiveDate = "1900-01-01".parse().expect("a day");
            let last_day = first_day + chrono::Days::new(n - 1);
            Timeline::new(vec![PeriodSpan { id: "all".into(), first_day, last_day }])
        };
        assert!(of_days(200 * 366).is_ok());
        assert_eq!(of_days(200 * 366 + 1), Err(TimelineError::TooLong { n: 1 }));
        // Also where the years are in several periods.
        let halves = |n: u64| {
            let mut all = of_days(n).expect("a half").periods;
            let first_day = all[0].last_day + chrono::Days::new(1);
            let last_day = first_day + chrono::Days::new(n - 1);
            all.push(PeriodSpan { id: "rest".into(), first_day, last_day });
            Timeline::new(all)
        };
        assert!(halves(100 * 366).is_ok());
        assert_eq!(halves(100 * 366 + 1), Err(TimelineError::TooLong { n: 2 }));
    }
}
