//! The `where` language: built, checked, and written in the forms that Go.Data honours.
//!
//! Go.Data takes LoopBack filters, but silently matches nothing or everything when a filter is
//! slightly off: an unknown operator (recording `cases-where-unknown-operator`), a date in a form
//! that it does not take for a date (`cases-where-date-equals-local-offset`), two operators in one
//! object on some routes (facts §4.2). So a [`Filter`] knows the supported operators only, writes
//! one operator per object, and writes moments in the one safe form.
//!
//! ```
//! use chrono::{TimeZone as _, Utc};
//! use godata_client::Filter;
//! use serde_json::json;
//!
//! let monday = Utc.with_ymd_and_hms(2020, 12, 28, 0, 0, 0).unwrap();
//! let filter = Filter::field("classification")
//!     .eq("LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED")
//!     .and(Filter::field("dateOfReporting").gte(monday));
//!
//! assert_eq!(filter.to_json()?, json!({"and": [
//!     {"classification": "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED"},
//!     {"dateOfReporting": {"gte": "2020-12-28T00:00:00.000Z"}},
//! ]}));
//!
//! // The same language as JSON, with two operators in one object taken apart:
//! let same = Filter::from_json(&json!({"age.years": {"gte": 5, "lt": 15}}))?;
//! assert_eq!(same.to_json()?, json!({"and": [
//!     {"age.years": {"gte": 5}}, {"age.years": {"lt": 15}},
//! ]}));
//!
//! let mistake = Filter::from_json(&json!({"age.years": {"gte": 5, "less": 15}})).unwrap_err();
//! assert_eq!(mistake.path(), "age.years");
//! # Ok::<(), godata_client::FilterError>(())
//! ```

mod node;
mod operand;
mod parse;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::Value;

use self::node::{Node, Test};
pub use self::operand::Operand;

/// A condition on records. The default matches everything.
#[derive(Clone, PartialEq, Default)]
pub struct Filter {
    node: Node,
}

/// What is wrong with a filter, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}`: {problem}")]
pub struct FilterError {
    path: String,
    problem: FilterProblem,
}

/// What is wrong with one part of a filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterProblem {
    /// The server would match nothing, silently.
    #[error(
        "unknown operator `{name}`: use one of eq, neq, gt, gte, lt, lte, between, inq, nin, like, \
         regexp, exists, elemMatch, not"
    )]
    UnknownOperator {
        /// As written.
        name: String,
    },

    /// The server would compare it as text with a date and match nothing, silently.
    #[error(
        "`{text}` looks like a date, but not in a form that Go.Data takes for one: write \
         2021-03-01 or 2021-03-01T00:00:00.000Z"
    )]
    Date {
        /// As written.
        text: String,
    },

    /// The server rewrites this word when it translates the filter, so it would match nothing.
    #[error("the value `{word}` is an operator's name, which Go.Data cannot look for")]
    ReservedWord {
        /// As written.
        word: String,
    },

    /// The operator wants something else.
    #[error("`{operator}` wants {expected}")]
    Operand {
        /// The operator.
        operator: &'static str,
        /// What it wants.
        expected: &'static str,
    },

    /// Not a field's name.
    #[error("this is not the name of a field")]
    FieldName,

    /// Not a condition at all.
    #[error("a condition must be a JSON object")]
    NotAnObject,

    /// The server replaces this condition by a list of places and cannot turn it around.
    #[error("places below a place cannot be excluded on the server")]
    NegatedPlaces,

    /// The server's own limit.
    #[error("conditions are nested deeper than Go.Data's limit of {limit}")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
}

impl FilterError {
    pub(crate) fn new(path: impl Into<String>, problem: FilterProblem) -> Self {
        Self { path: path.into(), problem }
    }

    /// The field or operator with the problem; empty for the whole filter.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong.
    #[must_use]
    pub fn problem(&self) -> &FilterProblem {
        &self.problem
    }
}

/// The start of a condition on one field; see [`Filter::field`].
#[derive(Debug, Clone)]
#[must_use]
pub struct Field {
    path: String,
}

impl Filter {
    /// Starts a condition on a field, nested ones by dots: `age.years`, `addresses.locationId`.
    ///
    /// A path through a list matches if any element does; see [`Field::any_element`] for conditions
    /// that one and the same element must meet.
    pub fn field(path: impl Into<String>) -> Field {
        Field { path: path.into() }
    }

    /// All of these. None of them at all matches everything.
    #[must_use]
    pub fn all(filters: impl IntoIterator<Item = Filter>) -> Self {
        Node::all(filters.into_iter().map(|filter| filter.node)).into()
    }

    /// Any of these. None of them at all matches nothing.
    #[must_use]
    pub fn any(filters: impl IntoIterator<Item = Filter>) -> Self {
        Node::any(filters.into_iter().map(|filter| filter.node)).into()
    }

    /// This and the other.
    #[must_use]
    pub fn and(self, other: Filter) -> Self {
        Self::all([self, other])
    }

    /// This or the other.
    #[must_use]
    pub fn or(self, other: Filter) -> Self {
        Self::any([self, other])
    }

    /// Everything that this does not match, records without the field included.
    #[must_use]
    pub fn negated(self) -> Self {
        self.node.negated().into()
    }

