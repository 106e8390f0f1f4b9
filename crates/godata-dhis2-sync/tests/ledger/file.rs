//! The file: made, brought up to date, refused.

use std::path::Path;

use godata_dhis2_sync::Exit;
use godata_dhis2_sync::ledger::{
    CellQuery, ComboNames, Counts, Fingerprints, Ledger, LedgerError, ReportKey, RunDataSet,
    config_digest,
};
use godata_dhis2_sync::problem::Problem;
use rusqlite::Connection;

use crate::story::{DATA_SET, TARGET, counted, end, report, room, start, week};

fn user_version(path: &Path) -> i64 {
    Connection::open(path)
        .unwrap()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

#[test]
fn an_older_file_is_brought_up_to_date_and_keeps_its_history() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.ledger");
    Connection::open(&path).unwrap().execute_batch(include_str!("version-1.sql")).unwrap();
    assert_eq!(user_version(&path), 1);

    let mut ledger = Ledger::open(&path).unwrap();

    assert_eq!(user_version(&path), 4);
    assert_eq!(ledger.names().unwrap(), ComboNames::default(), "older runs kept no names");
    let query = CellQuery {
        data_element: "CnPsS2xE8UN".to_owned(),
        period: "2020W30".into(),
        org_unit: "A".to_owned(),
    };
    assert_eq!(ledger.cell(&query).unwrap()[0].cell.planned.new.as_deref(), Some("3"));
    // What the new version adds works.
    let run = ledger.begin(&start("2020-08-03")).unwrap();
    let now = Fingerprints::new(ledger.key(), vec![week("2020W30", "2020-07-20")], false);
    ledger.fingerprints(run, &report(), &now).unwrap();
    assert!(ledger.why(TARGET, &report(), &now).unwrap().is_some());
}

/// What an older version kept by data set belongs to the attribute option combination of the cells that it planned.
#[test]
fn a_file_of_version_2_keeps_counts_guards_and_fingerprints_by_its_attributes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.ledger");
    Connection::open(&path).unwrap().execute_batch(include_str!("version-2.sql")).unwrap();

    let mut ledger = Ledger::open(&path).unwrap();

    let of = |data_set: &str, attributes: &str| ReportKey {
        data_set: data_set.to_owned(),
        attribute_option_combo: attributes.to_owned(),
    };
    let evd = of(DATA_SET, "evdcombinat");
    // Run 2 planned no cell; it wrote into the combination that run 1 did.
    let last = ledger.last_counts(TARGET, &evd).unwrap().unwrap();
    assert_eq!(last.counts.records["cases"], 14);
    assert_eq!(last.counts.left_out[0].n, 2);
    assert_eq!(last.counts.totals.len(), 1);
    let run = ledger.runs().unwrap()[1].id;
    let run = ledger.run(run).unwrap().unwrap();
    assert_eq!(run.guards[0].attribute_option_combo, "evdcombinat");
    assert_eq!(
        run.counts.keys().cloned().collect::<Vec<_>>(),
        [evd.clone(), of("neverplann1", "")]
    );
    // The fingerprints are still there, with all that hangs on them, and of this combination only.
    let now = Fingerprints::new(ledger.key(), vec![week("2020W30", "2020-07-20")], false);
    let why = ledger.why(TARGET, &evd, &now).unwrap().unwrap();
    assert_eq!(why.values().map(ToString::to_string).collect::<Vec<_>>(), ["1 deleted"]);
    let mvd = of(DATA_SET, "mvdcombinat");
    assert_eq!(ledger.why(TARGET, &mvd, &now).unwrap(), None);
    assert_eq!(ledger.last_counts(TARGET, &mvd).unwrap(), None);

    // Two reports of one data set in one run, each with its own counts and fingerprints.
    let mut both = start("2020-08-10");
    both.data_sets = [&evd, &mvd]
        .map(|report| RunDataSet {
            attribute_option_combo: report.attribute_option_combo.clone(),
            ..both.data_sets[0].clone()
        })
        .into();
    let run = ledger.begin(&both).unwrap();
    for (report, n) in [(&evd, 20), (&mvd, 30)] {
        let records = [("cases".to_owned(), n)].into();
        ledger.counted(run, report, &Counts { records, ..Counts::default() }).unwrap();
        ledger.fingerprints(run, report, &now).unwrap();
    }
    end(&mut ledger, run, "2020-08-10", 0);
    for (report, n) in [(&evd, 20), (&mvd, 30)] {
        let last = ledger.last_counts(TARGET, report).unwrap().unwrap();
        assert_eq!(last.counts.records["cases"], n);
        assert!(ledger.why(TARGET, report, &now).unwrap().is_some());
    }
    let broken: i64 = Connection::open(&path)
        .unwrap()
        .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(broken, 0);
}

