//! Whether a text is a value of a type (facts §8.3).

use chrono::NaiveDate;

/// Longest value text.
const MAX_LENGTH: usize = 50_000;

/// Why a text is refused: the server's code word.
pub(crate) type Fault = &'static str;

/// Checks a text; gives what is stored for it.
///
/// The group-wise engine writes whole numbers without a fraction and takes more spellings of
/// truth (refuse-value-decimal-zero-for-int).
pub(crate) fn check(value_type: &str, text: &str, engine_b: bool) -> Result<String, Fault> {
    if text.chars().count() > MAX_LENGTH {
        return Err("value_length_greater_than_max_length");
    }
    let integer = |fault: Fault, accepts: fn(i32) -> bool| -> Result<String, Fault> {
        let plain = if engine_b { without_zero_fraction(text) } else { text };
        whole(plain).filter(|n| accepts(*n)).map(|_| plain.to_owned()).ok_or(fault)
    };
    let keep = |ok: bool, fault: Fault| if ok { Ok(text.to_owned()) } else { Err(fault) };
    match value_type {
        "NUMBER" => keep(is_number(text), "value_not_numeric"),
        "INTEGER" => integer("value_not_integer", |_| true),
        "INTEGER_POSITIVE" => integer("value_not_positive_integer", |n| n > 0),
        "INTEGER_NEGATIVE" => integer("value_not_negative_integer", |n| n < 0),
        "INTEGER_ZERO_OR_POSITIVE" => integer("value_not_zero_or_positive_integer", |n| n >= 0),
        "PERCENTAGE" => keep(in_range(text, 100.0), "value_not_percentage"),
        "UNIT_INTERVAL" => keep(in_range(text, 1.0), "value_not_unit_interval"),
        "BOOLEAN" => truth(text, engine_b).map(|b| b.to_string()).ok_or("value_not_bool"),
        "TRUE_ONLY" => match truth(text, engine_b) {
            Some(true) => Ok("true".to_owned()),
            _ => Err("value_not_true_only"),
        },
        "DATE" | "AGE" => keep(is_date(text), "value_not_valid_date"),
        "DATETIME" => keep(
            super::catalog::moment(text).is_some() && text.contains('T'),
            "value_not_valid_datetime",
        ),
        "TIME" => keep(is_time(text), "value_not_valid_time"),
        "LETTER" => keep(text.chars().count() == 1, "value_not_valid_letter"),
        "COORDINATE" => keep(is_coordinate(text), "value_not_coordinate"),
        "EMAIL" => keep(
            text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')),
            "value_not_email",
        ),
        "URL" => keep(url::Url::parse(text).is_ok(), "value_not_url"),
        "PHONE_NUMBER" => keep(
            (6..=50).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_digit() || b"+()#. /ext-".contains(&b)),
            "value_not_phone_number",
        ),
        "ORGANISATION_UNIT" | "FILE_RESOURCE" | "IMAGE" => keep(
            text.len() == 11 && text.bytes().all(|b| b.is_ascii_alphanumeric()),
            "value_not_valid_uid",
        ),
        _ => Ok(text.to_owned()),
    }
}

/// The sentence the value-wise engine puts for a code word; most have none of their own.
pub(crate) fn sentence(fault: Fault) -> &'static str {
    match fault {
        "value_not_numeric" => "Data value is not numeric",
        "value_not_percentage" => "Data value is not a percentage",
        "value_not_valid_date" => "Data value is not a valid date",
        "value_length_greater_than_max_length" => "Data value is greater than max length",
        other => other,
    }
}

/// A zero as the engines see it: `0`, `0.0`, …
pub(crate) fn is_zero(text: &str) -> bool {
    match text.split_once('.') {
        Some((whole, fraction)) => whole == "0" && fraction.bytes().all(|b| b == b'0'),
        None => text == "0",
    }
}

fn without_zero_fraction(text: &str) -> &str {
    match text.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => whole,
        _ => text,
    }
}

fn whole(text: &str) -> Option<i32> {
    let figures = text.strip_prefix('-').unwrap_or(text);
    let plain = figures == "0" || (is_figures(figures) && !figures.starts_with('0'));
    (plain && text != "-0").then(|| text.parse().ok())?
}

fn is_figures(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_number(text: &str) -> bool {
    let plain = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = match plain.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (plain, None),
    };
    text.len() < 250
        && (whole == "0" || (is_figures(whole) && !whole.starts_with('0')))
        && fraction.is_none_or(is_figures)
}

fn in_range(text: &str, max: f64) -> bool {
    is_number(text) && text.parse::<f64>().is_ok_and(|number| (0.0..=max).contains(&number))
}

fn truth(text: &str, engine_b: bool) -> Option<bool> {
    if engine_b {
        return match text.to_lowercase().as_str() {
            "true" | "t" | "1" | "yes" | "y" => Some(true),
            "false" | "f" | "0" | "no" | "n" => Some(false),
            _ => None,
        };
    }
    match text {
        "true" | "t" | "T" | "True" | "TRUE" | "1" => Some(true),
        "false" | "f" | "F" | "False" | "FALSE" | "0" => Some(false),
        _ => None,
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<NaiveDate>().is_ok()
}

fn is_time(text: &str) -> bool {
    text.split_once(':').is_some_and(|(hour, minute)| {
        hour.len() <= 2
            && minute.len() == 2
            && hour.parse::<u8>().is_ok_and(|hour| hour < 24)
            && minute.parse::<u8>().is_ok_and(|minute| minute < 60)
    })
}

fn is_coordinate(text: &str) -> bool {
    let Some(inner) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) else {
        return false;
    };
    inner.split_once(',').is_some_and(|(longitude, latitude)| {
        longitude.trim().parse::<f64>().is_ok_and(|n| n.abs() <= 180.0)
            && latitude.trim().parse::<f64>().is_ok_and(|n| n.abs() <= 90.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_plainly() {
        for (value_type, good, bad) in [
            (
                "NUMBER",
                &["0", "-0", "1.50", "-12.5"][..],
                &["1e3", ".5", "5.", "01", "+1", "1,5", ""][..],
            ),
            ("INTEGER", &["0", "-7", "2147483647"], &["2147483648", "007", "-0", "1.0"]),
            ("INTEGER_ZERO_OR_POSITIVE", &["0", "5"], &["-1", "1.0", " 5"]),
            ("PERCENTAGE", &["0", "100", "99.9"], &["101", "-1"]),
            ("BOOLEAN", &["true", "T", "1"], &["yes", "truE"]),
            ("DATE", &["2026-09-30"], &["2026-02-30", "2026-9-3"]),
            ("TIME", &["9:05", "23:59"], &["24:00", "9:5"]),
        ] {
            for text in good {
                assert!(check(value_type, text, false).is_ok(), "{value_type} {text}");
            }
            for text in bad {
                assert!(check(value_type, text, false).is_err(), "{value_type} {text}");
            }
        }
        assert_eq!(check("INTEGER", "12.0", true).as_deref(), Ok("12"));
        assert_eq!(check("BOOLEAN", "Yes", true).as_deref(), Ok("true"));
    }
}
