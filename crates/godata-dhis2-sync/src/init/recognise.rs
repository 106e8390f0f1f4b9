//! Which indicator of the libraries a data element asks for.

use std::collections::{BTreeMap, BTreeSet};

use dhis2_client::{Category, DataSet, DataSetElement};
use indicators::Definition;

use crate::places::fold;

/// What is proposed for a data set.
#[derive(Debug, Clone, PartialEq)]
pub enum Recognised {
    /// A ready library fills it: its name, and how many of the elements it knows.
    Library {
        /// The library's name.
        name: String,
        /// Elements of the data set that it knows.
        n_known: usize,
    },
    /// Some elements look like an indicator; the others are listed.
    Elements {
        /// Element id and the definition that is proposed for it.
        known: Vec<(String, Box<Definition>)>,
        /// Names of elements that nothing was found for.
        unknown: Vec<String>,
    },
}

/// Proposes indicators for a data set: a whole library where most codes are its own, else element by element by
/// name, with `by` from the categories that look like sex and age.
#[must_use]
pub fn recognise(data_set: &DataSet) -> Recognised {
    let libraries: Vec<_> = indicators::library_names()
        .iter()
        .filter_map(|name| indicators::library(name, &BTreeMap::new()).ok())
        .collect();
    for library in &libraries {
        let codes: BTreeSet<&str> = library
            .definitions
            .iter()
            .filter_map(|definition| definition.code.as_deref())
            .collect();
        let n_known = data_set
            .elements
            .iter()
            .filter(|element| element.code.as_deref().is_some_and(|code| codes.contains(code)))
            .count();
        if n_known > 0 && n_known * 2 >= data_set.elements.len() {
            return Recognised::Library { name: library.name.clone(), n_known };
        }
    }
    let mut known = Vec::new();
    let mut unknown = Vec::new();
    let candidates: Vec<&Definition> = libraries
        .iter()
        .flat_map(|library| &library.definitions)
        .filter(|definition| is_plain(definition))
        .collect();
    for element in &data_set.elements {
        match candidates
            .iter()
            .filter_map(|definition| Some((likeness(element, definition)?, definition)))
            .max_by_key(|(score, _)| *score)
        {
            Some((_, definition)) => {
                known.push((element.id.to_string(), Box::new(fitted(definition, element))))
            }
            None => unknown.push(element.name.clone()),
        }
    }
    Recognised::Elements { known, unknown }
}

/// Whether a definition stands alone: one that is made from others cannot be taken out of its library.
fn is_plain(definition: &Definition) -> bool {
    !matches!(
        definition.measure,
        indicators::Measure::Share { .. }
            | indicators::Measure::Rate { .. }
            | indicators::Measure::Classify { .. }
    )
}

/// How many words of the definition's name are in the element's, when all of them are.
fn likeness(element: &DataSetElement, definition: &Definition) -> Option<usize> {
    let element: BTreeSet<String> = fold(&element.name).split(' ').map(singular).collect();
    let name = fold(&definition.indicator);
    let words: BTreeSet<String> =
        name.split(' ').map(singular).filter(|word| !FILLERS.contains(&word.as_str())).collect();
    (!words.is_empty() && words.is_subset(&element)).then_some(words.len())
}

fn singular(word: &str) -> String {
    word.strip_suffix('s').filter(|stem| stem.len() > 3).unwrap_or(word).to_owned()
}

const FILLERS: [&str; 6] = ["new", "of", "by", "the", "number", "in"];

/// The definition with the element's categories as its breakdown.
fn fitted(definition: &Definition, element: &DataSetElement) -> Definition {
    let mut fitted = definition.clone();
    fitted.data_element = Some(element.id.to_string());
    fitted.code.clone_from(&element.code);
    fitted.by.clear();
    if !element.combo.is_default {
        for category in &element.combo.categories {
            if let Some(breakdown) = breakdown_of(category) {
                fitted.by.insert(
                    category.code.clone().unwrap_or_else(|| category.name.clone()),
                    breakdown.to_owned(),
                );
            }
        }
    }
    fitted
}

/// The breakdown that a category looks like: `sex` or `age`.
pub(super) fn breakdown_of(category: &Category) -> Option<&'static str> {
    let words: BTreeSet<String> =
        fold(&format!("{} {}", category.name, category.code.as_deref().unwrap_or_default()))
            .split(' ')
            .map(str::to_owned)
            .collect();
    let has = |names: &[&str]| names.iter().any(|name| words.contains(*name));
    if has(&["sex", "gender", "sexe", "genre", "sexo"]) {
        Some("sex")
    } else if has(&["age", "ages", "edad", "idade"]) {
        Some("age")
    } else {
        None
    }
}
