//! Guards: an answer that is much smaller than the last one is more often a fault than the end of an outbreak.
//!
//! Pure: the last run's numbers and this run's go in, the guards that tripped come out. Whole numbers and exact
//! decimals only.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rust_decimal::Decimal;

use crate::ledger::{Counts, PeriodId, Total};

/// A total that fell by less than this is the everyday work of correcting records, whatever its share: 3 → 2 is 33 %.
const EVERYDAY_DROP: Decimal = Decimal::from_parts(5, 0, 0, false, 0);

/// What a run measured for one report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measured {
    /// How many records were read, by kind; zero for a kind of which there were none. A kind without a line was not
    /// asked for, and is not compared.
    pub records: BTreeMap<String, u64>,
    /// Sums over places and categories, by indicator and period; only of indicators whose cells may be added.
    ///
    /// One for each indicator and period that was counted, also where it is zero: without a line, a period counts as
    /// not looked at.
    pub totals: BTreeMap<Total, Decimal>,
}

impl From<&Counts> for Measured {
    fn from(counts: &Counts) -> Self {
        Self { records: counts.records.clone(), totals: counts.totals.clone() }
    }
}

/// How far numbers may fall before somebody is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A total may fall by this many percent.
    pub max_drop_percent: u32,
    /// There must be this many percent of the last run's records.
    pub min_records_percent: u32,
}

/// Which guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guard {
    /// There were records, and now there are none.
    EmptyAnswer,
    /// There are far fewer records than last time.
    FewRecords,
    /// A total fell far.
    Drop,
}

/// A guard that stops a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tripped {
    /// Which.
    pub guard: Guard,
    /// What fell: a kind of records, or an indicator, with its period where it is one period only.
    pub subject: String,
    /// The last run's number.
    pub before: Decimal,
    /// This run's number.
    pub now: Decimal,
    /// The limit in percent: of how much may be lost for [`Guard::Drop`], of how much must be there otherwise.
    pub limit_percent: u32,
    /// What was measured and what the limit is, in a sentence.
    pub what: String,
    /// What it might mean.
    pub might_mean: &'static str,
    /// What to do.
    pub next: &'static str,
}

impl fmt::Display for Tripped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}. {}.", self.what, self.might_mean, self.next)
    }
}

/// Compares what a run measured for a report with the last run, and gives back the guards that tripped, worst first.
///
/// Records, of kinds that both runs asked for: none where there were some trips always; otherwise fewer than `min_records_percent` of the last run's do.
///
/// Totals: only periods that *both* runs have are compared, first each indicator over all of them. Where that is
/// within the limit, each single period. A total that fell by more than `max_drop_percent` trips, unless it fell by
/// less than 5.
///
/// # Examples
///
/// ```
/// use godata_dhis2_sync::guard::{Guard, Limits, Measured, check};
///
/// let before = Measured { records: [("cases".to_owned(), 812)].into(), ..Measured::default() };
/// let now = Measured { records: [("cases".to_owned(), 0)].into(), ..Measured::default() };
/// let limits = Limits { max_drop_percent: 25, min_records_percent: 75 };
///
/// let tripped = check("Ebola weekly", &before, &now, limits);
/// assert_eq!(tripped[0].guard, Guard::EmptyAnswer);
/// assert!(check("Ebola weekly", &before, &before, limits).is_empty());
/// ```
#[must_use]
pub fn check(report: &str, before: &Measured, now: &Measured, limits: Limits) -> Vec<Tripped> {
    let mut tripped = records(report, before, now, limits);
    tripped.extend(totals(report, before, now, limits));
    tripped.sort_by(|a, b| (a.guard, &a.subject).cmp(&(b.guard, &b.subject)));
    tripped
}

fn records(report: &str, before: &Measured, now: &Measured, limits: Limits) -> Vec<Tripped> {
    let limit = limits.min_records_percent;
    let fell = before.records.iter().filter_map(|(kind, &was)| {
        let is = *now.records.get(kind)?;
        let (guard, what) = if was > 0 && is == 0 {
            (
                Guard::EmptyAnswer,
                format!("{report}: Go.Data gave no {kind}, and {was} at the last run"),
            )
        } else if u128::from(is) * 100 < u128::from(was) * u128::from(limit) {
            (
                Guard::FewRecords,
                format!(
                    "{report}: Go.Data gave {is} {kind}, and {was} at the last run; fewer than {limit} % stop a run"
                ),
            )
        } else {
            return None;
        };
        Some(Tripped {
            guard,
            subject: kind.clone(),
            before: was.into(),
            now: is.into(),
            limit_percent: limit,
            what,
            might_mean: "The account may have lost the right to see some of them, or the outbreak, \
                         a location or a condition was changed",
            next: "Look at the list in Go.Data with the same account; if it is right, run again with --accept",
        })
    });
    fell.collect()
}

fn totals(report: &str, before: &Measured, now: &Measured, limits: Limits) -> Vec<Tripped> {
    let limit = limits.max_drop_percent;
    let mut tripped = Vec::new();
    for (indicator, periods) in shared_periods(before, now) {
        let number = |measured: &Measured, period: &PeriodId| {
            let total = Total { indicator: indicator.to_owned(), period: period.clone() };
            measured.totals.get(&total).copied().unwrap_or_default()
        };
        let sum = |measured: &Measured| -> Decimal {
            periods.iter().map(|period| number(measured, period)).sum()
        };
        let mut add = |subject: String, was: Decimal, is: Decimal| {
            let (was, is) = (was.normalize(), is.normalize());
            tripped.push(Tripped {
                guard: Guard::Drop,
                what: format!(
                    "{report}: {subject} fell from {was} to {is}; a drop of more than {limit} % stops a run"
                ),
                subject,
                before: was,
                now: is,
                limit_percent: limit,
                might_mean: "Many records may have been reclassified, merged, moved or deleted, \
                             or a condition was changed",
                next: "Look at `plan`; if it is right, run again with --accept",
            });
        };
        let (was, is) = (sum(before), sum(now));
        if fell_too_far(was, is, limit) {
            add(indicator.to_owned(), was, is);
            continue;
        }
        for period in periods {
            let (was, is) = (number(before, period), number(now, period));
            if fell_too_far(was, is, limit) {
                add(format!("{indicator} in {period}"), was, is);
            }
        }
    }
    tripped
}

/// By indicator, the periods that both runs counted.
fn shared_periods<'a>(
    before: &'a Measured,
    now: &'a Measured,
) -> BTreeMap<&'a str, BTreeSet<&'a PeriodId>> {
    let mut shared: BTreeMap<&str, BTreeSet<&PeriodId>> = BTreeMap::new();
    for total in before.totals.keys().filter(|total| now.totals.contains_key(total)) {
        shared.entry(&total.indicator).or_default().insert(&total.period);
    }
    shared
}

fn fell_too_far(was: Decimal, is: Decimal, limit_percent: u32) -> bool {
    let lost = was - is;
    was > Decimal::ZERO
        && lost >= EVERYDAY_DROP
        && lost * Decimal::ONE_HUNDRED > was * Decimal::from(limit_percent)
}
