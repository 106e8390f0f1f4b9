//! The DHIS2 side of a run: who we are there, what day it is, and the data sets of the reports.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use dhis2_client::{Client, Credentials, DataSet, DataSetId, DataSetSummary, Me, SystemInfo};

use crate::config::{Config, Report, did_you_mean};
use crate::places::Unit;
use crate::problem::{Outcome, Problem};

/// A DHIS2 server that can take the reports' values.
#[derive(Debug)]
pub struct Target {
    /// The connection.
    pub client: Client,
    /// Version, date and calendar of the server.
    pub server: SystemInfo,
    /// The account.
    pub me: Me,
    /// The data set of each report, in the reports' order.
    pub data_sets: Vec<DataSet>,
}

impl Target {
    /// Connects, checks the credentials and reads the data set of every report.
    ///
    /// # Errors
    ///
    /// When there is no `[dhis2]`, a secret is missing, the server cannot be reached, refuses the account, or
    /// lacks a data set.
    pub async fn connect(config: &Config) -> Outcome<Self> {
        let client = client(config)?;
        let server = client.system_info().await.map_err(|error| problem(config, error))?;
        let me = client.me().await.map_err(|error| problem(config, error))?;
        let known = client.data_sets().await.map_err(|error| problem(config, error))?;
        let mut data_sets: Vec<DataSet> = Vec::new();
        for (n, report) in config.file.report.iter().enumerate() {
            let id = find(config, &known, n, report)?;
            // Reports that keep outbreaks apart share one data set, which is read once.
            let read = data_sets.iter().find(|data_set| data_set.id == id).cloned();
            data_sets.push(match read {
                Some(data_set) => data_set,
                None => client.data_set(id).await.map_err(|error| problem(config, error))?,
            });
        }
        Ok(Self { client, server, me, data_sets })
    }

    /// The day of the run, as this server has it.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        self.server.today()
    }

    /// Every organisation unit that one of the data sets is assigned to.
    #[must_use]
    pub fn units(&self) -> Vec<Unit> {
        units(&self.data_sets)
    }
}

/// Every organisation unit that one of the data sets is assigned to, once, in order of id.
#[must_use]
pub(crate) fn units(data_sets: &[DataSet]) -> Vec<Unit> {
    let mut units: BTreeMap<String, Unit> = BTreeMap::new();
    for unit in data_sets.iter().flat_map(|data_set| &data_set.org_units) {
        let id = unit.id.to_string();
        units.entry(id.clone()).or_insert_with(|| Unit {
            id,
            code: unit.code.clone(),
            name: unit.name.clone(),
            parent: unit.parent().map(|parent| parent.to_string()),
            attributes: unit
                .attribute_values
                .iter()
                .map(|attribute| attribute.value.clone())
                .collect(),
        });
    }
    units.into_values().collect()
}

/// The connection to the configured DHIS2; nothing is sent yet.
///
/// # Errors
///
/// When `[dhis2]` is missing or wrong, or a secret cannot be read.
pub fn client(config: &Config) -> Outcome<Client> {
    let Some(dhis2) = &config.file.dhis2 else {
        return Err(Problem::usage("the configuration names no DHIS2 server")
            .fact("file", config.path.display().to_string())
            .next("add a [dhis2] section with `url` and `token`, or use `count`, which needs no server"));
    };
    let url = dhis2.url.parse().map_err(|error| {
        Problem::usage(format!("`{}` is no address", dhis2.url))
            .fact("key", "dhis2.url")
            .because(error)
            .next("write it with its scheme, such as https://dhis2.example.org")
    })?;
    let folder = config.folder();
    let credentials = match (&dhis2.token, &dhis2.username) {
        (Some(token), _) => Credentials::ApiToken(token.read("dhis2.token", folder)?),
        (None, username) => {
            let username = username.clone().unwrap_or_default();
            let password = crate::prompt::secret(
                dhis2.password.as_ref(),
                "dhis2.password",
                &format!("Password of {username} on {}", dhis2.url),
                folder,
            )?;
            Credentials::Basic { username, password }
        }
    };
    let mut builder = Client::builder(url, credentials);
    if dhis2.allow_plain_http {
        builder = builder.allow_plain_http();
    }
    builder.build().map_err(|error| {
        Problem::usage("the DHIS2 server cannot be used as configured")
            .fact("key", "dhis2.url")
            .because(error)
            .next("use an https:// address; `allow_plain_http = true` is for a lab")
    })
}

/// The id of a report's data set, given by id, code or name.
fn find(
    config: &Config,
    known: &[DataSetSummary],
    n: usize,
    report: &Report,
) -> Outcome<DataSetId> {
    let Some(wanted) = &report.data_set else {
        return Err(Problem::usage(format!(
            "report {} names no data set, so its values have nowhere to go",
            n + 1
        ))
        .fact("file", config.path.display().to_string())
        .next("add `data_set = \"…\"` with the id, code or name of a data set"));
    };
    let found = known.iter().find(|data_set| {
        data_set.id.as_str() == wanted
            || data_set.code.as_deref() == Some(wanted)
            || data_set.name == *wanted
    });
    found.map(|data_set| data_set.id).ok_or_else(|| {
        let names = known.iter().flat_map(|data_set| [data_set.id.as_str(), &data_set.name, data_set.code.as_deref().unwrap_or_default()]);
        let near = did_you_mean(wanted, names);
        let list: Vec<_> = known.iter().take(8).map(|data_set| format!("{} {}", data_set.id, data_set.name)).collect();
        Problem::server(format!("DHIS2 has no data set `{wanted}` that this account may see{near}"))
            .fact("server", host(config))
            .fact("known", if list.is_empty() { "none".to_owned() } else { list.join("\n") })
            .next("correct `data_set`, or ask the DHIS2 administrator to share the data set with this account")
    })
}

/// The server's name without anything that could be a secret.
fn host(config: &Config) -> String {
    config.file.dhis2.as_ref().map(|dhis2| dhis2.url.clone()).unwrap_or_default()
}

/// What a failed call to DHIS2 means to the person who runs this.
pub fn problem(config: &Config, error: dhis2_client::Error) -> Problem {
    let (what, next) = if error.is_login_refused() {
        (
            "DHIS2 refused this login",
            "check the token or password; an account with two-factor login needs a token",
        )
    } else if error.is_forbidden() {
        (
            "this DHIS2 account may not do that",
            "ask the DHIS2 administrator for the right that is named above",
        )
    } else if error.is_unreachable() {
        (
            "DHIS2 cannot be reached",
            "check the address, the network and any proxy, then run again: nothing is lost",
        )
    } else if error.is_not_found() {
        (
            "DHIS2 does not have what was asked for",
            "check the address (with its context path) and the ids in the configuration",
        )
    } else {
        ("DHIS2 gave no usable answer", "run again; if it stays, `check` shows which call fails")
    };
    Problem::server(what).fact("server", host(config)).because(error).next(next)
}
