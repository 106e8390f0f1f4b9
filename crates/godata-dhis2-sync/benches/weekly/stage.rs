//! The servers of the measurement: one Go.Data with a long outbreak, and one DHIS2 for each program that fills it.
//!
//! ```sh
//! cargo run --release -p godata-dhis2-sync --example weekly-stage -- 100000 script ours
//! ```
//!
//! Says on the first line where the servers are, then answers each line of its input with a line of JSON:
//! `week N` reclassifies N cases, `take` tells requests and bytes since the last `take`, `compare` whether every
//! DHIS2 holds the same values. Ends with its input.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead as _, Write as _, stdin, stdout};

use chrono::NaiveDate;
use sandbox::dhis2::{Dhis2, Dhis2Version, WRITER_TOKEN};
use sandbox::godata::{EMAIL, Generator, GoData, Kind, PASSWORD, World};
use sandbox::server::{RequestLog, Server};
use serde_json::{Value, json};

struct Stage {
    godata: GoData,
    targets: BTreeMap<String, (Dhis2, Server)>,
    /// Cases that are reclassified, the next ones last.
    cases: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let n_cases = arguments.next().ok_or("usage: weekly-stage N_CASES NAME...")?.parse()?;
    let mut stage = Stage::new(n_cases, arguments)?;
    say(&stage.servers())?;
    for line in stdin().lock().lines() {
        let line = line?;
        let answer = match line.split_once(' ').unwrap_or((&line, "")) {
            ("week", n) => stage.week(n.parse()?),
            ("take", _) => stage.take(),
            ("compare", _) => stage.compare(),
            _ => return Err(format!("`{line}` is no command").into()),
        };
        say(&answer)?;
    }
    Ok(())
}

fn say(line: &Value) -> std::io::Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

impl Stage {
    /// A year of cases up to 28 February 2021; the sandbox's DHIS2 takes the Monday after it for today.
    fn new(n_cases: usize, names: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let how = Generator {
            n_cases,
            is_whole: true,
            first_day: NaiveDate::from_ymd_opt(2020, 3, 2).ok_or("a day")?,
            n_days: 364,
            ..Generator::default()
        };
        let godata = GoData::start(World::generated(&how))?;
        let mut targets = BTreeMap::new();
        for name in names {
            let dhis2 = Dhis2::atlantia(Dhis2Version::V2_42);
            let server = dhis2.start()?;
            targets.insert(name, (dhis2, server));
        }
        // Those of the last weeks, so that each change reaches a cell that is counted again.
        let cases = godata
            .records(Kind::Case)
            .into_iter()
            .filter(|case| case["dateOfReporting"].as_str() > Some("2020-12-14"))
            .filter_map(|case| case["id"].as_str().map(str::to_owned))
            .collect();
        Ok(Self { godata, targets, cases })
    }

    fn servers(&self) -> Value {
        let urls: BTreeMap<&str, &str> =
            self.targets.iter().map(|(name, (_, server))| (name.as_str(), server.url())).collect();
        json!({
            "goData": self.godata.url(),
            "email": EMAIL,
            "password": PASSWORD,
            "outbreak": self.godata.outbreak_id(),
            "dhis2": urls,
            "token": WRITER_TOKEN,
        })
    }

    /// What a week brings besides: cases turn out to be confirmed, or not.
    fn week(&mut self, n: usize) -> Value {
        for change in 0..n {
            let Some(id) = self.cases.pop() else { break };
            let class = if change % 2 == 0 { "CONFIRMED" } else { "NOT_A_CASE_DISCARDED" };
            self.godata.reclassify(&id, class);
        }
        json!({ "left": self.cases.len() })
    }

    fn take(&self) -> Value {
        let target = self.targets.values().map(|(_, server)| server.log());
        json!({ "goData": traffic([self.godata.server().log()]), "dhis2": traffic(target) })
    }

    fn compare(&self) -> Value {
        let mut held = self.targets.values().map(|(dhis2, _)| {
            let cells = dhis2.values().into_iter();
            let mut cells: Vec<_> = cells
                .map(|held| (held.data_element, held.period, held.org_unit, held.value))
                .collect();
            cells.sort();
            cells
        });
        let first = held.next().unwrap_or_default();
        json!({ "values": first.len(), "agree": held.all(|other| other == first) })
    }
}

/// Requests and bytes of the answers' bodies as sent; forgets them.
fn traffic<'l>(logs: impl IntoIterator<Item = &'l RequestLog>) -> Value {
    let (mut n_requests, mut n_bytes) = (0, 0);
    for log in logs {
        n_requests += log.n_requests();
        n_bytes += log.n_bytes_answered();
        log.clear();
    }
    json!({ "requests": n_requests, "bytes": n_bytes })
}
