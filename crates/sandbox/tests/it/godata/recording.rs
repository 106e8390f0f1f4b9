//! Recorded calls, and how an answer is compared with one.

use std::{collections::BTreeMap, io::Read as _};

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value;

/// One recorded call. Answers that were long are cut to their first items; `items` says how many
/// there were.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Recording {
    pub(super) name: String,
    #[serde(default)]
    pub(super) method: String,
    #[serde(default)]
    pub(super) path: String,
    #[serde(default)]
    pub(super) query: Value,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) request_body: Value,
    /// None where the connection ended without an answer.
    pub(super) status: Option<u16>,
    pub(super) items: Option<usize>,
    #[serde(default)]
    pub(super) shortened: bool,
    #[serde(default)]
    pub(super) body: Value,
}

/// All recordings, in the order in which they were made.
pub(super) fn all() -> Vec<Recording> {
    let packed: &[u8] = include_bytes!("../../recordings/godata.json.gz");
    let mut json = String::new();
    GzDecoder::new(packed).read_to_string(&mut json).unwrap();
    serde_json::from_str(&json).unwrap()
}

/// What a call was answered with.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: Option<u16>,
    pub(super) body: Value,
}

/// Where an answer differs from the recorded one, in words; empty where it agrees.
///
/// With `shape_only` neither values nor the number of rows count.
pub(super) fn differences(
    recording: &Recording,
    answered: &Answered,
    shape_only: bool,
) -> Vec<String> {
    let mut found = Vec::new();
    if recording.status != answered.status {
        found.push(format!("status {:?}, recorded {:?}", answered.status, recording.status));
    }
    let mut comparison = Comparison { shape_only, cut: recording.shortened, found: &mut found };
    match (&recording.body, &answered.body) {
        (Value::Array(recorded), Value::Array(given)) => {
            if let Some(n) = recording.items.filter(|n| *n != given.len() && !shape_only) {
                comparison.found.push(format!("{} items, recorded {n}", given.len()));
            }
            comparison.rows(recorded, given, is_in_order(recording));
        }
        (recorded, given) => comparison.values(recorded, given, ""),
    }
    for line in &mut found {
        let end = line.char_indices().nth(200).map_or(line.len(), |(at, _)| at);
        line.truncate(end);
    }
    found
}

/// Whether the order of the answer's items is determined.
fn is_in_order(recording: &Recording) -> bool {
    let order = &recording.query["filter"]["order"];
    order == "id ASC" || order == &serde_json::json!(["id ASC"])
}

struct Comparison<'f> {
    shape_only: bool,
    /// Lists in the recording were cut.
    cut: bool,
    found: &'f mut Vec<String>,
}

impl Comparison<'_> {
    fn rows(&mut self, recorded: &[Value], given: &[Value], in_order: bool) {
        for (at, row) in recorded.iter().enumerate() {
            let key = ["id", "_id"].into_iter().find(|key| row.get(key).is_some());
            let same = match key {
                _ if self.shape_only => given.get(at).or(given.first()),
                Some(key) if !in_order => given.iter().find(|other| other[key] == row[key]),
                _ => given.get(at),
            };
            match same {
                Some(other) => self.values(row, other, &format!("[{at}]")),
                None => self.found.push(format!("[{at}] is missing: {:?}", key.map(|k| &row[k]))),
            }
        }
    }

    /// Compares keys and JSON types everywhere, and values unless they are made anew by each server.
    fn values(&mut self, recorded: &Value, given: &Value, path: &str) {
        match (recorded, given) {
            (Value::Object(a), Value::Object(b)) => {
                for (key, value) in a {
                    match b.get(key) {
                        Some(other) if self.shape_only && is_optional(key) && other.is_null() => {}
                        Some(other) => self.values(value, other, &format!("{path}.{key}")),
                        None if self.shape_only && is_optional(key) => {}
                        None => self.found.push(format!("{path}.{key} is missing")),
                    }
                }
                for key in b.keys().filter(|key| !a.contains_key(*key)) {
                    if !(self.shape_only && is_optional(key)) {
                        self.found.push(format!("{path}.{key} is not recorded"));
                    }
                }
            }
            (Value::Array(a), Value::Array(b)) => self.lists(a, b, path),
            _ if self.shape_only || is_made_anew(path) => {
                if std::mem::discriminant(recorded) != std::mem::discriminant(given) {
                    self.found.push(format!("{path} is {given}, recorded {recorded}"));
                }
            }
            // The sandbox gives the country the id that the sandbox's DHIS2 has for it.
            _ if recorded == "DMvavApvkmC" && given == "DiszpKrYNg8" => {}
            // Tokens were replaced in the recordings.
            _ if recorded == "TOKEN" && given.is_string() => {}
            _ if recorded == given => {}
            _ => self.found.push(format!("{path} is {given}, recorded {recorded}")),
        }
    }

    fn lists(&mut self, recorded: &[Value], given: &[Value], path: &str) {
        if !self.cut && !self.shape_only && recorded.len() != given.len() {
            let (n, m) = (given.len(), recorded.len());
            self.found.push(format!("{path} has {n} items, recorded {m}"));
        }
        if recorded.iter().all(|item| item.get("id").is_some()) {
            self.rows(recorded, given, false);
            return;
        }
        for (at, (a, b)) in recorded.iter().zip(given).enumerate() {
            self.values(a, b, &format!("{path}[{at}]"));
        }
    }
}

/// Fields that some users have and others lack.
fn is_optional(key: &str) -> bool {
    matches!(
        key,
        "lastLogin"
            | "activeOutbreakId"
            | "outbreakIds"
            | "bruteForceLoginDate"
            | "created"
            | "modified"
            | "migrateDate"
    )
}

/// Times and ids that no two servers share.
fn is_made_anew(path: &str) -> bool {
    const ANEW: [&str; 11] = [
        ".created",
        ".createdAt",
        ".updatedAt",
        ".dbUpdatedAt",
        ".updatedBy",
        ".createdBy",
        ".started",
        ".uptime",
        ".exportLogId",
        ".sizeBytes",
        ".lastUpdateDate",
    ];
    ANEW.iter().any(|end| path.ends_with(end))
}
