//! Where a list is read, counted and ordered.

use http_transport::Request;

use crate::RecordKind;

/// A list of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    /// What one row is called.
    pub(crate) noun: &'static str,
    segments: Vec<String>,
    count: Count,
    /// Follow-ups and lab results know `_id` only (facts §4.6).
    order: &'static str,
    /// The outbreak, where the list may also be asked for by POST when it is the active one.
    pub(crate) post_for: Option<String>,
}

/// How the rows are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Count {
    /// `…/filtered-count?filter={"where":…}`, made by the database (facts §3.3).
    Filtered { may_post: bool },
    /// `…/count?where=…`; `filter` would be ignored (recording `cases-count-with-filter-param`).
    Plain,
    /// There is no such route.
    Unavailable,
}

impl Route {
    pub(crate) fn of_records(outbreak_id: &str, kind: RecordKind) -> Self {
        let base = ["api", "outbreaks", outbreak_id];
        let list: &[&str] = match kind {
            // The plain list is switched off (recording `lab-results-list`).
            RecordKind::LabResult => &["lab-results", "aggregate"],
            other => &[other.as_str()],
        };
        let count = match kind {
            RecordKind::Case | RecordKind::Contact => Count::Filtered { may_post: true },
            RecordKind::Relationship => Count::Plain,
            _ => Count::Filtered { may_post: false },
        };
        let order = match kind {
            RecordKind::FollowUp | RecordKind::LabResult => "_id ASC",
            _ => "id ASC",
        };
        let has_post = matches!(
            kind,
            RecordKind::Case
                | RecordKind::Contact
                | RecordKind::ContactOfContact
                | RecordKind::Event
        );
        Self {
            noun: kind.noun(),
            segments: base.iter().chain(list).map(|segment| (*segment).to_owned()).collect(),
            count,
            order,
            post_for: has_post.then(|| outbreak_id.to_owned()),
        }
    }

    /// A list outside of any outbreak.
    pub(crate) fn global(noun: &'static str, list: &'static str) -> Self {
        Self {
            noun,
            segments: vec!["api".to_owned(), list.to_owned()],
            count: Count::Plain,
            order: "id ASC",
            post_for: None,
        }
    }

    /// A list below an outbreak that is not counted by the server.
    pub(crate) fn in_outbreak(outbreak_id: &str, noun: &'static str, list: &[&str]) -> Self {
        let base = ["api", "outbreaks", outbreak_id];
        Self {
            noun,
            segments: base.iter().chain(list).map(|segment| (*segment).to_owned()).collect(),
            count: Count::Unavailable,
            order: "id ASC",
            post_for: None,
        }
    }

    /// As above, counted by `…/filtered-count`.
    pub(crate) fn counted(mut self) -> Self {
        self.count = Count::Filtered { may_post: false };
        self
    }

    pub(crate) fn order(&self) -> &'static str {
        self.order
    }

    pub(crate) fn get(&self, filter: &str) -> Request {
        Request::get(&self.segments).query("filter", filter)
    }

    /// A POST that reads: repeating it changes nothing. The filter must stand under `filter`; as
    /// the body itself it is ignored (recording `cases-filter-post-bare-active`).
    pub(crate) fn post(&self, filter: &str) -> Request {
        Request::post(&self.segments)
            .segment("filter")
            .body("application/json", format!(r#"{{"filter":{filter}}}"#))
            .idempotent()
    }

    /// The request that counts, given the `where` and the top-level `deleted`.
    pub(crate) fn count(&self, condition: &serde_json::Value, deleted: bool) -> Option<Request> {
        match self.count {
            Count::Filtered { .. } => {
                let filter = count_filter(condition, deleted);
                let route = Request::get(self.count_base()).segment("filtered-count");
                Some(route.query("filter", filter))
            }
            Count::Plain => {
                let route = Request::get(&self.segments).segment("count");
                Some(route.query("where", condition.to_string()))
            }
            Count::Unavailable => None,
        }
    }

    /// As [`count`](Self::count) for filters that are too long for an address.
    pub(crate) fn post_count(
        &self,
        condition: &serde_json::Value,
        deleted: bool,
    ) -> Option<Request> {
        match self.count {
            Count::Filtered { may_post: true } => {
                let filter = count_filter(condition, deleted);
                let body = format!(r#"{{"filter":{filter}}}"#);
                let route = Request::post(self.count_base()).segment("filtered-count");
                Some(route.body("application/json", body).idempotent())
            }
            _ => None,
        }
    }

    /// `lab-results/aggregate` is counted as `lab-results`.
    fn count_base(&self) -> &[String] {
        match self.segments.split_last() {
            Some((last, base)) if last == "aggregate" => base,
            _ => &self.segments,
        }
    }
}

fn count_filter(condition: &serde_json::Value, deleted: bool) -> String {
    let mut filter = serde_json::json!({ "where": condition });
    if deleted {
        filter["deleted"] = true.into();
    }
    filter.to_string()
}
