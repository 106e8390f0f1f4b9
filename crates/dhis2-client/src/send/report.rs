//! What became of every cell.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::cell::Cell;
use crate::error::Error;
use crate::import::{Conflict, ErrorCode, RefusalCategory};
use crate::period::Period;
use crate::reconcile::ChangeKind;
use crate::uid::{CategoryOptionComboId, OrgUnitId};

/// What became of a plan: one outcome for every cell that was to be sent, whatever happened.
#[derive(Debug)]
pub struct SendReport {
    /// The outcomes, sorted by cell.
    pub outcomes: Vec<Outcome>,
    /// Import calls.
    pub n_calls: usize,
    /// Time from the first call to the last read-back.
    pub elapsed: Duration,
    /// What stopped the sending before its end: the server went away, or refused the user.
    pub failure: Option<Error>,
    /// Whether the caller stopped the sending with values left to send
    /// ([`Client::send_while`](crate::Client::send_while)).
    pub stopped: bool,
    /// Why cells could not be read back, where that was the case.
    pub unverified: Option<Error>,
}

/// What became of one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The cell.
    pub cell: Cell,
    /// What was to happen to it.
    pub change: ChangeKind,
    /// What happened.
    pub verdict: Verdict,
}

/// What happened to a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The value is stored: it was read back.
    Stored,
    /// The cell is empty: it was read back.
    Cleared,
    /// The server says that it took the value; it was not read back.
    Accepted,
    /// Dry run: the server would take the value.
    WouldBeStored,
    /// The server refused the value.
    Refused(Refusal),
    /// The server said that it took the value, and holds another or none.
    Lost {
        /// What it holds.
        found: Option<String>,
    },
    /// It was not sent, because something stopped the sending before.
    NotSent,
    /// It was sent, and neither an answer nor a read-back tells what became of it.
    Unknown,
}

impl Verdict {
    /// Whether DHIS2 holds what was wanted, or would after a dry run.
    #[must_use]
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Stored | Self::Cleared | Self::Accepted | Self::WouldBeStored)
    }
}

/// Why a value was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// DHIS2's code; absent on servers before 2.37 and for faults within the server.
    pub code: Option<ErrorCode>,
    /// Who can do something about it.
    pub category: RefusalCategory,
    /// DHIS2's words, in the server's language.
    pub reason: String,
    /// What to do, in one sentence.
    pub remedy: &'static str,
}

impl Refusal {
    pub(super) fn new(conflict: &Conflict) -> Self {
        Self {
            code: conflict.code,
            category: conflict.code.map_or(RefusalCategory::Unknown, ErrorCode::category),
            reason: conflict.message.clone(),
            remedy: conflict.code.map_or("see DHIS2's own words", ErrorCode::remedy),
        }
    }

    pub(super) fn by_server(reason: String) -> Self {
        Self {
            code: None,
            category: RefusalCategory::Server,
            reason,
            remedy: "look into the server's log; the value makes it fail each time",
        }
    }

    pub(super) fn before_sending(reason: &str) -> Self {
        Self {
            code: None,
            category: RefusalCategory::Data,
            reason: reason.to_owned(),
            remedy: "remove the character: it was not sent, because 2.43 answers it by losing the whole call",
        }
    }
}

/// How many cells ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct SendCounts {
    /// Stored and read back.
    pub stored: u64,
    /// Cleared and read back.
    pub cleared: u64,
    /// Taken by the server's word, or in a dry run.
    pub accepted: u64,
    /// Refused.
    pub refused: u64,
    /// Lost by the server.
    pub lost: u64,
    /// Not sent.
    pub not_sent: u64,
    /// Fate unknown.
    pub unknown: u64,
}

impl SendReport {
    /// How many cells ended how.
    #[must_use]
    pub fn counts(&self) -> SendCounts {
        let mut counts = SendCounts::default();
        for outcome in &self.outcomes {
            *match outcome.verdict {
                Verdict::Stored => &mut counts.stored,
                Verdict::Cleared => &mut counts.cleared,
                Verdict::Accepted | Verdict::WouldBeStored => &mut counts.accepted,
                Verdict::Refused(_) => &mut counts.refused,
                Verdict::Lost { .. } => &mut counts.lost,
                Verdict::NotSent => &mut counts.not_sent,
                Verdict::Unknown => &mut counts.unknown,
            } += 1;
        }
        counts
    }

    /// The cells that were refused, and why.
    pub fn refused(&self) -> impl Iterator<Item = (&Outcome, &Refusal)> {
        self.outcomes.iter().filter_map(|outcome| match &outcome.verdict {
            Verdict::Refused(refusal) => Some((outcome, refusal)),
            _ => None,
        })
    }

    /// The entries (unit, period, attribute combination) of which a cell is not what was wanted:
    /// they must not be registered as complete.
    #[must_use]
    pub fn unfinished(&self) -> BTreeSet<(OrgUnitId, Period, CategoryOptionComboId)> {
        self.outcomes
            .iter()
            .filter(|outcome| !matches!(outcome.verdict, Verdict::Stored | Verdict::Cleared))
            .map(|Outcome { cell, .. }| (cell.org_unit, cell.period, cell.attribute_option_combo))
            .collect()
    }

    /// Whether DHIS2 now holds, for every cell, what was wanted.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.failure.is_none() && self.outcomes.iter().all(|outcome| outcome.verdict.is_good())
    }
}
