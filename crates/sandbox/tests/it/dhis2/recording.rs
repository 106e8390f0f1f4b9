//! Recorded exchanges, as `tests/recordings/dhis2-*` keeps them.

use std::{collections::BTreeMap, io::Read as _};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// One exchange with a real server.
#[derive(Debug, Deserialize)]
pub(super) struct Recording {
    pub(super) name: String,
    pub(super) title: Option<String>,
    /// Seconds since 1970 when it was answered, as the server's clock had it.
    pub(super) at: i64,
    pub(super) request: Asked,
    pub(super) response: Answered,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Option<String>,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Option<Value>,
    pub(super) body_text: Option<String>,
    #[serde(rename = "as")]
    pub(super) account: Option<String>,
    #[serde(default)]
    pub(super) anonymous: bool,
    #[serde(default)]
    pub(super) gzip: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Answered {
    pub(super) status: u16,
    #[serde(rename = "type")]
    pub(super) content_type: Option<String>,
    pub(super) location: Option<String>,
    pub(super) body: Option<Value>,
    pub(super) text: Option<String>,
    /// How long a list was of which only the beginning is kept.
    pub(super) trimmed: Option<usize>,
    #[serde(default)]
    pub(super) gzip: bool,
}

/// A value that a request which was not recorded had stored, as later recordings show.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Given {
    /// The recording before which it was there.
    pub(super) before: String,
    pub(super) data_element: String,
    pub(super) period: String,
    pub(super) org_unit: String,
    pub(super) category_option_combo: Option<String>,
    /// None: no row at all.
    pub(super) value: Option<String>,
    pub(super) comment: Option<String>,
    #[serde(default)]
    pub(super) deleted: bool,
}

fn unpack(packed: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).expect("gzip of UTF-8");
    text
}

fn lines<T: DeserializeOwned>(packed: &[u8]) -> Vec<T> {
    unpack(packed)
        .lines()
        .map(|line| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:.80}"))
        })
        .collect()
}

/// All exchanges with one version, in their order.
pub(super) struct Session {
    pub(super) exchanges: Vec<Recording>,
    pub(super) given: Vec<Given>,
}

macro_rules! session {
    ($version:literal) => {
        Session {
            exchanges: lines(include_bytes!(concat!(
                "../../recordings/dhis2-",
                $version,
                "/exchanges.jsonl.gz"
            ))),
            given: lines(include_bytes!(concat!(
                "../../recordings/dhis2-",
                $version,
                "/given.jsonl.gz"
            ))),
        }
    };
}

pub(super) fn session_242() -> Session {
    session!("2.42")
}

pub(super) fn session_243() -> Session {
    session!("2.43")
}
