//! Opening the file.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, params};

use super::schema::{self, APPLICATION_ID};
use super::{FingerprintKey, LedgerError};

/// How long a command waits for another process that is writing, before it gives up.
const BUSY: Duration = Duration::from_secs(10);

/// A write-ahead log that grew larger is cut back to this many bytes after a checkpoint.
const LOG_BYTES: i64 = 16 * 1024 * 1024;

/// What was sent to DHIS2, by which run, and what became of it.
///
/// # Examples
///
/// ```
/// use godata_dhis2_sync::ledger::Ledger;
///
/// let folder = tempfile::tempdir()?;
/// let ledger = Ledger::open(&folder.path().join("sync.ledger"))?;
/// assert!(ledger.runs()?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Ledger {
    pub(super) connection: Connection,
    key: FingerprintKey,
}

impl Ledger {
    /// Opens the ledger at `path`, makes it where there is none, and brings an older one up to date.
    ///
    /// A new file can be read and written by its owner only.
    ///
    /// # Errors
    ///
    /// - [`LedgerError::TooNew`]: a later version of this program wrote it; it is left untouched.
    /// - [`LedgerError::NotALedger`]: the file is something else.
    /// - [`LedgerError::File`], [`LedgerError::Sql`]: it cannot be made, opened or written.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        make(path)?;
        Self::connect(path)
    }

    /// Opens a ledger that must be there already: for commands that only look.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NotFound`] where there is none; otherwise as [`open`](Self::open).
    pub fn open_existing(path: &Path) -> Result<Self, LedgerError> {
        if !path.exists() {
            return Err(LedgerError::NotFound { path: path.to_owned() });
        }
        Self::connect(path)
    }

    /// The key that hides record ids in this ledger's fingerprints.
    #[must_use]
    pub fn key(&self) -> FingerprintKey {
        self.key.clone()
    }

    fn connect(path: &Path) -> Result<Self, LedgerError> {
        let failed = || LedgerError::sql("be opened");
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags).map_err(failed())?;
        connection.busy_timeout(BUSY).map_err(failed())?;
        refuse_others(&connection, path)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(failed())?;
        // A planned cell must be on the disk before it is sent, also when the power goes.
        connection.pragma_update(None, "synchronous", "FULL").map_err(failed())?;
        connection.pragma_update(None, "journal_size_limit", LOG_BYTES).map_err(failed())?;
        schema::migrate(&mut connection)?;
        connection.pragma_update(None, "foreign_keys", true).map_err(failed())?;
        let key = key(&connection)?;
        Ok(Self { connection, key })
    }
}

/// The SHA-256 of a configuration file, in hexadecimal: two runs with the same digest had the same configuration.
#[must_use]
pub fn config_digest(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes an empty file that only its owner can read; one that is there stays as it is.
fn make(path: &Path) -> Result<(), LedgerError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(LedgerError::File { path: path.to_owned(), source }),
    }
}

/// Refuses what is no ledger, or a newer one, before anything is written.
fn refuse_others(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let read = || {
        let n_tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok((n_tables, number("application_id")?, number("user_version")?))
    };
    let (n_tables, application, version) = read().map_err(|source: rusqlite::Error| {
        if source.sqlite_error_code() == Some(ErrorCode::NotADatabase) {
            LedgerError::NotALedger { path: path.to_owned() }
        } else {
            LedgerError::Sql { what: "be opened", source }
        }
    })?;
    let is_new = n_tables == 0 && application == 0 && version == 0;
    if !is_new && application != APPLICATION_ID {
        return Err(LedgerError::NotALedger { path: path.to_owned() });
    }
    let known = schema::latest();
    if version > known {
        return Err(LedgerError::TooNew { path: path.to_owned(), found: version, known });
    }
    Ok(())
}

/// The key of the fingerprints, made at the first opening.
fn key(connection: &Connection) -> Result<FingerprintKey, LedgerError> {
    let stored = || {
        connection
            .query_row("SELECT key FROM fingerprint_key", [], |row| row.get::<_, Vec<u8>>(0))
            .optional()
            .map_err(LedgerError::sql("read the key of its fingerprints"))
    };
    let key = match stored()? {
        Some(key) => key,
        None => {
            let fresh = FingerprintKey::random()?;
            // Two processes may open a new ledger at once: the first key stays.
            connection
                .execute(
                    "INSERT OR IGNORE INTO fingerprint_key (id, key) VALUES (1, ?1)",
                    params![fresh.as_slice()],
                )
                .map_err(LedgerError::sql("keep the key of its fingerprints"))?;
            stored()?.unwrap_or_else(|| fresh.to_vec())
        }
    };
    FingerprintKey::new(&key)
        .ok_or(LedgerError::Damaged { what: "a key of the fingerprints of another length" })
}
