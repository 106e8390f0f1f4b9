//! Moments: how the server writes them, and which texts in a filter it takes for one.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat};

/// `2020-12-29T00:00:00.000Z`, the only form the server writes.
pub(super) fn write(millis: i64) -> String {
    DateTime::from_timestamp_millis(millis)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Reads back what [`write`] wrote, and nothing else.
pub(super) fn parse_written(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() != 24 || bytes[10] != b'T' || bytes[19] != b'.' || bytes[23] != b'Z' {
        return None;
    }
    moment(text, "%Y-%m-%dT%H:%M:%S%.3fZ")
}

/// The moment that a text in a `where` is turned into on the routes of an outbreak; `None` where it
/// stays text and so matches no date.
///
/// The server tests against a narrow pattern first: `.000+02:00` fails it although it is RFC 3339
/// (recording `cases-where-date-equals-local-offset`), `+02:00` without a fraction passes
/// (`cases-where-date-offset-no-millis`). A text of the right form that is no day stays text
/// (`cases-where-date-invalid`). The server's time zone is UTC.
pub(super) fn parse_in_filter(text: &str) -> Option<i64> {
    if !text.is_ascii() {
        return None;
    }
    match text.len() {
        10 => NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .and_then(|day| day.and_hms_opt(0, 0, 0))
            .map(|start| start.and_utc().timestamp_millis()),
        19 => moment(text, "%Y-%m-%dT%H:%M:%S").or_else(|| moment(text, "%Y-%m-%d %H:%M:%S")),
        20 => moment(text, "%Y-%m-%dT%H:%M:%SZ"),
        24 => parse_written(text),
        25 if matches!(text.as_bytes()[19], b'+' | b'-') => {
            DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.timestamp_millis())
        }
        _ => None,
    }
}

/// What a declared date property takes when a row is written: any ISO 8601 date or moment.
pub(super) fn parse_in_body(text: &str) -> Option<i64> {
    parse_in_filter(text)
        .or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|m| m.timestamp_millis()))
}

fn moment(text: &str, format: &str) -> Option<i64> {
    NaiveDateTime::parse_from_str(text, format)
        .ok()
        .map(|moment| moment.and_utc().timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrow_pattern_of_filters() {
        let midnight = Some(1_614_556_800_000);
        for (text, expected) in [
            ("2021-03-01", midnight),
            ("2021-03-01T00:00:00", midnight),
            ("2021-03-01 00:00:00", midnight),
            ("2021-03-01T00:00:00Z", midnight),
            ("2021-03-01T00:00:00.000Z", midnight),
            ("2021-03-01T02:00:00+02:00", midnight),
            ("2021-03-01T00:00:00.0Z", None),
            ("2021-03-01T00:00:00.000000Z", None),
            ("2021-03-01T00:00:00.000+00:00", None),
            ("2021-03-01T00:00Z", None),
            ("2021-13-45", None),
            ("last week", None),
        ] {
            assert_eq!(parse_in_filter(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for millis in [0, 1_614_556_800_000, 1_609_372_799_999, -1] {
            assert_eq!(parse_written(&write(millis)), Some(millis));
        }
    }
}
