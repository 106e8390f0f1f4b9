//! The tables, version by version.
//!
//! `PRAGMA user_version` says how many of the [`STEPS`] a file has seen. A step that was released is never edited: a
//! change is a new step. Old readers refuse newer files ([`LedgerError::TooNew`]), so a step may change anything.

use rusqlite::{Connection, TransactionBehavior};

use super::LedgerError;

/// Written into the file's header, so that another program's database is not taken for a ledger: "g2d2".
pub(super) const APPLICATION_ID: i64 = 0x6732_6432;

/// What each version adds.
pub(super) const STEPS: [&str; 4] = [RUNS_AND_CELLS, FINGERPRINTS, ATTRIBUTES, NAMES];

/// Version 1: runs, what they counted, what they sent.
const RUNS_AND_CELLS: &str = "
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    started TEXT NOT NULL,          -- UTC, 2020-07-27T23:00:00Z
    ended TEXT,                     -- NULL: running, or killed
    day TEXT NOT NULL,              -- the day of the run: periods follow from it
    source TEXT NOT NULL,           -- host of Go.Data, or 'files'
    target TEXT NOT NULL,           -- host of DHIS2
    account TEXT NOT NULL,          -- the account that writes
    program TEXT NOT NULL,          -- version of this program
    config_digest TEXT NOT NULL,    -- SHA-256 of the configuration file
    dry_run INTEGER NOT NULL CHECK (dry_run IN (0, 1)),
    exit_code INTEGER,
    interrupted_by INTEGER REFERENCES run (id) -- the run that found this one without an end
) STRICT;

CREATE TABLE run_data_set (
    run INTEGER NOT NULL REFERENCES run (id),
    data_set TEXT NOT NULL,
    name TEXT NOT NULL,
    first_period TEXT NOT NULL,
    last_period TEXT NOT NULL,
    PRIMARY KEY (run, data_set)
) STRICT, WITHOUT ROWID;

