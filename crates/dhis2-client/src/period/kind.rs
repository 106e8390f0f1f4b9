//! The period types and the arithmetic behind them.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::error::PeriodError;

/// How the periods of a type follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Day,
    Week {
        first: Weekday,
    },
    BiWeek,
    Months {
        /// Months in a period: 1, 2, 3, 6 or 12.
        length: u32,
        /// The month (1–12) in which the twelve months begin that are numbered together.
        first_month: u32,
        /// Whether those twelve months are named after the year in which they end.
        named_after_end: bool,
    },
}

macro_rules! period_types {
    ($($(#[$doc:meta])* $name:ident $text:literal since $since:literal $shape:expr;)*) => {
        /// A period type of DHIS2: how long a period is and when it begins.
        ///
        /// Displayed and parsed as DHIS2 writes it in a data set (`"Weekly"`).
        ///
        /// ```
        /// use dhis2_client::PeriodType;
        ///
        /// let weekly: PeriodType = "Weekly".parse()?;
        /// assert_eq!(weekly.to_string(), "Weekly");
        /// assert!("Weakly".parse::<PeriodType>().is_err());
        /// # Ok::<(), dhis2_client::PeriodError>(())
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum PeriodType {
            $($(#[$doc])* $name,)*
        }

        impl PeriodType {
            /// Every period type.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// DHIS2's name.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// The first DHIS2 version that knows it (the 43 of 2.43); 34 stands for "always".
            #[must_use]
            pub fn since(self) -> u16 {
                match self {
                    $(Self::$name => $since,)*
                }
            }

            pub(super) fn shape(self) -> Shape {
                match self {
                    $(Self::$name => $shape,)*
                }
            }
        }
    };
}

const fn week(first: Weekday) -> Shape {
    Shape::Week { first }
}

const fn months(length: u32, first_month: u32) -> Shape {
    // Only the periods that begin in November are named after the year in which they end.
    Shape::Months { length, first_month, named_after_end: first_month == 11 }
}

period_types! {
    /// A day, `20240131`.
    Daily "Daily" since 34 Shape::Day;
    /// An ISO week, `2024W5`, Monday to Sunday.
    Weekly "Weekly" since 34 week(Weekday::Mon);
    /// A week that begins on Wednesday, `2024WedW5`.
    WeeklyWednesday "WeeklyWednesday" since 34 week(Weekday::Wed);
    /// A week that begins on Thursday, `2024ThuW5`.
    WeeklyThursday "WeeklyThursday" since 34 week(Weekday::Thu);
    /// A week that begins on Friday, `2024FriW5`.
    WeeklyFriday "WeeklyFriday" since 43 week(Weekday::Fri);
    /// A week that begins on Saturday, `2024SatW5`.
    WeeklySaturday "WeeklySaturday" since 34 week(Weekday::Sat);
    /// A week that begins on Sunday, `2024SunW5`.
    WeeklySunday "WeeklySunday" since 34 week(Weekday::Sun);
    /// Two ISO weeks, `2024BiW3`, beginning with an odd one.
    BiWeekly "BiWeekly" since 34 Shape::BiWeek;
    /// A month, `202401`.
    Monthly "Monthly" since 34 months(1, 1);
    /// Two months, `202401B`: the number is that of the pair.
    BiMonthly "BiMonthly" since 34 months(2, 1);
    /// A quarter, `2024Q1`.
    Quarterly "Quarterly" since 34 months(3, 1);
    /// A quarter of a year that begins in November, `2024NovQ1` (November 2023 to January 2024).
    QuarterlyNov "QuarterlyNov" since 38 months(3, 11);
    /// Half a year, `2024S1`.
    SixMonthly "SixMonthly" since 34 months(6, 1);
    /// Half a year from April or October, `2024AprilS1`.
    SixMonthlyApril "SixMonthlyApril" since 34 months(6, 4);
    /// Half a year from November or May, `2024NovS1` (November 2023 to April 2024).
    SixMonthlyNov "SixMonthlyNov" since 34 months(6, 11);
    /// A calendar year, `2024`.
    Yearly "Yearly" since 34 months(12, 1);
    /// A year from February, `2024Feb`.
    FinancialFeb "FinancialFeb" since 43 months(12, 2);
    /// A year from April, `2024April`.
    FinancialApril "FinancialApril" since 34 months(12, 4);
    /// A year from July, `2024July`.
    FinancialJuly "FinancialJuly" since 34 months(12, 7);
    /// A year from August, `2024Aug`.
    FinancialAug "FinancialAug" since 43 months(12, 8);
    /// A year from September, `2024Sep`.
    FinancialSep "FinancialSep" since 42 months(12, 9);
    /// A year from October, `2024Oct`.
    FinancialOct "FinancialOct" since 34 months(12, 10);
    /// A year from November, `2024Nov` (November 2023 to October 2024).
    FinancialNov "FinancialNov" since 34 months(12, 11);
}

impl fmt::Display for PeriodType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for PeriodType {
    type Err = PeriodError;

    fn from_str(name: &str) -> Result<Self, PeriodError> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == name)
            .ok_or_else(|| PeriodError::UnknownType { name: name.chars().take(40).collect() })
    }
}

/// The day moved back to the nearest `first` weekday.
pub(super) fn week_start(day: NaiveDate, first: Weekday) -> NaiveDate {
    let back = day.weekday().days_since(first);
    day.checked_sub_days(Days::new(u64::from(back))).unwrap_or(NaiveDate::MIN)
}

/// The first day of week 1 of `year`: the week that has 4 January in it.
pub(super) fn first_week(year: i32, first: Weekday) -> Option<NaiveDate> {
    Some(week_start(NaiveDate::from_ymd_opt(year, 1, 4)?, first))
}

/// The year and number of the week that begins on `start`.
pub(super) fn week_number(start: NaiveDate, first: Weekday) -> (i32, u32) {
    // The fourth day of a week decides to which year it belongs.
    let middle = start.checked_add_days(Days::new(3)).unwrap_or(start);
    let year = middle.year();
    let weeks = first_week(year, first).map_or(0, |week_1| (start - week_1).num_days() / 7);
    (year, u32::try_from(weeks).unwrap_or(0) + 1)
}

pub(super) fn bi_week_start(day: NaiveDate) -> NaiveDate {
    let week = week_start(day, Weekday::Mon);
    let (_, number) = week_number(week, Weekday::Mon);
    let back = if number % 2 == 0 { 7 } else { 0 };
    week.checked_sub_days(Days::new(back)).unwrap_or(NaiveDate::MIN)
}

pub(super) fn months_start(day: NaiveDate, length: u32, first_month: u32) -> NaiveDate {
    let since_first = (day.month() + 12 - first_month) % 12;
    let back = since_first % length;
    day.with_day(1)
        .and_then(|first| first.checked_sub_months(chrono::Months::new(back)))
        .unwrap_or(NaiveDate::MIN)
}
