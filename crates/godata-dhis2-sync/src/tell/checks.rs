//! The result of a preflight: what is good, what somebody should look at, what would go wrong.

use super::screen::count;
use crate::pipeline::{Check, Status};

/// One line a check, its remedy below it, a sum at the end.
#[must_use]
pub fn checks(checks: &[Check]) -> String {
    let mut text = String::new();
    for check in checks {
        let sign = match check.status {
            Status::Good => '✓',
            Status::Warning => '!',
            Status::Bad => '✗',
        };
        let code = check.code.as_deref().map(|code| format!(" [{code}]")).unwrap_or_default();
        text.push_str(&format!("{sign} {}: {}{code}\n", check.subject, check.found));
        if let Some(remedy) = &check.remedy {
            text.push_str(&format!("    next: {remedy}\n"));
        }
    }
    let n = |status: Status| checks.iter().filter(|check| check.status == status).count();
    text.push_str(&match (n(Status::Bad), n(Status::Warning)) {
        (0, 0) => "Ready to run. Nothing was sent.\n".to_owned(),
        (0, warnings) => {
            format!("Ready to run; {} to look at. Nothing was sent.\n", count(warnings, "thing"))
        }
        (bad, _) => format!("{} to mend before a run. Nothing was sent.\n", count(bad, "thing")),
    });
    text
}
