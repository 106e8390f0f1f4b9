//! Which moments a cron text stands for.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

/// The moments at which a run is due: five fields of cron in a time zone.
///
/// As in cron, a day matches when the day of the month *or* the day of the week does, where both are restricted. When
/// clocks go forward, a time that does not exist that day is due at the first one that does.
///
/// # Examples
///
/// ```
/// use chrono::{DateTime, Utc};
/// use godata_dhis2_sync::schedule::Timetable;
///
/// let cron = Timetable::parse_cron("00 23 * * 1")?;
/// let mondays = Timetable::new(cron, chrono_tz::Africa::Kinshasa);
/// let sunday: DateTime<Utc> = "2021-02-28T12:00:00Z".parse().expect("a moment");
///
/// let next = mondays.next_after(sunday).expect("there is one");
/// assert_eq!(next.to_rfc3339(), "2021-03-01T22:00:00+00:00");
/// # Ok::<(), godata_dhis2_sync::schedule::NotCron>(())
/// ```
#[derive(Debug, Clone)]
pub struct Timetable {
    cron: Cron,
    zone: Tz,
}

/// A text that is no cron text of five fields.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no time of cron ({reason}): write five fields, minute, hour, day of the month, month, day of the \
     week, such as `00 23 * * 1` for each Monday at 23:00"
)]
pub struct NotCron {
    text: String,
    reason: String,
}

impl Timetable {
    /// The moments of `cron` on the clocks of `zone`.
    #[must_use]
    pub fn new(cron: Cron, zone: Tz) -> Self {
        Self { cron, zone }
    }

    /// Reads five fields of cron.
    ///
    /// # Errors
    ///
    /// When there are more or fewer fields, or one of them is out of range.
    pub fn parse_cron(text: &str) -> Result<Cron, NotCron> {
        let wrong = |reason: String| NotCron { text: text.to_owned(), reason };
        let n_fields = text.split_whitespace().count();
        if n_fields != 5 {
            return Err(wrong(format!("{n_fields} fields")));
        }
        CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build()
            .parse(text)
            .map_err(|error| wrong(error.to_string().trim_end_matches('.').to_owned()))
    }

    /// The first due moment after `moment`; `None` for a text that no day fulfils, such as 30 February.
    #[must_use]
    pub fn next_after(&self, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let local = moment.with_timezone(&self.zone);
        self.cron
            .find_next_occurrence(&local, false)
            .ok()
            .map(|next| next.with_timezone(&Utc))
            // A search that does not go forward would make the service run without end.
            .filter(|next| *next > moment)
    }

    /// The cron text and the zone, as a person reads them.
    #[must_use]
    pub fn in_words(&self) -> String {
        format!("{} ({})", self.cron.as_str(), self.zone.name())
    }

    /// A moment on the clocks of the timetable's zone, to the minute.
    #[must_use]
    pub fn local(&self, moment: DateTime<Utc>) -> String {
        moment.with_timezone(&self.zone).format("%Y-%m-%d %H:%M %Z").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(cron: &str, zone: Tz, after: &str) -> String {
        let timetable = Timetable::new(Timetable::parse_cron(cron).unwrap(), zone);
        let next = timetable.next_after(after.parse().unwrap()).unwrap();
        next.format("%Y-%m-%dT%H:%MZ").to_string()
    }

    #[test]
    fn the_original_schedule_is_each_monday_at_23() {
        let cron = "00 23 * * 1";
        assert_eq!(next(cron, Tz::UTC, "2021-03-01T22:59:59Z"), "2021-03-01T23:00Z");
        assert_eq!(next(cron, Tz::UTC, "2021-03-01T23:00:00Z"), "2021-03-08T23:00Z");
    }

    #[test]
    fn a_time_that_the_clocks_skip_is_not_lost() {
        // Berlin, 28 March 2021: 02:00 became 03:00 (01:00 UTC).
        let next = next("30 2 * * *", chrono_tz::Europe::Berlin, "2021-03-27T12:00:00Z");
        assert_eq!(next, "2021-03-28T01:00Z");
    }

    #[test]
    fn a_day_that_never_comes_has_no_next() {
        let never = Timetable::new(Timetable::parse_cron("0 0 30 2 *").unwrap(), Tz::UTC);
        assert_eq!(never.next_after("2021-01-01T00:00:00Z".parse().unwrap()), None);
    }
}