#[test]
fn a_newer_file_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.ledger");
    drop(Ledger::open(&path).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();

    let error = Ledger::open(&path).unwrap_err();

    assert!(matches!(error, LedgerError::TooNew { found: 99, known: 4, .. }), "{error:?}");
    assert_eq!(user_version(&path), 99);
    let problem = Problem::from(error);
    assert_eq!(problem.exit(), Exit::Usage);
    assert!(problem.render().contains("use the newer version"), "{}", problem.render());
}

#[test]
fn what_is_no_ledger_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text");
    std::fs::write(&text, "location_id,org_unit\n".repeat(200)).unwrap();
    let database = folder.path().join("database");
    Connection::open(&database).unwrap().execute_batch("CREATE TABLE visits (id)").unwrap();

    for path in [text, database] {
        let before = std::fs::read(&path).unwrap();
        let error = Ledger::open(&path).unwrap_err();
        assert!(matches!(error, LedgerError::NotALedger { .. }), "{error:?}");
        assert_eq!(std::fs::read(&path).unwrap(), before, "{}", path.display());
    }
}

#[test]
fn looking_makes_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sync.ledger");
    let error = Ledger::open_existing(&path).unwrap_err();
    assert!(matches!(error, LedgerError::NotFound { .. }), "{error:?}");
    assert!(!path.exists());
    drop(Ledger::open(&path).unwrap());
    assert!(Ledger::open_existing(&path).is_ok());
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = Ledger::open(&folder.path().join("none/sync.ledger")).unwrap_err();
    assert!(matches!(error, LedgerError::File { .. }), "{error:?}");
    assert!(Problem::from(error).render().contains("cause:"));
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let room = room();
    for name in ["sync.ledger", "sync.ledger-wal"] {
        let mode = room.folder.path().join(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

/// Two commands may start at the same moment on a machine that has no ledger yet.
#[test]
fn several_may_make_the_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sync.ledger");
    std::thread::scope(|scope| {
        let openers: Vec<_> =
            (0..8).map(|_| scope.spawn(|| Ledger::open(&path).unwrap())).collect();
        let ledgers: Vec<Ledger> =
            openers.into_iter().map(|opener| opener.join().unwrap()).collect();
        // All have one key: what one hides, the others recognise.
        let mut hidden = ledgers.iter().map(|ledger| {
            let mut now = Fingerprints::new(ledger.key(), Vec::new(), false);
            now.push("cases", "a", None, &[]);
            format!("{now:?}")
        });
        let first = hidden.next().unwrap();
        assert!(hidden.all(|other| other == first));
    });
}

#[test]
fn no_record_id_is_in_the_file() {
    let mut room = room();
    let id = "8c1f26ff-planted-marker";
    let run = room.ledger.begin(&start("2020-07-27")).unwrap();
    let mut now = Fingerprints::new(room.ledger.key(), vec![week("2020W30", "2020-07-20")], false);
    now.push("cases", id, None, &[counted("Confirmed", "2020W30", "A")]);
    room.ledger.fingerprints(run, &report(), &now).unwrap();
    let plain = ring::digest::digest(&ring::digest::SHA256, id.as_bytes());

    for entry in std::fs::read_dir(room.folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        assert!(!holds(b"planted-marker"));
        assert!(!holds(&plain.as_ref()[..16]), "a hash without a key can be looked up");
    }
    assert!(!format!("{now:?}").contains("planted-marker"));
}

#[test]
fn a_configuration_is_known_by_its_digest() {
    // The digest of the empty text, FIPS 180-4.
    assert_eq!(
        config_digest(b""),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    assert_ne!(config_digest(b"a"), config_digest(b"b"));
}
