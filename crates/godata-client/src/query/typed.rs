//! Pages with their records decoded.

use std::{fmt, marker::PhantomData};

use futures_util::{Stream, stream};
use serde::de::DeserializeOwned;

use super::{Origin, Progress, RawPage, RawPages, RawRecord};
use crate::{Error, ErrorKind, error::reason_without_value};

/// A record that could not be read. The others of its page are not touched by it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin} cannot be read at {place}: {reason}")]
pub struct BadRecord {
    origin: Origin,
    place: String,
    reason: String,
}

impl BadRecord {
    /// Where it came from.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Which field could not be read, such as `age.years`.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Why, without the value.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    pub(super) fn into_kind(self) -> ErrorKind {
        let place = format!("{} of {}", self.place, self.origin);
        ErrorKind::Decode { place, reason: self.reason, is_cut: false }
    }
}

/// One page of decoded records.
pub struct Page<T> {
    /// The records in the order of the server, unreadable ones included.
    pub records: Vec<Result<T, BadRecord>>,
    /// Size of the page in bytes, after decompression.
    pub n_bytes: usize,
}

impl<T> fmt::Debug for Page<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("n_records", &self.records.len())
            .field("n_bytes", &self.n_bytes)
            .finish_non_exhaustive()
    }
}

/// Pages with their records decoded; see [`RawPages`].
pub struct Pages<T> {
    raw: RawPages,
    record: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Pages<T> {
    pub(super) fn new(raw: RawPages) -> Self {
        Self { raw, record: PhantomData }
    }

    /// The next page; `None` after the last one.
    ///
    /// # Errors
    ///
    /// As [`RawPages::next`].
    pub async fn next(&mut self) -> Result<Option<Page<T>>, Error> {
        Ok(self.raw.next().await?.map(|page| page.decode()))
    }

    /// What has been handed over so far.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.raw.progress()
    }

    /// The records one by one, as a stream that ends after the first failed page.
    pub fn into_records(self) -> impl Stream<Item = Result<Result<T, BadRecord>, Error>> + Send
    where
        T: Send,
    {
        let start = (self, Vec::new().into_iter());
        stream::try_unfold(start, |(mut pages, mut records)| async move {
            loop {
                if let Some(record) = records.next() {
                    return Ok(Some((record, (pages, records))));
                }
                match pages.next().await? {
                    Some(page) => records = page.records.into_iter(),
                    None => return Ok(None),
                }
            }
        })
    }
}

impl RawPage {
    /// The records decoded as `T`, one by one.
    #[must_use]
    pub fn decode<T: DeserializeOwned>(&self) -> Page<T> {
        let records = self.records().map(|record| record.decode()).collect();
        Page { records, n_bytes: self.n_bytes() }
    }
}

impl RawRecord<'_> {
    /// This record decoded as `T`.
    ///
    /// # Errors
    ///
    /// [`BadRecord`] names the field that does not fit, not its value.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, BadRecord> {
        serde_json::from_str(self.json()).map_err(|_| self.why_not::<T>())
    }

    /// Reads again with an eye on the path, which costs time that good records need not spend.
    fn why_not<T: DeserializeOwned>(&self) -> BadRecord {
        let mut json = serde_json::Deserializer::from_str(self.json());
        let (place, reason) = match serde_path_to_error::deserialize::<_, T>(&mut json) {
            Err(error) => {
                let place = error.path().to_string();
                let place =
                    if place == "." { "its start".to_owned() } else { format!("`{place}`") };
                (place, reason_without_value(error.inner()))
            }
            Ok(_) => ("its end".to_owned(), "more text than one value".to_owned()),
        };
        BadRecord { origin: self.origin(), place, reason }
    }
}
