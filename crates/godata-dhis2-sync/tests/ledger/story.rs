//! What the tests tell their stories with.

use godata_dhis2_sync::ledger::{
    Action, CellAddress, CellKey, CellOutcome, CountedPeriod, Ledger, Outcome, PlannedCell,
    ReportKey, RunDataSet, RunId, RunStart, Standing,
};
use tempfile::TempDir;

pub(crate) const TARGET: &str = "dhis2.example.org";
pub(crate) const DATA_SET: &str = "kIfMNugiTgd";
/// The default combination.
pub(crate) const DEFAULT: &str = "HllvX50cXC0";

/// The report that most stories tell of.
pub(crate) fn report() -> ReportKey {
    ReportKey { data_set: DATA_SET.to_owned(), attribute_option_combo: DEFAULT.to_owned() }
}

/// A ledger in a folder that goes when it is dropped.
pub(crate) struct Room {
    pub(crate) folder: TempDir,
    pub(crate) ledger: Ledger,
}

pub(crate) fn room() -> Room {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&folder.path().join("sync.ledger")).unwrap();
    Room { folder, ledger }
}

/// A run that begins at 23:00 UTC.
pub(crate) fn start(day: &str) -> RunStart {
    RunStart {
        started: format!("{day}T23:00:00Z").parse().unwrap(),
        day: day.parse().unwrap(),
        source: "godata.example.org".to_owned(),
        target: TARGET.to_owned(),
        account: "sync".to_owned(),
        data_sets: vec![RunDataSet {
            data_set: DATA_SET.to_owned(),
            attribute_option_combo: DEFAULT.to_owned(),
            name: "Outbreak weekly".to_owned(),
            first_period: "2020W30".into(),
            last_period: "2020W31".into(),
        }],
        program: "0.1.0".to_owned(),
        config_digest: "digest".to_owned(),
        dry_run: false,
    }
}

pub(crate) fn end(ledger: &mut Ledger, run: RunId, day: &str, exit_code: u8) {
    ledger.end(run, format!("{day}T23:05:00Z").parse().unwrap(), exit_code).unwrap();
}

pub(crate) fn address(period: &str, org_unit: &str) -> CellAddress {
    CellAddress {
        data_set: DATA_SET.to_owned(),
        period: period.into(),
        org_unit: org_unit.to_owned(),
        data_element: "CnPsS2xE8UN".to_owned(),
        category_option_combo: DEFAULT.to_owned(),
        attribute_option_combo: DEFAULT.to_owned(),
    }
}

pub(crate) fn planned(
    period: &str,
    org_unit: &str,
    old: Option<&str>,
    new: Option<&str>,
) -> PlannedCell {
    let action = match (old, new) {
        (None, _) => Action::Create,
        (Some(_), Some(_)) => Action::Update,
        (Some(_), None) => Action::Clear,
    };
    PlannedCell {
        address: address(period, org_unit),
        action,
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
    }
}

pub(crate) fn outcome(period: &str, org_unit: &str, outcome: Outcome) -> CellOutcome {
    CellOutcome { address: address(period, org_unit), outcome }
}

pub(crate) fn week(id: &str, first_day: &str) -> CountedPeriod {
    CountedPeriod { id: id.into(), first_day: first_day.parse().unwrap() }
}

pub(crate) fn key(indicator: &str, period: &str, org_unit: &str) -> CellKey {
    CellKey {
        indicator: indicator.to_owned(),
        period: period.into(),
        org_unit: org_unit.to_owned(),
        categories: Default::default(),
    }
}

pub(crate) fn counted(indicator: &str, period: &str, org_unit: &str) -> Standing {
    Standing::Counted(key(indicator, period, org_unit))
}

pub(crate) fn left_out(indicator: &str, reason: &str) -> Standing {
    Standing::LeftOut { indicator: indicator.to_owned(), reason: reason.to_owned() }
}
