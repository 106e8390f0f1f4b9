//! Record after record, for what needs the records themselves and not their sums.

use std::collections::BTreeSet;

use indicators::Source;

use super::Input;
use crate::problem::Outcome;

impl Input {
    /// Hands over every record of a kind; returns how many. From a server come these fields and `id`, from a file
    /// whatever is in it.
    ///
    /// # Errors
    ///
    /// When the records cannot be read to their end.
    pub async fn each(
        &self,
        source: Source,
        fields: &BTreeSet<String>,
        on_record: &mut dyn FnMut(&[u8]),
    ) -> Outcome<u64> {
        match self {
            Self::Files(folder) => folder.records(source)?.each(on_record),
            Self::Server(reader) => reader.each(source, fields, on_record).await,
        }
    }
}
