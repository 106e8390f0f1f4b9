//! Whether the clocks agree by which records are dated and periods are closed.

use super::{Check, Status};

/// Clocks that differ by less do not move a record into another day of a report.
const TOLERABLE_SECONDS: i64 = 60;

/// Compares a server's clock with this machine's.
pub(super) fn clock(subject: &str, seconds_ahead: Option<i64>) -> Option<Check> {
    let ahead = seconds_ahead?;
    Some(if ahead.abs() <= TOLERABLE_SECONDS {
        Check::good(subject, "its clock agrees with this machine's")
    } else {
        Check::found(
            Status::Warning,
            subject,
            format!(
                "its clock is {} {} this machine's",
                span(ahead.unsigned_abs()),
                if ahead > 0 { "ahead of" } else { "behind" }
            ),
            "let both machines set their clocks by the network (NTP): periods open and close by the server's clock",
        )
    })
}

fn span(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} seconds"),
        120..=7199 => format!("{} minutes", seconds / 60),
        7200..=172_799 => format!("{} hours", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_differs_is_told_with_its_direction() {
        let found = |ahead| clock("DHIS2", Some(ahead)).unwrap();
        assert_eq!(found(-60).status, Status::Good);
        assert_eq!(found(61).found, "its clock is 61 seconds ahead of this machine's");
        assert_eq!(found(-7200).found, "its clock is 2 hours behind this machine's");
        assert_eq!(found(3 * 86_400).found, "its clock is 3 days ahead of this machine's");
        assert_eq!(clock("DHIS2", None), None);
    }
}
