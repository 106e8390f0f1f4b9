//! Reading lists: pages by id, typed or raw, and counts.

mod cursor;
mod page;
mod pages;
mod route;
mod typed;

use std::{collections::BTreeSet, fmt, marker::PhantomData};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

pub(crate) use self::route::Route;
pub use self::{
    page::{Origin, RawPage, RawRecord},
    pages::{Progress, RawPages},
    typed::{BadRecord, Page, Pages},
};
use crate::{Client, Error, ErrorKind, Filter, client::decode};

/// Node refuses a request whose line and headers exceed 16 KiB (recordings `url-length-15k`: 200,
/// `url-length-17k`: 431). What is left is for the headers.
const MAX_ADDRESS_BYTES: usize = 15_000;

/// What is to be read from one list of the server. Nothing is asked before a reading method is
/// called.
///
/// `T` is what a record becomes in the typed methods; the raw ones do not use it.
///
/// # What a reading sees
///
/// Pages are taken by id (`id` greater than the last one, in the order of ids), never by number. So
/// a record that exists from the first page to the last is delivered exactly once, whatever is
/// entered, edited or deleted meanwhile, and no record is delivered twice. A record that is entered
/// while the pages are read may or may not be among them. A merge makes a new record and deletes
/// the old ones, so a merge while the pages are read can show both; the new one names the old ones
/// in `mergedDuplicatesIds`.
pub struct Query<T> {
    client: Client,
    route: Route,
    filter: Filter,
    fields: Option<BTreeSet<String>>,
    deleted: Deleted,
    page_size: u32,
    pages_in_flight: u32,
    record: PhantomData<fn() -> T>,
}

/// Which rows are wanted by whether they are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deleted {
    Without,
    With,
    Only,
}

impl<T> Query<T> {
    pub(crate) fn new(client: &Client, route: Route) -> Self {
        let defaults = client.defaults();
        Self {
            client: client.clone(),
            route,
            filter: Filter::default(),
            fields: None,
            deleted: Deleted::Without,
            page_size: defaults.page_size,
            pages_in_flight: defaults.pages_in_flight,
            record: PhantomData,
        }
    }

