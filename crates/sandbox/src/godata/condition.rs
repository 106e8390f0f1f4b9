//! `where` conditions, evaluated as MongoDB evaluates them.

use std::{cmp::Ordering, collections::BTreeSet};

use regex::{Regex, RegexBuilder};

use super::doc::{Doc, Object, Text};

/// A compiled MongoDB query.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    None(Vec<Condition>),
    /// A test of the values at a path.
    At(Path, Test),
}

/// A dotted path.
#[derive(Debug, Clone)]
pub(super) struct Path(Vec<String>);

#[derive(Debug, Clone)]
pub(super) enum Test {
    Equal(Doc),
    In(Vec<Doc>),
    /// As `In`, for many texts.
    OneOf(BTreeSet<Text>),
    Compare(Bound, Doc),
    Exists(bool),
    Like(Regex),
    /// A list with an element that is an object meeting the condition.
    Element(Box<Condition>),
    /// A list with an element that meets all tests by itself.
    ElementValue(Vec<Test>),
    /// A list that holds all of these.
    HasAll(Vec<Doc>),
    Length(i64),
    /// Null itself, not missing.
    IsNull,
    Not(Vec<Test>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// What MongoDB refuses: its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BadQuery(pub(super) String);

impl Condition {
    /// A test of one field.
    pub(super) fn at(path: &str, test: Test) -> Self {
        Self::At(Path::new(path), test)
    }

    /// Compiles a query in MongoDB's language.
    pub(super) fn compile(query: &Object) -> Result<Self, BadQuery> {
        let mut parts = Vec::new();
        for (key, value) in query.iter() {
            parts.push(match &**key {
                "$and" => Self::All(Self::compile_list(value, "$and")?),
                "$or" => Self::Any(Self::compile_list(value, "$or")?),
                "$nor" => Self::None(Self::compile_list(value, "$nor")?),
                other if other.starts_with('$') => {
                    return Err(BadQuery(format!("unknown top level operator: {other}")));
                }
                path => {
                    let tests = Test::compile(value)?;
                    let at = tests.into_iter().map(|test| Self::At(Path::new(path), test));
                    Self::All(at.collect())
                }
            });
        }
        Ok(Self::All(parts))
    }

    fn compile_list(value: &Doc, operator: &str) -> Result<Vec<Self>, BadQuery> {
        let list =
            value.as_list().ok_or_else(|| BadQuery(format!("{operator} must be an array")))?;
        if list.is_empty() {
            return Err(BadQuery("$and/$or/$nor must be a nonempty array".to_owned()));
        }
        list.iter()
            .map(|item| match item {
                Doc::Object(object) => Self::compile(object),
                _ => Err(BadQuery("$or/$and/$nor entries need to be full objects".to_owned())),
            })
            .collect()
    }

    pub(super) fn matches(&self, row: &Object) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(row)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(row)),
            Self::None(parts) => !parts.iter().any(|part| part.matches(row)),
            Self::At(path, test) => {
                let mut found = Vec::new();
                path.find(row, &mut found);
                test.holds(&found)
            }
        }
    }

    /// The id behind which all matching rows lie, where the condition says so plainly: lets a page
    /// start there instead of at the first row.
    pub(super) fn after_id(&self) -> Option<&str> {
        match self {
            Self::All(parts) => parts.iter().filter_map(Self::after_id).max(),
            Self::At(path, Test::Compare(Bound::Greater, Doc::Text(id))) if path.is_id() => {
                Some(id)
            }
            _ => None,
        }
    }
}

impl Path {
    fn new(path: &str) -> Self {
        Self(path.split('.').map(str::to_owned).collect())
    }

    fn is_id(&self) -> bool {
        matches!(self.0.as_slice(), [only] if only == "_id")
    }

    /// Collects what lies at the path: a list at the end is taken as a whole, a list on the way is
    /// gone through. A missing end is not collected, so nothing found means missing.
    fn find<'a>(&self, row: &'a Object, found: &mut Vec<&'a Doc>) {
        let Some((first, rest)) = self.0.split_first() else { return };
        // Rows keep their id under the name that answers carry.
        let first = if first == "_id" { "id" } else { first };
        if let Some(value) = row.get(first) {
            walk(value, rest, found);
        }
    }
}

fn walk<'a>(value: &'a Doc, path: &[String], found: &mut Vec<&'a Doc>) {
    let Some((first, rest)) = path.split_first() else {
        found.push(value);
        return;
    };
    match value {
        Doc::Object(object) => {
            if let Some(next) = object.get(first) {
                walk(next, rest, found);
            }
        }
        Doc::List(list) => {
            if let Some(next) = first.parse::<usize>().ok().and_then(|at| list.get(at)) {
                walk(next, rest, found);
            }
            for item in list {
                if matches!(item, Doc::Object(_)) {
                    walk(item, path, found);
                }
            }
        }
        _ => {}
    }
}

