//! What a run is, in the ledger's words.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Serialize;

use super::{CellAddress, PeriodId, ReportKey};

/// The number of a run in one ledger, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RunId(pub(super) i64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for RunId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// What is known of a run before it does anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunStart {
    /// When it began.
    pub started: DateTime<Utc>,
    /// The day of the run, from which its periods follow.
    pub day: NaiveDate,
    /// The host of Go.Data, or `files`.
    pub source: String,
    /// The host of DHIS2.
    pub target: String,
    /// The DHIS2 account that writes.
    pub account: String,
    /// The data sets it works on, one a report; the same one again where outbreaks are kept apart.
    pub data_sets: Vec<RunDataSet>,
    /// The version of this program.
    pub program: String,
    /// [`config_digest`](super::config_digest) of the configuration file.
    pub config_digest: String,
    /// Whether DHIS2 was asked to check only.
    pub dry_run: bool,
}

/// A data set in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunDataSet {
    /// Its id in DHIS2.
    #[serde(rename = "id")]
    pub data_set: String,
    /// Which of its attribute option combinations the values went into; empty where an older version of this program
    /// kept none.
    pub attribute_option_combo: String,
    /// Its name in DHIS2, with its attributes where it has some.
    pub name: String,
    /// The first period that was counted.
    pub first_period: PeriodId,
    /// The last period that was counted.
    pub last_period: PeriodId,
}

impl RunDataSet {
    /// The report that fills it.
    #[must_use]
    pub fn report(&self) -> ReportKey {
        ReportKey {
            data_set: self.data_set.clone(),
            attribute_option_combo: self.attribute_option_combo.clone(),
        }
    }
}

/// What was read and counted for one report.
///
/// The next run's [guards](crate::guard) compare with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many records were read, by kind (`cases`, `contacts`, …); zero for a kind of which there were none.
    pub records: BTreeMap<String, u64>,
    /// How many were in no cell.
    pub left_out: Vec<LeftOut>,
    /// Sums over all places and categories, one for each indicator and period that was counted, also where it is
    /// zero; only of indicators whose cells may be added.
    pub totals: BTreeMap<Total, Decimal>,
}

/// Which sum.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Total {
    /// The indicator.
    pub indicator: String,
    /// The period.
    pub period: PeriodId,
}

/// Records of an indicator that are in no cell, for one reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LeftOut {
    /// The indicator.
    pub indicator: String,
    /// The reason's stable id, such as `no-date`.
    pub reason: String,
    /// How many records.
    pub n: u64,
}

/// What becomes of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// DHIS2 held no value.
    Create,
    /// DHIS2 held another value.
    Update,
    /// DHIS2 held a value that no record supports any more.
    Clear,
}

impl Action {
    /// As it stands in the file and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Clear => "clear",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Create, Self::Update, Self::Clear].into_iter().find(|action| action.as_str() == text)
    }
}

/// A change that a run is about to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedCell {
    /// Which cell.
    pub address: CellAddress,
    /// What becomes of it.
    pub action: Action,
    /// What DHIS2 holds now; `None` for no value.
    pub old: Option<String>,
    /// What it is to hold; `None` for no value.
    pub new: Option<String>,
}

/// What became of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellOutcome {
    /// Which cell.
    pub address: CellAddress,
    /// What became of it.
    pub outcome: Outcome,
}

/// How sending a cell ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Stored, and there when it was read back.
    Stored,
    /// Deleted, and gone when it was read back.
    Cleared,
    /// DHIS2 refused it.
    Refused {
        /// DHIS2's code, such as `E7643`, where it gave one. Its words are not kept: they may quote values.
        code: Option<String>,
    },
    /// DHIS2 said that it was stored, but it was not there when read back.
    Lost,
    /// It was not sent.
    NotSent,
    /// A dry run: DHIS2 would store it.
    WouldBeStored,
    /// It was sent, and nothing is known of its end.
    Unknown,
}

