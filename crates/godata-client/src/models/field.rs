//! A property that can be missing, null or there.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A property of a record: left out, `null`, or a value.
///
/// Go.Data tells the first two apart: a case without a residence has
/// `usualPlaceOfResidenceLocationId: null`, one that was never given an outcome has no `outcomeId`
/// at all; and in an update `null` clears a property while a missing one stays as it is.
///
/// ```
/// use godata_client::models::Field;
///
/// let place: Field<String> = "a97c9880".to_owned().into();
/// assert_eq!(place.value().map(String::as_str), Some("a97c9880"));
/// assert_eq!(Field::<u32>::Null.value(), None);
/// assert!(Field::<u32>::default().is_missing());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Field<T> {
    /// Not there at all.
    #[default]
    Missing,
    /// There, and `null`.
    Null,
    /// There, with a value.
    Value(T),
}

impl<T> Field<T> {
    /// The value, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Missing | Self::Null => None,
        }
    }

    /// The value, if there is one.
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Missing | Self::Null => None,
        }
    }

    /// Whether the property is not there at all.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    /// Whether the property is there and `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

impl Field<String> {
    /// The text, if there is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.value().map(String::as_str)
    }
}

impl<T> Field<Vec<T>> {
    /// The elements; none if the list is missing or null.
    #[must_use]
    pub fn items(&self) -> &[T] {
        self.value().map_or(&[], Vec::as_slice)
    }
}

impl<T> From<T> for Field<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl From<&str> for Field<String> {
    fn from(text: &str) -> Self {
        Self::Value(text.to_owned())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}

/// A missing property has no place in JSON; the models leave it out.
impl<T: Serialize> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}
