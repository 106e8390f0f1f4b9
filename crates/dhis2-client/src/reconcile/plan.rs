//! The plan: every cell and what would happen to it.

use super::Wanted;
use crate::cell::{Cell, DataValue, StoredValue};
use crate::uid::DataSetId;

/// What would have to change to make DHIS2 hold what is wanted. Sorted by cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    data_set: DataSetId,
    changes: Vec<Change>,
    counts: PlanCounts,
}

/// One cell of a [`Plan`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The cell.
    pub cell: Cell,
    /// What would happen to it.
    pub action: Action,
}

/// What happens to a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It is empty and gets a value.
    Create {
        /// The value.
        new: String,
    },
    /// Its value changes. Comment and follow-up mark are carried along.
    Update {
        /// What it holds.
        old: StoredValue,
        /// The value it gets.
        new: String,
    },
    /// Its value goes.
    Clear {
        /// What it holds.
        old: StoredValue,
    },
    /// It holds what is wanted: nothing is sent.
    Unchanged {
        /// What it holds.
        stored: StoredValue,
    },
    /// Somebody else stored what it holds, and it is not what is wanted: left alone and shown.
    Foreign {
        /// What it holds.
        old: StoredValue,
        /// What is wanted.
        wanted: Wanted,
    },
}

/// An [`Action`] without its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// An empty cell gets a value.
    Create,
    /// A value changes.
    Update,
    /// A value goes.
    Clear,
    /// Nothing is sent.
    Unchanged,
    /// Somebody else's value is left alone.
    Foreign,
}

/// How many cells a plan has of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct PlanCounts {
    /// Empty cells that get a value.
    pub create: u64,
    /// Values that change.
    pub update: u64,
    /// Values that go.
    pub clear: u64,
    /// Cells that hold what is wanted.
    pub unchanged: u64,
    /// Values of somebody else that are not what is wanted.
    pub foreign: u64,
    /// Cells that are wanted empty and are empty; not listed among the changes.
    pub empty: u64,
}

impl PlanCounts {
    /// Cells that would be sent.
    #[must_use]
    pub fn to_send(&self) -> u64 {
        self.create + self.update + self.clear
    }
}

impl Plan {
    pub(super) fn new(data_set: DataSetId) -> Self {
        Self { data_set, changes: Vec::new(), counts: PlanCounts::default() }
    }

    pub(super) fn push(&mut self, cell: Cell, action: Action) {
        let count = match action.kind() {
            ChangeKind::Create => &mut self.counts.create,
            ChangeKind::Update => &mut self.counts.update,
            ChangeKind::Clear => &mut self.counts.clear,
            ChangeKind::Unchanged => &mut self.counts.unchanged,
            ChangeKind::Foreign => &mut self.counts.foreign,
        };
        *count += 1;
        self.changes.push(Change { cell, action });
    }

    pub(super) fn count_empty(&mut self) {
        self.counts.empty += 1;
    }

    /// The data set.
    #[must_use]
    pub fn data_set(&self) -> DataSetId {
        self.data_set
    }

    /// Every cell, sorted.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// How many of each kind.
    #[must_use]
    pub fn counts(&self) -> PlanCounts {
        self.counts
    }

    /// The changes that would be sent.
    pub fn to_send(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.kind().is_sent())
    }

    /// Whether nothing would be sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.to_send() == 0
    }

    /// Keeps only some changes: for guards, and for sending in parts.
    pub fn retain(&mut self, mut keep: impl FnMut(&Change) -> bool) {
        let changes = std::mem::take(&mut self.changes);
        self.counts = PlanCounts { empty: self.counts.empty, ..PlanCounts::default() };
        for change in changes {
            if keep(&change) {
                self.push(change.cell, change.action);
            }
        }
    }
}

impl ChangeKind {
    /// Whether such a change is sent.
    #[must_use]
    pub fn is_sent(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Clear)
    }
}

impl Action {
    /// The action without its values.
    #[must_use]
    pub fn kind(&self) -> ChangeKind {
        match self {
            Self::Create { .. } => ChangeKind::Create,
            Self::Update { .. } => ChangeKind::Update,
            Self::Clear { .. } => ChangeKind::Clear,
            Self::Unchanged { .. } => ChangeKind::Unchanged,
            Self::Foreign { .. } => ChangeKind::Foreign,
        }
    }
}

impl Change {
    /// The action without its values.
    #[must_use]
    pub fn kind(&self) -> ChangeKind {
        self.action.kind()
    }

    /// What DHIS2 holds in the cell.
    #[must_use]
    pub fn stored(&self) -> Option<&StoredValue> {
        match &self.action {
            Action::Create { .. } => None,
            Action::Update { old, .. } | Action::Clear { old } | Action::Foreign { old, .. } => {
                Some(old)
            }
            Action::Unchanged { stored } => Some(stored),
        }
    }

    /// The value in the cell before.
    #[must_use]
    pub fn old(&self) -> Option<&str> {
        self.stored().and_then(StoredValue::live_value)
    }

    /// The value in the cell after the plan is carried out.
    #[must_use]
    #[expect(clippy::new_ret_no_self, reason = "the counterpart of `old`, not a constructor")]
    pub fn new(&self) -> Option<&str> {
        match &self.action {
            Action::Create { new } | Action::Update { new, .. } => Some(new),
            Action::Clear { .. } => None,
            Action::Unchanged { stored } | Action::Foreign { old: stored, .. } => {
                stored.live_value()
            }
        }
    }

    /// What has to be sent; `None` where nothing has.
    #[must_use]
    pub fn data_value(&self) -> Option<DataValue> {
        match &self.action {
            Action::Create { new } => Some(DataValue::new(self.cell, new.as_str())),
            Action::Update { old, new } => Some(DataValue {
                comment: old.comment.as_deref().map(ToOwned::to_owned),
                follow_up: old.follow_up,
                ..DataValue::new(self.cell, new.as_str())
            }),
            Action::Clear { .. } => Some(DataValue::deletion(self.cell)),
            Action::Unchanged { .. } | Action::Foreign { .. } => None,
        }
    }
}
