//! Dates as the server stores them: instants.

use std::fmt;

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeZone, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A point in time as Go.Data sends it: `2020-12-28T00:00:00.000Z`.
///
/// # Which day is it?
///
/// Go.Data keeps calendar days as instants: midnight in the *server's* time zone (UTC unless it was
/// configured otherwise; facts §5.2), and any instant when a phone or a script wrote it. So the day
/// of a date is [`day`](Self::day) in that time zone, never a cut of the text.
///
/// ```
/// use chrono::{FixedOffset, NaiveDate, Utc};
/// use godata_client::models::Moment;
///
/// let midnight_in_kinshasa: Moment = "2020-12-27T23:00:00.000Z".into();
/// let kinshasa = FixedOffset::east_opt(3600).unwrap();
/// assert_eq!(midnight_in_kinshasa.day(&kinshasa), NaiveDate::from_ymd_opt(2020, 12, 28));
/// assert_eq!(midnight_in_kinshasa.day(&Utc), NaiveDate::from_ymd_opt(2020, 12, 27));
///
/// // A text that is no date is kept as it came.
/// assert_eq!(Moment::from("unknown").day(&Utc), None);
/// assert_eq!(Moment::from("unknown").to_string(), "unknown");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(Repr);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Repr {
    /// In the server's usual form.
    Instant(DateTime<Utc>),
    /// In any other form, kept so that it is written back as it came.
    Text(Box<str>),
}

impl Moment {
    /// The instant; `None` if the text is no date.
    #[must_use]
    pub fn instant(&self) -> Option<DateTime<Utc>> {
        match &self.0 {
            Repr::Instant(instant) => Some(*instant),
            Repr::Text(text) => {
                let with_time = DateTime::parse_from_rfc3339(text).map(|it| it.to_utc());
                with_time.ok().or_else(|| {
                    let midnight = text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0)?;
                    Some(midnight.and_utc())
                })
            }
        }
    }

    /// The calendar day in `zone`, which should be the server's; `None` if the text is no date.
    #[must_use]
    pub fn day<Z: TimeZone>(&self, zone: &Z) -> Option<NaiveDate> {
        self.instant().map(|instant| instant.with_timezone(zone).date_naive())
    }
}

/// `2020-12-28T00:00:00.000Z` to the letter; anything else takes the slow way.
fn usual_form(text: &str) -> Option<DateTime<Utc>> {
    let bytes: &[u8; 24] = text.as_bytes().try_into().ok()?;
    let is_usual = bytes.iter().enumerate().all(|(i, byte)| match i {
        4 | 7 => *byte == b'-',
        10 => *byte == b'T',
        13 | 16 => *byte == b':',
        19 => *byte == b'.',
        23 => *byte == b'Z',
        _ => byte.is_ascii_digit(),
    });
    if !is_usual {
        return None;
    }
    let number = |from: usize, to: usize| {
        bytes[from..to].iter().fold(0, |number, byte| number * 10 + u32::from(byte - b'0'))
    };
    let year = i32::try_from(number(0, 4)).ok()?;
    NaiveDate::from_ymd_opt(year, number(5, 7), number(8, 10))?
        .and_hms_milli_opt(number(11, 13), number(14, 16), number(17, 19), number(20, 23))
        .map(|moment| moment.and_utc())
}

impl From<&str> for Moment {
    fn from(text: &str) -> Self {
        Self(usual_form(text).map_or_else(|| Repr::Text(text.into()), Repr::Instant))
    }
}

/// To the millisecond, as Go.Data stores it.
impl From<DateTime<Utc>> for Moment {
    fn from(instant: DateTime<Utc>) -> Self {
        Self::from(instant.to_rfc3339_opts(SecondsFormat::Millis, true).as_str())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Instant(instant) => {
                f.write_str(&instant.to_rfc3339_opts(SecondsFormat::Millis, true))
            }
            Repr::Text(text) => f.write_str(text),
        }
    }
}

/// A date shows itself; a text that is none could be anything, a name included, and does not.
impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.instant() {
            Some(instant) => f.write_str(&instant.to_rfc3339_opts(SecondsFormat::Millis, true)),
            None => f.write_str("<no date>"),
        }
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Moment;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a date as text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Moment, E> {
                Ok(text.into())
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_written_back_as_it_came() {
        for text in [
            "2020-12-28T00:00:00.000Z",
            "2020-12-28T22:30:00.000Z",
            "2020-12-28",
            "2020-12-28T00:00:00Z",
            "2020-12-28T02:00:00+02:00",
            "2020-13-45T00:00:00.000Z",
            "",
            "28/12/2020",
        ] {
            assert_eq!(Moment::from(text).to_string(), text);
        }
    }

    #[test]
    fn other_forms_of_an_instant_are_understood() {
        let expected = Moment::from("2020-12-28T00:00:00.000Z").instant();
        for text in ["2020-12-28", "2020-12-28T00:00:00Z", "2020-12-28T02:00:00+02:00"] {
            assert_eq!(Moment::from(text).instant(), expected, "{text}");
        }
        assert_eq!(Moment::from("2020-13-45T00:00:00.000Z").instant(), None);
    }
}
