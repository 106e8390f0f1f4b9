//! Reading one outbreak.

use http_transport::Request;
use serde_json::Value;

use crate::{
    Client, Error, ErrorKind, Query, RecordKind,
    models::{
        Case, Cluster, Contact, ContactOfContact, Event, FollowUp, LabResult, LocationNode,
        Outbreak, Person, Relationship,
    },
    query::Route,
};

/// One outbreak of the server. Reading it needs no active outbreak and changes nothing.
#[derive(Debug, Clone)]
pub struct InOutbreak {
    client: Client,
    id: String,
}

impl InOutbreak {
    pub(crate) fn new(client: Client, id: String) -> Self {
        Self { client, id }
    }

    /// The outbreak's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The client that this handle calls with.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The request for something below this outbreak.
    pub(crate) fn path<'a>(&'a self, below: &[&'a str]) -> Vec<&'a str> {
        ["api", "outbreaks", &self.id].into_iter().chain(below.iter().copied()).collect()
    }

    /// The outbreak itself, with its questionnaires: up to several hundred kilobytes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`], [`ErrorKind::AccessDenied`] where the account may not see it, and
    /// [`ErrorKind::Permission`] without `outbreak_view`.
    pub async fn details(&self) -> Result<Outbreak, Error> {
        self.client.fetch(Request::get(self.path(&[]))).await
    }

    /// Records of any kind, decoded as JSON trees or not at all
    /// ([`raw_pages`](Query::raw_pages)).
    #[must_use]
    pub fn records(&self, kind: RecordKind) -> Query<Value> {
        self.query(kind)
    }

    fn query<T>(&self, kind: RecordKind) -> Query<T> {
        Query::new(&self.client, Route::of_records(&self.id, kind))
    }

    /// Cases. Needs the permission `case_list`.
    #[must_use]
    pub fn cases(&self) -> Query<Case> {
        self.query(RecordKind::Case)
    }

    /// Contacts. Needs the permission `contact_list`.
    #[must_use]
    pub fn contacts(&self) -> Query<Contact> {
        self.query(RecordKind::Contact)
    }

    /// Contacts of contacts. Needs the permission `contact_of_contact_list`.
    #[must_use]
    pub fn contacts_of_contacts(&self) -> Query<ContactOfContact> {
        self.query(RecordKind::ContactOfContact)
    }

    /// Events. Needs the permission `event_list`.
    #[must_use]
    pub fn events(&self) -> Query<Event> {
        self.query(RecordKind::Event)
    }

    /// Follow-ups: the largest list of an outbreak. Ask for windows of a few weeks by `date`. Needs
    /// the permission `follow_up_list`.
    #[must_use]
    pub fn follow_ups(&self) -> Query<FollowUp> {
        self.query(RecordKind::FollowUp)
    }

    /// Lab results with their persons. Needs the permission `lab_result_list`.
    ///
    /// Those of contacts are left out, silently, where the outbreak's
    /// `is_contact_lab_results_active` is false.
    #[must_use]
    pub fn lab_results(&self) -> Query<LabResult> {
        self.query(RecordKind::LabResult)
    }

    /// Relationships. Needs the permission `relationship_list`.
    #[must_use]
    pub fn relationships(&self) -> Query<Relationship> {
        self.query(RecordKind::Relationship)
    }

    /// Cases, contacts, contacts of contacts and events in one list, which tells what each is.
    ///
    /// Geographic restrictions do not apply to it (facts §1.8).
    #[must_use]
    pub fn people(&self) -> Query<Person> {
        let route = Route::in_outbreak(&self.id, "person", &["people"]).counted();
        Query::new(&self.client, route)
    }

    /// Clusters. Needs the permission `cluster_list`.
    #[must_use]
    pub fn clusters(&self) -> Query<Cluster> {
        Query::new(&self.client, Route::in_outbreak(&self.id, "cluster", &["clusters"]))
    }

    /// The places of the outbreak as trees; those above its own are marked
    /// [`disabled`](crate::models::Location::disabled).
    ///
    /// # Errors
    ///
    /// As any call.
    pub async fn location_tree(&self) -> Result<Vec<LocationNode>, Error> {
        self.client.fetch(Request::get(self.path(&["locations", "hierarchical"]))).await
    }
}

/// What a list of outbreaks needs; whole ones with their questionnaires can be megabytes.
const SLIM: [&str; 11] = [
    "name",
    "disease",
    "countries",
    "locationIds",
    "startDate",
    "endDate",
    "reportingGeographicalLevelId",
    "isContactLabResultsActive",
    "isContactsOfContactsActive",
    "applyGeographicRestrictions",
    "periodOfFollowup",
];

impl Client {
    /// The outbreaks that the account may see, without their questionnaires.
    #[must_use]
    pub fn outbreaks(&self) -> Query<Outbreak> {
        Query::new(self, Route::global("outbreak", "outbreaks")).fields(SLIM)
    }

    /// The outbreak with this id or name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutbreakUnknown`] lists the names of those that the account may see.
    pub async fn find_outbreak(&self, id_or_name: &str) -> Result<Outbreak, Error> {
        let mut outbreaks = self.outbreaks().all().await?;
        let wanted = id_or_name.trim();
        if let Some(i) = outbreaks.iter().position(|outbreak| outbreak.id.text() == Some(wanted)) {
            return Ok(outbreaks.swap_remove(i));
        }
        let mut known: Vec<_> = outbreaks
            .iter()
            .filter_map(|outbreak| outbreak.name.text().map(str::to_owned))
            .collect();
        let has_name = |outbreak: &Outbreak| outbreak.name.text().map(str::trim) == Some(wanted);
        let mut named: Vec<_> = outbreaks.into_iter().filter(has_name).collect();
        match (named.pop(), named.len()) {
            (Some(only), 0) => Ok(only),
            (Some(_), n_others) => Err(Error::unsent(ErrorKind::OutbreakAmbiguous {
                wanted: wanted.to_owned(),
                n_found: n_others + 1,
            })),
            (None, _) => {
                known.sort();
                Err(Error::unsent(ErrorKind::OutbreakUnknown { wanted: wanted.to_owned(), known }))
            }
        }
    }
}
