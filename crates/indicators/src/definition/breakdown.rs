//! Splits such as sex or age group.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The breakdowns of a configuration by name: `[breakdown.age_group]`.
pub type Breakdowns = BTreeMap<String, Breakdown>;

/// A split of the records of an indicator.
///
/// With `bands` by number, with `values` by listed values, with `level` by the place above, else
/// by whatever value comes.
///
/// # Examples
///
/// ```
/// use indicators::Breakdowns;
///
/// let breakdowns: Breakdowns = toml::from_str(r#"
///     [age_group]
///     field = "age.years"
///     bands = ["0-4", "5-14", "15+"]
///     missing = "Unknown"
///
///     [sex]
///     field = "gender"
///     values = { MALE = "M", FEMALE = "F" }
///     other = "U"
///     missing = "U"
/// "#)?;
/// assert_eq!(breakdowns["sex"].missing.as_deref(), Some("U"));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Breakdown {
    /// The field. `age` or `age.years` with bands means the age in completed years: `age.years`
    /// where the record has an age (months alone are year 0), else from `dob` to the date `at`;
    /// outside 0 to 120 it counts as missing.
    pub field: String,
    /// Ranges of whole numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bands: Option<Bands>,
    /// Values, by short name or id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Values>,
    /// The option for values that are not listed. Absent: such records are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
    /// The option for records without a value. Absent: such records are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// The date at which a date of birth becomes an age. Default: `dateOfReporting`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// A level of places: the field holds a location, and the option is the id of its ancestor of
    /// that level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
}

/// Ranges of whole numbers and the option of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bands(Vec<Band>);

/// One range. A number belongs to it if its whole part does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Band {
    pub(crate) low: i64,
    pub(crate) high: Option<i64>,
    pub(crate) option: String,
}

impl Bands {
    /// Reads ranges such as `0-4`, `5` or `65+`, each with its option.
    ///
    /// # Errors
    ///
    /// When one cannot be read, or two overlap.
    pub fn new<L, O>(bands: impl IntoIterator<Item = (L, O)>) -> Result<Self, String>
    where
        L: AsRef<str>,
        O: Into<String>,
    {
        let mut read = Vec::new();
        for (label, option) in bands {
            let label = label.as_ref();
            let (low, high) = range(label).ok_or_else(|| {
                format!(
                    "the band `{label}` cannot be read; write it like \"0-4\", \"5\" or \"65+\""
                )
            })?;
            read.push(Band { low, high, option: option.into() });
        }
        read.sort_by_key(|band| band.low);
        for pair in read.windows(2) {
            let [lower, higher] = pair else { continue };
            if lower.high.is_none_or(|high| high >= higher.low) {
                return Err(format!(
                    "the bands for \"{}\" and \"{}\" overlap",
                    lower.option, higher.option
                ));
            }
        }
        Ok(Self(read))
    }

    pub(crate) fn bands(&self) -> &[Band] {
        &self.0
    }

    pub(crate) fn find(&self, number: i64) -> Option<usize> {
        let n_lower = self.0.partition_point(|band| band.low <= number);
        let n = n_lower.checked_sub(1)?;
        self.0[n].high.is_none_or(|high| number <= high).then_some(n)
    }
}

fn range(label: &str) -> Option<(i64, Option<i64>)> {
    let label = label.trim();
    let number = |text: &str| text.trim().parse::<u32>().ok().map(i64::from);
    if let Some(low) = label.strip_suffix('+') {
        return Some((number(low)?, None));
    }
    let (low, high) = match label.split_once(['-', '–']) {
        Some((low, high)) => (number(low)?, number(high)?),
        None => (number(label)?, number(label)?),
    };
    (low <= high).then_some((low, Some(high)))
}

/// Listed values and the option of each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Values(BTreeMap<String, String>);

impl Values {
    /// Values, by short name or id, each with its option.
    pub fn new<V, O>(values: impl IntoIterator<Item = (V, O)>) -> Self
    where
        V: Into<String>,
        O: Into<String>,
    {
        Self(values.into_iter().map(|(value, option)| (value.into(), option.into())).collect())
    }

    /// Each value with its option.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(value, option)| (value.as_str(), option.as_str()))
    }
}

/// A list of labels that are their own options, or a table of labels and options.
struct Labels(&'static str);

impl<'de> de::Visitor<'de> for Labels {
    type Value = Vec<(String, String)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut labels = Vec::new();
        while let Some(label) = list.next_element::<String>()? {
            labels.push((label.clone(), label));
        }
        Ok(labels)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut labels = Vec::new();
        while let Some(entry) = map.next_entry()? {
            labels.push(entry);
        }
        Ok(labels)
    }
}

impl<'de> Deserialize<'de> for Bands {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let labels = deserializer.deserialize_any(Labels(
            "a list of bands, as in [\"0-4\", \"5+\"], or a table of bands and option codes",
        ))?;
        Self::new(labels).map_err(de::Error::custom)
    }
}

impl Serialize for Bands {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|band| {
            let label = match band.high {
                None => format!("{}+", band.low),
                Some(high) => format!("{}-{high}", band.low),
            };
            (label, &band.option)
        }))
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let labels = deserializer.deserialize_any(Labels(
            "a list of values, as in [\"MALE\", \"FEMALE\"], or a table of values and option codes",
        ))?;
        Ok(Self::new(labels))
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_hold_whole_numbers_and_do_not_overlap() {
        let bands =
            Bands::new([("65+", "old"), ("0-4", "young"), ("5 - 14", "child"), ("15", "x")]);
        let bands = bands.expect("bands");
        let option = |number| bands.find(number).map(|n| bands.bands()[n].option.as_str());
        for (number, expected) in [
            (-1, None),
            (0, Some("young")),
            (4, Some("young")),
            (5, Some("child")),
            (15, Some("x")),
            (16, None),
            (64, None),
            (65, Some("old")),
            (1000, Some("old")),
        ] {
            assert_eq!(option(number), expected, "{number}");
        }
        for wrong in [["0-4", "4-9"], ["5+", "9-10"], ["4-0", "9"], ["a", "b"], ["", "1"]] {
            assert!(Bands::new(wrong.map(|label| (label, label))).is_err(), "{wrong:?}");
        }
    }
}
