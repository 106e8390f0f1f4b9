//! What is looked for in the records besides counting them.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Deserialize;

/// The data-quality findings of a run. Without this section nothing is looked for, and no field is read for it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Quality {
    /// Which records are looked at.
    pub records: LookedAt,
    /// Dates before this day (`"2020-08-24"`) are odd. Default: the outbreak's start date in Go.Data.
    #[schemars(with = "Option<String>")]
    pub outbreak_start: Option<NaiveDate>,
}

/// Which records are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LookedAt {
    /// Those that a run reads to count them, for example the confirmed cases of the window.
    #[default]
    Counted,
    /// Every record of the kinds that are counted; this reads the whole list.
    All,
}
