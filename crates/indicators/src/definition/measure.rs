//! What is worked out of occurrences.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::rules::Formula;
use crate::nearest::nearest;

/// What is worked out of the occurrences of a cell, or of other indicators.
///
/// In TOML a word or a table with one key:
///
/// ```toml
/// measure = "count"
/// measure = { distinct = "personId" }
/// measure = { median = { from = "dateOfOnset", to = "dateOfReporting" } }
/// measure = { sum = "numberOfContacts" }
/// measure = { share = { of = "Deaths", in = "Cases", per = 100 } }
/// measure = { rate = { of = "Cases", per = 100000 } }
/// measure = { classify = { numbers = { n = "New cases" }, rules = [
///     { when = "n = 0", value = "NO_CASES" } ], otherwise = "CASES" } }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Measure {
    /// How many.
    #[default]
    Count,
    /// How many different values a field has.
    Distinct(String),
    /// One number of many.
    Of(Agg, Number),
    /// One indicator as a share of another.
    Share(Share),
    /// An indicator in relation to the population.
    Rate(super::Rate),
    /// A text chosen by rules over other indicators.
    Classify(Classify),
}

/// How many numbers become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agg {
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The middle one; of an even number the mean of the two in the middle.
    Median,
}

/// Where a number comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Number {
    /// A field that holds a number, or a text that is one.
    Field(String),
    /// Days from one date to another; negative when the second is earlier.
    Days {
        /// The field with the first date.
        from: String,
        /// The field with the second date.
        to: String,
    },
}

/// One indicator as a share of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The indicator that is the part.
    pub of: String,
    /// The indicator that is the whole.
    #[serde(rename = "in")]
    pub whole: String,
    /// What the whole is set to: 100 gives percent.
    #[serde(default = "hundred")]
    pub per: u64,
}

fn hundred() -> u64 {
    100
}

/// A text chosen by rules: the first that holds decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Classify {
    /// Short names for the indicators that the rules use.
    pub numbers: BTreeMap<String, String>,
    /// The rules in their order.
    pub rules: Vec<Rule>,
    /// The text where no rule holds. Absent means no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<String>,
}

/// One rule of a [`Classify`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Comparisons joined with `and`: `n > 2 and 2 * k >= n`.
    pub when: Formula,
    /// The text.
    pub value: String,
}

pub(crate) const KINDS: [&str; 10] =
    ["count", "distinct", "sum", "mean", "min", "max", "median", "share", "rate", "classify"];

impl Agg {
    fn named(word: &str) -> Option<Self> {
        Some(match word {
            "sum" => Self::Sum,
            "mean" => Self::Mean,
            "min" => Self::Min,
            "max" => Self::Max,
            "median" => Self::Median,
            _ => return None,
        })
    }

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Mean => "mean",
            Self::Min => "min",
            Self::Max => "max",
            Self::Median => "median",
        }
    }
}

impl<'de> Deserialize<'de> for Measure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MeasureVisitor)
    }
}

struct MeasureVisitor;

fn unknown_kind<E: de::Error>(word: &str) -> E {
    let hint = match nearest(word, KINDS) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("measures are {}", KINDS.join(", ")),
    };
    E::custom(format!("unknown measure `{word}`; {hint}"))
}

impl<'de> de::Visitor<'de> for MeasureVisitor {
    type Value = Measure;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"count\" or a table with one measure, as in { distinct = \"personId\" }")
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<Measure, E> {
        match word {
            "count" => Ok(Measure::Count),
            known if KINDS.contains(&known) => Err(E::custom(format!(
                "the measure `{known}` needs to know of what: measure = {{ {known} = … }}"
            ))),
            unknown => Err(unknown_kind(unknown)),
        }
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Measure, A::Error> {
        let Some(kind) = map.next_key::<String>()? else {
            return Err(de::Error::custom("the table of the measure is empty"));
        };
        let measure = match kind.as_str() {
            "distinct" => Measure::Distinct(map.next_value()?),
            "share" => Measure::Share(map.next_value()?),
            "rate" => Measure::Rate(map.next_value()?),
            "classify" => Measure::Classify(map.next_value()?),
            word => match Agg::named(word) {
                Some(agg) => Measure::Of(agg, map.next_value()?),
                None => return Err(unknown_kind(word)),
            },
        };
        match map.next_key::<String>()? {
            None => Ok(measure),
            Some(second) => Err(de::Error::custom(format!(
                "a measure is one thing, found `{kind}` and `{second}`"
            ))),
        }
    }
}

impl Serialize for Measure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn table<S: Serializer>(
            serializer: S,
            key: &str,
            value: &impl Serialize,
        ) -> Result<S::Ok, S::Error> {
            serializer.collect_map([(key, value)])
        }
        match self {
            Self::Count => serializer.serialize_str("count"),
            Self::Distinct(field) => table(serializer, "distinct", field),
            Self::Of(agg, number) => table(serializer, agg.as_str(), number),
            Self::Share(share) => table(serializer, "share", share),
            Self::Rate(rate) => table(serializer, "rate", rate),
            Self::Classify(classify) => table(serializer, "classify", classify),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

/// The table form of [`Number::Days`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Days {
    from: String,
    to: String,
}

struct NumberVisitor;

impl<'de> de::Visitor<'de> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a field, or days between two: { from = \"dateOfOnset\", to = \"dateOfReporting\" }",
        )
    }

    fn visit_str<E: de::Error>(self, field: &str) -> Result<Number, E> {
        Ok(Number::Field(field.to_owned()))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Number, A::Error> {
        let Days { from, to } = Days::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Ok(Number::Days { from, to })
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Field(field) => serializer.serialize_str(field),
            Self::Days { from, to } => {
                Days { from: from.clone(), to: to.clone() }.serialize(serializer)
            }
        }
    }
}
