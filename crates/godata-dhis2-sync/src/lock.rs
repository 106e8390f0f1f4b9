//! One run a target: two that compare and send at the same time would undo each other's work.
//!
//! A lock is a file beside the ledger, locked by the operating system: when its process ends, also by `kill -9`, the
//! lock is free. The text in the file only tells people who holds it.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::Exit;
use crate::problem::Problem;

/// The lock of a run, on every data set that it writes; given back when dropped.
///
/// # Examples
///
/// ```
/// use godata_dhis2_sync::lock::{Lock, LockError};
///
/// let folder = tempfile::tempdir()?;
/// let ledger = folder.path().join("sync.ledger");
/// let now = "2020-07-27T23:00:00Z".parse()?;
/// let lock = Lock::take(&ledger, "dhis2.example.org", &["kIfMNugiTgd"], now)?;
/// let second = Lock::take(&ledger, "dhis2.example.org", &["kIfMNugiTgd"], now);
/// assert!(matches!(second, Err(LockError::Busy { .. })));
/// drop(lock);
/// assert!(Lock::take(&ledger, "dhis2.example.org", &["kIfMNugiTgd"], now).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Lock {
    files: Vec<File>,
    notes: Vec<String>,
}

/// Who holds a lock, or held it last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The process's number.
    pub pid: u32,
    /// The computer's name.
    pub host: String,
    /// When its run began.
    pub started: DateTime<Utc>,
}

/// Why a lock could not be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Another run is active.
    #[error("another run is active for data set {data_set} on {target}")]
    Busy {
        /// The host of DHIS2.
        target: String,
        /// The data set.
        data_set: String,
        /// The lock file.
        path: PathBuf,
        /// Who holds it, where that can be read.
        holder: Option<Holder>,
    },

    /// The lock file cannot be made, read or locked.
    #[error("the lock file {} cannot be used", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The file system's reason.
        #[source]
        source: io::Error,
    },
}

impl Lock {
    /// Takes the locks of all `data_sets` on the DHIS2 host `target`, or none; beside the ledger, at `now`.
    ///
    /// # Errors
    ///
    /// [`LockError::Busy`] when another process holds one; [`LockError::File`] when the folder cannot be written, or
    /// its file system knows no locks.
    pub fn take(
        ledger: &Path,
        target: &str,
        data_sets: &[&str],
        now: DateTime<Utc>,
    ) -> Result<Self, LockError> {
        // Everybody takes them in the same order, so two runs with overlapping data sets cannot wait for each other.
        let mut data_sets = data_sets.to_vec();
        data_sets.sort_unstable();
        data_sets.dedup();
        let me = Holder { pid: std::process::id(), host: computer(), started: now };
        let mut lock = Self { files: Vec::new(), notes: Vec::new() };
        for data_set in data_sets {
            let path = path(ledger, target, data_set);
            let failed = |source| LockError::File { path: path.clone(), source };
            let mut file = open(&path).map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let (target, data_set) = (target.to_owned(), data_set.to_owned());
                    let holder = holder(&mut file);
                    return Err(LockError::Busy { target, data_set, path, holder });
                }
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
            // Who ends in good order leaves the file empty.
            if let Some(gone) = holder(&mut file) {
                lock.notes.push(taken_over(&gone, data_set));
            }
            sign(&mut file, &me).map_err(failed)?;
            lock.files.push(file);
        }
        Ok(lock)
    }

    /// Sentences about locks that a killed process had left behind, one a data set.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        for file in &self.files {
            // The operating system frees the lock in any case; a text that stays only costs a note at the next run.
            let _ = file.set_len(0);
            let _ = file.unlock();
        }
    }
}

impl From<LockError> for Problem {
    fn from(error: LockError) -> Self {
        let what = error.to_string();
        match error {
            LockError::Busy { path, holder, .. } => {
                let holder = holder.map_or_else(
                    || "not known".to_owned(),
                    |holder| {
                        format!(
                            "process {} on {}, since {}",
                            holder.pid,
                            holder.host,
                            moment(holder.started)
                        )
                    },
                );
                Self::new(Exit::Busy, what)
                    .fact("holder", holder)
                    .fact("file", path.display().to_string())
                    .next("wait until it has ended; a lock of a process that is gone is free by itself")
            }
            LockError::File { source, .. } => Self::usage(what).because(source).next(
                "let this account write beside the ledger, on a file system that knows locks (not every network share does)",
            ),
        }
    }
}

fn taken_over(gone: &Holder, data_set: &str) -> String {
    format!(
        "the run of process {} on {}, begun {}, did not end in good order and is gone; its lock on {data_set} was taken over",
        gone.pid,
        gone.host,
        moment(gone.started)
    )
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// `sync.ledger` → `sync.ledger.dhis2.example.org.kIfMNugiTgd.lock`.
fn path(ledger: &Path, target: &str, data_set: &str) -> PathBuf {
    let mut name = ledger.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(safe(target));
    name.push(".");
    name.push(safe(data_set));
    name.push(".lock");
    ledger.with_file_name(name)
}

/// The text as part of a file name on every system; different texts stay different.
fn safe(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' => name.push(c),
            c => {
                let _ = write!(name, "_{:x}_", u32::from(c));
            }
        }
    }
    name
}

fn open(path: &Path) -> io::Result<File> {
    // Not truncated: the text of a process that is gone is still to be read.
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

fn holder(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(4096).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn sign(file: &mut File, me: &Holder) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(serde_json::to_string(me)?.as_bytes())?;
    file.sync_data()
}

/// The computer's name, for people; the standard library has no call for it.
fn computer() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| std::env::var("COMPUTERNAME").or_else(|_| std::env::var("HOSTNAME")).ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "an unnamed computer".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_file_stands_beside_the_ledger_and_has_a_name_of_its_own() {
        let name = |target, data_set| path(Path::new("/var/lib/sync.ledger"), target, data_set);
        assert_eq!(
            name("dhis2.example.org", "kIfMNugiTgd"),
            Path::new("/var/lib/sync.ledger.dhis2.example.org.kIfMNugiTgd.lock")
        );
        assert_ne!(name("localhost:8080", "a"), name("localhost_8080", "a"));
        assert_eq!(name("a/../b", "c").parent(), Some(Path::new("/var/lib")));
    }
}
