//! Identifiers in any scheme to ids.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    super::metadata::{Object, Store},
    options::{Options, Scheme},
};

/// Finds objects by the schemes of one call.
pub(crate) struct Resolver<'a> {
    store: &'a Store,
    options: &'a Options,
    default: Scheme,
    known: HashMap<(&'static str, Scheme), HashMap<String, String>>,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(store: &'a Store, options: &'a Options, default: Scheme) -> Self {
        Self { store, options, default, known: HashMap::new() }
    }

    /// The scheme in force for a kind of object.
    pub(crate) fn scheme(&self, kind: &str) -> Scheme {
        self.options.scheme(kind, &self.default)
    }

    /// The id of what a text means, where there is such an object.
    pub(crate) fn find(&mut self, of: &'static str, kind: &str, text: &str) -> Option<String> {
        let scheme = self.scheme(kind);
        if scheme == Scheme::Uid {
            return self.store.get(of, text).map(|_| text.to_owned());
        }
        let store = self.store;
        self.known
            .entry((of, scheme.clone()))
            .or_insert_with(|| {
                store
                    .all(of)
                    .filter_map(|(id, object)| Some((name_in(&scheme, id, object)?, id.clone())))
                    .collect()
            })
            .get(text)
            .cloned()
    }
}

/// What an object is called in a scheme.
pub(crate) fn name_in(scheme: &Scheme, id: &str, object: &Object) -> Option<String> {
    let text = |name: &str| object.get(name)?.as_str().map(str::to_owned);
    match scheme {
        Scheme::Uid => Some(id.to_owned()),
        Scheme::Code => text("code"),
        Scheme::Name => text("name"),
        Scheme::Attribute(attribute) => object
            .get("attributeValues")?
            .as_array()?
            .iter()
            .find(|value| {
                value.pointer("/attribute/id").and_then(Value::as_str) == Some(attribute)
            })?
            .get("value")?
            .as_str()
            .map(str::to_owned),
    }
}
