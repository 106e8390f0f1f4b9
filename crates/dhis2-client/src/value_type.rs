//! Value types: which texts a data element takes, and which texts mean the same.

use std::borrow::Cow;
use std::fmt;

use chrono::NaiveDate;

/// The value type of a data element.
///
/// Open: a type of a newer server is kept by name and left to that server's own check.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ValueType {
    /// A decimal number: no exponent, no `+`, no leading zeros.
    Number,
    /// A whole number within 32 bits.
    Integer,
    /// A whole number above zero.
    IntegerPositive,
    /// A whole number below zero.
    IntegerNegative,
    /// A whole number, zero or above: a count.
    IntegerZeroOrPositive,
    /// A number from 0 to 100.
    Percentage,
    /// A number from 0 to 1.
    UnitInterval,
    /// `true` or `false`.
    Boolean,
    /// `true`, or nothing.
    TrueOnly,
    /// Any text of up to 50,000 characters.
    Text,
    /// The same, over several lines.
    LongText,
    /// One character.
    Letter,
    /// A day, `yyyy-mm-dd`.
    Date,
    /// Any other type, by its name; its values are not checked here.
    Other(String),
}

/// DHIS2's limit for the text of a value, in characters (recording `x-lost-long-text`).
pub(crate) const LONGEST_VALUE: usize = 50_000;

impl ValueType {
    /// Reads DHIS2's name, such as `INTEGER_ZERO_OR_POSITIVE`.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "NUMBER" => Self::Number,
            "INTEGER" => Self::Integer,
            "INTEGER_POSITIVE" => Self::IntegerPositive,
            "INTEGER_NEGATIVE" => Self::IntegerNegative,
            "INTEGER_ZERO_OR_POSITIVE" => Self::IntegerZeroOrPositive,
            "PERCENTAGE" => Self::Percentage,
            "UNIT_INTERVAL" => Self::UnitInterval,
            "BOOLEAN" => Self::Boolean,
            "TRUE_ONLY" => Self::TrueOnly,
            "TEXT" => Self::Text,
            "LONG_TEXT" => Self::LongText,
            "LETTER" => Self::Letter,
            "DATE" => Self::Date,
            other => Self::Other(other.to_owned()),
        }
    }

    /// DHIS2's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Number => "NUMBER",
            Self::Integer => "INTEGER",
            Self::IntegerPositive => "INTEGER_POSITIVE",
            Self::IntegerNegative => "INTEGER_NEGATIVE",
            Self::IntegerZeroOrPositive => "INTEGER_ZERO_OR_POSITIVE",
            Self::Percentage => "PERCENTAGE",
            Self::UnitInterval => "UNIT_INTERVAL",
            Self::Boolean => "BOOLEAN",
            Self::TrueOnly => "TRUE_ONLY",
            Self::Text => "TEXT",
            Self::LongText => "LONG_TEXT",
            Self::Letter => "LETTER",
            Self::Date => "DATE",
            Self::Other(name) => name,
        }
    }

    /// Whether values are numbers.
    #[must_use]
    pub fn is_numeric(&self) -> bool {
        matches!(
            self,
            Self::Number
                | Self::Integer
                | Self::IntegerPositive
                | Self::IntegerNegative
                | Self::IntegerZeroOrPositive
                | Self::Percentage
                | Self::UnitInterval
        )
    }

    /// Whether values are whole numbers.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        matches!(
            self,
            Self::Integer
                | Self::IntegerPositive
                | Self::IntegerNegative
                | Self::IntegerZeroOrPositive
        )
    }

    /// Whether every server takes `text` for a value of this type.
    ///
    /// The rules are the narrowest of all versions: `1.0` for a whole number is refused by 2.42
    /// although 2.43 takes it (recording `refuse-value-decimal-zero-for-int`).
    ///
    /// # Errors
    ///
    /// [`ValueError`] with the reason in words.
    ///
    /// ```
    /// use dhis2_client::ValueType;
    ///
    /// assert!(ValueType::IntegerZeroOrPositive.check("7").is_ok());
    /// for bad in ["007", "-1", "1e3", "1,5", "99999999999", ""] {
    ///     assert!(ValueType::IntegerZeroOrPositive.check(bad).is_err());
    /// }
    /// ```
    pub fn check(&self, text: &str) -> Result<(), ValueError> {
        let fault = |reason| Err(ValueError { value_type: self.clone(), reason });
        if text.is_empty() {
            return fault("it is empty");
        }
        if text.contains('\0') {
            return fault(
                "it has a NUL character in it, which DHIS2 2.43 answers by losing the whole call",
            );
        }
        if text.len() > LONGEST_VALUE && text.chars().count() > LONGEST_VALUE {
            return fault("it is longer than 50,000 characters");
        }
        match self {
            Self::Number if decimal(text).is_none() => {
                fault("expected a number such as 12 or 12.5: no exponent, sign `+` or leading zero")
            }
            Self::Percentage if !between(text, 100) => fault("expected a number from 0 to 100"),
            Self::UnitInterval if !between(text, 1) => fault("expected a number from 0 to 1"),
            Self::Integer if whole(text).is_none() => fault("expected a whole number of 32 bits"),
            Self::IntegerPositive if whole(text).is_none_or(|n| n <= 0) => {
                fault("expected a whole number above zero")
            }
            Self::IntegerNegative if whole(text).is_none_or(|n| n >= 0) => {
                fault("expected a whole number below zero")
            }
            Self::IntegerZeroOrPositive if whole(text).is_none_or(|n| n < 0) => {
                fault("expected a whole number, zero or above")
            }
            Self::Boolean if boolean(text).is_none() => fault("expected true or false"),
            Self::TrueOnly if boolean(text) != Some(true) => fault("expected true"),
            Self::Letter if text.chars().count() != 1 => fault("expected one character"),
            Self::Date if text.len() != 10 || text.parse::<NaiveDate>().is_err() => {
                fault("expected a day, yyyy-mm-dd")
            }
            _ => Ok(()),
        }
    }

    /// The text by which two values of this type are compared.
    ///
    /// Servers change what they are sent: 2.42 trims, 2.43 stores `12.0` of a whole number as `12`
    /// and `yes` as `true`. Texts that mean the same value have the same canonical text.
    #[must_use]
    pub fn canonical<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let trimmed = text.trim();
        match self {
            Self::Boolean | Self::TrueOnly => match boolean(trimmed) {
                Some(true) => Cow::Borrowed("true"),
                Some(false) => Cow::Borrowed("false"),
                None => Cow::Borrowed(trimmed),
            },
            _ if self.is_numeric() => canonical_number(trimmed),
            _ => Cow::Borrowed(trimmed),
        }
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that is no value of its type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the value is not of type {value_type}: {reason}")]
pub struct ValueError {
    value_type: ValueType,
    reason: &'static str,
}

