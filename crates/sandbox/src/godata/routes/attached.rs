//! What hangs on people: follow-ups, lab results, relationships.

use std::collections::BTreeSet;

use super::{
    people::capped_count,
    scope::{self, Scope},
};
use crate::godata::{
    account::User,
    answer::{Answer, Refusal, Reply},
    condition::{Condition, Test},
    dialect::Engine,
    doc::{Doc, Object, Text},
    kind::Kind,
    query::{Fields, Projected, Query},
    records::partners,
    request::Call,
    world::World,
};

/// Lists and counts of a whole outbreak.
pub(super) fn of_outbreak(world: &World, call: &Call, user: Option<User>) -> Answer {
    let words = call.words();
    let rest = words.get(2..).unwrap_or_default();
    let enter = |user| match rest.first() {
        Some(&"follow-ups") => scope::enter(world, call, user, &["follow_up_list"]),
        Some(&"lab-results") => scope::enter(world, call, user, &["lab_result_list"]),
        _ => scope::enter(world, call, user, &["relationship_list"]),
    };
    match rest {
        ["follow-ups"] => {
            raw_page(world, &enter(user)?, Kind::FollowUp, &Query::from_url(&call.query)?)
        }
        ["follow-ups", "filtered-count"] => {
            raw_count(world, &enter(user)?, Kind::FollowUp, &Query::from_url(&call.query)?)
        }
        ["lab-results", "aggregate"] => {
            raw_page(world, &enter(user)?, Kind::LabResult, &Query::from_url(&call.query)?)
        }
        ["lab-results", "filtered-count" | "aggregate-filtered-count"] => {
            raw_count(world, &enter(user)?, Kind::LabResult, &Query::from_url(&call.query)?)
        }
        ["lab-results", id] => {
            let scope = enter(user)?;
            let row = one_of(world, &scope, Kind::LabResult, id, Condition::All(Vec::new()))?;
            Ok(Reply::json(row))
        }
        ["relationships"] => {
            let scope = enter(user)?;
            relationships(world, &scope, &Query::from_url(&call.query)?, Condition::All(Vec::new()))
        }
        ["relationships", "count"] => {
            let scope = enter(user)?;
            let filter = call.object_parameter("where")?;
            let condition =
                scope.condition(world, Kind::Relationship, Engine::Odm, &filter, false)?;
            let rows = world.rows(Kind::Relationship);
            Ok(Reply::count(rows.filter(|row| condition.matches(row)).count()))
        }
        _ => Err(super::no_route(call)),
    }
}

/// Lists and counts below one person.
pub(super) fn of_person(
    world: &World,
    call: &Call,
    user: Option<User>,
    person_kind: Kind,
) -> Answer {
    let words = call.words();
    let person_id = call.segment(3);
    let (kind, permission) = match words.get(4).copied() {
        Some("follow-ups") => (Kind::FollowUp, "follow_up_list"),
        Some("lab-results") => (Kind::LabResult, "lab_result_list"),
        Some("relationships") => (Kind::Relationship, "relationship_list"),
        _ => return Err(super::no_route(call)),
    };
    let scope = scope::enter(world, call, user, &[permission])?;
    let person = world.row(person_kind, person_id).filter(|row| !row.is_true("deleted"));
    if person.is_none_or(|row| row.text("outbreakId") != Some(&scope.outbreak_id)) {
        return Err(super::people::no_instance(person_kind, person_id));
    }
    let path = if kind == Kind::Relationship { "persons.id" } else { "personId" };
    let own = Condition::at(path, Test::Equal(person_id.into()));
    match words.get(5..).unwrap_or_default() {
        [] => relationships_or(world, &scope, kind, &Query::from_url(&call.query)?, own),
        ["count"] => {
            let filter = call.object_parameter("where")?;
            let condition = scope.condition(world, kind, Engine::Odm, &filter, false)?;
            let both = Condition::All(vec![condition, own]);
            Ok(Reply::count(world.rows(kind).filter(|row| both.matches(row)).count()))
        }
        ["filtered-count"] => {
            let query = Query::from_url(&call.query)?;
            let condition = scope.condition(world, kind, Engine::Raw, &query.condition(), false)?;
            let both = Condition::All(vec![condition, own]);
            let n = world.rows(kind).filter(|row| both.matches(row)).count();
            Ok(capped_count(n, &query))
        }
        [id] => Ok(Reply::json(one_of(world, &scope, kind, id, own)?)),
        _ => Err(super::no_route(call)),
    }
}

fn relationships_or(
    world: &World,
    scope: &Scope,
    kind: Kind,
    query: &Query,
    own: Condition,
) -> Answer {
    if kind == Kind::Relationship {
        return relationships(world, scope, query, own);
    }
    let condition =
        scope.condition(world, kind, Engine::Odm, &query.condition(), query.with_deleted())?;
    let both = Condition::All(vec![condition, own]);
    let rows = query.page(world.rows_as_they_came(kind).into_iter(), &both, &[]);
    Ok(Reply::json(&projected(&rows, &query.fields)))
}

fn relationships(world: &World, scope: &Scope, query: &Query, own: Condition) -> Answer {
    let kind = Kind::Relationship;
    let condition =
        scope.condition(world, kind, Engine::Odm, &query.condition(), query.with_deleted())?;
    let after = condition.after_id().map(str::to_owned);
    let both = Condition::All(vec![condition, own]);
    let rows = query.page_by_id(world.rows_after(kind, after.as_deref()), &both, &[]);
    Ok(Reply::json(&projected(&rows, &query.fields)))
}

