//! The Go.Data side: may the account read what is needed, does it see everything, and does the server know the names?

use std::collections::{BTreeMap, BTreeSet};

use godata_client::Scope;
use indicators::Source;

use super::{Check, Status};
use crate::config::did_you_mean;
use crate::godata::Reader;
use crate::pipeline::Prepared;
use crate::problem::Outcome;

/// Whether the account sees every record of each outbreak.
pub(super) async fn scope(reader: &Reader) -> Outcome<Vec<Check>> {
    let mut checks = Vec::new();
    for (outbreak, scope) in reader.outbreaks.iter().zip(reader.scopes().await?) {
        checks.push(Check::good("Go.Data", format!("logged in; outbreak `{}`", outbreak.name)));
        match scope {
            Scope::Everything => {}
            Scope::Narrowed { location_ids } => checks.push(
                Check::found(
                    Status::Bad,
                    "Go.Data",
                    format!(
                        "this account sees only the records of {} locations, without any sign in the answers",
                        location_ids.len()
                    ),
                    "take the account out of its teams, or let it disregard geographic restrictions",
                )
                .stops(),
            ),
            other => checks.push(Check::found(
                Status::Warning,
                "Go.Data",
                format!("whether this account sees every record cannot be told: {}", why(&other)),
                "make sure that the account is in no team, or disregards geographic restrictions",
            )),
        }
    }
    Ok(checks)
}

/// Why the server would not say whether the account sees everything.
fn why(scope: &Scope) -> &str {
    match scope {
        Scope::Unknown { why } => why,
        _ => "the server's answer is not known to this version",
    }
}

/// The oldest and newest Go.Data for which this was made (facts of the server's history: before 2.38 reading is the
/// same, exports are not).
const KNOWN: std::ops::RangeInclusive<(u32, u32)> = (2, 36)..=(2, 50);

pub(super) async fn version(reader: &Reader) -> Outcome<Check> {
    let Some(version) = reader.version().await? else {
        return Ok(Check::good(
            "Go.Data",
            "does not tell its version (2.50.3 and later do not); what it can do is seen by its answers",
        ));
    };
    let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
    let known = match (parts.next().flatten(), parts.next().flatten()) {
        (Some(major), Some(minor)) => KNOWN.contains(&(major, minor)),
        _ => false,
    };
    Ok(if known {
        Check::good("Go.Data", format!("version {version}"))
    } else {
        Check::found(
            Status::Warning,
            "Go.Data",
            format!("version {version} is not among those this was made for (2.36 to 2.50)"),
            "compare one week of `plan` with what Go.Data shows before values are sent",
        )
    })
}

/// Whether each kind of records can be counted, and how many there are to read.
pub(super) async fn records(reader: &Reader, prepared: &[Prepared]) -> Vec<Check> {
    let mut checks = Vec::new();
    for source in sources(prepared) {
        checks.push(match reader.count(source, prepared).await {
            Ok(n) => Check::good("Go.Data", format!("{n} {source} to read")),
            Err(problem) => Check::found(
                Status::Bad,
                "Go.Data",
                format!("{source} cannot be read: {problem}"),
                "give the account a role that may list them",
            ),
        });
    }
    checks
}

/// Whether the reference data has every value that a condition or breakdown names: one that it has not matches
/// nothing, without any sign.
pub(super) async fn named_values(reader: &Reader, prepared: &[Prepared]) -> Outcome<Vec<Check>> {
    let known: BTreeSet<&String> = reader.reference_ids().await?.values().flatten().collect();
    // By indicator and field: how many values are named, and which of them are unknown.
    let mut named: BTreeMap<(String, String), (usize, Vec<String>)> = BTreeMap::new();
    // Reports that keep outbreaks apart name the same values.
    let mut told = BTreeSet::new();
    for value in prepared.iter().flat_map(|report| report.engine.named_values()) {
        if !told.insert((value.indicator.clone(), value.field.clone(), value.id.clone())) {
            continue;
        }
        let (n, unknown) = named.entry((value.indicator, value.field)).or_default();
        *n += 1;
        if !known.contains(&value.id) {
            unknown.push(value.id);
        }
    }
    let n_named: usize = named.values().map(|(n, _)| n).sum();
    let mut checks = Vec::new();
    for ((indicator, field), (n, unknown)) in named {
        if unknown.is_empty() {
            continue;
        }
        let near = unknown
            .iter()
            .map(|id| did_you_mean(id, known.iter().map(|id| id.as_str())))
            .find(|hint| !hint.is_empty())
            .unwrap_or_default();
        // A list of alternatives may name what only other outbreaks have; a list of unknown values counts nobody.
        let status = if unknown.len() == n { Status::Bad } else { Status::Warning };
        checks.push(Check::found(
            status,
            "Go.Data",
            format!(
                "{indicator}: the reference data has no {} for {field}, so nobody matches it{near}",
                unknown.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
            ),
            "correct the value in the definition, or add it to Go.Data's reference data",
        ));
    }
    if checks.is_empty() && n_named > 0 {
        checks.push(Check::good(
            "Go.Data",
            format!("all {n_named} reference-data values of the definitions are there"),
        ));
    }
    Ok(checks)
}

/// Whether any record has something in each field that is read: a mistyped name reads as absent everywhere.
pub(super) async fn fields(reader: &Reader, prepared: &[Prepared]) -> Vec<Check> {
    let mut checks = Vec::new();
    for source in sources(prepared) {
        let fields: BTreeSet<String> = prepared
            .iter()
            .filter(|report| report.engine.sources().contains(&source))
            .flat_map(|report| report.engine.fields(source))
            .filter(|field| field != "id")
            .collect();
        // Without any record nothing can be told of the fields.
        if !matches!(reader.count_having(source, "id").await, Ok(1..)) {
            continue;
        }
        let mut empty = Vec::new();
        let mut asked = 0_usize;
        for field in fields {
            match reader.count_having(source, &field).await {
                Ok(0) => empty.push(field),
                // A list that the server does not count this way says nothing.
                Ok(_) => asked += 1,
                Err(_) => {}
            }
        }
        if empty.is_empty() && asked > 0 {
            checks.push(Check::good(
                "Go.Data",
                format!("every field of {source} that is read has values"),
            ));
        }
        checks.extend(empty.into_iter().map(|field| {
            Check::found(
                Status::Warning,
                "Go.Data",
                format!("no record of {source} has a value in `{field}`"),
                "look whether the name is right; a field that nobody has filled in yet needs nothing",
            )
        }));
    }
    checks
}

fn sources(prepared: &[Prepared]) -> BTreeSet<Source> {
    prepared.iter().flat_map(|report| report.engine.sources()).collect()
}
