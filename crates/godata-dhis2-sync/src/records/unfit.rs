//! Why a file cannot be counted from, for the person who exported it.

use std::io;
use std::path::Path;

use crate::problem::Problem;

/// What a file of records lacks or holds that makes its figures wrong. Never holds a value: cells are about people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub(super) struct Unfit {
    what: String,
    facts: Vec<(&'static str, String)>,
    next: String,
}

impl Unfit {
    /// What is wrong, and what to do.
    pub(super) fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), facts: Vec::new(), next: next.into() }
    }

    /// Adds where: a row, a record, a column.
    pub(super) fn at(mut self, name: &'static str, place: impl Into<String>) -> Self {
        self.facts.push((name, place.into()));
        self
    }

    pub(super) fn problem(self, path: &Path) -> Problem {
        let mut problem = Problem::usage(self.what).fact("file", path.display().to_string());
        for (name, place) in self.facts {
            problem = problem.fact(name, place);
        }
        problem.next(self.next)
    }
}

impl From<Unfit> for io::Error {
    fn from(unfit: Unfit) -> Self {
        Self::new(io::ErrorKind::InvalidData, unfit)
    }
}

/// The problem that an error of a reader is: what it says of itself, or that the file cannot be read.
pub(super) fn problem(what: &str, path: &Path, error: io::Error) -> Problem {
    match error.downcast::<Unfit>() {
        Ok(unfit) => unfit.problem(path),
        Err(error) => Problem::usage(format!("the file of {what} cannot be read to its end"))
            .fact("file", path.display().to_string())
            .because(error)
            .next("export it again: a file that ends early would give numbers that are too low"),
    }
}
