//! One file a command. Each returns how the program ends, or the [`Problem`] that stopped it.

mod check;
mod count;
mod demo;
mod explain;
mod history;
mod indicators;
mod init;
mod plan;
mod run;
mod schedule;
mod shell;

use crate::Exit;
use crate::cli::{Cli, Command, Global};
use crate::problem::Problem;
use crate::tell::Screen;

pub use explain::{CellExplained, ExplainArgs, ExplainOf, RecordExplained, Shown};
pub use history::{HistoryArgs, HistoryOf};
pub use indicators::{IndicatorsArgs, IndicatorsOf};
pub use init::InitArgs;
pub use run::{Carried, How, carry_out, open, write_page};
pub use schedule::ScheduleArgs;
pub use shell::{CompletionsArgs, ManArgs};

/// What every command is given.
#[derive(Debug)]
pub struct Context {
    /// Options of every command.
    pub global: Global,
    /// Where it writes.
    pub screen: Screen,
}

/// Runs the command of a parsed command line to its end.
#[must_use]
pub fn run(cli: Cli) -> Exit {
    start_log(cli.global.verbose);
    let screen = Screen { json: cli.global.json, quiet: cli.global.quiet };
    let context = Context { global: cli.global, screen };
    // One thread is enough: the work waits for two servers, and counting is done between pages.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            screen.problem(
                &Problem::new(Exit::Bug, "the program cannot start its runtime").because(error),
            );
            return Exit::Bug;
        }
    };
    let ended = runtime.block_on(async {
        match cli.command {
            Command::Demo(args) => demo::run(&context, &args).await,
            Command::Init(args) => init::run(&context, &args).await,
            Command::Check(args) => check::run(&context, &args).await,
            Command::Explain(args) => explain::run(&context, &args).await,
            Command::Plan(args) => plan::run(&context, &args).await,
            Command::Run(args) => run::run(&context, &args).await,
            Command::History(args) => history::run(&context, &args),
            Command::Indicators(args) => indicators::run(&context, &args),
            Command::Count(args) => count::run(&context, &args).await,
            Command::Schedule(args) => schedule::run(&context, &args).await,
            Command::Completions(args) => Ok(shell::completions(&context, &args)),
            Command::Man(args) => shell::man(&context, &args),
        }
    });
    ended.unwrap_or_else(|problem| {
        screen.problem(&problem);
        problem.exit()
    })
}

/// Messages of the libraries on standard error: warnings always, more with `-v`; `RUST_LOG` overrides.
fn start_log(verbose: u8) {
    use tracing_subscriber::EnvFilter;
    let level = match verbose {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    // A second start in one process (tests) is no error.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .try_init();
}
