-- A ledger as version 2 of the format made it: a run that stored values, one that changed nothing, and one of a data set
-- for which no run ever planned a cell. Not to be edited: it stands for files in the field.
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

INSERT INTO run VALUES (1, '2020-07-27T23:00:00Z', '2020-07-27T23:05:00Z', '2020-07-27', 'godata.example.org',
    'dhis2.example.org', 'sync', '0.1.0', 'digest', 0, 0, NULL);
INSERT INTO run_data_set VALUES (1, 'kIfMNugiTgd', 'Outbreak weekly', '2020W30', '2020W30');
INSERT INTO records_read VALUES (1, 'kIfMNugiTgd', 'cases', 12);
INSERT INTO planned_cell VALUES (1, 'kIfMNugiTgd', 'CnPsS2xE8UN', '2020W30', 'A', 'HllvX50cXC0', 'evdcombinat',
    'create', NULL, '3', 'stored', NULL);

INSERT INTO run VALUES (2, '2020-08-03T23:00:00Z', '2020-08-03T23:05:00Z', '2020-08-03', 'godata.example.org',
    'dhis2.example.org', 'sync', '0.1.0', 'digest', 0, 0, NULL);
INSERT INTO run_data_set VALUES (2, 'kIfMNugiTgd', 'Outbreak weekly', '2020W30', '2020W31');
INSERT INTO run_data_set VALUES (2, 'neverplann1', 'Never planned', '2020W30', '2020W31');
INSERT INTO records_read VALUES (2, 'kIfMNugiTgd', 'cases', 14);
INSERT INTO records_read VALUES (2, 'neverplann1', 'cases', 14);
INSERT INTO left_out VALUES (2, 'kIfMNugiTgd', 'Confirmed', 'no-date', 2);
INSERT INTO total VALUES (2, 'kIfMNugiTgd', 'Confirmed', '2020W30', '3');
INSERT INTO guard_decision VALUES (1, 2, 'kIfMNugiTgd', 'Confirmed fell from 90 to 12', '90', '12', 25, '--accept');
INSERT INTO fingerprint_key VALUES (1, x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
INSERT INTO fingerprint_set VALUES (7, 'dhis2.example.org', 'kIfMNugiTgd', 2, 0);
INSERT INTO fingerprint_period VALUES (7, '2020W30', '2020-07-20');
INSERT INTO fingerprint_standing VALUES (7, 0, 'Confirmed', '2020W30', 'A', '{}', NULL);
INSERT INTO fingerprint VALUES (7, x'000102030405060708090a0b0c0d0e0f', x'00');
PRAGMA user_version = 2;
PRAGMA application_id = 1731355698;
