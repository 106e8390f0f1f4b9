//! Periods: DHIS2's identifiers, their days, and which period a day belongs to.

mod calendar;
mod error;
mod identifier;
mod interval;
mod kind;
mod range;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;

use chrono::{Days, Months, NaiveDate};

pub use calendar::{Calendar, CalendarError};
pub use error::PeriodError;
pub use kind::PeriodType;
pub use range::PeriodRange;

use kind::Shape;

/// One period of one [`PeriodType`], such as week 30 of 2020.
///
/// Small and `Copy`. Ordered by first day, then by type. Written and read as DHIS2's identifier:
/// reading accepts the spellings that a server accepts (`2026W05`, `2026-08-30`), writing gives the
/// one that it stores (`2026W5`, `20260830`).
///
/// # Source
///
/// The identifiers of DHIS2's `PeriodType` classes 2.34–2.44; weeks are those of
/// `java.time.temporal.WeekFields.of(first_day, 4)`.
///
/// # Examples
///
/// ```
/// use chrono::NaiveDate;
/// use dhis2_client::{Period, PeriodType};
///
/// let day = NaiveDate::from_ymd_opt(2021, 1, 3).unwrap();
/// let week = PeriodType::Weekly.containing(day);
/// assert_eq!(week.id(), "2020W53");
/// assert_eq!(week.next().id(), "2021W1");
///
/// let bi_month: Period = "202406B".parse()?;
/// assert_eq!(bi_month.first_day().to_string(), "2024-11-01"); // bi-month 6, not June
/// # Ok::<(), dhis2_client::PeriodError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period {
    first_day: NaiveDate,
    period_type: PeriodType,
}

impl Period {
    /// The period type.
    #[must_use]
    pub fn period_type(self) -> PeriodType {
        self.period_type
    }

    /// The first day.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        self.first_day
    }

    /// The last day, as the server stores it.
    ///
    /// The next period begins on the day after, with one exception: bi-week 27 of a year with 53
    /// weeks overlaps bi-week 1 of the next year by a week (`2020BiW27` ends on 2021-01-10,
    /// `2021BiW1` begins on 2021-01-04). Such days belong to the later period; ask
    /// [`contains`](Self::contains) where each day may be counted only once.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        let after = match self.period_type.shape() {
            Shape::Day => self.first_day.succ_opt(),
            Shape::Week { .. } => self.first_day.checked_add_days(Days::new(7)),
            Shape::BiWeek => self.first_day.checked_add_days(Days::new(14)),
            Shape::Months { length, .. } => self.first_day.checked_add_months(Months::new(length)),
        };
        after.and_then(|day| day.pred_opt()).unwrap_or(NaiveDate::MAX)
    }

    /// The number of days from the first to the last.
    #[must_use]
    pub fn n_days(self) -> u32 {
        let days = (self.last_day() - self.first_day).num_days() + 1;
        u32::try_from(days).unwrap_or(u32::MAX)
    }

    /// Whether a day belongs to this period. Each day belongs to exactly one period of a type.
    #[must_use]
    pub fn contains(self, day: NaiveDate) -> bool {
        self.period_type.containing(day) == self
    }

    /// The period that follows.
    #[must_use]
    pub fn next(self) -> Self {
        self.period_type.containing(self.last_day().succ_opt().unwrap_or(NaiveDate::MAX))
    }

    /// The period before.
    #[must_use]
    pub fn previous(self) -> Self {
        self.period_type.containing(self.first_day.pred_opt().unwrap_or(NaiveDate::MIN))
    }

    /// The period `n` later.
    #[must_use]
    pub fn forward(self, n: u32) -> Self {
        (0..n).fold(self, |period, _| period.next())
    }

    /// The period `n` earlier.
    #[must_use]
    pub fn back(self, n: u32) -> Self {
        (0..n).fold(self, |period, _| period.previous())
    }

    /// The periods of this type from this one to the one that contains `last`'s first day.
    ///
    /// ```
    /// # use dhis2_client::Period;
    /// let first: Period = "2020W52".parse()?;
    /// let weeks: Vec<String> = first.through("2021W2".parse()?).map(Period::id).collect();
    /// assert_eq!(weeks, ["2020W52", "2020W53", "2021W1", "2021W2"]);
    /// # Ok::<(), dhis2_client::PeriodError>(())
    /// ```
    #[must_use]
    pub fn through(self, last: Self) -> PeriodRange {
        PeriodRange::new(self, self.period_type.containing(last.first_day))
    }

    /// DHIS2's identifier, in the spelling that the server stores.
    #[must_use]
    pub fn id(self) -> String {
        self.to_string()
    }
}

impl PeriodType {
    /// The period of this type to which a day belongs.
    ///
    /// Defined for years 1 to 9999, the ones that an identifier can name.
    #[must_use]
    pub fn containing(self, day: NaiveDate) -> Period {
        let first_day = match self.shape() {
            Shape::Day => day,
            Shape::Week { first } => kind::week_start(day, first),
            Shape::BiWeek => kind::bi_week_start(day),
            Shape::Months { length, first_month, .. } => {
                kind::months_start(day, length, first_month)
            }
        };
        Period { first_day, period_type: self }
    }

    /// Reads an identifier that must be of this type.
    ///
    /// # Errors
    ///
    /// [`PeriodError`]: the text names no period, or one of another type.
    pub fn parse(self, id: &str) -> Result<Period, PeriodError> {
        let period: Period = id.parse()?;
        if period.period_type == self {
            Ok(period)
        } else {
            Err(PeriodError::WrongType {
                id: period.id(),
                expected: self,
                found: period.period_type,
            })
        }
    }

    /// The periods that have a day in `first..=last`, in order; none where `last` is before `first`.
    #[must_use]
    pub fn range(self, first: NaiveDate, last: NaiveDate) -> PeriodRange {
        if last < first {
            return PeriodRange::empty(self.containing(first));
        }
        PeriodRange::new(self.containing(first), self.containing(last))
    }
}

impl Ord for Period {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.first_day, self.period_type).cmp(&(other.first_day, other.period_type))
    }
}

impl PartialOrd for Period {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
