//! One call of the import.

use std::time::Duration;

use http_transport::http::StatusCode;
use http_transport::{Request, Response};
use serde_json::Value;

use super::claim::CallClaim;
use super::{ImportOptions, ImportSummary};
use crate::cell::Cell;
use crate::client::{Client, refusal};
use crate::error::{Error, ErrorKind, Result};
use crate::formats::DataValueSet;
use crate::jobs::{Job, JobKind};

/// The answer to one import.
#[derive(Debug, Clone)]
pub struct ImportResult {
    /// The HTTP status. It decides nothing: a partly refused import is 200 on 2.36, 409 on 2.42 and
    /// 200 again on 2.43.
    pub http_status: StatusCode,
    /// What the server says.
    pub summary: ImportSummary,
    /// What that claims about each value.
    pub claim: CallClaim,
    /// How long the call took.
    pub elapsed: Duration,
}

/// Bodies above this size are compressed; below it the effort is not worth it.
const COMPRESS_ABOVE_BYTES: usize = 4_096;

impl Client {
    /// Sends one data value set in one call and reads what the server claims about it.
    ///
    /// This is the raw call: it does not read back, and engine B can lose it with a 200. Use
    /// [`Client::send`] to have cells stored for certain.
    ///
    /// # Errors
    ///
    /// No answer, or one without an import summary. A call that broke off may have been carried
    /// out; sending it again is safe, as writing a value twice is writing it once. An option that
    /// the server would ignore (`atomic`, a deletion scope on 2.42) is an error before sending.
    pub async fn import(
        &self,
        values: &DataValueSet,
        options: &ImportOptions,
    ) -> Result<ImportResult> {
        let server = self.server().await?;
        let capabilities = server.capabilities();
        options.check(capabilities, values.deletion.is_some())?;
        let request = self.import_request(values, options);
        let _only_one = self.importing().await;
        let response = self.send_raw(request).await?;
        let summary = read_summary(&response)?;
        let cells: Vec<Cell> = values.values.iter().map(|value| value.cell).collect();
        Ok(ImportResult {
            http_status: response.status(),
            claim: summary.claims(capabilities.engine, &cells),
            elapsed: response.exchange().elapsed(),
            summary,
        })
    }

    /// Starts an import as a job on the server. Follow it with [`Client::follow`], then read
    /// [`Client::import_summary`].
    ///
    /// Meant for one very large body. From 2.41 on, jobs start up to 20 seconds late and one at a
    /// time, so many small ones are slower than calls that wait (recording `x-async-timing`).
    ///
    /// # Errors
    ///
    /// As for [`Client::import`]; refused values appear only in the summary.
    pub async fn import_async(
        &self,
        values: &DataValueSet,
        options: &ImportOptions,
    ) -> Result<Job> {
        let capabilities = self.server().await?.capabilities();
        options.check(capabilities, values.deletion.is_some())?;
        let request = self.import_request(values, options).query("async", "true");
        let answer: Value = self.json(request).await?;
        Job::started(JobKind::DataValueImport, &answer)
    }

    fn import_request(&self, values: &DataValueSet, options: &ImportOptions) -> Request {
        let body = values.to_json();
        let large = body.len() > COMPRESS_ABOVE_BYTES;
        let request = Request::post(["api", "dataValueSets"])
            .body("application/json", body)
            .timeout(self.import_timeout())
            .once();
        let request = options.apply(request);
        if large { request.gzip() } else { request }
    }
}

/// Reads the summary of an answer, whatever its status: success is what the body says.
pub(crate) fn read_summary(response: &Response) -> Result<ImportSummary> {
    let text = response.json_text().map_err(|source| {
        let kind = ErrorKind::NotDhis2 { status: response.status(), source };
        Error::new(response.exchange().clone(), kind)
    })?;
    ImportSummary::read(text).ok_or_else(|| refusal(response))
}
