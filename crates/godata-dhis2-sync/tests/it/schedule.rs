//! The built program as a service: it runs, shows how it goes, tells of refusals, and stops when asked.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sandbox::dhis2::{Clock, Dhis2, Dhis2Version};
use sandbox::godata::{GoData, Kind};

use super::stage::{Stage, THREE_WEEKS};

/// Settings of a service that shows its page at a free port.
const SCHEDULE: &str = "[schedule]\ncron = \"00 23 * * 1\"\nlisten = \"127.0.0.1:0\"\n";

/// Three weeks of figures, with these settings.
fn stage(settings: &str) -> Stage {
    let dhis2 = Dhis2::atlantia_builder(Dhis2Version::V2_42)
        .clock(Clock::frozen("2021-03-01T08:00:00Z"))
        .build();
    Stage::new(GoData::recorded().unwrap(), dhis2, &format!("{settings}{THREE_WEEKS}"))
}

/// The running program; it is killed when a test ends early.
struct Service {
    child: Child,
    address: String,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Service {
    fn start(stage: &Stage, arguments: &[&str]) -> Self {
        let mut child = stage
            .command(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let address = loop {
            let line = lines.next().expect("the address of the page").expect("text");
            if let Some(address) = line.strip_prefix("status page: http://") {
                break address.trim_end_matches('/').to_owned();
            }
        };
        // Whatever comes later must find a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("somebody listens");
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.address
        )
        .expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    /// Asks for the metrics until `line` is among them.
    fn waits_for_metric(&self, line: &str) -> String {
        let begun = Instant::now();
        loop {
            let metrics = self.get("/metrics");
            if metrics.lines().any(|found| found == line) {
                return metrics;
            }
            assert!(begun.elapsed() < Duration::from_secs(120), "no `{line}` in:\n{metrics}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Sends SIGTERM; returns the exit code.
    #[cfg(unix)]
    fn stop(mut self) -> Option<i32> {
        let kill = Command::new("kill").arg(self.child.id().to_string()).status();
        assert!(kill.expect("kill is there").success());
        self.child.wait().expect("it ends").code()
    }
}

#[cfg(unix)]
#[test]
fn it_runs_shows_the_figures_and_stops_with_0_on_sigterm() {
    let stage = stage(SCHEDULE);
    let service = Service::start(&stage, &["schedule", "--now"]);

    let metrics = service.waits_for_metric("godata_dhis2_sync_runs_total{outcome=\"done\"} 1");

    assert!(metrics.contains("godata_dhis2_sync_cells_total{outcome=\"stored\"} 3\n"), "{metrics}");
    let undated = stage
        .godata
        .records(Kind::Case)
        .iter()
        .filter(|case| case["classification"].as_str().is_some_and(|id| id.ends_with("_CONFIRMED")))
        .filter(|case| case["dateOfReporting"].is_null())
        .count();
    assert!(undated > 0, "the recorded outbreak has cases without a date");
    let left_out = format!("last_run_left_out{{reason=\"no-date\"}} {undated}\n");
    assert!(metrics.contains(&left_out), "{left_out} is not in {metrics}");
    let stored = stage.dhis2.value("CnPsS2xE8UN", "2020W40", "DiszpKrYNg8").and_then(|v| v.value);
    assert_eq!(stored.as_deref(), Some("14"));
    assert!(service.get("/").contains("exit code 0"));
    assert!(service.get("/healthz").starts_with("HTTP/1.1 200"));
    assert_eq!(service.stop(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_fresh_service_waits_for_its_time_and_one_with_a_gap_catches_up() {
    let stage = stage(SCHEDULE);
    let fresh = Service::start(&stage, &["schedule"]);
    assert!(fresh.get("/readyz").starts_with("HTTP/1.1 200"));
    assert_eq!(fresh.stop(), Some(0));
    assert_eq!(stage.n_imports(), 0, "nothing was due");

    // A run by hand is the last success; in the ledger it becomes one of long ago.
    stage.run(&["run"]).ok();
    let ledger = rusqlite::Connection::open(stage.path("sync.ledger")).expect("the ledger");
    let n_changed = ledger
        .execute("UPDATE run SET started = '2021-03-02T08:00:00Z'", [])
        .expect("the table of runs");
    assert_eq!(n_changed, 1);
    drop(ledger);
    let again = Service::start(&stage, &["schedule"]);
    again.waits_for_metric("godata_dhis2_sync_runs_total{outcome=\"done\"} 1");
    assert_eq!(again.stop(), Some(0));
}

#[test]
fn a_service_that_would_have_to_ask_for_a_password_is_refused_at_its_start() {
    let stage = stage(SCHEDULE);
    let text = std::fs::read_to_string(stage.path("sync.toml")).unwrap();
    stage.write("sync.toml", &text.replace("password = { env = \"GODATA_PASSWORD\" }\n", ""));

    stage.run(&["schedule"]).fails_with(2, &["godata.password", "nobody can be asked"]);
}

#[test]
fn without_a_schedule_the_message_shows_how_to_write_one() {
    let stage = stage("");

    stage.run(&["schedule"]).fails_with(2, &["no [schedule]", "cron = \"00 23 * * 1\""]);
}
