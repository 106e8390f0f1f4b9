//! Killed at any moment, the next run ends in the same state.

use std::process::Stdio;
use std::time::{Duration, Instant};

use sandbox::dhis2::{Dhis2, Dhis2Version};
use sandbox::godata::GoData;

use super::stage::Stage;

const REPORT: &str = r#"
[[report]]
data_set = "kIfMNugiTgd"
window = "2020W35..2021W8"
org_unit = "DiszpKrYNg8"
complete = true

[[report.value]]
data_element = "CnPsS2xE8UN"
indicator = "Confirmed"
where = { classification = "CONFIRMED" }
"#;

fn stage(version: Dhis2Version) -> Stage {
    Stage::new(GoData::recorded().unwrap(), Dhis2::atlantia(version), REPORT)
}

/// Everything that a run is to leave in DHIS2: values and registrations, without the times.
fn state(stage: &Stage) -> (Vec<(String, String, Option<String>)>, usize) {
    let values = stage
        .dhis2
        .values()
        .into_iter()
        .map(|stored| (stored.period, stored.org_unit, stored.value))
        .collect();
    (values, stage.dhis2.registrations().len())
}

#[test]
fn killed_after_any_call_to_dhis2_the_next_run_ends_in_the_same_state() {
    for version in [Dhis2Version::V2_42, Dhis2Version::V2_43] {
        let whole = stage(version);
        whole.run(&["run"]).ok();
        let wanted = state(&whole);
        let n_calls = whole.server.log().n_requests();
        assert!(
            wanted.0.len() > 20 && wanted.1 > 20 && n_calls > 5,
            "{wanted:?} after {n_calls} calls"
        );

        for n in 1..n_calls {
            let stage = stage(version);
            // Answers take a moment, so that the process dies between two of its steps.
            stage.server.set_delay(Duration::from_millis(15));
            let mut child = stage.spawn(&["run"]);
            let patience = Instant::now() + Duration::from_secs(60);
            while stage.server.log().n_requests() < n && child.try_wait().unwrap().is_none() {
                assert!(Instant::now() < patience, "{version:?}: call {n} never came");
                std::thread::sleep(Duration::from_millis(1));
            }
            let _ = child.kill();
            let _ = child.wait();
            stage.server.set_delay(Duration::ZERO);

            stage.run(&["run"]).ok();

            assert_eq!(state(&stage), wanted, "{version:?}: killed after call {n} of {n_calls}");
            let before = stage.n_imports();
            stage.run(&["run"]).ok();
            assert_eq!(
                stage.n_imports(),
                before,
                "{version:?}: killed after call {n}: a third run sends nothing"
            );
        }
    }
}

#[test]
fn two_runs_at_the_same_time_do_not_meet() {
    let stage = stage(Dhis2Version::V2_42);
    stage.server.set_delay(Duration::from_millis(200));
    let mut first = stage.spawn(&["run"]);
    while stage.server.log().n_requests() < 5 && first.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }

    stage.run(&["run"]).fails_with(6, &["another run is active"]);

    assert!(first.wait().unwrap().success());
}

impl Stage {
    /// Starts the program and does not wait for it.
    fn spawn(&self, arguments: &[&str]) -> std::process::Child {
        self.command(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts")
    }
}
