//! What may be asked of the server so that it never leaves out a record that counts.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::compile::typed;
use super::evaluate::Typed;
use super::{Literal, Node, Order, Test};
use crate::Source;
use crate::day::DayRule;
use crate::field::{Root, root_of};

/// The server rewrites a value that equals one of its operator words, so that it matches nothing.
const REWRITTEN: [&str; 18] = [
    "and", "or", "nor", "not", "eq", "neq", "ne", "gt", "gte", "lt", "lte", "between", "inq",
    "nin", "like", "regexp", "exists", "id",
];

/// How a definition sees its source.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) source: Source,
    pub(crate) each: Option<&'a str>,
    pub(crate) day_rule: &'a DayRule,
}

impl Asked<'_> {
    /// The narrowest condition that holds wherever `node` holds; `None` for every record.
    ///
    /// One operator an object, joined with `and`, since some routes keep only one (facts §4.2).
    pub(crate) fn of(&self, node: &Node) -> Option<Value> {
        self.node(node, None)
    }

    fn node(&self, node: &Node, list: Option<&str>) -> Option<Value> {
        match node {
            Node::All(nodes) => every(nodes.iter().filter_map(|node| self.node(node, list))),
            Node::Any(nodes) => {
                let any: Option<Vec<Value>> = nodes.iter().map(|n| self.node(n, list)).collect();
                any.and_then(either)
            }
            Node::None(_) => None,
            Node::Field { path, test } => match list {
                Some(list) => self.test(&format!("{list}.{path}"), test, true),
                None => match root_of(self.source, self.each, path).0 {
                    Root::Record => self.test(path, test, false),
                    Root::Element | Root::Inner => self.test(path, test, true),
                    Root::Person | Root::From | Root::To => None,
                },
            },
        }
    }

    /// `of_element`: the test is of one element, while the server asks whether any element fits;
    /// so only a test that says what is there may be asked, none that says what is not.
    fn test(&self, path: &str, test: &Test, of_element: bool) -> Option<Value> {
        let path = path.replace("[]", "");
        match test {
            Test::All(tests) => {
                every(tests.iter().filter_map(|test| self.test(&path, test, of_element)))
            }
            Test::Equals(Literal::Null) | Test::Exists(false) if of_element => None,
            Test::Equals(Literal::Null) => {
                Some(json!({ "or": [{ &path: null }, { &path: { "exists": false } }] }))
            }
            Test::Equals(literal) => Some(json!({ &path: self.value(&path, literal)? })),
            Test::OneOf(literals) if literals.contains(&Literal::Null) => None,
            Test::OneOf(literals) => {
                let values: Option<Vec<Value>> =
                    literals.iter().map(|literal| self.value(&path, literal)).collect();
                Some(json!({ &path: { "inq": values? } }))
            }
            Test::Order(order, literal) => {
                let operator = match order {
                    Order::Greater => "gt",
                    Order::GreaterOrEqual => "gte",
                    Order::Less => "lt",
                    Order::LessOrEqual => "lte",
                };
                Some(json!({ &path: { operator: self.value(&path, literal)? } }))
            }
            Test::NotEquals(literal) if !of_element => {
                Some(json!({ &path: { "neq": self.value(&path, literal)? } }))
            }
            Test::Exists(exists) => Some(json!({ &path: { "exists": exists } })),
            Test::Element(node) => self.node(node, Some(&path)),
            Test::NotEquals(_) | Test::NoneOf(_) | Test::Not(_) | Test::Matches { .. } => None,
        }
    }

    /// A value in a form that the server takes as what it is.
    fn value(&self, path: &str, literal: &Literal) -> Option<Value> {
        match typed(self.source, self.day_rule, path, literal).ok()? {
            Typed::Null => Some(Value::Null),
            Typed::Bool(value) => Some(json!(value)),
            Typed::Number(number) => serde_json::from_str(&number.normalize().to_string()).ok(),
            Typed::Text(text) if REWRITTEN.contains(&text.as_str()) || text.starts_with('$') => {
                None
            }
            Typed::Text(text) => Some(Value::String(text)),
            Typed::Instant(millisecond) => Some(Value::String(wire_date(millisecond)?)),
        }
    }
}

/// The only form of a date that the server always takes for one (facts §4.4).
pub(crate) fn wire_date(millisecond: i64) -> Option<String> {
    let instant = DateTime::<Utc>::from_timestamp_millis(millisecond)?;
    Some(instant.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// All of the conditions; `None` if there is none.
pub(crate) fn every(conditions: impl IntoIterator<Item = Value>) -> Option<Value> {
    let mut all: Vec<Value> = Vec::new();
    for condition in conditions {
        // `and` in `and` says nothing more, and the server follows a condition only so deep.
        match condition {
            Value::Object(mut object) if object.len() == 1 && object.contains_key("and") => {
                match object.remove("and") {
                    Some(Value::Array(parts)) => all.extend(parts),
                    other => all.extend(other),
                }
            }
            condition => all.push(condition),
        }
    }
    match all.len() {
        0 | 1 => all.pop(),
        _ => Some(json!({ "and": all })),
    }
}

/// At least one of the conditions, each once; `None` if there is none.
pub(crate) fn either(conditions: Vec<Value>) -> Option<Value> {
    let mut different: Vec<Value> = Vec::new();
    for condition in conditions {
        if !different.contains(&condition) {
            different.push(condition);
        }
    }
    match different.len() {
        0 | 1 => different.pop(),
        _ => Some(json!({ "or": different })),
    }
}
