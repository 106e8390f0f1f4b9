//! Writing: outbreak records through a [`Writer`], and what outbreaks are set up from.

mod record;
mod setup;
mod upsert;

use http_transport::Request;
use serde::Serialize;
use serde_json::{Value, json};

pub use self::{
    record::{AttachedRecord, PersonRecord, PersonRef},
    upsert::{UpsertOutcome, Upserted},
};
use crate::{Client, Error, ErrorKind, InOutbreak, RecordKind};

/// The right to write to one outbreak.
///
/// Go.Data takes writes only for the account's *active* outbreak, which is one setting per account
/// and not per session: whoever uses the account sees the change. So it is never set in passing:
/// [`InOutbreak::writer`] only checks it, and [`InOutbreak::activate`] sets it and
/// [`finish`](Self::finish) sets it back.
#[derive(Debug)]
#[must_use = "call `finish` to set the account's active outbreak back"]
pub struct Writer {
    outbreak: InOutbreak,
    /// What to set back, if something was changed.
    before: Option<Before>,
}

#[derive(Debug)]
struct Before {
    outbreak_id: Option<String>,
}

impl InOutbreak {
    /// The right to write, if this is the account's active outbreak already. Changes nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotActive`] if it is not.
    pub async fn writer(&self) -> Result<Writer, Error> {
        let active = self.client().active_outbreak().await?;
        if active.as_deref() != Some(self.id()) {
            return Err(Error::unsent(ErrorKind::NotActive));
        }
        Ok(Writer { outbreak: self.clone(), before: None })
    }

    /// Makes this the account's active outbreak, if it is not, until [`Writer::finish`].
    ///
    /// Everybody who uses the account is moved to this outbreak meanwhile.
    ///
    /// # Errors
    ///
    /// As any call; [`ErrorKind::Rejected`] with the code `ACTIVE_OUTBREAK_NOT_ALLOWED` where the
    /// account may not see the outbreak.
    pub async fn activate(&self) -> Result<Writer, Error> {
        let before = self.client().active_outbreak().await?;
        if before.as_deref() == Some(self.id()) {
            return Ok(Writer { outbreak: self.clone(), before: None });
        }
        set_active(self.client(), Some(self.id())).await?;
        let before = Some(Before { outbreak_id: before });
        Ok(Writer { outbreak: self.clone(), before })
    }
}

async fn set_active(client: &Client, outbreak_id: Option<&str>) -> Result<(), Error> {
    let user_id = client.user_id().await?;
    let request = Request::patch(["api", "users"]).hidden_segment(user_id).idempotent();
    let body = json!({ "activeOutbreakId": outbreak_id });
    client.call(with_body(request, &body)?).await.map(drop)
}

/// A request with a JSON body.
pub(crate) fn with_body<B: Serialize + ?Sized>(
    request: Request,
    body: &B,
) -> Result<Request, Error> {
    let body = serde_json::to_vec(body).map_err(|error| {
        Error::unsent(ErrorKind::Decode {
            place: "the record to be written".to_owned(),
            reason: crate::error::reason_without_value(&error),
            is_cut: false,
        })
    })?;
    Ok(request.body("application/json", body))
}

impl Writer {
    /// The outbreak that is written to.
    #[must_use]
    pub fn outbreak(&self) -> &InOutbreak {
        &self.outbreak
    }

