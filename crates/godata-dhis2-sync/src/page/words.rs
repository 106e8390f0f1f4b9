//! Numbers, days and plurals as the page writes them.

use chrono::{DateTime, NaiveDate, Utc};

/// `12 345`: groups of three, apart by a narrow space that does not break.
pub(super) fn number(n: u64) -> String {
    grouped(&n.to_string())
}

/// A decimal text with its digits before the point grouped, as [`number`] does.
pub(super) fn grouped(decimal: &str) -> String {
    let (sign, rest) = decimal.strip_prefix('-').map_or(("", decimal), |rest| ("\u{2212}", rest));
    let (whole, fraction) = rest.split_at(rest.find('.').unwrap_or(rest.len()));
    let mut text = String::from(sign);
    for (i, digit) in whole.chars().enumerate() {
        // Four digits are read at a glance; from five on they are grouped.
        if i > 0 && whole.len() > 4 && (whole.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text.push_str(fraction);
    text
}

/// `1 value`, `3 values`; `no values` where there is none.
pub(super) fn count(n: u64, one: &str) -> String {
    match n {
        0 => format!("no {}", plural(one)),
        1 => format!("1 {one}"),
        n => format!("{} {}", number(n), plural(one)),
    }
}

/// `812 bytes`, `13 kB`, `1.3 MB`: thousands, with two digits where there would be one.
pub(super) fn bytes(n: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if n < 1000 {
        return count(n, "byte");
    }
    let (mut tenths, mut unit) = (n / 100, 0);
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        (tenths, unit) = (tenths / 1000, unit + 1);
    }
    match (tenths / 10, tenths % 10) {
        (whole @ 0..10, tenth) => format!("{whole}.{tenth} {}", UNITS[unit]),
        (whole, _) => format!("{} {}", number(whole), UNITS[unit]),
    }
}

/// `values` for `value`, `categories` for `category`.
pub(super) fn plural(one: &str) -> String {
    match one.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{one}s"),
    }
}

/// `was` or `were`.
pub(super) fn was(n: u64) -> &'static str {
    if n == 1 { "was" } else { "were" }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list<T: AsRef<str>>(parts: &[T]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// `3 August 2020`; the day does not part from its month at the end of a line.
pub(super) fn day(day: NaiveDate) -> String {
    day.format("%-d\u{a0}%B %Y").to_string()
}

/// `3 August 2020, 23:00 UTC`.
pub(super) fn moment(moment: DateTime<Utc>) -> String {
    moment.format("%-d\u{a0}%B %Y, %H:%M UTC").to_string()
}

/// The text with its first letter as a capital.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + chars.as_str())
}

/// What one period of a DHIS2 period type is called.
pub(super) fn period_word(period_type: &str) -> &'static str {
    match period_type {
        "Daily" => "day",
        "BiWeekly" => "two-week period",
        "Monthly" => "month",
        "BiMonthly" => "two-month period",
        "Yearly" => "year",
        kind if kind.starts_with("Weekly") => "week",
        kind if kind.starts_with("Quarterly") => "quarter",
        kind if kind.starts_with("SixMonthly") => "half-year",
        kind if kind.starts_with("Financial") => "financial year",
        _ => "period",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_grouped_and_short_ones_are_not() {
        assert_eq!(number(9999), "9999");
        assert_eq!(number(12_345), "12\u{202f}345");
        assert_eq!(number(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(grouped("-12345.25"), "\u{2212}12\u{202f}345.25");
    }

    #[test]
    fn bytes_are_as_exact_as_people_read_them() {
        let shown: Vec<String> =
            [0, 1, 999, 1000, 13_999, 999_999, 1_300_000, 98_000_000, 2_500_000_000_000_000]
                .map(bytes)
                .to_vec();
        let expected = [
            "no bytes",
            "1 byte",
            "999 bytes",
            "1.0 kB",
            "13 kB",
            "999 kB",
            "1.3 MB",
            "98 MB",
            "2500 TB",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn one_is_singular_and_none_is_a_word() {
        assert_eq!(count(0, "value"), "no values");
        assert_eq!(count(1, "value"), "1 value");
        assert_eq!(count(2, "category"), "2 categories");
        assert_eq!(count(2, "day"), "2 days");
    }

    #[test]
    fn lists_end_with_and() {
        assert_eq!(list::<&str>(&[]), "");
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
    }
}
