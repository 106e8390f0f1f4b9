//! Asking for a secret on a terminal, when the configuration names no place for it.

use std::io::IsTerminal as _;
use std::path::Path;

use secrecy::SecretString;

use crate::config::SecretPlace;
use crate::problem::{Outcome, Problem};

/// The secret at `place`, or asked for when there is none and a person sits at the terminal.
///
/// # Errors
///
/// When the place cannot be read, or there is neither a place nor a terminal.
pub(crate) fn secret(
    place: Option<&SecretPlace>,
    key: &str,
    question: &str,
    folder: &Path,
) -> Outcome<SecretString> {
    if let Some(place) = place {
        return place.read(key, folder);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Problem::usage(format!(
            "{key} is not configured, and there is no terminal to ask on"
        ))
        .next(format!(
            "write {key} = {{ env = \"…\" }} or {{ file = \"…\" }} into the configuration"
        )));
    }
    dialoguer::Password::new().with_prompt(question).interact().map(SecretString::from).map_err(
        |error| Problem::usage(format!("{key} could not be read from the terminal")).because(error),
    )
}
