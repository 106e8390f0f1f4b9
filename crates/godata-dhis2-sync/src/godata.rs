//! The Go.Data side of a run: the account, the outbreaks, the places, and records page by page.

mod whole;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use godata_client::{Client, Credentials, Filter, RawPages, RecordKind, Scope, Traffic};
use indicators::Source;
use tokio::sync::OnceCell;

use crate::config::{Config, GoData};
use crate::pipeline::{Prepared, ReadFor};
use crate::places::Location;
use crate::problem::{Outcome, Problem};
use crate::prompt;

/// A connected Go.Data server, and the outbreaks that are counted.
#[derive(Debug)]
pub struct Reader {
    client: Client,
    /// The outbreaks, each once, in the order of the configuration.
    pub outbreaks: Vec<Outbreak>,
    /// The id of each outbreak that the configuration names, by what it is called there.
    named: BTreeMap<String, String>,
    server: String,
    /// The ids of the reference data, once they were asked for.
    reference: OnceCell<BTreeMap<String, BTreeSet<String>>>,
}

/// An outbreak that is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbreak {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The day on which it began, where Go.Data says.
    pub started: Option<NaiveDate>,
}

/// The day on which an outbreak began: Go.Data keeps days as midnights in UTC.
fn started(outbreak: &godata_client::models::Outbreak) -> Option<NaiveDate> {
    outbreak.start_date.value()?.day(&chrono::Utc)
}

/// The fields of a location that matching and roll-up need.
const LOCATION_FIELDS: [&str; 6] =
    ["name", "parentLocationId", "geographicalLevelId", "identifiers", "active", "deleted"];

impl Reader {
    /// Logs in and finds the outbreaks.
    ///
    /// # Errors
    ///
    /// When there is no `[godata]`, a secret is missing, the server cannot be reached, refuses or has locked
    /// the account, or has no such outbreak.
    pub async fn connect(config: &Config) -> Outcome<Self> {
        let Some(godata) = &config.file.godata else {
            return Err(Problem::usage("the configuration names no Go.Data server")
                .fact("file", config.path.display().to_string())
                .next("add a [godata] section, or read files with `--records DIR`"));
        };
        let client = client(config, godata)?;
        let server = godata.url.clone();
        let fail = |error| problem(&server, error);
        client.login().await.map_err(fail)?;
        let mut outbreaks: Vec<Outbreak> = Vec::new();
        let mut named = BTreeMap::new();
        for wanted in config.file.outbreaks() {
            let found = client
                .find_outbreak(&wanted)
                .await
                .map_err(|error| fail(error).fact("outbreak", &wanted))?;
            let id = found.id.value().cloned().unwrap_or_else(|| wanted.clone());
            // One outbreak may be named by id in one report and by name in another.
            if outbreaks.iter().all(|known| known.id != id) {
                outbreaks.push(Outbreak {
                    name: found.name.value().cloned().unwrap_or_else(|| id.clone()),
                    started: started(&found),
                    id: id.clone(),
                });
            }
            named.insert(wanted, id);
        }
        Ok(Self { client, outbreaks, named, server, reference: OnceCell::new() })
    }

    /// Ends the session, which frees the account for others. A failure is of no consequence.
    pub async fn close(self) {
        if let Err(error) = self.client.close().await {
            tracing::debug!("logging out of Go.Data failed: {error}");
        }
    }

    /// Every location, deleted ones included.
    ///
    /// # Errors
    ///
    /// When the server cannot be read.
    pub async fn locations(&self) -> Outcome<Vec<Location>> {
        let fail = |error| problem(&self.server, error);
        let mut pages =
            self.client.locations().including_deleted().fields(LOCATION_FIELDS).raw_pages();
        let mut locations = Vec::new();
        while let Some(page) = pages.next().await.map_err(fail)? {
            for record in page.records() {
                match serde_json::from_slice::<Location>(record.bytes()) {
                    Ok(location) => locations.push(location),
                    Err(error) => tracing::warn!(
                        "{} cannot be read and is left out: {error}",
                        record.origin()
                    ),
                }
            }
        }
        Ok(locations)
    }

    /// Whether the account sees every record of each outbreak.
    ///
    /// # Errors
    ///
    /// When the server cannot be asked.
    pub async fn scopes(&self) -> Outcome<Vec<Scope>> {
        let mut scopes = Vec::new();
        for outbreak in &self.outbreaks {
            scopes.push(
                self.client
                    .outbreak(&outbreak.id)
                    .scope()
                    .await
                    .map_err(|error| problem(&self.server, error))?,
            );
        }
        Ok(scopes)
    }

