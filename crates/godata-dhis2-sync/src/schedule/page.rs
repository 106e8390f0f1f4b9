//! The status page: what a person wants to know who opens the address in a browser.

use chrono::{DateTime, Utc};
use minijinja::{Environment, context};

use super::metrics::{CELL_ENDS, outcome};
use super::{Snapshot, Timetable};

const TEMPLATE: &str = include_str!("page.html");

/// The page of a moment: HTML without script that needs nothing from the network. Every text is escaped.
///
/// # Errors
///
/// When the template is wrong, which a test excludes.
pub fn status_page(board: &Snapshot, timetable: &Timetable) -> Result<String, minijinja::Error> {
    let local = |at: DateTime<Utc>| timetable.local(at);
    let last_run = board.last_run.as_ref().map(|(at, took, end)| {
        context! {
            at => local(*at),
            seconds => took.as_secs(),
            good => end.came_to_its_end(),
            outcome => outcome(end.exit).replace('_', " "),
            code => end.exit.code(),
            what => &end.what,
            next => &end.next,
            left_out => &end.left_out,
        }
    });
    let cells: Vec<(String, u64)> = CELL_ENDS
        .iter()
        .map(|end| (end.replace('_', " "), board.cells.get(end).copied().unwrap_or(0)))
        .collect();
    let state = if board.stopping {
        "stopping"
    } else if board.running_since.is_some() {
        "a run is active"
    } else {
        "waiting"
    };
    let mut environment = Environment::new();
    // The name's ending turns escaping on.
    environment.add_template("page.html", TEMPLATE)?;
    environment.get_template("page.html")?.render(context! {
        version => env!("CARGO_PKG_VERSION"),
        timetable => timetable.in_words(),
        state,
        since => local(board.since),
        next_due => board.next_due.map(local),
        running_since => board.running_since.map(local),
        last_success => board.last_success.map(local),
        last_run,
        cells,
    })
}
