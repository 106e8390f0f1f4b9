//! Which findings about the records a run asks the counting core for.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use indicators::{QualityRules, Source};

use super::{Counted, Input, Prepared};
use crate::config::{Config, LookedAt};
use crate::problem::Outcome;

/// The rules of `[quality]`, with what the server knows of all outbreaks: which codes there are.
///
/// # Errors
///
/// When the server cannot be asked.
pub(super) async fn rules(
    config: &Config,
    input: &Input,
    today: NaiveDate,
) -> Outcome<Option<QualityRules>> {
    let Some(quality) = &config.file.quality else { return Ok(None) };
    let reference_ids = match input {
        // Files carry none; what they cannot tell is not looked for.
        Input::Files(_) => BTreeSet::new(),
        Input::Server(reader) => {
            reader.reference_ids().await?.values().flatten().cloned().collect()
        }
    };
    Ok(Some(QualityRules {
        today,
        outbreak_start: quality.outbreak_start,
        reference_ids,
        every_record: quality.records == LookedAt::All,
    }))
}

/// The rules for a report: what was before the first of its own outbreaks began is odd, unless `[quality]` names a day.
pub(super) fn of_report(rules: &QualityRules, input: &Input, outbreaks: &[String]) -> QualityRules {
    let started = match input {
        Input::Files(_) => None,
        Input::Server(reader) => reader.started(outbreaks),
    };
    QualityRules { outbreak_start: rules.outbreak_start.or(started), ..rules.clone() }
}

/// One finding about records of a run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordFinding {
    /// The kind of records.
    pub source: Source,
    /// What is odd.
    pub finding: indicators::Finding,
    /// The id of the location of the records, where it is known.
    pub location: Option<String>,
    /// In how many records.
    pub n: u64,
}

impl Counted {
    /// What is odd about the records of this run. Empty unless `[quality]` asks for it.
    ///
    /// Reports that read the same records find the same: the first that looks at a kind of records of an outbreak
    /// speaks for all.
    #[must_use]
    pub fn findings(&self, prepared: &[Prepared]) -> &[RecordFinding] {
        self.findings.get_or_init(|| self.find(prepared))
    }

    fn find(&self, prepared: &[Prepared]) -> Vec<RecordFinding> {
        let mut told: BTreeSet<(&str, Source)> = BTreeSet::new();
        let mut findings = Vec::new();
        for (report, cube) in prepared.iter().zip(&self.cubes).filter(|(report, _)| report.quality)
        {
            let outbreaks = outbreaks(report);
            let mut sources: BTreeSet<Source> = report.engine.sources().into_iter().collect();
            sources.retain(|source| outbreaks.iter().any(|name| !told.contains(&(name, *source))));
            findings.extend(
                report
                    .engine
                    .findings(cube)
                    .into_iter()
                    .filter(|found| sources.contains(&found.source))
                    .map(|found| RecordFinding {
                        source: found.source,
                        finding: found.finding,
                        location: found.location,
                        n: found.n,
                    }),
            );
            for source in sources {
                told.extend(outbreaks.iter().map(|name| (*name, source)));
            }
        }
        findings
    }
}

/// The outbreaks of a report; one without a name where records come from files and none is named.
fn outbreaks(report: &Prepared) -> Vec<&str> {
    match report.outbreaks.as_slice() {
        [] => vec![""],
        names => names.iter().map(String::as_str).collect(),
    }
}
