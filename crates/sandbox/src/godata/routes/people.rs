//! Cases, contacts, contacts of contacts and events: lists and counts.

use std::collections::BTreeMap;

use super::scope::{self, Scope};
use crate::godata::{
    account::User,
    answer::{Answer, Refusal, Reply},
    dialect::Engine,
    doc::{Doc, Object, Text},
    kind::Kind,
    query::{Projected, Query},
    request::Call,
    world::{Row, World},
};

/// How persons are sorted where the caller does not say.
const DEFAULT_ORDER: [&str; 3] = ["name", "lastName", "firstName"];
/// `count.limit` of the server's configuration.
const COUNT_LIMIT: usize = 10_000;

pub(super) fn route(world: &World, call: &Call, user: Option<User>) -> Answer {
    let words = call.words();
    let Some(kind) = words.get(2).copied().and_then(Kind::of_persons) else {
        return all_people(world, call, user);
    };
    let list = kind.permission("list");
    match (call.method.as_str(), words.get(3..).unwrap_or_default()) {
        ("GET", []) => {
            let scope = scope::enter(world, call, user, &[&list])?;
            page(world, &scope, kind, &Query::from_url(&call.query)?)
        }
        ("POST", ["filter"]) => {
            let scope = scope::enter(world, call, user, &[&list])?;
            page(world, &scope, kind, &Query::from_body(&call.body_object()?)?)
        }
        ("GET", ["filtered-count"]) => {
            let scope = scope::enter(world, call, user, &[&list])?;
            filtered_count(world, &scope, kind, &Query::from_url(&call.query)?)
        }
        ("POST", ["filtered-count"]) if matches!(kind, Kind::Case | Kind::Contact) => {
            let scope = scope::enter(world, call, user, &[&list])?;
            filtered_count(world, &scope, kind, &Query::from_body(&call.body_object()?)?)
        }
        ("GET", ["count"]) if kind == Kind::Case => {
            let scope = scope::enter(world, call, user, &[&list])?;
            odm_count(world, &scope, kind, &call.object_parameter("where")?)
        }
        ("GET", ["per-classification", "count"]) if kind == Kind::Case => {
            let scope = scope::enter(world, call, user, &["case_grouped_by_classification"])?;
            let query = Query::from_url(&call.query)?;
            per_value(world, &scope, kind, &query, "classification", CLASSIFICATION)
        }
        ("GET", ["per-risk-level", "count"])
            if matches!(kind, Kind::Contact | Kind::ContactOfContact) =>
        {
            let scope = scope::enter(world, call, user, &["contact_grouped_by_risk"])?;
            let query = Query::from_url(&call.query)?;
            per_value(world, &scope, kind, &query, "riskLevel", RISK_LEVEL)
        }
        ("GET", [_]) => {
            let scope = scope::enter(world, call, user, &[&kind.permission("view")])?;
            one(world, &scope, kind, call.segment(3), &Query::from_url(&call.query)?)
        }
        _ => Err(super::no_route(call)),
    }
}

/// The engine that answers a kind's list; its counts are always raw.
fn list_engine(kind: Kind) -> Engine {
    match kind {
        Kind::Contact | Kind::ContactOfContact => Engine::Odm,
        _ => Engine::Raw,
    }
}

fn page(world: &World, scope: &Scope, kind: Kind, query: &Query) -> Answer {
    let condition = scope.condition(
        world,
        kind,
        list_engine(kind),
        &query.condition(),
        query.with_deleted(),
    )?;
    if let (Kind::Case, Some(maker)) = (kind, &world.vast) {
        let rows = maker.cases_after(condition.after_id());
        let rows: Vec<Row> =
            rows.filter(|row| condition.matches(&row.doc)).take(query.n_rows_needed()).collect();
        return answer(world, query.page_by_id(rows.iter(), &condition, &DEFAULT_ORDER), query);
    }
    let rows = world.rows_after(kind, condition.after_id());
    answer(world, query.page_by_id(rows, &condition, &DEFAULT_ORDER), query)
}

fn answer(world: &World, rows: Vec<&Object>, query: &Query) -> Answer {
    if query.filter.get("include").is_some() {
        let with_relations: Vec<Object> =
            rows.into_iter().map(|row| including(world, row, query)).collect();
        return Ok(Reply::json(&with_relations));
    }
    let rows: Vec<Projected<'_>> =
        rows.into_iter().map(|row| Projected { row, fields: &query.fields }).collect();
    Ok(Reply::json(&rows))
}

/// A row with the relations asked for by `include`.
fn including(world: &World, row: &Object, query: &Query) -> Object {
    let id = row.text("id").unwrap_or_default();
    let of_person = |kind: Kind| -> Vec<Doc> {
        world
            .rows_as_they_came(kind)
            .into_iter()
            .map(|other| &other.doc)
            .filter(|other| other.text("personId") == Some(id) && !other.is_true("deleted"))
            .map(|other| Doc::Object(other.clone()))
            .collect()
    };
    let mut full = Projected { row, fields: &query.fields }.to_object();
    if query.includes("labResults") {
        full.set("labResults", of_person(Kind::LabResult));
    }
    if query.includes("followUps") {
        full.set("followUps", of_person(Kind::FollowUp));
    }
    if query.includes("relationships") {
        let has_person = |relationship: &&Object| {
            let persons = relationship.get("persons").and_then(Doc::as_list).unwrap_or_default();
            let mut ids = persons.iter().filter_map(Doc::as_object).map(|person| person.text("id"));
            ids.any(|other| other == Some(id)) && !relationship.is_true("deleted")
        };
        let relationships = world.rows(Kind::Relationship).filter(has_person);
        full.set("relationships", relationships.cloned().map(Doc::Object).collect::<Vec<_>>());
    }
    full
}

