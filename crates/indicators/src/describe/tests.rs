//! What must hold whatever field stands in a sentence, in every language.

use super::Language;
use super::glossary;
use super::texts::{Texts, fill};

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
        for sentence in sentences(language.texts()) {
            let words = format!(" {} ", sentence.replace(['(', ')', '.', ','], " "));
            for pair in pairs {
                assert!(!words.contains(&format!(" {pair} ")), "{language}: {pair}: {sentence}");
            }
        }
    }
}

#[test]
fn french_has_its_no_break_spaces() {
    for sentence in sentences(Language::French.texts()) {
        for (n, sign) in sentence.char_indices().filter(|(_, c)| ";:?!%»".contains(*c)) {
            assert!(sentence[..n].ends_with('\u{A0}'), "before {sign}: {sentence}");
        }
        for (n, sign) in sentence.match_indices('«') {
            assert!(sentence[n + sign.len()..].starts_with('\u{A0}'), "{sentence}");
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
