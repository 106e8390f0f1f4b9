//! In which time zone a moment becomes a day.

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, Offset as _, TimeZone as _, Utc};
use chrono_tz::Tz;
use indicators::{DayRule, OffsetTable};

/// The years over which a zone's changes are listed; dates outside keep the nearest offset.
const YEARS: (i32, i32) = (1970, 2061);

/// The core's rule for a zone of the IANA database.
///
/// The core knows no zones; it is given the instants at which the offset changes.
pub(super) fn day_rule(zone: Tz) -> DayRule {
    let start = midnight(YEARS.0);
    let end = midnight(YEARS.1);
    let first = offset(zone, start);
    let mut changes = Vec::new();
    let mut known = first;
    let mut day = start;
    while day < end {
        let next = day + Duration::days(1);
        if offset(zone, next) != known {
            let change = bisect(zone, day, next, known);
            known = offset(zone, change);
            changes.push((change, known));
            // A zone may change twice within a day; the search goes on behind the change just found.
            day = change;
        } else {
            day = next;
        }
    }
    match (changes.is_empty(), first.local_minus_utc()) {
        (true, 0) => DayRule::Utc,
        (true, _) => DayRule::Fixed(first),
        (false, _) => DayRule::Table(OffsetTable::new(first, changes)),
    }
}

fn midnight(year: i32) -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(year, 1, 1)
        .and_then(|day| day.and_hms_opt(0, 0, 0))
        .unwrap_or_default()
        .and_utc()
}

fn offset(zone: Tz, at: DateTime<Utc>) -> FixedOffset {
    zone.offset_from_utc_datetime(&at.naive_utc()).fix()
}

/// The first second after `low` at which the offset is no longer `known`.
fn bisect(zone: Tz, low: DateTime<Utc>, high: DateTime<Utc>, known: FixedOffset) -> DateTime<Utc> {
    let (mut low, mut high) = (low, high);
    while high - low > Duration::seconds(1) {
        let middle = low + (high - low) / 2;
        if offset(zone, middle) == known { low = middle } else { high = middle }
    }
    // Changes happen on whole seconds.
    DateTime::from_timestamp(high.timestamp(), 0).unwrap_or(high)
}
