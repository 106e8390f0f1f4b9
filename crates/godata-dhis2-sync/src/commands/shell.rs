//! `completions` and `man`: what a packager installs beside the program, made from the command line itself.

use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::Context;
use crate::Exit;
use crate::cli::Cli;
use crate::problem::{Outcome, Problem};

/// `completions`.
#[derive(Debug, Clone, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

/// `man`.
#[derive(Debug, Clone, Args)]
pub struct ManArgs {
    /// Writes one page a command into this folder, instead of the main page to standard output
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

pub(super) fn completions(context: &Context, args: &CompletionsArgs) -> Exit {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut text);
    context.screen.write(&String::from_utf8_lossy(&text));
    Exit::Done
}

pub(super) fn man(context: &Context, args: &ManArgs) -> Outcome<Exit> {
    let Some(dir) = &args.dir else {
        context.screen.write(&page(Cli::command())?);
        return Ok(Exit::Done);
    };
    std::fs::create_dir_all(dir)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), dir))
        .map_err(|error| cannot_write(dir, error))?;
    Ok(Exit::Done)
}

fn page(command: clap::Command) -> Outcome<String> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command).render(&mut text).map_err(|error| {
        Problem::new(Exit::Bug, "the manual page cannot be put together").because(error)
    })?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn cannot_write(path: &Path, error: std::io::Error) -> Problem {
    Problem::usage("the manual pages cannot be written")
        .fact("path", path.display().to_string())
        .because(error)
        .next("name a folder that you may write to")
}
