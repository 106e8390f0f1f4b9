//! One run a target.

use std::process::{Command, Stdio};

use godata_dhis2_sync::Exit;
use godata_dhis2_sync::lock::{Lock, LockError};
use godata_dhis2_sync::problem::Problem;

use crate::story::TARGET;

const NOW: &str = "2020-07-27T23:00:00Z";

fn take(folder: &std::path::Path, target: &str, data_sets: &[&str]) -> Result<Lock, LockError> {
    Lock::take(&folder.join("sync.ledger"), target, data_sets, NOW.parse().unwrap())
}

#[test]
fn a_second_run_of_the_target_is_refused_with_the_holder() {
    let folder = tempfile::tempdir().unwrap();
    let lock = take(folder.path(), TARGET, &["a", "b"]).unwrap();
    assert_eq!(lock.notes(), &[] as &[String]);

    let error = take(folder.path(), TARGET, &["b", "c"]).unwrap_err();

    let LockError::Busy { data_set, holder: Some(holder), .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(data_set, "b");
    assert_eq!(holder.pid, std::process::id());
    assert_eq!(holder.started, NOW.parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    let problem = Problem::from(error);
    assert_eq!(problem.exit(), Exit::Busy);
    let text = problem.render();
    assert!(text.contains(&format!("process {}", std::process::id())), "{text}");
    assert!(text.contains("nothing was sent (exit code 6)"), "{text}");
}

#[test]
fn another_target_or_data_set_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let _lock = take(folder.path(), TARGET, &["a"]).unwrap();
    assert!(take(folder.path(), TARGET, &["b"]).is_ok());
    assert!(take(folder.path(), "another.example.org", &["a"]).is_ok());
}

/// A run that gets one of its locks but not the other must not keep the one.
#[test]
fn all_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let held = take(folder.path(), TARGET, &["b"]).unwrap();
    assert!(take(folder.path(), TARGET, &["a", "b"]).is_err());
    let a = take(folder.path(), TARGET, &["a"]).unwrap();
    assert_eq!(a.notes(), &[] as &[String], "giving up is a good end");
    drop(held);
}

#[test]
fn a_run_that_ended_in_good_order_leaves_no_note() {
    let folder = tempfile::tempdir().unwrap();
    drop(take(folder.path(), TARGET, &["a"]).unwrap());
    assert_eq!(take(folder.path(), TARGET, &["a"]).unwrap().notes(), &[] as &[String]);
}

/// The test starts itself again as the process that will be killed.
#[test]
fn the_lock_of_a_killed_process_is_free_and_said_to_be_taken_over() {
    const FOLDER: &str = "LOCK_TEST_FOLDER";
    if let Ok(folder) = std::env::var(FOLDER) {
        let folder = std::path::Path::new(&folder);
        let _lock = take(folder, TARGET, &["a"]).unwrap();
        std::fs::write(folder.join("held"), "").unwrap();
        std::thread::sleep(std::time::Duration::from_secs(60));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "locks::the_lock_of_a_killed_process_is_free_and_said_to_be_taken_over"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !folder.path().join("held").exists() {
        assert_eq!(child.try_wait().unwrap(), None, "it ended before it had the lock");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let busy = take(folder.path(), TARGET, &["a"]).unwrap_err();
    let LockError::Busy { holder: Some(holder), .. } = busy else { panic!("{busy:?}") };
    assert_eq!(holder.pid, child.id());

    child.kill().unwrap();
    child.wait().unwrap();

    let lock = take(folder.path(), TARGET, &["a"]).unwrap();
    let [note] = lock.notes() else { panic!("{:?}", lock.notes()) };
    assert!(note.contains(&format!("process {}", child.id())), "{note}");
    assert!(note.contains("taken over"), "{note}");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = take(&folder.path().join("none"), TARGET, &["a"]).unwrap_err();
    assert!(matches!(error, LockError::File { .. }), "{error:?}");
    assert_eq!(Problem::from(error).exit(), Exit::Usage);
}
