//! What a country changes in a library.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};
use toml::Value;

/// The value of a setting of a [`Library`](super::Library): a number, a text, or a list of texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum SettingValue {
    /// A whole number, such as a threshold.
    Number(u64),
    /// A text, such as a level of places.
    Text(String),
    /// Texts, such as the occupations that make a health worker.
    List(Vec<String>),
}

/// A setting of a [`Library`](super::Library) and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// What it means, in English.
    pub about: String,
    /// The value that it has unless another is given.
    pub default: SettingValue,
    /// The value that it has here.
    pub value: SettingValue,
}

impl SettingValue {
    /// The value as one of the kind of `default`, or what it should be.
    pub(super) fn of_kind(&self, default: &Self) -> Result<Self, &'static str> {
        match (self, default) {
            (Self::Number(_), Self::Number(_)) | (Self::Text(_), Self::Text(_)) => Ok(self.clone()),
            (Self::List(list), Self::List(_)) if !list.is_empty() => Ok(self.clone()),
            (Self::Text(one), Self::List(_)) => Ok(Self::List(vec![one.clone()])),
            (_, Self::Number(_)) => Err("a whole number"),
            (_, Self::Text(_)) => Err("a text"),
            (_, Self::List(_)) => Err("a list of texts that is not empty"),
        }
    }

    fn to_toml(&self) -> Value {
        match self {
            Self::Number(number) => Value::Integer(i64::try_from(*number).unwrap_or(i64::MAX)),
            Self::Text(text) => Value::String(text.clone()),
            Self::List(list) => Value::Array(list.iter().cloned().map(Value::String).collect()),
        }
    }
}

impl fmt::Display for SettingValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => write!(f, "\"{text}\""),
            Self::List(list) => write!(f, "{list:?}"),
        }
    }
}

impl<'de> Deserialize<'de> for SettingValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = SettingValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number, a text, or a list of texts")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<SettingValue, E> {
                Ok(SettingValue::Number(number))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<SettingValue, E> {
                let number = u64::try_from(number)
                    .map_err(|_| E::invalid_value(de::Unexpected::Signed(number), &self))?;
                Ok(SettingValue::Number(number))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<SettingValue, E> {
                Ok(SettingValue::Text(text.to_owned()))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(
                self,
                mut list: A,
            ) -> Result<SettingValue, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = list.next_element()? {
                    texts.push(text);
                }
                Ok(SettingValue::List(texts))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

/// Puts settings in the place of their names in braces. A text that is nothing but such a name
/// becomes the value; a key whose text becomes empty is taken out.
pub(super) fn fill(value: &mut Value, settings: &BTreeMap<&str, &SettingValue>) {
    match value {
        Value::String(text) => {
            for (name, setting) in settings {
                let place = format!("{{{name}}}");
                if *text == place {
                    *value = setting.to_toml();
                    return;
                }
                if let SettingValue::Number(number) = setting {
                    *text = text.replace(&place, &number.to_string());
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| fill(value, settings)),
        Value::Table(table) => {
            table.iter_mut().for_each(|(_, value)| fill(value, settings));
            table.retain(|_, value| value.as_str() != Some(""));
        }
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {}
    }
}
