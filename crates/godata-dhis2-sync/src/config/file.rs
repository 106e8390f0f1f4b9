//! The configuration file as it is written, before anything in it is checked against a server.
//!
//! Unknown keys are errors everywhere: a mistyped key in a file like this means wrong numbers.

use std::collections::BTreeMap;
use std::path::PathBuf;

use indicators::{Breakdowns, Definition};
use schemars::JsonSchema;
use serde::Deserialize;

use super::outbreak::ReportOutbreak;
use super::quality::Quality;
use super::schedule::{Notify, Schedule};
use super::secret::SecretPlace;
use super::window::Window;

/// The whole of `sync.toml`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Where the records are. Not needed when they are read from files.
    #[serde(default)]
    pub godata: Option<GoData>,
    /// Where the numbers go. Not needed to count.
    #[serde(default)]
    pub dhis2: Option<Dhis2>,
    /// How a Go.Data location finds its organisation unit.
    #[serde(default)]
    pub places: Places,
    /// When a run stops and asks before it sends.
    #[serde(default)]
    pub guard: Guard,
    /// What is looked for in the records besides counting them.
    #[serde(default)]
    pub quality: Option<Quality>,
    /// Where what was sent is remembered.
    #[serde(default)]
    pub ledger: Option<PathBuf>,
    /// When the `schedule` command runs.
    #[serde(default)]
    pub schedule: Option<Schedule>,
    /// Who hears of a run that failed, where nobody watches it.
    #[serde(default)]
    pub notify: Option<Notify>,
    /// One data set's worth of indicators each.
    #[serde(default)]
    pub report: Vec<Report>,
    /// Named breakdowns, for `by = { Age = "age_group" }`.
    #[serde(default)]
    pub breakdown: Breakdowns,
}

/// The Go.Data server.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoData {
    /// Address, with or without `/api`.
    pub url: String,
    /// E-mail of an account of its own: each login of an account ends its other sessions.
    pub username: String,
    /// Where its password is. Asked for on a terminal when absent.
    #[serde(default)]
    pub password: Option<SecretPlace>,
    /// Id or name of the outbreak; several are counted together. Not needed where each report names its own.
    #[serde(default)]
    pub outbreak: OneOrMany,
    /// Time zone in which a moment becomes a day, such as `Africa/Kinshasa`. Default: UTC.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// Accepts an `http://` address that is not on this machine. For a lab.
    #[serde(default)]
    pub allow_plain_http: bool,
    /// Rows a page. Default: 1000.
    #[serde(default)]
    pub page_size: Option<u32>,
}

/// The DHIS2 server.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dhis2 {
    /// Address with its context path, without `/api`.
    pub url: String,
    /// Where a personal access token is; or `username` and `password`.
    #[serde(default)]
    pub token: Option<SecretPlace>,
    /// Name of the account.
    #[serde(default)]
    pub username: Option<String>,
    /// Where its password is. Asked for on a terminal when absent.
    #[serde(default)]
    pub password: Option<SecretPlace>,
    /// Accepts an `http://` address that is not on this machine. For a lab.
    #[serde(default)]
    pub allow_plain_http: bool,
    /// Values a call. Default: as measured for this server version.
    #[serde(default)]
    pub batch_size: Option<u32>,
}

/// One text or a list of them.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(untagged)]
pub enum OneOrMany {
    /// Just one.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Default for OneOrMany {
    /// None at all.
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl OneOrMany {
    /// As a slice, one or many.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    /// `A` or `A + B`.
    #[must_use]
    pub fn in_words(&self) -> String {
        self.as_slice().join(" + ")
    }
}

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = OneOrMany;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text or a list of texts")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<OneOrMany, E> {
                Ok(OneOrMany::One(text.to_owned()))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut list: A,
            ) -> Result<OneOrMany, A::Error> {
                let mut many = Vec::new();
                while let Some(text) = list.next_element()? {
                    many.push(text);
                }
                Ok(OneOrMany::Many(many))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// How a Go.Data location finds its organisation unit.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Places {
    /// Ways of matching, tried in this order.
    #[serde(rename = "match")]
    pub methods: Vec<Method>,
    /// A CSV file `location_id,location_name,org_unit,org_unit_name`, relative to this file.
    pub table: Option<PathBuf>,
    /// What becomes of a record whose place has no organisation unit.
    pub unmapped: Unmapped,
    /// Go.Data's administrative level to which places are rolled up first (0 = country, 2 = often district).
    /// A record placed above it is left out.
    pub level: Option<u8>,
    /// Considers only location identifiers with this description, such as `P-code` or `DHIS2`.
    pub identifier: Option<String>,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            methods: vec![Method::Table, Method::Code, Method::Name],
            table: None,
            unmapped: Unmapped::Ancestor,
            level: None,
            identifier: None,
        }
    }
}

/// A way of finding the organisation unit of a location.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The table of `places.table`.
    Table,
    /// The location's id or one of its identifiers is the unit's id or code.
    Code,
    /// The names agree, letter case and accents aside, and no other unit has the name.
    Name,
}

/// What becomes of a record whose place has no organisation unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unmapped {
    /// It is counted at the nearest place above that has one.
    Ancestor,
    /// It is left out and reported.
    Report,
    /// The run stops.
    Fail,
}

/// When a run stops and asks.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Guard {
    /// The largest share of a report's total, in percent, by which a run may lower it. Default: 25.
    pub max_drop_percent: u32,
    /// The smallest share of the records of the last run, in percent, that must be there. Default: 75.
    pub min_records_percent: u32,
}

impl Default for Guard {
    fn default() -> Self {
        Self { max_drop_percent: 25, min_records_percent: 75 }
    }
}

/// One data set's worth of indicators.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Id, code or name of the data set. Not needed to count.
    #[serde(default)]
    pub data_set: Option<String>,
    /// Period type. Read from the data set when DHIS2 can be asked.
    #[serde(default)]
    pub period: Option<String>,
    /// The periods that are counted again in each run. Default: the last 12 periods (3 if monthly or longer).
    #[serde(default)]
    pub window: Option<Window>,
    /// Counts everything at this one organisation unit, wherever the place: one national figure.
    #[serde(default)]
    pub org_unit: Option<String>,
    /// Overrides `places.level` for this report.
    #[serde(default)]
    pub level: Option<u8>,
    /// Registers the data set as complete when every cell of a place and period is stored.
    #[serde(default)]
    pub complete: bool,
    /// Whose stored values may be changed: `own` (default) or `all`.
    #[serde(default)]
    pub overwrite: Overwrite,
    /// What this report is in a data set that is kept apart by attributes: category = option, each by id, code or
    /// name.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// The same by id, code or name of the attribute option combination. Default: the data set's default.
    #[serde(default)]
    pub attribute_option_combo: Option<String>,
    /// Outbreaks of its own, in place of those of `[godata]`: each `[[report.outbreak]]` fills an attribute option
    /// combination of its own.
    #[serde(default)]
    pub outbreak: Vec<ReportOutbreak>,
    /// A ready set of indicators: `covid19` or `outbreak`. `value` entries are added to it.
    #[serde(default)]
    pub library: Option<String>,
    /// Settings of the library, such as thresholds.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub settings: BTreeMap<String, toml::Value>,
    /// The indicators and where they go.
    #[serde(default)]
    pub value: Vec<Definition>,
}

/// Whose stored values may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Overwrite {
    /// Only values that this account stored.
    #[default]
    Own,
    /// Any value.
    All,
}

fn utc() -> String {
    "UTC".to_owned()
}