    /// Sets the account's active outbreak back to what it was.
    ///
    /// Dropping a writer that changed it cannot do this, and leaves a warning in the log.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn finish(mut self) -> Result<(), Error> {
        match self.before.take() {
            Some(before) => set_active(self.client(), before.outbreak_id.as_deref()).await,
            None => Ok(()),
        }
    }

    fn client(&self) -> &Client {
        self.outbreak.client()
    }

    fn path(&self, kind: RecordKind) -> Vec<&str> {
        self.outbreak.path(&[kind.as_str()])
    }

    /// Creates a person or event. The server makes the id, and may make another number of
    /// `visualId`; the record that it returns has both.
    ///
    /// It is not repeated when it is unknown whether it was done.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`], or [`ErrorKind::Rejected`] with a code such as
    /// `DUPLICATE_VISUAL_ID` or `ADDRESS_MUST_HAVE_USUAL_PLACE_OF_RESIDENCE` (facts §2).
    pub async fn create<T: PersonRecord>(&self, record: &T) -> Result<T, Error> {
        let request = Request::post(self.path(T::KIND));
        self.client().fetch(with_body(request, record)?).await
    }

    /// Changes the properties of a person or event that `changes` has; `null` clears one, a missing
    /// one stays, lists are replaced whole. The last writer wins: there are no versions.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create); [`ErrorKind::NotFound`] if there is no such live record.
    pub async fn update<T: PersonRecord>(&self, id: &str, changes: &T) -> Result<T, Error> {
        let request = Request::put(self.path(T::KIND)).hidden_segment(id);
        self.client().fetch(with_body(request, changes)?).await
    }

    /// Deletes a person or event with its relationships, follow-ups and lab results, and contacts
    /// that had no other relationship. The rows stay on the server, marked deleted.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if there is no such live record.
    pub async fn delete<T: PersonRecord>(&self, id: &str) -> Result<(), Error> {
        let request = Request::delete(self.path(T::KIND)).hidden_segment(id);
        self.client().call(request).await.map(drop)
    }

    /// Brings a deleted person or event back.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if there is no such deleted record.
    pub async fn restore<T: PersonRecord>(&self, id: &str) -> Result<(), Error> {
        let request = Request::post(self.path(T::KIND)).hidden_segment(id).segment("restore");
        self.client().call(request).await.map(drop)
    }

    /// Creates a follow-up, lab result or relationship of a person.
    ///
    /// A relationship names the *other* person in `persons`; `of` is the one that was exposed when
    /// it is a contact. A follow-up needs a person with a time of follow-up, that is, with a
    /// relationship.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub async fn create_of<T: AttachedRecord>(
        &self,
        of: &PersonRef,
        record: &T,
    ) -> Result<T, Error> {
        let request = Request::post(self.path(of.kind())).hidden_segment(of.id()).segment(T::LIST);
        self.client().fetch(with_body(request, record)?).await
    }

    /// Changes a follow-up, lab result or relationship of a person; see [`update`](Self::update).
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    pub async fn update_of<T: AttachedRecord>(
        &self,
        of: &PersonRef,
        id: &str,
        changes: &T,
    ) -> Result<T, Error> {
        let request =
            Request::put(self.path(of.kind())).hidden_segment(of.id()).segment(T::LIST).segment(id);
        self.client().fetch(with_body(request, changes)?).await
    }

    /// Deletes a follow-up, lab result or relationship of a person.
    ///
    /// # Errors
    ///
    /// As [`delete`](Self::delete).
    pub async fn delete_of<T: AttachedRecord>(
        &self,
        of: &PersonRef,
        id: &str,
    ) -> Result<(), Error> {
        let request = Request::delete(self.path(of.kind()))
            .hidden_segment(of.id())
            .segment(T::LIST)
            .segment(id);
        self.client().call(request).await.map(drop)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.before.is_some() {
            tracing::warn!(
                outbreak = self.outbreak.id(),
                "the account's active outbreak was not set back: call `Writer::finish`"
            );
        }
    }
}

/// Calls without a method of their own: `path` is below `/api`. Tokens, repetition and errors are
/// as everywhere; an empty answer is `null`.
impl Client {
    /// A GET.
    ///
    /// ```no_run
    /// # async fn example(client: godata_client::Client) -> Result<(), godata_client::Error> {
    /// let roles: serde_json::Value = client.get(&["roles"], &[("filter", r#"{"limit":3}"#)]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn get<T: serde::de::DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, Error> {
        let request = query.iter().fold(Request::get(below_api(path)), |request, (name, value)| {
            request.query(*name, *value)
        });
        self.raw(request).await
    }

    /// A POST, sent once.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn post<T: serde::de::DeserializeOwned>(
        &self,
        path: &[&str],
        body: &Value,
    ) -> Result<T, Error> {
        self.raw(with_body(Request::post(below_api(path)), body)?).await
    }

    /// A PUT.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn put<T: serde::de::DeserializeOwned>(
        &self,
        path: &[&str],
        body: &Value,
    ) -> Result<T, Error> {
        self.raw(with_body(Request::put(below_api(path)), body)?).await
    }

    /// A PATCH, sent once.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn patch<T: serde::de::DeserializeOwned>(
        &self,
        path: &[&str],
        body: &Value,
    ) -> Result<T, Error> {
        self.raw(with_body(Request::patch(below_api(path)), body)?).await
    }

    /// A DELETE.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn delete(&self, path: &[&str]) -> Result<(), Error> {
        self.call(Request::delete(below_api(path))).await.map(drop)
    }

    async fn raw<T: serde::de::DeserializeOwned>(&self, request: Request) -> Result<T, Error> {
        let response = self.call(request).await?;
        match response.body().trim_ascii() {
            b"" => crate::client::decode_text(&response, "null"),
            _ => crate::client::decode(&response),
        }
    }
}

fn below_api<'a>(path: &[&'a str]) -> impl Iterator<Item = &'a str> {
    std::iter::once("api").chain(path.iter().copied())
}