/// Whether DHIS2 takes the text for a zero: `^0(\.0*)?$` after trimming.
pub(crate) fn is_zero(text: &str) -> bool {
    let text = text.trim();
    match text.strip_prefix('0') {
        Some("") => true,
        Some(rest) => rest.strip_prefix('.').is_some_and(|zeros| zeros.bytes().all(|b| b == b'0')),
        None => false,
    }
}

/// `^(-?0|-?[1-9]\d*)(\.\d+)?$`: sign, whole part, fraction.
fn decimal(text: &str) -> Option<(bool, &str, &str)> {
    if text.len() >= 250 {
        return None;
    }
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match rest.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (rest, ""),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let leads = whole == "0" || !whole.is_empty() && !whole.starts_with('0');
    (leads && digits(whole) && digits(fraction)).then_some((negative, whole, fraction))
}

fn whole(text: &str) -> Option<i32> {
    let (negative, whole, _) = decimal(text).filter(|_| !text.contains('.'))?;
    if negative && whole == "0" {
        return None; // `-0` is no integer to DHIS2
    }
    text.parse().ok()
}

fn between(text: &str, most: u32) -> bool {
    let Some((negative, whole, fraction)) = decimal(text) else { return false };
    let zero_fraction = fraction.bytes().all(|byte| byte == b'0');
    if negative {
        return whole == "0" && zero_fraction;
    }
    match whole.parse::<u32>() {
        Ok(n) => n < most || n == most && zero_fraction,
        Err(_) => false,
    }
}

