//! Reading a filter from LoopBack's JSON form.

use serde_json::{Map, Value};

use super::{
    FilterError, FilterProblem,
    node::{Comparison, MAX_DEPTH, Node, Test},
    operand::Operand,
};

/// The key by which the server expands places to all that lies below them.
const BELOW: &str = ".parentLocationIdFilter";

pub(super) fn node(json: &Value, depth: usize) -> Result<Node, FilterError> {
    if depth > MAX_DEPTH {
        return Err(FilterError::new("", FilterProblem::TooDeep { limit: MAX_DEPTH }));
    }
    let Value::Object(conditions) = json else {
        return Err(FilterError::new("", FilterProblem::NotAnObject));
    };
    let parts = conditions.iter().map(|(key, value)| match key.as_str() {
        "and" => Ok(Node::all(group("and", value, depth)?)),
        "or" => Ok(Node::any(group("or", value, depth)?)),
        "nor" => Ok(Node::any(group("nor", value, depth)?).negated()),
        "not" => Ok(node(value, depth + 1)?.negated()),
        path => field(path, value, depth),
    });
    Ok(Node::all(parts.collect::<Result<Vec<_>, _>>()?))
}

fn group(name: &'static str, value: &Value, depth: usize) -> Result<Vec<Node>, FilterError> {
    let Value::Array(parts) = value else {
        return Err(wrong_operand(name, name, "a list of conditions"));
    };
    parts.iter().map(|part| node(part, depth + 1)).collect()
}

fn field(path: &str, value: &Value, depth: usize) -> Result<Node, FilterError> {
    if let Some(path) = path.strip_suffix(BELOW) {
        return below(path, value);
    }
    match value {
        Value::Object(operators) if !operators.is_empty() => {
            let tests = operators
                .iter()
                // `options` belongs to `like`, which reads it.
                .filter(|(name, _)| *name != "options")
                .map(|(name, operand)| {
                    let test = test(path, name, operand, operators, depth)?;
                    Ok(Node::Field { path: path.to_owned(), test })
                });
            Ok(Node::all(tests.collect::<Result<Vec<_>, _>>()?))
        }
        plain => Ok(Node::Field { path: path.to_owned(), test: Test::Eq(single(path, plain)?) }),
    }
}

fn below(path: &str, value: &Value) -> Result<Node, FilterError> {
    let ids = match value {
        Value::String(id) => vec![id.clone()],
        Value::Object(operators) if operators.len() == 1 => match operators.get("inq") {
            Some(Value::Array(ids)) => {
                let texts: Option<Vec<_>> =
                    ids.iter().map(|id| id.as_str().map(str::to_owned)).collect();
                texts.unwrap_or_default()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    if ids.is_empty() {
        let expected = "a location id or {\"inq\": [location ids]}";
        return Err(wrong_operand(path, "parentLocationIdFilter", expected));
    }
    Ok(Node::Field { path: path.to_owned(), test: Test::Below(ids) })
}

fn test(
    path: &str,
    name: &str,
    operand: &Value,
    beside: &Map<String, Value>,
    depth: usize,
) -> Result<Test, FilterError> {
    let compare = |comparison| Ok(Test::Compare(comparison, single(path, operand)?));
    match name {
        "eq" => Ok(Test::Eq(single(path, operand)?)),
        "neq" | "ne" => Ok(Test::Neq(single(path, operand)?)),
        "gt" => compare(Comparison::Gt),
        "gte" => compare(Comparison::Gte),
        "lt" => compare(Comparison::Lt),
        "lte" => compare(Comparison::Lte),
        "between" => match operand.as_array().map(Vec::as_slice) {
            Some([low, high]) => Ok(Test::Between(single(path, low)?, single(path, high)?)),
            _ => Err(wrong_operand(path, "between", "a list of two values")),
        },
        "inq" => Ok(Test::In(list(path, "inq", operand)?)),
        "nin" => Ok(Test::NotIn(list(path, "nin", operand)?)),
        "like" => match operand {
            Value::String(pattern) => Ok(Test::Like {
                pattern: pattern.clone(),
                ignore_case: ignores_case(path, beside.get("options"))?,
            }),
            _ => Err(wrong_operand(path, "like", "a text")),
        },
        "regexp" => match operand {
            Value::String(pattern) => Ok(Test::Regexp(pattern.clone())),
            _ => Err(wrong_operand(path, "regexp", "a text")),
        },
        "exists" => match operand {
            Value::Bool(exists) => Ok(Test::Exists(*exists)),
            _ => Err(wrong_operand(path, "exists", "true or false")),
        },
        "elemMatch" => Ok(Test::AnyElement(Box::new(node(operand, depth + 1)?))),
        "not" => negated(path, operand, depth),
        unknown => {
            let problem = FilterProblem::UnknownOperator { name: unknown.to_owned() };
            Err(FilterError::new(path, problem))
        }
    }
}

/// `{"field": {"not": {operator: …}}}`, or a plain value.
fn negated(path: &str, operand: &Value, depth: usize) -> Result<Test, FilterError> {
    match field(path, operand, depth + 1)?.negated() {
        Node::Field { test, .. } => Ok(test),
        _ => Err(wrong_operand(path, "not", "one operator")),
    }
}

fn single(path: &str, value: &Value) -> Result<Operand, FilterError> {
    match value {
        Value::Array(_) | Value::Object(_) => {
            Err(wrong_operand(path, "eq", "a single value (for several use inq)"))
        }
        plain => Ok(Operand::new(plain.clone())),
    }
}

fn list(path: &str, name: &'static str, value: &Value) -> Result<Vec<Operand>, FilterError> {
    match value {
        Value::Array(values) => values.iter().map(|value| single(path, value)).collect(),
        _ => Err(wrong_operand(path, name, "a list of values")),
    }
}

fn ignores_case(path: &str, options: Option<&Value>) -> Result<bool, FilterError> {
    match options {
        None => Ok(false),
        Some(Value::String(options)) if options == "i" => Ok(true),
        Some(Value::String(options)) if options.is_empty() => Ok(false),
        Some(_) => Err(wrong_operand(path, "options", "\"i\"")),
    }
}

fn wrong_operand(path: &str, operator: &'static str, expected: &'static str) -> FilterError {
    FilterError::new(path, FilterProblem::Operand { operator, expected })
}
