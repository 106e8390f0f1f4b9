//! What is asked of a file of records.

use std::collections::BTreeSet;

use indicators::{Engine, Source};

use super::columns::Columns;
use super::unfit::Unfit;

/// The fields of a record that are looked at; all others, names and telephone numbers among them, are passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    /// The fields of the record itself.
    tops: BTreeSet<String>,
    /// What each indicator reads, for a table that must have columns for it.
    by_indicator: Vec<(String, Vec<String>)>,
    /// Fields that a condition compares with a number.
    numbers: BTreeSet<String>,
}

/// What explaining and the ledger look at besides.
const ALWAYS: [&str; 6] = ["id", "visualId", "createdAt", "updatedAt", "deleted", "personId"];

impl Needs {
    /// What these engines read of a record kind.
    #[must_use]
    pub fn of<'e>(engines: impl IntoIterator<Item = &'e Engine>, source: Source) -> Self {
        let mut needs = Self::fields([]);
        for engine in engines {
            needs.tops.extend(engine.fields(source).iter().map(|field| top(field)));
            for (indicator, fields) in engine.fields_by_indicator(source) {
                needs.by_indicator.push((indicator.to_owned(), fields));
            }
            for definition in engine.definitions().iter().filter(|one| one.from == source) {
                needs.numbers.extend(definition.condition.number_fields());
            }
        }
        needs
    }

    /// These fields, by dotted name; nothing is wrong with a table that lacks one.
    #[must_use]
    pub fn fields<'f>(names: impl IntoIterator<Item = &'f str>) -> Self {
        Self {
            tops: ALWAYS.into_iter().chain(names).map(top).collect(),
            by_indicator: Vec::new(),
            numbers: BTreeSet::new(),
        }
    }

    /// The same, and these fields; nothing is wrong with a table that lacks one.
    #[must_use]
    pub fn and<'f>(mut self, names: impl IntoIterator<Item = &'f str>) -> Self {
        self.tops.extend(names.into_iter().map(top));
        self
    }

    /// Whether the record's own field of this name is looked at.
    pub(super) fn has(&self, top: &str) -> bool {
        self.tops.contains(top)
    }

    /// Whether the field is compared with a number, so that digits in a table are one.
    pub(super) fn is_number(&self, name: &str) -> bool {
        self.numbers.contains(name)
    }

    /// The fields that indicators read, by dotted name.
    pub(super) fn by_indicators(&self) -> BTreeSet<&str> {
        self.by_indicator.iter().flat_map(|(_, fields)| fields).map(String::as_str).collect()
    }

    /// The first field that an indicator needs and no column holds, and the indicator.
    pub(super) fn missing(&self, columns: &Columns) -> Option<(&str, &str)> {
        self.by_indicator
            .iter()
            .find_map(|(indicator, fields)| Some((columns.missing(fields)?, indicator.as_str())))
    }

    /// Refuses a table without a column that an indicator needs.
    pub(super) fn check(&self, columns: &Columns) -> Result<(), Unfit> {
        match self.missing(columns) {
            None => Ok(()),
            Some((missing, indicator)) => Err(Unfit::new(
                format!("the file has no column for `{missing}`, which \"{indicator}\" needs"),
                "export again with all groups of fields, not anonymised, with \"Use database column names\" and \
                     \"Don't translate values\"; or leave the indicator out",
            )),
        }
    }
}

fn top(field: &str) -> String {
    let top = field.split('.').next().unwrap_or(field);
    top.strip_suffix("[]").unwrap_or(top).to_owned()
}
