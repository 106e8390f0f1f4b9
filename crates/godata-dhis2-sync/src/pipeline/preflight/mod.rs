//! Everything that can be known to go wrong before a record is counted.

mod check;
mod clock;
mod files;
mod godata;
mod places;
mod report;

pub use check::{Check, Status};

use super::{Input, Work};
use crate::Exit;
use crate::problem::{Outcome, Problem};

impl Work {
    /// Looks at both servers and every report; of records only numbers are asked for, and nothing is sent.
    ///
    /// # Errors
    ///
    /// When a server stops answering.
    pub async fn preflight(&self) -> Outcome<Vec<Check>> {
        let mut checks = Vec::new();
        match &self.input {
            Input::Files(folder) => checks.extend(files::files(folder, &self.prepared)),
            Input::Server(reader) => {
                checks.extend(godata::scope(reader).await?);
                checks.push(godata::version(reader).await?);
                checks.extend(clock::clock("Go.Data", reader.clock_ahead()));
                checks.extend(godata::records(reader, &self.prepared).await);
                checks.extend(godata::named_values(reader, &self.prepared).await?);
                checks.extend(godata::fields(reader, &self.prepared).await);
            }
        }
        checks.extend(places::places(&self.locations, &self.mapping));
        if let Some(target) = &self.target {
            checks.push(report::server(target));
            checks.extend(clock::clock("DHIS2", target.client.clock_ahead()));
            for prepared in &self.prepared {
                add(&mut checks, report::report(target, prepared));
            }
        }
        Ok(checks)
    }

    /// The part of the preflight without which a run would read too little or send in vain. It asks as little as
    /// possible: one call for each outbreak.
    ///
    /// # Errors
    ///
    /// When the account sees only a part of the records, or DHIS2 would refuse every value; `accept` lets the first
    /// pass.
    pub async fn gate(&self, accept: bool) -> Outcome<Vec<String>> {
        let mut narrowed = match &self.input {
            Input::Files(_) => Vec::new(),
            Input::Server(reader) => godata::scope(reader).await?,
        };
        narrowed.retain(|check| check.stops);
        let mut refused: Vec<Check> = Vec::new();
        if let Some(target) = &self.target {
            for prepared in &self.prepared {
                add(&mut refused, report::report(target, prepared));
            }
        }
        refused.retain(|check| check.stops);
        if let Some(first) = refused.first() {
            return Err(stopped(Exit::Server, "DHIS2 would refuse every value", &refused, first));
        }
        if accept {
            return Ok(narrowed.into_iter().map(|check| check.found).collect());
        }
        match narrowed.first() {
            None => Ok(Vec::new()),
            Some(first) => Err(stopped(
                Exit::Guard,
                "this run would count only a part of the records",
                &narrowed,
                first,
            )),
        }
    }
}

/// Adds what was found of one more report; what is said of the account or the server is said once.
fn add(checks: &mut Vec<Check>, more: Vec<Check>) {
    for check in more {
        if !checks.contains(&check) {
            checks.push(check);
        }
    }
}

fn stopped(exit: Exit, what: &str, found: &[Check], first: &Check) -> Problem {
    let list: Vec<String> = found
        .iter()
        .map(|check| match &check.code {
            Some(code) => format!("{}: {} [{code}]", check.subject, check.found),
            None => format!("{}: {}", check.subject, check.found),
        })
        .collect();
    let next = first.remedy.clone().unwrap_or_else(|| "see `check`".to_owned());
    let next = match exit {
        Exit::Guard => format!("{next}; if a part is what you want, run again with --accept"),
        _ => next,
    };
    Problem::new(exit, what).fact("found", list.join("\n")).next(next)
}
