//! Identifiers: text to period and back.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use super::kind::{Shape, first_week, week_number};
use super::{Period, PeriodError, PeriodType};

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.first_day;
        match self.period_type.shape() {
            Shape::Day => write!(f, "{:04}{:02}{:02}", day.year(), day.month(), day.day()),
            Shape::Week { first } => {
                let (year, number) = week_number(day, first);
                write!(f, "{year:04}{}{number}", self.period_type.marker())
            }
            Shape::BiWeek => {
                let (year, week) = week_number(day, Weekday::Mon);
                write!(f, "{year:04}BiW{}", week.div_ceil(2))
            }
            Shape::Months { length, first_month, named_after_end } => {
                let since_first = (day.month() + 12 - first_month) % 12;
                let begins_in = if day.month() < first_month { day.year() - 1 } else { day.year() };
                let year = if named_after_end { begins_in + 1 } else { begins_in };
                let number = since_first / length + 1;
                let marker = self.period_type.marker();
                match self.period_type {
                    PeriodType::Monthly => write!(f, "{year:04}{number:02}"),
                    PeriodType::BiMonthly => write!(f, "{year:04}{number:02}B"),
                    _ if length == 12 => write!(f, "{year:04}{marker}"),
                    _ => write!(f, "{year:04}{marker}{number}"),
                }
            }
        }
    }
}

impl PeriodType {
    /// The letters between year and number.
    fn marker(self) -> &'static str {
        match self {
            Self::Daily | Self::Monthly | Self::Yearly => "",
            Self::Weekly => "W",
            Self::WeeklyWednesday => "WedW",
            Self::WeeklyThursday => "ThuW",
            Self::WeeklyFriday => "FriW",
            Self::WeeklySaturday => "SatW",
            Self::WeeklySunday => "SunW",
            Self::BiWeekly => "BiW",
            Self::BiMonthly => "B",
            Self::Quarterly => "Q",
            Self::QuarterlyNov => "NovQ",
            Self::SixMonthly => "S",
            Self::SixMonthlyApril => "AprilS",
            Self::SixMonthlyNov => "NovS",
            Self::FinancialFeb => "Feb",
            Self::FinancialApril => "April",
            Self::FinancialJuly => "July",
            Self::FinancialAug => "Aug",
            Self::FinancialSep => "Sep",
            Self::FinancialOct => "Oct",
            Self::FinancialNov => "Nov",
        }
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    /// Reads an identifier of any type; its form says which.
    ///
    /// Accepted are the spellings of DHIS2 2.42 and 2.43 (recordings `x-pe-*`): zeros before a week
    /// number, dashes in days and months; no small `w`, no dash in weeks, no week that the year has
    /// not (`2025W53`, which old servers misread and 2.43 answers with a 500).
    fn from_str(id: &str) -> Result<Self, PeriodError> {
        let unknown = || PeriodError::UnknownForm { id: id.chars().take(40).collect() };
        let (year, rest) = id.split_at_checked(4).ok_or_else(unknown)?;
        let year: i32 = digits(year).and_then(|y| i32::try_from(y).ok()).ok_or_else(unknown)?;
        let (period_type, number) = read_rest(rest).ok_or_else(unknown)?;
        period_type.numbered(year, number).ok_or_else(|| PeriodError::NoSuchPeriod {
            id: id.to_owned(),
            period_type,
            reason: reason(period_type, year),
        })
    }
}

/// The number of a period within its year; for days month and day.
#[derive(Debug, Clone, Copy)]
struct Number {
    month_or_number: u32,
    day: u32,
}

