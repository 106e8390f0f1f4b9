//! Aggregate data exchange with DHIS2 2.36 to 2.44.
//!
//! DHIS2 has two engines that import aggregate data, with different checks, counters and status
//! codes, and both have ways to drop values without saying so. This crate hides the difference and
//! makes a refused or lost value impossible to overlook:
//!
//! 1. read what a data set is ([`Client::data_set`]) and what it holds ([`Client::stored_values`]);
//! 2. say what it shall hold and compare ([`reconcile()`], pure);
//! 3. ask what the server would refuse ([`preflight()`], pure);
//! 4. send the difference ([`Client::send`]): every cell gets a [`Verdict`] that was read back;
//! 5. tell DHIS2 which entries are complete ([`Client::register_complete`]).
//!
//! ```no_run
//! use dhis2_client::{Client, Credentials, Ownership, SendOptions, ValueQuery, Wanted, reconcile};
//!
//! # async fn example(token: secrecy::SecretString) -> Result<(), Box<dyn std::error::Error>> {
//! let url = "https://dhis2.example.org".parse()?;
//! let client = Client::builder(url, Credentials::api_token(token)).build()?;
//! let data_set = client.data_set("kIfMNugiTgd".parse()?).await?;
//!
//! let week = data_set.period_type.parse("2020W30")?;
//! let district = data_set.org_units[0].id;
//! let cell = data_set.cell("CnPsS2xE8UN", &[], week, district)?;
//!
//! let query = ValueQuery::new(data_set.id).org_units([district]).periods([week]);
//! let stored = client.stored_values(&query).await?;
//! let ours = Ownership::of(client.me().await?.username);
//! let plan = reconcile(&data_set, [(cell, Wanted::Value("7".into()))], stored, &ours)?;
//!
//! let report = client.send(&data_set, &plan, &SendOptions::default(), &mut |_| {}).await;
//! for (outcome, refusal) in report.refused() {
//!     println!("{}: {} ({})", outcome.cell, refusal.reason, refusal.remedy);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! What was measured on real servers and is built in stands in `docs/quirks.md` of the repository;
//! the comments name the recordings.

mod analytics;
mod cell;
mod client;
mod completeness;
mod envelope;
mod error;
mod formats;
mod import;
mod jobs;
mod metadata;
mod period;
mod preflight;
mod reconcile;
#[cfg(test)]
mod recordings;
mod send;
mod stored;
mod system;
mod uid;
mod value_type;
mod version;

pub use analytics::AnalyticsRun;
pub use cell::{Cell, DataValue, StoredValue};
pub use client::{Client, ClientBuilder, Credentials};
pub use completeness::{CompletenessOutcome, CompletenessQuery, Registration, RegistrationStatus};
pub use error::{Error, ErrorKind, LoginRefusal, Result};
pub use formats::{AdxError, AdxReadError, DataValueSet};
pub use http_transport::{BuildError, RetryPolicy, Traffic};
pub use import::{
    CallClaim, Conflict, DeletionElement, DeletionScope, ErrorCode, ImportCounts, ImportOptions,
    ImportResult, ImportStatus, ImportStrategy, ImportSummary, NotACode, RefusalCategory,
    ValueClaim,
};
pub use jobs::{Job, JobEnd, JobKind, JobMessage, Patience};
pub use metadata::{
    AggregationType, AttributeValue, Category, CategoryCombo, CategoryOption, CategoryOptionCombo,
    CellError, Choice, ComboError, CompulsoryOperand, DataAccess, DataSet, DataSetElement,
    DataSetSummary, InputPeriod, Me, MetadataIssue, MetadataMode, MetadataReport, OptionSet,
    OrgUnit, OrgUnitQuery, SavedError, SavedMetadata, UserOrgUnit,
};
pub use period::{Calendar, CalendarError, Period, PeriodError, PeriodRange, PeriodType};
pub use preflight::{
    Finding, Preflight, Severity, Subject, blocked, preflight, preflight_completeness,
    preflight_values,
};
pub use reconcile::{
    Action, Change, ChangeKind, Ownership, Plan, PlanCounts, ReconcileError, Wanted, reconcile,
};
pub use send::{
    Outcome, Refusal, SendCounts, SendOptions, SendProgress, SendReport, SendStage, Verdict,
};
pub use stored::ValueQuery;
pub use system::{ImportSettings, SystemInfo};
pub use uid::{
    AttributeId, CategoryComboId, CategoryId, CategoryOptionComboId, CategoryOptionId,
    DataElementId, DataSetId, JobId, OptionSetId, OrgUnitId, Uid, UidError, UserId, kind,
};
pub use value_type::{ValueError, ValueType};
pub use version::{Capabilities, Engine, Version, VersionError};
