//! Reading the configuration file, with errors that show the line.

use std::path::{Path, PathBuf};

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource,
    Report as Diagnostic,
};

use super::File;
use crate::problem::{Outcome, Problem};

/// A configuration file that was read and checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// What the file says.
    pub file: File,
    /// Where it was read; paths in it are relative to its folder.
    pub path: PathBuf,
}

impl Config {
    /// Reads and checks the file at `path`.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is no TOML, holds an unknown key, or contradicts itself. The message shows the
    /// line and, for a key that is nearly right, the one that was meant.
    pub fn load(path: &Path) -> Outcome<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Problem::usage("the configuration file cannot be read")
                .fact("file", path.display().to_string())
                .because(error)
                .next("name it with --config, or make one with `godata-dhis2-sync init`")
        })?;
        Self::parse(&text, path)
    }

    /// The same for a text that is already in memory; `path` is its name in messages.
    ///
    /// # Errors
    ///
    /// See [`load`](Self::load).
    pub fn parse(text: &str, path: &Path) -> Outcome<Self> {
        let file: File =
            toml::from_str(text).map_err(|error| syntax_problem(text, path, &error))?;
        let config = Self { file, path: path.to_owned() };
        config.check()?;
        Ok(config)
    }

    /// The folder against which paths in the file are resolved.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// Where the ledger is: as configured, else beside the configuration, with the ending `.ledger`.
    #[must_use]
    pub fn ledger_path(&self) -> PathBuf {
        match &self.file.ledger {
            Some(path) => self.resolve(path),
            None => self.path.with_extension("ledger"),
        }
    }

    /// A path of the file, made absolute or relative to the working directory.
    #[must_use]
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.folder().join(path)
    }

    /// The first password that is not configured, so that the person at the terminal is asked for it.
    #[must_use]
    pub fn asks_for(&self) -> Option<&'static str> {
        let godata = self.file.godata.as_ref().filter(|godata| godata.password.is_none());
        let dhis2 = self
            .file
            .dhis2
            .as_ref()
            .filter(|dhis2| dhis2.token.is_none() && dhis2.password.is_none());
        godata.map(|_| "godata.password").or(dhis2.map(|_| "dhis2.password"))
    }

    fn check(&self) -> Outcome<()> {
        let wrong =
            |what: String| Problem::usage(what).fact("file", self.path.display().to_string());
        if self.file.report.is_empty() {
            return Err(wrong("no [[report]] says what to count".into())
                .next("add a [[report]] with a data_set and at least one [[report.value]]"));
        }
        for (i, report) in self.file.report.iter().enumerate() {
            let name = report.data_set.clone().unwrap_or_else(|| format!("number {}", i + 1));
            if report.value.is_empty() && report.library.is_none() {
                return Err(wrong(format!("report {name} names no indicator"))
                    .next("add a [[report.value]] below it, or `library = \"covid19\"`"));
            }
            if let Some(kind) = &report.period
                && let Err(error) = kind.parse::<dhis2_client::PeriodType>()
            {
                return Err(wrong(format!("report {name}: `{kind}` is no period type"))
                    .because(error)
                    .next("write one of DHIS2's, such as `Daily`, `Weekly` or `Monthly`"));
            }
            report
                .check_outbreaks(&name)
                .map_err(|problem| problem.fact("file", self.path.display().to_string()))?;
            if self.file.godata.is_some() && self.file.outbreaks_of(report).is_empty() {
                return Err(wrong(format!("report {name} is of no outbreak")).next(
                    "add `outbreak = \"…\"` to [godata], or a [[report.outbreak]] to this report",
                ));
            }
        }
        if let Some(godata) = &self.file.godata {
            godata.time_zone()?;
        }
        if let Some(dhis2) = &self.file.dhis2
            && dhis2.token.is_some() == dhis2.username.is_some()
        {
            return Err(wrong("[dhis2] needs either `token` or `username`".into())
                .next("a personal access token is best: token = { env = \"DHIS2_TOKEN\" }"));
        }
        Ok(())
    }
}

