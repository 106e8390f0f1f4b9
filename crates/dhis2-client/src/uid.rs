//! DHIS2's identifiers, each with the kind of object it names.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// What a [`Uid`] can name. These types are never made; they only keep identifiers apart.
pub mod kind {
    macro_rules! kinds {
        ($($(#[$doc:meta])* $name:ident,)*) => {
            $($(#[$doc])* #[derive(Debug)] pub enum $name {})*
        };
    }

    kinds! {
        /// An attribute that carries further values of an object.
        Attribute,
        /// A category, such as "Sex".
        Category,
        /// A combination of categories, such as "Sex and age".
        CategoryCombo,
        /// An option of a category, such as "Female".
        CategoryOption,
        /// One option of each category of a combination; also an attribute option combination.
        CategoryOptionCombo,
        /// A data element: what a number is about.
        DataElement,
        /// A data set: the form that data elements are reported on.
        DataSet,
        /// A job that runs on the server.
        Job,
        /// An organisation unit: a country, district, facility.
        OrgUnit,
        /// A set of values from which a data element takes its own.
        OptionSet,
        /// A user account.
        User,
    }
}

/// The identifier of an attribute.
pub type AttributeId = Uid<kind::Attribute>;
/// The identifier of a category.
pub type CategoryId = Uid<kind::Category>;
/// The identifier of a category combination.
pub type CategoryComboId = Uid<kind::CategoryCombo>;
/// The identifier of a category option.
pub type CategoryOptionId = Uid<kind::CategoryOption>;
/// The identifier of a category option combination or an attribute option combination.
pub type CategoryOptionComboId = Uid<kind::CategoryOptionCombo>;
/// The identifier of a data element.
pub type DataElementId = Uid<kind::DataElement>;
/// The identifier of a data set.
pub type DataSetId = Uid<kind::DataSet>;
/// The identifier of a job.
pub type JobId = Uid<kind::Job>;
/// The identifier of an organisation unit.
pub type OrgUnitId = Uid<kind::OrgUnit>;
/// The identifier of an option set.
pub type OptionSetId = Uid<kind::OptionSet>;
/// The identifier of a user.
pub type UserId = Uid<kind::User>;

const LENGTH: usize = 11;

/// The identifier of one DHIS2 object of kind `K`: a letter and ten letters or digits of ASCII.
///
/// It is small and `Copy`: a million cells hold millions of them. Upper and lower case differ.
///
/// # Source
///
/// `^[a-zA-Z][a-zA-Z0-9]{10}$`, `CodeGenerator` of DHIS2. Engine B of 2.43 refuses a whole call for
/// one identifier of another shape (recording `x-head-malformed-unit`), so none can be made here.
///
/// # Examples
///
/// ```
/// use dhis2_client::{DataElementId, OrgUnitId};
///
/// let element: DataElementId = "CnPsS2xE8UN".parse()?;
/// assert_eq!(element.to_string(), "CnPsS2xE8UN");
/// assert!("BD-R3D1F1".parse::<OrgUnitId>().is_err());
/// # Ok::<(), dhis2_client::UidError>(())
/// ```
pub struct Uid<K> {
    text: [u8; LENGTH],
    kind: PhantomData<fn() -> K>,
}

impl<K> Uid<K> {
    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII letters and digits get in.
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    fn check(text: &str) -> Option<[u8; LENGTH]> {
        let bytes: [u8; LENGTH] = text.as_bytes().try_into().ok()?;
        let fits = bytes[0].is_ascii_alphabetic() && bytes.iter().all(u8::is_ascii_alphanumeric);
        fits.then_some(bytes)
    }
}

impl<K> FromStr for Uid<K> {
    type Err = UidError;

    fn from_str(text: &str) -> Result<Self, UidError> {
        Self::check(text)
            .map(|text| Self { text, kind: PhantomData })
            .ok_or_else(|| UidError { text: text.chars().take(40).collect() })
    }
}

impl<K> Clone for Uid<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Uid<K> {}

impl<K> PartialEq for Uid<K> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<K> Eq for Uid<K> {}

impl<K> PartialOrd for Uid<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Uid<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl<K> Hash for Uid<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<K> AsRef<str> for Uid<K> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl<K> fmt::Display for Uid<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<K> fmt::Debug for Uid<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<K> Serialize for Uid<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de, K> Deserialize<'de> for Uid<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct UidVisitor<K>(PhantomData<K>);

        impl<K> Visitor<'_> for UidVisitor<K> {
            type Value = Uid<K>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a DHIS2 identifier: a letter and ten letters or digits")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Uid<K>, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(UidVisitor(PhantomData))
    }
}

/// A text that is no DHIS2 identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no DHIS2 identifier: one letter and ten letters or digits, as in `CnPsS2xE8UN`"
)]
pub struct UidError {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_shape_that_dhis2_makes_is_an_identifier() {
        for good in ["CnPsS2xE8UN", "aaaaaaaaaaa", "nouid000034"] {
            assert_eq!(good.parse::<DataSetId>().unwrap().as_str(), good);
        }
        for bad in ["", "CnPsS2xE8U", "CnPsS2xE8UNx", "1nPsS2xE8UN", "CnPs-2xE8UN", "CnPsS2xE8Ü"] {
            assert!(bad.parse::<DataSetId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn json_holds_it_as_text() {
        let id: OrgUnitId = serde_json::from_str("\"DiszpKrYNg8\"").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"DiszpKrYNg8\"");
        assert!(serde_json::from_str::<OrgUnitId>("7").is_err());
        assert_eq!(size_of::<OrgUnitId>(), 11);
    }
}