pub(super) fn projected<'a>(rows: &[&'a Object], fields: &'a Fields) -> Vec<Projected<'a>> {
    rows.iter().map(|row| Projected { row, fields }).collect()
}

fn one_of<'w>(
    world: &'w World,
    scope: &Scope,
    kind: Kind,
    id: &str,
    own: Condition,
) -> Result<&'w Object, Refusal> {
    let condition = scope.condition(world, kind, Engine::Odm, &Object::default(), false)?;
    let both = Condition::All(vec![condition, own]);
    let row = world.row(kind, id).filter(|row| both.matches(row));
    row.ok_or_else(|| Refusal::unknown_id(kind.model(), id))
}

/// Follow-ups and lab results: pieces of the filter go to MongoDB as they are, so a limit must be
/// positive, `fields` and `order` must be lists, and `id` is no name to sort by.
fn raw_page(world: &World, scope: &Scope, kind: Kind, query: &Query) -> Answer {
    if query.filter.get("limit").is_some_and(|limit| !limit.is_null()) && query.limit.is_none() {
        let mut inner = Object::default();
        inner.set("code", 15_958_i64);
        inner.set("message", "the limit must be positive");
        inner.set("name", "MongoError");
        return Err(Refusal::internal(inner));
    }
    for name in ["fields", "order"] {
        if query.filter.get(name).is_some_and(|value| !matches!(value, Doc::List(_) | Doc::Null)) {
            let mut inner = Object::default();
            inner.set("message", format!("filter.{name}.forEach is not a function"));
            return Err(Refusal::internal(inner));
        }
    }
    let condition = raw_condition(world, scope, kind, query)?;
    let query = Query { order: query.order_by_stored_names(), ..query.clone() };
    let rows = world.rows_as_they_came(kind);
    let start = condition.after_id();
    let rows = rows.into_iter().filter(|row| start.is_none_or(|id| row.doc.text("id") > Some(id)));
    let rows = query.page(rows, &condition, &[]);
    let rows: Vec<Object> =
        rows.iter().map(|row| joined(world, kind, row, &query.fields)).collect();
    Ok(Reply::json(&rows))
}

fn raw_count(world: &World, scope: &Scope, kind: Kind, query: &Query) -> Answer {
    let condition = raw_condition(world, scope, kind, query)?;
    Ok(capped_count(world.rows(kind).filter(|row| condition.matches(row)).count(), query))
}

fn raw_condition(
    world: &World,
    scope: &Scope,
    kind: Kind,
    query: &Query,
) -> Result<Condition, Refusal> {
    let filter = query.condition();
    let condition = scope.condition(world, kind, Engine::Raw, &filter, query.with_deleted())?;
    let with_contacts =
        scope.outbreak(world).is_some_and(|outbreak| outbreak.is_true("isContactLabResultsActive"));
    if kind != Kind::LabResult || with_contacts {
        return Ok(condition);
    }
    let case = Kind::Case.person_type();
    let of_cases = Condition::at("personType", Test::Equal(case.into()));
    Ok(Condition::All(vec![condition, of_cases]))
}

/// A row with its person, and with the empty parts that the server puts in.
fn joined(world: &World, kind: Kind, row: &Object, fields: &Fields) -> Object {
    let mut full = Projected { row, fields }.to_object();
    let name = if kind == Kind::FollowUp { "contact" } else { "person" };
    let person = row.text("personId").and_then(|id| world.person(id));
    if let Some((person_kind, person)) = person.filter(|_| fields.keeps(name)) {
        full.set(name, as_stored(person_kind, person));
    }
    if kind == Kind::FollowUp {
        full.set_default("address", Object::default());
        full.set_default("fillLocation", Object::default());
    }
    full
}

/// A person as the database holds it, which is how it is joined: with its type, without the empty
/// address, and with points as GeoJSON (recordings `follow-ups-list`, `lab-results-aggregate`).
fn as_stored(kind: Kind, person: &Object) -> Object {
    let mut stored = Object::default();
    stored.set("type", kind.person_type());
    for (key, value) in person.iter() {
        if &**key != "address" || kind == Kind::Event {
            stored.push(Text::clone(key), geo_json(value));
        }
    }
    stored
}

pub(super) fn geo_json(value: &Doc) -> Doc {
    match value {
        Doc::List(list) => Doc::List(list.iter().map(geo_json).collect()),
        Doc::Object(object) => {
            if let (Some(lat), Some(lng)) = (object.get("lat"), object.get("lng")) {
                let mut point = Object::default();
                point.set("coordinates", vec![lng.clone(), lat.clone()]);
                point.set("type", "Point");
                return Doc::Object(point);
            }
            Doc::Object(object.iter().map(|(key, v)| (Text::clone(key), geo_json(v))).collect())
        }
        other => other.clone(),
    }
}

/// Ids of persons that stand in a relationship with one of `ids`.
pub(super) fn related_to(world: &World, ids: &BTreeSet<Text>) -> BTreeSet<Text> {
    let mut found = BTreeSet::new();
    for row in world.rows(Kind::Relationship).filter(|row| !row.is_true("deleted")) {
        let pair: Vec<&str> = partners(row).collect();
        if let [a, b] = pair.as_slice() {
            if ids.contains(*a) {
                found.insert(Text::from(*b));
            }
            if ids.contains(*b) {
                found.insert(Text::from(*a));
            }
        }
    }
    found
}
