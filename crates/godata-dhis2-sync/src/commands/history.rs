//! `history`: what was sent, by which run, and what DHIS2 was told by a day. Asks no server.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use super::Context;
use crate::Exit;
use crate::config::Config;
use crate::ledger::{CellQuery, Ledger, LedgerError, RunId};
use crate::problem::{Outcome, Problem};
use crate::tell;

/// `history`.
#[derive(Debug, Clone, Args)]
pub struct HistoryArgs {
    /// What to show; without it, the list of runs
    #[command(subcommand)]
    pub of: Option<HistoryOf>,
    /// Shows what DHIS2 had been told by the end of this day (YYYY-MM-DD, UTC)
    #[arg(long, global = true, value_name = "DAY")]
    pub as_of: Option<NaiveDate>,
    /// Reads this ledger instead of the configuration's
    #[arg(long, global = true, value_name = "FILE")]
    pub ledger: Option<PathBuf>,
}

/// What `history` shows.
#[derive(Debug, Clone, Subcommand)]
pub enum HistoryOf {
    /// Shows one run: what was read and counted, each value and what became of it
    Show {
        /// The number of the run, as `history` lists it
        #[arg(value_name = "RUN")]
        run: RunId,
    },
    /// Shows every change of one cell, in all its categories
    Cell {
        /// The data element's DHIS2 id
        #[arg(value_name = "DATA_ELEMENT")]
        data_element: String,
        /// The period, such as 2020W30
        #[arg(value_name = "PERIOD")]
        period: String,
        /// The organisation unit's DHIS2 id
        #[arg(value_name = "ORG_UNIT")]
        org_unit: String,
    },
}

pub(super) fn run(context: &Context, args: &HistoryArgs) -> Outcome<Exit> {
    let path = match &args.ledger {
        Some(path) => path.clone(),
        None => Config::load(&context.global.config)?.ledger_path(),
    };
    let ledger = Ledger::open_existing(&path)?;
    let names = ledger.names()?;
    let (text, lines) = match (&args.of, args.as_of) {
        (None, None) => {
            let runs = ledger.runs()?;
            (tell::history::runs(&runs), tell::history::runs_json(&runs))
        }
        (None, Some(day)) => {
            let told = ledger.as_of(day)?;
            (tell::history::told(day, &told, &names), tell::history::told_json(day, &told, &names))
        }
        (Some(HistoryOf::Show { run }), None) => {
            let record = ledger.run(*run)?.ok_or(LedgerError::NoSuchRun(*run))?;
            (tell::history::run(&record, &names), tell::history::run_json(&record, &names))
        }
        (Some(HistoryOf::Show { .. }), Some(_)) => {
            return Err(Problem::usage("`--as-of` does not go with `history show`")
                .next("leave one of them out: `history --as-of DAY` shows the values by a day"));
        }
        (Some(HistoryOf::Cell { data_element, period, org_unit }), None) => {
            let query = CellQuery {
                data_element: data_element.clone(),
                period: period.as_str().into(),
                org_unit: org_unit.clone(),
            };
            let events = ledger.cell(&query)?;
            (tell::history::cell(&events, &names), tell::history::cells_json(&events, &names))
        }
        (Some(HistoryOf::Cell { data_element, period, org_unit }), Some(day)) => {
            let mut told = ledger.as_of(day)?;
            told.retain(|cell| {
                let address = &cell.address;
                address.data_element == *data_element
                    && address.period.as_str() == period
                    && address.org_unit == *org_unit
            });
            (tell::history::told(day, &told, &names), tell::history::told_json(day, &told, &names))
        }
    };
    lines.iter().for_each(|line| context.screen.emit(line));
    context.screen.say(text.trim_end());
    Ok(Exit::Done)
}
