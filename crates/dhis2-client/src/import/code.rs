//! DHIS2's error codes: what each means and what to do about it.

use std::fmt;
use std::str::FromStr;

/// A code of DHIS2, such as `E7641`.
///
/// The meanings are those of `ErrorCode` of 2.37–2.42 (`E76xx`, engine A) and 2.43–2.44 (`E8xxx`,
/// engine B). A code not known here keeps its number and falls into
/// [`RefusalCategory::Unknown`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorCode(u16);

/// Who can do something about a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RefusalCategory {
    /// The set-up of the data set or of the call.
    Configuration,
    /// What the value is mapped to: element, combination, period, organisation unit.
    Mapping,
    /// What the user may do.
    Permission,
    /// The value itself.
    Data,
    /// The period is closed, not yet open, or outside the dates of something.
    Timing,
    /// The server, at this moment: sending again may help.
    Server,
    /// A code that this crate does not know, or none.
    Unknown,
}

impl fmt::Display for RefusalCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Configuration => "configuration",
            Self::Mapping => "mapping",
            Self::Permission => "permission",
            Self::Data => "data",
            Self::Timing => "timing",
            Self::Server => "server",
            Self::Unknown => "unknown",
        })
    }
}

impl ErrorCode {
    /// The code with this number: `ErrorCode::new(7641)` is `E7641`.
    #[must_use]
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// Who can do something about it.
    #[must_use]
    pub fn category(self) -> RefusalCategory {
        use RefusalCategory as Category;
        match self.0 {
            7600 | 7602 | 7630 | 7631 | 8001..=8003 | 8006..=8009 | 8101 => Category::Configuration,
            7601 | 7614 | 7616 | 7617 | 7622 | 8010..=8012 => Category::Permission,
            7603 | 7604 | 7610..=7613 | 7615 | 7632..=7636 | 7639 => Category::Mapping,
            8004 | 8005 | 8020..=8025 | 8034 | 8035 | 8103 | 8104 => Category::Mapping,
            8106..=8111 | 8126 | 8127 => Category::Mapping,
            7618..=7621 | 7637 | 7645 | 8000 | 8100 | 8102 | 8105 => Category::Data,
            8120..=8125 | 8128 => Category::Data,
            7638 | 7640..=7644 | 8030..=8033 => Category::Timing,
            _ => Category::Unknown,
        }
    }

    /// What a person can do about it, in one sentence.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self.0 {
            7600 | 8004 | 8005 => "check the data set's id, and that it is shared with this user",
            7601 | 8010 => {
                "an administrator must share the data set with this user: data, can capture and view"
            }
            7602 | 8002 | 8003 => "name the data set that the values belong to",
            7645 => "there is no file behind this value",
            8001 | 8006 | 8007 => {
                "the body cannot be read: check that the format is the one that is named"
            }
            8008 | 8009 => "register completeness by a call of its own",
            8034 | 8035 => "check the identifiers in the deletion block",
            8101 => "name the data set, or name option combinations by their identifiers",
            8102 | 8105 => "write every part of the key into every value",
            8126 | 8127 => "name the attribute option combination by its identifier",
            7637 => "leave the name of the user who stores to the server",
            7603 | 7612 | 8106 | 8107 => "check the organisation unit's id in the place mapping",
            7604 | 7615 | 8023 | 8110 | 8111 => {
                "check the attribute option combination: it must be one of the data set's category combination"
            }
            7610 | 8103 | 8104 => {
                "check the data element's id, and that it is shared with this user"
            }
            7611 | 8100 => "check the period; where two programs send at once, send again",
            7613 | 8108 | 8109 => {
                "check the category option combination; after changes to categories, option combinations must be generated again"
            }
            7614 | 7616 | 8012 => {
                "an administrator must share the category options with this user: data, can capture and view"
            }
            7617 | 8011 => {
                "an administrator must give this user the organisation unit, or one above it, for data capture"
            }
            7622 => "an administrator must give this user organisation units for data capture",
            7618 | 8120 | 8121 => "send a value, or delete the cell",
            7619 | 8122 => {
                "the value does not fit the element's value type: change the measure or the element"
            }
            7620 | 8125 => "shorten the comment",
            7621 | 8123 => {
                "use a code of the element's option set, in the same upper and lower case"
            }
            8124 => "use a code of the option set for comments",
            7630 | 7631 => "name the category option combination of every value",
            7632 | 8021 => "use periods of the data set's period type",
            7633 | 8020 => "add the data element to the data set, or leave it out of the report",
            7634 | 8024 => {
                "use a category option combination of the element's category combination in this data set"
            }
            7635 => "use an attribute option combination of the data set's category combination",
            7636 | 8022 => {
                "assign the organisation unit to the data set, or map the place to another unit"
            }
            7638 | 8032 => {
                "the period lies outside the dates of a category option: change the dates or leave the cell out"
            }
            7639 | 8025 => "the category option is not for this organisation unit: change either",
            7640 => {
                "the period has expired: an administrator can raise the data set's expiry days, add a lock exception, or give the user F_EDIT_EXPIRED"
            }
            7641 => "the period is not open yet: wait, or raise the data set's open future periods",
            7642 | 8033 => "the data is approved: someone must take the approval back first",
            7643 => "the period is not among the data set's input periods, or outside their dates",
            7644 | 8030 => {
                "the period is expired, not open yet, or not among the input periods: check expiry days, open future periods and input periods of the data set"
            }
            8031 => {
                "the organisation unit was not open in this period: correct its opening or closing date, or leave the cell out"
            }
            8000 => "one value of an all-or-nothing call was refused: see the others",
            8128 => "one cell was sent twice: sum the values first",
            _ => "see DHIS2's own words",
        }
    }
}

impl FromStr for ErrorCode {
    type Err = NotACode;

    fn from_str(text: &str) -> Result<Self, NotACode> {
        text.strip_prefix('E')
            .filter(|digits| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
            .map(Self)
            .ok_or(NotACode)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("E{:04}", self.0))
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for ErrorCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text that is no code of DHIS2: `E` and four digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a DHIS2 error code: expected E and four digits")]
pub struct NotACode;