fn read_rest(rest: &str) -> Option<(PeriodType, Number)> {
    let numbered = |kind, number| Some((kind, Number { month_or_number: number, day: 1 }));
    let letters: &str = rest.trim_matches(|c: char| c.is_ascii_digit());
    match letters {
        "" => match rest.len() {
            0 => numbered(PeriodType::Yearly, 1),
            2 => numbered(PeriodType::Monthly, digits(rest)?),
            4 => {
                let (month, day) = (digits(rest.get(..2)?)?, digits(rest.get(2..)?)?);
                Some((PeriodType::Daily, Number { month_or_number: month, day }))
            }
            _ => None,
        },
        "-" if rest.len() == 3 => numbered(PeriodType::Monthly, digits(rest.strip_prefix('-')?)?),
        _ if letters.starts_with('-') && rest.len() == 6 => {
            let (month, day) = rest.strip_prefix('-')?.split_once('-')?;
            if month.len() != 2 {
                return None;
            }
            let (month, day) = (digits(month)?, digits(day)?);
            Some((PeriodType::Daily, Number { month_or_number: month, day }))
        }
        "B" if rest.len() == 3 => numbered(PeriodType::BiMonthly, digits(rest.strip_suffix('B')?)?),
        _ => {
            let number = rest.strip_prefix(letters)?;
            let kind = PeriodType::ALL
                .iter()
                .copied()
                .find(|kind| *kind != PeriodType::BiMonthly && kind.marker() == letters)?;
            match kind.shape() {
                Shape::Months { length: 12, .. } => {
                    number.is_empty().then_some(())?;
                    numbered(kind, 1)
                }
                Shape::Months { .. } => {
                    (number.len() == 1).then_some(())?;
                    numbered(kind, digits(number)?)
                }
                _ => {
                    (matches!(number.len(), 1 | 2)).then_some(())?;
                    numbered(kind, digits(number)?)
                }
            }
        }
    }
}

/// A number written in ASCII digits only.
fn digits(text: &str) -> Option<u32> {
    let only_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    only_digits.then(|| text.parse().ok()).flatten()
}

impl PeriodType {
    fn numbered(self, year: i32, number: Number) -> Option<Period> {
        let Number { month_or_number: n, day } = number;
        let first_day = match self.shape() {
            Shape::Day => NaiveDate::from_ymd_opt(year, n, day)?,
            Shape::Week { first } => {
                let start = first_week(year, first)?
                    .checked_add_days(Days::new(7 * u64::from(n.checked_sub(1)?)))?;
                (start < first_week(year + 1, first)?).then_some(start)?
            }
            Shape::BiWeek => {
                let start = first_week(year, Weekday::Mon)?
                    .checked_add_days(Days::new(14 * u64::from(n.checked_sub(1)?)))?;
                (start < first_week(year + 1, Weekday::Mon)?).then_some(start)?
            }
            Shape::Months { length, first_month, named_after_end } => {
                let count = 12 / length;
                (1..=count).contains(&n).then_some(())?;
                let begins_in = if named_after_end { year - 1 } else { year };
                NaiveDate::from_ymd_opt(begins_in, first_month, 1)?
                    .checked_add_months(chrono::Months::new((n - 1) * length))?
            }
        };
        Some(Period { first_day, period_type: self })
    }
}

fn reason(period_type: PeriodType, year: i32) -> String {
    let last_week = |first| {
        let next = first_week(year + 1, first)?;
        Some(week_number(next.checked_sub_days(Days::new(7))?, first).1)
    };
    match period_type.shape() {
        Shape::Day => "the calendar has no such day".to_owned(),
        Shape::Week { first } => match last_week(first) {
            Some(last) => format!("the weeks of {year} are numbered 1 to {last}"),
            None => "the calendar ends before".to_owned(),
        },
        Shape::BiWeek => match last_week(Weekday::Mon) {
            Some(last) => {
                format!("the bi-weeks of {year} are numbered 1 to {}", last.div_ceil(2))
            }
            None => "the calendar ends before".to_owned(),
        },
        Shape::Months { length, .. } => format!("they are numbered 1 to {}", 12 / length),
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PeriodVisitor;

        impl Visitor<'_> for PeriodVisitor {
            type Value = Period;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a DHIS2 period such as `2024W5`")
            }

            fn visit_str<E: de::Error>(self, id: &str) -> Result<Period, E> {
                id.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(PeriodVisitor)
    }
}

impl Serialize for PeriodType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for PeriodType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(de::Error::custom)
    }
}
