//! Which findings about the records a run asks the counting core for.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use indicators::{QualityRules, Source};

use super::{Counted, Input, Prepared};
use crate::config::{Config, LookedAt};
use crate::problem::Outcome;

/// The rules of `[quality]`, with what the server knows: when the outbreak began and which codes there are.
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
    let (started, reference_ids) = match input {
        // Files carry neither; what they cannot tell is not looked for.
        Input::Files(_) => (None, BTreeSet::new()),
        Input::Server(reader) => (
            reader.outbreaks.iter().filter_map(|outbreak| outbreak.started).min(),
            reader.reference_ids().await?.into_values().flatten().collect(),
        ),
    };
    Ok(Some(QualityRules {
        today,
        outbreak_start: quality.outbreak_start.or(started),
        reference_ids,
        every_record: quality.records == LookedAt::All,
    }))
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
    /// Reports that read the same records find the same: the first that looks at a kind of records of its outbreaks
    /// speaks for all.
    #[must_use]
    pub fn findings(&self, prepared: &[Prepared]) -> Vec<RecordFinding> {
        let mut told: BTreeSet<(&[String], Source)> = BTreeSet::new();
        let mut findings = Vec::new();
        for (report, cube) in prepared.iter().zip(&self.cubes).filter(|(report, _)| report.quality)
        {
            let sources: BTreeSet<Source> = report.engine.sources().into_iter().collect();
            findings.extend(
                report
                    .engine
                    .findings(cube)
                    .into_iter()
                    .filter(|found| {
                        sources.contains(&found.source)
                            && !told.contains(&(report.outbreaks.as_slice(), found.source))
                    })
                    .map(|found| RecordFinding {
                        source: found.source,
                        finding: found.finding,
                        location: found.location,
                        n: found.n,
                    }),
            );
            told.extend(sources.into_iter().map(|source| (report.outbreaks.as_slice(), source)));
        }
        findings
    }
}
