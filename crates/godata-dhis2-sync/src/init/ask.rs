//! Questions, which are only asked where somebody can answer.

use std::io::IsTerminal as _;

use crate::problem::{Outcome, Problem};

/// Whether somebody sits at the terminal.
#[must_use]
pub fn is_interactive() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// What `flag` was given, else the answer to `question`.
///
/// # Errors
///
/// When neither is to be had.
pub fn text(given: Option<&String>, flag: &'static str, question: &str) -> Outcome<String> {
    if let Some(given) = given {
        return Ok(given.clone());
    }
    if !is_interactive() {
        return Err(missing(flag));
    }
    dialoguer::Input::<String>::new()
        .with_prompt(question)
        .interact_text()
        .map_err(|error| unanswered(flag, error))
}

/// The number of the chosen line.
///
/// # Errors
///
/// When nobody can be asked; the message lists the choices.
pub fn one_of(flag: &'static str, question: &str, choices: &[String]) -> Outcome<usize> {
    if !is_interactive() {
        return Err(missing(flag).fact("choices", choices.join("\n")));
    }
    dialoguer::Select::new()
        .with_prompt(question)
        .items(choices)
        .default(0)
        .interact()
        .map_err(|error| unanswered(flag, error))
}

/// The numbers of the chosen lines.
///
/// # Errors
///
/// When nobody can be asked, or nothing was chosen.
pub fn some_of(flag: &'static str, question: &str, choices: &[String]) -> Outcome<Vec<usize>> {
    if !is_interactive() {
        return Err(missing(flag).fact("choices", choices.join("\n")));
    }
    let chosen = dialoguer::MultiSelect::new()
        .with_prompt(format!("{question} (space chooses, enter ends)"))
        .items(choices)
        .interact()
        .map_err(|error| unanswered(flag, error))?;
    if chosen.is_empty() { Err(missing(flag)) } else { Ok(chosen) }
}

/// Whether the answer is yes; no where nobody can be asked.
///
/// # Errors
///
/// When the terminal fails.
pub fn confirm(question: &str) -> Outcome<bool> {
    if !is_interactive() {
        return Ok(false);
    }
    dialoguer::Confirm::new()
        .with_prompt(question)
        .default(false)
        .interact()
        .map_err(|error| unanswered("--force", error))
}

fn missing(flag: &'static str) -> Problem {
    Problem::usage(format!("{flag} is missing, and there is no answer from a terminal"))
        .next(format!("give {flag}, or run `init` on a terminal to be asked"))
}

fn unanswered(flag: &'static str, error: dialoguer::Error) -> Problem {
    Problem::usage("the question was not answered").fact("instead of", flag).because(error)
}
