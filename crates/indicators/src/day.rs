//! How a moment becomes a calendar day.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime, Utc};

/// A calendar day, as the number of days since 1 January of the year 1 (which is day 1).
pub(crate) type DayNumber = i32;

/// The rule by which a moment becomes a calendar day.
///
/// Go.Data stores days as moments: midnight in the time zone of the server's configuration, UTC
/// unless somebody changed it. Shown in another zone they may fall on the day before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DayRule {
    /// The day it is in UTC: the first ten characters of the stored text.
    #[default]
    Utc,
    /// The day it is at a fixed distance from UTC.
    Fixed(FixedOffset),
    /// The day it is in a zone whose distance from UTC changes.
    Table(OffsetTable),
}

/// The distances of a time zone from UTC, and from when each holds.
///
/// The core knows no time zones: the caller makes the table from its zone database for the years
/// that matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetTable {
    /// Seconds since 1970 and the offset in seconds east that holds from then on.
    from: Vec<(i64, i32)>,
    first: i32,
}

impl OffsetTable {
    /// A table of the offset at the beginning and every later change, in any order.
    #[must_use]
    pub fn new(first: FixedOffset, changes: Vec<(DateTime<Utc>, FixedOffset)>) -> Self {
        let mut from: Vec<_> = changes
            .into_iter()
            .map(|(instant, offset)| (instant.timestamp(), offset.local_minus_utc()))
            .collect();
        from.sort_unstable();
        Self { from, first: first.local_minus_utc() }
    }

    fn offset_at(&self, second: i64) -> i32 {
        let n_past = self.from.partition_point(|&(from, _)| from <= second);
        n_past.checked_sub(1).map_or(self.first, |last| self.from[last].1)
    }
}

impl DayRule {
    fn offset_at(&self, second: i64) -> i64 {
        i64::from(match self {
            Self::Utc => 0,
            Self::Fixed(offset) => offset.local_minus_utc(),
            Self::Table(table) => table.offset_at(second),
        })
    }

    /// The calendar day of a moment.
    pub(crate) fn day_of(&self, moment: Moment) -> DayNumber {
        match moment {
            Moment::Local { day, .. } => day,
            Moment::Instant { millisecond } => {
                let second = millisecond.div_euclid(1000);
                let local = second + self.offset_at(second);
                i32::try_from(local.div_euclid(86_400)).map_or(0, |day| day + DAY_1970)
            }
        }
    }

    /// The instant of a moment, in milliseconds since 1970 (UTC). A local time that the clocks
    /// skip or repeat is taken at the earlier offset.
    pub(crate) fn instant_of(&self, moment: Moment) -> i64 {
        match moment {
            Moment::Instant { millisecond } => millisecond,
            Moment::Local { day, millisecond } => {
                let local = i64::from(day - DAY_1970) * 86_400_000 + i64::from(millisecond);
                let second = local.div_euclid(1000);
                // An offset is below a day, so the one in force is that of a day before or after.
                let early = self.offset_at(second - 86_400);
                let late = self.offset_at(second + 86_400);
                let fits = |offset: i64| self.offset_at(second - offset) == offset;
                let offset = if fits(early) || !fits(late) { early } else { late };
                local - offset * 1000
            }
        }
    }
}

/// The number of 1 January 1970.
const DAY_1970: DayNumber = 719_163;

pub(crate) fn day_number(date: NaiveDate) -> DayNumber {
    date.num_days_from_ce()
}

/// A date or a time as it stands in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// With its distance from UTC.
    Instant {
        /// Milliseconds since 1970.
        millisecond: i64,
    },
    /// A calendar day, or a time without a zone.
    Local {
        /// The day that is written.
        day: DayNumber,
        /// Milliseconds of the day.
        millisecond: u32,
    },
}

