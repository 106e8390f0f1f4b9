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
mod portuguese;
mod sentences;
mod spanish;
mod texts;

pub use language::{Language, UnknownLanguage};
pub use sentences::describe;

#[cfg(test)]
mod tests;
