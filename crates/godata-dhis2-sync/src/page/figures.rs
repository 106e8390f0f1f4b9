//! How many cells came to which end.

use serde::Serialize;

use super::model::{End, Page, Report};

/// Cells by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Figures {
    /// Sent for the first time.
    pub created: u64,
    /// Held another value before.
    pub changed: u64,
    /// Held a value that no record supports any more.
    pub cleared: u64,
    /// Right already.
    pub unchanged: u64,
    /// Refused by DHIS2.
    pub refused: u64,
    /// Said to be stored, but not there when read back.
    pub lost: u64,
    /// Not sent, or sent with unknown end.
    pub open: u64,
    /// Stored by someone else and left alone.
    pub foreign: u64,
}

impl Figures {
    pub(super) fn of(report: &Report) -> Self {
        let mut figures = Self { unchanged: report.n_unchanged, ..Self::default() };
        for cell in &report.cells {
            *match (&cell.end, &cell.old, &cell.new) {
                (End::Refused { .. }, ..) => &mut figures.refused,
                (End::Lost, ..) => &mut figures.lost,
                (End::Open, ..) => &mut figures.open,
                (End::Foreign { .. }, ..) => &mut figures.foreign,
                (End::Done, _, None) => &mut figures.cleared,
                (End::Done, None, Some(_)) => &mut figures.created,
                (End::Done, Some(_), Some(_)) => &mut figures.changed,
            } += 1;
        }
        figures
    }

    pub(super) fn of_all(page: &Page) -> Self {
        page.reports.iter().map(Self::of).fold(Self::default(), |a, b| Self {
            created: a.created + b.created,
            changed: a.changed + b.changed,
            cleared: a.cleared + b.cleared,
            unchanged: a.unchanged + b.unchanged,
            refused: a.refused + b.refused,
            lost: a.lost + b.lost,
            open: a.open + b.open,
            foreign: a.foreign + b.foreign,
        })
    }

    /// Cells that were, or would be, sent and accepted.
    pub(super) fn sent(self) -> u64 {
        self.created + self.changed + self.cleared
    }

    /// Cells that hold a counted value after the run.
    pub(super) fn held(self) -> u64 {
        self.unchanged + self.created + self.changed
    }

    /// Cells that do not hold what they should, although the run tried.
    pub(super) fn not_taken(self) -> u64 {
        self.refused + self.lost + self.open
    }
}
