//! Why the ledger could not be opened, read or written.

use std::io;
use std::path::PathBuf;

use super::{CellAddress, RunId};
use crate::Exit;
use crate::problem::Problem;

/// A failure of the ledger.
///
/// `Display` says what could not be done and where; the reason of the file system or of SQLite is the source. No
/// value, no record and no query is ever in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// There is no such file.
    #[error("there is no ledger at {}", path.display())]
    NotFound {
        /// Where it was looked for.
        path: PathBuf,
    },

    /// The file is something else: another program's database, or no database.
    #[error("{} is no ledger of godata-dhis2-sync", path.display())]
    NotALedger {
        /// The file.
        path: PathBuf,
    },

    /// A later version of this program wrote it.
    #[error("{} was written by a newer version (format {found}; this program knows {known})", path.display())]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The latest format that this program knows.
        known: i64,
    },

    /// The file cannot be made or opened.
    #[error("the ledger {} cannot be opened", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The file system's reason.
        #[source]
        source: io::Error,
    },

    /// SQLite could not do what was asked: the disk is full, the file damaged, or another process holds it.
    #[error("the ledger could not {what}")]
    Sql {
        /// What was being done, in the infinitive.
        what: &'static str,
        /// SQLite's reason.
        #[source]
        source: rusqlite::Error,
    },

    /// Something in the file is not as this program writes it.
    #[error("the ledger holds {what} that cannot be understood")]
    Damaged {
        /// What it is.
        what: &'static str,
    },

    /// No run has this number.
    #[error("the ledger has no run {0}")]
    NoSuchRun(RunId),

    /// An outcome was given for a cell that was not planned: a bug, since cells are written before they are sent.
    #[error("run {run} has an outcome for a cell it did not plan ({} {} {})", address.data_element, address.period, address.org_unit)]
    NotPlanned {
        /// The run.
        run: RunId,
        /// The cell.
        address: Box<CellAddress>,
    },

    /// The system gave no random numbers for the key of the fingerprints.
    #[error("the system gave no random numbers, so no ledger can be made")]
    NoRandom,
}

impl LedgerError {
    /// Names what was being done when SQLite failed.
    pub(super) fn sql(what: &'static str) -> impl FnOnce(rusqlite::Error) -> Self {
        move |source| Self::Sql { what, source }
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        let exit = match error {
            LedgerError::NotPlanned { .. } => Exit::Bug,
            _ => Exit::Usage,
        };
        let next = match &error {
            LedgerError::NotFound { .. } => {
                "`run` makes it; with another configuration or path, name it with `--ledger FILE`"
            }
            LedgerError::NotALedger { .. } => {
                "give `ledger` in the configuration the path of a new file, or of a ledger"
            }
            LedgerError::TooNew { .. } => {
                "use the newer version of this program; the file was not touched"
            }
            LedgerError::File { .. } => {
                "make its folder, or let this account read and write there; `ledger` in the configuration moves it"
            }
            LedgerError::Sql { .. } => {
                "check that the disk has room and no other program has the file open, then run again"
            }
            LedgerError::Damaged { .. } => {
                "restore the file from a backup, or move it away: DHIS2 stays right, only the history begins anew"
            }
            LedgerError::NoSuchRun(_) => "`history` lists the runs",
            LedgerError::NotPlanned { .. } => "report this: it is a bug",
            LedgerError::NoRandom => "check that this account may read /dev/urandom",
        };
        // The sentence is the error's own; what lies beneath it becomes the cause.
        let problem = Problem::new(exit, error.to_string()).next(next);
        match error {
            LedgerError::File { source, .. } => problem.because(source),
            LedgerError::Sql { source, .. } => problem.because(source),
            _ => problem,
        }
    }
}