impl Outcome {
    /// As it stands in the file and in JSON.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Cleared => "cleared",
            Self::Refused { .. } => "refused",
            Self::Lost => "lost",
            Self::NotSent => "notSent",
            Self::WouldBeStored => "wouldBeStored",
            Self::Unknown => "unknown",
        }
    }

    /// DHIS2's code, of a refusal that has one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code } => code.as_deref(),
            _ => None,
        }
    }

    pub(super) fn parse(text: &str, code: Option<String>) -> Option<Self> {
        Some(match text {
            "stored" => Self::Stored,
            "cleared" => Self::Cleared,
            "refused" => Self::Refused { code },
            "lost" => Self::Lost,
            "notSent" => Self::NotSent,
            "wouldBeStored" => Self::WouldBeStored,
            "unknown" => Self::Unknown,
            _ => return None,
        })
    }
}

/// What became of a registration as complete.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Completeness {
    /// The data set.
    pub data_set: String,
    /// The period.
    pub period: PeriodId,
    /// The organisation unit.
    pub org_unit: String,
    /// The attribute option combination.
    pub attribute_option_combo: String,
    /// What became of it.
    pub state: CompletenessState,
}

/// How a registration as complete ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum CompletenessState {
    /// Registered as complete.
    Registered,
    /// An earlier registration was taken back.
    Withdrawn,
    /// DHIS2 refused it.
    Refused,
}

impl CompletenessState {
    /// As it stands in the file and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Withdrawn => "withdrawn",
            Self::Refused => "refused",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Registered, Self::Withdrawn, Self::Refused]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// A guard that tripped, and what was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GuardDecision {
    /// The data set.
    pub data_set: String,
    /// Which of its attribute option combinations; empty where an older version of this program kept none.
    pub attribute_option_combo: String,
    /// What was measured, in words.
    pub sentence: String,
    /// The last run's number.
    pub before: String,
    /// This run's number.
    pub now: String,
    /// The limit, in percent.
    pub limit_percent: u32,
    /// Who or which flag let the run go on; `None` when it stopped.
    pub accepted_by: Option<String>,
}

/// How far a run came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "state")]
pub enum RunState {
    /// It ended.
    Ended {
        /// When.
        at: DateTime<Utc>,
        /// With which exit code.
        #[serde(rename = "exitCode")]
        exit_code: u8,
    },
    /// It has no end, and a later run found it so: it was killed, or the power went.
    Interrupted {
        /// The run that found it.
        by: RunId,
    },
    /// It has no end yet: it is running, or was killed and no run has come since.
    Open,
}

/// A run in the list of runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSummary {
    /// Its number.
    pub id: RunId,
    /// What was known at its start.
    pub start: RunStart,
    /// How far it came.
    pub state: RunState,
    /// How many changes it planned.
    pub n_planned: u64,
    /// How many changes came to which end, by [`Outcome::as_str`]; those without an end are not in it.
    pub outcomes: BTreeMap<String, u64>,
}

/// Everything that the ledger knows of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    /// The line in the list of runs.
    pub summary: RunSummary,
    /// What was read and counted, by report.
    pub counts: BTreeMap<ReportKey, Counts>,
    /// The planned changes with their ends.
    pub cells: Vec<RunCell>,
    /// The registrations as complete.
    pub completeness: Vec<Completeness>,
    /// The guards that tripped, in their order.
    pub guards: Vec<GuardDecision>,
}

/// A planned change, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunCell {
    /// The change.
    pub planned: PlannedCell,
    /// Its end; `None` while nobody has looked.
    pub outcome: Option<Outcome>,
}

/// What the last run that reached DHIS2 read and counted for a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastCounts {
    /// The run.
    pub run: RunId,
    /// When it began.
    pub started: DateTime<Utc>,
    /// What it read and counted.
    pub counts: Counts,
    /// The first and last period it counted.
    pub periods: (PeriodId, PeriodId),
}
