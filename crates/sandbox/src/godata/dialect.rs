//! From LoopBack's `where` to a MongoDB query, in the two ways the real server does it.
//!
//! The recordings `cases-where-dates-gte-lt-one-object` (all operators kept) and
//! `contacts-where-reported-week` (only the first kept: rows of 2021-01-17 come back for a week that
//! ends on 2021-01-03) show that the two ways differ.

use super::{
    condition::{BadQuery, Condition},
    doc::{Doc, Object},
    instant,
};

/// Which of the server's two engines answers a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    /// The `where` is rewritten as text and given to MongoDB.
    Raw,
    /// LoopBack's object mapper: of each condition object one operator survives.
    Odm,
}

/// Why a `where` cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BadWhere {
    /// LoopBack's own check: 400.
    Clause(String),
    /// MongoDB's: 500.
    Query(BadQuery),
}

impl From<BadQuery> for BadWhere {
    fn from(error: BadQuery) -> Self {
        Self::Query(error)
    }
}

/// Compiles a `where`, in which [`expand_parent_locations`] was done already.
///
/// `dates` tells whether the route turns texts into dates: those under `/outbreaks` do.
pub(super) fn compile(engine: Engine, filter: &Object, dates: bool) -> Result<Condition, BadWhere> {
    let query = match engine {
        Engine::Raw => raw_object(filter),
        Engine::Odm => odm_object(filter, dates)?,
    };
    Ok(Condition::compile(&query)?)
}

/// Names that the raw engine replaces wherever they stand in quotes, values included.
fn raw_name(name: &str) -> &str {
    match name {
        "and" => "$and",
        "or" => "$or",
        "inq" => "$in",
        "nin" => "$nin",
        "id" => "_id",
        "lt" => "$lt",
        "lte" => "$lte",
        "gt" => "$gt",
        "gte" => "$gte",
        "regexp" | "like" => "$regex",
        "options" => "$options",
        "eq" => "$eq",
        "neq" | "ne" => "$ne",
        "exists" => "$exists",
        "elemMatch" => "$elemMatch",
        "not" => "$not",
        other => other,
    }
}

fn raw_object(object: &Object) -> Object {
    let mut query = Object::default();
    for (key, value) in object.iter() {
        if &**key == "between" {
            if let Doc::List(ends) = value {
                let end = |at: usize| ends.get(at).map_or(Doc::Null, raw_value);
                query.set("$gte", end(0));
                query.set("$lte", end(1));
            }
        } else if &**key != "$where" {
            query.set(raw_name(key), raw_value(value));
        }
    }
    query
}

fn raw_value(value: &Doc) -> Doc {
    match value {
        Doc::Object(object) => Doc::Object(raw_object(object)),
        Doc::List(list) => Doc::List(list.iter().map(raw_value).collect()),
        Doc::Text(text) => match instant::parse_in_filter(text) {
            Some(millis) => Doc::Date(millis),
            None => raw_name(text).into(),
        },
        other => other.clone(),
    }
}

/// The mapper's operators in the order in which it looks for them: the first one found survives.
const ODM_OPERATORS: [&str; 14] = [
    "eq", "gt", "gte", "lt", "lte", "between", "inq", "nin", "neq", "like", "nlike", "ilike",
    "nilike", "regexp",
];

fn odm_object(object: &Object, dates: bool) -> Result<Object, BadWhere> {
    let mut query = Object::default();
    for (key, value) in object.iter() {
        match (&**key, value) {
            ("$where", _) => {}
            ("and" | "or" | "nor" | "$and" | "$or" | "$nor", Doc::List(list)) => {
                let name = format!("${}", key.trim_start_matches('$'));
                let parts = list.iter().map(|item| match item {
                    Doc::Object(part) => odm_object(part, dates).map(Doc::Object),
                    other => Ok(other.clone()),
                });
                query.set(&name, parts.collect::<Result<Vec<_>, _>>()?);
            }
            (name, value) => {
                let field = if name == "id" { "_id" } else { name };
                query.set(field, odm_test(name, value, dates)?);
            }
        }
    }
    Ok(query)
}

