//! Whole rows as a file that the server makes in the background.
//!
//! For counting, [pages](crate::Query) of a few fields are better. An export is for whole rows with
//! questionnaires in large numbers (facts §7.4).

use std::{io, time::Duration};

use bytes::Bytes;
use http_transport::{Download, Request};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{Error, ErrorKind, Filter, InOutbreak, RecordKind, models::ExportJob};

/// What an export holds and how it is written.
#[derive(Debug, Clone)]
pub struct ExportOptions {
    file_type: &'static str,
    filter: Filter,
    labels: bool,
    question_variables: bool,
    anonymize: Vec<String>,
}

impl ExportOptions {
    /// A JSON array; the id of a row is called `_id` (recording `export-download`).
    #[must_use]
    pub fn json() -> Self {
        Self::of("json")
    }

    /// Comma-separated values.
    #[must_use]
    pub fn csv() -> Self {
        Self::of("csv")
    }

    /// An Excel workbook; more than a million rows come as a zip of several.
    #[must_use]
    pub fn xlsx() -> Self {
        Self::of("xlsx")
    }

    fn of(file_type: &'static str) -> Self {
        Self {
            file_type,
            filter: Filter::default(),
            labels: false,
            question_variables: false,
            anonymize: Vec::new(),
        }
    }

    /// Only records that this matches.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = self.filter.and(filter);
        self
    }

    /// Labels in the account's language in place of property names and reference-data ids.
    #[must_use]
    pub fn labels(mut self) -> Self {
        self.labels = true;
        self
    }

    /// Questions by their variables in place of their texts, where labels are wanted.
    #[must_use]
    pub fn question_variables(mut self) -> Self {
        self.question_variables = true;
        self
    }

    /// Properties whose values the server blanks, such as `firstName`.
    #[must_use]
    pub fn anonymize<S: Into<String>>(mut self, fields: impl IntoIterator<Item = S>) -> Self {
        self.anonymize.extend(fields.into_iter().map(Into::into));
        self
    }

    /// The `filter` parameter. The options stand inside `where`; the server asks whether they are
    /// there at all, so `false` must not be sent (facts §7.2).
    fn to_filter(&self) -> Result<Value, Error> {
        let mut condition = json!({});
        if !self.filter.is_everything() {
            condition["and"] = json!([self.filter.to_json().map_err(Error::unsent)?]);
        }
        if !self.labels {
            for option in ["useDbColumns", "dontTranslateValues", "jsonReplaceUndefinedWithNull"] {
                condition[option] = true.into();
            }
        }
        if self.question_variables {
            condition["useQuestionVariable"] = true.into();
        }
        Ok(json!({ "where": condition }))
    }
}

/// An export on its way.
#[derive(Debug)]
pub struct Export {
    outbreak: InOutbreak,
    id: String,
}

/// How far an export has got.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ExportProgress {
    /// Whether the file is ready.
    pub is_done: bool,
    /// Rows written so far.
    pub n_done: u64,
    /// Rows in all; 0 until the server knows.
    pub n_total: u64,
    /// What the server is doing, such as `EXPORTING_RECORDS`.
    pub step: String,
    /// Size of the file in bytes, once it is ready.
    pub n_bytes: Option<u64>,
}

impl InOutbreak {
    /// Starts an export of cases, contacts, contacts of contacts or events.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Permission`] naming `case_export` (or the like) where the account lacks it.
    pub async fn export(&self, kind: RecordKind, options: &ExportOptions) -> Result<Export, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Started {
            export_log_id: String,
        }
        let mut request = Request::get(self.path(&[kind.as_str(), "export"]))
            .query("type", options.file_type)
            .query("filter", options.to_filter()?.to_string())
            // Each call starts a job of its own.
            .once();
        if !options.anonymize.is_empty() {
            request = request.query("anonymizeFields", json!(options.anonymize).to_string());
        }
        let started: Started = self.client().fetch(request).await?;
        Ok(Export { outbreak: self.clone(), id: started.export_log_id })
    }
}

