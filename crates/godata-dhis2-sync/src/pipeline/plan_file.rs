//! A plan on disk: what a person has looked at and a run may carry out, and nothing else.

use std::path::Path;

use chrono::NaiveDate;
use dhis2_client::ChangeKind;
use serde::{Deserialize, Serialize};

use super::{Planned, Work};
use crate::ledger::config_digest;
use crate::problem::{Outcome, Problem};

/// The version of the format. A file of another version is refused.
const VERSION: u32 = 1;

/// Every change of a plan, with what it was made from. Holds no record and nobody's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanFile {
    version: u32,
    /// The day of the run for which it was made; the run takes it over, so that the window stays.
    pub day: NaiveDate,
    /// SHA-256 of the configuration.
    config: String,
    changes: Vec<PlannedChange>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PlannedChange {
    data_set: String,
    org_unit: String,
    period: String,
    data_element: String,
    category_option_combo: String,
    attribute_option_combo: String,
    action: String,
    old: Option<String>,
    new: Option<String>,
}

impl PlanFile {
    /// The changes of all reports.
    #[must_use]
    pub fn new(work: &Work, planned: &[Planned]) -> Self {
        let mut changes: Vec<PlannedChange> = planned
            .iter()
            .flat_map(|planned| {
                planned.plan.to_send().map(move |change| (planned.plan.data_set(), change))
            })
            .map(|(data_set, change)| PlannedChange {
                data_set: data_set.to_string(),
                org_unit: change.cell.org_unit.to_string(),
                period: change.cell.period.id(),
                data_element: change.cell.data_element.to_string(),
                category_option_combo: change.cell.category_option_combo.to_string(),
                attribute_option_combo: change.cell.attribute_option_combo.to_string(),
                action: match change.kind() {
                    ChangeKind::Create => "create",
                    ChangeKind::Clear => "clear",
                    _ => "update",
                }
                .to_owned(),
                old: change.old().map(str::to_owned),
                new: change.new().map(str::to_owned),
            })
            .collect();
        changes.sort();
        let config = config_digest(&std::fs::read(&work.config.path).unwrap_or_default());
        Self { version: VERSION, day: work.today, config, changes }
    }

    /// Writes the file.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn save(&self, path: &Path) -> Outcome<()> {
        let text = serde_json::to_string_pretty(self).map_err(|error| {
            Problem::new(crate::Exit::Bug, "the plan cannot be written as JSON").because(error)
        })?;
        std::fs::write(path, text + "\n").map_err(|error| {
            Problem::usage("the plan cannot be written")
                .fact("file", path.display().to_string())
                .because(error)
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is no plan, or is of another version.
    pub fn load(path: &Path) -> Outcome<Self> {
        let wrong = || {
            Problem::usage("this is no plan that can be carried out")
                .fact("file", path.display().to_string())
                .next("make it with `plan --out FILE`, with this version of the program")
        };
        let text = std::fs::read_to_string(path).map_err(|error| wrong().because(error))?;
        let plan: Self = serde_json::from_str(&text).map_err(|error| wrong().because(error))?;
        if plan.version == VERSION { Ok(plan) } else { Err(wrong()) }
    }

    /// Checks that `now` is exactly this plan.
    ///
    /// # Errors
    ///
    /// When the configuration or one of the servers has moved on since (exit code 5).
    pub fn must_be(&self, now: &Self) -> Outcome<()> {
        if self.config != now.config {
            return Err(Problem::new(
                crate::Exit::Guard,
                "the configuration is not the one that this plan was made from",
            )
            .next("make a new plan, look at it, and carry that one out"));
        }
        let n_gone = self.changes.iter().filter(|change| !now.changes.contains(change)).count();
        let n_new = now.changes.iter().filter(|change| !self.changes.contains(change)).count();
        if n_gone + n_new == 0 {
            return Ok(());
        }
        Err(Problem::new(
            crate::Exit::Guard,
            "Go.Data or DHIS2 has moved on since this plan was made",
        )
        .fact(
            "changes",
            format!(
                "{n_gone} of the plan's {} changes would not be made now, {n_new} others would",
                self.changes.len()
            ),
        )
        .next("make a new plan, look at it, and carry that one out"))
    }
}