fn filtered_count(world: &World, scope: &Scope, kind: Kind, query: &Query) -> Answer {
    let condition =
        scope.condition(world, kind, Engine::Raw, &query.condition(), query.with_deleted())?;
    let mut n = 0;
    world.for_each(kind, |row| n += usize::from(condition.matches(row)));
    Ok(capped_count(n, query))
}

/// `{"count"}`, or `{"count", "hasMore"}` where a limit was given.
pub(super) fn capped_count(n: usize, query: &Query) -> Reply {
    let asked = query.flag("applyHasMoreLimit") == Some(&Doc::Bool(true));
    let cap = query.limit.or(asked.then_some(COUNT_LIMIT));
    let Some(cap) = cap else { return Reply::count(n) };
    let mut answer = Object::default();
    answer.set("count", n.min(cap));
    answer.set("hasMore", n > cap);
    Reply::json(&answer)
}

/// A count through the mapper, which forgets to leave out deleted rows when the condition speaks of
/// `deleted`.
fn odm_count(world: &World, scope: &Scope, kind: Kind, filter: &Object) -> Answer {
    let text = String::from_utf8_lossy(&Doc::Object(filter.clone()).to_json()).into_owned();
    let with_deleted = text.contains("\"deleted\":");
    let condition = scope.condition(world, kind, Engine::Odm, filter, with_deleted)?;
    let mut n = 0;
    world.for_each(kind, |row| n += usize::from(condition.matches(row)));
    Ok(Reply::count(n))
}

const CLASSIFICATION: &str = "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_UNCLASSIFIED";
const RISK_LEVEL: &str = "LNG_REFERENCE_DATA_CATEGORY_RISK_LEVEL_UNCLASSIFIED";

/// Counts by the value of one field.
fn per_value(
    world: &World,
    scope: &Scope,
    kind: Kind,
    query: &Query,
    field: &str,
    none: &str,
) -> Answer {
    let condition = scope.condition(world, kind, Engine::Raw, &query.condition(), false)?;
    let mut counts: BTreeMap<Text, usize> = BTreeMap::new();
    world.for_each(kind, |row| {
        if condition.matches(row) {
            *counts.entry(row.text(field).unwrap_or(none).into()).or_default() += 1;
        }
    });
    let total: usize = counts.values().sum();
    let groups: Object = counts
        .into_iter()
        .map(|(value, n)| {
            let mut group = Object::default();
            group.set("count", n);
            (value, Doc::Object(group))
        })
        .collect();
    let mut answer = Object::default();
    answer.set(field, groups);
    answer.set("count", total);
    Ok(Reply::json(&answer))
}

fn one(world: &World, scope: &Scope, kind: Kind, id: &str, query: &Query) -> Answer {
    let condition = scope.condition(world, kind, Engine::Odm, &Object::default(), false)?;
    let made = world.vast.as_ref().filter(|_| kind == Kind::Case).and_then(|m| m.case_of_id(id));
    let row = made.as_ref().or_else(|| world.row(kind, id)).filter(|row| condition.matches(row));
    let row = row.ok_or_else(|| no_instance(kind, id))?;
    Ok(Reply::json(&including(world, row, query)))
}

/// The framework's message for a row that is asked for through its outbreak.
pub(super) fn no_instance(kind: Kind, id: &str) -> Refusal {
    Refusal::plain(404, &format!("No instance with id {id} found for {}", kind.model()))
}

/// `/people`: all four kinds together, with their type.
fn all_people(world: &World, call: &Call, user: Option<User>) -> Answer {
    let scope = scope::enter(world, call, user, &["case_list", "contact_list", "event_list"])?;
    let query = Query::from_url(&call.query)?;
    let counts = match call.words().get(3..).unwrap_or_default() {
        [] => false,
        ["filtered-count"] => true,
        _ => return Err(super::no_route(call)),
    };
    let engine = if counts { Engine::Raw } else { Engine::Odm };
    // Geographic restrictions are not applied here: a person kind would apply them.
    let condition = scope.condition(
        world,
        Kind::Relationship,
        engine,
        &query.condition(),
        query.with_deleted(),
    )?;
    let typed: Vec<Row> = Kind::PERSONS
        .into_iter()
        .flat_map(|kind| world.rows_after(kind, None).map(move |row| (kind, row)))
        .map(|(kind, row)| {
            let mut row = row.clone();
            row.doc.set("type", kind.person_type());
            row
        })
        .collect();
    if counts {
        let n = typed.iter().filter(|row| condition.matches(&row.doc)).count();
        return Ok(capped_count(n, &query));
    }
    let rows = query.page(typed.iter(), &condition, &DEFAULT_ORDER);
    let rows: Vec<Projected<'_>> =
        rows.into_iter().map(|row| Projected { row, fields: &query.fields }).collect();
    Ok(Reply::json(&rows))
}
