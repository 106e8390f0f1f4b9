//! Versions of DHIS2 and what follows from them, in one place.

use std::fmt;
use std::str::FromStr;

use crate::period::{Period, PeriodType};

/// The version of a DHIS2 server, as `system/info` tells it.
///
/// Read leniently, because the text has had several forms: `2.42.1`, `2.43.0.0`, `2.44-SNAPSHOT`.
///
/// ```
/// use dhis2_client::{Engine, Version};
///
/// let version: Version = "2.43.2-SNAPSHOT".parse()?;
/// assert_eq!((version.major(), version.patch()), (43, 2));
/// assert_eq!(version.capabilities().engine, Engine::B);
/// # Ok::<(), dhis2_client::VersionError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    text: String,
    major: u16,
    patch: u16,
}

impl Version {
    /// What DHIS2 calls a major version: the 43 of `2.43.2`.
    #[must_use]
    pub fn major(&self) -> u16 {
        self.major
    }

    /// The patch: the 2 of `2.43.2`, 0 where none is given.
    #[must_use]
    pub fn patch(&self) -> u16 {
        self.patch
    }

    /// Whether this crate was written for it: 2.36 to 2.44.
    #[must_use]
    pub fn is_known(&self) -> bool {
        (36..=44).contains(&self.major)
    }

    fn at_least(&self, patches: &[(u16, u16)]) -> bool {
        // A fix is in the patches named and in every major after the last of them.
        let Some(&(last, _)) = patches.last() else { return false };
        self.major > last
            || patches.iter().any(|&(major, patch)| self.major == major && self.patch >= patch)
    }

    /// What a server of this version can do and how it answers.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        let engine = if self.major >= 43 { Engine::B } else { Engine::A };
        Capabilities {
            engine,
            access_tokens: self.major >= 37,
            error_codes: self.major >= 37,
            rejected_indexes: self.at_least(&[(39, 3), (40, 1), (41, 0)]),
            unchanged_are_ignored: engine == Engine::A
                && self.at_least(&[(38, 7), (39, 5), (40, 3), (41, 0)]),
            deletion_scope: engine == Engine::B,
            atomic: engine == Engine::B,
            values_as_text_only: self.major == 43,
            zeros_kept: engine == Engine::B,
            jobs_wait_for_scheduler: self.major >= 41,
            csv_data_set: self.major >= 39,
            checks_unit_dates: engine == Engine::B,
            input_periods_inverted: self.major == 43 && self.patch < 2,
            week_53_misread: !self.at_least(&[(40, 11), (41, 8), (42, 4)]),
            batch_size: match engine {
                Engine::B => 1_000,
                Engine::A if self.at_least(&[(41, 10), (42, 6)]) => 5_000,
                Engine::A => 1_000,
            },
        }
    }

    /// Whether a server of this version refuses a week 53 that exists.
    ///
    /// Before 2.40.11, 2.41.8 and 2.42.4 the number of weeks was taken from the ISO year that
    /// contains 1 January, whatever the week's first day (DHIS2-20277). The identifiers it would
    /// take for weeks that do not exist cannot be made with [`Period`].
    #[must_use]
    pub fn refuses_week(&self, period: Period) -> bool {
        let other_week = matches!(
            period.period_type(),
            PeriodType::WeeklyWednesday
                | PeriodType::WeeklyThursday
                | PeriodType::WeeklyFriday
                | PeriodType::WeeklySaturday
                | PeriodType::WeeklySunday
        );
        let id = period.id();
        if !self.capabilities().week_53_misread || !other_week || !id.ends_with("W53") {
            return false;
        }
        let january = id
            .get(..4)
            .and_then(|year| year.parse().ok())
            .and_then(|year| chrono::NaiveDate::from_ymd_opt(year, 1, 1));
        january.is_some_and(|day| {
            use chrono::Datelike;
            format!("{}W53", day.iso_week().year()).parse::<Period>().is_err()
        })
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let mut numbers = text.split(['.', '-']).map(|part| {
            let digits: &str = part.trim_end_matches(|c: char| !c.is_ascii_digit());
            digits.parse::<u16>().ok()
        });
        let error = || VersionError { text: text.chars().take(40).collect() };
        let first = numbers.next().flatten().ok_or_else(error)?;
        // "2." has stood before every version so far; without it the first number is the major.
        let major = if first == 2 { numbers.next().flatten().ok_or_else(error)? } else { first };
        let patch = numbers.next().flatten().unwrap_or(0);
        Ok(Self { text: text.to_owned(), major, patch })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// A text that is no version of DHIS2.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no DHIS2 version: expected a text such as `2.42.1`")]
pub struct VersionError {
    text: String,
}

/// Which of DHIS2's two imports of aggregate data a server runs.
///
/// They differ in what they check, what they count and what they answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// Up to 2.42: value by value, `E76xx`; a bad value costs itself.
    A,
    /// From 2.43: one statement for a whole call, `E8xxx`; one wrong key costs the call.
    B,
}

