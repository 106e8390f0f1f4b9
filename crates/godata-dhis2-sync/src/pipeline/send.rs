//! Carrying a plan out: sending, reading back, registering what is complete.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use dhis2_client::{
    CompletenessQuery, DataSet, OrgUnitId, Period, Registration, SendOptions, SendProgress,
    SendReport, Verdict,
};

use super::{Planned, Prepared, Target};
use crate::config::Config;
use crate::problem::{Outcome, Problem};
use crate::stop::Stop;

/// What became of a report's plan.
#[derive(Debug)]
pub struct Sent {
    /// The outcome of every cell that was to change.
    pub report: SendReport,
    /// Places and periods that were newly registered as complete.
    pub completed: Vec<Registration>,
    /// Places and periods that were not, because a value of theirs is missing.
    pub incomplete: Vec<(OrgUnitId, Period)>,
    /// Whether it was asked to stop with something left to send or to register.
    pub stopped: bool,
}

impl Sent {
    /// Whether DHIS2 holds everything it should.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.report.is_complete()
    }
}

/// Sends a report's changes and reads every one of them back, until it is asked to stop: the call that is out is
/// finished and read back then, and nothing is begun after it.
///
/// # Errors
///
/// When completeness cannot be read or registered; the values have been stored by then. What happens to values
/// is never an error here but an outcome in [`Sent::report`].
pub async fn send(
    config: &Config,
    target: &Target,
    prepared: &Prepared,
    planned: &Planned,
    dry_run: bool,
    stop: &Stop,
    progress: &mut dyn FnMut(SendProgress),
) -> Outcome<Sent> {
    let data_set = prepared.data_set.as_ref().ok_or_else(|| {
        Problem::new(crate::Exit::Bug, "a report was prepared without its data set")
    })?;
    let mut options = SendOptions::default().dry_run(dry_run);
    if let Some(size) = config
        .file
        .dhis2
        .as_ref()
        .and_then(|dhis2| dhis2.batch_size)
        .and_then(|size| NonZeroUsize::new(size as usize))
    {
        options = options.batch_size(size);
    }
    let mut on = |at| {
        progress(at);
        if stop.is_asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let report = target.client.send_while(data_set, &planned.plan, &options, &mut on).await;
    let stopped = report.stopped;
    let mut sent = Sent { report, completed: Vec::new(), incomplete: Vec::new(), stopped };
    if prepared.report.complete && !dry_run && sent.report.failure.is_none() {
        if stop.is_asked() {
            sent.stopped = true;
        } else {
            complete(target, prepared, planned, data_set, &mut sent).await?;
        }
    }
    Ok(sent)
}

/// Registers every place and period of the report of which no value is missing, and withdraws none.
async fn complete(
    target: &Target,
    prepared: &Prepared,
    planned: &Planned,
    data_set: &DataSet,
    sent: &mut Sent,
) -> Outcome<()> {
    let fail = |error| {
        Problem::server(
            "the values are stored, but the data set could not be registered as complete",
        )
        .because(error)
        .next("run again: only the registration is missing")
        .after_sending()
    };
    let missing: BTreeSet<(OrgUnitId, Period)> = sent
        .report
        .outcomes
        .iter()
        .filter(|outcome| !matches!(outcome.verdict, Verdict::Stored | Verdict::Cleared))
        .map(|outcome| (outcome.cell.org_unit, outcome.cell.period))
        .collect();
    let units: BTreeSet<OrgUnitId> = prepared
        .units
        .iter()
        .filter_map(|unit| unit.parse().ok())
        .chain(planned.plan.changes().iter().map(|change| change.cell.org_unit))
        .filter(|unit| data_set.org_unit(*unit).is_some())
        .collect();
    let (first, last) = prepared.periods;
    let periods: Vec<Period> = first.through(last).collect();
    let Some(attribute_combo) = prepared.attributes.as_ref().map(|attributes| attributes.id) else {
        return Ok(());
    };
    let query = CompletenessQuery::new(data_set.id)
        .org_units(units.iter().copied())
        .periods(periods.iter().copied());
    let registered: BTreeSet<(OrgUnitId, Period)> = target
        .client
        .completeness(&query)
        .await
        .map_err(fail)?
        .into_iter()
        .filter(|status| {
            status.completed && status.registration.attribute_option_combo == attribute_combo
        })
        .map(|status| (status.registration.org_unit, status.registration.period))
        .collect();
    let all = units.iter().flat_map(|unit| periods.iter().map(move |period| (*unit, *period)));
    let (incomplete, ready): (Vec<_>, Vec<_>) = all.partition(|key| missing.contains(key));
    sent.incomplete = incomplete;
    let new: Vec<Registration> = ready
        .into_iter()
        .filter(|key| !registered.contains(key))
        .map(|(org_unit, period)| Registration {
            data_set: data_set.id,
            period,
            org_unit,
            attribute_option_combo: attribute_combo,
            date: None,
        })
        .collect();
    if !new.is_empty() {
        let outcomes = target.client.register_complete(&new).await.map_err(fail)?;
        sent.completed = outcomes
            .into_iter()
            .filter(dhis2_client::CompletenessOutcome::is_registered)
            .map(|outcome| outcome.registration)
            .collect();
    }
    Ok(())
}
