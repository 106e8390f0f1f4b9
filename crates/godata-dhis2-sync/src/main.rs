//! The program: parse the command line, run the command, end with its exit code.

use std::process::ExitCode;

use clap::Parser as _;
use godata_dhis2_sync::cli::Cli;
use godata_dhis2_sync::commands;

fn main() -> ExitCode {
    commands::run(Cli::parse()).into()
}
