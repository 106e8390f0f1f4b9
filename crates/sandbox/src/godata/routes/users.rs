//! Users, roles and teams.

use super::{attached::projected, scope};
use crate::godata::{
    account::User,
    answer::{Answer, Refusal, Reply},
    condition::Condition,
    dialect::{self, Engine},
    doc::{Doc, Object},
    query::Query,
    request::Call,
    world::{Row, World},
};

pub(super) fn route(world: &mut World, call: &Call, user: &User) -> Answer {
    let words = call.words();
    match (call.method.as_str(), words.get(1..).unwrap_or_default()) {
        ("GET", []) => {
            user.needs(&["user_list"])?;
            list(&rows(world.users.iter().map(|user| shown(world, user))), call, &["lastName"])
        }
        ("GET", ["count"]) => {
            user.needs(&["user_list"])?;
            Ok(Reply::count(world.users.len()))
        }
        ("GET", ["for-filters"]) => {
            user.needs(&["user_list_for_filters", "user_list"])?;
            let names = ["id", "firstName", "lastName", "activeOutbreakId", "outbreakIds", "email"];
            let users = world.users.iter().map(|user| {
                let mut row = shown(world, user);
                row.retain(|key| names.contains(&key));
                row
            });
            list(&rows(users), call, &["lastName"])
        }
        ("GET", [_]) => {
            let id = call.segment(1);
            if id != user.id {
                user.needs(&["user_view"])?;
            }
            let found = world.user(id).ok_or_else(|| Refusal::unknown_id("user", id))?;
            Ok(Reply::json(&shown(world, found)))
        }
        ("PATCH" | "PUT", [_]) => patch(world, call, user),
        _ => Err(super::no_route(call)),
    }
}

/// A user may change itself: the active outbreak is what clients set.
fn patch(world: &mut World, call: &Call, user: &User) -> Answer {
    let id = call.segment(1).to_owned();
    if id != user.id {
        user.needs(&["user_modify"])?;
    }
    let body = call.body_object()?;
    let found = world.user_mut(&id).ok_or_else(|| Refusal::unknown_id("user", &id))?;
    if let Some(outbreak_id) = body.text("activeOutbreakId") {
        let allowed = &found.account.outbreaks;
        if !allowed.is_empty() && !allowed.iter().any(|other| other == outbreak_id) {
            return Err(Refusal::coded(
                422,
                "ACTIVE_OUTBREAK_NOT_ALLOWED",
                "Active outbreak not allowed",
            ));
        }
        found.account.active_outbreak = Some(outbreak_id.to_owned());
    }
    let found = world.user(&id).ok_or_else(|| Refusal::unknown_id("user", &id))?;
    Ok(Reply::json(&shown(world, found)))
}

/// A user as the API shows it.
fn shown(world: &World, user: &User) -> Object {
    let account = &user.account;
    let name = account.email.split('@').next().unwrap_or_default();
    let mut row = Object::default();
    row.set("id", user.id.as_str());
    row.set("firstName", name);
    row.set("lastName", "Account");
    row.set("roleIds", vec![Doc::from(format!("ROLE_OF_{}", user.id))]);
    if !account.outbreaks.is_empty() {
        let ids: Vec<Doc> = account.outbreaks.iter().map(|id| Doc::from(id.as_str())).collect();
        row.set("outbreakIds", ids);
    }
    if let Some(id) = world.active_outbreak_of(user) {
        row.set("activeOutbreakId", id);
    }
    row.set("languageId", "english_us");
    row.set("passwordChange", account.password_change);
    row.set("loginRetriesCount", i64::from(user.n_failures()));
    row.set("bruteForceLoginDate", user.last_failure().map_or(Doc::Null, Doc::Date));
    row.set("disregardGeographicRestrictions", account.disregards_geographic_restrictions);
    row.set("dontCacheFilters", false);
    if let Some(at) = user.last_login {
        row.set("lastLogin", Doc::Date(at));
    }
    row.set("email", account.email.as_str());
    row.set("createdAt", Doc::Date(user.created));
    row.set("createdBy", "sys_admin");
    row.set("updatedAt", Doc::Date(user.created));
    row.set("updatedBy", "system");
    row.set("dbUpdatedAt", Doc::Date(user.created));
    row.set("createdOn", "API");
    row.set("deleted", false);
    row
}

