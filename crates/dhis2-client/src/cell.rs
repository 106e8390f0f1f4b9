//! Cells and the values in them.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::period::Period;
use crate::uid::{CategoryOptionComboId, DataElementId, OrgUnitId};

/// The key of one value in DHIS2: where, when, what, and split how.
///
/// Both combinations are always written out. A value sent without them lands under the default
/// combination even where its element is disaggregated, on both engines (recordings
/// `x-grp-missing-coc`), and a pair of which one names the default and the other leaves it out makes
/// 2.43 lose the whole call without a word (`x-dup-coc-explicit`).
///
/// Ordered by organisation unit, period, data element and combinations: sending in one order keeps
/// concurrent callers of engine B from deadlocking, and keeps a call's read-back short.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    /// The organisation unit.
    pub org_unit: OrgUnitId,
    /// The period.
    pub period: Period,
    /// The data element.
    pub data_element: DataElementId,
    /// The option of each category by which the element is split.
    pub category_option_combo: CategoryOptionComboId,
    /// The option of each category by which the data set's entries are split; mostly the default.
    pub attribute_option_combo: CategoryOptionComboId,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} at {} ({})",
            self.data_element, self.period, self.org_unit, self.category_option_combo
        )
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}/{}", self.attribute_option_combo)
    }
}

/// What a server holds in a cell.
///
/// `Debug` leaves out who stored it and the comment: both are people's.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredValue {
    /// The cell.
    pub cell: Cell,
    /// The value; a deleted one may have none.
    pub value: Option<Box<str>>,
    /// The user who stored it last; shared between the values of one answer.
    pub stored_by: Option<Arc<str>>,
    /// When it was last stored, as the server writes it.
    pub last_updated: Option<Box<str>>,
    /// A comment of a person.
    pub comment: Option<Box<str>>,
    /// Whether a person marked it for follow-up.
    pub follow_up: bool,
    /// Whether it was deleted; seen only where deleted values were asked for.
    pub deleted: bool,
}

impl StoredValue {
    /// A value with nothing beside it.
    #[must_use]
    pub fn new(cell: Cell, value: impl Into<Box<str>>) -> Self {
        Self {
            cell,
            value: Some(value.into()),
            stored_by: None,
            last_updated: None,
            comment: None,
            follow_up: false,
            deleted: false,
        }
    }

    /// The value that counts: none where it was deleted or is empty.
    #[must_use]
    pub fn live_value(&self) -> Option<&str> {
        self.value.as_deref().filter(|value| !self.deleted && !value.is_empty())
    }
}

impl fmt::Debug for StoredValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredValue")
            .field("cell", &self.cell)
            .field("value", &self.value)
            .field("deleted", &self.deleted)
            .finish_non_exhaustive()
    }
}

/// A value to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataValue {
    /// The cell.
    pub cell: Cell,
    /// The value; only a deletion has none.
    pub value: Option<String>,
    /// The comment that shall stand beside it.
    ///
    /// A value sent without its comment loses it, on both engines (recordings `x-com-resend`).
    pub comment: Option<String>,
    /// The follow-up mark that shall stand beside it; lost in the same way (`x-fu-resend`).
    pub follow_up: bool,
    /// Whether the value is to be deleted.
    pub deleted: bool,
}

impl DataValue {
    /// A value without comment.
    #[must_use]
    pub fn new(cell: Cell, value: impl Into<String>) -> Self {
        Self { cell, value: Some(value.into()), comment: None, follow_up: false, deleted: false }
    }

    /// The deletion of a value.
    #[must_use]
    pub fn deletion(cell: Cell) -> Self {
        Self { cell, value: None, comment: None, follow_up: false, deleted: true }
    }
}