fn odm_test(field: &str, value: &Doc, dates: bool) -> Result<Doc, BadWhere> {
    let Doc::Object(object) = value else {
        return Ok(match value {
            Doc::Null => operator("$type", Doc::Int(10)),
            other => odm_value(field, other, dates),
        });
    };
    // Only declared properties are looked at; of any other path MongoDB's connector takes the first.
    let known = (!field.contains('.'))
        .then(|| ODM_OPERATORS.iter().find(|name| object.get(name).is_some()).copied())
        .flatten();
    let Some(name) = known.or_else(|| object.keys().next().map(|key| &**key)) else {
        return Ok(value.clone());
    };
    let operand = object.get(name).unwrap_or(&Doc::Null);
    if matches!(name, "between" | "inq" | "nin") && operand.as_list().is_none() {
        let clause = String::from_utf8_lossy(&value.to_json()).into_owned();
        return Err(BadWhere::Clause(format!("The {field} property has invalid clause {clause}")));
    }
    let operand = odm_value(field, operand, dates);
    let options = object.text("options").unwrap_or_default().to_owned();
    Ok(match name {
        "between" => {
            let ends = operand.as_list().unwrap_or_default();
            let mut both = Object::default();
            both.set("$gte", ends.first().cloned().unwrap_or(Doc::Null));
            both.set("$lte", ends.get(1).cloned().unwrap_or(Doc::Null));
            Doc::Object(both)
        }
        "inq" => operator("$in", operand),
        "nin" => operator("$nin", operand),
        "neq" => operator("$ne", operand),
        "like" | "regexp" => pattern(operand, &options),
        "ilike" => pattern(operand, "i"),
        "nlike" => operator("$not", pattern(operand, &options)),
        "nilike" => operator("$not", pattern(operand, "i")),
        other => operator(&format!("${}", other.trim_start_matches('$')), operand),
    })
}

fn operator(name: &str, operand: Doc) -> Doc {
    let mut object = Object::default();
    object.set(name, operand);
    Doc::Object(object)
}

fn pattern(operand: Doc, options: &str) -> Doc {
    let mut object = Object::default();
    object.set("$regex", operand);
    object.set("$options", options);
    Doc::Object(object)
}

/// Dates: the walk over the filter on an outbreak's routes, and the mapper's own coercion of
/// declared date properties anywhere.
fn odm_value(field: &str, value: &Doc, dates: bool) -> Doc {
    match value {
        Doc::Text(text) => {
            let walked = dates.then(|| instant::parse_in_filter(text)).flatten();
            let coerced =
                || is_date_property(field).then(|| instant::parse_in_body(text)).flatten();
            walked.or_else(coerced).map_or_else(|| value.clone(), Doc::Date)
        }
        Doc::List(list) => Doc::List(list.iter().map(|v| odm_value(field, v, dates)).collect()),
        Doc::Object(object) => Doc::Object(
            object.iter().map(|(key, inner)| (key.clone(), odm_value(key, inner, dates))).collect(),
        ),
        other => other.clone(),
    }
}

/// Properties that the models declare as dates.
pub(super) fn is_date_property(field: &str) -> bool {
    matches!(
        field,
        "createdAt"
            | "updatedAt"
            | "dbUpdatedAt"
            | "deletedAt"
            | "dob"
            | "date"
            | "endDate"
            | "startDate"
            | "contactDate"
            | "dateOfFirstContact"
    ) || field.strip_prefix("date").is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_uppercase()) && !matches!(rest, "Ranges")
    })
}

/// Replaces `<path>.parentLocationIdFilter` by the location and all its descendants, as
/// `descendants` gives them.
pub(super) fn expand_parent_locations(
    filter: &Object,
    descendants: &dyn Fn(&[&str]) -> Vec<Doc>,
) -> Object {
    const KEY: &str = "parentLocationIdFilter";
    /// Fields that hold the location's id themselves; elsewhere it is under `locationId`.
    const DIRECT: [&str; 4] =
        ["usualPlaceOfResidenceLocationId", "deathLocationId", "burialLocationId", "locationIds"];

    let mut expanded = Object::default();
    for (key, value) in filter.iter() {
        let path = if &**key == KEY { Some("") } else { key.strip_suffix(KEY) };
        match path {
            Some(path) if path.is_empty() || path.ends_with('.') => {
                let path = path.trim_end_matches('.');
                let name = match path {
                    "" => "locationId".to_owned(),
                    direct if DIRECT.contains(&direct) => direct.to_owned(),
                    other => format!("{other}.locationId"),
                };
                let ids = descendants(&ids_of(value));
                expanded.set(&name, operator("inq", Doc::List(ids)));
            }
            _ => expanded.push(key.clone(), expand_value(value, descendants)),
        }
    }
    expanded
}

fn expand_value(value: &Doc, descendants: &dyn Fn(&[&str]) -> Vec<Doc>) -> Doc {
    match value {
        Doc::Object(object) => Doc::Object(expand_parent_locations(object, descendants)),
        Doc::List(list) => {
            Doc::List(list.iter().map(|item| expand_value(item, descendants)).collect())
        }
        other => other.clone(),
    }
}

/// One id, or those of an `inq`.
fn ids_of(value: &Doc) -> Vec<&str> {
    match value {
        Doc::Text(id) => vec![id],
        Doc::List(list) => list.iter().filter_map(Doc::as_text).collect(),
        Doc::Object(object) => object.iter().next().map(|(_, ids)| ids_of(ids)).unwrap_or_default(),
        _ => Vec::new(),
    }
}
