-- A ledger as version 1 of the format made it, with one run. Not to be edited: it stands for files in the field.
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

INSERT INTO run VALUES (1, '2020-07-27T23:00:00Z', '2020-07-27T23:05:00Z', '2020-07-27', 'godata.example.org',
    'dhis2.example.org', 'sync', '0.1.0', 'digest', 0, 0, NULL);
INSERT INTO run_data_set VALUES (1, 'kIfMNugiTgd', 'Outbreak weekly', '2020W30', '2020W30');
INSERT INTO planned_cell VALUES (1, 'kIfMNugiTgd', 'CnPsS2xE8UN', '2020W30', 'A', 'HllvX50cXC0', 'HllvX50cXC0',
    'create', NULL, '3', 'stored', NULL);
PRAGMA user_version = 1;
PRAGMA application_id = 1731355698;