impl Export {
    /// The job's id on the server.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Asks once how far the export has got.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Export`] if the server says that it failed.
    pub async fn progress(&self) -> Result<ExportProgress, Error> {
        let request = Request::get(["api", "export-logs", &self.id]);
        let job: ExportJob = self.outbreak.client().fetch(request).await?;
        let number = |number: &crate::models::Field<serde_json::Number>| {
            number.value().and_then(serde_json::Number::as_u64)
        };
        let short = |text: Option<&str>, prefix: &str| {
            let text = text.unwrap_or_default();
            text.strip_prefix(prefix).unwrap_or(text).to_owned()
        };
        let status = short(job.status.text(), "LNG_SYNC_STATUS_");
        let is_done = match status.as_str() {
            "SUCCESS" | "SUCCESS_WITH_WARNINGS" => true,
            "FAILED" => {
                let problem = "failed; a restart of the server ends running exports so: try again";
                return Err(Error::unsent(ErrorKind::Export { problem: problem.to_owned() }));
            }
            _ => false,
        };
        Ok(ExportProgress {
            is_done,
            n_done: number(&job.processed).unwrap_or_default(),
            n_total: number(&job.total).unwrap_or_default(),
            step: short(job.status_step.text(), "LNG_STATUS_STEP_"),
            n_bytes: number(&job.size_bytes).filter(|_| is_done),
        })
    }

    /// Waits until the file is ready, asking every `pause` and telling each answer to `tell`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Export`] if the server says that it failed, or if it is not ready after
    /// `deadline`.
    pub async fn wait(
        &self,
        pause: Duration,
        deadline: Duration,
        mut tell: impl FnMut(&ExportProgress),
    ) -> Result<(), Error> {
        let started = Instant::now();
        loop {
            let progress = self.progress().await?;
            tell(&progress);
            if progress.is_done {
                return Ok(());
            }
            if started.elapsed() + pause > deadline {
                let problem = format!("is not ready after {} s", deadline.as_secs());
                return Err(Error::unsent(ErrorKind::Export { problem }));
            }
            sleep(pause).await;
        }
    }

    /// Starts the download. The server deletes the file after it, so a download that breaks off
    /// means a new export (recording `export-download-again`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] (`file`) if it was downloaded before; [`ErrorKind::NotJson`] if a
    /// proxy's web page came in its place.
    pub async fn download(self) -> Result<ExportFile, Error> {
        // Not repeated: the file may be gone after a try of which nothing arrived.
        let request = Request::get(["api", "export-logs", &self.id, "download"]).once();
        let download = self.outbreak.client().download(request, None).await?;
        // No export is one, and saved as the file it would look like data.
        if download.content_type().is_some_and(|media_type| media_type.starts_with("text/html")) {
            return Err(crate::client::refused(&download.buffer().await?));
        }
        Ok(ExportFile { download })
    }
}

/// The file of an export, read piece by piece.
#[derive(Debug)]
pub struct ExportFile {
    download: Download,
}

impl ExportFile {
    /// The media type, such as `application/json`.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.download.content_type()
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    ///
    /// When the connection breaks off.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        Ok(self.download.chunk().await?)
    }

    /// Writes the file, piece by piece, and tells its size in bytes.
    ///
    /// # Errors
    ///
    /// [`SaveError::Download`] when the connection breaks off, [`SaveError::Write`] when the disk
    /// is full and the like.
    pub async fn save(mut self, writer: &mut (dyn io::Write + Send)) -> Result<u64, SaveError> {
        let mut n_bytes = 0;
        while let Some(chunk) = self.chunk().await? {
            writer.write_all(&chunk)?;
            n_bytes += chunk.len() as u64;
        }
        writer.flush()?;
        Ok(n_bytes)
    }
}

/// Why an export was not saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The file did not arrive whole.
    #[error("the export did not arrive whole; start a new one")]
    Download(#[from] Error),

    /// It could not be written.
    #[error("the export could not be written")]
    Write(#[from] io::Error),
}
