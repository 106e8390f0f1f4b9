//! What tests see of the server's memory.

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    metadata::DEFAULT_OPTION_COMBO,
    values::{Key, Row},
};

/// A stored value.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Data element id.
    pub data_element: String,
    /// Period identifier in its canonical form.
    pub period: String,
    /// Organisation unit id.
    pub org_unit: String,
    /// Category option combination id.
    pub category_option_combo: String,
    /// Attribute option combination id.
    pub attribute_option_combo: String,
    /// The value; `None` where only a comment is stored, or a deletion took it.
    pub value: Option<String>,
    /// The comment.
    pub comment: Option<String>,
    /// Marked for follow-up.
    pub followup: bool,
    /// User name of who stored it last.
    pub stored_by: String,
    /// When it was stored first; the Unix epoch in a value still to be [put](super::Dhis2::put).
    pub created: DateTime<Utc>,
    /// When it was stored last.
    pub last_updated: DateTime<Utc>,
    /// Softly deleted.
    pub deleted: bool,
}

impl Stored {
    /// A value of the default combinations, as stored by `admin`.
    #[must_use]
    pub fn new(data_element: &str, period: &str, org_unit: &str, value: &str) -> Self {
        let default = DEFAULT_OPTION_COMBO;
        Self {
            data_element: data_element.to_owned(),
            period: period.to_owned(),
            org_unit: org_unit.to_owned(),
            category_option_combo: default.to_owned(),
            attribute_option_combo: default.to_owned(),
            value: Some(value.to_owned()),
            comment: None,
            followup: false,
            stored_by: "admin".to_owned(),
            created: DateTime::UNIX_EPOCH,
            last_updated: DateTime::UNIX_EPOCH,
            deleted: false,
        }
    }

    /// Of this category option combination.
    #[must_use]
    pub fn combo(mut self, category_option_combo: &str) -> Self {
        category_option_combo.clone_into(&mut self.category_option_combo);
        self
    }

    /// Of this attribute option combination.
    #[must_use]
    pub fn attribute_combo(mut self, attribute_option_combo: &str) -> Self {
        attribute_option_combo.clone_into(&mut self.attribute_option_combo);
        self
    }

    /// Stored by somebody.
    #[must_use]
    pub fn stored_by(mut self, username: &str) -> Self {
        username.clone_into(&mut self.stored_by);
        self
    }

    /// With a comment.
    #[must_use]
    pub fn comment(mut self, comment: &str) -> Self {
        self.comment = Some(comment.to_owned());
        self
    }

    /// Marked for follow-up, or not.
    #[must_use]
    pub fn followup(mut self, followup: bool) -> Self {
        self.followup = followup;
        self
    }

    /// Softly deleted, or not.
    #[must_use]
    pub fn deleted(mut self, deleted: bool) -> Self {
        self.deleted = deleted;
        self
    }

    pub(super) fn of(key: &Key, row: &Row) -> Self {
        Self {
            data_element: key.data_element.clone(),
            period: key.period.clone(),
            org_unit: key.org_unit.clone(),
            category_option_combo: key.category_option_combo.clone(),
            attribute_option_combo: key.attribute_option_combo.clone(),
            value: row.value.clone(),
            comment: row.comment.clone(),
            followup: row.followup,
            stored_by: row.stored_by.clone(),
            created: row.created,
            last_updated: row.last_updated,
            deleted: row.deleted,
        }
    }
}

/// A data set's completeness for a place and period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Data set id.
    pub data_set: String,
    /// Period identifier.
    pub period: String,
    /// Organisation unit id.
    pub org_unit: String,
    /// Attribute option combination id.
    pub attribute_option_combo: String,
    /// The completion date.
    pub date: NaiveDate,
    /// Who registered it.
    pub stored_by: String,
    /// False: explicitly not complete.
    pub completed: bool,
}
