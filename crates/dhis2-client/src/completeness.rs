//! Completeness: telling DHIS2 that an entry is all there.

use chrono::NaiveDate;
use http_transport::Request;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::client::Client;
use crate::error::Result;
use crate::import::{Conflict, ImportStatus};
use crate::metadata::DataSet;
use crate::period::Period;
use crate::uid::{CategoryOptionComboId, DataSetId, OrgUnitId};

/// An entry that is complete: all cells of a data set for one period and unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Registration {
    /// The data set.
    pub data_set: DataSetId,
    /// The period.
    pub period: Period,
    /// The organisation unit.
    pub org_unit: OrgUnitId,
    /// The attribute option combination; mostly the default.
    pub attribute_option_combo: CategoryOptionComboId,
    /// The day of completion; without it the server takes today.
    pub date: Option<NaiveDate>,
}

/// What DHIS2 holds about the completeness of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationStatus {
    /// The entry.
    pub registration: Registration,
    /// Whether it is complete; a withdrawn one can be held as "not complete".
    pub completed: bool,
    /// Who registered it.
    pub stored_by: Option<String>,
}

/// What became of one registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletenessOutcome {
    /// The entry.
    pub registration: Registration,
    /// Why it was refused; `None` where it is registered.
    pub refused: Option<Conflict>,
    /// What DHIS2 objects to although it registered the entry, such as missing compulsory values.
    pub remarks: Vec<Conflict>,
}

impl CompletenessOutcome {
    /// Whether DHIS2 holds the entry as complete.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.refused.is_none()
    }
}

/// Which registrations to read.
#[derive(Debug, Clone)]
pub struct CompletenessQuery {
    data_set: DataSetId,
    periods: Vec<Period>,
    org_units: Vec<OrgUnitId>,
    children: bool,
}

impl CompletenessQuery {
    /// The registrations of a data set; name periods and units, too.
    #[must_use]
    pub fn new(data_set: DataSetId) -> Self {
        Self { data_set, periods: Vec::new(), org_units: Vec::new(), children: false }
    }

    /// For these periods.
    #[must_use]
    pub fn periods(mut self, periods: impl IntoIterator<Item = Period>) -> Self {
        self.periods.extend(periods);
        self
    }

    /// For these units.
    #[must_use]
    pub fn org_units(mut self, units: impl IntoIterator<Item = OrgUnitId>) -> Self {
        self.org_units.extend(units);
        self
    }

    /// And all units under them.
    #[must_use]
    pub fn with_children(mut self) -> Self {
        self.children = true;
        self
    }

