//! Counts that the server makes and that can be trusted.
//!
//! Facts §3.3 say which: those that the database makes. Not offered are
//! `cases/per-location-level/count` (loses cases below the reporting level), the counts over time
//! (clipped first buckets, wrong weeks at the turn of the year), and
//! `POST /outbreaks/cases-contacts-reached`, which answers random numbers.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use http_transport::Request;
use serde::Deserialize;
use serde_json::json;

use crate::{Error, ErrorKind, Filter, InOutbreak, RecordKind, models::Moment};

/// How many records there are of each value of a value list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CountsByValue {
    /// By the full reference-data id. Records without a value count under the id that ends in
    /// `_UNCLASSIFIED`.
    pub counts: BTreeMap<String, u64>,
    /// All of them.
    pub total: u64,
}

impl CountsByValue {
    /// How many have this value.
    #[must_use]
    pub fn of(&self, id: &str) -> u64 {
        self.counts.get(id).copied().unwrap_or_default()
    }
}

#[derive(Deserialize)]
struct Grouped {
    #[serde(alias = "riskLevel")]
    classification: BTreeMap<String, Count>,
    count: u64,
}

#[derive(Deserialize)]
struct Count {
    count: u64,
}

impl From<Grouped> for CountsByValue {
    fn from(grouped: Grouped) -> Self {
        let counts = grouped.classification.into_iter().map(|(id, it)| (id, it.count)).collect();
        Self { counts, total: grouped.count }
    }
}

impl InOutbreak {
    /// Cases by classification. Needs the permission `case_grouped_by_classification`.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn cases_by_classification(&self, filter: &Filter) -> Result<CountsByValue, Error> {
        self.grouped(RecordKind::Case, "per-classification", filter).await
    }

    /// Contacts by risk level. Needs the permission `contact_grouped_by_risk`.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn contacts_by_risk_level(&self, filter: &Filter) -> Result<CountsByValue, Error> {
        self.grouped(RecordKind::Contact, "per-risk-level", filter).await
    }

    /// Contacts of contacts by risk level.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn contacts_of_contacts_by_risk_level(
        &self,
        filter: &Filter,
    ) -> Result<CountsByValue, Error> {
        self.grouped(RecordKind::ContactOfContact, "per-risk-level", filter).await
    }

    async fn grouped(
        &self,
        kind: RecordKind,
        grouping: &str,
        filter: &Filter,
    ) -> Result<CountsByValue, Error> {
        let filter = json!({ "where": filter.to_json().map_err(Error::unsent)? });
        let request = Request::get(self.path(&[kind.as_str(), grouping, "count"]))
            .query("filter", filter.to_string());
        let grouped: Grouped = self.client().fetch(request).await?;
        Ok(grouped.into())
    }

    /// Cases with a stay that is open on `day`, by the full id of the kind of stay
    /// ([`DateRangeType`](crate::models::DateRangeType)). Needs the permission `case_list`.
    ///
    /// A case with two stays counts under both. The server's own `total` counts *all* cases, in
    /// hospital or not (recording `cases-hospitalized-count`), and is left out. Servers before 2.41
    /// treat hospital stays otherwise, and before 2.39 the route answers something else.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn cases_in_stays_on(
        &self,
        day: NaiveDate,
        filter: &Filter,
    ) -> Result<BTreeMap<String, u64>, Error> {
        let filter = json!({
            "where": filter.to_json().map_err(Error::unsent)?,
            "flags": { "date": format!("{day}T00:00:00.000Z") },
        });
        let request = Request::get(self.path(&["cases", "hospitalized", "count"]))
            .query("filter", filter.to_string());
        let mut counts: BTreeMap<String, u64> = self.client().fetch(request).await?;
        counts.remove("total");
        Ok(counts)
    }

    /// Contacts that were seen in follow-ups that match `filter` (by `date`, say). Each person
    /// counts once. Needs the permission `contact_count_seen`.
    ///
    /// The server sends the ids of all of them; only their number is kept.
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn contacts_seen(&self, filter: &Filter) -> Result<u64, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Seen {
            contacts_seen_count: u64,
        }
        let filter = json!({ "where": filter.to_json().map_err(Error::unsent)? });
        let request = Request::get(self.path(&["follow-ups", "contacts-seen", "count"]))
            .query("filter", filter.to_string());
        let seen: Seen = self.client().fetch(request).await?;
        Ok(seen.contacts_seen_count)
    }

    /// Contacts whose time of follow-up meets the time from `start` to `end`.
    ///
    /// # Errors
    ///
    /// As any call; [`ErrorKind::Filter`] if `end` lies before `start`.
    pub async fn contacts_under_follow_up(
        &self,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Result<u64, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct OnList {
            contacts_count: u64,
        }
        if end < start {
            let expected = "a time that does not end before it starts";
            let problem = crate::FilterProblem::Operand { operator: "between", expected };
            return Err(Error::unsent(ErrorKind::Filter(crate::FilterError::new(
                "endDate", problem,
            ))));
        }
        let condition = json!({ "startDate": Moment::from(start), "endDate": Moment::from(end) });
        let filter = json!({ "where": condition });
        let request = Request::get(self.path(&["contacts", "on-follow-up-list", "count"]))
            .query("filter", filter.to_string());
        let on_list: OnList = self.client().fetch(request).await?;
        Ok(on_list.contacts_count)
    }
}
