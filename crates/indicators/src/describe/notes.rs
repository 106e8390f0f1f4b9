//! The notes of a library with the labels of a language.

use super::Language;
use crate::library::Notes;

/// The notes on an indicator, one a line, each after its label.
///
/// # Examples
///
/// ```
/// use std::collections::BTreeMap;
/// use indicators::{Language, describe_notes, library};
///
/// let outbreak = library("outbreak", &BTreeMap::new())?;
/// let notes = &outbreak.notes[&Language::Spanish]["Positive laboratory samples"];
/// assert_eq!(
///     describe_notes(notes, Language::Spanish),
///     "Numerador: Muestras con un resultado positivo, en el período en que se tomaron.\n\
///      No se cuenta: Muestras cuya fecha de toma no consta.\n\
///      Fuente: Go.Data: resultados de laboratorio, result",
/// );
/// # Ok::<(), indicators::LibraryError>(())
/// ```
#[must_use]
pub fn describe_notes(notes: &Notes, language: Language) -> String {
    let texts = language.texts();
    let notes = [
        (texts.numerator, Some(notes.numerator.as_str())),
        (texts.denominator, notes.denominator.as_deref()),
        (texts.exclusions, Some(notes.exclusions.as_str())),
        (texts.note_source, Some(notes.source.as_str())),
    ];
    let line = |(label, note): (&str, Option<&str>)| {
        note.map(|note| format!("{label}{} {note}", texts.colon))
    };
    notes.into_iter().filter_map(line).collect::<Vec<_>>().join("\n")
}