CREATE TABLE records_read (
    run INTEGER NOT NULL REFERENCES run (id),
    data_set TEXT NOT NULL,
    kind TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (run, data_set, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE left_out (
    run INTEGER NOT NULL REFERENCES run (id),
    data_set TEXT NOT NULL,
    indicator TEXT NOT NULL,
    reason TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (run, data_set, indicator, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE total (
    run INTEGER NOT NULL REFERENCES run (id),
    data_set TEXT NOT NULL,
    indicator TEXT NOT NULL,
    period TEXT NOT NULL,
    value TEXT NOT NULL,            -- an exact decimal
    PRIMARY KEY (run, data_set, indicator, period)
) STRICT, WITHOUT ROWID;

CREATE TABLE planned_cell (
    run INTEGER NOT NULL REFERENCES run (id),
    data_set TEXT NOT NULL,
    data_element TEXT NOT NULL,
    period TEXT NOT NULL,
    org_unit TEXT NOT NULL,
    category_option_combo TEXT NOT NULL,
    attribute_option_combo TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('create', 'update', 'clear')),
    old TEXT,
    new TEXT,
    outcome TEXT,                   -- NULL: sent or not, nobody has looked yet
    code TEXT,                      -- DHIS2's code where it was refused
    PRIMARY KEY (run, data_set, data_element, period, org_unit, category_option_combo, attribute_option_combo)
) STRICT, WITHOUT ROWID;

CREATE INDEX planned_cell_by_place ON planned_cell (data_element, period, org_unit);

CREATE TABLE completeness (
    run INTEGER NOT NULL REFERENCES run (id),
    data_set TEXT NOT NULL,
    period TEXT NOT NULL,
    org_unit TEXT NOT NULL,
    attribute_option_combo TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('registered', 'withdrawn', 'refused')),
    PRIMARY KEY (run, data_set, period, org_unit, attribute_option_combo)
) STRICT, WITHOUT ROWID;

CREATE TABLE guard_decision (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run (id),
    data_set TEXT NOT NULL,
    sentence TEXT NOT NULL,
    before TEXT NOT NULL,
    now TEXT NOT NULL,
    limit_percent INTEGER NOT NULL,
    accepted_by TEXT                -- NULL: the run stopped
) STRICT;
";

/// Version 2: which record counted where in the last run, as keyed hashes.
const FINGERPRINTS: &str = "
CREATE TABLE fingerprint_key (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    key BLOB NOT NULL               -- 32 random bytes, made with the file
) STRICT;

CREATE TABLE fingerprint_set (
    id INTEGER PRIMARY KEY,
    target TEXT NOT NULL,
    data_set TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES run (id),
    narrowed INTEGER NOT NULL CHECK (narrowed IN (0, 1)),
    UNIQUE (target, data_set)
) STRICT;

CREATE TABLE fingerprint_period (
    set_id INTEGER NOT NULL REFERENCES fingerprint_set (id) ON DELETE CASCADE,
    period TEXT NOT NULL,
    first_day TEXT NOT NULL,
    PRIMARY KEY (set_id, period)
) STRICT, WITHOUT ROWID;

-- A cell that records count in (period is not NULL), or a reason why they count in none.
CREATE TABLE fingerprint_standing (
    set_id INTEGER NOT NULL REFERENCES fingerprint_set (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    indicator TEXT NOT NULL,
    period TEXT,
    org_unit TEXT,
    categories TEXT,                -- a JSON object: category -> option
    reason TEXT,
    PRIMARY KEY (set_id, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE fingerprint (
    set_id INTEGER NOT NULL REFERENCES fingerprint_set (id) ON DELETE CASCADE,
    record BLOB NOT NULL,           -- 16 bytes of HMAC-SHA256 of kind and id
    standings BLOB NOT NULL,        -- the numbers of its standings, as LEB128
    PRIMARY KEY (set_id, record)
) STRICT, WITHOUT ROWID;
";

/// Version 3: one data set may be filled by several reports, each with an attribute option combination of its own.
///
/// Until then a run had one a data set: that of the cells it planned; where it planned none, that of the cells that
/// the nearest run before or after it planned against the same target. One that no run ever planned a cell for is
/// not known (empty), and nothing is compared with it.
const ATTRIBUTES: &str = "
CREATE TEMP TABLE planned AS
SELECT run, target, data_set, min(attribute_option_combo) AS attribute_option_combo
FROM planned_cell JOIN run ON run.id = planned_cell.run GROUP BY run, data_set;

CREATE TEMP TABLE attributes AS
SELECT here.id AS run, run_data_set.data_set AS data_set, coalesce((
    SELECT attribute_option_combo FROM planned
    WHERE planned.data_set = run_data_set.data_set AND planned.target = here.target
    ORDER BY abs(planned.run - here.id), planned.run LIMIT 1
), '') AS attribute_option_combo
FROM run_data_set JOIN run AS here ON here.id = run_data_set.run;

CREATE TABLE new_run_data_set (
    run INTEGER NOT NULL REFERENCES run (id),
    data_set TEXT NOT NULL,
    attribute_option_combo TEXT NOT NULL,
    name TEXT NOT NULL,
    first_period TEXT NOT NULL,
    last_period TEXT NOT NULL,
    PRIMARY KEY (run, data_set, attribute_option_combo)
) STRICT, WITHOUT ROWID;
INSERT INTO new_run_data_set
SELECT run, data_set, attribute_option_combo, name, first_period, last_period
FROM run_data_set JOIN attributes USING (run, data_set);
DROP TABLE run_data_set;
ALTER TABLE new_run_data_set RENAME TO run_data_set;

CREATE TABLE new_records_read (
    run INTEGER NOT NULL REFERENCES run (id),
    data_set TEXT NOT NULL,
    attribute_option_combo TEXT NOT NULL,
    kind TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (run, data_set, attribute_option_combo, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO new_records_read
SELECT run, data_set, attribute_option_combo, kind, n FROM records_read JOIN attributes USING (run, data_set);
DROP TABLE records_read;
ALTER TABLE new_records_read RENAME TO records_read;

CREATE TABLE new_left_out (
    run INTEGER NOT NULL REFERENCES run (id),
    data_set TEXT NOT NULL,
    attribute_option_combo TEXT NOT NULL,
    indicator TEXT NOT NULL,
    reason TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (run, data_set, attribute_option_combo, indicator, reason)
) STRICT, WITHOUT ROWID;
INSERT INTO new_left_out
SELECT run, data_set, attribute_option_combo, indicator, reason, n
FROM left_out JOIN attributes USING (run, data_set);
DROP TABLE left_out;
ALTER TABLE new_left_out RENAME TO left_out;

CREATE TABLE new_total (
    run INTEGER NOT NULL REFERENCES run (id),
    data_set TEXT NOT NULL,
    attribute_option_combo TEXT NOT NULL,
    indicator TEXT NOT NULL,
    period TEXT NOT NULL,
    value TEXT NOT NULL,            -- an exact decimal
    PRIMARY KEY (run, data_set, attribute_option_combo, indicator, period)
) STRICT, WITHOUT ROWID;
INSERT INTO new_total
SELECT run, data_set, attribute_option_combo, indicator, period, value
FROM total JOIN attributes USING (run, data_set);
DROP TABLE total;
ALTER TABLE new_total RENAME TO total;

CREATE TABLE new_guard_decision (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run (id),
    data_set TEXT NOT NULL,
    attribute_option_combo TEXT NOT NULL,
    sentence TEXT NOT NULL,
    before TEXT NOT NULL,
    now TEXT NOT NULL,
    limit_percent INTEGER NOT NULL,
    accepted_by TEXT                -- NULL: the run stopped
) STRICT;
INSERT INTO new_guard_decision
SELECT id, run, data_set, attribute_option_combo, sentence, before, now, limit_percent, accepted_by
FROM guard_decision JOIN attributes USING (run, data_set);
DROP TABLE guard_decision;
ALTER TABLE new_guard_decision RENAME TO guard_decision;

-- The tables that hang on this one stay: foreign keys are off while tables are rebuilt.
CREATE TABLE new_fingerprint_set (
    id INTEGER PRIMARY KEY,
    target TEXT NOT NULL,
    data_set TEXT NOT NULL,
    attribute_option_combo TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES run (id),
    narrowed INTEGER NOT NULL CHECK (narrowed IN (0, 1)),
    UNIQUE (target, data_set, attribute_option_combo)
) STRICT;
INSERT INTO new_fingerprint_set
SELECT id, target, data_set, attribute_option_combo, run, narrowed
FROM fingerprint_set JOIN attributes USING (run, data_set);
DROP TABLE fingerprint_set;
ALTER TABLE new_fingerprint_set RENAME TO fingerprint_set;

DROP TABLE attributes;
DROP TABLE planned;
";

/// Version 4: what DHIS2 calls its option combinations. Runs before it kept ids only; the next run that meets them
/// names them.
const NAMES: &str = "
CREATE TABLE option_combo (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL              -- as of the last run that met it
) STRICT, WITHOUT ROWID;
";

/// The latest version.
pub(super) fn latest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Brings the file to the latest version, one step a transaction.
///
/// The version is read again inside each transaction: two processes may open a new ledger at the same time. Foreign
/// keys are off, as SQLite wants it where a step rebuilds a table that others refer to.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), LedgerError> {
    let failed = || LedgerError::sql("bring its tables up to date");
    connection.pragma_update(None, "foreign_keys", false).map_err(failed())?;
    for (step, version) in STEPS.iter().zip(1_i64..) {
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed())?;
        let seen: i64 = transaction
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(failed())?;
        if seen < version {
            transaction.execute_batch(step).map_err(failed())?;
            transaction.pragma_update(None, "user_version", version).map_err(failed())?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed())?;
        }
        transaction.commit().map_err(failed())?;
    }
    Ok(())
}
