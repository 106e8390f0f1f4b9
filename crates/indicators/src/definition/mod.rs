//! Indicators as people define them.

mod breakdown;
mod measure;
mod rules;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de};

pub use breakdown::{Bands, Breakdown, Breakdowns, Values};
#[cfg(feature = "schema")]
pub(crate) use measure::KINDS;
pub use measure::{Agg, Classify, Measure, Number, Rule, Share};
pub use rules::{Formula, Rate, RuleError};

use crate::{Source, Where};

/// One indicator: which records, under which condition, counted how, dated and placed by what.
///
/// Its TOML form is one `[[report.value]]` of the configuration. Keys that are unknown are an
/// error. Only `indicator` is required.
///
/// # Examples
///
/// ```
/// use indicators::{Definition, Source, Timing};
///
/// let definition: Definition = toml::from_str(r#"
///     data_element = "hospNewAdm1"
///     indicator = "Hospital admissions"
///     from = "cases"
///     each = "dateRanges"
///     where = { "dateRanges.typeId" = "HOSPITALIZATION" }
///     date = "dateRanges.startDate"
///     by = { Sex = "gender" }
/// "#)?;
/// assert_eq!(definition.from, Source::Cases);
/// assert_eq!(definition.timing, Timing::New);
///
/// let error = toml::from_str::<Definition>("indicator = \"A\"\nwher = {}").unwrap_err();
/// assert!(error.to_string().contains("unknown field `wher`"));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// The data element that takes the values. The core carries it along and never looks at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_element: Option<String>,
    /// The code of that data element. Carried along, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The name of the indicator, unique within one [`Engine`](crate::Engine).
    pub indicator: String,
    /// The kind of records.
    #[serde(default)]
    pub from: Source,
    /// A list inside the record, each element of which is counted: `dateRanges`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
    /// Lists in one of which the person must be, from which `person.…` fields are then taken. For
    /// follow-ups and lab results without it, the copy inside the record serves.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_more")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::OneOrMore<Source>"))]
    pub join: Vec<Source>,
    /// Which records count.
    #[serde(rename = "where", default, skip_serializing_if = "Where::is_always_true")]
    pub condition: Where,
    /// The date that decides on the period. Default: [`Source::usual_date`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// For `timing = "current"`: where the interval that begins at `date` ends, this day included;
    /// of several dates the earliest. Absent means open.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_more")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::OneOrMore<String>"))]
    pub until: Vec<String>,
    /// Which dates belong to a period.
    #[serde(default)]
    pub timing: Timing,
    /// What is worked out of the occurrences.
    #[serde(default)]
    pub measure: Measure,
    /// Splits: the category (its name or code) and the breakdown, or a field that is split by its
    /// values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by: BTreeMap<String, String>,
    /// A field with the id of a location. Default: the usual place of residence, as the server
    /// derives it; for follow-ups and lab results that of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// An organisation unit in which everything counts, wherever it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_unit: Option<String>,
    /// The level (`ADMIN_LEVEL_2`) whose locations count. Default: the roll-up of the places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// Which of a person's occurrences counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Only>,
    /// Whether cells in which nothing was counted hold a zero or nothing. Default: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zero: Option<Zero>,
    /// The periods for which zeros, and texts for "nothing", are given.
    #[serde(default)]
    pub periods: Periods,
    /// Hides small numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppress: Option<Suppress>,
    /// Digits after the point of a mean, share or rate; halves are rounded away from zero.
    /// Default: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimals: Option<u32>,
    /// Indicators that belong together, such as those of one data set. Not a key of the file: the
    /// caller sets it.
    #[serde(skip)]
    pub group: Option<String>,
}

impl Definition {
    /// An indicator that counts all cases by their date of reporting.
    #[must_use]
    pub fn new(indicator: impl Into<String>) -> Self {
        Self { indicator: indicator.into(), ..Self::default() }
    }

    /// The field with the date.
    #[must_use]
    pub fn date_field(&self) -> &str {
        self.date.as_deref().unwrap_or(self.from.usual_date())
    }
}

/// Which dates belong to a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Timing {
    /// Those in it.
    #[default]
    New,
    /// Those up to its last day, however long ago.
    Cumulative,
    /// Intervals that are open on its last day.
    Current,
}

/// Which of a person's occurrences counts. Of several on one day the one that stands first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Only {
    /// The earliest one.
    #[serde(rename = "first")]
    First,
    /// The latest one.
    #[serde(rename = "last")]
    Last,
    /// The earliest one of each period.
    #[serde(rename = "one per person and period")]
    OnePerPersonAndPeriod,
}

/// What a cell holds in which nothing was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Zero {
    /// A zero.
    Write,
    /// Nothing.
    Omit,
}

/// The periods for which values without an occurrence are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Periods {
    /// Every period of the timeline.
    #[default]
    All,
    /// Those in which any indicator of the same group counted anything in any place.
    Active,
}

/// Hides numbers so small that they may point to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Suppress {
    /// Numbers from 1 to one less than this are hidden, and so many others that sums over places
    /// or categories do not give them away.
    pub below: u64,
}

/// A text, or a list of them, where `T` is read from text.
fn one_or_more<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct OneOrMore<T>(std::marker::PhantomData<T>);

    impl<'de, T: Deserialize<'de>> de::Visitor<'de> for OneOrMore<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a text or a list of texts")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<T>, E> {
            T::deserialize(de::value::StrDeserializer::new(text)).map(|one| vec![one])
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
            let mut all = Vec::new();
            while let Some(one) = list.next_element()? {
                all.push(one);
            }
            Ok(all)
        }
    }

    deserializer.deserialize_any(OneOrMore(std::marker::PhantomData))
}
