//! What a run did: how many cells, which were refused and why.

use std::fmt::Write as _;

use dhis2_client::{Outcome as CellOutcome, Verdict};

use super::screen::{count, lines, table};
use crate::Exit;
use crate::pipeline::{Prepared, Sent};

/// How many cells came to which end, over all reports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// Stored and read back.
    pub stored: usize,
    /// Cleared and read back.
    pub cleared: usize,
    /// Would have been stored (dry run).
    pub would_be_stored: usize,
    /// Refused by DHIS2.
    pub refused: usize,
    /// Said to be stored, but not there when read back.
    pub lost: usize,
    /// Not sent, or sent with unknown end.
    pub open: usize,
    /// Whether it was a request to stop, and nothing else, that left something to do.
    pub stopped: bool,
}

impl Verdicts {
    /// Counts the outcomes of all reports.
    #[must_use]
    pub fn of(sent: &[Sent]) -> Self {
        let stopped = sent.iter().any(|sent| sent.stopped)
            && sent.iter().all(|sent| sent.report.failure.is_none());
        let mut verdicts = Self { stopped, ..Self::default() };
        for outcome in sent.iter().flat_map(|sent| &sent.report.outcomes) {
            *match outcome.verdict {
                Verdict::Stored | Verdict::Accepted => &mut verdicts.stored,
                Verdict::Cleared => &mut verdicts.cleared,
                Verdict::WouldBeStored => &mut verdicts.would_be_stored,
                Verdict::Refused(_) => &mut verdicts.refused,
                Verdict::Lost { .. } => &mut verdicts.lost,
                _ => &mut verdicts.open,
            } += 1;
        }
        verdicts
    }

    /// The exit code of a run with these ends.
    #[must_use]
    pub fn exit(self) -> Exit {
        if self.stopped {
            Exit::Stopped
        } else if self.open > 0 {
            Exit::Server
        } else if self.refused + self.lost > 0 {
            Exit::SomeRefused
        } else {
            Exit::Done
        }
    }
}

/// The end of a run for a terminal: sums, completeness, and every cell that DHIS2 did not take.
#[must_use]
pub fn run(prepared: &[Prepared], sent: &[Sent]) -> String {
    let mut text = String::new();
    for (report, sent) in prepared.iter().zip(sent) {
        let verdicts = Verdicts::of(std::slice::from_ref(sent));
        let mut parts = Vec::new();
        for (n, word) in [
            (verdicts.stored, "stored"),
            (verdicts.cleared, "cleared"),
            (verdicts.would_be_stored, "would be stored"),
            (verdicts.refused, "REFUSED"),
            (verdicts.lost, "LOST"),
            (verdicts.open, "NOT SENT"),
        ] {
            if n > 0 {
                parts.push(format!("{} {word}", count(n, "value")));
            }
        }
        if parts.is_empty() {
            parts.push("nothing to send".to_owned());
        }
        let _ = write!(text, "{}: {}", report.name, parts.join(", "));
        if !sent.completed.is_empty() {
            let _ = write!(text, "; {} registered complete", entries(sent.completed.len()));
        }
        if !sent.incomplete.is_empty() {
            let _ = write!(text, "; {} not complete", entries(sent.incomplete.len()));
        }
        text.push('\n');
        text.push_str(&refused(report, sent));
        if let Some(failure) = &sent.report.failure {
            let _ = writeln!(text, "  stopped: {failure}");
        }
        if sent.report.stopped {
            text.push_str("  stopped on request: the next run sends what was not sent\n");
        } else if sent.stopped {
            text.push_str("  stopped on request: the next run registers what is complete\n");
        }
    }
    text
}

/// `1 place and period`, `2 places and periods`.
fn entries(n: usize) -> String {
    if n == 1 { "1 place and period".to_owned() } else { format!("{n} places and periods") }
}

/// Every cell that was not taken, with the reason and the remedy.
fn refused(report: &Prepared, sent: &Sent) -> String {
    let Some(data_set) = &report.data_set else { return String::new() };
    let bad: Vec<&CellOutcome> = sent
        .report
        .outcomes
        .iter()
        .filter(|outcome| matches!(outcome.verdict, Verdict::Refused(_) | Verdict::Lost { .. }))
        .collect();
    if bad.is_empty() {
        return String::new();
    }
    let mut rows = table(&["period", "organisation unit", "data element", "code", "reason"], &[]);
    for outcome in bad {
        let cell = outcome.cell;
        let (code, reason) = match &outcome.verdict {
            Verdict::Refused(refusal) => (
                refusal.code.map(|code| code.to_string()).unwrap_or_default(),
                format!("{}; {}", refusal.reason, refusal.remedy),
            ),
            _ => (
                String::new(),
                "DHIS2 said it was stored, but it is not there: run again".to_owned(),
            ),
        };
        rows.add_row([
            cell.period.id(),
            data_set
                .org_unit(cell.org_unit)
                .map_or_else(|| cell.org_unit.to_string(), |unit| unit.name.clone()),
            data_set
                .element(cell.data_element)
                .map_or_else(|| cell.data_element.to_string(), |element| element.name.clone()),
            code,
            reason,
        ]);
    }
    lines(&rows)
}
