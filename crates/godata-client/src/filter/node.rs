//! The tree behind a filter, and how it is written.

use serde_json::{Map, Value, json};

use super::{
    FilterError, FilterProblem,
    operand::{Operand, RESERVED},
};

/// LoopBack's own limit (facts §4.3).
pub(super) const MAX_DEPTH: usize = 24;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Field { path: String, test: Test },
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    Eq(Operand),
    Neq(Operand),
    Compare(Comparison, Operand),
    Between(Operand, Operand),
    In(Vec<Operand>),
    NotIn(Vec<Operand>),
    Like {
        pattern: String,
        ignore_case: bool,
    },
    Regexp(String),
    Exists(bool),
    AnyElement(Box<Node>),
    Below(Vec<String>),
    /// The field does not pass this test, or is missing.
    Not(Box<Test>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Gt,
    Gte,
    Lt,
    Lte,
}

impl Comparison {
    fn name(self) -> &'static str {
        match self {
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Lt => "lt",
            Self::Lte => "lte",
        }
    }
}

impl Default for Node {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

/// Two spellings of one operator. Below `$elemMatch` and `$not` only MongoDB's own is understood on
/// every route, elsewhere both; LoopBack's is the one that most recordings show.
#[derive(Clone, Copy)]
enum Dialect {
    LoopBack,
    Mongo,
}

impl Dialect {
    fn name(self, name: &str) -> String {
        match (self, name) {
            (Self::LoopBack, _) => name.to_owned(),
            (Self::Mongo, "neq") => "$ne".to_owned(),
            (Self::Mongo, "inq") => "$in".to_owned(),
            (Self::Mongo, _) => format!("${name}"),
        }
    }
}

impl Node {
    pub(super) fn all(nodes: impl IntoIterator<Item = Node>) -> Self {
        let mut flat = Vec::new();
        for node in nodes {
            match node {
                Self::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        Self::single_or(flat, Self::All)
    }

    pub(super) fn any(nodes: impl IntoIterator<Item = Node>) -> Self {
        let mut flat = Vec::new();
        for node in nodes {
            match node {
                Self::Any(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        Self::single_or(flat, Self::Any)
    }

    fn single_or(mut nodes: Vec<Node>, group: fn(Vec<Node>) -> Node) -> Self {
        match nodes.pop() {
            Some(only) if nodes.is_empty() => only,
            Some(last) => {
                nodes.push(last);
                group(nodes)
            }
            None => group(nodes),
        }
    }

    /// De Morgan, so that "not" stands at fields only, where both engines understand it.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::All(nodes) => Self::any(nodes.into_iter().map(Self::negated)),
            Self::Any(nodes) => Self::all(nodes.into_iter().map(Self::negated)),
            Self::Field { path, test } => Self::Field { path, test: test.negated() },
        }
    }

    pub(super) fn to_json(&self) -> Result<Value, FilterError> {
        self.written(Dialect::LoopBack, 0)
    }

    fn written(&self, dialect: Dialect, depth: usize) -> Result<Value, FilterError> {
        if depth > MAX_DEPTH {
            return Err(FilterError::new("", FilterProblem::TooDeep { limit: MAX_DEPTH }));
        }
        let group = |name, nodes: &[Node]| {
            let parts: Result<Vec<_>, _> =
                nodes.iter().map(|node| node.written(dialect, depth + 1)).collect();
            Ok(single(dialect.name(name), Value::Array(parts?)))
        };
        match self {
            Self::All(nodes) if nodes.is_empty() => Ok(Value::Object(Map::new())),
            Self::All(nodes) => group("and", nodes),
            // No alternative at all: nothing matches. An empty `or` is an error of MongoDB's.
            Self::Any(nodes) if nodes.is_empty() => {
                Ok(single("id".to_owned(), single(dialect.name("inq"), json!([]))))
            }
            Self::Any(nodes) => group("or", nodes),
            Self::Field { path, test } => {
                check_path(path)?;
                test.written(path, dialect, depth)
            }
        }
    }

    /// The cuts of the longest `inq` among the conditions that must all hold.
    pub(super) fn in_parts(&self, n_values: usize) -> Option<Vec<(String, Node)>> {
        let conditions = match self {
            Self::All(nodes) => nodes.as_slice(),
            other => std::slice::from_ref(other),
        };
        let (longest, path, values) = conditions
            .iter()
            .enumerate()
            .filter_map(|(i, node)| match node {
                Self::Field { path, test: Test::In(values) } => Some((i, path, values)),
                _ => None,
            })
            .max_by_key(|(_, _, values)| values.len())?;
        let parts = values.chunks(n_values.max(1)).map(|part| {
            let mut nodes = conditions.to_vec();
            nodes[longest] = Self::Field { path: path.clone(), test: Test::In(part.to_vec()) };
            (path.clone(), Self::all(nodes))
        });
        Some(parts.collect())
    }

    /// Fields and operators without values, for logs.
    pub(super) fn shape(&self) -> String {
        let group = |name, nodes: &[Node]| {
            let parts: Vec<_> = nodes.iter().map(Self::shape).collect();
            format!("{name}[{}]", parts.join(", "))
        };
        match self {
            Self::All(nodes) => group("and", nodes),
            Self::Any(nodes) => group("or", nodes),
            Self::Field { path, test } => format!("{path} {}", test.name()),
        }
    }
}

fn single(name: String, value: Value) -> Value {
    Value::Object(Map::from_iter([(name, value)]))
}

/// A name that the server takes for the name of a field.
fn check_path(path: &str) -> Result<(), FilterError> {
    let is_name = |part: &str| {
        // `id` is a field; the other reserved words are operators.
        !part.is_empty() && !part.starts_with('$') && (part == "id" || !RESERVED.contains(&part))
    };
    if path.split('.').all(is_name) && !path.contains('\0') {
        Ok(())
    } else {
        Err(FilterError::new(path, FilterProblem::FieldName))
    }
}

impl Test {
    fn negated(self) -> Self {
        match self {
            Self::Eq(value) => Self::Neq(value),
            Self::Neq(value) => Self::Eq(value),
            Self::In(values) => Self::NotIn(values),
            Self::NotIn(values) => Self::In(values),
            Self::Exists(exists) => Self::Exists(!exists),
            Self::Not(test) => *test,
            other => Self::Not(Box::new(other)),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Eq(_) => "eq",
            Self::Neq(_) => "neq",
            Self::Compare(comparison, _) => comparison.name(),
            Self::Between(..) => "between",
            Self::In(_) => "inq",
            Self::NotIn(_) => "nin",
            Self::Like { .. } => "like",
            Self::Regexp(_) => "regexp",
            Self::Exists(_) => "exists",
            Self::AnyElement(_) => "elemMatch",
            Self::Below(_) => "below",
            Self::Not(_) => "not",
        }
    }

    fn written(&self, path: &str, dialect: Dialect, depth: usize) -> Result<Value, FilterError> {
        let at = |problem| FilterError::new(path, problem);
        let value = |operand: &Operand| operand.to_json().map_err(at);
        let values = |operands: &[Operand]| {
            operands.iter().map(value).collect::<Result<Vec<_>, _>>().map(Value::Array)
        };
        let on_field = |test: Value| single(path.to_owned(), test);
        let operator = |name: &str, operand: Value| on_field(single(dialect.name(name), operand));

        Ok(match self {
            // A bare null matches missing fields on one engine and not on the other (facts §4.3).
            Self::Eq(operand) if operand.is_null() => {
                let is_null = on_field(Value::Null);
                let is_missing = operator("exists", Value::Bool(false));
                single(dialect.name("or"), json!([is_null, is_missing]))
            }
            Self::Eq(operand) => on_field(value(operand)?),
            Self::Neq(operand) => operator("neq", value(operand)?),
            Self::Compare(comparison, operand) if operand.is_null() => {
                let operator = comparison.name();
                let expected = "a value to compare with, not null";
                return Err(at(FilterProblem::Operand { operator, expected }));
            }
            Self::Compare(comparison, operand) => operator(comparison.name(), value(operand)?),
            Self::Between(low, high) => match dialect {
                Dialect::LoopBack => operator("between", json!([value(low)?, value(high)?])),
                Dialect::Mongo => single(
                    "$and".to_owned(),
                    json!([operator("gte", value(low)?), operator("lte", value(high)?)]),
                ),
            },
            Self::In(operands) => operator("inq", values(operands)?),
            Self::NotIn(operands) => operator("nin", values(operands)?),
            Self::Like { pattern, ignore_case } => {
                let mut test = Map::new();
                let (name, options) = match dialect {
                    Dialect::LoopBack => ("like", "options"),
                    Dialect::Mongo => ("$regex", "$options"),
                };
                test.insert(name.to_owned(), json!(pattern));
                if *ignore_case {
                    test.insert(options.to_owned(), json!("i"));
                }
                on_field(Value::Object(test))
            }
            Self::Regexp(pattern) => match dialect {
                Dialect::LoopBack => operator("regexp", json!(pattern)),
                Dialect::Mongo => {
                    let (pattern, options) = regex_literal(pattern);
                    on_field(json!({"$regex": pattern, "$options": options}))
                }
            },
            Self::Exists(exists) => operator("exists", Value::Bool(*exists)),
            Self::AnyElement(node) => {
                let inner = node.written(Dialect::Mongo, depth + 1)?;
                on_field(single("$elemMatch".to_owned(), inner))
            }
            // The dotted key: a nested object is rewritten to a wrong field and matches nothing
            // (facts §12.4).
            Self::Below(location_ids) => {
                let key = format!("{path}.parentLocationIdFilter");
                single(key, json!({"inq": location_ids}))
            }
            Self::Not(test) => match &**test {
                Self::Below(_) => return Err(at(FilterProblem::NegatedPlaces)),
                // "Not between" has no operator of its own: outside of it, or no such value at all.
                Self::Between(low, high) => {
                    let low = Self::Not(Box::new(Self::Compare(Comparison::Gte, low.clone())));
                    let high = Self::Not(Box::new(Self::Compare(Comparison::Lte, high.clone())));
                    let parts = [low, high].map(|test| test.written(path, dialect, depth + 1));
                    let [low, high] = parts;
                    single(dialect.name("or"), json!([low?, high?]))
                }
                positive => {
                    let written = positive.written(path, Dialect::Mongo, depth + 1)?;
                    // `{path: {operator: …}}` becomes `{path: {"$not": {operator: …}}}`.
                    on_field(single("$not".to_owned(), written[path].clone()))
                }
            },
        })
    }
}

/// `/^a/i` → (`^a`, `i`); anything else is a pattern without options.
fn regex_literal(text: &str) -> (&str, &str) {
    text.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')).unwrap_or((text, ""))
}
