//! `demo`: what a newcomer sees first.

use super::stage::run_in;

#[test]
fn the_demo_fills_two_data_sets_changes_nothing_twice_and_corrects_what_changed() {
    for version in ["2.42", "2.43"] {
        let folder = tempfile::tempdir().unwrap();

        let ended =
            run_in(folder.path(), &["demo", "--json", "--dhis2-version", version], &[]).ok();

        let sums = ended.lines("sent");
        let stored = |run: u64| -> u64 {
            sums.iter()
                .filter(|line| line["run"] == run)
                .map(|line| line["stored"].as_u64().unwrap() + line["cleared"].as_u64().unwrap())
                .sum()
        };
        assert!(stored(1) > 300, "{version}: {sums:#?}");
        assert_eq!(stored(2), 0, "{version}: a second run changes nothing");
        assert!(
            (1..20).contains(&stored(3)),
            "{version}: a third run corrects what changed: {}",
            stored(3)
        );
        assert!(
            sums.iter().all(|line| line["refused"] == 0 && line["lost"] == 0),
            "{version}: {sums:#?}"
        );
    }
}

#[test]
fn the_demo_ends_in_a_table_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();

    let ended = run_in(folder.path(), &["demo"], &[]).ok();

    assert!(ended.out.contains("DHIS2 now holds"), "{}", ended.out);
    assert!(ended.out.contains("read 597 cases"), "{}", ended.out);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "the demo writes nothing where it was started"
    );
}

#[test]
fn the_demos_configuration_can_be_kept() {
    let folder = tempfile::tempdir().unwrap();

    run_in(folder.path(), &["demo", "--dir", "kept", "--quiet"], &[]).ok();

    assert!(folder.path().join("kept/sync.toml").is_file());
}
