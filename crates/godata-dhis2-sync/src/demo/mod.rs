//! The demo's stage: a recorded outbreak and a DHIS2 for it, both inside this process.

use std::path::{Path, PathBuf};

use sandbox::dhis2::{Dhis2, Dhis2Version, WRITER_TOKEN};
use sandbox::godata::{EMAIL, GoData, Kind, PASSWORD};
use sandbox::server::Server;

use crate::config::Config;
use crate::problem::{Outcome, Problem};

/// The configuration of the demo, before the addresses are put in.
const CONFIG: &str = include_str!("sync.toml");

/// Both servers, running, and the configuration that joins them.
#[derive(Debug)]
pub struct Stage {
    /// The Go.Data server.
    pub godata: GoData,
    /// The DHIS2 server's content.
    pub dhis2: Dhis2,
    /// The DHIS2 server; it stops when this is dropped.
    pub dhis2_server: Server,
    /// The folder with `sync.toml` and the two secrets.
    pub folder: PathBuf,
}

impl Stage {
    /// Starts both servers and writes the configuration into `folder`.
    ///
    /// # Errors
    ///
    /// When the version is not known, no port can be had, or the folder cannot be written.
    pub fn set(version: &str, folder: &Path) -> Outcome<Self> {
        let version: Dhis2Version = version.parse().map_err(|error| {
            Problem::usage(format!("the sandbox does not imitate DHIS2 {version}"))
                .because(error)
                .next("give a version from 2.36 to 2.44")
        })?;
        let no_port = |error| {
            Problem::server("the sandbox cannot listen on this machine")
                .because(error)
                .next("check that 127.0.0.1 may be used")
        };
        let godata = GoData::recorded().map_err(no_port)?;
        let dhis2 = Dhis2::atlantia(version);
        let dhis2_server = dhis2.start().map_err(no_port)?;
        let config = CONFIG
            .replace("@GODATA_URL@", godata.url())
            .replace("@GODATA_USER@", EMAIL)
            .replace("@DHIS2_URL@", dhis2_server.url());
        write(folder, "sync.toml", &config)?;
        write(folder, "godata-password.txt", PASSWORD)?;
        write(folder, "dhis2-token.txt", WRITER_TOKEN)?;
        Ok(Self { godata, dhis2, dhis2_server, folder: folder.to_owned() })
    }

    /// The configuration, read as any other.
    ///
    /// # Errors
    ///
    /// When it is wrong, which a test excludes.
    pub fn config(&self) -> Outcome<Config> {
        Config::load(&self.folder.join("sync.toml"))
    }

    /// What happens in an outbreak between two runs: two cases turn out to be none, one is entered twice and
    /// deleted. Returns what was done, in words.
    pub fn time_passes(&self) -> Vec<String> {
        let confirmed: Vec<String> = self
            .godata
            .records(Kind::Case)
            .into_iter()
            .filter(|case| {
                case["classification"].as_str().is_some_and(|class| class.ends_with("_CONFIRMED"))
            })
            .filter(|case| {
                case["dateOfReporting"]
                    .as_str()
                    .is_some_and(|day| ("2020-10-01".."2021-02-01").contains(&day))
            })
            .filter_map(|case| case["id"].as_str().map(str::to_owned))
            .take(3)
            .collect();
        let mut done = Vec::new();
        if let [first, second, third] = confirmed.as_slice() {
            self.godata.reclassify(first, "NOT_A_CASE_DISCARDED");
            self.godata.reclassify(second, "PROBABLE");
            self.godata.delete(third);
            done.push("1 confirmed case turned out to be none".to_owned());
            done.push("1 confirmed case was set back to probable".to_owned());
            done.push("1 confirmed case, entered twice, was deleted".to_owned());
        }
        done
    }
}

fn write(folder: &Path, name: &str, text: &str) -> Outcome<()> {
    let path = folder.join(name);
    let fail = |error| {
        Problem::usage("the demo's configuration cannot be written")
            .fact("file", path.display().to_string())
            .because(error)
            .next("give a folder that can be written to: `demo --dir DIR`")
    };
    std::fs::create_dir_all(folder).map_err(fail)?;
    std::fs::write(&path, text).map_err(fail)?;
    private(&path).map_err(fail)
}

#[cfg(unix)]
fn private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn private(_: &Path) -> std::io::Result<()> {
    Ok(())
}
