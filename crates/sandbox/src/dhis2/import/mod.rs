//! The two import engines and what they share.

mod decode;
mod engine_a;
mod engine_b;
mod options;
mod resolve;
mod summary;
mod timing;

pub(crate) use self::{
    engine_a::import_by_value,
    engine_b::{import_by_group, import_groups},
    options::{NAMES as OPTION_NAMES, Options, Scheme},
    resolve::{Resolver, name_in},
    summary::{Conflict, Status, Summary},
    timing::{Timing, timing},
};

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    catalog::Catalog, metadata::Store, users::Account, values::Values, version::Dhis2Version,
};

/// A fault to commit on the next import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportFault {
    /// What the database refuses is lost: 2.43 answers 200 SUCCESS, `ignored` = all, and stores
    /// nothing (race-same-cells-loser); 2.42 tells, as in [`ImportFault::FlushFailed`].
    LostCall,
    /// Another caller inserted the same new cells: 2.42 answers 409 ERROR "Failed to flush
    /// BatchHandler" and stores nothing of the call (race-loser-error); 2.43 loses the call.
    FlushFailed,
    /// Another caller made this period at the same moment: 2.42 refuses each value of it with
    /// E7611 and stores the others (race-new-period-loser); 2.43 loses the call.
    PeriodRace(String),
}

/// Everything an import looks at or changes.
pub(crate) struct Context<'a> {
    pub(crate) store: &'a Store,
    pub(crate) catalog: &'a Catalog,
    pub(crate) values: &'a mut Values,
    pub(crate) settings: &'a BTreeMap<String, String>,
    pub(crate) account: &'a Account,
    pub(crate) now: DateTime<Utc>,
    pub(crate) version: Dhis2Version,
    pub(crate) fault: Option<ImportFault>,
}
