//! The import summary, in one shape for every version.

use std::collections::BTreeMap;

use serde_json::Value;

use super::ErrorCode;

/// What DHIS2 says about one import.
///
/// Read from every shape that servers of 2.34 to 2.44 have: bare or within an envelope, with any
/// HTTP status. Nothing in an answer makes reading fail; what is absent is empty.
///
/// ```
/// use dhis2_client::{ImportStatus, ImportSummary};
///
/// // 2.42 answers a partly refused import with 409, 2.43 with 200: only the body decides.
/// let body = r#"{"httpStatusCode":409,"status":"WARNING","response":{"responseType":"ImportSummary",
///   "status":"WARNING","importCount":{"imported":1,"updated":0,"ignored":1,"deleted":0},
///   "conflicts":[{"object":"CnPsS2xE8UN","value":"Value must match value type","errorCode":"E7619",
///   "indexes":[1]}],"rejectedIndexes":[1]}}"#;
/// let summary = ImportSummary::read(body).unwrap();
/// assert_eq!(summary.status, ImportStatus::Warning);
/// assert_eq!(summary.rejected(), [1].into());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// How it ended.
    pub status: ImportStatus,
    /// DHIS2's words; engine A says "completed successfully" even with conflicts.
    pub description: Option<String>,
    /// The counters. They mean different things on the two engines: see [`ImportCounts`].
    pub counts: ImportCounts,
    /// What was refused, and why.
    pub conflicts: Vec<Conflict>,
    /// The positions of refused values; `None` where the server does not list them.
    pub rejected_indexes: Option<Vec<usize>>,
    /// The date of the completeness that the call registered, if any.
    pub data_set_complete: Option<String>,
}

/// How an import ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ImportStatus {
    /// No conflicts. On engine B this does **not** mean that anything was stored.
    Success,
    /// Some values were refused; on engine A perhaps all of them.
    Warning,
    /// Nothing was stored, or engine A broke off half-way.
    Error,
    /// The server said something else, or nothing.
    #[default]
    Unknown,
}

/// The counters of an import.
///
/// | | engine A | engine B |
/// |---|---|---|
/// | first write | `imported` | `updated` |
/// | unchanged | `ignored` (late patches) or `updated` | `updated` |
/// | `deleted: true` | `deleted` | `updated` |
/// | refused value | `ignored` | `ignored` |
/// | lost without a word | – | `ignored` |
/// | group refused | – | none |
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct ImportCounts {
    /// New values, as engine A counts them.
    pub imported: u64,
    /// Written values.
    pub updated: u64,
    /// Values not written.
    pub ignored: u64,
    /// Deleted values.
    pub deleted: u64,
}

/// One reason for which values were refused; many values can share it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conflict {
    /// DHIS2's code (2.37 and later).
    pub code: Option<ErrorCode>,
    /// DHIS2's words, in the server's language.
    pub message: String,
    /// What engine A objects to: an identifier or a period.
    pub object: Option<String>,
    /// What is concerned, by its kind; engine B gives one entry `args`.
    pub objects: BTreeMap<String, String>,
    /// The property that is wrong, as engine A names it.
    pub property: Option<String>,
    /// The positions of the values concerned; empty where the server does not say.
    pub indexes: Vec<usize>,
}

impl Conflict {
    /// The same for one value: a hundred refusals can share one conflict with a hundred positions.
    pub(crate) fn without_indexes(&self) -> Self {
        Self {
            code: self.code,
            message: self.message.clone(),
            object: self.object.clone(),
            objects: self.objects.clone(),
            property: self.property.clone(),
            indexes: Vec::new(),
        }
    }

    /// Every word in which an identifier or period can stand.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        let texts = self
            .object
            .iter()
            .chain(self.objects.values())
            .map(String::as_str)
            .chain([self.message.as_str()]);
        texts
            .flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric()))
            .filter(|word| !word.is_empty())
    }
}

impl ImportSummary {
    /// Reads an answer; `None` where there is no import summary in it (a bare error message, an
    /// HTML page, nothing).
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Self::of(&serde_json::from_str(text).ok()?)
    }

    /// The same for JSON that is read already.
    #[must_use]
    pub fn of(answer: &Value) -> Option<Self> {
        let is_summary = |value: &Value| {
            value.get("importCount").is_some()
                || value.get("responseType").and_then(Value::as_str) == Some("ImportSummary")
        };
        let summary = [answer.get("response"), Some(answer)]
            .into_iter()
            .flatten()
            .find(|value| is_summary(value))?;
        Some(Self {
            status: ImportStatus::named(text(summary, "status").as_deref()),
            description: text(summary, "description"),
            counts: ImportCounts::of(summary.get("importCount").unwrap_or(&Value::Null)),
            conflicts: list(summary, "conflicts").map(Conflict::of).collect(),
            rejected_indexes: summary.get("rejectedIndexes").map(indexes),
            // Absent, `"false"` and null all mean: no.
            data_set_complete: text(summary, "dataSetComplete").filter(|date| date != "false"),
        })
    }

    /// Every position that the server says it refused, from both places where it says so.
    #[must_use]
    pub fn rejected(&self) -> std::collections::BTreeSet<usize> {
        self.rejected_indexes
            .iter()
            .flatten()
            .chain(self.conflicts.iter().flat_map(|conflict| &conflict.indexes))
            .copied()
            .collect()
    }
}

impl ImportStatus {
    fn named(name: Option<&str>) -> Self {
        match name {
            Some("SUCCESS" | "OK") => Self::Success,
            Some("WARNING") => Self::Warning,
            Some("ERROR") => Self::Error,
            _ => Self::Unknown,
        }
    }
}

impl ImportCounts {
    fn of(value: &Value) -> Self {
        let count = |key: &str| value.get(key).and_then(Value::as_u64).unwrap_or(0);
        Self {
            imported: count("imported"),
            updated: count("updated"),
            ignored: count("ignored"),
            deleted: count("deleted"),
        }
    }
}

impl Conflict {
    fn of(value: &Value) -> Self {
        let objects = value.get("objects").and_then(Value::as_object);
        Self {
            code: text(value, "errorCode").and_then(|code| code.parse().ok()),
            // Some conflicts come without any words (reported by users of 2.36).
            message: text(value, "value").unwrap_or_default(),
            object: text(value, "object"),
            objects: objects
                .into_iter()
                .flatten()
                .filter_map(|(key, value)| Some((key.clone(), scalar(value)?)))
                .collect(),
            property: text(value, "property"),
            indexes: value.get("indexes").map(indexes).unwrap_or_default(),
        }
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(scalar)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// Positions; engine B's −1 for "somewhere" is no position.
fn indexes(value: &Value) -> Vec<usize> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|index| index.as_u64().and_then(|index| usize::try_from(index).ok()))
        .collect()
}
