//! The command line.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::{CompletionsArgs, HistoryArgs, ManArgs, ScheduleArgs};
use crate::config::Window;
use crate::pipeline::Options;

/// Count indicators in WHO Go.Data and make DHIS2 hold exactly those numbers.
#[derive(Debug, Parser)]
#[command(name = "godata-dhis2-sync", version, about, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
    /// What holds for every command
    #[command(flatten)]
    pub global: Global,
}

const EXIT_CODES: &str = "Exit codes:
  0  done
  1  a bug in this program
  2  the command line, the configuration or a mapping is wrong; nothing was sent
  3  a server could not be reached, refused the login or lacks what is configured
  4  DHIS2 refused some values; all others were stored
  5  stopped by a guard before anything was sent
  6  another run is active for this target
  7  stopped by a signal before everything was sent; the next run goes on where it ended";

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The configuration file
    #[arg(
        short,
        long,
        global = true,
        value_name = "FILE",
        default_value = "sync.toml",
        env = "GODATA_DHIS2_CONFIG"
    )]
    pub config: PathBuf,
    /// Writes JSON lines to standard output, for programs
    #[arg(long, global = true)]
    pub json: bool,
    /// Shows what is done; twice, each request
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Shows no progress
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs the main job on a recorded outbreak, with both servers inside this process
    Demo(Demo),
    /// Writes a configuration and a table of places from what the two servers say
    Init(crate::commands::InitArgs),
    /// Checks both servers and the configuration; sends nothing
    Check(Work),
    /// Shows every cell that would change in DHIS2; sends nothing
    Plan(Plan),
    /// Makes DHIS2 hold the numbers that follow from the records now
    Run(Run),
    /// Lists the records in a cell, or says why a record is in none; asks, sends nothing
    Explain(crate::commands::ExplainArgs),
    /// Counts, and writes the cells; asks no DHIS2
    Count(Count),
    /// Shows what was sent to DHIS2, by which run; asks no server
    History(HistoryArgs),
    /// Runs by itself whenever a run is due, and shows how it goes on a status page
    Schedule(ScheduleArgs),
    /// Writes the completions of a shell to standard output
    Completions(CompletionsArgs),
    /// Writes the manual page
    Man(ManArgs),
    /// Lists, describes and tests indicators; asks no server
    Indicators(crate::commands::IndicatorsArgs),
}

/// `demo`.
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// The version of DHIS2 that is imitated
    #[arg(long, value_name = "VERSION", default_value = "2.42")]
    pub dhis2_version: String,
    /// Keeps the configuration that the demo uses in this folder
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// Which records, periods and reports.
#[derive(Debug, Clone, Args)]
pub struct Work {
    /// Reads records from the files in this folder instead of from Go.Data
    #[arg(long, value_name = "DIR")]
    pub records: Option<PathBuf>,
    /// Counts these periods: `12 periods`, `3 months`, `2020W35..2021W8`, `2020W40` or `all`
    #[arg(long, value_name = "WINDOW")]
    pub periods: Option<Window>,
    /// Works on the report of this data set only; may be given again
    #[arg(long = "report", value_name = "DATA_SET")]
    pub reports: Vec<String>,
    /// Takes this as the day of the run (YYYY-MM-DD)
    #[arg(long, value_name = "DAY")]
    pub today: Option<NaiveDate>,
}

impl Work {
    /// As the stages want it.
    #[must_use]
    pub fn options(&self) -> Options {
        Options {
            records: self.records.clone(),
            window: self.periods.clone(),
            today: self.today,
            reports: self.reports.clone(),
        }
    }
}

/// `plan`.
#[derive(Debug, Clone, Args)]
pub struct Plan {
    /// What to work on
    #[command(flatten)]
    pub work: Work,
    /// Lists every cell, also in long plans and those that stay as they are
    #[arg(long)]
    pub all: bool,
    /// Writes the plan to this file, for `run --plan`
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Writes the plan as an HTML page to this file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// `run`.
#[derive(Debug, Clone, Args)]
pub struct Run {
    /// What to work on
    #[command(flatten)]
    pub work: Work,
    /// Lets DHIS2 check every value and store none
    #[arg(long)]
    pub dry_run: bool,
    /// Goes on where a guard would stop: the drop or the missing records are right
    #[arg(long)]
    pub accept: bool,
    /// Carries out exactly this plan, or refuses when the servers have moved on
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// Writes the report of the run as an HTML page to this file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// `count`.
#[derive(Debug, Clone, Args)]
pub struct Count {
    /// What to work on
    #[command(flatten)]
    pub work: Work,
    /// How the cells are written
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Writes to this file instead of to standard output
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// How cells are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// One JSON object with cells, left-out records and numbers of records read
    Json,
    /// One line a cell, for a spreadsheet
    Csv,
    /// JSON data value set for DHIS2's import: what changes; asks DHIS2 what it holds
    Dxf,
    /// ADX for DHIS2's import: what changes; asks DHIS2 what it holds
    Adx,
    /// CSV for DHIS2's import: what changes; asks DHIS2 what it holds
    #[value(name = "dhis2-csv")]
    Dhis2Csv,
}
