//! The ready indicator libraries that a report may name.

use std::collections::BTreeMap;

use indicators::{Breakdowns, Definition};

use crate::problem::{Outcome, Problem};

/// The indicators of a library, with the breakdowns they use.
#[derive(Debug)]
pub(super) struct Library {
    pub(super) definitions: Vec<Definition>,
    pub(super) breakdowns: Breakdowns,
}

/// Loads a library by name, with a report's settings for it.
pub(super) fn load(name: &str, settings: &BTreeMap<String, toml::Value>) -> Outcome<Library> {
    let _ = settings;
    Err(Problem::usage(format!("there is no indicator library `{name}`"))
        .next("write the indicators as [[report.value]]"))
}
