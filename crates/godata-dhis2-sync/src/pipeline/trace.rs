//! Noting for each record where it counts, so that the next run can say why a figure changed.

use chrono::{DateTime, Utc};
use indicators::{Outcome as Counts, People, Source, Standing as Stands, Timing, Tracer};
use serde::Deserialize;

use super::Prepared;
use super::read_for::ReadFor;
use crate::ledger::{CellKey, CountedPeriod, FingerprintKey, Fingerprints, Standing};

/// The fingerprints of the records of a run, one set a report.
#[derive(Debug)]
pub struct Trace {
    sets: Vec<Fingerprints>,
}

/// What a fingerprint is made of, besides where the record counts.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity {
    id: String,
    #[serde(default)]
    created_at: Option<String>,
}

impl Trace {
    /// An empty set a report. `narrowed` says that the server was asked only for records that a condition lets pass.
    #[must_use]
    pub fn new(key: &FingerprintKey, prepared: &[Prepared], from_server: bool) -> Self {
        let sets = prepared
            .iter()
            .map(|report| {
                let (first, last) = report.periods;
                let periods = first
                    .through(last)
                    .map(|period| CountedPeriod {
                        id: period.id().into(),
                        first_day: period.first_day(),
                    })
                    .collect();
                let narrowed = from_server
                    && report
                        .engine
                        .sources()
                        .iter()
                        .any(|source| report.engine.server_where(*source).is_some());
                Fingerprints::new(key.clone(), periods, narrowed)
            })
            .collect();
        Self { sets }
    }

    /// Follows the records of one kind, in every report that reads it.
    pub(super) fn follow<'t>(
        &'t mut self,
        source: Source,
        prepared: &'t [Prepared],
        people: &'t [People],
    ) -> Follower<'t> {
        let reports = self
            .sets
            .iter_mut()
            .zip(prepared)
            .zip(people)
            .enumerate()
            .filter(|(_, ((_, report), _))| report.engine.sources().contains(&source))
            .map(|(n, ((set, report), people))| Followed {
                n,
                set,
                report,
                tracer: report.engine.tracer(people),
            })
            .collect();
        Follower { source, reports }
    }

    /// The fingerprints of each report.
    #[must_use]
    pub fn sets(&self) -> &[Fingerprints] {
        &self.sets
    }
}

/// What notes the records of one kind, one after another.
pub(super) struct Follower<'t> {
    source: Source,
    reports: Vec<Followed<'t>>,
}

/// A report that counts them.
struct Followed<'t> {
    /// Its place among all.
    n: usize,
    set: &'t mut Fingerprints,
    report: &'t Prepared,
    tracer: Tracer<'t>,
}

impl Follower<'_> {
    /// Notes a record in every report that it is read for; one that cannot be read is passed over.
    pub(super) fn record(&mut self, record: &[u8], read_for: &ReadFor) {
        if self.reports.is_empty() {
            return;
        }
        let Ok(identity) = serde_json::from_slice::<Identity>(record) else { return };
        let created = identity.created_at.and_then(|text| text.parse::<DateTime<Utc>>().ok());
        for followed in self.reports.iter_mut().filter(|followed| read_for.report(followed.n)) {
            let stands = followed.tracer.standings(self.source, record);
            let standings: Vec<Standing> =
                stands.into_iter().flat_map(|stands| standings(stands, followed.report)).collect();
            followed.set.push(self.source.as_str(), &identity.id, created, &standings);
        }
    }
}

fn standings(stands: Stands<'_>, report: &Prepared) -> Vec<Standing> {
    let indicator = stands.indicator;
    let cumulative = report
        .engine
        .definition(indicator)
        .is_some_and(|definition| definition.timing == Timing::Cumulative);
    match stands.outcome {
        Counts::Counted(keys) | Counts::CountedBefore(keys) if cumulative => {
            keys.into_iter().flat_map(|key| from_then_on(key, report)).collect()
        }
        Counts::Counted(keys) | Counts::CountedBefore(keys) => {
            keys.into_iter().map(counted).collect()
        }
        Counts::CountedUnlessAnother(key) => vec![counted(key)],
        Counts::LeftOut(reason) => {
            let (indicator, reason) = (indicator.to_owned(), reason.as_str().to_owned());
            vec![Standing::LeftOut { indicator, reason }]
        }
    }
}

/// A record of a cumulative indicator counts in its period and in every later one of the window. One from before the
/// window has no period and counts in all.
fn from_then_on(key: indicators::CellKey, report: &Prepared) -> Vec<Standing> {
    let (first, last) = report.periods;
    let from = report.kind.parse(&key.period).unwrap_or(first).max(first);
    from.through(last)
        .map(|period| counted(indicators::CellKey { period: period.id(), ..key.clone() }))
        .collect()
}

fn counted(key: indicators::CellKey) -> Standing {
    Standing::Counted(CellKey {
        indicator: key.indicator,
        period: key.period.into(),
        org_unit: key.org_unit,
        categories: key.categories,
    })
}