impl Test {
    /// Compiles the right-hand side of a field: a value, or an object of operators.
    fn compile(value: &Doc) -> Result<Vec<Self>, BadQuery> {
        let Doc::Object(object) = value else { return Ok(vec![Self::Equal(value.clone())]) };
        // MongoDB decides by the first key: an object without operators is a value to be equal to
        // (recording `cases-where-unknown-operator`).
        if !object.keys().next().is_some_and(|key| key.starts_with('$')) {
            return Ok(vec![Self::Equal(value.clone())]);
        }
        let options = object.text("$options").unwrap_or_default();
        let mut tests = Vec::new();
        for (operator, operand) in object.iter() {
            tests.push(match &**operator {
                "$eq" => Self::Equal(operand.clone()),
                "$ne" => Self::Not(vec![Self::Equal(operand.clone())]),
                "$gt" => Self::Compare(Bound::Greater, operand.clone()),
                "$gte" => Self::Compare(Bound::GreaterOrEqual, operand.clone()),
                "$lt" => Self::Compare(Bound::Less, operand.clone()),
                "$lte" => Self::Compare(Bound::LessOrEqual, operand.clone()),
                "$in" => Self::one_of(list_of(operand, "$in")?),
                "$nin" => Self::Not(vec![Self::one_of(list_of(operand, "$nin")?)]),
                "$exists" => Self::Exists(is_truthy(operand)),
                "$regex" => Self::Like(regex(operand, options)?),
                "$options" => continue,
                "$not" => Self::Not(Self::compile_not(operand)?),
                "$elemMatch" => Self::compile_element(operand)?,
                "$all" => Self::HasAll(list_of(operand, "$all")?),
                // The mapper's way of asking for an explicit null.
                "$type" if *operand == Doc::Int(10) => Self::IsNull,
                "$size" => match operand.as_int() {
                    Some(n) => Self::Length(n),
                    None => return Err(BadQuery("$size must be a whole number".to_owned())),
                },
                unknown => return Err(BadQuery(format!("unknown operator: {unknown}"))),
            });
        }
        Ok(tests)
    }

    fn one_of(list: Vec<Doc>) -> Self {
        let texts: Option<BTreeSet<Text>> = list
            .iter()
            .map(|item| if let Doc::Text(text) = item { Some(Text::clone(text)) } else { None })
            .collect();
        texts.map_or(Self::In(list), Self::OneOf)
    }

    fn compile_not(operand: &Doc) -> Result<Vec<Self>, BadQuery> {
        match operand {
            Doc::Object(object) if object.keys().next().is_some_and(|k| k.starts_with('$')) => {
                Self::compile(operand)
            }
            _ => Err(BadQuery("$not needs a regex or a document".to_owned())),
        }
    }

    fn compile_element(operand: &Doc) -> Result<Self, BadQuery> {
        let Doc::Object(object) = operand else {
            return Err(BadQuery("$elemMatch needs an Object".to_owned()));
        };
        let is_value = object
            .keys()
            .next()
            .is_some_and(|key| key.starts_with('$') && !matches!(&**key, "$and" | "$or" | "$nor"));
        if is_value {
            Ok(Self::ElementValue(Self::compile(operand)?))
        } else {
            Ok(Self::Element(Box::new(Condition::compile(object)?)))
        }
    }

    /// Whether any of the values at a path passes.
    fn holds(&self, found: &[&Doc]) -> bool {
        match self {
            Self::Not(tests) => !tests.iter().all(|test| test.holds(found)),
            Self::Exists(expected) => found.is_empty() != *expected,
            Self::Equal(Doc::Null) if found.is_empty() => true,
            Self::In(list) if found.is_empty() => list.iter().any(Doc::is_null),
            Self::Compare(Bound::GreaterOrEqual | Bound::LessOrEqual, Doc::Null)
                if found.is_empty() =>
            {
                true
            }
            _ => found.iter().any(|value| self.passes(value)),
        }
    }

