//! Analytics tables: what dashboards read.

use http_transport::Request;
use serde_json::Value;

use crate::client::Client;
use crate::error::Result;
use crate::jobs::{Job, JobKind};

/// What an analytics run rebuilds.
///
/// Values that were imported appear in dashboards only after the next run, mostly in the night; a
/// push is verified by reading values back, never by analytics. Resource tables are rebuilt only
/// on request: they are needed after changes of organisation units and categories, not of values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnalyticsRun {
    last_years: Option<u32>,
    resource_tables: bool,
}

impl AnalyticsRun {
    /// A run over the aggregate data of all years.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only the last years; 0 means the values since the last run.
    #[must_use]
    pub fn last_years(mut self, years: u32) -> Self {
        self.last_years = Some(years);
        self
    }

    /// Rebuilds resource tables first.
    #[must_use]
    pub fn with_resource_tables(mut self) -> Self {
        self.resource_tables = true;
        self
    }
}

impl Client {
    /// Starts a run; follow it with [`Client::follow`]. Needs `F_PERFORM_MAINTENANCE`.
    ///
    /// Event and enrollment tables are left out: they do not concern aggregate data, and a fault in
    /// them ends the whole run on 2.43.0.
    ///
    /// # Errors
    ///
    /// No answer, or a refusal.
    pub async fn start_analytics(&self, run: &AnalyticsRun) -> Result<Job> {
        let mut request = Request::post(["api", "resourceTables", "analytics"])
            .query("skipEvents", "true")
            .query("skipEnrollment", "true")
            .query("skipTrackedEntities", "true");
        if !run.resource_tables {
            request = request.query("skipResourceTables", "true");
        }
        if let Some(years) = run.last_years {
            request = request.query("lastYears", years.to_string());
        }
        let answer: Value = self.json(request).await?;
        Job::started(JobKind::AnalyticsTable, &answer)
    }
}
