//! `/outbreaks` itself.

use super::scope;
use crate::godata::{
    account::User,
    answer::{Answer, Refusal, Reply},
    condition::Condition,
    dialect::{self, Engine},
    doc::Object,
    query::{Projected, Query},
    request::Call,
    world::{Row, World},
};

pub(super) fn route(world: &mut World, call: &Call, user: Option<User>) -> Answer {
    let words = call.words();
    match (call.method.as_str(), words.get(1..).unwrap_or_default()) {
        ("GET", []) => list(world, &super::logged_in(user)?, &Query::from_url(&call.query)?),
        ("POST", ["filter"]) => {
            let query = Query::from_body(&call.body_object()?)?;
            list(world, &super::logged_in(user)?, &query)
        }
        ("GET", ["count"]) => {
            count(world, &super::logged_in(user)?, &call.object_parameter("where")?)
        }
        ("POST", ["count"]) => {
            let body = call.body_object()?;
            let filter = body.get("where").and_then(|w| w.as_object()).cloned();
            count(world, &super::logged_in(user)?, &filter.unwrap_or_default())
        }
        ("GET", [_]) => one(world, call, user),
        _ => super::setup::outbreak(world, call, &super::logged_in(user)?),
    }
}

fn visible<'w>(world: &'w World, user: &'w User) -> impl Iterator<Item = &'w Row> {
    world.outbreaks.iter().filter(|outbreak| {
        let ids = &user.account.outbreaks;
        ids.is_empty() || ids.iter().any(|id| outbreak.doc.text("id") == Some(id))
    })
}

fn condition(filter: &Object, with_deleted: bool) -> Result<Condition, Refusal> {
    let mut parts = vec![dialect::compile(Engine::Odm, filter, true)?];
    if !with_deleted {
        parts.push(scope::live());
    }
    Ok(Condition::All(parts))
}

fn list(world: &World, user: &User, query: &Query) -> Answer {
    let condition = condition(&query.condition(), query.with_deleted())?;
    let rows = query.page(visible(world, user), &condition, &["name"]);
    let rows: Vec<Projected<'_>> =
        rows.into_iter().map(|row| Projected { row, fields: &query.fields }).collect();
    Ok(Reply::json(&rows))
}

fn count(world: &World, user: &User, filter: &Object) -> Answer {
    let condition = condition(filter, false)?;
    Ok(Reply::count(visible(world, user).filter(|row| condition.matches(&row.doc)).count()))
}

fn one(world: &World, call: &Call, user: Option<User>) -> Answer {
    let user = super::logged_in(user)?;
    user.needs(&["outbreak_view"])?;
    let id = call.segment(1);
    scope::allowed(world, call, &user, id)?;
    let row = world.outbreak(id).ok_or_else(|| Refusal::unknown_id("outbreak", id))?;
    let query = Query::from_url(&call.query)?;
    Ok(Reply::json(&Projected { row, fields: &query.fields }))
}