impl Moment {
    /// Reads `2020-07-24`, `2020-07-24T09:30Z`, `2020-07-24T09:30:00.000Z`, `…+02:00`, also with a
    /// space for the `T`.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let day = parse_day(date)?;
        let Some((b'T' | b't' | b' ', rest)) = rest.split_first() else {
            return rest.is_empty().then_some(Self::Local { day, millisecond: 0 });
        };
        // As the server stores days.
        if rest == b"00:00:00.000Z" {
            return Some(Self::at(day, 0, 0));
        }
        let (time, zone_at) = parse_time(rest)?;
        match &rest[zone_at..] {
            b"" => Some(Self::Local { day, millisecond: time }),
            b"Z" | b"z" => Some(Self::at(day, time, 0)),
            zone => Some(Self::at(day, time, parse_offset(zone)?)),
        }
    }

    fn at(day: DayNumber, millisecond: u32, offset_minutes: i64) -> Self {
        let local = i64::from(day - DAY_1970) * 86_400_000 + i64::from(millisecond);
        Self::Instant { millisecond: local - offset_minutes * 60_000 }
    }

    /// Whether a text has the shape of a date, so that a wrong one is an error and not a text.
    pub(crate) fn looks_like_one(text: &str) -> bool {
        let bytes = text.as_bytes();
        bytes.len() >= 10
            && bytes[..10].iter().enumerate().all(|(n, byte)| match n {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            })
            && matches!(bytes.get(10), None | Some(b'T' | b' '))
    }
}

fn digits(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0_u32, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
    })
}

fn parse_day(text: &[u8]) -> Option<DayNumber> {
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = *text else { return None };
    let year = i32::try_from(digits(&[y0, y1, y2, y3])?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, digits(&[m0, m1])?, digits(&[d0, d1])?)?;
    Some(day_number(date))
}

