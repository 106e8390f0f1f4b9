//! A value to compare with, in the form that the server understands.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use serde_json::Value;

use super::FilterProblem;

/// A value that a field is compared with: text, number, truth value, moment or `null`.
///
/// Moments become `2021-03-01T00:00:00.000Z`, the form that Go.Data always takes for a date.
#[derive(Debug, Clone, PartialEq)]
pub struct Operand(Value);

impl Operand {
    /// `null`.
    #[must_use]
    pub fn null() -> Self {
        Self(Value::Null)
    }

    pub(super) fn new(value: Value) -> Self {
        Self(value)
    }

    pub(super) fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// The value as it is sent.
    pub(super) fn to_json(&self) -> Result<Value, FilterProblem> {
        match &self.0 {
            Value::String(text) => sendable_text(text).map(Value::String),
            Value::Array(_) | Value::Object(_) => {
                Err(FilterProblem::Operand { operator: "eq", expected: "a single value" })
            }
            other => Ok(other.clone()),
        }
    }
}

impl From<&str> for Operand {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Operand {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&String> for Operand {
    fn from(text: &String) -> Self {
        Self(text.as_str().into())
    }
}

impl From<bool> for Operand {
    fn from(value: bool) -> Self {
        Self(value.into())
    }
}

impl From<i64> for Operand {
    fn from(value: i64) -> Self {
        Self(value.into())
    }
}

impl From<i32> for Operand {
    fn from(value: i32) -> Self {
        Self(value.into())
    }
}

impl From<u32> for Operand {
    fn from(value: u32) -> Self {
        Self(value.into())
    }
}

impl From<DateTime<Utc>> for Operand {
    fn from(moment: DateTime<Utc>) -> Self {
        Self(moment.to_rfc3339_opts(SecondsFormat::Millis, true).into())
    }
}

/// Words that the server's translation replaces wherever they stand, in values, too (facts §4.2).
pub(super) const RESERVED: [&str; 22] = [
    "and",
    "or",
    "nor",
    "not",
    "eq",
    "ne",
    "neq",
    "gt",
    "gte",
    "lt",
    "lte",
    "between",
    "inq",
    "nin",
    "like",
    "nlike",
    "regexp",
    "exists",
    "elemMatch",
    "near",
    "options",
    "id",
];

fn sendable_text(text: &str) -> Result<String, FilterProblem> {
    if RESERVED.contains(&text) || text.starts_with('$') {
        return Err(FilterProblem::ReservedWord { word: text.to_owned() });
    }
    if !begins_like_a_date(text) {
        return Ok(text.to_owned());
    }
    sendable_date(text).ok_or_else(|| FilterProblem::Date { text: text.to_owned() })
}

/// `2021-03-01`, alone or followed by a time.
fn begins_like_a_date(text: &str) -> bool {
    let is_day = text.bytes().take(10).enumerate().all(|(i, byte)| match i {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    is_day && text.len() >= 10 && matches!(text.as_bytes().get(10), None | Some(b'T' | b' ' | b't'))
}

/// The same day or moment in a form of the server's list (facts §4.4; recordings
/// `cases-where-date-*`).
fn sendable_date(text: &str) -> Option<String> {
    if text.len() == 10 {
        return text.parse::<NaiveDate>().ok().map(|_| text.to_owned());
    }
    let with_t = text.replacen([' ', 't'], "T", 1);
    if let Ok(moment) = DateTime::parse_from_rfc3339(&with_t) {
        let moment = moment.with_timezone(&Utc);
        let is_whole_ms = moment.timestamp_subsec_nanos() % 1_000_000 == 0;
        return is_whole_ms.then(|| moment.to_rfc3339_opts(SecondsFormat::Millis, true));
    }
    // Without seconds: the server would take it for a text.
    if let Ok(moment) = NaiveDateTime::parse_from_str(&with_t, "%Y-%m-%dT%H:%MZ") {
        return Some(moment.and_utc().to_rfc3339_opts(SecondsFormat::Millis, true));
    }
    // Without a zone the server takes its own time zone, which is the caller's wish here.
    NaiveDateTime::parse_from_str(&with_t, "%Y-%m-%dT%H:%M:%S").ok().map(|_| text.to_owned())
}