    /// A value, and where it is a list each of its elements too.
    fn passes(&self, value: &Doc) -> bool {
        match (self, value) {
            (Self::Element(condition), Doc::List(list)) => list.iter().any(|item| match item {
                Doc::Object(object) => condition.matches_element(object),
                _ => false,
            }),
            (Self::ElementValue(tests), Doc::List(list)) => {
                list.iter().any(|item| tests.iter().all(|test| test.holds(&[item])))
            }
            (Self::Length(n), Doc::List(list)) => usize::try_from(*n) == Ok(list.len()),
            (Self::HasAll(all), Doc::List(list)) => {
                !all.is_empty() && all.iter().all(|wanted| list.iter().any(|v| equal(v, wanted)))
            }
            (Self::HasAll(all), _) => matches!(all.as_slice(), [only] if equal(only, value)),
            (Self::Element(_) | Self::ElementValue(_) | Self::Length(_), _) => false,
            (_, Doc::List(list)) => {
                self.passes_itself(value) || list.iter().any(|item| self.passes_itself(item))
            }
            _ => self.passes_itself(value),
        }
    }

    fn passes_itself(&self, value: &Doc) -> bool {
        match self {
            Self::Equal(wanted) => equal(value, wanted),
            Self::In(list) => list.iter().any(|wanted| equal(value, wanted)),
            Self::OneOf(texts) => value.as_text().is_some_and(|text| texts.contains(text)),
            Self::Compare(bound, limit) => compare(value, limit).is_some_and(|order| match bound {
                Bound::Greater => order == Ordering::Greater,
                Bound::GreaterOrEqual => order != Ordering::Less,
                Bound::Less => order == Ordering::Less,
                Bound::LessOrEqual => order != Ordering::Greater,
            }),
            Self::IsNull => value.is_null(),
            Self::Like(regex) => value.as_text().is_some_and(|text| regex.is_match(text)),
            _ => false,
        }
    }
}

impl Condition {
    /// As [`Condition::matches`], for an object inside a row: there `_id` is a name like any other.
    fn matches_element(&self, object: &Object) -> bool {
        match self {
            Self::At(path, _) if path.0.first().is_some_and(|first| first == "_id") => {
                let Self::At(_, test) = self else { return false };
                let found: Vec<&Doc> = object.get("_id").into_iter().collect();
                test.holds(&found)
            }
            Self::All(parts) => parts.iter().all(|part| part.matches_element(object)),
            Self::Any(parts) => parts.iter().any(|part| part.matches_element(object)),
            Self::None(parts) => !parts.iter().any(|part| part.matches_element(object)),
            Self::At(..) => self.matches(object),
        }
    }
}

fn list_of(operand: &Doc, operator: &str) -> Result<Vec<Doc>, BadQuery> {
    match operand {
        Doc::List(list) => Ok(list.clone()),
        _ => Err(BadQuery(format!("{operator} needs an array"))),
    }
}

fn is_truthy(value: &Doc) -> bool {
    !matches!(value, Doc::Null | Doc::Bool(false) | Doc::Int(0))
}

/// A pattern as text, or `/pattern/flags`.
fn regex(operand: &Doc, options: &str) -> Result<Regex, BadQuery> {
    let Doc::Text(text) = operand else {
        return Err(BadQuery("$regex has to be a string".to_owned()));
    };
    let (pattern, flags) = match text.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')) {
        Some((pattern, flags)) if !pattern.is_empty() => (pattern, flags),
        _ => (&**text, ""),
    };
    let has = |flag| flags.contains(flag) || options.contains(flag);
    RegexBuilder::new(pattern)
        .case_insensitive(has('i'))
        .multi_line(has('m'))
        .dot_matches_new_line(has('s'))
        .build()
        .map_err(|_| BadQuery("Regular expression is invalid".to_owned()))
}

fn equal(value: &Doc, wanted: &Doc) -> bool {
    match (value, wanted) {
        (Doc::Int(_) | Doc::Float(_), Doc::Int(_) | Doc::Float(_)) => {
            compare(value, wanted) == Some(Ordering::Equal)
        }
        _ => value == wanted,
    }
}

/// The order of two values of one kind; values of different kinds have none in a query.
pub(super) fn compare(a: &Doc, b: &Doc) -> Option<Ordering> {
    match (a, b) {
        (Doc::Null, Doc::Null) => Some(Ordering::Equal),
        (Doc::Bool(a), Doc::Bool(b)) => Some(a.cmp(b)),
        (Doc::Int(a), Doc::Int(b)) => Some(a.cmp(b)),
        (Doc::Int(_) | Doc::Float(_), Doc::Int(_) | Doc::Float(_)) => {
            number(a).partial_cmp(&number(b))
        }
        (Doc::Text(a), Doc::Text(b)) => Some(a.cmp(b)),
        (Doc::Date(a), Doc::Date(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "JavaScript holds all numbers so")]
fn number(value: &Doc) -> f64 {
    match value {
        Doc::Int(n) => *n as f64,
        Doc::Float(x) => *x,
        _ => f64::NAN,
    }
}
