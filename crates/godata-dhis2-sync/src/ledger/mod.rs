//! The ledger: what was sent to DHIS2, by which run, and what became of it; one SQLite file.
//!
//! A cell is written here *before* it is sent and its outcome *after* it was read back, so a process that is killed
//! in between leaves a ledger that the next run understands: a run without an end was interrupted, and a cell without
//! an outcome is unknown until DHIS2 was read again ([`Ledger::unsettled`], [`Ledger::settle`]).
//!
//! ```text
//! begin → counted → intend → (send, read back) → outcomes → completeness → fingerprints → end
//! ```
//!
//! # What is not in it
//!
//! No name of a person, no visual id, no content of a record, no id of a record. To say *why* a figure changed, the ledger keeps a
//! [fingerprint](Fingerprints) of each record: a keyed hash of its id, whose random key is made with the file and
//! never leaves it, and the cells it counted in. Whoever has the file alone cannot tell whose fingerprint it is.
//!
//! Numbers are counts of records (`u64`) or exact decimals; moments are UTC; every list is sorted.

mod address;
mod error;
mod fingerprint;
mod fingerprint_store;
mod names;
mod query;
mod run;
mod schema;
mod settle;
mod store;
mod why;
mod write;

pub use address::{CellAddress, CellKey, PeriodId, ReportKey};
pub use error::LedgerError;
pub use fingerprint::{CONDITION, CountedPeriod, FingerprintKey, Fingerprints, Standing};
pub use names::ComboNames;
pub use query::{AttemptedSince, CellEvent, CellQuery, Told};
pub use run::{
    Action, CellOutcome, Completeness, CompletenessState, Counts, GuardDecision, LastCounts,
    LeftOut, Outcome, PlannedCell, RunCell, RunDataSet, RunId, RunRecord, RunStart, RunState,
    RunSummary, Total,
};
pub use settle::{Settlement, Unsettled};
pub use store::{Ledger, config_digest};
pub use why::Why;
