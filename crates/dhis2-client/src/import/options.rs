//! What an import may be told.

use http_transport::Request;
use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};
use crate::period::Period;
use crate::uid::{CategoryOptionComboId, DataElementId, OrgUnitId};
use crate::version::Capabilities;

/// How an import treats cells that hold a value and cells that do not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ImportStrategy {
    /// Writes both.
    #[default]
    CreateAndUpdate,
    /// Writes only cells without a value. Engine B overwrites all the same.
    Create,
    /// Writes only cells with a value. Engine B creates all the same.
    Update,
    /// Deletes what is listed.
    Delete,
}

impl ImportStrategy {
    fn as_str(self) -> &'static str {
        match self {
            Self::CreateAndUpdate => "CREATE_AND_UPDATE",
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }
}

/// Options of one import.
///
/// The strict checks are no option: without them 2.42 stores periods of another type, units that
/// are not assigned, elements of other sets and combinations of other elements, and answers 200
/// (recordings `x-grp-other-element`, `x-grp-unassigned-unit`, `x-grp-wrong-period-type`,
/// `x-grp-wrong-coc`). `completeDate` is none either: 2.42 registers completeness even when every
/// value is refused (`complete-date-with-bad-value`); see
/// [`Client::register_complete`](crate::Client::register_complete).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportOptions {
    dry_run: bool,
    strategy: ImportStrategy,
    force: bool,
    skip_audit: bool,
    preheat_cache: bool,
    atomic: bool,
}

impl ImportOptions {
    /// Checks everything, stores nothing.
    #[must_use]
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }

    /// How cells with and without a value are treated.
    #[must_use]
    pub fn strategy(mut self, strategy: ImportStrategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Skips expiry, future, approval and input period checks; only for users with `ALL`.
    #[must_use]
    pub fn force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }

    /// Writes no audit entries: needs `F_SKIP_DATA_IMPORT_AUDIT`, no effect on engine B.
    #[must_use]
    pub fn skip_audit(mut self, skip_audit: bool) -> Self {
        self.skip_audit = skip_audit;
        self
    }

    /// Makes engine A load all elements, units and combinations first: faster for calls with
    /// hundreds of different ones, seconds slower for others.
    #[must_use]
    pub fn preheat_cache(mut self, preheat_cache: bool) -> Self {
        self.preheat_cache = preheat_cache;
        self
    }

    /// All values or none; only engine B (2.43 and later) can.
    #[must_use]
    pub fn atomic(mut self, atomic: bool) -> Self {
        self.atomic = atomic;
        self
    }

    pub(crate) fn check(&self, server: Capabilities, deletion: bool) -> Result<()> {
        let refuse = |what: &str| {
            let message = format!(
                "this DHIS2 server knows no {what} (2.43 and later do): it would answer 200 and \
                 ignore it, so nothing was sent"
            );
            Err(Error::plain(ErrorKind::Unusable(message)))
        };
        if self.atomic && !server.atomic {
            return refuse("all-or-nothing import");
        }
        if deletion && !server.deletion_scope {
            return refuse("deletion by scope");
        }
        Ok(())
    }

    pub(crate) fn apply(&self, request: Request) -> Request {
        const STRICT: [&str; 7] = [
            "strictPeriods",
            "strictDataElements",
            "strictCategoryOptionCombos",
            "strictAttributeOptionCombos",
            "strictOrganisationUnits",
            "requireCategoryOptionCombo",
            "requireAttributeOptionCombo",
        ];
        let request = STRICT.iter().fold(request, |request, name| request.query(*name, "true"));
        let flags = [
            ("dryRun", self.dry_run),
            ("force", self.force),
            ("skipAudit", self.skip_audit),
            ("preheatCache", self.preheat_cache),
            ("atomic", self.atomic),
        ];
        let request = flags
            .iter()
            .filter(|(_, on)| *on)
            .fold(request, |request, (name, _)| request.query(*name, "true"));
        match self.strategy {
            ImportStrategy::CreateAndUpdate => request,
            other => request.query("importStrategy", other.as_str()),
        }
    }
}

/// A block of cells that engine B (2.43 and later) deletes before it writes the values beside it:
/// "replace".
///
/// The block is the cross product of its lists. It is carried out even when the values beside it are
/// refused, so use it with [`ImportOptions::atomic`] (recordings `x-del-bad-value`,
/// `x-del-bad-value-atomic`). Older servers answer 200 and delete nothing; this crate refuses to
/// send it to them. An organisation unit means itself, not those under it (`x-del-parent-unit`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletionScope {
    /// The organisation units.
    pub org_units: Vec<OrgUnitId>,
    /// The periods.
    pub periods: Vec<Period>,
    /// The elements, each with its combinations.
    pub elements: Vec<DeletionElement>,
}

/// One element of a [`DeletionScope`].
///
/// The combination is not optional: left out it means the default, and a disaggregated element is
/// then refused (recording `x-del-coc-unnamed`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletionElement {
    /// The data element.
    pub data_element: DataElementId,
    /// The category option combination.
    pub category_option_combo: CategoryOptionComboId,
    /// The attribute option combination.
    pub attribute_option_combo: CategoryOptionComboId,
}
