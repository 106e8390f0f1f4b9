//! Creating or updating, whichever is needed.
//!
//! Go.Data has no such route (facts §3.5), so it is a look-up and then one of the two.

use futures_util::{StreamExt as _, stream};

use super::{AttachedRecord, PersonRecord, PersonRef, Writer};
use crate::{Error, ErrorKind, Filter, InOutbreak, Query, query::Route};

/// What an upsert did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UpsertOutcome {
    /// There was no such record.
    Created,
    /// There was one.
    Updated,
    /// There was no such record, and the one that the server made has **another key** than asked
    /// for, so the next upsert will not find it and make one more.
    ///
    /// A `visualId` is kept only where the outbreak's mask is `*` or has no running number: a mask
    /// like `CA-9999999` hands out the next number whatever is sent (facts §8.2). An id is kept
    /// only where the server allows own ids.
    CreatedUnderAnotherKey,
}

/// A record after an upsert.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Upserted<T> {
    /// What was done.
    pub outcome: UpsertOutcome,
    /// The record as the server has it now.
    pub record: T,
}

impl InOutbreak {
    /// The live person or event with this number, if there is one.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn find_by_visual_id<T: PersonRecord>(
        &self,
        visual_id: &str,
    ) -> Result<Option<T>, Error> {
        self.find_by("visualId", visual_id).await
    }

    async fn find_by<T: PersonRecord>(&self, field: &str, value: &str) -> Result<Option<T>, Error> {
        let route = Route::of_records(self.id(), T::KIND);
        let query: Query<T> =
            Query::new(self.client(), route).filter(Filter::field(field).eq(value)).page_size(2);
        Ok(query.all().await?.into_iter().next())
    }
}

impl Writer {
    /// Updates the person or event with this record's `id` or, where it has none, with its
    /// `visualId`; creates it if there is no such live record.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoKey`] if the record has neither; otherwise as [`Writer::create`] and
    /// [`Writer::update`].
    pub async fn upsert<T: PersonRecord>(&self, record: &T) -> Result<Upserted<T>, Error> {
        let (field, key) = match (record.id(), record.visual_id()) {
            (Some(id), _) => ("id", id),
            (None, Some(visual_id)) => ("visualId", visual_id),
            (None, None) => return Err(Error::unsent(ErrorKind::NoKey)),
        };
        let found: Option<T> = self.outbreak().find_by(field, key).await?;
        if let Some(id) = found.as_ref().and_then(PersonRecord::id) {
            return self.update_found(id, record, field).await;
        }
        let created = match self.create(record).await {
            Ok(created) => created,
            // The answer was lost; the record may be there all the same. It is looked for, since
            // sending it again could make two of it.
            Err(error) if error.is_timeout() || error.is_cut() => {
                self.outbreak().find_by(field, key).await?.ok_or(error)?
            }
            Err(error) => return Err(error),
        };
        let key_now = if field == "id" { created.id() } else { created.visual_id() };
        let outcome = if key_now == Some(key) {
            UpsertOutcome::Created
        } else {
            UpsertOutcome::CreatedUnderAnotherKey
        };
        Ok(Upserted { outcome, record: created })
    }

    async fn update_found<T: PersonRecord>(
        &self,
        id: &str,
        record: &T,
        field: &str,
    ) -> Result<Upserted<T>, Error> {
        // The number is what the record was found by, so it stays as it is; sent again, a mask
        // could make another one of it.
        let changes =
            if field == "visualId" { record.clone().without_keys() } else { record.clone() };
        let record = self.update(id, &changes).await?;
        Ok(Upserted { outcome: UpsertOutcome::Updated, record })
    }

    /// Upserts many records, up to `n_in_flight` at a time. One result an item, in their order.
    ///
    /// Records with the same key in one call are a mistake of the caller's: both may be created.
    pub async fn upsert_all<T: PersonRecord>(
        &self,
        records: impl IntoIterator<Item = T>,
        n_in_flight: usize,
    ) -> Vec<Result<Upserted<T>, Error>> {
        stream::iter(records)
            .map(async |record| self.upsert(&record).await)
            .buffered(n_in_flight.max(1))
            .collect()
            .await
    }

    /// Updates the follow-up, lab result or relationship with this record's `id`; creates it if the
    /// record has none or there is no such live one.
    ///
    /// # Errors
    ///
    /// As [`Writer::create_of`] and [`Writer::update_of`].
    pub async fn upsert_of<T: AttachedRecord>(
        &self,
        of: &PersonRef,
        record: &T,
    ) -> Result<Upserted<T>, Error> {
        if let Some(id) = record.id() {
            match self.update_of(of, id, record).await {
                Ok(record) => return Ok(Upserted { outcome: UpsertOutcome::Updated, record }),
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        let created = self.create_of(of, record).await?;
        let outcome = match record.id() {
            Some(id) if created.id() != Some(id) => UpsertOutcome::CreatedUnderAnotherKey,
            _ => UpsertOutcome::Created,
        };
        Ok(Upserted { outcome, record: created })
    }
}
