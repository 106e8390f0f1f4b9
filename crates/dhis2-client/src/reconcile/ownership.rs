//! Whose values may be changed.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::cell::{Cell, StoredValue};

/// Which stored values may be changed, and which cells are ours to clear.
///
/// ```
/// use dhis2_client::Ownership;
///
/// let cautious = Ownership::of("godata-sync");
/// let element = "CnPsS2xE8UN".parse()?;
/// let thorough = Ownership::of("godata-sync")
///     .also("godata-sync-2019")
///     .cells(move |cell| cell.data_element == element);
/// # Ok::<(), dhis2_client::UidError>(())
/// ```
#[derive(Clone)]
pub struct Ownership {
    users: BTreeSet<String>,
    everything: bool,
    cells: Option<Arc<CellRule>>,
}

type CellRule = dyn Fn(&Cell) -> bool + Send + Sync;

impl Ownership {
    /// Values that this user stored last may be changed.
    #[must_use]
    pub fn of(username: impl Into<String>) -> Self {
        Self { users: BTreeSet::from([username.into()]), everything: false, cells: None }
    }

    /// So may those of another user, such as the one of an earlier installation.
    #[must_use]
    pub fn also(mut self, username: impl Into<String>) -> Self {
        self.users.insert(username.into());
        self
    }

    /// Every value may be changed, whoever stored it.
    #[must_use]
    pub fn everything(mut self) -> Self {
        self.everything = true;
        self
    }

    /// Stored values in these cells are cleared where they are not wanted any more. Without a rule
    /// no cell is cleared that is not named.
    #[must_use]
    pub fn cells(mut self, rule: impl Fn(&Cell) -> bool + Send + Sync + 'static) -> Self {
        self.cells = Some(Arc::new(rule));
        self
    }

    pub(super) fn owns(&self, cell: &Cell) -> bool {
        self.cells.as_ref().is_some_and(|rule| rule(cell))
    }

    pub(super) fn may_change(&self, stored: &StoredValue) -> bool {
        // A value without a name may be anybody's.
        self.everything || stored.stored_by.as_deref().is_some_and(|user| self.users.contains(user))
    }
}

impl fmt::Debug for Ownership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ownership")
            .field("n_users", &self.users.len())
            .field("everything", &self.everything)
            .field("clears", &self.cells.is_some())
            .finish()
    }
}
