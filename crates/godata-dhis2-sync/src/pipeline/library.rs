//! The ready indicator libraries that a report may name.

use std::collections::BTreeMap;

use indicators::{Library, SettingValue};
use serde::Deserialize as _;

use crate::problem::{Outcome, Problem};

/// Loads a library by name, with a report's settings for it.
///
/// # Errors
///
/// When there is no such library, or a setting is unknown or of the wrong kind.
pub(crate) fn load(name: &str, settings: &BTreeMap<String, toml::Value>) -> Outcome<Library> {
    let settings = settings
        .iter()
        .map(|(key, value)| {
            let value = SettingValue::deserialize(value.clone()).map_err(|error| {
                Problem::usage(format!("the setting `{key}` of the library {name} cannot be read"))
                    .because(error)
            })?;
            Ok((key.clone(), value))
        })
        .collect::<Outcome<BTreeMap<_, _>>>()?;
    indicators::library(name, &settings).map_err(|error| {
        Problem::usage(format!("the indicator library `{name}` cannot be used"))
            .because(error)
            .next(format!(
                "known libraries: {}; `indicators list` shows what is in them",
                indicators::library_names().join(", ")
            ))
    })
}
