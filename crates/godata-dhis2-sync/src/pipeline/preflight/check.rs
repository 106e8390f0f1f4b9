//! One thing that was looked at, and how it ended.

use serde::Serialize;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// Nothing to do.
    Good,
    /// The run works, but somebody should look.
    Warning,
    /// Values would be missing or refused.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// How it ended.
    pub status: Status,
    /// What was looked at: `Go.Data`, `DHIS2`, or a report.
    pub subject: String,
    /// What was found.
    pub found: String,
    /// The code that DHIS2 would answer, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Whether a run stops for it: it would read too little, or send in vain.
    #[serde(skip)]
    pub stops: bool,
}

impl Check {
    /// A check that found nothing wrong.
    pub fn good(subject: &str, found: impl Into<String>) -> Self {
        Self {
            status: Status::Good,
            subject: subject.to_owned(),
            found: found.into(),
            code: None,
            remedy: None,
            stops: false,
        }
    }

    /// A check that found something, with what to do about it.
    pub fn found(
        status: Status,
        subject: &str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            status,
            subject: subject.to_owned(),
            found: found.into(),
            code: None,
            remedy: Some(remedy.into()),
            stops: false,
        }
    }

    /// The same, and a run stops for it.
    #[must_use]
    pub(super) fn stops(self) -> Self {
        Self { stops: true, ..self }
    }
}
