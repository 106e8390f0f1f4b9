//! Conditions in words, with what a record holds.

use std::ops::ControlFlow;

use super::Order;
use super::evaluate::{Check, Predicate, Typed};
use super::server::wire_date;
use crate::Source;
use crate::day::DayRule;
use crate::field::{Field, Row};
use crate::reference::short_name;
use crate::scan::Raw;

/// One part of a condition: what it asks, what the record holds, and whether it fits.
pub(crate) struct Part {
    pub(crate) asks: String,
    pub(crate) finds: String,
    pub(crate) holds: bool,
}

impl Predicate {
    /// The parts that must all hold, each with what the record holds.
    pub(crate) fn parts(&self, source: Source, row: &Row<'_>, rule: &DayRule) -> Vec<Part> {
        if let Self::All(parts) = self {
            return parts.iter().flat_map(|part| part.parts(source, row, rule)).collect();
        }
        let mut fields = Vec::new();
        self.fields(&mut fields);
        fields.dedup();
        let finds = fields.iter().map(|field| match fields.len() {
            1 => values(source, row, field),
            _ => format!("{} {}", field.written, values(source, row, field)),
        });
        let finds = finds.collect::<Vec<_>>().join(", ");
        vec![Part { asks: self.in_words(source), finds, holds: self.holds(row, rule) }]
    }

    fn fields<'p>(&'p self, all: &mut Vec<&'p Field>) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.fields(all)),
            Self::Not(part) => part.fields(all),
            Self::Field { field, .. } => all.push(field),
        }
    }

    fn in_words(&self, source: Source) -> String {
        let joined = |parts: &[Self], word: &str| {
            let parts: Vec<String> = parts.iter().map(|part| part.in_words(source)).collect();
            parts.join(word)
        };
        match self {
            Self::All(parts) => joined(parts, " and "),
            Self::Any(parts) => format!("({})", joined(parts, " or ")),
            Self::Not(part) => format!("not {}", part.in_words(source)),
            Self::Field { field, check, .. } => check.in_words(source, &field.written),
        }
    }
}

impl Check {
    fn in_words(&self, source: Source, field: &str) -> String {
        let word = |typed: &Typed| typed.in_words(source, field);
        let words = |typed: &[Typed]| typed.iter().map(word).collect::<Vec<_>>().join(", ");
        match self {
            Self::All(parts) => {
                let parts: Vec<String> =
                    parts.iter().map(|part| part.in_words(source, field)).collect();
                parts.join(" and ")
            }
            Self::Not(part) => match &**part {
                Self::OneOf(wanted) if wanted.len() == 1 => {
                    format!("{field} is not {}", words(wanted))
                }
                Self::OneOf(wanted) => format!("{field} is none of {}", words(wanted)),
                part => format!("not {}", part.in_words(source, field)),
            },
            Self::OneOf(wanted) if wanted.len() == 1 => format!("{field} is {}", words(wanted)),
            Self::OneOf(wanted) => format!("{field} is one of {}", words(wanted)),
            Self::Order(order, wanted) => {
                let sign = match order {
                    Order::Greater => ">",
                    Order::GreaterOrEqual => "≥",
                    Order::Less => "<",
                    Order::LessOrEqual => "≤",
                };
                format!("{field} {sign} {}", word(wanted))
            }
            Self::Matches(expression) => format!("{field} matches /{expression}/"),
            Self::Exists(true) => format!("{field} is there"),
            Self::Exists(false) => format!("{field} is absent"),
            Self::Element(inner) => {
                format!("{field} has an element with {}", inner.in_words(source))
            }
        }
    }
}

impl Typed {
    fn in_words(&self, source: Source, field: &str) -> String {
        match self {
            Self::Null => "empty".into(),
            Self::Bool(value) => value.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => short_name(source, field, text).to_owned(),
            Self::Instant(millisecond) => wire_date(*millisecond).unwrap_or_default(),
        }
    }
}

/// What a record holds in a field, in short.
pub(crate) fn values(source: Source, row: &Row<'_>, field: &Field) -> String {
    let mut all: Vec<String> = Vec::new();
    let _ = row.each(field, &mut |value| {
        match value {
            Some(list) if list.is_array() => list.for_each_element(|element| {
                all.push(one(source, field, element));
            }),
            Some(value) => all.push(one(source, field, value)),
            None => {}
        }
        ControlFlow::<()>::Continue(())
    });
    match all.len() {
        0 => "(absent)".into(),
        n if n > 5 => format!("{}, … ({n} values)", all[..5].join(", ")),
        _ => all.join(", "),
    }
}

fn one(source: Source, field: &Field, value: Raw<'_>) -> String {
    match value.as_text() {
        Some(text) => short_name(source, &field.written, &text).to_owned(),
        None if value.is_object() || value.is_array() => "(a table)".into(),
        None => String::from_utf8_lossy(value.0).into_owned(),
    }
}
