//! Everything that can be known to go wrong before a record is read.

use std::collections::BTreeSet;

use dhis2_client::{Cell, Finding, OrgUnitId, Preflight, Severity};
use serde::Serialize;

use super::prepare::element_of;
use super::{Input, Prepared, Target, Work};
use crate::places::Mapping;
use crate::problem::Outcome;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// Nothing to do.
    Good,
    /// The run works, but somebody should look.
    Warning,
    /// Values would be missing or refused.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// How it ended.
    pub status: Status,
    /// What was looked at: `Go.Data`, `DHIS2`, or a report.
    pub subject: String,
    /// What was found.
    pub found: String,
    /// The code that DHIS2 would answer, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Check {
    /// A check that found nothing wrong.
    pub fn good(subject: &str, found: impl Into<String>) -> Self {
        Self {
            status: Status::Good,
            subject: subject.to_owned(),
            found: found.into(),
            code: None,
            remedy: None,
        }
    }

    /// A check that found something, with what to do about it.
    pub fn found(
        status: Status,
        subject: &str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            status,
            subject: subject.to_owned(),
            found: found.into(),
            code: None,
            remedy: Some(remedy.into()),
        }
    }
}

impl Work {
    /// Looks at both servers and every report; nothing is read but settings and nothing is sent.
    ///
    /// # Errors
    ///
    /// When a server stops answering.
    pub async fn preflight(&self) -> Outcome<Vec<Check>> {
        let mut checks = Vec::new();
        match &self.input {
            Input::Files(folder) => files(folder, &self.prepared, &mut checks),
            Input::Server(reader) => reader.preflight(&self.prepared, &mut checks).await?,
        }
        checks.extend(places(&self.locations, &self.mapping));
        if let Some(target) = &self.target {
            let version = &target.server.version;
            checks.push(Check::good(
                "DHIS2",
                format!(
                    "version {version}, logged in as {}, the day there is {}",
                    target.me.username,
                    target.today()
                ),
            ));
            if target.me.is_superuser() {
                checks.push(Check::found(
                    Status::Warning,
                    "DHIS2",
                    "this account has every right (ALL), so DHIS2 lets it write into closed and future periods",
                    "use an account with F_DATAVALUE_ADD and write access to the data sets only",
                ));
            }
            for prepared in &self.prepared {
                checks.extend(report(target, prepared));
            }
        }
        Ok(checks)
    }
}

fn files(folder: &crate::records::Folder, prepared: &[Prepared], checks: &mut Vec<Check>) {
    let needed: BTreeSet<_> = prepared.iter().flat_map(|report| report.engine.sources()).collect();
    for source in needed {
        checks.push(if folder.has(source) {
            Check::good("Records", format!("{source}: a file is there"))
        } else {
            Check::found(
                Status::Bad,
                "Records",
                format!("{source}: no file in {}", folder.path().display()),
                format!("put {source}.json or {source}.json.gz there"),
            )
        });
    }
}

fn places(locations: &[crate::places::Location], mapping: &Mapping) -> Vec<Check> {
    let live = locations.iter().filter(|location| !location.deleted).count();
    let matched = locations
        .iter()
        .filter(|location| !location.deleted && mapping.get(&location.id).is_some())
        .count();
    let methods: Vec<String> = mapping
        .by_method()
        .into_iter()
        .map(|(method, n)| format!("{n} by {method:?}").to_lowercase())
        .collect();
    let mut checks = vec![if matched == 0 {
        Check::found(
            Status::Bad,
            "Places",
            format!("none of {live} locations has an organisation unit"),
            "write a table of places with `init`, or keep DHIS2 ids or codes as location identifiers in Go.Data",
        )
    } else {
        Check::good(
            "Places",
            format!(
                "{matched} of {live} locations have an organisation unit ({})",
                methods.join(", ")
            ),
        )
    }];
    for (unit, locations) in mapping.shared_units() {
        checks.push(Check::found(
            Status::Warning,
            "Places",
            format!(
                "{} locations share the organisation unit {unit}: their figures are added",
                locations.len()
            ),
            "make sure that they are one place; if not, correct their codes or the table of places",
        ));
    }
    checks
}

/// What DHIS2 would refuse of a report, by its own metadata and rules.
fn report(target: &Target, prepared: &Prepared) -> Vec<Check> {
    let Some(data_set) = &prepared.data_set else { return Vec::new() };
    let (first, last) = prepared.periods;
    let mut checks = vec![Check::good(
        &prepared.name,
        format!(
            "{} data set (data elements: {}, organisation units: {}); counting {first} to {last}",
            prepared.kind,
            data_set.elements.len(),
            data_set.org_units.len()
        ),
    )];
    let mut cells = Vec::new();
    let units: Vec<OrgUnitId> =
        prepared.units.iter().filter_map(|unit| unit.parse().ok()).collect();
    for definition in prepared.engine.definitions() {
        let Some(element) = element_of(data_set, definition) else {
            if let Some(wanted) = &definition.data_element {
                checks.push(Check::found(
                    Status::Bad,
                    &prepared.name,
                    format!("{}: the data element `{wanted}` is not in the data set", definition.indicator),
                    "correct data_element (id, code or name), or add the element to the data set in DHIS2",
                ));
            }
            continue;
        };
        let (Some(combo), Some(attribute)) =
            (element.combo.option_combos.first(), data_set.attribute_combo.option_combos.first())
        else {
            continue;
        };
        for unit in &units {
            for period in first.through(last) {
                cells.push(Cell {
                    org_unit: *unit,
                    period,
                    data_element: element.id,
                    category_option_combo: combo.id,
                    attribute_option_combo: attribute.id,
                });
            }
        }
    }
    let findings = dhis2_client::preflight(&Preflight {
        data_set,
        cells: &cells,
        user: &target.me,
        server: &target.server,
    });
    checks.extend(findings.into_iter().map(|finding| from_finding(&prepared.name, finding)));
    checks
}

fn from_finding(subject: &str, finding: Finding) -> Check {
    Check {
        status: if finding.severity == Severity::Blocks { Status::Bad } else { Status::Warning },
        subject: subject.to_owned(),
        found: finding.message,
        code: finding.code.map(|code| code.to_string()),
        remedy: Some(finding.remedy),
    }
}
