//! What went wrong, as a person who has to act on it needs to read it.

use std::error::Error as StdError;
use std::fmt::{self, Write as _};

use crate::Exit;

/// An expected failure: the world is wrong, not the program.
///
/// It answers, in this order: what is wrong and what it costs, where, what to do next, and what has or has
/// not happened. Names of people never appear; passwords and tokens cannot, being
/// [`SecretString`](secrecy::SecretString)s.
#[derive(Debug)]
pub struct Problem {
    exit: Exit,
    what: String,
    facts: Vec<(&'static str, String)>,
    excerpt: Option<String>,
    next: Option<String>,
    state: State,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What had happened to DHIS2 when the program stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// No value was sent.
    NothingSent,
    /// Values were sent; the report and the ledger say which.
    Sent,
}

impl Problem {
    /// A problem of which nothing but the sentence is known yet.
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self {
            exit,
            what: what.into(),
            facts: Vec::new(),
            excerpt: None,
            next: None,
            state: State::NothingSent,
            source: None,
        }
    }

    /// The command line, the configuration or a mapping is wrong.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// A server could not be reached, refused, or lacks something.
    pub fn server(what: impl Into<String>) -> Self {
        Self::new(Exit::Server, what)
    }

    /// Adds a fact under a short name, such as `file` or `outbreak`.
    #[must_use]
    pub fn fact(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.facts.push((name, value.into()));
        self
    }

    /// Adds the place in a text where it is wrong, drawn for a terminal.
    #[must_use]
    pub fn excerpt(mut self, drawing: impl Into<String>) -> Self {
        self.excerpt = Some(drawing.into());
        self
    }

    /// Says what to do next, in the imperative.
    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// Says that values had been sent already.
    #[must_use]
    pub fn after_sending(mut self) -> Self {
        self.state = State::Sent;
        self
    }

    /// Keeps the error beneath, shown as `cause` and, with `-v`, with its whole chain.
    #[must_use]
    pub fn because(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// The exit code that belongs to it.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// The sentence that says what is wrong.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What to do next, if it is known.
    #[must_use]
    pub fn next_step(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// The whole message for a terminal, without colour; one line a fact.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = format!("error: {}\n", self.what);
        let mut line = |name: &str, value: &str| {
            for (i, part) in value.lines().enumerate() {
                let head =
                    if i == 0 && !name.is_empty() { format!("{name}:") } else { String::new() };
                let _ = writeln!(text, "  {head:<8} {part}");
            }
        };
        for (name, value) in &self.facts {
            line(name, value);
        }
        for (depth, cause) in self.causes().enumerate() {
            line(if depth == 0 { "cause" } else { "" }, &cause);
        }
        if let Some(next) = &self.next {
            line("next", next);
        }
        let state = match self.state {
            State::NothingSent => "nothing was sent",
            State::Sent => {
                "values had been sent before this; the list above and `history` say which"
            }
        };
        line("status", &format!("{state} (exit code {})", self.exit.code()));
        if let Some(excerpt) = &self.excerpt {
            text.push_str(excerpt);
            if !excerpt.ends_with('\n') {
                text.push('\n');
            }
        }
        text
    }

    /// The same as a JSON object, for `--json`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let facts: serde_json::Map<String, serde_json::Value> = self
            .facts
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone().into()))
            .collect();
        serde_json::json!({
            "type": "error",
            "exitCode": self.exit.code(),
            "message": self.what,
            "facts": facts,
            "causes": self.causes().collect::<Vec<_>>(),
            "next": self.next,
            "nothingSent": self.state == State::NothingSent,
        })
    }

    /// The errors beneath, outermost first; a text that repeats the one above it is left out.
    fn causes(&self) -> impl Iterator<Item = String> + '_ {
        let mut next: Option<&dyn StdError> =
            self.source.as_ref().map(|s| s.as_ref() as &dyn StdError);
        let mut last = String::new();
        std::iter::from_fn(move || {
            loop {
                let error = next?;
                next = error.source();
                let text = error.to_string();
                if text != last && !last.ends_with(&text) {
                    last.clone_from(&text);
                    return Some(text);
                }
            }
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl StdError for Problem {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as &(dyn StdError + 'static))
    }
}

/// What a stage of the program returns.
pub type Outcome<T> = Result<T, Problem>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_what_where_next_and_what_has_not_happened() {
        let problem = Problem::usage(
            "2 Go.Data locations have no DHIS2 organisation unit, so 17 cases have no place to go",
        )
        .fact("places", "Kailahun, Kenema")
        .fact("file", "places.csv")
        .because(std::io::Error::other("no such row"))
        .next("run `godata-dhis2-sync init --places` and check its proposals");

        assert_eq!(
            problem.render(),
            "error: 2 Go.Data locations have no DHIS2 organisation unit, so 17 cases have no place to go\n\
             \x20 places:  Kailahun, Kenema\n\
             \x20 file:    places.csv\n\
             \x20 cause:   no such row\n\
             \x20 next:    run `godata-dhis2-sync init --places` and check its proposals\n\
             \x20 status:  nothing was sent (exit code 2)\n"
        );
    }
}
