//! Reading that no report narrows: for explaining a record, and for finding out where cases are.

use std::collections::BTreeSet;

use godata_client::RawPages;
use indicators::Source;

use super::{Outbreak, Reader, kind, problem, started};
use crate::pipeline::{Prepared, ReadFor};
use crate::problem::Outcome;

impl Reader {
    /// Hands over every record of a kind, with these fields and whatever its condition, and the reports that it is
    /// for; returns how many.
    ///
    /// # Errors
    ///
    /// When the server cannot be read to the end of the list.
    pub async fn each(
        &self,
        source: Source,
        fields: &BTreeSet<String>,
        prepared: &[Prepared],
        on_record: &mut dyn FnMut(&ReadFor, &[u8]),
    ) -> Outcome<u64> {
        let mut n_records = 0;
        for (outbreak, read_for) in self.shares(prepared) {
            let query = self.client.outbreak(&outbreak.id).records(kind(source)).fields(fields);
            let mut pages = query.raw_pages();
            while let Some(page) = pages.next().await.map_err(|error| self.fail(error))? {
                page.records().for_each(|record| on_record(&read_for, record.bytes()));
                n_records += page.n_records() as u64;
            }
        }
        Ok(n_records)
    }

    /// The pages of all records of a kind, whatever their condition: one stream an outbreak, with the reports that it is
    /// for. The fields are those that the reports read, and `more`.
    pub fn whole_pages(
        &self,
        source: Source,
        prepared: &[Prepared],
        more: &[&'static str],
    ) -> Vec<(ReadFor, RawPages)> {
        let mut streams = Vec::new();
        for (outbreak, read_for) in self.shares(prepared) {
            let reading = || read_for.of(prepared).filter(|report| report.reads(source));
            if reading().next().is_none() {
                continue;
            }
            let mut fields: BTreeSet<String> =
                reading().flat_map(|report| report.engine.fields(source)).collect();
            fields.extend(more.iter().map(|name| (*name).to_owned()));
            let query = self.client.outbreak(&outbreak.id).records(kind(source)).fields(&fields);
            streams.push((read_for, query.raw_pages()));
        }
        streams
    }

    /// Every outbreak that the account may see, in order of name.
    ///
    /// # Errors
    ///
    /// When the server cannot be asked.
    pub async fn known_outbreaks(&self) -> Outcome<Vec<Outbreak>> {
        let found =
            self.client.outbreaks().all().await.map_err(|error| problem(&self.server, error))?;
        Ok(Outbreak::sorted(found))
    }
}

impl Outbreak {
    /// Those that have an id, in order of name.
    pub(crate) fn sorted(
        found: impl IntoIterator<Item = godata_client::models::Outbreak>,
    ) -> Vec<Self> {
        let mut outbreaks: Vec<Self> = found
            .into_iter()
            .filter_map(|outbreak| {
                let id = outbreak.id.value()?.clone();
                Some(Self {
                    name: outbreak.name.value().unwrap_or(&id).clone(),
                    started: started(&outbreak),
                    id,
                })
            })
            .collect();
        outbreaks.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        outbreaks
    }
}
