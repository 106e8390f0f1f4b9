//! Jobs that run on the server.

use std::time::Duration;

use http_transport::Request;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{Client, refusal};
use crate::error::{Error, ErrorKind, Result};
use crate::import::ImportSummary;
use crate::uid::JobId;

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobKind {
    /// An import of data values.
    DataValueImport,
    /// The building of analytics tables.
    AnalyticsTable,
}

impl JobKind {
    /// DHIS2's name, as it stands in addresses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DataValueImport => "DATAVALUE_IMPORT",
            Self::AnalyticsTable => "ANALYTICS_TABLE",
        }
    }
}

/// A job that was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Job {
    /// What it does.
    pub kind: JobKind,
    /// Its id.
    pub id: JobId,
}

impl Job {
    /// Reads the answer to the start of a job.
    pub(crate) fn started(kind: JobKind, answer: &Value) -> Result<Self> {
        // 2.34–2.39 and later name the id alike; the `Location` header lacks it.
        answer
            .pointer("/response/id")
            .or_else(|| answer.get("id"))
            .and_then(Value::as_str)
            .and_then(|id| id.parse().ok())
            .map(|id| Self { kind, id })
            .ok_or_else(|| {
                let words = "the server did not tell the id of the job that it started";
                Error::plain(ErrorKind::Unusable(words.to_owned()))
            })
    }
}

/// A message of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobMessage {
    /// Its identity.
    pub uid: String,
    /// `INFO`, `WARN`, `ERROR` …
    pub level: String,
    /// DHIS2's words.
    pub message: String,
    /// When, by the server's clock.
    pub time: String,
    /// Whether it is the last one.
    pub completed: bool,
}

#[derive(Deserialize)]
struct RawMessage {
    uid: Option<String>,
    id: Option<String>,
    level: Option<String>,
    message: Option<String>,
    time: Option<String>,
    completed: Option<bool>,
}

impl From<RawMessage> for JobMessage {
    fn from(raw: RawMessage) -> Self {
        Self {
            uid: raw.uid.or(raw.id).unwrap_or_default(),
            level: raw.level.unwrap_or_default(),
            message: raw.message.unwrap_or_default(),
            time: raw.time.unwrap_or_default(),
            completed: raw.completed.unwrap_or(false),
        }
    }
}

/// How to wait for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The pause between two questions. Default: 2 seconds.
    pub interval: Duration,
    /// The longest wait for the job to end. Default: 1 hour.
    pub limit: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { interval: Duration::from_secs(2), limit: Duration::from_secs(3_600) }
    }
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum JobEnd {
    /// It says that it is complete.
    Completed(JobMessage),
    /// It says that it failed.
    Failed(JobMessage),
    /// It was still running, or not yet begun, when the wait ended. Up to 20 seconds pass before a
    /// job begins on 2.41 and later (recording `x-async-timing`).
    StillRunning,
}

impl Client {
    /// Waits for a job to end; `on_message` sees each of its messages once, oldest first.
    ///
    /// # Errors
    ///
    /// No answer to one of the questions. The job goes on without us.
    pub async fn follow(
        &self,
        job: &Job,
        patience: Patience,
        mut on_message: impl FnMut(&JobMessage),
    ) -> Result<JobEnd> {
        let started = tokio::time::Instant::now();
        let mut seen: std::collections::BTreeSet<String> = std::collections::BTreeSet::new();
        loop {
            // Newest first; empty until the job begins.
            let messages = self.job_messages(job).await?;
            for message in messages.iter().rev() {
                if seen.insert(message.uid.clone()) {
                    on_message(message);
                }
            }
            // The error comes before the completion that every job reports.
            if let Some(failed) = messages.iter().find(|message| message.level == "ERROR") {
                return Ok(JobEnd::Failed(failed.clone()));
            }
            if let Some(last) = messages.iter().find(|message| message.completed) {
                return Ok(JobEnd::Completed(last.clone()));
            }
            if started.elapsed() + patience.interval > patience.limit {
                return Ok(JobEnd::StillRunning);
            }
            tokio::time::sleep(patience.interval).await;
        }
    }

    /// The messages of a job, newest first; none before it begins, and none for a job that the
    /// server does not know.
    ///
    /// # Errors
    ///
    /// No answer, or a refusal.
    pub async fn job_messages(&self, job: &Job) -> Result<Vec<JobMessage>> {
        let request = Request::get(["api", "system", "tasks", job.kind.as_str(), job.id.as_str()]);
        let raw: Vec<RawMessage> = self.json(request).await?;
        Ok(raw.into_iter().map(JobMessage::from).collect())
    }

    /// The summary of an import job; `None` while there is none.
    ///
    /// The server publishes it a moment *after* the message that says "completed", and answers
    /// with nothing until then (recording `async-unknown-summary`), so it is asked for a few times.
    ///
    /// # Errors
    ///
    /// No answer, or a refusal.
    pub async fn import_summary(&self, job: &Job) -> Result<Option<ImportSummary>> {
        const TRIES: u32 = 5;
        for tries in 1..=TRIES {
            let path = ["api", "system", "taskSummaries", job.kind.as_str(), job.id.as_str()];
            let response = self.send_raw(Request::get(path)).await?;
            if !response.status().is_success() {
                return Err(refusal(&response));
            }
            let body = response.body().as_ref();
            let summary = std::str::from_utf8(body).ok().and_then(ImportSummary::read);
            if summary.is_some() || tries == TRIES {
                return Ok(summary);
            }
            tokio::time::sleep(Duration::from_millis(200 * u64::from(tries))).await;
        }
        Ok(None)
    }
}
