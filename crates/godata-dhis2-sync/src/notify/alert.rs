//! What is told.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::Exit;
use crate::config::Occasion;
use crate::schedule::{Board, RunEnd};

/// A message to people: what happened, since when, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Why it is sent.
    pub occasion: Occasion,
    /// When it happened; for a run, when it began.
    pub at: DateTime<Utc>,
    /// The exit code of the run; none for silence.
    pub exit: Option<Exit>,
    /// What happened, in a sentence.
    pub what: String,
    /// What to do next.
    pub next: String,
    /// When the last run began that came to its end.
    pub last_success: Option<DateTime<Utc>>,
}

impl Alert {
    /// The message that the end of a run calls for; `None` for a run without any fault, and for one that was stopped.
    #[must_use]
    pub fn of_run(end: &RunEnd, begun: DateTime<Utc>, board: &Board) -> Option<Self> {
        let (occasion, what) = match end.exit {
            // Whoever stops a run knows of it.
            Exit::Done | Exit::Stopped => return None,
            Exit::SomeRefused => {
                let refused = end.cells.get("refused").copied().unwrap_or(0);
                let lost = end.cells.get("lost").copied().unwrap_or(0);
                let mut what = format!("DHIS2 refused {}", values(refused));
                if lost > 0 {
                    let _ = write!(what, " and lost {}", values(lost));
                }
                what.push_str("; every other value was stored");
                (Occasion::Refusal, what)
            }
            _ => (Occasion::Failure, "the run did not come to its end".to_owned()),
        };
        let next = match end.exit {
            Exit::SomeRefused => {
                "`godata-dhis2-sync history` names the run, and `history show` each refused value with its reason"
            }
            _ => "run `godata-dhis2-sync check`; the log of the service has the whole message",
        };
        Some(Self {
            occasion,
            at: begun,
            exit: Some(end.exit),
            what: end.what.clone().unwrap_or(what),
            next: end.next.clone().unwrap_or_else(|| next.to_owned()),
            last_success: board.snapshot().last_success,
        })
    }

    /// The message that no run came to its end for too long.
    #[must_use]
    pub fn of_silence(now: DateTime<Utc>, last_success: Option<DateTime<Utc>>) -> Self {
        let what = match last_success {
            Some(last) => {
                let days = (now - last).num_days();
                format!(
                    "no run has come to its end for {days} day{}",
                    if days == 1 { "" } else { "s" }
                )
            }
            None => "no run has come to its end yet".to_owned(),
        };
        Self {
            occasion: Occasion::Silence,
            at: now,
            exit: None,
            what,
            next: "see what the last runs ended with: `godata-dhis2-sync history`".to_owned(),
            last_success,
        }
    }

    /// One line, such as the subject of a mail.
    #[must_use]
    pub fn subject(&self) -> String {
        let line: String =
            self.what.chars().map(|c| if c.is_control() { ' ' } else { c }).take(140).collect();
        format!("Go.Data to DHIS2: {line}")
    }

    /// The message for people, a few lines.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{}\n\nWhen: {}\n", self.what, moment(self.at));
        if let Some(exit) = self.exit {
            let _ = writeln!(text, "Exit code: {}", exit.code());
        }
        let last = self.last_success.map_or_else(|| "none known".to_owned(), moment);
        let _ = writeln!(text, "Last run that came to its end: {last}");
        let _ = writeln!(text, "Next: {}", self.next);
        text
    }

    /// The message for programs. `text` is what Slack, Mattermost, Rocket.Chat and Teams show.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "text": format!("{}\n{}", self.subject(), self.next),
            "type": self.occasion.as_str(),
            "at": moment(self.at),
            "exitCode": self.exit.map(Exit::code),
            "message": self.what,
            "next": self.next,
            "lastSuccess": self.last_success.map(moment),
            "version": env!("CARGO_PKG_VERSION"),
        })
    }
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn values(n: u64) -> String {
    if n == 1 { "1 value".to_owned() } else { format!("{n} values") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_counts_values_and_names_the_command_that_lists_them() {
        let began: DateTime<Utc> = "2021-03-08T23:00:00Z".parse().unwrap();
        let mut end = RunEnd::new(Exit::SomeRefused);
        end.cells.insert("refused", 3);
        end.cells.insert("stored", 300);

        let alert = Alert::of_run(&end, began, &Board::new(began, None)).unwrap();

        assert_eq!(alert.what, "DHIS2 refused 3 values; every other value was stored");
        assert_eq!(alert.to_json()["exitCode"], 4);
        assert_eq!(alert.to_json()["type"], "refusal");
        assert!(alert.text().contains("history show"), "{}", alert.text());
    }

    #[test]
    fn nobody_is_told_of_a_run_that_is_done_or_was_stopped_on_purpose() {
        let began: DateTime<Utc> = "2021-03-08T23:00:00Z".parse().unwrap();
        let board = Board::new(began, None);
        let told = |exit| Alert::of_run(&RunEnd::new(exit), began, &board).is_some();

        assert!(!told(Exit::Done) && !told(Exit::Stopped));
        assert!(told(Exit::Server) && told(Exit::Guard));
    }

    #[test]
    fn a_subject_is_one_short_line() {
        let mut alert = Alert::of_silence("2021-03-08T23:00:00Z".parse().unwrap(), None);
        alert.what = format!("first\r\nBcc: x@y.example{}", "x".repeat(500));

        let subject = alert.subject();

        assert!(!subject.contains(['\r', '\n']), "{subject}");
        assert!(subject.len() < 200, "{subject}");
    }
}