fn boolean(text: &str) -> Option<bool> {
    // The forms that both engines know; engine B's `yes`, `no` are read, too, as it stores them.
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "1" | "yes" | "y" => Some(true),
        "false" | "f" | "0" | "no" | "n" => Some(false),
        _ => None,
    }
}

fn canonical_number(text: &str) -> Cow<'_, str> {
    let Some((negative, whole, fraction)) = decimal(text) else { return Cow::Borrowed(text) };
    let kept = fraction.trim_end_matches('0');
    let zero = whole == "0" && kept.is_empty();
    if kept.len() == fraction.len() && !(zero && negative) {
        return Cow::Borrowed(text);
    }
    let sign = if negative && !zero { "-" } else { "" };
    let point = if kept.is_empty() { "" } else { "." };
    Cow::Owned(format!("{sign}{whole}{point}{kept}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, good: &[&str], bad: &[&str]) {
        let value_type = ValueType::from_name(name);
        assert_eq!(value_type.as_str(), name);
        for text in good {
            assert_eq!(value_type.check(text), Ok(()), "{name} {text}");
        }
        for text in bad {
            assert!(value_type.check(text).is_err(), "{name} {text}");
        }
    }

    #[test]
    fn values_are_checked_as_the_narrowest_server_does() {
        check(
            "NUMBER",
            &["0", "-0", "12", "-1.50", "0.001"],
            &["1e3", ".5", "5.", "+1", "01", "1,5", " 5"],
        );
        check(
            "INTEGER",
            &["0", "-1", "2147483647", "-2147483648"],
            &["-0", "1.0", "2147483648", "007", "x"],
        );
        check("INTEGER_POSITIVE", &["1"], &["0", "-1"]);
        check("INTEGER_NEGATIVE", &["-1"], &["0", "1"]);
        check(
            "INTEGER_ZERO_OR_POSITIVE",
            &["0", "7"],
            &["-1", "1.5", "abc", "99999999999", "1e3", "", "7 "],
        );
        check("PERCENTAGE", &["0", "100", "100.0", "99.9"], &["101", "100.1", "-1"]);
        check("UNIT_INTERVAL", &["0", "1", "0.5", "-0"], &["1.1", "-0.1", "2"]);
        check("BOOLEAN", &["true", "false", "1"], &["maybe"]);
        check("TRUE_ONLY", &["true"], &["false"]);
        check("DATE", &["2026-02-28"], &["2026-02-30", "28.2.2026", "+02026-01-1"]);
        check("LETTER", &["a", "é"], &["ab"]);
        check("TEXT", &["NO_CASES", &"x".repeat(50_000)], &["", "a\0b", &"x".repeat(50_001)]);
        check("MULTI_TEXT", &["a,b"], &[""]);
    }

    #[test]
    fn texts_that_servers_store_alike_compare_alike() {
        for (name, one, other) in [
            ("INTEGER", "12.0", "12"),
            ("NUMBER", "1.50", "1.5"),
            ("NUMBER", "-0.00", "0"),
            ("NUMBER", " 7 ", "7"),
            ("NUMBER", "-1.0", "-1"),
            ("BOOLEAN", "yes", "true"),
            ("TEXT", " CLUSTERS", "CLUSTERS"),
        ] {
            let value_type = ValueType::from_name(name);
            assert_eq!(value_type.canonical(one), value_type.canonical(other), "{name} {one}");
        }
        assert_ne!(ValueType::Number.canonical("10"), ValueType::Number.canonical("1"));
        assert_ne!(ValueType::Text.canonical("1.0"), ValueType::Text.canonical("1"));
        assert_eq!(ValueType::Number.canonical("1e3"), "1e3");
    }

    #[test]
    fn a_zero_is_what_dhis2_takes_for_one() {
        for zero in ["0", "0.", "0.0", "0.000", " 0 "] {
            assert!(is_zero(zero), "{zero}");
        }
        for other in ["", "00", "-0", "0.01", "1", "0x"] {
            assert!(!is_zero(other), "{other}");
        }
    }
}
