//! Counts confirmed cases by day and place with this crate, as its peers beside it do.
//!
//! ```sh
//! cargo run --release -p indicators --example count-indicators -- day|week|ten cases.json OUT.csv
//! ```
//!
//! `day` counts by day and place, as the peers do. `week` counts the same cases as a report does, by
//! week and district; `ten` counts nine more indicators in the same pass: other classes, deaths,
//! admissions, people in hospital, health workers, a median delay, and splits by age and sex.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a program for measurements")]

use std::error::Error;
use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::time::Instant;

use chrono::{Days, NaiveDate};
use indicators::{
    Breakdowns, Definition, Engine, Location, PeriodSpan, Places, RollUp, Setup, Source, Timeline,
};
use serde::Deserialize;

const INDICATORS: &str = r#"
    [[value]]
    indicator = "Confirmed cases"
    where = { classification = "CONFIRMED" }

    [[value]]
    indicator = "Probable cases"
    where = { classification = "PROBABLE" }

    [[value]]
    indicator = "Cases but discarded"
    where = { classification = { neq = "NOT_A_CASE_DISCARDED" } }

    [[value]]
    indicator = "Deaths"
    where = { classification = { inq = ["CONFIRMED", "PROBABLE"] }, outcomeId = "DECEASED" }
    date = "dateOfOutcome"

    [[value]]
    indicator = "Admissions"
    each = "dateRanges"
    where = { "dateRanges.typeId" = "HOSPITALIZATION" }
    date = "dateRanges.startDate"
    only = "first"

    [[value]]
    indicator = "In hospital"
    each = "dateRanges"
    where = { "dateRanges.typeId" = "HOSPITALIZATION" }
    date = "dateRanges.startDate"
    until = ["dateRanges.endDate", "dateOfOutcome"]
    timing = "current"

    [[value]]
    indicator = "Health workers"
    where = { classification = "CONFIRMED", occupation = "HEALTH_CARE_WORKER" }

    [[value]]
    indicator = "Delay"
    where = { classification = "CONFIRMED" }
    measure = { median = { from = "dateOfOnset", to = "dateOfReporting" } }

    [[value]]
    indicator = "Confirmed by age and sex"
    where = { classification = "CONFIRMED" }
    by = { Age = "age_group", Sex = "gender" }

    [[value]]
    indicator = "Suspect, so far"
    where = { classification = "SUSPECT" }
    timing = "cumulative"

    [breakdown.age_group]
    field = "age.years"
    bands = ["0-4", "5-14", "15-49", "50+"]
    missing = "unknown"

    [breakdown.gender]
    field = "gender"
    missing = "unknown"
"#;

#[derive(Deserialize)]
struct Configuration {
    value: Vec<Definition>,
    breakdown: Breakdowns,
}

/// Every day that the generated export may hold.
fn days(n_days: usize) -> Vec<PeriodSpan> {
    let begin = NaiveDate::default() + Days::new(18_322);
    let span = |day: NaiveDate| PeriodSpan { id: day.to_string(), first_day: day, last_day: day };
    begin.iter_days().take(n_days).map(span).collect()
}

fn weeks(n_weeks: u64) -> Vec<PeriodSpan> {
    let begin = NaiveDate::default() + Days::new(18_322);
    let week = |n: u64| {
        let first_day = begin + Days::new(7 * n);
        PeriodSpan { id: first_day.to_string(), first_day, last_day: first_day + Days::new(6) }
    };
    (0..n_weeks).map(week).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, file, out] = arguments.as_slice() else {
        return Err("usage: count-indicators day|week|ten FILE OUT".into());
    };
    let configuration: Configuration = toml::from_str(INDICATORS)?;
    let mut definitions = configuration.value;
    let (periods, n_definitions, by_district) = match what.as_str() {
        "day" => (days(731), 1, false),
        "week" => (weeks(104), 1, true),
        "ten" => (weeks(104), 10, true),
        other => return Err(format!("`{other}` is none of day, week, ten").into()),
    };
    definitions.truncate(n_definitions);
    // Part of the set-up, as the location tree is in a real run. Ten places make a district.
    let ids = std::fs::read_to_string(format!("{file}.places"))?;
    let locations = ids.lines().enumerate().map(|(n, id)| Location {
        id: id.to_owned(),
        org_unit: Some(if by_district { format!("district {}", n / 10) } else { id.to_owned() }),
        ..Location::default()
    });
    let places = Places::new(locations.collect(), RollUp::ItselfOnly);

    let start = Instant::now();
    let mut setup = Setup::new(Timeline::new(periods)?, places);
    setup.definitions = definitions;
    setup.breakdowns = configuration.breakdown;
    let engine = Engine::compile(setup)?;
    let people = engine.people();
    let mut counter = engine.counter(&people);
    let mut input = File::open(file)?;
    let mut feed = counter.feed(Source::Cases);
    loop {
        let n = input.read(feed.space())?;
        if n == 0 {
            break;
        }
        feed.filled(n)?;
    }
    feed.finish()?;
    let cells = engine.cells(&counter.into_cube());
    let seconds = start.elapsed().as_secs_f64();

    let mut lines: Vec<String> = Vec::with_capacity(cells.len());
    for cell in &cells {
        let mut line = String::new();
        writeln!(line, "{},{},{}", cell.period, cell.org_unit, cell.value)?;
        lines.push(line);
    }
    lines.sort_unstable();
    std::fs::write(out, lines.concat())?;
    println!("{{\"seconds\":{seconds},\"cells\":{}}}", lines.len());
    Ok(())
}