/// The milliseconds of the day, and how many bytes were read.
fn parse_time(text: &[u8]) -> Option<(u32, usize)> {
    let [h0, h1, b':', m0, m1, ..] = *text else { return None };
    let (hour, minute) = (digits(&[h0, h1])?, digits(&[m0, m1])?);
    let mut place = 5;
    let mut second = 0;
    let mut fraction = 0;
    if let [b':', s0, s1, ..] = text[place..] {
        second = digits(&[s0, s1])?;
        place += 3;
        if text.get(place) == Some(&b'.') {
            let n_digits =
                text[place + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            if n_digits == 0 {
                return None;
            }
            for n in 0..3 {
                let digit = text.get(place + 1 + n).filter(|_| n < n_digits);
                fraction = fraction * 10 + digit.map_or(0, |digit| u32::from(digit - b'0'));
            }
            place += 1 + n_digits;
        }
    }
    NaiveTime::from_hms_opt(hour, minute, second)?;
    Some((((hour * 60 + minute) * 60 + second) * 1000 + fraction, place))
}

fn parse_offset(text: &[u8]) -> Option<i64> {
    let (sign, hour, minute) = match *text {
        [sign, h0, h1, b':', m0, m1] | [sign, h0, h1, m0, m1] => {
            (sign, digits(&[h0, h1])?, digits(&[m0, m1])?)
        }
        [sign, h0, h1] => (sign, digits(&[h0, h1])?, 0),
        _ => return None,
    };
    if hour > 14 || minute > 59 {
        return None;
    }
    let minutes = i64::from(hour * 60 + minute);
    match sign {
        b'+' => Some(minutes),
        b'-' => Some(-minutes),
        _ => None,
    }
}

/// Completed years from one day to another; negative when the second lies before the first.
pub(crate) fn completed_years(from: DayNumber, to: DayNumber) -> Option<i32> {
    let from = NaiveDate::from_num_days_from_ce_opt(from)?;
    let to = NaiveDate::from_num_days_from_ce_opt(to)?;
    let had_birthday = (to.month(), to.day()) >= (from.month(), from.day());
    Some(to.year() - from.year() - i32::from(!had_birthday))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> DayNumber {
        parse_day(text.as_bytes()).expect("a day")
    }

    fn day_in(rule: &DayRule, text: &str) -> Option<DayNumber> {
        Moment::parse(text.as_bytes()).map(|moment| rule.day_of(moment))
    }

    #[test]
    fn a_moment_is_read_in_the_forms_that_records_hold() {
        for (text, expected) in [
            ("2020-07-24", "2020-07-24"),
            ("2020-07-24T00:00Z", "2020-07-24"),
            ("2020-07-24T09:30Z", "2020-07-24"),
            ("2020-07-24T23:59:59.999Z", "2020-07-24"),
            ("2020-07-24 23:59:59", "2020-07-24"),
            ("2020-07-24T01:00:00+02:00", "2020-07-23"),
            ("2020-07-24T23:00:00.5-0200", "2020-07-25"),
        ] {
            assert_eq!(day_in(&DayRule::Utc, text), Some(day(expected)), "{text}");
        }
        for text in ["", "2020-7-4", "2020-02-30", "2020-07-24T25:00Z", "2020-07-24Tx", "last week"]
        {
            assert_eq!(day_in(&DayRule::Utc, text), None, "{text}");
        }
    }

    #[test]
    fn midnight_in_kinshasa_is_the_day_before_in_utc() {
        let kinshasa = DayRule::Fixed(FixedOffset::east_opt(3600).expect("an offset"));
        assert_eq!(day_in(&kinshasa, "2020-07-23T23:00:00.000Z"), Some(day("2020-07-24")));
        assert_eq!(day_in(&kinshasa, "2020-07-24"), Some(day("2020-07-24")));
        let midnight = Moment::parse(b"2020-07-24").expect("a moment");
        let instant = Moment::parse(b"2020-07-23T23:00:00.000Z").expect("a moment");
        assert_eq!(kinshasa.instant_of(midnight), DayRule::Utc.instant_of(instant));
    }

    #[test]
    fn a_table_of_offsets_follows_summer_time() {
        let hours = |n: i32| FixedOffset::east_opt(n * 3600).expect("an offset");
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
        let rule = DayRule::Table(OffsetTable::new(
            hours(1),
            vec![(at("2020-10-25T01:00:00Z"), hours(1)), (at("2020-03-29T01:00:00Z"), hours(2))],
        ));
        assert_eq!(day_in(&rule, "2020-01-31T22:59:00Z"), Some(day("2020-01-31")));
        assert_eq!(day_in(&rule, "2020-01-31T23:00:00Z"), Some(day("2020-02-01")));
        assert_eq!(day_in(&rule, "2020-07-31T22:00:00Z"), Some(day("2020-08-01")));
        let summer = Moment::parse(b"2020-07-31").expect("a moment");
        assert_eq!(rule.instant_of(summer), at("2020-07-30T22:00:00Z").timestamp_millis());
        let winter = Moment::parse(b"2020-12-31").expect("a moment");
        assert_eq!(rule.instant_of(winter), at("2020-12-30T23:00:00Z").timestamp_millis());
    }

    #[test]
    fn a_moment_is_exact_to_the_millisecond() {
        let utc = |text: &str| DayRule::Utc.instant_of(Moment::parse(text.as_bytes()).expect(text));
        for (text, same) in [
            ("2020-07-24T09:31:17.25Z", "2020-07-24T09:31:17.250Z"),
            ("2020-07-24T09:31:17.5+0130", "2020-07-24T08:01:17.500Z"),
            ("2020-07-24T09:31:17.123987-02:00", "2020-07-24T11:31:17.123Z"),
            ("2020-07-24 09:31:17.004", "2020-07-24T09:31:17.004Z"),
            ("2020-07-24T09:31-03", "2020-07-24T12:31:00.000Z"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
        ] {
            let same = same.parse::<DateTime<Utc>>().expect("an instant");
            assert_eq!(utc(text), same.timestamp_millis(), "{text}");
        }
    }

    /// The clocks of Berlin go from 2:00 to 3:00 on 29 March 2020, and from 3:00 back to 2:00 on
    /// 25 October.
    #[test]
    fn a_local_time_that_the_clocks_skip_or_repeat_is_taken_at_the_earlier_offset() {
        let hours = |n: i32| FixedOffset::east_opt(n * 3600).expect("an offset");
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
        let changes =
            [("2019-10-27T01:00:00Z", 1), ("2020-03-29T01:00:00Z", 2), ("2020-10-25T01:00:00Z", 1)];
        let changes = changes.map(|(instant, offset)| (at(instant), hours(offset)));
        let berlin = DayRule::Table(OffsetTable::new(hours(2), changes.into()));
        for (local, instant) in [
            ("2020-03-29T01:59:59.999", "2020-03-29T00:59:59.999Z"),
            ("2020-03-29T02:00", "2020-03-29T01:00:00Z"),
            ("2020-03-29T02:30", "2020-03-29T01:30:00Z"),
            ("2020-03-29T03:00", "2020-03-29T01:00:00Z"),
            ("2020-10-25T01:59", "2020-10-24T23:59:00Z"),
            ("2020-10-25T02:00", "2020-10-25T00:00:00Z"),
            ("2020-10-25T02:59", "2020-10-25T00:59:00Z"),
            ("2020-10-25T03:00", "2020-10-25T02:00:00Z"),
        ] {
            let moment = Moment::parse(local.as_bytes()).expect(local);
            assert_eq!(berlin.instant_of(moment), at(instant).timestamp_millis(), "{local}");
        }
        // Where they are behind UTC: New York went from 2:00 to 3:00 on 8 March.
        let changes = vec![(at("2020-03-08T07:00:00Z"), hours(-4))];
        let new_york = DayRule::Table(OffsetTable::new(hours(-5), changes));
        for (local, instant) in [
            ("2020-03-08T01:59", "2020-03-08T06:59:00Z"),
            ("2020-03-08T02:30", "2020-03-08T07:30:00Z"),
            ("2020-03-08T03:00", "2020-03-08T07:00:00Z"),
        ] {
            let moment = Moment::parse(local.as_bytes()).expect(local);
            assert_eq!(new_york.instant_of(moment), at(instant).timestamp_millis(), "{local}");
        }
    }

    #[test]
    fn only_what_has_the_shape_of_a_date_is_taken_for_one() {
        for text in ["2020-07-24", "2020-99-99", "2020-07-24T", "2020-07-24 09:30"] {
            assert!(Moment::looks_like_one(text), "{text}");
        }
        for text in
            ["", "2020-07-2", "2020-07-24x", "2020/07/24", "2020-07+24", "2O20-07-24", "-020-07-24"]
        {
            assert!(!Moment::looks_like_one(text), "{text}");
        }
    }

    #[test]
    fn a_time_or_a_zone_in_another_form_is_none() {
        for rest in [
            "T09:3",
            "T09-30",
            "T09:30:1",
            "T09:30:60Z",
            "T09:60Z",
            "T09:30:15.Z",
            "T09:30:15.Zulu",
            "T09:30ZZ",
            "T09:30+",
            "T09:30+1",
            "T09:30+15:00",
            "T09:30+02:60",
            "T09:30*02:00",
            "T09:30+02-00",
            "T09:30+0x:00",
            "x09:30",
        ] {
            let text = format!("2020-07-24{rest}");
            assert_eq!(Moment::parse(text.as_bytes()), None, "{text}");
        }
        for rest in ["T09:30+14:59", "T09:30-14", "t09:30z", "T23:59:59"] {
            let text = format!("2020-07-24{rest}");
            assert!(Moment::parse(text.as_bytes()).is_some(), "{text}");
        }
        assert_eq!(Moment::parse(b"2020-07-00"), None);
        assert_eq!(Moment::parse(b"2O20-07-24"), None);
        assert_eq!(Moment::parse(b"2020-0/-24"), None);
    }

    #[test]
    fn years_are_complete_on_the_birthday() {
        assert_eq!(completed_years(day("2000-05-10"), day("2020-05-09")), Some(19));
        assert_eq!(completed_years(day("2000-05-10"), day("2020-05-10")), Some(20));
        assert_eq!(completed_years(day("2000-02-29"), day("2021-02-28")), Some(20));
        assert_eq!(completed_years(day("2000-02-29"), day("2021-03-01")), Some(21));
        assert_eq!(completed_years(day("2020-05-10"), day("2020-05-09")), Some(-1));
    }
}
