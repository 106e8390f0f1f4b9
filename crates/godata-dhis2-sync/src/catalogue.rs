//! The indicators that are at hand: those of a configuration's reports and those of the ready libraries.

use std::collections::BTreeMap;

use indicators::{Breakdowns, Definition, Language, Notes, Setting};

use crate::config::{Config, Report};
use crate::pipeline::load_library;
use crate::problem::{Outcome, Problem};

/// Indicators that belong together: a library, or one report of the configuration.
#[derive(Debug, Clone)]
pub struct Group {
    /// What people call it.
    pub title: String,
    /// The library's name; absent for a report.
    pub library: Option<String>,
    /// The data set it is reported to, where one is named.
    pub data_set: Option<String>,
    /// Where the definitions come from; for a library.
    pub source: Option<String>,
    /// What can be changed in a library, with the values in force.
    pub settings: Vec<Setting>,
    /// The indicators.
    pub definitions: Vec<Definition>,
    /// The breakdowns that they use.
    pub breakdowns: Breakdowns,
    /// Notes on the indicators of a library in every language, by indicator.
    pub notes: BTreeMap<Language, BTreeMap<String, Notes>>,
}

impl Group {
    /// The notes on an indicator in one language; only those of a library have any.
    #[must_use]
    pub fn notes(&self, definition: &Definition, language: Language) -> Option<&Notes> {
        self.notes.get(&language)?.get(&definition.indicator)
    }

    /// The data element that an indicator is written to, by its code where it has one.
    #[must_use]
    pub fn element(definition: &Definition) -> &str {
        definition.code.as_deref().or(definition.data_element.as_deref()).unwrap_or_default()
    }
}

/// One library with its default settings.
///
/// # Errors
///
/// When there is no such library.
pub fn library(name: &str) -> Outcome<Group> {
    with_settings(name, &BTreeMap::new())
}

/// Every library with its default settings.
///
/// # Errors
///
/// When one cannot be read, which would be a bug.
pub fn libraries() -> Outcome<Vec<Group>> {
    indicators::library_names().into_iter().map(library).collect()
}

/// The reports of a configuration, each with its library's indicators before its own.
///
/// # Errors
///
/// When a report names a library or a setting that is not there.
pub fn configured(config: &Config) -> Outcome<Vec<Group>> {
    let breakdowns = &config.file.breakdown;
    config.file.report.iter().enumerate().map(|(n, report)| one(n, report, breakdowns)).collect()
}

fn one(n: usize, report: &Report, breakdowns: &Breakdowns) -> Outcome<Group> {
    let mut group = match &report.library {
        Some(name) => with_settings(name, &report.settings)?,
        None => Group {
            title: String::new(),
            library: None,
            data_set: None,
            source: None,
            settings: Vec::new(),
            definitions: Vec::new(),
            breakdowns: Breakdowns::new(),
            notes: BTreeMap::new(),
        },
    };
    let name = report.data_set.clone().unwrap_or_else(|| format!("{}", n + 1));
    group.title = match &group.library {
        Some(library) => format!("report {name}, library {library}"),
        None => format!("report {name}"),
    };
    group.library = None;
    group.data_set.clone_from(&report.data_set);
    group.definitions.extend(report.value.iter().cloned());
    // What the configuration says of a breakdown stands before what a library says.
    group.breakdowns.extend(breakdowns.clone());
    Ok(group)
}

fn with_settings(name: &str, settings: &BTreeMap<String, toml::Value>) -> Outcome<Group> {
    let library = load_library(name, settings)?;
    Ok(Group {
        title: format!("library {}: {}", library.name, library.title),
        library: Some(library.name),
        data_set: library.data_set,
        source: Some(library.source),
        settings: library.settings,
        definitions: library.definitions,
        breakdowns: library.breakdowns,
        notes: library.notes,
    })
}

/// The groups with only the indicators of these names or codes; letter case does not matter.
///
/// # Errors
///
/// When one is in no group.
pub fn named(mut groups: Vec<Group>, names: &[String]) -> Outcome<Vec<Group>> {
    let is = |definition: &Definition, name: &str| {
        [
            Some(definition.indicator.as_str()),
            definition.code.as_deref(),
            definition.data_element.as_deref(),
        ]
        .into_iter()
        .flatten()
        .any(|known| known.eq_ignore_ascii_case(name))
    };
    for name in names {
        if !groups.iter().flat_map(|group| &group.definitions).any(|known| is(known, name)) {
            let known = groups.iter().flat_map(|group| &group.definitions).flat_map(|definition| {
                [Some(definition.indicator.as_str()), definition.code.as_deref()]
                    .into_iter()
                    .flatten()
            });
            let near = crate::config::did_you_mean(name, known);
            return Err(Problem::usage(format!("there is no indicator `{name}`{near}"))
                .next("`indicators list` shows all of them"));
        }
    }
    for group in &mut groups {
        group.definitions.retain(|definition| names.iter().any(|name| is(definition, name)));
    }
    groups.retain(|group| !group.definitions.is_empty());
    Ok(groups)
}
