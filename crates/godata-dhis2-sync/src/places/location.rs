//! A Go.Data location, as far as matching and roll-up need it.

use serde::{Deserialize, Deserializer};

/// A Go.Data location.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// The id of the place above it; absent for a country.
    #[serde(default)]
    pub parent_location_id: Option<String>,
    /// Its administrative level, as the full reference-data id.
    #[serde(default)]
    pub geographical_level_id: Option<String>,
    /// Codes of other systems.
    #[serde(default, deserialize_with = "or_default")]
    pub identifiers: Vec<Identifier>,
    /// Whether it has been deleted; old records may still be there.
    #[serde(default, deserialize_with = "or_default")]
    pub deleted: bool,
}

/// A location's code in another system.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Identifier {
    /// The code.
    #[serde(default, deserialize_with = "or_default")]
    pub code: String,
    /// What kind of code, as somebody wrote it: `P-code`, `DHIS2`, or nothing.
    #[serde(default)]
    pub description: Option<String>,
}

impl Location {
    /// The number at the end of its level's id: 0 for a country, 2 often for a district.
    #[must_use]
    pub fn level_number(&self) -> Option<u8> {
        self.geographical_level_id.as_deref()?.rsplit('_').next()?.parse().ok()
    }
}

/// Null stands for absent: Go.Data keeps explicit nulls (facts §5.1).
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
