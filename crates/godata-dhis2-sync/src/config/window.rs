//! Which periods a run counts again.

use std::fmt;
use std::str::FromStr;

use chrono::{Months, NaiveDate};
use dhis2_client::{Period, PeriodType};
use schemars::JsonSchema;
use serde::Deserialize;

/// The periods of a run, relative to its day or fixed.
///
/// # Examples
///
/// ```
/// use godata_dhis2_sync::config::Window;
///
/// assert_eq!("12 periods".parse::<Window>()?, Window::Last(12));
/// assert_eq!("all".parse::<Window>()?, Window::All);
/// assert_eq!("2020W35..2021W8".parse::<Window>()?.to_string(), "2020W35..2021W8");
/// # Ok::<(), godata_dhis2_sync::config::WindowError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub enum Window {
    /// So many periods that have ended, and those that are open for entry now.
    Last(u32),
    /// The periods that touch the last months, and those that are open for entry now.
    LastMonths(u32),
    /// From one period or day to another, both included.
    Between(Bound, Bound),
    /// Everything that has a date.
    All,
}

/// One end of a fixed window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// A period by its DHIS2 identifier, such as `2020W35`.
    Period(String),
    /// A day.
    Day(NaiveDate),
}

/// A window text that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no window: write `12 periods`, `3 months`, `2020W35..2021W8`, `2020-09-01..2021-02-28` or `all`"
)]
pub struct WindowError {
    text: String,
}

/// The day range that `all` stands for: wide enough for every date a line list holds by mistake.
const ALL: (i32, i32) = (1990, 2060);

impl Window {
    /// The first and last period of the window as of `today`, for a data set that is open for
    /// `open_future` periods after the last ended one.
    ///
    /// # Errors
    ///
    /// When an end of the window is no period of this type.
    pub fn periods(
        &self,
        kind: PeriodType,
        today: NaiveDate,
        open_future: u32,
    ) -> Result<(Period, Period), dhis2_client::PeriodError> {
        let current = kind.containing(today);
        // DHIS2 counts the current period as the first future one: with `openFuturePeriods` 0 it is closed
        // (facts §8; recorded as E7641 for the current week).
        let last_open =
            if open_future == 0 { current.previous() } else { current.forward(open_future - 1) };
        Ok(match self {
            Self::Last(n) => (current.back(*n), last_open),
            Self::LastMonths(n) => {
                let from = today.checked_sub_months(Months::new(*n)).unwrap_or(today);
                (kind.containing(from), last_open)
            }
            Self::Between(from, to) => (from.period(kind, false)?, to.period(kind, true)?),
            Self::All => (kind.containing(day(ALL.0)), kind.containing(day(ALL.1))),
        })
    }

    /// The window of a report that names none: 12 periods for days and weeks, 3 for longer ones.
    #[must_use]
    pub fn default_for(kind: PeriodType) -> Self {
        let a_period = kind.containing(day(2020));
        Self::Last(if a_period.n_days() <= 14 { 12 } else { 3 })
    }
}

fn day(year: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 6, 1).unwrap_or_default()
}

impl Bound {
    fn period(&self, kind: PeriodType, last: bool) -> Result<Period, dhis2_client::PeriodError> {
        match self {
            Self::Day(day) => Ok(kind.containing(*day)),
            Self::Period(id) => kind.parse(id).or_else(|error| {
                // A longer period stands for its first or last part: 2020 for a year of weeks.
                id.parse::<Period>()
                    .map(|longer| {
                        kind.containing(if last { longer.last_day() } else { longer.first_day() })
                    })
                    .map_err(|_| error)
            }),
        }
    }
}

impl FromStr for Window {
    type Err = WindowError;

    fn from_str(text: &str) -> Result<Self, WindowError> {
        let wrong = || WindowError { text: text.to_owned() };
        let trimmed = text.trim();
        if trimmed.eq_ignore_ascii_case("all") {
            return Ok(Self::All);
        }
        if let Some((from, to)) = trimmed.split_once("..") {
            return Ok(Self::Between(bound(from).ok_or_else(wrong)?, bound(to).ok_or_else(wrong)?));
        }
        if let Some((number, unit)) = trimmed.split_once(char::is_whitespace) {
            let n: u32 = number.parse().map_err(|_| wrong())?;
            return match unit.trim() {
                "period" | "periods" => Ok(Self::Last(n)),
                "month" | "months" => Ok(Self::LastMonths(n)),
                _ => Err(wrong()),
            };
        }
        let one = bound(trimmed).ok_or_else(wrong)?;
        Ok(Self::Between(one.clone(), one))
    }
}

fn bound(text: &str) -> Option<Bound> {
    let text = text.trim();
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(Bound::Day(day));
    }
    text.parse::<Period>().ok().map(|_| Bound::Period(text.to_owned()))
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Last(n) => write!(f, "{n} periods"),
            Self::LastMonths(n) => write!(f, "{n} months"),
            Self::Between(from, to) if from == to => write!(f, "{from}"),
            Self::Between(from, to) => write!(f, "{from}..{to}"),
            Self::All => f.write_str("all"),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Period(id) => f.write_str(id),
            Self::Day(day) => write!(f, "{day}"),
        }
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
