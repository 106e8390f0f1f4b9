//! What becomes of a value that passed.

use std::collections::HashSet;

use super::super::{Context, Options, Summary};
use crate::dhis2::{
    catalog::moment,
    payload::InValue,
    value_type,
    values::{Key, Row},
};

/// Characters of the statement that collects new rows; then it is sent.
const BUFFER_CHARS: usize = 200_000;
/// About what a row takes in it besides value and comment.
const ROW_CHARS: usize = 105;

/// Writes checked values. New rows wait in a buffer, so a cell that comes twice in a call is
/// dropped without being counted (import-duplicates).
pub(super) struct Writer {
    buffered: HashSet<Key>,
    n_chars: usize,
}

impl Writer {
    pub(super) fn new() -> Self {
        Self { buffered: HashSet::new(), n_chars: 0 }
    }

    pub(super) fn write(
        &mut self,
        context: &mut Context<'_>,
        key: Key,
        sent: &InValue,
        options: &Options,
        index: usize,
        summary: &mut Summary,
    ) {
        let now = context.now;
        let user = context.account.username.clone();
        let mut row = Row {
            value: sent.value.as_deref().map(|text| text.trim().to_owned()),
            comment: sent.comment.as_deref().map(|text| text.trim().to_owned()),
            followup: sent.followup.unwrap_or(false),
            stored_by: sent.stored_by.clone().unwrap_or_else(|| user.clone()),
            created: now,
            last_updated: now,
            deleted: sent.deleted == Some(true),
        };
        if context.version.minor() <= 40 {
            let given = |text: &Option<String>| text.as_deref().and_then(moment);
            row.created = given(&sent.created).unwrap_or(now);
            row.last_updated = given(&sent.last_updated).unwrap_or(now);
        }
        let element = context.catalog.element(&key.data_element);
        let empty_zero = row.value.as_deref().is_some_and(value_type::is_zero)
            && element.is_some_and(|element| {
                !element.zero_significant
                    && !matches!(element.aggregation.as_str(), "AVERAGE" | "AVERAGE_SUM_ORG_UNIT")
            });
        let blank = row.value.as_deref() == Some("");

        let known = if self.buffered.contains(&key) { None } else { context.values.rows.get(&key) };
        let Some(known) = known.cloned() else {
            if matches!(options.strategy.as_str(), "UPDATE" | "DELETE") {
                summary.ignored += 1;
                summary.rejected.insert(index);
            } else if (row.deleted && row.value.is_none()) || blank {
                summary.ignored += 1;
            } else if empty_zero {
                // Neither stored nor counted: import-zero-not-significant.
            } else if options.dry_run {
                summary.imported += 1;
            } else if !self.buffered.contains(&key) {
                summary.imported += 1;
                self.buffer(&key, &row);
                context.values.periods.insert(key.period.clone());
                context.values.rows.insert(key, row);
            }
            return;
        };

        if options.deletes() || (row.deleted && !known.deleted) {
            if known.deleted {
                summary.ignored += 1;
                summary.rejected.insert(index);
                return;
            }
            row.deleted = true;
            summary.deleted += 1;
            Self::update(context, &key, known, row, "DELETE", options.dry_run);
        } else if row.deleted && row.value.is_none() {
            summary.ignored += 1;
        } else if known.deleted {
            if options.strategy == "UPDATE" {
                summary.ignored += 1;
                summary.rejected.insert(index);
                return;
            }
            // A deleted row comes back, even with a zero that is not significant: x-zero-2.
            summary.imported += 1;
            Self::update(context, &key, known, row, "UPDATE", options.dry_run);
        } else if options.strategy == "CREATE" {
            summary.ignored += 1;
            summary.rejected.insert(index);
        } else if empty_zero && context.version.minor() <= 36 {
            summary.ignored += 1;
        } else if empty_zero || blank {
            row.deleted = true;
            summary.deleted += 1;
            Self::update(context, &key, known, row, "DELETE", options.dry_run);
        } else {
            let same = known.value == row.value
                && known.comment == row.comment
                && known.followup == row.followup;
            if same && context.version.ignores_unchanged() {
                summary.ignored += 1;
                return;
            }
            summary.updated += 1;
            Self::update(context, &key, known, row, "UPDATE", options.dry_run);
        }
    }

    fn update(
        context: &mut Context<'_>,
        key: &Key,
        known: Row,
        mut row: Row,
        kind: &'static str,
        dry_run: bool,
    ) {
        if dry_run {
            return;
        }
        row.created = known.created;
        let user = context.account.username.clone();
        if !known.deleted {
            context.values.audit(key, known.value, kind, &user, context.now);
        }
        context.values.rows.insert(key.clone(), row);
    }

    fn buffer(&mut self, key: &Key, row: &Row) {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        self.n_chars += ROW_CHARS + text(&row.value) + text(&row.comment);
        if self.n_chars > BUFFER_CHARS {
            self.n_chars = 0;
            self.buffered.clear();
        }
        self.buffered.insert(key.clone());
    }
}
