//! What DHIS2 calls its option combinations, so that people need not know them by their ids.

use std::collections::BTreeMap;

use rusqlite::params;

use super::{Ledger, LedgerError};

/// The names of option combinations, of categories and of attributes, by id.
///
/// Only for people: a combination is known by its id, and may be renamed. The name is that of the last run that met it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComboNames(BTreeMap<String, String>);

impl ComboNames {
    /// The name; `None` for a combination that no run of this version or a later one has met.
    #[must_use]
    pub fn name(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }

    /// The name, else the id.
    #[must_use]
    pub fn or_id<'a>(&'a self, id: &'a str) -> &'a str {
        self.name(id).unwrap_or(id)
    }
}

impl<I: Into<String>, N: Into<String>> FromIterator<(I, N)> for ComboNames {
    fn from_iter<T: IntoIterator<Item = (I, N)>>(pairs: T) -> Self {
        Self(pairs.into_iter().map(|(id, name)| (id.into(), name.into())).collect())
    }
}

impl Ledger {
    /// Remembers what combinations are called now.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Sql`] when the ledger cannot be written.
    pub fn remember_names(&mut self, names: &ComboNames) -> Result<(), LedgerError> {
        self.write("write down what combinations are called", |tx| {
            let mut insert = tx.prepare_cached(
                "INSERT INTO option_combo VALUES (?1, ?2)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE name <> excluded.name",
            )?;
            for (id, name) in &names.0 {
                insert.execute(params![id, name])?;
            }
            Ok(())
        })
    }

    /// What combinations are called, as far as it is known.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Sql`] when the ledger cannot be read.
    pub fn names(&self) -> Result<ComboNames, LedgerError> {
        let what = "look up what combinations are called";
        let rows = self.rows(what, "SELECT id, name FROM option_combo", [], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })?;
        Ok(rows.into_iter().collect())
    }
}