    /// Every reference-data id of the server, by category; asked for once.
    ///
    /// # Errors
    ///
    /// When the server cannot be asked.
    pub async fn reference_ids(&self) -> Outcome<&BTreeMap<String, BTreeSet<String>>> {
        let ask = || self.client.reference_ids();
        self.reference.get_or_try_init(ask).await.map_err(|error| problem(&self.server, error))
    }

    /// The server's version, where it tells: since 2.50.3 it asks for a key of its own.
    ///
    /// # Errors
    ///
    /// When the server cannot be asked.
    pub async fn version(&self) -> Outcome<Option<String>> {
        let version = self.client.version(None).await.map_err(|error| self.fail(error))?;
        Ok(version.and_then(|version| version.version.into_value()))
    }

    /// By how many seconds the server's clock is ahead of this machine's.
    #[must_use]
    pub fn clock_ahead(&self) -> Option<i64> {
        self.client.clock_ahead()
    }

    /// How many records of a kind have something in a field (by dotted name), whatever their condition.
    ///
    /// # Errors
    ///
    /// When the server cannot be asked.
    pub async fn count_having(&self, source: Source, field: &str) -> Outcome<u64> {
        let mut total = 0;
        for outbreak in &self.outbreaks {
            let query = self.client.outbreak(&outbreak.id).records(kind(source));
            total += query
                .filter(Filter::field(field).exists(true))
                .count()
                .await
                .map_err(|error| self.fail(error))?;
        }
        Ok(total)
    }

    /// How many records the server counts for the same condition, where it can; a cross-check.
    ///
    /// # Errors
    ///
    /// When the server cannot be asked.
    pub async fn count(&self, source: Source, prepared: &[Prepared]) -> Outcome<u64> {
        let mut total = 0;
        for (outbreak, read_for) in self.shares(prepared) {
            if let Some(query) = self.query(&outbreak.id, source, read_for.of(prepared))? {
                total += query.count().await.map_err(|error| problem(&self.server, error))?;
            }
        }
        Ok(total)
    }

    /// The pages of a record kind: one stream an outbreak, with the reports that it is for.
    ///
    /// # Errors
    ///
    /// When the condition of a report cannot be put into a filter.
    pub fn pages(
        &self,
        source: Source,
        prepared: &[Prepared],
    ) -> Outcome<Vec<(ReadFor, RawPages)>> {
        let mut streams = Vec::new();
        for (outbreak, read_for) in self.shares(prepared) {
            if let Some(query) = self.query(&outbreak.id, source, read_for.of(prepared))? {
                streams.push((read_for, query.raw_pages()));
            }
        }
        Ok(streams)
    }

    /// Every outbreak, with the reports that count it.
    pub(crate) fn shares(&self, prepared: &[Prepared]) -> Vec<(&Outbreak, ReadFor)> {
        self.outbreaks
            .iter()
            .map(|outbreak| {
                let is_for = |report: &Prepared| {
                    let mut ids = report.outbreaks.iter().filter_map(|name| self.id_of(name));
                    ids.any(|id| id == outbreak.id)
                };
                (outbreak, ReadFor::those(prepared, is_for))
            })
            .collect()
    }

    /// The day on which the first of these outbreaks began, by what the configuration calls them.
    pub(crate) fn started(&self, names: &[String]) -> Option<NaiveDate> {
        let ids: BTreeSet<&str> = names.iter().filter_map(|name| self.id_of(name)).collect();
        let outbreaks = self.outbreaks.iter().filter(|known| ids.contains(known.id.as_str()));
        outbreaks.filter_map(|outbreak| outbreak.started).min()
    }

    /// The id of an outbreak, by what the configuration calls it.
    pub(crate) fn id_of(&self, name: &str) -> Option<&str> {
        self.named.get(name).map(String::as_str)
    }

