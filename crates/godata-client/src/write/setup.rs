//! What outbreaks are set up from: places, value lists, and outbreaks themselves. None of these
//! needs an active outbreak.

use http_transport::Request;
use serde::{Serialize, de::DeserializeOwned};

use super::{UpsertOutcome, Upserted, with_body};
use crate::{
    Client, Error,
    models::{Field, Location, Outbreak, ReferenceItem},
};

impl Client {
    /// Creates a place. The server makes the id, unless it allows own ones.
    ///
    /// # Errors
    ///
    /// [`Rejected`](crate::ErrorKind::Rejected) with `MODEL_IDENTIFIERS_ARE_NOT_UNIQUE_IN_CONTEXT`
    /// if a sibling has the name or a code.
    pub async fn create_location(&self, location: &Location) -> Result<Location, Error> {
        self.create_in("locations", location).await
    }

    /// Changes the properties of a place that `changes` has.
    ///
    /// # Errors
    ///
    /// As [`create_location`](Self::create_location).
    pub async fn update_location(&self, id: &str, changes: &Location) -> Result<Location, Error> {
        self.update_in("locations", id, changes).await
    }

    /// Updates the place with this `id`; creates it if there is none.
    ///
    /// # Errors
    ///
    /// As [`create_location`](Self::create_location).
    pub async fn upsert_location(&self, location: &Location) -> Result<Upserted<Location>, Error> {
        self.upsert_in("locations", location, &location.id, |created| &created.id).await
    }

    /// Deletes a place; refused (`MODEL_IN_USE`) while records refer to it or places lie in it.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn delete_location(&self, id: &str) -> Result<(), Error> {
        self.call(Request::delete(["api", "locations", id])).await.map(drop)
    }

    /// Creates a value of a value list from `category_id` and `value`; the server makes the id of
    /// both.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn create_reference_item(
        &self,
        item: &ReferenceItem,
    ) -> Result<ReferenceItem, Error> {
        self.create_in("reference-data", item).await
    }

    /// Changes the properties of a value that `changes` has.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn update_reference_item(
        &self,
        id: &str,
        changes: &ReferenceItem,
    ) -> Result<ReferenceItem, Error> {
        self.update_in("reference-data", id, changes).await
    }

    /// Updates the value with this `id`; creates it if there is none.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn upsert_reference_item(
        &self,
        item: &ReferenceItem,
    ) -> Result<Upserted<ReferenceItem>, Error> {
        self.upsert_in("reference-data", item, &item.id, |created| &created.id).await
    }

    /// Deletes a value; refused (`MODEL_IN_USE`) while records refer to it.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn delete_reference_item(&self, id: &str) -> Result<(), Error> {
        self.call(Request::delete(["api", "reference-data", id])).await.map(drop)
    }

    /// Creates an outbreak.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn create_outbreak(&self, outbreak: &Outbreak) -> Result<Outbreak, Error> {
        self.create_in("outbreaks", outbreak).await
    }

    /// Changes the properties of an outbreak that `changes` has.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn update_outbreak(&self, id: &str, changes: &Outbreak) -> Result<Outbreak, Error> {
        self.update_in("outbreaks", id, changes).await
    }

    /// Updates the outbreak with this `id` or, where none is given, with this name; creates it if
    /// there is none.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn upsert_outbreak(&self, outbreak: &Outbreak) -> Result<Upserted<Outbreak>, Error> {
        let mut id = outbreak.id.clone();
        if id.value().is_none()
            && let Some(name) = outbreak.name.text()
        {
            let known = self.outbreaks().fields(["name"]).all().await?;
            let same = known.into_iter().find(|known| known.name.text() == Some(name));
            id = same.map_or(Field::Missing, |same| same.id);
        }
        self.upsert_in("outbreaks", outbreak, &id, |created| &created.id).await
    }

    /// Deletes an outbreak; it stays on the server, marked deleted.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn delete_outbreak(&self, id: &str) -> Result<(), Error> {
        self.call(Request::delete(["api", "outbreaks", id])).await.map(drop)
    }

    async fn create_in<T: Serialize + DeserializeOwned>(
        &self,
        list: &str,
        model: &T,
    ) -> Result<T, Error> {
        self.fetch(with_body(Request::post(["api", list]), model)?).await
    }

    async fn update_in<T: Serialize + DeserializeOwned>(
        &self,
        list: &str,
        id: &str,
        changes: &T,
    ) -> Result<T, Error> {
        self.fetch(with_body(Request::put(["api", list, id]), changes)?).await
    }

    async fn upsert_in<T: Serialize + DeserializeOwned>(
        &self,
        list: &str,
        model: &T,
        id: &Field<String>,
        id_of: fn(&T) -> &Field<String>,
    ) -> Result<Upserted<T>, Error> {
        if let Some(id) = id.text() {
            match self.update_in(list, id, model).await {
                Ok(record) => return Ok(Upserted { outcome: UpsertOutcome::Updated, record }),
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        let created = self.create_in(list, model).await?;
        let outcome = match id.text() {
            Some(id) if id_of(&created).text() != Some(id) => UpsertOutcome::CreatedUnderAnotherKey,
            _ => UpsertOutcome::Created,
        };
        Ok(Upserted { outcome, record: created })
    }
}
