//! A stored value: JSON, with dates told apart from text as the real server's database does.

use std::{collections::HashMap, fmt, sync::Arc};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, SeqAccess, Visitor},
    ser::{SerializeMap, SerializeSeq},
};
use serde_json::Value;

use super::{
    dialect::is_date_property,
    instant,
    packed::{Packed, Slot},
};

/// Text that many rows share.
pub(super) type Text = Arc<str>;

/// One value of a row, a filter, or an answer. Objects keep the order of their keys: one of the
/// query engines drops all operators of a condition but the first.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Doc {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Text),
    /// Milliseconds since 1970 in UTC.
    Date(i64),
    List(Vec<Doc>),
    Object(Object),
}

/// Fields in their order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Object {
    fields: Vec<(Text, Slot)>,
}

impl Object {
    pub(super) fn get(&self, key: &str) -> Option<&Doc> {
        self.fields.iter().find(|(k, _)| &**k == key).map(|(_, slot)| slot.doc())
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Doc> {
        self.fields.iter_mut().find(|(k, _)| &**k == key).map(|(_, slot)| slot.doc_mut())
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Doc::as_text)
    }

    pub(super) fn is_true(&self, key: &str) -> bool {
        matches!(self.get(key), Some(Doc::Bool(true)))
    }

    pub(super) fn set(&mut self, key: &str, value: impl Into<Doc>) {
        match self.get_mut(key) {
            Some(old) => *old = value.into(),
            None => self.push_new(key, value),
        }
    }

    /// Adds a field that is known not to be there.
    pub(super) fn push_new(&mut self, key: &str, value: impl Into<Doc>) {
        self.push(key.into(), value.into());
    }

    /// Adds a field that is known not to be there, as JSON text that other rows may share.
    pub(super) fn push_packed(&mut self, key: &str, value: &Arc<Packed>) {
        self.fields.push((key.into(), Slot::Packed(Arc::clone(value))));
    }

    /// Sets a field that is not there yet.
    pub(super) fn set_default(&mut self, key: &str, value: impl Into<Doc>) {
        if self.get(key).is_none() {
            self.push_new(key, value);
        }
    }

    pub(super) fn push(&mut self, key: Text, value: Doc) {
        self.fields.push((key, Slot::Doc(value)));
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<Doc> {
        let at = self.fields.iter().position(|(k, _)| &**k == key)?;
        Some(self.fields.remove(at).1.into_doc())
    }

    pub(super) fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.fields.retain(|(key, _)| keep(key));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Text, &Doc)> {
        self.slots().map(|(key, slot)| (key, slot.doc()))
    }

