//! Go.Data's condition language: read, explained, evaluated on JSON bytes, and widened into what
//! may be asked of the server.

mod compile;
mod evaluate;
mod explain;
mod numbers;
mod parse;
mod server;

use rust_decimal::Decimal;

pub(crate) use compile::Scope;
pub(crate) use evaluate::Predicate;
pub(crate) use explain::values;
#[cfg(feature = "schema")]
pub(crate) use parse::OPERATORS;
pub use parse::{Where, WhereError};
pub(crate) use server::{Asked, either, every, wire_date};

/// A condition as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// Every one of them; an empty list is always true.
    All(Vec<Node>),
    /// At least one of them.
    Any(Vec<Node>),
    /// None of them.
    None(Vec<Node>),
    /// A test of the values at a path.
    Field { path: String, test: Test },
}

/// What is asked of the values at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Test {
    All(Vec<Test>),
    Not(Box<Test>),
    Equals(Literal),
    NotEquals(Literal),
    OneOf(Vec<Literal>),
    NoneOf(Vec<Literal>),
    Order(Order, Literal),
    Matches { pattern: String, ignore_case: bool },
    Exists(bool),
    Element(Box<Node>),
}

/// An order of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// A value as it is written in a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Literal {
    Null,
    Bool(bool),
    Number(Decimal),
    Text(String),
}