    /// Only records that this matches. Called again, both must match.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = self.filter.and(filter);
        self
    }

    /// Only these fields; `id` is always among them. Without this call whole rows come, which are
    /// five times as large (`MEASURED.json`).
    ///
    /// Of a nested field the whole outer one is asked for (`age` for `age.years`): 2.50.3 leaves
    /// dotted names out of its answer (recording `cases-fields-nested`).
    #[must_use]
    pub fn fields<S: AsRef<str>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        let fields = self.fields.get_or_insert_default();
        fields.insert("id".to_owned());
        for name in names {
            let outer = name.as_ref().split('.').next().unwrap_or_default();
            if !outer.is_empty() {
                fields.insert(outer.to_owned());
            }
        }
        self
    }

    /// Records per page.
    #[must_use]
    pub fn page_size(mut self, n_records: u32) -> Self {
        self.page_size = n_records.max(1);
        self
    }

    /// Pages that are asked for at the same time.
    ///
    /// With 1 the records come in the order of their ids. With more the ids are cut into that many
    /// ranges that are read side by side, and the records come in no order.
    #[must_use]
    pub fn pages_in_flight(mut self, n_pages: u32) -> Self {
        self.pages_in_flight = n_pages.max(1);
        self
    }

    /// Deleted records, too. The server keeps them, marked `deleted`.
    #[must_use]
    pub fn including_deleted(mut self) -> Self {
        self.deleted = Deleted::With;
        self
    }

    /// Deleted records only.
    #[must_use]
    pub fn only_deleted(mut self) -> Self {
        self.deleted = Deleted::Only;
        self
    }

    /// The pages as they come, for callers that decode themselves.
    #[must_use]
    pub fn raw_pages(&self) -> RawPages {
        RawPages::new(self.plan())
    }

    /// How many records the server counts for the same condition.
    ///
    /// The database counts (facts §3.3), so this is a total to reconcile with. Records that are
    /// entered or deleted between reading and counting make a difference.
    ///
    /// # Errors
    ///
    /// As any call; [`ErrorKind::NotFound`] for lists that the server does not count, and
    /// [`ErrorKind::FilterTooLong`] for a filter that cannot be sent.
    pub async fn count(&self) -> Result<u64, Error> {
        #[derive(Deserialize)]
        struct Count {
            count: u64,
        }
        let condition = self.condition()?;
        let with_deleted = self.deleted != Deleted::Without;
        let Some(mut request) = self.route.count(&condition, with_deleted) else {
            let what = format!("count of {}s", self.route.noun);
            return Err(Error::unsent(ErrorKind::NotFound { what }));
        };
        let n_bytes = request.url(self.client.base_url()).as_str().len();
        if n_bytes > MAX_ADDRESS_BYTES {
            let too_long = ErrorKind::FilterTooLong { n_bytes, limit: MAX_ADDRESS_BYTES };
            let post = self.route.post_count(&condition, with_deleted);
            request = match post {
                Some(post) if self.may_post().await? => post,
                _ => return Err(Error::unsent(too_long)),
            };
        }
        let answer: Count = decode(&self.client.call(request).await?)?;
        Ok(answer.count)
    }

    fn condition(&self) -> Result<Value, Error> {
        let filter = match self.deleted {
            Deleted::Only => self.filter.clone().and(Filter::field("deleted").eq(true)),
            Deleted::Without | Deleted::With => self.filter.clone(),
        };
        filter.to_json().map_err(Error::unsent)
    }

    /// POST is for the account's active outbreak only (recording `cases-filter-post`).
    async fn may_post(&self) -> Result<bool, Error> {
        match &self.route.post_for {
            Some(outbreak_id) => {
                Ok(self.client.active_outbreak().await?.as_deref() == Some(outbreak_id))
            }
            None => Ok(false),
        }
    }

    fn plan(&self) -> Query<()> {
        Query {
            client: self.client.clone(),
            route: self.route.clone(),
            filter: self.filter.clone(),
            fields: self.fields.clone(),
            deleted: self.deleted,
            page_size: self.page_size,
            pages_in_flight: self.pages_in_flight,
            record: PhantomData,
        }
    }

    /// The JSON of one page's `filter`.
    fn page_filter(&self, condition: &Value, range: &Value, page_size: u32) -> String {
        let empty = json!({});
        let parts: Vec<_> = [condition, range].into_iter().filter(|part| **part != empty).collect();
        let condition = match parts.as_slice() {
            [] => empty,
            [only] => (*only).clone(),
            several => json!({ "and": several }),
        };
        let mut filter =
            json!({ "where": condition, "order": [self.route.order()], "limit": page_size });
        if let Some(fields) = &self.fields {
            filter["fields"] = json!(fields);
        }
        if self.deleted != Deleted::Without {
            filter["deleted"] = true.into();
        }
        filter.to_string()
    }
}

impl<T: DeserializeOwned> Query<T> {
    /// The pages with their records decoded.
    #[must_use]
    pub fn pages(&self) -> Pages<T> {
        Pages::new(self.raw_pages())
    }

    /// All records in memory: for lists that are small, such as places.
    ///
    /// # Errors
    ///
    /// As any call; here a record that cannot be read is an error, too.
    pub async fn all(&self) -> Result<Vec<T>, Error> {
        let mut pages = self.pages();
        let mut all = Vec::new();
        while let Some(page) = pages.next().await? {
            for record in page.records {
                all.push(record.map_err(|bad| Error::unsent(bad.into_kind()))?);
            }
        }
        Ok(all)
    }
}

impl<T> Clone for Query<T> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            route: self.route.clone(),
            filter: self.filter.clone(),
            fields: self.fields.clone(),
            record: PhantomData,
            ..*self
        }
    }
}

impl<T> fmt::Debug for Query<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("noun", &self.route.noun)
            .field("filter", &self.filter)
            .field("fields", &self.fields)
            .field("deleted", &self.deleted)
            .field("page_size", &self.page_size)
            .field("pages_in_flight", &self.pages_in_flight)
            .finish_non_exhaustive()
    }
}
