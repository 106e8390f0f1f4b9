//! The notes of the libraries: the same in every language, as far as that can be seen from outside.

use std::collections::{BTreeMap, BTreeSet};

use indicators::{Language, Library, Notes, Source, library, library_names, names_of_field};

/// The libraries as they are written, each with its translated notes.
const WRITTEN: [(&str, [&str; 3]); 2] = [
    (
        include_str!("../../library/covid19.toml"),
        [
            include_str!("../../library/covid19.fr.toml"),
            include_str!("../../library/covid19.es.toml"),
            include_str!("../../library/covid19.pt.toml"),
        ],
    ),
    (
        include_str!("../../library/outbreak.toml"),
        [
            include_str!("../../library/outbreak.fr.toml"),
            include_str!("../../library/outbreak.es.toml"),
            include_str!("../../library/outbreak.pt.toml"),
        ],
    ),
];

fn libraries() -> impl Iterator<Item = Library> {
    library_names().into_iter().map(|name| library(name, &BTreeMap::new()).unwrap())
}

/// Checks notes in English beside their translation, with the place of the translation.
fn each_translation(mut check: impl FnMut(&str, &Notes, &Notes)) {
    for library in libraries() {
        let english = &library.notes[&Language::English];
        for language in [Language::French, Language::Spanish, Language::Portuguese] {
            for (indicator, notes) in &library.notes[&language] {
                let place = format!("{} in {language}: {indicator}", library.name);
                check(&place, &english[indicator], notes);
            }
        }
    }
}

fn parts(notes: &Notes) -> [Option<&str>; 4] {
    let Notes { numerator, denominator, exclusions, source } = notes;
    [Some(numerator), denominator.as_ref(), Some(exclusions), Some(source)]
        .map(|part| part.map(String::as_str))
}

#[test]
fn every_indicator_has_notes_in_every_language_and_nothing_else_has() {
    for library in libraries() {
        let indicators: BTreeSet<&str> =
            library.definitions.iter().map(|definition| definition.indicator.as_str()).collect();
        assert_eq!(library.notes.len(), Language::ALL.len(), "{}", library.name);
        for (language, notes) in &library.notes {
            let noted: BTreeSet<&str> = notes.keys().map(String::as_str).collect();
            assert_eq!(noted, indicators, "{} in {language}", library.name);
        }
    }
}

#[test]
fn every_language_has_the_parts_and_full_stops_of_english() {
    each_translation(|place, english, notes| {
        for text in [&english.numerator, &english.exclusions] {
            assert!(text.ends_with('.'), "{place}: {text}");
        }
        for (english, part) in parts(english).into_iter().zip(parts(notes)) {
            let of = |part: Option<&str>| part.map(|part| (part.is_empty(), part.ends_with('.')));
            assert_eq!(of(part), of(english), "{place}: {part:?}");
        }
    });
}

#[test]
fn no_note_is_left_in_english() {
    each_translation(|place, english, notes| {
        assert_ne!(notes.numerator, english.numerator, "{place}");
        assert_ne!(notes.exclusions, english.exclusions, "{place}");
        assert!(notes.denominator.is_none() || notes.denominator != english.denominator, "{place}");
    });
}

/// Words that are no words of a language: fields of Go.Data, its routes, and codes of DHIS2.
fn names(source: &str) -> BTreeSet<&str> {
    let is_name = |word: &&str| {
        let inner_capital = word.chars().skip(1).any(char::is_uppercase)
            && word.starts_with(|c: char| c.is_lowercase());
        inner_capital
            || word.contains(['_', '/'])
            || names_of_field(Source::Cases, word).next().is_some()
            || names_of_field(Source::LabResults, word).next().is_some()
    };
    source
        .split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '/' | '-'))
        .filter(is_name)
        .collect()
}

#[test]
fn the_source_names_the_same_fields_and_codes_in_every_language() {
    assert_eq!(
        names("Go.Data: lab results, result; dateRanges of type isolation (contacts-seen/count)"),
        BTreeSet::from(["result", "dateRanges", "contacts-seen/count"])
    );
    each_translation(|place, english, notes| {
        assert_eq!(names(&notes.source), names(&english.source), "{place}");
    });
}

/// `{name}` in each text that stands under `numerator`, `denominator`, `exclusions` or `source`.
fn settings(notes: &toml::Value) -> BTreeMap<&str, BTreeSet<&str>> {
    notes
        .as_table()
        .unwrap()
        .iter()
        .map(|(part, text)| {
            let pieces = text.as_str().unwrap().split('{').skip(1);
            let named = pieces.filter_map(|piece| Some(piece.split_once('}')?.0)).collect();
            (part.as_str(), named)
        })
        .collect()
}

#[test]
fn the_same_settings_stand_in_the_notes_of_every_language() {
    for (library, translated) in WRITTEN {
        let library: toml::Table = toml::from_str(library).unwrap();
        for translated in translated {
            let translated: toml::Table = toml::from_str(translated).unwrap();
            for value in library["value"].as_array().unwrap() {
                let indicator = value["indicator"].as_str().unwrap();
                let notes = &translated[indicator];
                assert_eq!(settings(notes), settings(&value["notes"]), "{indicator}");
            }
        }
    }
    for library in libraries() {
        for (indicator, notes) in library.notes.values().flatten() {
            for text in parts(notes).into_iter().flatten() {
                assert!(!text.contains(['{', '}']), "{}: {indicator}: {text}", library.name);
            }
        }
    }
}