/// What a server can do, and how it answers. See [`Version::capabilities`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// The import engine.
    pub engine: Engine,
    /// Personal access tokens (2.37).
    pub access_tokens: bool,
    /// Conflicts carry a code (2.37).
    pub error_codes: bool,
    /// The summary lists the positions of refused values (2.39.3, 2.40.1, 2.41).
    pub rejected_indexes: bool,
    /// An unchanged value counts as `ignored`, without conflict (late patches of engine A); else it
    /// counts as `updated`.
    pub unchanged_are_ignored: bool,
    /// `deletion` in the body is honoured; older servers answer 200 and delete nothing.
    pub deletion_scope: bool,
    /// `atomic=true` is honoured.
    pub atomic: bool,
    /// A JSON number as value is answered with 500.
    pub values_as_text_only: bool,
    /// Zeros are stored even where they are not significant.
    pub zeros_kept: bool,
    /// An asynchronous job starts up to 20 seconds late, one of a kind at a time (2.41).
    pub jobs_wait_for_scheduler: bool,
    /// The data set of a CSV body is given in the query (2.39).
    pub csv_data_set: bool,
    /// A period outside the opening dates of an organisation unit is refused.
    pub checks_unit_dates: bool,
    /// The window of a data input period is tested the wrong way round (2.43.0, 2.43.1).
    pub input_periods_inverted: bool,
    /// Some weeks 53 are refused; see [`Version::refuses_week`].
    pub week_53_misread: bool,
    /// Values in one call at which the server works fastest.
    ///
    /// Measured (recordings' `bench.jsonl`): 2.43.2 is fastest at 1,000 and quadratic above
    /// (50,000 in one call: 352 s, 2.42.7: 16 s); 2.42.7 best between 2,000 and 10,000. Patches
    /// before 2.41.10 and 2.42.6 are quadratic, too (DHIS2-21950).
    pub batch_size: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_in_every_form_they_have_had() {
        for (text, major, patch) in [
            ("2.42.7-SNAPSHOT", 42, 7),
            ("2.43.0.0", 43, 0),
            ("2.44-SNAPSHOT", 44, 0),
            ("2.36.14", 36, 14),
            ("2.40", 40, 0),
            ("2.41.3.1-rc2", 41, 3),
            ("45.0.1", 45, 0),
        ] {
            let version: Version = text.parse().unwrap();
            assert_eq!((version.major(), version.patch()), (major, patch), "{text}");
            assert_eq!(version.to_string(), text);
        }
        for bad in ["", "unknown", "2", "2.x"] {
            assert!(bad.parse::<Version>().is_err(), "{bad}");
        }
    }

    /// One row a version: engine, tokens, indexes, unchanged ignored, deletion scope, text only,
    /// scheduler, week 53 misread, batch size.
    #[test]
    fn capabilities_follow_from_the_version() {
        let yes = true;
        let no = false;
        for (text, expected) in [
            ("2.36.14", (Engine::A, no, no, no, no, no, no, yes, 1_000)),
            ("2.37.11", (Engine::A, yes, no, no, no, no, no, yes, 1_000)),
            ("2.38.1", (Engine::A, yes, no, no, no, no, no, yes, 1_000)),
            ("2.38.8", (Engine::A, yes, no, yes, no, no, no, yes, 1_000)),
            ("2.39.2", (Engine::A, yes, no, no, no, no, no, yes, 1_000)),
            ("2.39.11", (Engine::A, yes, yes, yes, no, no, no, yes, 1_000)),
            ("2.40.0", (Engine::A, yes, no, no, no, no, no, yes, 1_000)),
            ("2.40.13", (Engine::A, yes, yes, yes, no, no, no, no, 1_000)),
            ("2.41.0", (Engine::A, yes, yes, yes, no, no, yes, yes, 1_000)),
            ("2.41.10", (Engine::A, yes, yes, yes, no, no, yes, no, 5_000)),
            ("2.42.0", (Engine::A, yes, yes, yes, no, no, yes, yes, 1_000)),
            ("2.42.7-SNAPSHOT", (Engine::A, yes, yes, yes, no, no, yes, no, 5_000)),
            ("2.43.2-SNAPSHOT", (Engine::B, yes, yes, no, yes, yes, yes, no, 1_000)),
            ("2.44-SNAPSHOT", (Engine::B, yes, yes, no, yes, no, yes, no, 1_000)),
        ] {
            let c = text.parse::<Version>().unwrap().capabilities();
            let found = (
                c.engine,
                c.access_tokens,
                c.rejected_indexes,
                c.unchanged_are_ignored,
                c.deletion_scope,
                c.values_as_text_only,
                c.jobs_wait_for_scheduler,
                c.week_53_misread,
                c.batch_size,
            );
            assert_eq!(found, expected, "{text}");
            assert_eq!(c.atomic, c.deletion_scope, "{text}");
        }
        let early: Version = "2.43.1".parse().unwrap();
        assert!(early.capabilities().input_periods_inverted);
    }

    #[test]
    fn old_servers_refuse_the_weeks_53_that_dhis2_20277_lists() {
        let old: Version = "2.40.10".parse().unwrap();
        let new: Version = "2.42.4".parse().unwrap();
        for id in
            ["2019SatW53", "2022WedW53", "2023ThuW53", "2017ThuW53", "2024SatW53", "2025SunW53"]
        {
            let week: Period = id.parse().unwrap();
            assert!(old.refuses_week(week), "{id}");
            assert!(!new.refuses_week(week), "{id}");
        }
        for id in ["2020W53", "2026W53", "2020SunW53", "2020SunW52"] {
            assert!(!old.refuses_week(id.parse().unwrap()), "{id}");
        }
    }
}
