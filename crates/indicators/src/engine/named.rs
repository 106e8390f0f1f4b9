//! The reference-data values that definitions name.

use std::collections::BTreeSet;

use super::Engine;
use crate::Source;
use crate::condition::{Literal, Node, Test};
use crate::reference::{full_id, is_reference};

/// A value of a reference-data list that an indicator asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedValue {
    /// The indicator.
    pub indicator: String,
    /// The kind of records.
    pub source: Source,
    /// The field that is compared, by dotted name.
    pub field: String,
    /// The id in the reference data that the definition's text stands for.
    pub id: String,
}

impl Engine {
    /// Every reference-data value that a condition or breakdown names, in order, each once.
    ///
    /// A value that the server does not have matches nothing, without any sign: a caller that knows
    /// the server's lists can tell.
    #[must_use]
    pub fn named_values(&self) -> Vec<NamedValue> {
        let mut named = BTreeSet::new();
        for definition in self.definitions() {
            let mut note = |field: &str, text: &str| {
                let id = full_id(definition.from, field, text);
                if is_reference(&id) {
                    named.insert(NamedValue {
                        indicator: definition.indicator.clone(),
                        source: definition.from,
                        field: field.to_owned(),
                        id: id.into_owned(),
                    });
                }
            };
            of_node(definition.condition.node(), None, &mut note);
            let split = definition.by.values().filter_map(|name| self.setup.breakdowns.get(name));
            for breakdown in split {
                for (value, _) in breakdown.values.iter().flat_map(|values| values.iter()) {
                    note(&breakdown.field, value);
                }
            }
        }
        named.into_iter().collect()
    }
}

/// `list`: the path of the list whose elements are looked at.
fn of_node(node: &Node, list: Option<&str>, note: &mut impl FnMut(&str, &str)) {
    match node {
        Node::All(nodes) | Node::Any(nodes) | Node::None(nodes) => {
            nodes.iter().for_each(|node| of_node(node, list, note));
        }
        Node::Field { path, test } => {
            let path = list.map_or_else(|| path.clone(), |list| format!("{list}.{path}"));
            of_test(test, &path, note);
        }
    }
}

fn of_test(test: &Test, path: &str, note: &mut impl FnMut(&str, &str)) {
    let mut literal = |literal: &Literal| {
        if let Literal::Text(text) = literal {
            note(path, text);
        }
    };
    match test {
        Test::Equals(value) | Test::NotEquals(value) => literal(value),
        Test::OneOf(values) | Test::NoneOf(values) => values.iter().for_each(literal),
        Test::Not(test) => of_test(test, path, note),
        Test::All(tests) => tests.iter().for_each(|test| of_test(test, path, note)),
        Test::Element(node) => of_node(node, Some(path), note),
        Test::Order(..) | Test::Matches { .. } | Test::Exists(_) => {}
    }
}
