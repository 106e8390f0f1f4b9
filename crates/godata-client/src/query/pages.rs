//! The loop over pages.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

use futures_util::{Stream, stream};
use http_transport::{FailureKind, Response};
use serde_json::Value;
use tokio::task::JoinSet;

use super::{
    MAX_ADDRESS_BYTES, Query,
    cursor::Cursor,
    page::{RawPage, record_id},
};
use crate::{Error, ErrorKind};

/// A page is never made smaller than this.
const MIN_PAGE_SIZE: u32 = 50;
/// An answer whose JSON ends too early is asked for again this often.
const MAX_CUT_ANSWERS: u32 = 2;
/// Values of a list that is cut into parts; 250 ids fit into an address (facts §4.1).
const VALUES_PER_PART: usize = 200;

/// How far a reading has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Progress {
    /// Pages handed over.
    pub n_pages: u64,
    /// Records handed over.
    pub n_records: u64,
    /// Bytes handed over, after decompression.
    pub n_bytes: u64,
}

/// Pages as they come.
///
/// The next page is asked for while the caller works on the last one, so at most one page more than
/// [`pages_in_flight`](Query::pages_in_flight) is in memory. Dropping this stops all requests.
pub struct RawPages {
    state: State,
    progress: Progress,
}

enum State {
    /// Nothing has been asked yet.
    Fresh(Box<Query<()>>),
    Reading(Box<Reading>),
    /// At the end, or failed.
    Ended,
}

/// What all page requests of a reading have in common.
struct Plan {
    query: Query<()>,
    /// Usually one; several where a list in the filter had to be cut.
    conditions: Vec<Value>,
    is_post: bool,
}

struct Reading {
    plan: Arc<Plan>,
    waiting: VecDeque<Cursor>,
    fetches: JoinSet<Result<Fetched, Error>>,
    /// Ids seen so far, where a record could match several parts of a filter that was cut.
    seen: Option<HashSet<String>>,
}

struct Fetched {
    page: RawPage,
    /// What is left of the range, if anything.
    rest: Option<Cursor>,
}

impl RawPages {
    pub(super) fn new(query: Query<()>) -> Self {
        Self { state: State::Fresh(Box::new(query)), progress: Progress::default() }
    }

    /// The next page; `None` after the last one.
    ///
    /// # Errors
    ///
    /// As any call. A reading that failed is over: pages handed over before stay valid, but records
    /// are missing.
    pub async fn next(&mut self) -> Result<Option<RawPage>, Error> {
        match self.advance().await {
            Ok(Some(page)) => {
                self.progress.n_pages += 1;
                self.progress.n_records += page.n_records() as u64;
                self.progress.n_bytes += page.n_bytes() as u64;
                Ok(Some(page.numbered(self.progress.n_pages)))
            }
            end_or_error => {
                self.state = State::Ended;
                end_or_error
            }
        }
    }

    /// What has been handed over so far.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// The pages as a stream that ends after the first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<RawPage, Error>> + Send {
        stream::try_unfold(self, |mut pages| async move {
            Ok(pages.next().await?.map(|page| (page, pages)))
        })
    }

    async fn advance(&mut self) -> Result<Option<RawPage>, Error> {
        if let State::Fresh(query) = &self.state {
            let reading = Reading::start(query.plan()).await?;
            self.state = State::Reading(Box::new(reading));
        }
        match &mut self.state {
            State::Reading(reading) => reading.next().await,
            State::Fresh(_) | State::Ended => Ok(None),
        }
    }
}

impl Reading {
    async fn start(query: Query<()>) -> Result<Self, Error> {
        let (conditions, is_post, may_repeat) = conditions(&query).await?;
        let waiting = (0..conditions.len())
            .flat_map(|part| Cursor::ranges(part, query.pages_in_flight))
            .collect();
        let plan = Arc::new(Plan { query, conditions, is_post });
        let seen = may_repeat.then(HashSet::new);
        Ok(Self { plan, waiting, fetches: JoinSet::new(), seen })
    }

    async fn next(&mut self) -> Result<Option<RawPage>, Error> {
        loop {
            self.ask();
            let fetched = match self.fetches.join_next().await {
                None => return Ok(None),
                Some(Ok(fetched)) => fetched?,
                Some(Err(failed)) => match failed.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    // Only the end of the runtime cancels these tasks.
                    Err(_) => {
                        let reason = "the runtime was shut down while reading".to_owned();
                        return Err(Error::unsent(ErrorKind::Paging { reason }));
                    }
                },
            };
            if let Some(rest) = fetched.rest {
                self.waiting.push_front(rest);
                self.ask();
            }
            let mut page = fetched.page;
            if let Some(seen) = &mut self.seen {
                page.retain(|json| record_id(json).is_none_or(|id| seen.insert(id.into_owned())));
            }
            if page.n_records() > 0 {
                return Ok(Some(page));
            }
        }
    }

    /// Keeps as many requests going as are allowed.
    fn ask(&mut self) {
        while self.fetches.len() < self.plan.query.pages_in_flight as usize {
            let Some(cursor) = self.waiting.pop_front() else { return };
            let plan = Arc::clone(&self.plan);
            self.fetches.spawn(async move { plan.fetch(cursor).await });
        }
    }
}

