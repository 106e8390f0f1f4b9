//! Whether a data set takes values for a period now (facts §7.5, §8.1).

use chrono::TimeDelta;

use super::Context;
use crate::dhis2::{catalog::DataSet, period::Period};

/// The verdict on a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Timing {
    Open,
    /// `expiryDays` are over, and no lock exception helps.
    Expired,
    /// Behind the latest period that is open, whose identifier this is.
    Future(String),
    /// Not among the input periods, or not in the time of one.
    NotInput,
}

/// Whether a period is open in a data set, for somebody without any privilege.
pub(crate) fn timing(context: &Context<'_>, set: &DataSet, period: &Period, unit: &str) -> Timing {
    let now = context.now;
    if set.expiry_days > 0.0 {
        let key = (set.id.clone(), period.id(), unit.to_owned());
        let end = period.end.and_hms_opt(0, 0, 0).map(|end| end.and_utc());
        #[expect(clippy::cast_possible_truncation, reason = "days of a deadline, far below i64")]
        let grace = TimeDelta::milliseconds((set.expiry_days * 86_400_000.0) as i64);
        let expired = end.is_some_and(|end| now > end + TimeDelta::days(1) + grace);
        if expired && !context.catalog.exceptions.contains(&key) {
            return Timing::Expired;
        }
    }
    let latest = Period::containing(set.kind, now.date_naive())
        .and_then(|current| current.step(set.open_future - 1));
    if let Some(latest) = latest
        && period.start > latest.end
    {
        return Timing::Future(latest.id());
    }
    if !set.input_periods.is_empty() {
        let open = set.input_periods.iter().any(|input| {
            Period::parse(&input.period).is_some_and(|known| known == *period)
                && input.opens.is_none_or(|opens| opens <= now)
                && input.closes.is_none_or(|closes| now <= closes)
        });
        if !open {
            return Timing::NotInput;
        }
    }
    Timing::Open
}