    /// Whether this matches everything.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.node == Node::default()
    }

    /// Reads a filter from LoopBack's JSON form and checks it.
    ///
    /// Several operators in one object are taken apart, moments are rewritten into the form that
    /// the server honours, and `null` becomes "null or missing" on every route.
    ///
    /// # Errors
    ///
    /// [`FilterError`] for anything that the server would silently misread.
    pub fn from_json(json: &Value) -> Result<Self, FilterError> {
        let filter = Self { node: parse::node(json, 0)? };
        filter.to_json()?;
        Ok(filter)
    }

    /// The JSON that is sent as `where`.
    ///
    /// # Errors
    ///
    /// [`FilterError`] if a value cannot be looked for on the server.
    pub fn to_json(&self) -> Result<Value, FilterError> {
        self.node.to_json()
    }

    /// Cuts the longest list of values into parts of at most `n_values`; every record that this
    /// filter matches is matched by a part. `None` if there is no list to cut.
    pub(crate) fn in_parts(&self, n_values: usize) -> Option<Vec<(String, Filter)>> {
        let parts = self.node.in_parts(n_values)?;
        Some(parts.into_iter().map(|(path, node)| (path, node.into())).collect())
    }
}

impl From<Node> for Filter {
    fn from(node: Node) -> Self {
        Self { node }
    }
}

impl Field {
    fn test(self, test: Test) -> Filter {
        Node::Field { path: self.path, test }.into()
    }

    /// The field, or an element of a list, has this value. `null` also matches a missing field.
    #[must_use]
    pub fn eq(self, value: impl Into<Operand>) -> Filter {
        self.test(Test::Eq(value.into()))
    }

    /// The opposite of [`eq`](Self::eq): a missing field matches, too, unless `value` is `null`.
    #[must_use]
    pub fn neq(self, value: impl Into<Operand>) -> Filter {
        self.test(Test::Neq(value.into()))
    }

    /// Greater than. Only values of the same kind compare.
    #[must_use]
    pub fn gt(self, value: impl Into<Operand>) -> Filter {
        self.test(Test::Compare(node::Comparison::Gt, value.into()))
    }

    /// Greater than or equal.
    #[must_use]
    pub fn gte(self, value: impl Into<Operand>) -> Filter {
        self.test(Test::Compare(node::Comparison::Gte, value.into()))
    }

    /// Less than.
    #[must_use]
    pub fn lt(self, value: impl Into<Operand>) -> Filter {
        self.test(Test::Compare(node::Comparison::Lt, value.into()))
    }

    /// Less than or equal.
    #[must_use]
    pub fn lte(self, value: impl Into<Operand>) -> Filter {
        self.test(Test::Compare(node::Comparison::Lte, value.into()))
    }

    /// From `low` to `high`, both included. For days use [`gte`](Self::gte) and [`lt`](Self::lt):
    /// a day has no last moment.
    #[must_use]
    pub fn between(self, low: impl Into<Operand>, high: impl Into<Operand>) -> Filter {
        self.test(Test::Between(low.into(), high.into()))
    }

    /// One of these values.
    #[must_use]
    pub fn is_in<V: Into<Operand>>(self, values: impl IntoIterator<Item = V>) -> Filter {
        self.test(Test::In(values.into_iter().map(Into::into).collect()))
    }

    /// None of these values; a missing field matches, too.
    #[must_use]
    pub fn not_in<V: Into<Operand>>(self, values: impl IntoIterator<Item = V>) -> Filter {
        self.test(Test::NotIn(values.into_iter().map(Into::into).collect()))
    }

    /// A text that this regular expression (JavaScript's) finds something in.
    #[must_use]
    pub fn like(self, pattern: impl Into<String>) -> Filter {
        self.test(Test::Like { pattern: pattern.into(), ignore_case: false })
    }

    /// As [`like`](Self::like), without regard to upper and lower case.
    #[must_use]
    pub fn like_ignoring_case(self, pattern: impl Into<String>) -> Filter {
        self.test(Test::Like { pattern: pattern.into(), ignore_case: true })
    }

    /// Whether the field is there at all; `null` is there.
    #[must_use]
    pub fn exists(self, exists: bool) -> Filter {
        self.test(Test::Exists(exists))
    }

    /// Null or missing. On a path through a list, an empty list counts as missing.
    #[must_use]
    pub fn is_null(self) -> Filter {
        self.eq(Operand::null())
    }

    /// One and the same element of a list of objects meets all of `filter`, such as a hospital stay
    /// that began in a certain week.
    #[must_use]
    pub fn any_element(self, filter: Filter) -> Filter {
        self.test(Test::AnyElement(Box::new(filter.node)))
    }

    /// The place in this field is one of `location_ids` or below one (by the tree of today,
    /// expanded by the server).
    ///
    /// For the place of a case use `usualPlaceOfResidenceLocationId`; `addresses` would match any
    /// address, former ones included (facts §4.5).
    #[must_use]
    pub fn below<V: Into<String>>(self, location_ids: impl IntoIterator<Item = V>) -> Filter {
        self.test(Test::Below(location_ids.into_iter().map(Into::into).collect()))
    }
}

/// Shows fields and operators, not the values: they can be names.
impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Filter({})", self.node.shape())
    }
}

impl Serialize for Filter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().map_err(ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Filter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_json(&Value::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
