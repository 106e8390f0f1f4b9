//! Definitions in words, for the epidemiologist who signs them off.
//!
//! `sentences` chooses what is said, `condition` puts conditions into words, `glossary` knows
//! fields and values, and each language is one table of sentences with gaps. The sentences are
//! built so that what fills a gap never has to agree with what stands around it.

mod condition;
mod english;
mod french;
mod glossary;
mod language;
mod notes;
mod portuguese;
mod sentences;
mod spanish;
mod texts;

use crate::Source;

pub use language::{Language, UnknownLanguage};
pub use notes::describe_notes;
pub use sentences::describe;

/// What people call a field of a kind of records, with its article: in English, French, Spanish and Portuguese, as far
/// as [`describe`] knows the field.
///
/// ```
/// let names: Vec<_> = indicators::names_of_field(indicators::Source::Cases, "gender").collect();
/// assert_eq!(names, ["the sex", "le sexe", "el sexo", "o sexo"]);
/// ```
pub fn names_of_field(source: Source, path: &str) -> impl Iterator<Item = &'static str> {
    Language::ALL
        .into_iter()
        .filter_map(move |language| glossary::field(source, path, language.texts().column))
}

#[cfg(test)]
mod tests;
