//! What is stored: values, completeness, and their histories.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};

/// What addresses a stored value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) data_element: String,
    pub(crate) period: String,
    pub(crate) org_unit: String,
    pub(crate) category_option_combo: String,
    pub(crate) attribute_option_combo: String,
}

/// A stored value; deleted ones stay, marked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) value: Option<String>,
    pub(crate) comment: Option<String>,
    pub(crate) followup: bool,
    pub(crate) stored_by: String,
    pub(crate) created: DateTime<Utc>,
    pub(crate) last_updated: DateTime<Utc>,
    pub(crate) deleted: bool,
}

/// A line of a value's history.
#[derive(Debug, Clone)]
pub(crate) struct Audit {
    pub(crate) key: Key,
    pub(crate) value: Option<String>,
    pub(crate) kind: &'static str,
    pub(crate) modified_by: String,
    pub(crate) at: DateTime<Utc>,
}

/// A data set's completeness for a place and period.
#[derive(Debug, Clone)]
pub(crate) struct Completion {
    pub(crate) date: NaiveDate,
    pub(crate) stored_by: String,
    pub(crate) completed: bool,
}

/// Data set, period, unit, attribute option combination.
pub(crate) type CompletionKey = (String, String, String, String);

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Values {
    pub(crate) rows: BTreeMap<Key, Row>,
    pub(crate) audits: Vec<Audit>,
    pub(crate) completions: BTreeMap<CompletionKey, Completion>,
    /// Periods that were used before.
    pub(crate) periods: HashSet<String>,
}

impl Values {
    /// Enters a line into a value's history.
    pub(crate) fn audit(
        &mut self,
        key: &Key,
        value: Option<String>,
        kind: &'static str,
        by: &str,
        at: DateTime<Utc>,
    ) {
        self.audits.push(Audit { key: key.clone(), value, kind, modified_by: by.to_owned(), at });
    }
}
