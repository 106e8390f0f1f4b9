//! From the files of the libraries to definitions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::error::{LibraryError, hint};
use super::setting::{Setting, SettingValue, fill};
use crate::definition::{Breakdowns, Definition};
use crate::describe::Language;

/// A library as it is written.
struct Files {
    name: &'static str,
    /// With the notes in English.
    definitions: &'static str,
    /// Notes by the name of the indicator, in every other language.
    notes: [(Language, &'static str); 3],
}

const LIBRARIES: [Files; 2] = [
    Files {
        name: "covid19",
        definitions: include_str!("../../library/covid19.toml"),
        notes: [
            (Language::French, include_str!("../../library/covid19.fr.toml")),
            (Language::Spanish, include_str!("../../library/covid19.es.toml")),
            (Language::Portuguese, include_str!("../../library/covid19.pt.toml")),
        ],
    },
    Files {
        name: "outbreak",
        definitions: include_str!("../../library/outbreak.toml"),
        notes: [
            (Language::French, include_str!("../../library/outbreak.fr.toml")),
            (Language::Spanish, include_str!("../../library/outbreak.es.toml")),
            (Language::Portuguese, include_str!("../../library/outbreak.pt.toml")),
        ],
    },
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
    /// Notes on each indicator in every language, by the name of the indicator.
    pub notes: BTreeMap<Language, BTreeMap<String, Notes>>,
}

/// What an epidemiologist wants to know of an indicator before signing it off, in one language;
/// [`describe_notes`](crate::describe_notes) puts the language's labels before it.
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
    LIBRARIES.iter().map(|files| files.name).collect()
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
    let Some(files) = LIBRARIES.iter().find(|files| files.name == name) else {
        let (name, hint) = (name.to_owned(), hint(name, library_names()));
        return Err(LibraryError::UnknownLibrary { name, hint });
    };
    let unreadable =
        |problem: String| LibraryError::Unreadable { library: name.to_owned(), problem };
    let file: File =
        toml::from_str(files.definitions).map_err(|error| unreadable(error.to_string()))?;
    let settings = in_force(name, file.setting, settings)?;

    let values = settings.iter().map(|setting| (setting.name.as_str(), &setting.value)).collect();
    let mut definitions = Vec::with_capacity(file.value.len());
    let mut in_english = BTreeMap::new();
    for mut value in file.value {
        fill(&mut value, &values);
        let (definition, note) = indicator(value).map_err(unreadable)?;
        in_english.insert(definition.indicator.clone(), note);
        definitions.push(definition);
    }
    let mut notes = BTreeMap::from([(Language::English, in_english)]);
    for (language, text) in files.notes {
        let translated = translated(text, &values)
            .map_err(|error| unreadable(format!("notes in `{language}`: {error}")))?;
        notes.insert(language, translated);
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

/// The notes of a file that has nothing else.
fn translated(
    text: &str,
    values: &BTreeMap<&str, &SettingValue>,
) -> Result<BTreeMap<String, Notes>, toml::de::Error> {
    let mut notes = Value::Table(toml::from_str(text)?);
    fill(&mut notes, values);
    notes.try_into()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_stands_in_a_translated_note_as_in_english() {
        let text = r#"
            ["Class"]
            numerator = "Jusqu’à {limit} cas."
            exclusions = "Rien."
            source = "OMS"
        "#;

        let notes = translated(text, &BTreeMap::from([("limit", &SettingValue::Number(7))]));

        assert_eq!(notes.unwrap()["Class"].numerator, "Jusqu’à 7 cas.");
    }
}
