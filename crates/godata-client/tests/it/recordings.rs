//! Answers of a real server; see `tests/recordings/README.md`.

use std::{collections::BTreeMap, io::Read as _};

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value;
use wiremock::ResponseTemplate;

#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn template(&self) -> ResponseTemplate {
        let body = match &self.body {
            Value::String(text) => text.clone().into_bytes(),
            json => serde_json::to_vec(json).unwrap(),
        };
        let content_type = self.content_type.as_deref().unwrap_or("application/json");
        ResponseTemplate::new(self.status).set_body_raw(body, content_type)
    }
}

fn unpacked<T: serde::de::DeserializeOwned>(gzipped: &[u8]) -> T {
    let mut text = String::new();
    GzDecoder::new(gzipped).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The recorded answer of this name.
pub(crate) fn answer(name: &str) -> Answer {
    let answers: BTreeMap<String, Answer> =
        unpacked(include_bytes!("../recordings/answers.json.gz"));
    answers.get(name).unwrap_or_else(|| panic!("no recording `{name}`")).clone()
}

/// Recorded rows of this list.
pub(crate) fn rows(list: &str) -> Vec<Value> {
    let lists: BTreeMap<String, Vec<Value>> =
        unpacked(include_bytes!("../recordings/rows.json.gz"));
    lists.get(list).unwrap_or_else(|| panic!("no rows `{list}`")).clone()
}
