//! Conditions as people write them.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};

use super::{Literal, Node, Order, Test};
use crate::nearest::nearest;

pub(crate) const OPERATORS: [&str; 16] = [
    "eq",
    "neq",
    "ne",
    "gt",
    "gte",
    "lt",
    "lte",
    "between",
    "inq",
    "nin",
    "like",
    "regexp",
    "exists",
    "not",
    "elemMatch",
    "options",
];
/// Words that the server replaces by a search of its own (facts §4.5).
const SERVER_ONLY: [&str; 4] =
    ["parentLocationIdFilter", "relationship", "labResult", "noRelationships"];
const KNOWN: &str =
    "eq, neq, gt, gte, lt, lte, between, inq, nin, like, regexp, exists, not, elemMatch";

/// A condition on records, in Go.Data's own language.
///
/// In TOML a table, in JSON an object: `{ classification = "CONFIRMED" }`. Several fields in one
/// table must all hold. Operators: `eq neq gt gte lt lte between inq nin like regexp exists not
/// elemMatch`, joined with `and`, `or`, `nor`. A path goes through lists and holds if it holds for
/// any element; `elemMatch` asks for one element that fits as a whole. A short name such as
/// `CONFIRMED` stands for the reference-data id of that field's category.
///
/// The server ignores operators that it does not know, so here they are an error.
///
/// The default holds for every record.
///
/// # Examples
///
/// ```
/// use indicators::Where;
///
/// let condition: Where = serde_json::from_str(r#"{ "age.years": { "gte": 15, "lt": 50 } }"#)?;
/// assert!(!condition.is_always_true());
///
/// let error = serde_json::from_str::<Where>(r#"{ "age.years": { "gtt": 15 } }"#).unwrap_err();
/// assert!(error.to_string().contains("did you mean `gt`"), "{error}");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Where {
    node: Node,
    written: Value,
}

/// What is wrong with a condition, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("condition on `{at}`: {problem}")]
pub struct WhereError {
    at: String,
    problem: String,
}

impl WhereError {
    pub(super) fn new(at: &str, problem: impl Into<String>) -> Self {
        let at = if at.is_empty() { "where" } else { at };
        Self { at: at.to_owned(), problem: problem.into() }
    }
}

impl Where {
    /// Reads a condition from JSON.
    ///
    /// # Errors
    ///
    /// When it is no object, an operator is unknown, or a value does not fit its operator.
    pub fn from_json(written: &Value) -> Result<Self, WhereError> {
        Ok(Self { node: node("", written)?, written: written.clone() })
    }

    /// The condition as it was written.
    #[must_use]
    pub fn to_json(&self) -> &Value {
        &self.written
    }

    /// Whether the condition holds for every record.
    #[must_use]
    pub fn is_always_true(&self) -> bool {
        self.node == Node::All(Vec::new())
    }

    pub(crate) fn node(&self) -> &Node {
        &self.node
    }
}

impl Default for Where {
    fn default() -> Self {
        Self { node: Node::All(Vec::new()), written: Value::Object(Map::new()) }
    }
}

impl fmt::Debug for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Where({})", self.written)
    }
}

impl<'de> Deserialize<'de> for Where {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Value::deserialize(deserializer)?;
        Self::from_json(&written).map_err(de::Error::custom)
    }
}

impl Serialize for Where {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.written.serialize(serializer)
    }
}

fn node(at: &str, written: &Value) -> Result<Node, WhereError> {
    let Value::Object(fields) = written else {
        return Err(WhereError::new(
            at,
            "a condition is a table, as in { classification = \"CONFIRMED\" }",
        ));
    };
    let mut nodes = Vec::with_capacity(fields.len());
    for (key, value) in fields {
        nodes.push(match key.as_str() {
            "and" => Node::All(node_list(key, value)?),
            "or" => Node::Any(node_list(key, value)?),
            "nor" => Node::None(node_list(key, value)?),
            operator if OPERATORS.contains(&operator) || operator.starts_with('$') => {
                return Err(WhereError::new(
                    at,
                    format!("`{operator}` stands where a field is expected"),
                ));
            }
            path if SERVER_ONLY.iter().any(|word| path.split('.').any(|step| step == *word)) => {
                let problem =
                    "only the server understands this; use `place` or `level`, or a field";
                return Err(WhereError::new(path, problem));
            }
            path => Node::Field { path: path.to_owned(), test: test(path, value)? },
        });
    }
    Ok(match nodes.len() {
        1 => nodes.remove(0),
        _ => Node::All(nodes),
    })
}

fn node_list(at: &str, written: &Value) -> Result<Vec<Node>, WhereError> {
    match written {
        Value::Array(nodes) if !nodes.is_empty() => nodes.iter().map(|n| node(at, n)).collect(),
        _ => Err(WhereError::new(at, "expected a list of conditions, not empty")),
    }
}