    fn requests(&self) -> Vec<Request> {
        // Short addresses, as for values.
        const LONGEST_LIST: usize = 100;
        let mut requests = Vec::new();
        for units in self.org_units.chunks(LONGEST_LIST) {
            for periods in self.periods.chunks(LONGEST_LIST) {
                let mut request = Request::get(["api", "completeDataSetRegistrations"])
                    .query("dataSet", self.data_set.as_str());
                for period in periods {
                    request = request.query("period", period.id());
                }
                for unit in units {
                    request = request.query("orgUnit", unit.as_str());
                }
                if self.children {
                    request = request.query("children", "true");
                }
                requests.push(request);
            }
        }
        requests
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    complete_data_set_registrations: Vec<RawRegistration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRegistration {
    data_set: DataSetId,
    period: Period,
    organisation_unit: OrgUnitId,
    attribute_option_combo: CategoryOptionComboId,
    date: Option<String>,
    stored_by: Option<String>,
    completed: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewRegistration {
    data_set: DataSetId,
    period: Period,
    // Not `orgUnit`, as everywhere else.
    organisation_unit: OrgUnitId,
    attribute_option_combo: CategoryOptionComboId,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<NaiveDate>,
    completed: bool,
}

impl Client {
    /// Registers entries as complete, one call each, and gives one outcome each.
    ///
    /// One call each, because the answer has neither codes nor positions, and because on 2.43 the
    /// first registration of a period that is new to the server fails ("Failed to flush
    /// BatchHandler", recordings `complete-post`, `complete-post-again`): that one is sent again.
    ///
    /// # Errors
    ///
    /// No answer, or a refused login. Entries registered before are registered; doing it again
    /// changes nothing but their date.
    pub async fn register_complete(
        &self,
        registrations: &[Registration],
    ) -> Result<Vec<CompletenessOutcome>> {
        let mut outcomes = Vec::with_capacity(registrations.len());
        for registration in registrations {
            let first = self.register(registration).await?;
            let outcome = match first {
                Registered::Stumbled => self.register(registration).await?,
                told => told,
            };
            outcomes.push(outcome.of(*registration));
        }
        Ok(outcomes)
    }

    async fn register(&self, registration: &Registration) -> Result<Registered> {
        let body = json!({ "completeDataSetRegistrations": [NewRegistration {
            data_set: registration.data_set,
            period: registration.period,
            organisation_unit: registration.org_unit,
            attribute_option_combo: registration.attribute_option_combo,
            date: registration.date,
            completed: true,
        }]});
        let request = Request::post(["api", "completeDataSetRegistrations"])
            .body("application/json", body.to_string())
            // Registering twice is registering once.
            .idempotent();
        let _only_one = self.importing().await;
        let response = self.send_raw(request).await?;
        let summary = crate::import::read_summary(&response)?;
        let written = summary.counts.imported + summary.counts.updated;
        Ok(match (summary.status, written) {
            (ImportStatus::Error, 0) if summary.conflicts.is_empty() => Registered::Stumbled,
            (_, 0) => {
                Registered::Refused(summary.conflicts.into_iter().next().unwrap_or_else(|| {
                    Conflict {
                        message: summary.description.unwrap_or_default(),
                        ..Conflict::default()
                    }
                }))
            }
            _ => Registered::Done(summary.conflicts),
        })
    }

    /// Reads which entries are complete, sorted.
    ///
    /// # Errors
    ///
    /// No answer, or a refusal.
    pub async fn completeness(&self, query: &CompletenessQuery) -> Result<Vec<RegistrationStatus>> {
        let mut found = Vec::new();
        for request in query.requests() {
            let page: Page = self.json(request).await?;
            found.extend(page.complete_data_set_registrations.into_iter().map(|raw| {
                RegistrationStatus {
                    registration: Registration {
                        data_set: raw.data_set,
                        period: raw.period,
                        org_unit: raw.organisation_unit,
                        attribute_option_combo: raw.attribute_option_combo,
                        date: raw.date.as_deref().and_then(crate::system::date),
                    },
                    completed: raw.completed.unwrap_or(true),
                    stored_by: raw.stored_by,
                }
            }));
        }
        found.sort_by_key(|status| status.registration);
        Ok(found)
    }

    /// Takes the completeness of an entry back. An entry that was not complete stays so.
    ///
    /// # Errors
    ///
    /// No answer, or a refusal, as of a locked period.
    pub async fn withdraw_complete(
        &self,
        data_set: &DataSet,
        registration: &Registration,
    ) -> Result<()> {
        let mut request = Request::delete(["api", "completeDataSetRegistrations"])
            .query("ds", registration.data_set.as_str())
            .query("pe", registration.period.id())
            .query("ou", registration.org_unit.as_str());
        // Other than everywhere else, the attribute combination is named by its options.
        let attributes = &data_set.attribute_combo;
        if let Some(combo) = attributes.option_combo(registration.attribute_option_combo)
            && !attributes.is_default
        {
            let options: Vec<&str> = combo.options.iter().map(AsRef::as_ref).collect();
            request = request.query("cc", attributes.id.as_str()).query("cp", options.join(";"));
        }
        self.done(request).await
    }
}

enum Registered {
    Done(Vec<Conflict>),
    Refused(Conflict),
    /// The server failed inside: it makes the period and fails at the registration.
    Stumbled,
}

impl Registered {
    fn of(self, registration: Registration) -> CompletenessOutcome {
        let (refused, remarks) = match self {
            Self::Done(remarks) => (None, remarks),
            Self::Refused(conflict) => (Some(conflict), Vec::new()),
            Self::Stumbled => {
                let message = "the server failed inside, twice; try again later".to_owned();
                (Some(Conflict { message, ..Conflict::default() }), Vec::new())
            }
        };
        CompletenessOutcome { registration, refused, remarks }
    }
}
