//! Asked to stop by a signal: the call that is out is finished and read back, nothing is begun after it, the ledger is
//! true, and the next run goes on where this one ended.
//!
//! The call that is out waits at a gate until the program says that it heard the signal, so nothing hangs on time.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Command, Stdio};

use axum::http::Method;
use sandbox::dhis2::{Dhis2, Dhis2Version};
use sandbox::godata::{GoData, Kind, reference};
use sandbox::server::{Fault, Gate, Rule, Server};

use super::stage::{Stage, THREE_WEEKS};

/// One value a call, and completeness after them: 14, 19 and 23 cases in three calls.
fn stage(version: Dhis2Version) -> Stage {
    let report = THREE_WEEKS.replace("window", "complete = true\nwindow");
    let reports = format!("batch_size = 1\n{report}");
    Stage::new(GoData::recorded().unwrap(), Dhis2::atlantia(version), &reports)
}

/// The values in DHIS2 by week, and how many weeks are registered as complete.
fn state(stage: &Stage) -> (BTreeMap<String, Option<String>>, usize) {
    let values = stage.dhis2.values().into_iter().map(|stored| (stored.period, stored.value));
    (values.collect(), stage.dhis2.registrations().len())
}

/// Holds the `nth` (from 0) import of values until the gate is opened.
fn hold_import(server: &Server, nth: usize) -> Gate {
    let gate = Gate::default();
    let rule = Rule::new(Fault::Held(gate.clone())).on("dataValueSets").method(Method::POST);
    server.faults().add(rule.skip(nth));
    gate
}

