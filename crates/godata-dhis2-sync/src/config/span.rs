//! Lengths of time as people write them: `2 h`, `30 min`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

/// A length of time, written as a whole number and a unit: `45 s`, `30 min`, `2 h`, `8 days`.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use godata_dhis2_sync::config::Span;
///
/// assert_eq!("2 h".parse::<Span>()?.duration(), Duration::from_secs(7200));
/// assert_eq!("8days".parse::<Span>()?.to_string(), "8 days");
/// assert!("2".parse::<Span>().is_err());
/// # Ok::<(), godata_dhis2_sync::config::SpanError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "String")]
pub struct Span(Duration);

/// A text that is no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no length of time: write `45 s`, `30 min`, `2 h` or `8 days`")]
pub struct SpanError {
    text: String,
}

const UNITS: [(u64, &[&str]); 4] = [
    (1, &["s", "second", "seconds"]),
    (60, &["min", "minute", "minutes"]),
    (3600, &["h", "hour", "hours"]),
    (86400, &["d", "day", "days"]),
];

impl Span {
    /// A span of so many seconds.
    #[must_use]
    pub const fn seconds(n: u64) -> Self {
        Self(Duration::from_secs(n))
    }

    /// The same for the standard library.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.0
    }

    /// The same for the calendar; a span too long for it is cut to a century.
    #[must_use]
    pub fn delta(self) -> chrono::TimeDelta {
        chrono::TimeDelta::from_std(self.0).unwrap_or(chrono::TimeDelta::days(36_500))
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let wrong = || SpanError { text: text.to_owned() };
        let trimmed = text.trim();
        let unit_at = trimmed.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, unit) = trimmed.split_at(unit_at);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let (seconds, _) =
            UNITS.iter().find(|(_, names)| names.contains(&unit.trim())).ok_or_else(wrong)?;
        // A century is more than anybody waits, and keeps every sum with a date in range.
        number
            .checked_mul(*seconds)
            .filter(|seconds| *seconds <= 36_500 * 86_400)
            .map(Self::seconds)
            .ok_or_else(wrong)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let exact = |unit: u64| seconds > 0 && seconds.is_multiple_of(unit);
        match seconds {
            86_400 => f.write_str("1 day"),
            _ if exact(86_400) => write!(f, "{} days", seconds / 86_400),
            _ if exact(3600) => write!(f, "{} h", seconds / 3600),
            _ if exact(60) => write!(f, "{} min", seconds / 60),
            _ => write!(f, "{seconds} s"),
        }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_written_as_it_is_read() {
        for text in ["45 s", "30 min", "2 h", "1 day", "8 days", "90 s", "0 s"] {
            assert_eq!(text.parse::<Span>().map(|span| span.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn a_text_without_number_or_unit_is_refused() {
        for text in
            ["", "2", "h", "-2 h", "2 weeks", "2.5 h", "99999999999999999999 s", "99999999999 days"]
        {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
