//! Answers of real servers (DHIS2 2.42.7 and 2.43.2), for tests: `tests/recordings`.

use std::io::Read;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::Value;

/// One call and its answer. Options that the server echoes are left out.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recording {
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) path: String,
    /// The body that was sent, where it was a JSON data value set of reasonable size.
    pub(crate) sent: Option<Value>,
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Value,
}

impl Recording {
    pub(crate) fn is_json(&self) -> bool {
        self.content_type.as_deref().is_some_and(|kind| kind.contains("json"))
    }
}

/// Every recording of `2.42` or `2.43`.
pub(crate) fn all(version: &str) -> &'static [Recording] {
    static ALL: [OnceLock<Vec<Recording>>; 2] = [OnceLock::new(), OnceLock::new()];
    let slot = match version {
        "2.42" => &ALL[0],
        "2.43" => &ALL[1],
        other => panic!("no recordings of {other}"),
    };
    slot.get_or_init(|| {
        let archive = unpack(&format!("dhis2-{version}"));
        archive.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    })
}

/// One recording by its name.
pub(crate) fn one(version: &str, name: &str) -> &'static Recording {
    let found = all(version).iter().find(|recording| recording.name == name);
    found.unwrap_or_else(|| panic!("no recording {name} of {version}"))
}

/// A part of the recorded COVID-19 package.
pub(crate) fn covid19(name: &str) -> Value {
    let archive = unpack("covid19");
    let mut lines = archive.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.find(|line| line["name"] == name).unwrap()["body"].take()
}

fn unpack(name: &str) -> String {
    let path = format!("{}/tests/recordings/{name}.jsonl.gz", env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::File::open(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text
}
