//! What the report of a run is made of: facts as the run found them, no markup and no wording of verdicts.
//!
//! Everything that can be computed from these facts (sums, the headline, the curves) is computed by this room, so
//! the page cannot contradict itself.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// The facts of one run.
///
/// Texts may come from a server as they are: they are escaped when the page is rendered. They must hold no personal
/// data; record ids stand only in [`Finding::ids`], and only where the user asked for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// What the page calls itself, such as the outbreak's name.
    pub title: String,
    /// Whether values were sent.
    pub mode: Mode,
    /// The moment at which the run began.
    pub began: DateTime<Utc>,
    /// The day that the run took as today: periods that end on it or later are not over.
    pub day: NaiveDate,
    /// Program and version, such as `godata-dhis2-sync 0.1.0`.
    pub program: String,
    /// Where records came from.
    pub source: Server,
    /// Where values went.
    pub target: Server,
    /// What was read, by kind of record.
    pub read: Vec<Read>,
    /// What the reader of the figures must know and no table says: guards that were overruled, clocks that differ.
    pub warnings: Vec<String>,
    /// The reports in the order of the configuration.
    pub reports: Vec<Report>,
    /// Odd content of records, whether they were counted or not.
    pub quality: Vec<Finding>,
    /// What became of each location that records name.
    pub places: Vec<Place>,
}

/// Whether a run changed anything in DHIS2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Values were sent and read back.
    Run,
    /// Nothing was sent: the page shows what would be.
    Plan,
}

/// One of the two servers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// How people call it, such as its host name. Never a credential.
    pub name: String,
    /// The version it states.
    pub version: Option<String>,
    /// What the run asked of it; nothing where it is no server but files.
    #[serde(default)]
    pub traffic: Option<Traffic>,
}

/// What a run asked of a server and what came: bodies only, without heads and TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// Requests, repeated tries among them.
    pub n_requests: u64,
    /// Bytes sent, as they crossed the wire.
    pub n_bytes_sent: u64,
    /// Bytes received, as they crossed the wire.
    pub n_bytes_received: u64,
    /// Bytes received, after decompression.
    pub n_bytes_unpacked: u64,
}

/// How many records of one kind were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// The kind in the plural, such as `cases`.
    pub kind: String,
    /// Records read.
    pub n: u64,
    /// Records among them that could not be understood and are in no figure.
    pub n_unreadable: u64,
}

/// One data set's worth of indicators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The report's name.
    pub name: String,
    /// The data set's name in DHIS2.
    pub data_set: String,
    /// DHIS2's period type, such as `Weekly`.
    pub period_type: String,
    /// The periods that were counted, oldest first, without a gap.
    pub periods: Vec<Period>,
    /// What is counted, in the order in which it is to be shown.
    pub indicators: Vec<Indicator>,
    /// The counted values of all periods and organisation units; several for one key (categories) are added.
    pub values: Vec<Value>,
    /// Cells that were not as they should be, and what became of each. Not the unchanged ones.
    pub cells: Vec<Cell>,
    /// Cells that DHIS2 held already with the right value.
    pub n_unchanged: u64,
    /// Why the report was not carried out to its end, where it was not.
    pub failure: Option<Failure>,
    /// Records that are in no cell.
    pub left_out: Vec<LeftOut>,
    /// Places and periods registered as complete; nothing where the report does not register.
    pub completeness: Option<Completeness>,
}

/// A period of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// DHIS2's identifier, such as `2020W30`.
    pub id: String,
    /// First day.
    pub first: NaiveDate,
    /// Last day.
    pub last: NaiveDate,
}

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Indicator {
    /// Its name, by which values, cells and left-out records refer to it.
    pub name: String,
    /// The definition in words: which records, which condition, which date.
    pub definition: String,
    /// How it is split, in words such as `sex, age band`; empty where it is not.
    pub breakdown: Vec<String>,
    /// Whether values of different organisation units may be added. A rate or a mean may not.
    pub adds_up: bool,
    /// Records examined.
    pub n_read: u64,
    /// Records counted. With [`LeftOut::n`] they make up `n_read`.
    pub n_counted: u64,
}

/// A counted value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// Name of the indicator.
    pub indicator: String,
    /// Identifier of the period.
    pub period: String,
    /// Name of the organisation unit.
    pub org_unit: String,
    /// The value as it is sent, a decimal number. A cell without a value is not in the list: absent is not zero.
    pub value: String,
}

/// A cell that was not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Identifier of the period.
    pub period: String,
    /// Name of the organisation unit.
    pub org_unit: String,
    /// Name of the indicator.
    pub indicator: String,
    /// Names of its category options; empty for the default.
    pub categories: Vec<String>,
    /// What DHIS2 held; nothing where it held no value.
    pub old: Option<String>,
    /// What it should hold; nothing where the value is to be cleared.
    pub new: Option<String>,
    /// Why the number changed, in words such as `1 late, 2 reclassified`.
    pub why: Option<String>,
    /// What became of it.
    pub end: End,
}

/// What became of a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum End {
    /// DHIS2 holds the new value (or none): it was read back. In [`Mode::Plan`]: it would be sent.
    Done,
    /// DHIS2 refused it. In [`Mode::Plan`]: it would, by its own rules.
    Refused {
        /// DHIS2's error code, such as `E7641`.
        code: Option<String>,
        /// The reason in words.
        reason: String,
        /// What a person can do.
        remedy: String,
    },
    /// DHIS2 said that it was stored, but it was not there when read back.
    Lost,
    /// Not sent, or sent and the end is not known.
    Open,
    /// Someone else stored the value; it was left alone.
    Foreign {
        /// The user's name in DHIS2, where known.
        by: Option<String>,
    },
}

/// Why a report was not carried out to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What went wrong.
    pub what: String,
    /// What a person can do.
    pub next: String,
}

/// Records that are in no cell of an indicator, for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Name of the indicator.
    pub indicator: String,
    /// The reason, such as `no date`.
    pub reason: String,
    /// What the reason means and what can be done about it.
    pub meaning: String,
    /// Whether the definition wants it so (another classification, outside the periods). What is not by design is a
    /// record that should have counted but could not.
    pub by_design: bool,
    /// Records.
    pub n: u64,
}

/// Odd content of records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Organisation unit or location of the records, where known.
    pub district: Option<String>,
    /// Kind of record in the plural, such as `cases`.
    pub source: String,
    /// What is odd, in words such as `date in the future`.
    pub kind: String,
    /// The field, such as `dateOfReporting`.
    pub field: String,
    /// Records.
    pub n: u64,
    /// Ids of some of the records; empty unless the user asked for them.
    pub ids: Vec<String>,
}

/// What became of a location that records name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The location's name in Go.Data.
    pub location: String,
    /// The organisation unit it counts for.
    pub org_unit: Option<String>,
    /// How the two were matched, in words such as `code` or `name`; for an unmatched location why it is not.
    pub method: String,
    /// Records that are in no figure because the location has no organisation unit; nothing where nobody looked.
    pub n_lost: Option<u64>,
}

/// Places and periods registered as complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completeness {
    /// Registered, because every cell was stored and read back.
    pub n_registered: u64,
    /// Not registered.
    pub incomplete: Vec<Incomplete>,
}

/// A place and period that was not registered as complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incomplete {
    /// Identifier of the period.
    pub period: String,
    /// Name of the organisation unit.
    pub org_unit: String,
    /// Why not, in words.
    pub why: String,
}