    /// The fields as they are kept, for answers.
    pub(super) fn slots(&self) -> impl Iterator<Item = (&Text, &Slot)> {
        self.fields.iter().map(|(key, slot)| (key, slot))
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &Text> {
        self.fields.iter().map(|(key, _)| key)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

impl FromIterator<(Text, Doc)> for Object {
    fn from_iter<I: IntoIterator<Item = (Text, Doc)>>(fields: I) -> Self {
        Self { fields: fields.into_iter().map(|(key, doc)| (key, Slot::Doc(doc))).collect() }
    }
}

impl IntoIterator for Object {
    type Item = (Text, Doc);
    type IntoIter =
        std::iter::Map<std::vec::IntoIter<(Text, Slot)>, fn((Text, Slot)) -> (Text, Doc)>;

    fn into_iter(self) -> Self::IntoIter {
        self.fields.into_iter().map(|(key, slot)| (key, slot.into_doc()))
    }
}

impl Doc {
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    pub(super) fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    pub(super) fn as_date(&self) -> Option<i64> {
        match self {
            Self::Date(millis) => Some(*millis),
            _ => None,
        }
    }

    pub(super) fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(n) => Some(*n),
            _ => None,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Turns every text that the server itself writes for a moment into a date, as those were dates
    /// before they became JSON.
    pub(super) fn with_dates(self) -> Self {
        match self {
            Self::Text(text) => match instant::parse_written(&text) {
                Some(millis) => Self::Date(millis),
                None => Self::Text(text),
            },
            Self::List(list) => Self::List(list.into_iter().map(Self::with_dates).collect()),
            Self::Object(object) => Self::Object(
                object.into_iter().map(|(key, value)| (key, value.with_dates())).collect(),
            ),
            other => other,
        }
    }

    /// As [`Doc::with_dates`], and turns any ISO date in a field that is declared as a date into one.
    pub(super) fn with_body_dates(self) -> Self {
        match self.with_dates() {
            Self::List(list) => Self::List(list.into_iter().map(Self::with_body_dates).collect()),
            Self::Object(object) => {
                let dated = object.into_iter().map(|(key, value)| {
                    let date = value
                        .as_text()
                        .filter(|_| is_date_property(&key))
                        .and_then(instant::parse_in_body);
                    (key, date.map_or_else(|| value.with_body_dates(), Self::Date))
                });
                Self::Object(dated.collect())
            }
            other => other,
        }
    }

    pub(super) fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        // Writing into memory fails for no value of this type.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// Gives equal texts and keys one place in memory.
#[derive(Debug, Default)]
pub(super) struct Interner {
    texts: HashMap<Text, ()>,
}

impl Interner {
    pub(super) fn text(&mut self, text: &str) -> Text {
        if let Some((known, ())) = self.texts.get_key_value(text) {
            return Arc::clone(known);
        }
        let new: Text = text.into();
        self.texts.insert(Arc::clone(&new), ());
        new
    }

    /// Shares all keys and reference-data ids of a value.
    pub(super) fn share(&mut self, doc: Doc) -> Doc {
        match doc {
            Doc::Text(text) if text.starts_with("LNG_") => Doc::Text(self.text(&text)),
            Doc::List(list) => Doc::List(list.into_iter().map(|item| self.share(item)).collect()),
            Doc::Object(object) => Doc::Object(self.share_object(object)),
            other => other,
        }
    }

    pub(super) fn share_object(&mut self, object: Object) -> Object {
        let shared = object.fields.into_iter().map(|(key, slot)| match slot {
            Slot::Doc(doc) => (self.text(&key), Slot::Doc(self.share(doc))),
            packed @ Slot::Packed(_) => (self.text(&key), packed),
        });
        Object { fields: shared.collect() }
    }
}

impl From<bool> for Doc {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Doc {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<usize> for Doc {
    fn from(value: usize) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<&str> for Doc {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Doc {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}

impl From<Text> for Doc {
    fn from(value: Text) -> Self {
        Self::Text(value)
    }
}

impl From<Object> for Doc {
    fn from(value: Object) -> Self {
        Self::Object(value)
    }
}

impl From<Vec<Doc>> for Doc {
    fn from(value: Vec<Doc>) -> Self {
        Self::List(value)
    }
}

impl From<Value> for Doc {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => match number.as_i64() {
                Some(n) => Self::Int(n),
                None => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => Self::Text(text.into()),
            Value::Array(list) => Self::List(list.into_iter().map(Self::from).collect()),
            Value::Object(map) => Self::Object(
                map.into_iter().map(|(key, value)| (key.into(), Self::from(value))).collect(),
            ),
        }
    }
}

impl From<&Doc> for Value {
    fn from(doc: &Doc) -> Self {
        match doc {
            Doc::Null => Self::Null,
            Doc::Bool(value) => Self::Bool(*value),
            Doc::Int(n) => Self::from(*n),
            Doc::Float(x) => Self::from(*x),
            Doc::Text(text) => Self::from(&**text),
            Doc::Date(millis) => Self::from(instant::write(*millis)),
            Doc::List(list) => Self::Array(list.iter().map(Self::from).collect()),
            Doc::Object(object) => Self::Object(
                object.iter().map(|(key, value)| (key.to_string(), Self::from(value))).collect(),
            ),
        }
    }
}

impl Serialize for Doc {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(n) => serializer.serialize_i64(*n),
            Self::Float(x) => serializer.serialize_f64(*x),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Date(millis) => serializer.serialize_str(&instant::write(*millis)),
            Self::List(list) => {
                let mut sequence = serializer.serialize_seq(Some(list.len()))?;
                for item in list {
                    sequence.serialize_element(item)?;
                }
                sequence.end()
            }
            Self::Object(object) => object.serialize(serializer),
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len()))?;
        for (key, slot) in self.slots() {
            map.serialize_entry(&**key, slot)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Doc {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DocVisitor)
    }
}

struct DocVisitor;

impl<'de> Visitor<'de> for DocVisitor {
    type Value = Doc;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Doc, E> {
        Ok(Doc::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Doc, E> {
        Ok(Doc::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Doc, E> {
        Ok(Doc::Int(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "JavaScript holds all numbers so")]
    fn visit_u64<E>(self, value: u64) -> Result<Doc, E> {
        Ok(i64::try_from(value).map_or(Doc::Float(value as f64), Doc::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Doc, E> {
        Ok(Doc::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Doc, E> {
        Ok(Doc::Text(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Doc, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = sequence.next_element()? {
            list.push(item);
        }
        Ok(Doc::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Doc, A::Error> {
        let mut object = Object::default();
        while let Some((key, value)) = map.next_entry::<String, Doc>()? {
            // The last of equal keys wins, as in JavaScript.
            object.set(&key, value);
        }
        Ok(Doc::Object(object))
    }
}
