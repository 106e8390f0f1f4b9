//! One page as it came: the bytes of each record, and where it came from.

use std::{borrow::Cow, fmt, ops::Range};

use bytes::Bytes;
use http_transport::Response;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{Error, ErrorKind, error::reason_without_value};

/// Where a record was found, for messages that must not name a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Origin {
    /// What one record of this list is called, such as `case`.
    pub noun: &'static str,
    /// The page in the order of arrival, from 1.
    pub page: u64,
    /// The record within its page, from 1.
    pub record: u64,
}

/// `case 203 of page 3`.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} of page {}", self.noun, self.record, self.page)
    }
}

/// One page of records as the server sent it.
///
/// `Debug` shows its size, not its contents.
#[derive(Clone)]
pub struct RawPage {
    noun: &'static str,
    number: u64,
    /// One JSON array.
    body: Bytes,
    spans: Vec<Range<usize>>,
}

/// One record of a [`RawPage`].
#[derive(Clone, Copy)]
pub struct RawRecord<'a> {
    origin: Origin,
    json: &'a str,
}

impl RawPage {
    /// Reads the answer of a list route.
    pub(super) fn read(response: &Response, noun: &'static str) -> Result<Self, Error> {
        let failed = |kind| Error::new(response.exchange(), kind);
        let status = response.status().as_u16();
        let text = response
            .json_text()
            .map_err(|problem| failed(ErrorKind::NotJson { status, problem }))?;
        let records: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| {
            failed(ErrorKind::Decode {
                place: format!("line {} column {}", error.line(), error.column()),
                reason: reason_without_value(&error),
                is_cut: error.is_eof(),
            })
        })?;
        let offset_in = |outer: &[u8], inner: &str| {
            let start = inner.as_ptr() as usize - outer.as_ptr() as usize;
            start..start + inner.len()
        };
        let body = response.body().slice(offset_in(response.body(), text));
        let spans = records.iter().map(|record| offset_in(text.as_bytes(), record.get())).collect();
        Ok(Self { noun, number: 0, body, spans })
    }

    pub(super) fn numbered(mut self, number: u64) -> Self {
        self.number = number;
        self
    }

    /// The page without the records for which `keep` says no.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        let kept: Vec<&str> = self.texts().filter(|text| keep(text)).collect();
        if kept.len() == self.spans.len() {
            return;
        }
        let mut body = String::with_capacity(self.body.len());
        let mut spans = Vec::with_capacity(kept.len());
        body.push('[');
        for text in kept {
            if !spans.is_empty() {
                body.push(',');
            }
            spans.push(body.len()..body.len() + text.len());
            body.push_str(text);
        }
        body.push(']');
        self.body = body.into();
        self.spans = spans;
    }

    /// How many records this page holds.
    #[must_use]
    pub fn n_records(&self) -> usize {
        self.spans.len()
    }

    /// Size of this page in bytes, after decompression.
    #[must_use]
    pub fn n_bytes(&self) -> usize {
        self.body.len()
    }

    /// The whole page: one JSON array.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// The records, each with its text and where it came from.
    pub fn records(&self) -> impl ExactSizeIterator<Item = RawRecord<'_>> {
        self.spans.iter().enumerate().map(|(i, span)| {
            let origin = Origin { noun: self.noun, page: self.number, record: i as u64 + 1 };
            RawRecord { origin, json: self.text(span) }
        })
    }

    fn texts(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.spans.iter().map(|span| self.text(span))
    }

    /// The body was read as text once, and the spans are those of values within it, so nothing is
    /// ever missing here.
    fn text(&self, span: &Range<usize>) -> &str {
        self.body
            .get(span.clone())
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }

    /// The smallest and the largest id, by the ends of the page; rows without an id are passed over.
    pub(super) fn first_and_last_id(&self) -> Option<(String, String)> {
        let first = self.texts().find_map(record_id)?;
        let last = self.texts().rev().find_map(record_id)?;
        Some((first.into_owned(), last.into_owned()))
    }
}

/// The `id` of a JSON object.
pub(super) fn record_id(json: &str) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct IdOnly<'a> {
        #[serde(borrow)]
        id: Cow<'a, str>,
    }
    serde_json::from_str::<IdOnly<'_>>(json).ok().map(|record| record.id)
}

impl fmt::Debug for RawPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawPage")
            .field("noun", &self.noun)
            .field("number", &self.number)
            .field("n_records", &self.n_records())
            .field("n_bytes", &self.n_bytes())
            .finish_non_exhaustive()
    }
}

impl<'a> RawRecord<'a> {
    /// Where this record came from.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// The record's JSON text.
    #[must_use]
    pub fn json(&self) -> &'a str {
        self.json
    }

    /// The record's JSON text as bytes.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.json.as_bytes()
    }
}

/// Shows where it came from, not what it says.
impl fmt::Debug for RawRecord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawRecord").field("origin", &self.origin).finish_non_exhaustive()
    }
}
