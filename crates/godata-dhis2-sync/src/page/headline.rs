//! The verdict: what happened, in one sentence and one line below it.

use serde::Serialize;

use super::figures::Figures;
use super::model::{Mode, Page};
use super::words::{count, day, list, number, sentence, was};

/// What a reader must know who reads nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Headline {
    pub state: State,
    /// The state in words, shown with its sign: colour alone says nothing to many readers.
    pub word: &'static str,
    pub sentence: String,
    pub detail: String,
}

/// Whether someone has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Good,
    Attention,
    Failed,
}

impl Headline {
    pub(super) fn of(page: &Page) -> Self {
        let figures = Figures::of_all(page);
        match page.mode {
            Mode::Plan => plan(page, figures),
            Mode::Run if figures.open > 0 || page.reports.iter().any(|r| r.failure.is_some()) => {
                stopped(figures)
            }
            Mode::Run if figures.not_taken() > 0 => not_taken(figures),
            Mode::Run => done(page, figures),
        }
    }
}

fn plan(page: &Page, figures: Figures) -> Headline {
    let failed = page.reports.iter().any(|report| report.failure.is_some());
    let (state, word) = match (failed, figures.refused) {
        (true, _) => (State::Failed, "Stopped"),
        (false, 0) => (State::Good, "Plan"),
        (false, _) => (State::Attention, "Needs attention"),
    };
    Headline {
        state,
        word,
        sentence: match figures.sent() {
            _ if failed => "The plan could not be made to its end.".to_owned(),
            0 if figures.refused > 0 => {
                format!("DHIS2 would refuse {}.", all(figures.refused, "value that would be sent"))
            }
            0 => "Nothing would have to be changed in DHIS2.".to_owned(),
            n => format!("{} would change in DHIS2.", sentence(&count(n, "value"))),
        },
        detail: joined(
            &[
                (figures.created, "would be sent for the first time"),
                (figures.changed, "would be corrected"),
                (figures.cleared, "would be cleared"),
                (figures.refused, "would be refused"),
            ],
            "nothing was sent",
        ),
    }
}

fn stopped(figures: Figures) -> Headline {
    let sentence = match figures.open {
        0 => "The run stopped before its end.".to_owned(),
        n => format!("The run stopped before its end: {} {} not sent.", count(n, "value"), was(n)),
    };
    Headline { state: State::Failed, word: "Stopped", sentence, detail: ends(figures) }
}

fn not_taken(figures: Figures) -> Headline {
    let tried = figures.sent() + figures.not_taken();
    Headline {
        state: State::Attention,
        word: "Needs attention",
        sentence: format!(
            "DHIS2 did not take {} of {}.",
            number(figures.not_taken()),
            count(tried, "value")
        ),
        detail: ends(figures),
    }
}

fn done(page: &Page, figures: Figures) -> Headline {
    let sentence = match (figures.sent(), figures.foreign) {
        (0, 0) if figures.unchanged == 0 => {
            "There was nothing to count and nothing to send.".to_owned()
        }
        (0, 0) => format!(
            "DHIS2 already held {}: nothing had to be changed.",
            all(figures.held(), "counted value")
        ),
        (_, 0) => format!(
            "DHIS2 now holds {} of {}.",
            all(figures.held(), "counted value"),
            day(page.day)
        ),
        (_, n) => format!(
            "DHIS2 now holds the counted values of {}, except {} that others stored.",
            day(page.day),
            number(n)
        ),
    };
    Headline { state: State::Good, word: "Done", sentence, detail: ends(figures) }
}

fn all(n: u64, one: &str) -> String {
    match n {
        0 | 1 => count(n, one),
        n => format!("all {}", count(n, one)),
    }
}

/// `33 values were sent for the first time and 4 corrected; nothing was refused.`
fn ends(figures: Figures) -> String {
    let refused = match (figures.refused, figures.lost) {
        (0, 0) => "nothing was refused".to_owned(),
        (refused, 0) => format!("{} {} refused", number(refused), was(refused)),
        (0, lost) => format!("{} {} lost on the way", number(lost), was(lost)),
        (refused, lost) => format!(
            "{} {} refused and {} lost on the way",
            number(refused),
            was(refused),
            number(lost)
        ),
    };
    joined(
        &[
            (figures.created, "sent for the first time"),
            (figures.changed, "corrected"),
            (figures.cleared, "cleared"),
            (figures.foreign, "left alone because others stored them"),
        ],
        &refused,
    )
}

fn joined(parts: &[(u64, &str)], last: &str) -> String {
    let mut parts = parts.iter().filter(|(n, _)| *n > 0);
    let Some((n, words)) = parts.next() else { return sentence(last) + "." };
    let verb = if words.starts_with("would") { String::new() } else { format!("{} ", was(*n)) };
    let mut all = vec![format!("{} {verb}{words}", count(*n, "value"))];
    all.extend(parts.map(|(n, words)| format!("{} {words}", number(*n))));
    format!("{}; {last}.", sentence(&list(&all)))
}
