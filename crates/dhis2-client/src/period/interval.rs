//! ISO 8601 intervals, as ADX writes periods.

use chrono::{Datelike, NaiveDate, Weekday};

use super::kind::Shape;
use super::{Period, PeriodError, PeriodType};

impl Period {
    /// The ISO 8601 interval by which ADX names the period: first day and duration.
    ///
    /// `None` for [`PeriodType::QuarterlyNov`]: every server takes three months for a calendar
    /// quarter.
    ///
    /// ```
    /// # use dhis2_client::Period;
    /// let week: Period = "2024W5".parse()?;
    /// assert_eq!(week.iso_interval().as_deref(), Some("2024-01-29/P7D"));
    /// # Ok::<(), dhis2_client::PeriodError>(())
    /// ```
    #[must_use]
    pub fn iso_interval(self) -> Option<String> {
        let duration = match self.period_type.shape() {
            Shape::Day => "P1D",
            Shape::Week { .. } => "P7D",
            Shape::BiWeek => "P14D",
            Shape::Months { .. } if self.period_type == PeriodType::QuarterlyNov => return None,
            Shape::Months { length: 1, .. } => "P1M",
            Shape::Months { length: 2, .. } => "P2M",
            Shape::Months { length: 3, .. } => "P3M",
            Shape::Months { length: 6, .. } => "P6M",
            Shape::Months { .. } => "P1Y",
        };
        Some(format!("{}/{duration}", self.first_day))
    }

    /// Reads such an interval, as [`AdxPeriod` of DHIS2](https://docs.dhis2.org) does: the first
    /// day decides between types of one length, and is moved back to the first of its period.
    ///
    /// # Errors
    ///
    /// [`PeriodError::UnknownInterval`].
    pub fn from_iso_interval(interval: &str) -> Result<Self, PeriodError> {
        let error = |reason| PeriodError::UnknownInterval {
            interval: interval.chars().take(40).collect(),
            reason,
        };
        let (day, duration) =
            interval.split_once('/').ok_or_else(|| error("expected a day, `/` and a duration"))?;
        let day: NaiveDate =
            day.parse().map_err(|_| error("what stands before `/` is no day `yyyy-mm-dd`"))?;
        let month_of = |names: &[(u32, PeriodType)]| {
            names.iter().find(|(month, _)| *month == day.month()).map(|(_, kind)| *kind)
        };
        let kind = match duration {
            "P1D" => Some(PeriodType::Daily),
            "P7D" => match day.weekday() {
                Weekday::Mon => Some(PeriodType::Weekly),
                Weekday::Tue => None,
                Weekday::Wed => Some(PeriodType::WeeklyWednesday),
                Weekday::Thu => Some(PeriodType::WeeklyThursday),
                Weekday::Fri => Some(PeriodType::WeeklyFriday),
                Weekday::Sat => Some(PeriodType::WeeklySaturday),
                Weekday::Sun => Some(PeriodType::WeeklySunday),
            },
            "P14D" => Some(PeriodType::BiWeekly),
            "P1M" => Some(PeriodType::Monthly),
            "P2M" => Some(PeriodType::BiMonthly),
            "P3M" => Some(PeriodType::Quarterly),
            "P6M" => month_of(&[
                (1, PeriodType::SixMonthly),
                (7, PeriodType::SixMonthly),
                (4, PeriodType::SixMonthlyApril),
                (10, PeriodType::SixMonthlyApril),
                (5, PeriodType::SixMonthlyNov),
                (11, PeriodType::SixMonthlyNov),
            ]),
            "P1Y" => month_of(&[
                (1, PeriodType::Yearly),
                (2, PeriodType::FinancialFeb),
                (4, PeriodType::FinancialApril),
                (7, PeriodType::FinancialJuly),
                (8, PeriodType::FinancialAug),
                (9, PeriodType::FinancialSep),
                (10, PeriodType::FinancialOct),
                (11, PeriodType::FinancialNov),
            ]),
            _ => return Err(error("the duration is none of P1D P7D P14D P1M P2M P3M P6M P1Y")),
        };
        kind.map(|kind| kind.containing(day))
            .ok_or_else(|| error("no period type begins on such a day"))
    }
}