fn waits_for(mut until: impl FnMut() -> bool) {
    while !until() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// The program while it runs; it is killed when a test ends early.
struct Running {
    child: Child,
    err: BufReader<ChildStderr>,
    said: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    fn start(stage: &Stage, arguments: &[&str]) -> Self {
        let mut child = stage
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let err = BufReader::new(child.stderr.take().expect("a pipe"));
        Self { child, err, said: String::new() }
    }

    fn signal(&self, name: &str) {
        let kill = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(kill.expect("kill is there").success());
    }

    /// Reads what the program says to people until this comes.
    fn says(&mut self, text: &str) {
        while !self.said.contains(text) {
            let n = self.err.read_line(&mut self.said).expect("text");
            assert!(n > 0, "`{text}` is not in:\n{}", self.said);
        }
    }

    /// The exit code, and everything that the program said.
    fn ended(mut self) -> (Option<i32>, String) {
        self.err.read_to_string(&mut self.said).expect("text");
        let mut out = String::new();
        self.child.stdout.take().expect("a pipe").read_to_string(&mut out).expect("text");
        let code = self.child.wait().expect("it ends").code();
        (code, format!("{out}\n{}", self.said))
    }
}

#[test]
fn a_signal_lets_the_call_that_is_out_finish_and_the_next_run_goes_on_from_there() {
    for (version, signal) in [(Dhis2Version::V2_42, "TERM"), (Dhis2Version::V2_43, "INT")] {
        let whole = stage(version);
        whole.run(&["run"]).ok();
        let wanted = state(&whole);
        assert_eq!((wanted.0.len(), wanted.1, whole.n_imports()), (3, 3, 3), "{version:?}");

        let stage = stage(version);
        let gate = hold_import(&stage.server, 1);
        let mut run = Running::start(&stage, &["run"]);
        waits_for(|| stage.server.log().count(&Method::POST, "dataValueSets") == 2);
        run.signal(signal);
        run.says("stopping: the call that is out is finished first");
        gate.open();

        let (code, said) = run.ended();
        assert_eq!(code, Some(7), "{version:?}: {said}");
        for text in ["2 values stored, 1 value NOT SENT", "the next run sends what was not sent"] {
            assert!(said.contains(text), "{version:?}: `{text}` is not in:\n{said}");
        }
        assert_eq!(stage.n_imports(), 2, "{version:?}");
        let (values, n_registered) = state(&stage);
        assert_eq!((values.len(), n_registered), (2, 0), "{version:?}");
        // The ledger says of each cell what DHIS2 holds.
        let shown = stage.run(&["history", "show", "1", "--json"]).ok();
        for cell in shown.lines("cell") {
            let is_held = values.contains_key(cell["period"].as_str().unwrap());
            let outcome = if is_held { "stored" } else { "notSent" };
            assert_eq!(cell["outcome"], outcome, "{version:?}: {cell}");
        }
        assert_eq!(shown.lines("cell").len(), 3, "{version:?}");
        let runs = stage.run(&["history"]).ok().out;
        assert!(runs.contains("stopped on request"), "{runs}");

        stage.run(&["run"]).ok();
        assert_eq!(state(&stage), wanted, "{version:?}");
        assert_eq!(stage.n_imports(), 3, "{version:?}: what was stored is not sent again");
    }
}

#[test]
fn the_run_after_a_stopped_one_still_knows_why_the_rest_changed() {
    let stage = stage(Dhis2Version::V2_42);
    stage.run(&["run"]).ok();
    // One case of each week turns out to be none.
    for week in ["2020-09-28".."2020-10-05", "2020-10-05".."2020-10-12", "2020-10-12".."2020-10-19"]
    {
        let cases = stage.godata.records(Kind::Case);
        let of_the_week = cases.iter().find(|case| {
            case["dateOfReporting"].as_str().is_some_and(|day| week.contains(&day))
                && case["classification"] == *reference("CASE_CLASSIFICATION", "CONFIRMED")
        });
        let id = of_the_week.expect("a case")["id"].as_str().unwrap();
        stage.godata.reclassify(id, "NOT_A_CASE_DISCARDED");
    }
    let gate = hold_import(&stage.server, 1);
    let mut run = Running::start(&stage, &["run"]);
    waits_for(|| stage.server.log().count(&Method::POST, "dataValueSets") == 3 + 2);
    run.signal("TERM");
    run.says("stopping:");
    gate.open();
    let (code, said) = run.ended();
    assert_eq!(code, Some(7), "{said}");

    let rest = stage.run(&["run"]).ok().out;
    assert!(rest.contains("1 deleted or reclassified"), "{rest}");
    assert!(rest.contains("1 value stored"), "{rest}");
}

#[test]
fn a_signal_during_the_last_call_leaves_only_the_registration_to_the_next_run() {
    let stage = stage(Dhis2Version::V2_42);
    let gate = hold_import(&stage.server, 2);
    let mut run = Running::start(&stage, &["run"]);
    waits_for(|| stage.server.log().count(&Method::POST, "dataValueSets") == 3);
    run.signal("TERM");
    run.says("stopping:");
    gate.open();

    let (code, said) = run.ended();
    assert_eq!(code, Some(7), "{said}");
    assert!(said.contains("the next run registers what is complete"), "{said}");
    let (values, n_registered) = state(&stage);
    assert_eq!((values.len(), n_registered), (3, 0));

    stage.run(&["run"]).ok();
    assert_eq!((state(&stage).1, stage.n_imports()), (3, 3));
}

#[test]
fn a_second_signal_ends_at_once_and_the_next_run_settles_it() {
    let stage = stage(Dhis2Version::V2_43);
    let gate = hold_import(&stage.server, 1);
    let mut run = Running::start(&stage, &["run"]);
    waits_for(|| stage.server.log().count(&Method::POST, "dataValueSets") == 2);
    run.signal("INT");
    run.says("stopping:");
    run.signal("INT");

    // The gate is closed: without the second signal this would wait for ever.
    let (code, said) = run.ended();
    assert_eq!(code, Some(7), "{said}");
    assert!(said.contains("cut short by the request to stop"), "{said}");
    gate.open();

    stage.run(&["run"]).ok();
    let (values, n_registered) = state(&stage);
    assert_eq!((values.len(), n_registered), (3, 3));
    let runs = stage.run(&["history"]).ok().out;
    assert!(runs.contains("interrupted (run 2 found it)"), "{runs}");
}

#[test]
fn a_signal_while_records_are_read_ends_it_with_nothing_sent() {
    let stage = stage(Dhis2Version::V2_42);
    let gate = Gate::default();
    let cases = Rule::new(Fault::Held(gate.clone())).on("/cases");
    stage.godata.server().faults().add(cases);
    let run = Running::start(&stage, &["run"]);
    waits_for(|| stage.godata.server().faults().n_pending() == 0);
    run.signal("TERM");

    let (code, said) = run.ended();
    assert_eq!(code, Some(7), "{said}");
    assert!(said.contains("asked to stop while it was reading"), "{said}");
    assert!(said.contains("nothing was sent (exit code 7)"), "{said}");
    assert_eq!(stage.n_imports(), 0);
    gate.open();

    stage.run(&["run"]).ok();
    assert_eq!(state(&stage).0.len(), 3);
}

#[test]
fn a_signal_before_anything_is_known_of_the_servers_ends_it_too() {
    let stage = stage(Dhis2Version::V2_42);
    let gate = Gate::default();
    stage.server.faults().next(Fault::Held(gate.clone()));
    let run = Running::start(&stage, &["run"]);
    waits_for(|| stage.server.faults().n_pending() == 0);
    run.signal("TERM");

    let (code, said) = run.ended();
    assert_eq!(code, Some(7), "{said}");
    gate.open();
    assert!(!stage.path("sync.ledger").exists(), "no run was begun");
}

#[test]
fn a_service_ends_with_0_after_the_call_that_is_out() {
    let stage = stage(Dhis2Version::V2_42);
    let text = std::fs::read_to_string(stage.path("sync.toml")).unwrap();
    let schedule = "[schedule]\ncron = \"00 23 * * 1\"\nlisten = \"none\"\n";
    stage.write("sync.toml", &format!("{schedule}\n{text}"));
    let gate = hold_import(&stage.server, 1);
    let mut service = Running::start(&stage, &["schedule", "--now"]);
    waits_for(|| stage.server.log().count(&Method::POST, "dataValueSets") == 2);
    service.signal("TERM");
    service.says("stopping:");
    gate.open();

    let (code, said) = service.ended();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("2 values stored, 1 value NOT SENT"), "{said}");
    assert_eq!(state(&stage).0.len(), 2);

    stage.run(&["run"]).ok();
    assert_eq!((state(&stage).0.len(), stage.n_imports()), (3, 3));
}
