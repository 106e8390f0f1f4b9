//! From the files of the libraries to definitions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::error::{LibraryError, hint};
use super::setting::{Setting, SettingValue, fill};
use crate::definition::{Breakdowns, Definition};

const FILES: [(&str, &str); 2] = [
    ("covid19", include_str!("../../library/covid19.toml")),
    ("outbreak", include_str!("../../library/outbreak.toml")),
];

/// A ready set of indicators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    /// The name by which it is chosen.
    pub name: String,
    /// What it is, in English.
    pub title: String,
    /// Where its definitions come from.
    pub source: String,
    /// The DHIS2 period type that it is meant for.
    pub period: String,
    /// The id of the DHIS2 data set that it fills, where there is an official one.
    pub data_set: Option<String>,
    /// What can be changed, with the values that are in force.
    pub settings: Vec<Setting>,
    /// The indicators. Those without a code and a data element are only there for others to be
    /// made of.
    pub definitions: Vec<Definition>,
    /// The breakdowns that they use.
    pub breakdowns: Breakdowns,
    /// Notes on each indicator, by its name.
    pub notes: BTreeMap<String, Notes>,
}

/// What an epidemiologist wants to know of an indicator before signing it off, in English.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notes {
    /// What is counted.
    pub numerator: String,
    /// What it is set in relation to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denominator: Option<String>,
    /// What is not counted.
    pub exclusions: String,
    /// Where the definition comes from.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    source: String,
    period: String,
    data_set: Option<String>,
    #[serde(default)]
    setting: BTreeMap<String, FileSetting>,
    #[serde(default)]
    breakdown: Breakdowns,
    value: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSetting {
    default: SettingValue,
    about: String,
}

/// The names of the libraries, in alphabetical order.
#[must_use]
pub fn library_names() -> Vec<&'static str> {
    FILES.iter().map(|(name, _)| *name).collect()
}

/// The library of this name, with these settings; others keep their defaults.
///
/// # Errors
///
/// When there is no such library or setting, with what may have been meant, or a setting has a
/// value of the wrong kind.
///
/// # Examples
///
/// ```
/// use std::collections::BTreeMap;
/// use indicators::{SettingValue, library};
///
/// let settings = BTreeMap::from([("sporadic_up_to".to_owned(), SettingValue::Number(5))]);
/// let covid19 = library("covid19", &settings)?;
/// assert!(covid19.definitions.iter().any(|d| d.code.as_deref() == Some("CV19_TRANS_CLASS")));
///
/// let error = library("covid-19", &settings).unwrap_err();
/// assert!(error.to_string().ends_with("did you mean `covid19`?"));
/// # Ok::<(), indicators::LibraryError>(())
/// ```
pub fn library(
    name: &str,
    settings: &BTreeMap<String, SettingValue>,
) -> Result<Library, LibraryError> {
    let Some((_, text)) = FILES.iter().find(|(known, _)| *known == name) else {
        let (name, hint) = (name.to_owned(), hint(name, library_names()));
        return Err(LibraryError::UnknownLibrary { name, hint });
    };
    let unreadable =
        |problem: String| LibraryError::Unreadable { library: name.to_owned(), problem };
    let file: File = toml::from_str(text).map_err(|error| unreadable(error.to_string()))?;
    let settings = in_force(name, file.setting, settings)?;

    let values = settings.iter().map(|setting| (setting.name.as_str(), &setting.value)).collect();
    let mut definitions = Vec::with_capacity(file.value.len());
    let mut notes = BTreeMap::new();
    for mut value in file.value {
        fill(&mut value, &values);
        let (definition, note) = indicator(value).map_err(unreadable)?;
        notes.insert(definition.indicator.clone(), note);
        definitions.push(definition);
    }
    Ok(Library {
        name: name.to_owned(),
        title: file.title,
        source: file.source,
        period: file.period,
        data_set: file.data_set,
        settings,
        definitions,
        breakdowns: file.breakdown,
        notes,
    })
}

/// One `[[value]]` of the file: a definition and its notes.
fn indicator(value: Value) -> Result<(Definition, Notes), String> {
    let mut table = Table::try_from(value).map_err(|error| error.to_string())?;
    let notes = table.remove("notes").ok_or("an indicator has no notes")?;
    let notes = notes.try_into().map_err(|error: toml::de::Error| error.to_string())?;
    let definition = table.try_into().map_err(|error: toml::de::Error| error.to_string())?;
    Ok((definition, notes))
}

/// The settings of the file with the values that were given.
fn in_force(
    library: &str,
    of_file: BTreeMap<String, FileSetting>,
    given: &BTreeMap<String, SettingValue>,
) -> Result<Vec<Setting>, LibraryError> {
    if let Some(unknown) = given.keys().find(|name| !of_file.contains_key(*name)) {
        return Err(LibraryError::UnknownSetting {
            library: library.to_owned(),
            setting: unknown.clone(),
            hint: hint(unknown, of_file.keys().map(String::as_str)),
        });
    }
    let setting = |(name, FileSetting { default, about }): (String, FileSetting)| {
        let given = given.get(&name).unwrap_or(&default);
        let value = given.of_kind(&default).map_err(|expected| LibraryError::WrongSetting {
            library: library.to_owned(),
            setting: name.clone(),
            expected,
            found: given.to_string(),
        })?;
        Ok(Setting { name, about, value, default })
    };
    of_file.into_iter().map(setting).collect()
}
