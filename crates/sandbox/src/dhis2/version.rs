//! DHIS2 versions and what differs between them on the wire.

use std::{fmt, str::FromStr};

/// A DHIS2 release line, 2.36 to 2.44.
///
/// ```
/// use sandbox::dhis2::Dhis2Version;
///
/// let version: Dhis2Version = "2.43".parse()?;
/// assert_eq!(version, Dhis2Version::V2_43);
/// assert!(version > Dhis2Version::V2_42);
/// # Ok::<(), sandbox::dhis2::UnknownVersion>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dhis2Version(u16);

/// A version the sandbox does not play.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the sandbox plays DHIS2 2.36 to 2.44, not {0}")]
pub struct UnknownVersion(String);

impl Dhis2Version {
    /// 2.36: plain import summaries, always 200.
    pub const V2_36: Self = Self(36);
    /// 2.37: personal access tokens; `/api/38` is the first path with an envelope.
    pub const V2_37: Self = Self(37);
    /// 2.38: envelopes, 409 for a conflict.
    pub const V2_38: Self = Self(38);
    /// 2.39: `rejectedIndexes`.
    pub const V2_39: Self = Self(39);
    /// 2.40.
    pub const V2_40: Self = Self(40);
    /// 2.41: asynchronous imports wait for a scheduler.
    pub const V2_41: Self = Self(41);
    /// 2.42: the last with the old import engine; recorded.
    pub const V2_42: Self = Self(42);
    /// 2.43: the new import engine; recorded.
    pub const V2_43: Self = Self(43);
    /// 2.44.
    pub const V2_44: Self = Self(44);

    /// The number behind "2.".
    #[must_use]
    pub fn minor(self) -> u16 {
        self.0
    }

    /// What `system/info` calls it.
    pub(crate) fn text(self) -> String {
        match self.0 {
            42 => "2.42.7-SNAPSHOT".to_owned(),
            43 => "2.43.2-SNAPSHOT".to_owned(),
            44 => "2.44-SNAPSHOT".to_owned(),
            minor => format!("2.{minor}.8"),
        }
    }

    /// Whether imports go through the group-wise engine.
    pub(crate) fn is_engine_b(self) -> bool {
        self >= Self::V2_43
    }

    /// Whether `/api/NN/…` is a path of this version (facts §2.2).
    pub(crate) fn has_path(self, number: u16) -> bool {
        let last = match self.0 {
            36 => 36,
            37 => 38,
            38 | 39 => 39,
            40..=42 => 42,
            minor => minor,
        };
        (28..=last).contains(&number)
    }

    /// Whether an import answers with a bare summary, always 200, on this path.
    pub(crate) fn is_bare(self, path_number: Option<u16>) -> bool {
        match self.0 {
            ..=36 => true,
            37 => path_number != Some(38),
            38..=41 => path_number.is_some_and(|number| number <= 37),
            _ => false,
        }
    }

    /// Conflicts carry codes and objects.
    pub(crate) fn has_rich_conflicts(self) -> bool {
        self >= Self::V2_37
    }

    /// Summaries list the rejected positions.
    pub(crate) fn has_rejected_indexes(self) -> bool {
        self >= Self::V2_39
    }

    /// A value sent again unchanged counts as `ignored`, not as `updated` (engine A).
    pub(crate) fn ignores_unchanged(self) -> bool {
        self >= Self::V2_39
    }

    /// Seconds between two looks of the job scheduler; `None`: jobs start at once.
    pub(crate) fn scheduler_seconds(self) -> Option<i64> {
        (self >= Self::V2_41).then_some(20)
    }

    /// Where somebody without a login is sent.
    pub(crate) fn login_path(self) -> &'static str {
        match self.0 {
            ..=41 => "/dhis-web-commons/security/login.action",
            42 => "/dhis-web-login/",
            _ => "/login/",
        }
    }
}

impl fmt::Display for Dhis2Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "2.{}", self.0)
    }
}

impl FromStr for Dhis2Version {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.strip_prefix("2.")
            .and_then(|rest| rest.split('.').next())
            .and_then(|minor| minor.parse().ok())
            .filter(|minor| (36..=44).contains(minor))
            .map(Self)
            .ok_or_else(|| UnknownVersion(text.to_owned()))
    }
}
