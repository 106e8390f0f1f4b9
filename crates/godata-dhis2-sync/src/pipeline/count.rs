//! Counting: every record once, into every report's cube.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use indicators::{Cell, Cube, People, Source};
use serde::Serialize;

use super::Prepared;
use super::look::Onlooker;
use super::quality::RecordFinding;
use super::read::{Input, ReadProgress};
use crate::problem::Outcome;

/// What the records of a run come to.
#[derive(Debug)]
pub struct Counted {
    /// One cube a report, in the reports' order.
    pub cubes: Vec<Cube>,
    /// The people that follow-ups, lab results and relationships are joined to, one table a report.
    pub people: Vec<People>,
    /// How many records of each kind were read.
    pub read: BTreeMap<Source, u64>,
    /// How many of them are of each report's outbreaks, in the reports' order.
    pub read_for: Vec<BTreeMap<Source, u64>>,
    /// How many the server itself counted for the same conditions, where records came from a server.
    pub expected: BTreeMap<Source, u64>,
    /// How many bytes they were, decompressed.
    pub n_bytes: u64,
    /// The cells of each report: made once, for the terminal, JSON, the page, the plan and the ledger.
    cells: Vec<OnceLock<Vec<Cell>>>,
    /// What is odd about the records, made once.
    pub(super) findings: OnceLock<Vec<RecordFinding>>,
}

/// A line of the list of records that are in no cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOutLine {
    /// The report, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// The indicator.
    pub indicator: String,
    /// Why, as a stable id such as `no-date`.
    pub reason: String,
    /// How many records (or occurrences, for indicators over lists).
    pub n: u64,
}

impl Counted {
    /// Reads every record kind that a report needs, once, and counts it for all of them.
    ///
    /// # Errors
    ///
    /// When a file or the server cannot be read to its end. A single unreadable record is no error: it is
    /// counted as unreadable and the rest goes on.
    pub(super) async fn count(
        input: &Input,
        prepared: &[Prepared],
        mut onlooker: Onlooker<'_>,
        progress: &mut dyn FnMut(ReadProgress),
    ) -> Outcome<Self> {
        let mut counted = Self {
            cubes: prepared.iter().map(|report| report.engine.cube()).collect(),
            people: prepared.iter().map(|report| report.engine.people()).collect(),
            read: BTreeMap::new(),
            read_for: vec![BTreeMap::new(); prepared.len()],
            expected: BTreeMap::new(),
            n_bytes: 0,
            cells: prepared.iter().map(|_| OnceLock::new()).collect(),
            findings: OnceLock::new(),
        };
        for source in sources(prepared) {
            let pass = input.pass(source, prepared, &mut counted, &mut onlooker, progress).await?;
            counted.read.insert(source, pass.n_records);
            let of_reports = counted.read_for.iter_mut().zip(prepared).zip(pass.n_by_report);
            for ((of_report, _), n) in of_reports.filter(|((_, report), _)| report.reads(source)) {
                of_report.insert(source, n);
            }
            counted.expected.extend(pass.expected.map(|n| (source, n)));
            counted.n_bytes += pass.n_bytes;
        }
        Ok(counted)
    }

    /// The cells of a report, in order.
    #[must_use]
    pub fn cells(&self, prepared: &[Prepared], n: usize) -> &[Cell] {
        self.cells[n].get_or_init(|| prepared[n].engine.cells(&self.cubes[n]))
    }

    /// The records in no cell, of all reports, by indicator and reason.
    #[must_use]
    pub fn left_out(&self, prepared: &[Prepared]) -> Vec<LeftOutLine> {
        prepared
            .iter()
            .zip(&self.cubes)
            .flat_map(|(report, cube)| {
                report.engine.left_out(cube).into_iter().map(move |line| (report, line))
            })
            .map(|(report, line)| LeftOutLine {
                report: (prepared.len() > 1).then(|| report.name.clone()),
                indicator: line.indicator,
                reason: line.reason.as_str().to_owned(),
                n: line.n,
            })
            .collect()
    }

    /// Where the server's own count and the records that were read differ by more than edits during the reading
    /// explain, in sentences.
    #[must_use]
    pub fn drift(&self) -> Vec<String> {
        self.expected
            .iter()
            .filter_map(|(source, &expected)| {
                let read = self.read.get(source).copied().unwrap_or(0);
                // People work while pages are read; a handful, or 1 %, is no fault.
                let allowed = (expected / 100).max(5);
                (read.abs_diff(expected) > allowed).then(|| {
                    format!("Go.Data counts {expected} {source}, but {read} were read: run again")
                })
            })
            .collect()
    }

    /// How many records could not be read as JSON, by kind; kinds without any are not listed.
    #[must_use]
    pub fn bad(&self) -> BTreeMap<Source, u64> {
        self.read
            .keys()
            .map(|&source| {
                (source, self.cubes.iter().map(|cube| cube.bad(source)).max().unwrap_or(0))
            })
            .filter(|(_, n)| *n > 0)
            .collect()
    }
}

/// The record kinds to read: people that others are joined to first, then the rest.
fn sources(prepared: &[Prepared]) -> Vec<Source> {
    let people: BTreeSet<Source> =
        prepared.iter().flat_map(|report| report.engine.people_sources()).collect();
    let counted: BTreeSet<Source> =
        prepared.iter().flat_map(|report| report.engine.sources()).collect();
    people.iter().copied().chain(counted.difference(&people).copied()).collect()
}
