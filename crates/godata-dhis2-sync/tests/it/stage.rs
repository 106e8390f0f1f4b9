//! Both sandbox servers, a folder with a configuration, and the program to run in it.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use sandbox::dhis2::{Dhis2, WRITER_TOKEN};
use sandbox::godata::{EMAIL, GoData, Kind, PASSWORD};
use sandbox::server::Server;
use serde_json::Value;
use tempfile::TempDir;

/// The head of a configuration that names both servers; reports follow.
const HEAD: &str = r#"
[godata]
url = "@GODATA_URL@"
username = "@GODATA_USER@"
password = { env = "GODATA_PASSWORD" }
outbreak = "@OUTBREAK@"

[dhis2]
url = "@DHIS2_URL@"
token = { env = "DHIS2_TOKEN" }
"#;

/// The national figure of confirmed cases, every week of the recorded outbreak.
pub(crate) const WHOLE_OUTBREAK: &str = r#"
[[report]]
data_set = "kIfMNugiTgd"
window = "2020W35..2021W8"
org_unit = "DiszpKrYNg8"

[[report.value]]
data_element = "CnPsS2xE8UN"
indicator = "Confirmed"
where = { classification = "CONFIRMED" }
"#;

/// The same of three weeks: 14, 19 and 23 cases.
pub(crate) const THREE_WEEKS: &str = r#"
[[report]]
data_set = "kIfMNugiTgd"
window = "2020W40..2020W42"
org_unit = "DiszpKrYNg8"

[[report.value]]
data_element = "CnPsS2xE8UN"
indicator = "Confirmed"
where = { classification = "CONFIRMED" }
"#;

pub(crate) struct Stage {
    pub(crate) godata: GoData,
    pub(crate) dhis2: Dhis2,
    pub(crate) server: Server,
    folder: TempDir,
}

impl Stage {
    pub(crate) fn new(godata: GoData, dhis2: Dhis2, reports: &str) -> Self {
        let server = dhis2.start().expect("a port for DHIS2");
        let stage = Self { godata, dhis2, server, folder: TempDir::new().expect("a folder") };
        stage.configure(&format!("{HEAD}\n{reports}"));
        stage
    }

    /// Writes `sync.toml`; the places of the servers are put in.
    pub(crate) fn configure(&self, text: &str) {
        let text = text
            .replace("@GODATA_URL@", self.godata.url())
            .replace("@GODATA_USER@", EMAIL)
            .replace("@OUTBREAK@", &self.godata.outbreak_id())
            .replace("@DHIS2_URL@", self.server.url());
        self.write("sync.toml", &text);
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Logs in to DHIS2 by password instead of by the demo writer's token.
    pub(crate) fn log_in_by_password(&self, username: &str, password: &str) {
        let text = std::fs::read_to_string(self.path("sync.toml")).expect("a configuration");
        let login = format!("username = \"{username}\"\npassword = {{ file = \"dhis2.txt\" }}");
        self.write("sync.toml", &text.replace("token = { env = \"DHIS2_TOKEN\" }", &login));
        self.write("dhis2.txt", password);
    }

    /// Writes the records that Go.Data holds as the files that `--records` reads; returns their folder.
    pub(crate) fn export(&self) -> PathBuf {
        let folder = self.path("records");
        export(&self.godata, &folder);
        folder
    }

    /// Runs the program in the folder with `arguments`.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, &[])
    }

    pub(crate) fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
        run_in(self.folder.path(), arguments, environment)
    }

    /// The program with `arguments`, for a test that starts it and looks on.
    pub(crate) fn command(&self, arguments: &[&str]) -> std::process::Command {
        let program = assert_cmd::cargo::cargo_bin("godata-dhis2-sync");
        let mut command = std::process::Command::new(program);
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .env("GODATA_PASSWORD", PASSWORD)
            .env("DHIS2_TOKEN", WRITER_TOKEN)
            .env_remove("RUST_LOG");
        command
    }

    /// How many calls that import values DHIS2 has had.
    pub(crate) fn n_imports(&self) -> usize {
        self.dhis2.imports()
    }
}

pub(crate) fn run_in(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
    let mut command = Command::cargo_bin("godata-dhis2-sync").expect("the program is built");
    command
        .current_dir(folder)
        .args(arguments)
        .env("GODATA_PASSWORD", PASSWORD)
        .env("DHIS2_TOKEN", WRITER_TOKEN)
        .env_remove("RUST_LOG")
        .timeout(std::time::Duration::from_secs(120));
    for (name, value) in environment {
        command.env(name, value);
    }
    let output = command.output().expect("the program runs");
    Ended {
        code: output.status.code().expect("it ends by itself"),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

pub(crate) fn export(godata: &GoData, folder: &Path) {
    std::fs::create_dir_all(folder).expect("a folder");
    for (kind, name) in [
        (Kind::Case, "cases"),
        (Kind::Contact, "contacts"),
        (Kind::ContactOfContact, "contacts-of-contacts"),
        (Kind::Event, "events"),
        (Kind::FollowUp, "follow-ups"),
        (Kind::LabResult, "lab-results"),
        (Kind::Relationship, "relationships"),
        (Kind::Location, "locations"),
    ] {
        let rows = Value::Array(godata.records(kind));
        std::fs::write(folder.join(format!("{name}.json")), rows.to_string()).expect("a file");
    }
}

#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// The end of a command that was to succeed; its output otherwise.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Asserts the exit code, and that every text is in what a person sees.
    #[track_caller]
    pub(crate) fn fails_with(&self, code: i32, texts: &[&str]) {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        for text in texts {
            assert!(
                self.err.contains(text) || self.out.contains(text),
                "`{text}` is not in:\n{}\n{}",
                self.out,
                self.err
            );
        }
    }

    /// Standard output as one JSON value.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error} in:\n{}\n{}", self.out, self.err))
    }

    /// Standard output as JSON lines of one type.
    pub(crate) fn lines(&self, kind: &str) -> Vec<Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect(line))
            .filter(|line| line["type"] == kind)
            .collect()
    }
}

/// Independently computed figures for the recorded outbreak (`tests/recordings`).
pub(crate) fn recorded(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(name);
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).expect("a recording"))
        .read_to_string(&mut text)
        .expect("text");
    serde_json::from_str(&text).expect("JSON")
}

/// `{"2020W35": 2, …}` as a map.
pub(crate) fn figures(object: &Value) -> BTreeMap<String, u64> {
    object
        .as_object()
        .expect("an object")
        .iter()
        .map(|(key, value)| (key.clone(), value.as_u64().expect("a number")))
        .collect()
}
