//! How models are made, so that each reads open, writes back what it read, and hides people.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, de};

/// A property's name, borrowed from the text where possible.
pub(crate) struct Key<'de>(pub(crate) Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a property")
            }

            fn visit_borrowed_str<E: de::Error>(self, name: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(name)))
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}

/// A record's type: every property is a [`Field`](crate::models::Field), unknown ones are kept in
/// `extra`, and `Debug` shows the `shown` ones only.
///
/// Models are made with `..Default::default()`; so written, a property that a later version adds
/// breaks nothing.
///
/// `serde(flatten)` would do the same, but buffers every record as a tree first.
macro_rules! model {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[$field_meta:meta])* $debug:ident $field:ident: $type:ty = $wire:literal, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Default)]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $crate::models::Field<$type>, )*
            /// Properties that this version of the client does not know, as they came.
            pub extra: ::std::collections::BTreeMap<String, ::serde_json::Value>,
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;

                impl<'de> ::serde::de::Visitor<'de> for Visitor {
                    type Value = $name;

                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str(concat!("a JSON object (", stringify!($name), ")"))
                    }

                    fn visit_map<A: ::serde::de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> Result<$name, A::Error> {
                        let mut model = $name::default();
                        while let Some($crate::models::macros::Key(key)) = map.next_key()? {
                            match &*key {
                                $( $wire => model.$field = map.next_value()?, )*
                                _ => {
                                    model.extra.insert(key.into_owned(), map.next_value()?);
                                }
                            }
                        }
                        Ok(model)
                    }
                }

                deserializer.deserialize_map(Visitor)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use ::serde::ser::SerializeMap as _;

                let mut map = serializer.serialize_map(None)?;
                $(
                    if !self.$field.is_missing() {
                        map.serialize_entry($wire, &self.$field)?;
                    }
                )*
                for (name, value) in &self.extra {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }

        /// For logs and test failures, so it shows nobody's name, contact, address or number.
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                let mut debug = f.debug_struct(stringify!($name));
                $( model!(@ $debug debug, self, $field); )*
                debug.finish_non_exhaustive()
            }
        }
    };
    (@ shown $debug:ident, $self:ident, $field:ident) => {
        if let Some(value) = $self.$field.value() {
            $debug.field(stringify!($field), value);
        }
    };
    (@ hidden $debug:ident, $self:ident, $field:ident) => {};
}

/// Values of one category of reference data: the known ones by name, any other one as it came,
/// since administrators add their own.
macro_rules! reference_values {
    (
        $(#[$meta:meta])*
        pub enum $name:ident in $category:literal {
            $( $(#[$value_meta:meta])* $value:ident = $short:literal, )*
        }
    ) => {
        $(#[$meta])*
        ///
        /// The list is reference data: installations add values of their own, which arrive as
        /// `Other` with their full id.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$value_meta])* $value, )*
            /// Any other value, by its full reference-data id.
            Other(String),
        }

        impl $name {
            /// What the full ids of this list begin with.
            pub const PREFIX: &'static str = concat!($category, "_");

            /// The full reference-data id, as Go.Data stores it.
            #[must_use]
            pub fn id(&self) -> &str {
                match self {
                    $( Self::$value => concat!($category, "_", $short), )*
                    Self::Other(id) => id,
                }
            }

            /// The id without the name of its category: `CONFIRMED`.
            #[must_use]
            pub fn short(&self) -> &str {
                let id = self.id();
                id.strip_prefix(Self::PREFIX).unwrap_or(id)
            }
        }

        impl From<&str> for $name {
            /// By the full id.
            fn from(id: &str) -> Self {
                match id.strip_prefix(Self::PREFIX) {
                    $( Some($short) => Self::$value, )*
                    _ => Self::Other(id.to_owned()),
                }
            }
        }

        /// The full id.
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.id())
            }
        }

        /// The short form. A value of another category could be anything and is not shown.
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                match self.id().strip_prefix(Self::PREFIX) {
                    Some(short) => f.write_str(short),
                    None => f.write_str("<other>"),
                }
            }
        }

        impl From<$name> for $crate::filter::Operand {
            fn from(value: $name) -> Self {
                value.id().into()
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.id())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;

                impl ::serde::de::Visitor<'_> for Visitor {
                    type Value = $name;

                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str("a reference-data id")
                    }

                    fn visit_str<E: ::serde::de::Error>(self, id: &str) -> Result<$name, E> {
                        Ok(id.into())
                    }
                }

                deserializer.deserialize_str(Visitor)
            }
        }
    };
}

pub(crate) use model;
pub(crate) use reference_values;
