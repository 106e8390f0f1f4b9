//! Standard output and standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::problem::Problem;

/// Where a command writes.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// Results as JSON lines.
    pub json: bool,
    /// No progress.
    pub quiet: bool,
}

impl Screen {
    /// Whether progress is shown: a person watches, and has not asked for silence.
    #[must_use]
    pub fn shows_progress(&self) -> bool {
        !self.quiet && !self.json && io::stderr().is_terminal()
    }

    /// A line for people on standard output; nothing with `--json`.
    pub fn say(&self, line: impl Display) {
        if !self.json {
            out(&format!("{line}\n"));
        }
    }

    /// A JSON line on standard output; nothing without `--json`.
    pub fn emit(&self, value: &serde_json::Value) {
        if self.json {
            out(&format!("{value}\n"));
        }
    }

    /// A result that is the same in both modes, such as a file's content.
    pub fn write(&self, text: &str) {
        out(text);
    }

    /// A message beside the results, on standard error.
    pub fn note(&self, line: impl Display) {
        if !self.quiet {
            err(&format!("{line}\n"));
        }
    }

    /// A problem that ends the command.
    pub fn problem(&self, problem: &Problem) {
        if self.json {
            out(&format!("{}\n", problem.to_json()));
        }
        err(&problem.render());
    }
}

/// A table without frames that a person can also paste into a mail; columns of numbers are set to the right.
#[must_use]
pub(crate) fn table(header: &[&str], numbers: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header.iter().copied());
    for &column in numbers {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// The table as lines without blanks at their ends.
#[must_use]
pub(crate) fn lines(table: &Table) -> String {
    table.to_string().lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// `1 cell`, `2 cells`.
#[must_use]
pub(crate) fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

fn out(text: &str) {
    // A closed pipe is no error of ours: whoever read it has what they wanted.
    let _ = io::stdout().lock().write_all(text.as_bytes());
}

fn err(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
