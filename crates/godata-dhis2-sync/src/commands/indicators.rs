//! `indicators`: what the libraries and the configuration count, in words, and worked files that prove it. Asks no
//! server.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use indicators::{Given, Language, WorkedFile, WorkedOutcome};

use super::Context;
use crate::Exit;
use crate::catalogue::{self, Group};
use crate::config::Config;
use crate::problem::{Outcome, Problem};
use crate::tell;

/// `indicators`.
#[derive(Debug, Clone, Args)]
pub struct IndicatorsArgs {
    /// What to do with them
    #[command(subcommand)]
    pub what: IndicatorsOf,
}

/// What `indicators` does.
#[derive(Debug, Clone, Subcommand)]
pub enum IndicatorsOf {
    /// Lists the indicators of the configuration, if there is one, and of the ready libraries
    List {
        /// Lists this library only
        #[arg(long, value_name = "NAME")]
        library: Option<String>,
    },
    /// Describes indicators in plain words, for sign-off by an epidemiologist
    Describe {
        /// Names or codes of indicators; without any, all of the configuration, else of the libraries
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// Describes the indicators of this library
        #[arg(long, value_name = "NAME")]
        library: Option<String>,
        /// The language: en, fr, es or pt
        #[arg(short, long, value_name = "LANGUAGE", default_value = "en")]
        language: Language,
    },
    /// Counts the records of worked files and compares with the cells they expect
    Test {
        /// Worked files, in TOML or JSON
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
        /// Tests the indicators of this data set's report only, for files that name none of their own
        #[arg(long, value_name = "DATA_SET")]
        report: Option<String>,
    },
}

pub(super) fn run(context: &Context, args: &IndicatorsArgs) -> Outcome<Exit> {
    match &args.what {
        IndicatorsOf::List { library } => {
            let groups = chosen(context, library.as_deref(), Without::All)?;
            tell::indicators::list_json(&groups).iter().for_each(|line| context.screen.emit(line));
            context.screen.say(tell::indicators::list(&groups).trim_end());
            Ok(Exit::Done)
        }
        IndicatorsOf::Describe { names, library, language } => {
            let without = if names.is_empty() { Without::Configured } else { Without::All };
            let mut groups = chosen(context, library.as_deref(), without)?;
            if !names.is_empty() {
                groups = catalogue::named(groups, names)?;
            }
            tell::indicators::describe_json(&groups, *language)
                .iter()
                .for_each(|line| context.screen.emit(line));
            context.screen.say(tell::indicators::describe(&groups, *language).trim_end());
            Ok(Exit::Done)
        }
        IndicatorsOf::Test { files, report } => test(context, files, report.as_deref()),
    }
}

/// Which groups are meant when no library is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Without {
    /// The configuration's and every library.
    All,
    /// The configuration's; every library where there is no configuration.
    Configured,
}

fn chosen(context: &Context, library: Option<&str>, without: Without) -> Outcome<Vec<Group>> {
    if let Some(name) = library {
        return Ok(vec![catalogue::library(name)?]);
    }
    let mut groups = match configuration(context)? {
        Some(config) => catalogue::configured(&config)?,
        None => Vec::new(),
    };
    if groups.is_empty() || without == Without::All {
        groups.extend(catalogue::libraries()?);
    }
    Ok(groups)
}

/// The configuration, unless there is none and none was asked for.
fn configuration(context: &Context) -> Outcome<Option<Config>> {
    let path = &context.global.config;
    if path == Path::new("sync.toml") && !path.exists() {
        return Ok(None);
    }
    Config::load(path).map(Some)
}

fn test(context: &Context, files: &[PathBuf], report: Option<&str>) -> Outcome<Exit> {
    let mut groups = match configuration(context)? {
        Some(config) => catalogue::configured(&config)?,
        None => Vec::new(),
    };
    if let Some(wanted) = report {
        let known: Vec<String> = groups.iter().filter_map(|group| group.data_set.clone()).collect();
        groups.retain(|group| group.data_set.as_deref() == Some(wanted));
        if groups.is_empty() {
            return Err(Problem::usage(format!("no report has the data set `{wanted}`"))
                .fact("known", known.join("\n"))
                .next("name a `data_set` of the configuration, as it is written there"));
        }
    }
    let (given, repeated) = given(groups);
    if !repeated.is_empty() {
        context.screen.note(format!(
            "warning: {} stand in several reports; the first is tested, `--report` chooses another",
            repeated.join(", ")
        ));
    }
    let mut n_failed = 0;
    for path in files {
        let outcome = worked(path, &given);
        let passed = outcome.as_ref().is_ok_and(WorkedOutcome::passed);
        n_failed += usize::from(!passed);
        match outcome {
            Ok(outcome) => {
                context.screen.emit(&tell::indicators::worked_json(path, &outcome));
                context.screen.say(tell::indicators::worked(path, &outcome));
            }
            Err(problem) => context.screen.problem(&problem),
        }
    }
    context.screen.say(tell::indicators::worked_sum(files.len(), n_failed));
    Ok(if n_failed == 0 { Exit::Done } else { Exit::Usage })
}

/// The indicators of all groups, each name once, and the names that were there again.
fn given(groups: Vec<Group>) -> (Given, Vec<String>) {
    let mut given = Given::default();
    let mut repeated = Vec::new();
    for group in groups {
        for (name, breakdown) in group.breakdowns {
            given.breakdowns.entry(name).or_insert(breakdown);
        }
        for definition in group.definitions {
            if given.definitions.iter().any(|known| known.indicator == definition.indicator) {
                repeated.push(format!("`{}`", definition.indicator));
            } else {
                given.definitions.push(definition);
            }
        }
    }
    (given, repeated)
}

fn worked(path: &Path, given: &Given) -> Outcome<WorkedOutcome> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Problem::usage("a worked file cannot be read").fact("file", file.clone()).because(error)
    })?;
    let is_json = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
    let read = if is_json { WorkedFile::from_json(&text) } else { WorkedFile::from_toml(&text) };
    read.and_then(|worked| worked.run(given)).map_err(|error| {
        Problem::usage("a worked file cannot be run")
            .fact("file", file)
            .because(error)
            .next("`docs/indicators-command.md` shows a worked file with every key")
    })
}
