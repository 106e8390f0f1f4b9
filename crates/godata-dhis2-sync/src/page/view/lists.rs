//! Lists beside the figures: odd records by district, and what became of each location.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::page::model::{Finding, Place};
use crate::page::words::{count, sentence};

/// The odd records of a district.
#[derive(Debug, Serialize)]
pub(super) struct District {
    name: String,
    n: u64,
    findings: Vec<FindingRow>,
}

#[derive(Debug, Serialize)]
struct FindingRow {
    source: String,
    kind: String,
    field: String,
    n: u64,
    ids: String,
    /// Records whose id is not listed.
    n_more: u64,
}

/// Findings by district, the most first.
pub(super) fn districts(findings: &[Finding]) -> Vec<District> {
    let mut by_name: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.n > 0) {
        by_name
            .entry(finding.district.as_deref().unwrap_or("Without a district"))
            .or_default()
            .push(finding);
    }
    let mut districts: Vec<District> = by_name
        .into_iter()
        .map(|(name, mut findings)| {
            findings.sort_by_key(|finding| std::cmp::Reverse(finding.n));
            District {
                name: name.to_owned(),
                n: findings.iter().map(|finding| finding.n).sum(),
                findings: findings.into_iter().map(FindingRow::of).collect(),
            }
        })
        .collect();
    districts.sort_by_key(|district| std::cmp::Reverse(district.n));
    districts
}

impl FindingRow {
    fn of(finding: &Finding) -> Self {
        let n_ids = u64::try_from(finding.ids.len()).unwrap_or(u64::MAX);
        Self {
            source: finding.source.clone(),
            kind: sentence(&finding.kind),
            field: finding.field.clone(),
            n: finding.n,
            ids: finding.ids.join(", "),
            n_more: if n_ids == 0 { 0 } else { finding.n.saturating_sub(n_ids) },
        }
    }
}

/// How far the locations of the records have an organisation unit.
#[derive(Debug, Serialize)]
pub(super) struct Coverage {
    sentence: String,
    /// Whether somebody looked what the locations without a unit cost.
    counts_lost: bool,
    /// Locations without a unit, the costliest first.
    unmatched: Vec<PlaceRow>,
    matched: Vec<PlaceRow>,
}

#[derive(Debug, Serialize)]
struct PlaceRow {
    location: String,
    org_unit: String,
    method: String,
    n_lost: Option<u64>,
}

impl Coverage {
    pub(super) fn of(places: &[Place]) -> Self {
        let row = |place: &Place| PlaceRow {
            location: place.location.clone(),
            org_unit: place.org_unit.clone().unwrap_or_default(),
            method: place.method.clone(),
            n_lost: place.n_lost,
        };
        let (matched, unmatched): (Vec<&Place>, Vec<&Place>) =
            places.iter().partition(|place| place.org_unit.is_some());
        let mut unmatched: Vec<PlaceRow> = unmatched.into_iter().map(row).collect();
        unmatched.sort_by_key(|place| std::cmp::Reverse(place.n_lost));
        let n_lost: Option<u64> = unmatched.iter().map(|place| place.n_lost).sum();
        let n = |rows: usize| u64::try_from(rows).unwrap_or(u64::MAX);
        let sentence = if unmatched.is_empty() {
            match n(matched.len()) {
                1 => "The one location of the records has an organisation unit.".to_owned(),
                n => format!(
                    "All {} of the records have an organisation unit.",
                    count(n, "location")
                ),
            }
        } else {
            format!(
                "{} of {} {} no organisation unit{}.",
                sentence(&crate::page::words::number(n(unmatched.len()))),
                count(n(places.len()), "location"),
                if unmatched.len() == 1 { "has" } else { "have" },
                n_lost
                    .map_or_else(String::new, |n| format!(", which costs {}", count(n, "record")))
            )
        };
        Self {
            sentence,
            counts_lost: n_lost.is_some(),
            unmatched,
            matched: matched.into_iter().map(row).collect(),
        }
    }
}