/// `/roles`: each account has a role of its own, which holds its permissions.
pub(super) fn roles(world: &World, call: &Call, user: &User) -> Answer {
    user.needs(&["user_role_list", "role_list"])?;
    let roles = world.users.iter().map(|user| {
        let held = user.account.permissions.iter().flatten();
        let mut role = Object::default();
        role.set("name", format!("Role of {}", user.account.email));
        role.set("permissionIds", held.map(|p| Doc::from(p.as_str())).collect::<Vec<_>>());
        role.set("description", "");
        role.set("createdAt", Doc::Date(user.created));
        role.set("createdBy", "system");
        role.set("updatedAt", Doc::Date(user.created));
        role.set("updatedBy", "system");
        role.set("dbUpdatedAt", Doc::Date(user.created));
        role.set("createdOn", "API");
        role.set("deleted", false);
        role.set("id", format!("ROLE_OF_{}", user.id));
        role
    });
    list(&rows(roles), call, &["name"])
}

pub(super) fn teams(world: &World, call: &Call, user: &User) -> Answer {
    user.needs(&["team_list"])?;
    let words = call.words();
    let teams = rows(world.teams.iter().cloned());
    match (call.method.as_str(), words.get(1..).unwrap_or_default()) {
        ("GET", []) => list(&teams, call, &["name"]),
        ("POST", ["filter"]) => page(&teams, &Query::from_body(&call.body_object()?)?, &["name"]),
        ("GET", ["count"]) => Ok(Reply::count(teams.len())),
        ("GET", [_]) => {
            let id = call.segment(1);
            let found = world.teams.iter().find(|team| team.text("id") == Some(id));
            Ok(Reply::json(found.ok_or_else(|| Refusal::unknown_id("team", id))?))
        }
        _ => Err(super::no_route(call)),
    }
}

/// `/outbreaks/{id}/clusters`.
pub(super) fn clusters(world: &World, call: &Call, user: Option<User>) -> Answer {
    let scope = scope::enter(world, call, user, &["cluster_list"])?;
    let own =
        world.clusters.iter().filter(|row| row.text("outbreakId") == Some(&scope.outbreak_id));
    let clusters = rows(own.cloned());
    match (call.method.as_str(), call.words().get(3..).unwrap_or_default()) {
        ("GET", []) => list(&clusters, call, &["name"]),
        ("GET", ["count"]) => Ok(Reply::count(clusters.len())),
        ("GET", [_]) => {
            let id = call.segment(3);
            let found = clusters.iter().find(|row| row.doc.text("id") == Some(id));
            Ok(Reply::json(&found.ok_or_else(|| Refusal::unknown_id("cluster", id))?.doc))
        }
        _ => Err(super::no_route(call)),
    }
}

fn rows(docs: impl Iterator<Item = Object>) -> Vec<Row> {
    docs.map(|doc| Row { at: 0, doc }).collect()
}

fn list(rows: &[Row], call: &Call, order: &[&str]) -> Answer {
    page(rows, &Query::from_url(&call.query)?, order)
}

fn page(rows: &[Row], query: &Query, order: &[&str]) -> Answer {
    let mut parts = vec![dialect::compile(Engine::Odm, &query.condition(), false)?];
    if !query.with_deleted() {
        parts.push(scope::live());
    }
    let found = query.page(rows.iter(), &Condition::All(parts), order);
    Ok(Reply::json(&projected(&found, &query.fields)))
}
