//! Record after record, for what needs the records themselves and not their sums.

use std::collections::BTreeSet;

use indicators::Source;

use super::read_for::{ReadFor, folders};
use super::{Input, Prepared};
use crate::problem::Outcome;
use crate::records::Needs;

impl Input {
    /// Hands over every record of a kind with the reports that it is for; returns how many. These fields and `id` are
    /// in it, where the record has them; from a file as the API answers them, all others, too.
    ///
    /// # Errors
    ///
    /// When the records cannot be read to their end.
    pub async fn each(
        &self,
        source: Source,
        fields: &BTreeSet<String>,
        prepared: &[Prepared],
        on_record: &mut dyn FnMut(&ReadFor, &[u8]),
    ) -> Outcome<u64> {
        match self {
            Self::Files(folder) => {
                let needs = Needs::fields(fields.iter().map(String::as_str));
                let mut n_records = 0;
                for (folder, read_for) in folders(folder, prepared)? {
                    n_records += folder
                        .records(source, &needs)?
                        .each(&mut |bytes| on_record(&read_for, bytes))?;
                }
                Ok(n_records)
            }
            Self::Server(reader) => reader.each(source, fields, prepared, on_record).await,
        }
    }
}
