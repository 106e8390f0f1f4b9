//! Import summaries in the shapes of all versions.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::dhis2::{
    http::{Answer, envelope},
    version::Dhis2Version,
};

/// How an import went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Success,
    Warning,
    Error,
}

impl Status {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }

    /// The status code, the word and the message around a summary.
    pub(crate) fn outcome(self, version: Dhis2Version) -> (u16, &'static str, &'static str) {
        match self {
            Self::Success => (200, "OK", "Import was successful."),
            Self::Warning if version.is_engine_b() => {
                (200, "WARNING", "Import completed with warnings, please check import summary.")
            }
            Self::Warning => {
                (409, "WARNING", "One more conflicts encountered, please check import summary.")
            }
            Self::Error => (409, "ERROR", "An error occurred, please check import summary."),
        }
    }
}

/// Why values were refused.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Conflict(Box<Details>);

#[derive(Debug, Clone, PartialEq, Default)]
struct Details {
    object: Option<String>,
    objects: Option<Map<String, Value>>,
    message: String,
    code: Option<&'static str>,
    property: Option<&'static str>,
    indexes: Option<Vec<i64>>,
}

impl Conflict {
    /// A conflict of the value-wise engine: `objects` by kind, the first one the main one.
    pub(crate) fn about(code: &'static str, objects: &[(&str, &str)], message: String) -> Self {
        Self(Box::new(Details {
            object: objects.first().map(|(_, id)| (*id).to_owned()),
            objects: Some(
                objects.iter().map(|(kind, id)| ((*kind).to_owned(), json!(id))).collect(),
            ),
            message,
            code: Some(code),
            property: None,
            indexes: None,
        }))
    }

    /// A conflict of the group-wise engine: `args` as its messages take them.
    pub(crate) fn with_args(
        code: &'static str,
        args: &str,
        message: String,
        indexes: Vec<i64>,
    ) -> Self {
        let mut objects = Map::new();
        objects.insert("args".to_owned(), json!(args));
        Self(Box::new(Details {
            object: None,
            objects: Some(objects),
            message,
            code: Some(code),
            property: None,
            indexes: Some(indexes),
        }))
    }

    /// A conflict without a code.
    pub(crate) fn plain(object: &str, message: &str) -> Self {
        Self(Box::new(Details {
            object: Some(object.to_owned()),
            objects: None,
            message: message.to_owned(),
            code: None,
            property: None,
            indexes: None,
        }))
    }

    pub(crate) fn on(mut self, property: &'static str) -> Self {
        self.0.property = Some(property);
        self
    }

    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    fn json(&self, version: Dhis2Version) -> Value {
        let mut shown = Map::new();
        if let Some(object) = &self.0.object {
            shown.insert("object".to_owned(), json!(object));
        }
        shown.insert("value".to_owned(), json!(self.0.message));
        if version.has_rich_conflicts() {
            if let Some(objects) = &self.0.objects {
                shown.insert("objects".to_owned(), Value::Object(objects.clone()));
            }
            if let Some(code) = self.0.code {
                shown.insert("errorCode".to_owned(), json!(code));
            }
            if let Some(property) = self.0.property {
                shown.insert("property".to_owned(), json!(property));
            }
            if let Some(indexes) = &self.0.indexes {
                shown.insert("indexes".to_owned(), json!(indexes));
            }
        }
        Value::Object(shown)
    }
}

/// What an import answers.
#[derive(Debug, Clone)]
pub(crate) struct Summary {
    pub(crate) status: Status,
    pub(crate) description: Option<String>,
    pub(crate) imported: u64,
    pub(crate) updated: u64,
    pub(crate) ignored: u64,
    pub(crate) deleted: u64,
    pub(crate) conflicts: Vec<Conflict>,
    pub(crate) rejected: BTreeSet<usize>,
    pub(crate) data_set_complete: Option<String>,
    pub(crate) options: Option<Value>,
}

impl Summary {
    pub(crate) fn new(options: Option<Value>) -> Self {
        Self {
            status: Status::Success,
            description: None,
            imported: 0,
            updated: 0,
            ignored: 0,
            deleted: 0,
            conflicts: Vec::new(),
            rejected: BTreeSet::new(),
            data_set_complete: None,
            options,
        }
    }

    /// An import that ended before it looked at any value.
    pub(crate) fn failed(options: Option<Value>, description: &str) -> Self {
        Self {
            status: Status::Error,
            description: Some(description.to_owned()),
            ..Self::new(options)
        }
    }

    /// Enters a refusal of one value; refusals of the same kind share an entry.
    pub(crate) fn refuse(&mut self, index: usize, mut conflict: Conflict) {
        self.ignored += 1;
        self.rejected.insert(index);
        let at = i64::try_from(index).unwrap_or(-1);
        let same = self.conflicts.iter_mut().find(|known| {
            known.0.code == conflict.0.code
                && known.0.objects == conflict.0.objects
                && known.0.object == conflict.0.object
        });
        match same {
            Some(known) => known.0.indexes.get_or_insert_default().push(at),
            None => {
                conflict.0.indexes = Some(vec![at]);
                self.conflicts.push(conflict);
            }
        }
    }

    /// The summary itself.
    pub(crate) fn json(&self, version: Dhis2Version) -> Value {
        let mut shown = json!({
            "responseType": "ImportSummary",
            "status": self.status.word(),
            "importCount": {
                "imported": self.imported, "updated": self.updated,
                "ignored": self.ignored, "deleted": self.deleted,
            },
            "conflicts": self.conflicts.iter().map(|c| c.json(version)).collect::<Vec<_>>(),
        });
        if let Some(options) = &self.options {
            shown["importOptions"] = options.clone();
        }
        if let Some(description) = &self.description {
            shown["description"] = json!(description);
        }
        if let Some(complete) = &self.data_set_complete {
            shown["dataSetComplete"] = json!(complete);
        }
        if version.has_rejected_indexes() {
            shown["rejectedIndexes"] = json!(self.rejected);
        }
        shown
    }

    /// The answer: an envelope, or the bare summary of old versions and old paths.
    pub(crate) fn answer(&self, version: Dhis2Version, path_number: Option<u16>) -> Answer {
        let summary = self.json(version);
        if version.is_bare(path_number) {
            return Answer::json(200, &summary);
        }
        let (status, state, message) = self.status.outcome(version);
        let mut body = envelope(status, state, Some(message));
        body["response"] = summary;
        Answer::json(status, &body)
    }

    /// What an asynchronous import's last notification says.
    pub(crate) fn sentence(&self) -> String {
        format!(
            "Import complete with status {}, {} created, {} updated, {} deleted, {} ignored",
            self.status.word(),
            self.imported,
            self.updated,
            self.deleted,
            self.ignored
        )
    }
}