fn test(path: &str, written: &Value) -> Result<Test, WhereError> {
    let Value::Object(operators) = written else {
        return Ok(Test::Equals(literal(path, written)?));
    };
    if let Some(date) = toml_date(operators) {
        return Ok(Test::Equals(Literal::Text(date.to_owned())));
    }
    let ignore_case = match operators.get("options") {
        None => false,
        Some(Value::String(options)) if options == "i" => true,
        Some(_) => {
            return Err(WhereError::new(
                path,
                "`options` can only be \"i\" (upper and lower case alike)",
            ));
        }
    };
    let mut tests = Vec::new();
    for (operator, value) in operators {
        let one = || literal(path, value);
        tests.push(match operator.as_str() {
            "eq" => Test::Equals(one()?),
            "neq" | "ne" => Test::NotEquals(one()?),
            "gt" => Test::Order(Order::Greater, ordered(path, value)?),
            "gte" => Test::Order(Order::GreaterOrEqual, ordered(path, value)?),
            "lt" => Test::Order(Order::Less, ordered(path, value)?),
            "lte" => Test::Order(Order::LessOrEqual, ordered(path, value)?),
            "between" => match value.as_array().map(Vec::as_slice) {
                Some([low, high]) => Test::All(vec![
                    Test::Order(Order::GreaterOrEqual, ordered(path, low)?),
                    Test::Order(Order::LessOrEqual, ordered(path, high)?),
                ]),
                _ => {
                    return Err(WhereError::new(
                        path,
                        "`between` takes a list of two values, both included",
                    ));
                }
            },
            "inq" => Test::OneOf(literals(path, operator, value)?),
            "nin" => Test::NoneOf(literals(path, operator, value)?),
            "like" | "regexp" => match value {
                Value::String(pattern) => {
                    matching(path, pattern, ignore_case, operator == "regexp")?
                }
                _ => {
                    return Err(WhereError::new(
                        path,
                        format!("`{operator}` takes a regular expression"),
                    ));
                }
            },
            "exists" => match value {
                Value::Bool(exists) => Test::Exists(*exists),
                _ => return Err(WhereError::new(path, "`exists` takes true or false")),
            },
            "not" => match value {
                Value::Object(_) => Test::Not(Box::new(test(path, value)?)),
                _ => {
                    return Err(WhereError::new(
                        path,
                        "`not` takes a table with an operator; for one value use `neq`",
                    ));
                }
            },
            "elemMatch" => Test::Element(Box::new(node(path, value)?)),
            "options" if operators.contains_key("like") => continue,
            other => return Err(WhereError::new(path, unknown_operator(path, other))),
        });
    }
    match tests.len() {
        0 => Err(WhereError::new(path, "the table of operators is empty")),
        1 => Ok(tests.remove(0)),
        _ => Ok(Test::All(tests)),
    }
}

fn unknown_operator(path: &str, operator: &str) -> String {
    let hint = match nearest(operator, OPERATORS) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => {
            format!("; if it is a field, write the whole path in quotes: \"{path}.{operator}\" = …")
        }
    };
    format!("unknown operator `{operator}`{hint} Operators: {KNOWN}")
}

/// TOML's own dates reach serde as a table with one secret key.
fn toml_date(table: &Map<String, Value>) -> Option<&str> {
    table.get("$__toml_private_datetime").and_then(Value::as_str)
}

fn literal(path: &str, written: &Value) -> Result<Literal, WhereError> {
    Ok(match written {
        Value::Null => Literal::Null,
        Value::Bool(value) => Literal::Bool(*value),
        Value::Number(number) => Literal::Number(exact(&number.to_string()).ok_or_else(|| {
            WhereError::new(path, format!("the number {number} is too large or too fine"))
        })?),
        Value::String(text) => Literal::Text(text.clone()),
        Value::Object(table) => match toml_date(table) {
            Some(date) => Literal::Text(date.to_owned()),
            None => return Err(WhereError::new(path, "expected one value, found a table")),
        },
        Value::Array(_) => {
            return Err(WhereError::new(
                path,
                "expected one value, found a list; for one of several use `inq`",
            ));
        }
    })
}

fn exact(number: &str) -> Option<Decimal> {
    match number.contains(['e', 'E']) {
        true => Decimal::from_scientific(number).ok(),
        false => Decimal::from_str_exact(number).ok(),
    }
}

fn ordered(path: &str, written: &Value) -> Result<Literal, WhereError> {
    match literal(path, written)? {
        Literal::Null | Literal::Bool(_) => Err(WhereError::new(
            path,
            "only numbers, texts and dates have an order; for \"absent\" use `exists`",
        )),
        ordered => Ok(ordered),
    }
}

fn literals(path: &str, operator: &str, written: &Value) -> Result<Vec<Literal>, WhereError> {
    match written {
        Value::Array(values) if !values.is_empty() => {
            values.iter().map(|v| literal(path, v)).collect()
        }
        _ => Err(WhereError::new(path, format!("`{operator}` takes a list of values, not empty"))),
    }
}

/// `regexp` may be written between slashes, as in JavaScript: `/^ca/i`.
fn matching(
    path: &str,
    pattern: &str,
    ignore_case: bool,
    slashes: bool,
) -> Result<Test, WhereError> {
    let (pattern, ignore_case) = match pattern.strip_prefix('/').filter(|_| slashes) {
        Some(rest) => match rest.rsplit_once('/') {
            Some((pattern, "")) => (pattern, ignore_case),
            Some((pattern, "i")) => (pattern, true),
            _ => return Err(WhereError::new(path, "a regular expression ends in `/` or `/i`")),
        },
        None => (pattern, ignore_case),
    };
    Ok(Test::Matches { pattern: pattern.to_owned(), ignore_case })
}
