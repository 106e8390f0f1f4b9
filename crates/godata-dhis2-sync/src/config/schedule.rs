//! `[schedule]` and `[notify]`: when runs happen by themselves, and who hears of it when they do not.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{SecretPlace, Span};
use crate::schedule::Timetable;

/// When the `schedule` command runs.
///
/// # Examples
///
/// ```
/// use godata_dhis2_sync::config::Schedule;
///
/// let schedule: Schedule = toml::from_str(r#"
///     cron = "00 23 * * 1"
///     time_zone = "Africa/Kinshasa"
///     retry_for = "2 h"
/// "#)?;
/// assert_eq!(schedule.retry_for.to_string(), "2 h");
/// assert!(schedule.catch_up);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Minute, hour, day of the month, month, day of the week: `00 23 * * 1` is each Monday at 23:00.
    pub cron: CronText,
    /// Time zone of `cron`, such as `Africa/Kinshasa`. Default: UTC.
    #[serde(default = "utc")]
    pub time_zone: ZoneName,
    /// For how long after its first try a run that could not reach a server is tried again. Default: 2 h.
    #[serde(default = "two_hours")]
    pub retry_for: Span,
    /// Whether a time that passed while the program was not running is made up for at its start. Default: true.
    #[serde(default = "yes")]
    pub catch_up: bool,
    /// Address of the status page, `/healthz`, `/readyz` and `/metrics`; `none` for no page. Default: only this
    /// machine can ask, at 127.0.0.1:9797.
    #[serde(default = "loopback")]
    pub listen: String,
    /// For how long an active run may take to finish the call that is out when the program is asked to stop. Default:
    /// 5 min.
    #[serde(default = "five_minutes")]
    pub stop_within: Span,
}

impl Schedule {
    /// The moments of this schedule.
    #[must_use]
    pub fn timetable(&self) -> Timetable {
        Timetable::new(self.cron.0.clone(), self.time_zone.0)
    }
}

/// Five fields of cron, checked.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(with = "String")]
pub struct CronText(croner::Cron);

impl<'de> Deserialize<'de> for CronText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Timetable::parse_cron(&text).map(Self).map_err(serde::de::Error::custom)
    }
}

/// A time zone of the IANA database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub struct ZoneName(chrono_tz::Tz);

impl<'de> Deserialize<'de> for ZoneName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| {
            let names = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
            let hint = super::did_you_mean(&text, names);
            serde::de::Error::custom(format!("`{text}` is no time zone{hint}"))
        })
    }
}

/// Who hears of a run that failed, of refused values, and of silence.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// What is told. Default: everything.
    #[serde(default = "everything")]
    pub on: Vec<Occasion>,
    /// After how long without a run that came to its end silence is told, and again after as long. Default: 8 days.
    #[serde(default = "eight_days")]
    pub silent_for: Span,
    /// Place of the address that gets a JSON object by POST. The address is a secret: whoever has it can post.
    #[serde(default)]
    pub webhook: Option<SecretPlace>,
    /// Sends an e-mail.
    #[serde(default)]
    pub email: Option<Email>,
}

/// What is worth a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// A run ended without sending what it should, also after all repetitions.
    Failure,
    /// DHIS2 refused some values.
    Refusal,
    /// No run came to its end for `silent_for`.
    Silence,
}

impl Occasion {
    /// The word for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Refusal => "refusal",
            Self::Silence => "silence",
        }
    }
}

/// The mail server, and who writes to whom.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Email {
    /// Name of the mail server.
    pub server: String,
    /// Its port. Default: 587 with STARTTLS, 465 with TLS, 25 with none.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub security: Security,
    /// Account at the mail server, where it wants one.
    #[serde(default)]
    pub username: Option<String>,
    /// Where its password is.
    #[serde(default)]
    pub password: Option<SecretPlace>,
    /// The sender: `Go.Data to DHIS2 <sync@moh.example>`.
    pub from: String,
    /// The receivers.
    pub to: Vec<String>,
}

/// How a connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Security {
    /// It begins in the clear and must become TLS before anything is said.
    #[default]
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// Not at all: for a mail server on the same machine or in a closed network. No password is sent.
    None,
}

fn utc() -> ZoneName {
    ZoneName(chrono_tz::UTC)
}

fn two_hours() -> Span {
    Span::seconds(2 * 3600)
}

fn five_minutes() -> Span {
    Span::seconds(5 * 60)
}

fn eight_days() -> Span {
    Span::seconds(8 * 86_400)
}

fn yes() -> bool {
    true
}

fn loopback() -> String {
    "127.0.0.1:9797".to_owned()
}

fn everything() -> Vec<Occasion> {
    vec![Occasion::Failure, Occasion::Refusal, Occasion::Silence]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        toml::from_str::<Schedule>(text).expect_err(text).to_string()
    }

    #[test]
    fn a_wrong_cron_text_names_the_form() {
        for cron in ["0 0 23 * * 1", "61 * * * *", "weekly", ""] {
            let message = refusal(&format!("cron = \"{cron}\""));
            assert!(message.contains("five fields"), "{message}");
        }
    }

    #[test]
    fn a_mistyped_zone_gets_a_suggestion() {
        let message = refusal("cron = \"00 23 * * 1\"\ntime_zone = \"Africa/Kinsasha\"");
        assert!(message.contains("did you mean `Africa/Kinshasa`?"), "{message}");
    }

    #[test]
    fn a_password_in_the_file_itself_is_refused() {
        let text = "server = \"x\"\nfrom = \"a@x.example\"\nto = []\npassword = \"open sesame\"";
        let message = toml::from_str::<Email>(text).expect_err("must be refused").to_string();
        assert!(message.contains("SecretPlace"), "{message}");
    }
}
