//! A field's value kept as JSON text: what nobody looks into costs neither memory nor time.

use std::sync::{Arc, OnceLock};

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::doc::Doc;

/// JSON text that is unpacked when something looks into it, and answered as it stands.
///
/// Many rows may share one.
#[derive(Debug)]
pub(super) struct Packed {
    json: Box<RawValue>,
    open: OnceLock<Doc>,
}

impl Packed {
    pub(super) fn new(value: &serde_json::Value) -> Self {
        // A `Value` is always text that is JSON.
        let json = serde_json::value::to_raw_value(value).unwrap_or_default();
        Self { json, open: OnceLock::new() }
    }

    fn doc(&self) -> &Doc {
        let unpack = || Doc::parse(self.json.get().as_bytes()).map_or(Doc::Null, Doc::with_dates);
        self.open.get_or_init(unpack)
    }
}

/// The value of a field, packed or not.
#[derive(Debug, Clone)]
pub(super) enum Slot {
    Doc(Doc),
    Packed(Arc<Packed>),
}

impl Slot {
    pub(super) fn doc(&self) -> &Doc {
        match self {
            Self::Doc(doc) => doc,
            Self::Packed(packed) => packed.doc(),
        }
    }

    /// The value to change: unpacked, and this row's own.
    pub(super) fn doc_mut(&mut self) -> &mut Doc {
        if let Self::Packed(packed) = self {
            *self = Self::Doc(packed.doc().clone());
        }
        match self {
            Self::Doc(doc) => doc,
            Self::Packed(_) => unreachable!("it was unpacked just now"),
        }
    }

    pub(super) fn into_doc(self) -> Doc {
        match self {
            Self::Doc(doc) => doc,
            Self::Packed(packed) => packed.doc().clone(),
        }
    }
}

impl PartialEq for Slot {
    fn eq(&self, other: &Self) -> bool {
        self.doc() == other.doc()
    }
}

impl Serialize for Slot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Doc(doc) => doc.serialize(serializer),
            Self::Packed(packed) => packed.json.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::godata::doc::Object;

    #[test]
    fn a_packed_field_is_like_any_other() {
        let value = json!({"status": "SEEN", "startDate": "2020-07-24T00:00:00.000Z", "n": [1, 2]});
        let mut packed = Object::default();
        packed.push_packed("followUp", &Arc::new(Packed::new(&value)));
        let mut plain = Object::default();
        plain.set("followUp", Doc::from(value).with_dates());

        assert_eq!(packed, plain);
        assert_eq!(Doc::Object(packed.clone()).to_json(), Doc::Object(plain).to_json());
        let inner = packed.get("followUp").and_then(Doc::as_object).unwrap();
        assert_eq!(inner.get("startDate").and_then(Doc::as_date), Some(1_595_548_800_000));
    }

    #[test]
    fn changing_a_packed_field_changes_one_row_only() {
        let shared = Arc::new(Packed::new(&json!("old")));
        let (mut one, mut other) = (Object::default(), Object::default());
        for row in [&mut one, &mut other] {
            row.push_packed("status", &shared);
        }

        one.set("status", "new");

        assert_eq!((one.text("status"), other.text("status")), (Some("new"), Some("old")));
        assert_eq!(other.remove("status"), Some(Doc::from("old")));
    }
}