impl super::GoData {
    /// The time zone in which a moment becomes a day.
    ///
    /// # Errors
    ///
    /// When the name is not in the IANA time zone database.
    pub fn time_zone(&self) -> Outcome<chrono_tz::Tz> {
        self.time_zone.parse().map_err(|_| {
            let hint = did_you_mean(&self.time_zone, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
            Problem::usage(format!("`{}` is no time zone{hint}", self.time_zone))
                .fact("key", "godata.time_zone")
                .next("write a name such as `UTC` or `Africa/Kinshasa`: the zone that the Go.Data server is set to")
        })
    }
}

/// The name closest to `wrong`, if one is close enough to be what was meant.
fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&wrong, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= (name.len().max(wrong.len()) / 3).max(1))
        .min_by_key(|(distance, name)| (*distance, name.len()))
        .map(|(_, name)| name)
}

/// `; did you mean …?` for the end of a sentence, or nothing where no name is near.
pub(crate) fn did_you_mean<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wrong, names).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

fn syntax_problem(text: &str, path: &Path, error: &toml::de::Error) -> Problem {
    let message = error.message().to_owned();
    let span = error.span().unwrap_or(0..0);
    let line = text[..span.start.min(text.len())].matches('\n').count() + 1;
    let help = unknown_name(&message)
        .and_then(|(wrong, known)| {
            nearest(&wrong, known.iter().map(String::as_str)).map(str::to_owned)
        })
        .map(|name| format!("did you mean `{name}`?"));
    let first = message.lines().next().unwrap_or_default().to_owned();
    let mut diagnostic = MietteDiagnostic::new(first.clone()).with_label(LabeledSpan::new(
        Some("here".to_owned()),
        span.start,
        span.len().max(1),
    ));
    diagnostic.help.clone_from(&help);
    let diagnostic = Diagnostic::from(diagnostic)
        .with_source_code(NamedSource::new(path.display().to_string(), text.to_owned()));
    let mut drawing = String::new();
    let drawn = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_width(100)
        .render_report(&mut drawing, diagnostic.as_ref());
    let problem = Problem::usage(format!("the configuration cannot be read: {first}"))
        .fact("file", format!("{}, line {line}", path.display()))
        .next(help.unwrap_or_else(|| {
            "correct this line; `docs/configuration.md` lists every key".to_owned()
        }));
    if drawn.is_ok() { problem.excerpt(drawing) } else { problem }
}

/// The unknown name in serde's message and the names that would have been right.
fn unknown_name(message: &str) -> Option<(String, Vec<String>)> {
    let rest = message.strip_prefix("unknown ")?;
    let mut quoted = rest.split('`').skip(1).step_by(2).map(str::to_owned);
    let wrong = quoted.next()?;
    let known: Vec<String> = quoted.collect();
    (!known.is_empty()).then_some((wrong, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        Config::parse(text, Path::new("sync.toml")).expect_err("must be refused").render()
    }

    #[test]
    fn a_mistyped_key_names_the_line_and_the_key_that_was_meant() {
        let text = message("[[report]]\ndata_set = \"kIfMNugiTgd\"\nwindov = \"12 periods\"\n");

        assert!(text.contains("sync.toml, line 3"), "{text}");
        assert!(text.contains("did you mean `window`?"), "{text}");
        assert!(text.contains("nothing was sent (exit code 2)"), "{text}");
    }

    #[test]
    fn malformed_toml_names_the_line() {
        let text = message("[godata]\nurl = \"https://x\n");

        assert!(text.contains("sync.toml, line 2"), "{text}");
    }

    #[test]
    fn a_report_without_indicators_is_refused() {
        assert!(message("[[report]]\ndata_set = \"kIfMNugiTgd\"\n").contains("names no indicator"));
    }

    #[test]
    fn a_mistyped_time_zone_gets_a_suggestion() {
        let text = message(
            "[godata]\nurl = \"https://x\"\nusername = \"u\"\noutbreak = \"o\"\ntime_zone = \"Africa/Kinsasha\"\n[[report]]\nlibrary = \"covid19\"\n",
        );

        assert!(text.contains("did you mean `Africa/Kinshasa`?"), "{text}");
    }
}