    /// What has been asked of this server and what came, so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.client.traffic()
    }

    /// Turns a client error into what it means here.
    pub fn fail(&self, error: godata_client::Error) -> Problem {
        problem(&self.server, error)
    }

    /// Only the fields that some report needs, and only the records that some report could count; nothing where no
    /// report reads this kind.
    fn query<'a>(
        &self,
        outbreak: &str,
        source: Source,
        reports: impl Iterator<Item = &'a Prepared> + Clone,
    ) -> Outcome<Option<godata_client::Query<serde_json::Value>>> {
        let reading = || reports.clone().filter(|report| report.reads(source));
        if reading().next().is_none() {
            return Ok(None);
        }
        let fields: BTreeSet<String> =
            reading().flat_map(|report| report.engine.fields(source)).collect();
        let mut query = self
            .client
            .outbreak(outbreak)
            .records(kind(source))
            .fields(fields.iter().map(String::as_str).chain(["createdAt"]));
        let conditions: Option<Vec<_>> =
            reading().map(|report| report.engine.server_where(source)).collect();
        let condition = conditions.and_then(|mut all| {
            all.dedup();
            match all.len() {
                0 => None,
                1 => all.pop(),
                _ => Some(serde_json::json!({ "or": all })),
            }
        });
        if let Some(condition) = condition {
            let filter = Filter::from_json(&condition).map_err(|error| {
                Problem::new(
                    crate::Exit::Bug,
                    "the counting core made a condition that Go.Data would not honour",
                )
                .because(error)
            })?;
            query = query.filter(filter);
        }
        Ok(Some(query))
    }
}

fn kind(source: Source) -> RecordKind {
    match source {
        Source::Cases => RecordKind::Case,
        Source::Contacts => RecordKind::Contact,
        Source::ContactsOfContacts => RecordKind::ContactOfContact,
        Source::Events => RecordKind::Event,
        Source::FollowUps => RecordKind::FollowUp,
        Source::LabResults => RecordKind::LabResult,
        Source::Relationships => RecordKind::Relationship,
    }
}

fn client(config: &Config, godata: &GoData) -> Outcome<Client> {
    let url = godata.url.parse().map_err(|error| {
        Problem::usage(format!("`{}` is no address", godata.url))
            .fact("key", "godata.url")
            .because(error)
            .next("write it with its scheme, such as https://godata.example.org")
    })?;
    let question = format!("Password of {} on {}", godata.username, godata.url);
    let password =
        prompt::secret(godata.password.as_ref(), "godata.password", &question, config.folder())?;
    let mut builder = Client::builder(url, Credentials::new(&godata.username, password));
    if godata.allow_plain_http {
        builder = builder.allow_plain_http();
    }
    if let Some(rows) = godata.page_size {
        builder = builder.page_size(rows);
    }
    builder.build().map_err(|error| {
        Problem::usage("the Go.Data server cannot be used as configured")
            .fact("key", "godata.url")
            .because(error)
            .next("use an https:// address; `allow_plain_http = true` is for a lab")
    })
}

/// What a failed call to Go.Data means to the person who runs this.
fn problem(server: &str, error: godata_client::Error) -> Problem {
    let (what, next) = if let Some(wait) = error.locked_for() {
        (
            format!(
                "Go.Data has locked this account for {} more minutes, after too many wrong passwords",
                wait.as_secs().div_ceil(60)
            ),
            "wait that long and correct the password; another program with an old password locks it again",
        )
    } else if error.is_two_factor() {
        (
            "Go.Data asks this account for a second factor, which a program cannot give".to_owned(),
            "use an account without two-factor login for this program",
        )
    } else if error.is_login_refused() {
        (
            "Go.Data refused this login".to_owned(),
            "check godata.username (an e-mail address) and its password; ten failures lock the account for 30 minutes",
        )
    } else if error.is_evicted() {
        (
            "another login with the same Go.Data account keeps ending this session".to_owned(),
            "give this program an account of its own: Go.Data allows one session an account",
        )
    } else if error.is_permission() {
        (
            format!("this Go.Data account lacks a permission{}", list(error.missing_permissions())),
            "give the account a role with these permissions; `Reports and data viewer` has them",
        )
    } else if error.is_outbreak_unknown() {
        (
            "Go.Data has no such outbreak that this account may see".to_owned(),
            "correct `outbreak` in [godata], or `name` in [[report.outbreak]]: an id or the exact name",
        )
    } else if error.is_html() {
        (
            "the Go.Data address answers with a web page, not with data".to_owned(),
            "check godata.url: the address of the server, with or without /api, without a page's path",
        )
    } else if error.is_connect() || error.is_timeout() {
        (
            "Go.Data cannot be reached".to_owned(),
            "check the address, the network and any proxy, then run again: nothing is lost",
        )
    } else if error.is_cut() {
        (
            "Go.Data's answer was cut off".to_owned(),
            "run again; a proxy that ends long answers needs a smaller godata.page_size",
        )
    } else {
        (
            "Go.Data gave no usable answer".to_owned(),
            "run again; if it stays, `check` shows which call fails",
        )
    };
    Problem::server(what).fact("server", server).because(error).next(next)
}

fn list(permissions: &[String]) -> String {
    if permissions.is_empty() { String::new() } else { format!(": {}", permissions.join(", ")) }
}
