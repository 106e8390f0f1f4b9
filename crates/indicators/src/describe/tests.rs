//! What must hold whatever field stands in a sentence, in every language, and in the notes of the libraries.

use std::collections::BTreeMap;

use super::texts::{Texts, fill};
use super::{Language, describe_notes, glossary};
use crate::library::{library, library_names};

/// Every sentence that takes a field, with every field in it.
fn sentences(texts: &Texts) -> Vec<String> {
    let mut sentences = Vec::new();
    for field in glossary::fields(texts.column) {
        let of_whom = [texts.of_person, texts.of_from, texts.of_to];
        let ours = of_whom.iter().map(|template| fill(template, &[field]));
        for field in ours.chain([field.to_owned()]) {
            for template in [texts.new, texts.cumulative] {
                sentences.push(fill(template, &[texts.record, &field]));
            }
            sentences.push(fill(texts.current, &[texts.element, &field, &field]));
            let value = texts.quoted("x");
            for template in [texts.is, texts.is_not, texts.none_of, texts.exists, texts.between] {
                sentences.push(fill(template, &[&field, &value, &value]));
            }
            for template in texts.number_order {
                sentences.push(fill(template, &[&field, "5"]));
            }
            for template in [texts.place_field, texts.distinct, texts.age_at] {
                sentences.push(fill(template, &[&field]));
            }
            sentences.push(fill(texts.split_by, &[&value, &field]));
            for aggregate in texts.aggregates {
                sentences.push(fill(texts.of_values, &[aggregate, &field]));
                sentences.push(fill(texts.of_days, &[aggregate, &field, &field]));
            }
        }
    }
    sentences
}

/// The notes of every library with their labels.
fn notes(language: Language) -> Vec<String> {
    let libraries = library_names().into_iter().map(|name| library(name, &BTreeMap::new()));
    libraries
        .flat_map(|library| library.unwrap().notes.remove(&language).unwrap())
        .map(|(_, notes)| describe_notes(&notes, language))
        .collect()
}

/// Every text of a language that is checked here.
fn everything(language: Language) -> Vec<String> {
    let mut texts = sentences(language.texts());
    texts.extend(notes(language));
    texts
}

#[test]
fn no_article_meets_a_preposition_that_it_merges_with() {
    for (language, pairs) in [
        (Language::French, &["de le", "de les", "à le", "à les"][..]),
        (Language::Spanish, &["de el", "a el"]),
        (
            Language::Portuguese,
            &["de o", "de a", "de os", "de as", "em o", "em a", "a o", "a a", "por o", "por a"],
        ),
    ] {
        for sentence in everything(language) {
            let words = format!(" {} ", sentence.replace(['(', ')', '.', ',', '\n'], " "));
            for pair in pairs {
                assert!(!words.contains(&format!(" {pair} ")), "{language}: {pair}: {sentence}");
            }
        }
    }
}

#[test]
fn french_has_its_no_break_spaces() {
    for sentence in everything(Language::French) {
        for (n, sign) in sentence.char_indices().filter(|(_, c)| ";:?!%»".contains(*c)) {
            assert!(sentence[..n].ends_with('\u{A0}'), "before {sign}: {sentence}");
        }
        for (n, sign) in sentence.match_indices('«') {
            assert!(sentence[n + sign.len()..].starts_with('\u{A0}'), "{sentence}");
        }
    }
}

#[test]
fn notes_have_the_signs_of_their_language_and_no_long_number() {
    for language in Language::ALL {
        let foreign = match language {
            Language::English | Language::Portuguese => ['«', '»'],
            Language::French | Language::Spanish => ['“', '”'],
        };
        for note in notes(language) {
            assert!(!note.contains(foreign), "{language}: {note}");
            assert!(!note.contains('"') && !note.contains("  "), "{language}: {note}");
            assert!(language == Language::English || !note.contains('\''), "{language}: {note}");
            // A number from 10 000 on would have to be grouped.
            let is_long = |word: &str| word.len() > 4 && word.parse::<u64>().is_ok();
            assert!(!note.split(|c: char| !c.is_alphanumeric()).any(is_long), "{language}: {note}");
        }
    }
}

#[test]
fn spanish_conjunctions_of_the_notes_suit_what_follows() {
    let texts = Language::Spanish.texts();
    for note in notes(Language::Spanish) {
        let words: Vec<&str> = note.split_whitespace().collect();
        for pair in words.windows(2) {
            let next = pair[1].trim_start_matches(|c: char| !c.is_alphanumeric());
            match pair[0] {
                "o" | "u" => assert_eq!(pair[0], (texts.or)(next), "{note}"),
                "y" | "e" => assert_eq!(pair[0], (texts.and)(next), "{note}"),
                _ => {}
            }
        }
    }
}

#[test]
fn spanish_conjunctions_give_way_to_their_own_sound_also_in_figures() {
    let texts = Language::Spanish.texts();
    let or = |last: &str| texts.any_of(&["7".to_owned(), last.to_owned()]);
    let and = |last: &str| texts.all_of(&["«a»".to_owned(), last.to_owned()]);

    assert_eq!(
        [or("8"), or("80"), or("11"), or("9"), or("110")].concat(),
        "7 u 87 u 807 u 117 o 97 o 110"
    );
    assert_eq!(or("«oral»"), "7 u «oral»");
    assert_eq!(
        (and("«inicio»"), and("«hielo»")),
        ("«a» e «inicio»".into(), "«a» y «hielo»".into())
    );
}
