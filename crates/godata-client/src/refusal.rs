//! Reading Go.Data's error answers.

use std::time::Duration;

use http_transport::{Response, http::Method};
use serde::Deserialize;
use serde_json::Value;

use crate::{ErrorKind, error::LoginProblem};

/// How long an account stays locked where the server does not say: `login.resetTime` of the
/// server's default configuration (facts §1.5).
const DEFAULT_LOCK: Duration = Duration::from_secs(30 * 60);

/// `{"error": {…}}`, the form of all of Go.Data's error answers.
#[derive(Debug, Deserialize)]
struct Envelope {
    error: Body,
}

#[derive(Debug, Default, Deserialize)]
struct Body {
    code: Option<Value>,
    name: Option<String>,
    message: Option<String>,
    #[serde(default)]
    details: Value,
}

/// An error answer in Go.Data's own form.
pub(crate) struct Refusal {
    status: u16,
    is_write: bool,
    body: Body,
}

impl Refusal {
    /// Reads an error answer; `Err` if it is not in Go.Data's form (a proxy's page, say).
    pub(crate) fn read(response: &Response) -> Result<Self, ErrorKind> {
        let status = response.status().as_u16();
        let not_json = |problem| ErrorKind::NotJson { status, problem };
        let text = response.json_text().map_err(not_json)?;
        // JSON that is not in Go.Data's form still has a status that says something.
        let body =
            serde_json::from_str::<Envelope>(text).map_or_else(|_| Body::default(), |it| it.error);
        let is_write = !matches!(*response.exchange().method(), Method::GET | Method::HEAD);
        Ok(Self { status, is_write, body })
    }

    fn code(&self) -> Option<&str> {
        self.body.code.as_ref()?.as_str()
    }

    /// What a refused call other than a login means.
    pub(crate) fn into_kind(self) -> ErrorKind {
        let message = self.body.message.as_deref().unwrap_or_default();
        match (self.status, self.code()) {
            (403, Some("MISSING_REQUIRED_PERMISSION")) => {
                ErrorKind::Permission { permissions: self.permissions() }
            }
            (403, Some("ACCESS_DENIED")) => {
                let reason = self.body.details.get("accessErrors").map_or(message.into(), text_of);
                ErrorKind::AccessDenied { reason: without_ids(&reason) }
            }
            (404, _) => ErrorKind::NotFound { what: missing_thing(self.code(), message) },
            (422, _) if self.body.name.as_deref() == Some("ValidationError") => {
                ErrorKind::Invalid { fields: self.field_messages() }
            }
            (status, code) => ErrorKind::Rejected {
                status,
                code: code.map(str::to_owned),
                // A refused write can quote what was to be written.
                message: (!self.is_write && !message.is_empty()).then(|| without_ids(message)),
            },
        }
    }

    /// What a refused login means.
    pub(crate) fn into_login_kind(self) -> ErrorKind {
        match (self.status, self.code()) {
            (401, _) => LoginProblem::Refused.into(),
            (400, Some("USERNAME_EMAIL_REQUIRED" | "REQUEST_VALIDATION_ERROR")) => {
                LoginProblem::Incomplete.into()
            }
            (422, Some("ACTION_TEMPORARILY_BLOCKED")) => {
                LoginProblem::Locked { for_up_to: self.waiting_time().unwrap_or(DEFAULT_LOCK) }
                    .into()
            }
            (422, Some("INVALID_CAPTCHA" | "DISABLED_CAPTCHA")) => LoginProblem::Captcha.into(),
            _ => self.into_kind(),
        }
    }

    /// `details` hold the waiting time on servers that tell it: a number of seconds under a name
    /// such as `waitTime`. 2.50.3 sends no details (recording `login-locked-right-password`).
    fn waiting_time(&self) -> Option<Duration> {
        let details = self.body.details.as_object()?;
        let (name, seconds) =
            details.iter().find_map(|(name, value)| Some((name, value.as_u64()?)))?;
        let is_minutes = name.to_ascii_lowercase().contains("minute");
        Some(Duration::from_secs(if is_minutes { seconds.saturating_mul(60) } else { seconds }))
    }

    /// `"case_delete, case_bulk_delete"` or a list.
    fn permissions(&self) -> Vec<String> {
        match self.body.details.get("permissions") {
            Some(Value::String(names)) => names
                .split(',')
                .map(|name| name.trim().to_owned())
                .filter(|name| !name.is_empty())
                .collect(),
            Some(Value::Array(names)) => names.iter().map(text_of).collect(),
            _ => Vec::new(),
        }
    }

    /// `details.messages`: per field a list of complaints, which quote no values; the message of a
    /// validation error does (recording `case-create-invalid`).
    fn field_messages(&self) -> Vec<(String, String)> {
        let Some(messages) = self.body.details.get("messages").and_then(Value::as_object) else {
            return Vec::new();
        };
        messages
            .iter()
            .map(|(field, texts)| {
                let texts: Vec<_> = texts.as_array().into_iter().flatten().map(text_of).collect();
                (field.clone(), texts.join(", "))
            })
            .collect()
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `Unknown "outbreak" id …` → `outbreak`; `No instance with id … found for case` → `case`;
/// `could not find a model with id …` comes from routes below an unknown outbreak.
fn missing_thing(code: Option<&str>, message: &str) -> String {
    if message.contains("no method") {
        return "route".to_owned();
    }
    if let Some((_, rest)) = message.split_once("Unknown \"")
        && let Some((thing, _)) = rest.split_once('"')
    {
        return thing.to_owned();
    }
    if let Some((_, thing)) = message.rsplit_once(" found for ") {
        return thing.trim_matches(['`', '"', '.', ' ']).to_owned();
    }
    match code {
        Some("MODEL_NOT_FOUND") => "outbreak".to_owned(),
        Some("FILE_NOT_FOUND") => "file".to_owned(),
        _ => "thing".to_owned(),
    }
}

/// Replaces record ids (UUIDs) by `…`: they appear only where the user asks for them.
pub(crate) fn without_ids(text: &str) -> String {
    const UUID_LEN: usize = 36;
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        match rest.get(..UUID_LEN).filter(|head| is_uuid(head)) {
            Some(id) => {
                kept.push('…');
                rest = &rest[id.len()..];
            }
            None => {
                kept.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    kept
}

fn is_uuid(text: &str) -> bool {
    text.bytes().enumerate().all(|(i, byte)| match i {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_ids_are_taken_out_of_messages() {
        assert_eq!(
            without_ids(
                "No instance with id 00000000-0000-4000-8000-00000000000A found for “case”"
            ),
            "No instance with id … found for “case”"
        );
        assert_eq!(without_ids("ü-00000000-0000"), "ü-00000000-0000");
    }

    #[test]
    fn what_is_missing_is_read_from_the_recorded_messages() {
        let check = |code, message, expected| assert_eq!(missing_thing(code, message), expected);
        // outbreak-unknown, outbreak-unknown-cases, case-unknown, path-unknown, export-download-again
        check(Some("MODEL_NOT_FOUND"), "Unknown \"outbreak\" id \"x\".", "outbreak");
        check(Some("MODEL_NOT_FOUND"), "could not find a model with id x", "outbreak");
        check(None, "No instance with id x found for case", "case");
        check(None, "Shared class \"outbreak\" has no method handling GET /x", "route");
        check(None, "There is no method to handle GET /nosuchthing", "route");
        check(Some("FILE_NOT_FOUND"), "File not found", "file");
    }
}