/// The conditions to ask for one after the other, whether by POST, and whether one record could
/// match several of them.
async fn conditions(query: &Query<()>) -> Result<(Vec<Value>, bool, bool), Error> {
    let whole = query.condition()?;
    let n_bytes = address_bytes(query, &whole);
    if n_bytes <= MAX_ADDRESS_BYTES {
        return Ok((vec![whole], false, false));
    }
    if query.may_post().await? {
        return Ok((vec![whole], true, false));
    }
    let too_long = || Error::unsent(ErrorKind::FilterTooLong { n_bytes, limit: MAX_ADDRESS_BYTES });
    let parts = query.filter.in_parts(VALUES_PER_PART).ok_or_else(too_long)?;
    let is_by_id = parts.iter().all(|(path, _)| path == "id");
    let mut conditions = Vec::with_capacity(parts.len());
    for (_, part) in parts {
        let mut part_query = query.plan();
        part_query.filter = part;
        let condition = part_query.condition()?;
        if address_bytes(query, &condition) > MAX_ADDRESS_BYTES {
            return Err(too_long());
        }
        conditions.push(condition);
    }
    Ok((conditions, false, !is_by_id))
}

/// Length of the address of a page somewhere in the middle.
fn address_bytes(query: &Query<()>, condition: &Value) -> usize {
    let cursor = Cursor::ranges(0, 3).remove(1).after("0".repeat(36));
    let filter = query.page_filter(condition, &cursor.condition(), query.page_size);
    query.route.get(&filter).url(query.client.base_url()).as_str().len()
}

impl Plan {
    /// One page, in smaller pieces where the server cannot make it in time.
    async fn fetch(&self, cursor: Cursor) -> Result<Fetched, Error> {
        let mut page_size = self.query.page_size;
        let mut n_cut = 0;
        loop {
            match self.try_fetch(&cursor, page_size).await {
                Ok(fetched) => return Ok(fetched),
                Err(error) if is_too_much(&error) && page_size > MIN_PAGE_SIZE => {
                    page_size = (page_size / 4).max(MIN_PAGE_SIZE);
                    tracing::warn!(page_size, reason = %error.kind(), "asking for smaller pages");
                }
                Err(error) if error.is_decode() && error.is_cut() && n_cut < MAX_CUT_ANSWERS => {
                    n_cut += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn try_fetch(&self, cursor: &Cursor, page_size: u32) -> Result<Fetched, Error> {
        let Self { query, conditions, is_post } = self;
        let filter = query.page_filter(&conditions[cursor.part], &cursor.condition(), page_size);
        let request = if *is_post { query.route.post(&filter) } else { query.route.get(&filter) };
        let response = query.client.call(request).await?;
        let page = RawPage::read(&response, query.route.noun)?;
        let rest = self.rest(cursor, &page, page_size, &response)?;
        Ok(Fetched { page, rest })
    }

    /// What is still to be read after `page`: nothing if it is short.
    fn rest(
        &self,
        cursor: &Cursor,
        page: &RawPage,
        page_size: u32,
        response: &Response,
    ) -> Result<Option<Cursor>, Error> {
        let wrong = |reason: &str| {
            Error::new(response.exchange(), ErrorKind::Paging { reason: reason.to_owned() })
        };
        if page.n_records() == 0 {
            return Ok(None);
        }
        let Some((first, last)) = page.first_and_last_id() else {
            return Err(wrong("a page of records without ids"));
        };
        if !cursor.admits(&first, &last) {
            return Err(wrong("a page holds records that were not asked for, or not in order"));
        }
        let is_full = page.n_records() >= page_size as usize;
        Ok(is_full.then(|| cursor.clone().after(last)))
    }
}

/// Whether fewer records might do what so many did not.
fn is_too_much(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Transport(FailureKind::Timeout { .. } | FailureKind::TooLarge { .. }) => true,
        ErrorKind::Rejected { status, .. } | ErrorKind::NotJson { status, .. } => {
            matches!(status, 413 | 502 | 504)
        }
        _ => false,
    }
}
