//! The server: version, clock, calendar, settings.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use http_transport::Request;
use serde::Deserialize;
use serde_json::Value;

use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::period::Calendar;
use crate::version::{Capabilities, Version};

/// What a server says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemInfo {
    /// Its version.
    pub version: Version,
    /// Its clock when it answered, in its own time zone: DHIS2 opens and closes periods by it.
    pub now: NaiveDateTime,
    /// The name of that time zone.
    pub time_zone: Option<String>,
    /// Its calendar.
    pub calendar: Calendar,
    /// The name that people gave it.
    pub system_name: Option<String>,
    /// Its identity, stable over moves to other addresses.
    pub system_id: Option<String>,
    /// When analytics tables were last built; what is stored later is not in dashboards yet.
    pub last_analytics: Option<NaiveDateTime>,
}

impl SystemInfo {
    /// The server's date.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        self.now.date()
    }

    /// What follows from its version.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        self.version.capabilities()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawInfo {
    version: String,
    server_date: String,
    server_time_zone_id: Option<String>,
    calendar: Option<String>,
    system_name: Option<String>,
    system_id: Option<String>,
    last_analytics_table_success: Option<String>,
}

impl RawInfo {
    fn checked(self) -> std::result::Result<SystemInfo, ErrorKind> {
        let version = self.version.parse().map_err(|error| {
            ErrorKind::Unusable(format!("the server does not say which DHIS2 it is: {error}"))
        })?;
        let now = date_time(&self.server_date).ok_or_else(|| {
            ErrorKind::Unusable(format!("the server's clock reads `{}`", self.server_date))
        })?;
        Ok(SystemInfo {
            version,
            now,
            time_zone: self.server_time_zone_id,
            calendar: Calendar::from_name(self.calendar.as_deref().unwrap_or_default()),
            system_name: self.system_name,
            system_id: self.system_id,
            // 1970 stands for "never" (recording read-system-info).
            last_analytics: self
                .last_analytics_table_success
                .as_deref()
                .and_then(date_time)
                .filter(|time| time.and_utc().timestamp() > 0),
        })
    }
}

/// Reads `2026-11-23T12:13:53.985`, with or without an offset, which is the server's own.
pub(crate) fn date_time(text: &str) -> Option<NaiveDateTime> {
    let seconds = text.get(..19)?;
    NaiveDateTime::parse_from_str(seconds, "%Y-%m-%dT%H:%M:%S").ok()
}

/// Reads a day, or the day of a date-time.
pub(crate) fn date(text: &str) -> Option<NaiveDate> {
    text.get(..10)?.parse().ok()
}

/// System settings that decide about imports, as far as the user may read them.
///
/// The strict settings do not matter to this crate, which switches every strict check on itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportSettings {
    values: BTreeMap<String, String>,
}

impl ImportSettings {
    const KEYS: [&str; 11] = [
        "keyDataImportStrictPeriods",
        "keyDataImportStrictDataElements",
        "keyDataImportStrictCategoryOptionCombos",
        "keyDataImportStrictOrganisationUnits",
        "keyDataImportStrictAttributeOptionCombos",
        "keyDataImportRequireCategoryOptionCombo",
        "keyDataImportRequireAttributeOptionCombo",
        "keyDataImportStrictDataSetApproval",
        "keyDataImportStrictDataSetLocking",
        "keyDataImportStrictDataSetInputPeriods",
        "dataEntryAutoGroup",
    ];

    /// The text of a setting, such as `keyDataImportStrictDataSetLocking`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// Whether a setting is on; `default` where the server does not say.
    #[must_use]
    pub fn is_on(&self, key: &str, default: bool) -> bool {
        self.get(key).map_or(default, |value| value == "true")
    }
}

impl Client {
    /// Asks the server what it is, now.
    ///
    /// # Errors
    ///
    /// No answer, a refused login, or a server that is no DHIS2.
    pub async fn system_info(&self) -> Result<SystemInfo> {
        let raw: RawInfo = self.json(Request::get(["api", "system", "info"])).await?;
        let info = raw.checked().map_err(Error::plain)?;
        self.remember_server(&info);
        Ok(info)
    }

    /// What the server was when it was last asked; the clock in it is that of then.
    pub(crate) async fn server(&self) -> Result<SystemInfo> {
        let info = match self.known_server() {
            Some(info) => info,
            None => self.system_info().await?,
        };
        usable(&info)?;
        Ok(info)
    }

    /// What the server is now: a process that runs for weeks may see it upgraded.
    pub(crate) async fn server_now(&self) -> Result<SystemInfo> {
        let info = self.system_info().await?;
        usable(&info)?;
        Ok(info)
    }

    /// Reads the system settings that decide about imports.
    ///
    /// # Errors
    ///
    /// No answer, or a refused login. Settings that the server does not know are absent.
    pub async fn import_settings(&self) -> Result<ImportSettings> {
        let request = ImportSettings::KEYS
            .iter()
            .fold(Request::get(["api", "systemSettings"]), |request, key| {
                request.query("key", *key)
            });
        let settings: BTreeMap<String, Value> = self.json(request).await?;
        let values = settings
            .into_iter()
            .filter_map(|(key, value)| match value {
                Value::String(text) => Some((key, text)),
                Value::Bool(flag) => Some((key, flag.to_string())),
                Value::Number(number) => Some((key, number.to_string())),
                _ => None,
            })
            .collect();
        Ok(ImportSettings { values })
    }
}

fn usable(info: &SystemInfo) -> Result<()> {
    info.calendar.require_iso().map_err(|error| Error::plain(ErrorKind::Calendar(error)))
}
