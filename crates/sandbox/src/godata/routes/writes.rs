//! Creating, changing and deleting people and what hangs on them.

use super::{
    body::checked,
    links,
    scope::{self, Scope},
};
use crate::godata::{
    account::User,
    answer::{Answer, Refusal, Reply},
    condition::Condition,
    dialect::Engine,
    doc::{Doc, Object, Text},
    kind::Kind,
    request::Call,
    visual_id,
    world::World,
};

/// `POST|PUT|DELETE` on `/outbreaks/{o}/P…`.
pub(super) fn person(world: &mut World, call: &Call, user: Option<User>, kind: Kind) -> Answer {
    let words = call.words();
    let permission = |action: &str| kind.permission(action);
    match (call.method.as_str(), words.get(3..).unwrap_or_default()) {
        ("POST", []) => {
            let scope = scope::enter(world, call, user, &[&permission("create")])?;
            let row = create(world, &scope, kind, call.body_object()?)?;
            Ok(Reply::json(&row))
        }
        ("PUT", ["bulk"]) => {
            let scope = scope::enter(world, call, user, &[&permission("bulk_modify")])?;
            bulk(world, &scope, kind, &call.body()?)
        }
        ("POST", ["generate-visual-id"]) => {
            let scope = scope::enter(world, call, user, &[&permission("generate_visual_id")])?;
            let body = call.body_object()?;
            let mask = body.text("visualIdMask").unwrap_or_default();
            let id =
                visual_id::resolve(world, &scope.outbreak_id, kind, mask, body.text("personId"))?;
            Ok(Reply::json(&Doc::from(id)))
        }
        ("PUT", [_]) => {
            let scope = scope::enter(world, call, user, &[&permission("modify")])?;
            let row = change(world, &scope, kind, call.segment(3), call.body_object()?)?;
            Ok(Reply::json(&row))
        }
        ("DELETE", [_]) => {
            let any_of = [permission("delete"), permission("bulk_delete")];
            let scope = scope::enter(world, call, user, &[&any_of[0], &any_of[1]])?;
            let id = call.segment(3);
            known(world, &scope, kind, id)?;
            world.remove(kind, id, &scope.user.id);
            Ok(Reply::no_content())
        }
        ("POST", [_, "restore"]) => {
            let any_of = [permission("restore"), permission("bulk_restore")];
            let scope = scope::enter(world, call, user, &[&any_of[0], &any_of[1]])?;
            let id = call.segment(3);
            if !world.bring_back(kind, id, &scope.user.id) {
                return Err(super::people::no_instance(kind, id));
            }
            shown(world, kind, id)
        }
        ("POST", [_, "contacts"]) if matches!(kind, Kind::Case | Kind::Event) => {
            let scope = scope::enter(world, call, user, &[&permission("create_contact")])?;
            links::with_relationship(world, &scope, kind, call, Kind::Contact)
        }
        ("POST", [_, "contacts-of-contacts"]) if kind == Kind::Contact => {
            let any_of = ["contact_create_contact_of_contact"];
            let scope = scope::enter(world, call, user, &any_of)?;
            links::with_relationship(world, &scope, kind, call, Kind::ContactOfContact)
        }
        ("POST", [_, turn]) if turn.starts_with("convert-to-") => {
            convert(world, call, user, kind, turn)
        }
        (_, [_, "relationships", ..]) => links::relationship(world, call, user, kind),
        (_, [_, "follow-ups", ..]) => links::attached(world, call, user, kind, Kind::FollowUp),
        (_, [_, "lab-results", ..]) => links::attached(world, call, user, kind, Kind::LabResult),
        _ => Err(super::no_route(call)),
    }
}

/// `PUT|POST|DELETE` on follow-ups, lab results and relationships of a whole outbreak, and merges.
pub(super) fn of_outbreak(world: &mut World, call: &Call, user: Option<User>) -> Answer {
    let words = call.words();
    match (call.method.as_str(), words.get(2..).unwrap_or_default()) {
        ("POST", ["merge"]) => merge(world, call, user),
        ("PUT", ["follow-ups", "bulk"]) => bulk_where(world, call, user, Kind::FollowUp),
        ("PUT", ["lab-results", "bulk"]) => bulk_where(world, call, user, Kind::LabResult),
        ("PUT", ["lab-results", id]) => {
            let scope = scope::enter(world, call, user, &["lab_result_modify"])?;
            known(world, &scope, Kind::LabResult, id)?;
            patch(world, &scope, Kind::LabResult, id, call.body_object()?)
        }
        ("DELETE", ["lab-results", id]) => {
            let scope = scope::enter(world, call, user, &["lab_result_delete"])?;
            known(world, &scope, Kind::LabResult, id)?;
            world.remove(Kind::LabResult, id, &scope.user.id);
            Ok(Reply::no_content())
        }
        ("POST", ["relationships", "bulk"]) => links::bulk_relationships(world, call, user),
        _ => Err(super::no_route(call)),
    }
}

/// A live row of the scope's outbreak.
pub(super) fn known(world: &World, scope: &Scope, kind: Kind, id: &str) -> Result<(), Refusal> {
    let condition = scope.condition(world, kind, Engine::Odm, &Object::default(), false)?;
    if world.row(kind, id).is_some_and(|row| condition.matches(row)) {
        return Ok(());
    }
    Err(super::people::no_instance(kind, id))
}

pub(super) fn shown(world: &World, kind: Kind, id: &str) -> Answer {
    let row = world.row(kind, id).ok_or_else(|| super::people::no_instance(kind, id))?;
    Ok(Reply::json(row))
}

pub(super) fn create(
    world: &mut World,
    scope: &Scope,
    kind: Kind,
    body: Object,
) -> Result<Object, Refusal> {
    let mut row = checked(kind, body)?;
    if let Some(sent) = row.text("visualId").filter(|sent| !sent.is_empty()) {
        let resolved = visual_id::resolve(world, &scope.outbreak_id, kind, sent, None)?;
        row.set("visualId", resolved);
    }
    let id = world.insert(&scope.outbreak_id, kind, row, &scope.user.id);
    Ok(world.row(kind, &id).cloned().unwrap_or_default())
}

fn change(
    world: &mut World,
    scope: &Scope,
    kind: Kind,
    id: &str,
    body: Object,
) -> Result<Object, Refusal> {
    known(world, scope, kind, id)?;
    let mut patch = checked(kind, body)?;
    let old = world.row(kind, id).and_then(|row| row.text("visualId")).unwrap_or_default();
    if let Some(sent) = patch.text("visualId").filter(|sent| !sent.is_empty() && *sent != old) {
        let resolved = visual_id::resolve(world, &scope.outbreak_id, kind, sent, Some(id))?;
        patch.set("visualId", resolved);
    }
    world.change(kind, id, patch, &scope.user.id);
    Ok(world.row(kind, id).cloned().unwrap_or_default())
}

fn bulk(world: &mut World, scope: &Scope, kind: Kind, body: &Doc) -> Answer {
    let mut changed = Vec::new();
    for item in body.as_list().unwrap_or_default().iter().filter_map(Doc::as_object) {
        let id = item.text("id").unwrap_or_default().to_owned();
        changed.push(change(world, scope, kind, &id, item.clone())?);
    }
    Ok(Reply::json(&changed))
}

/// One body for all rows that meet `?where=`.
fn bulk_where(world: &mut World, call: &Call, user: Option<User>, kind: Kind) -> Answer {
    let scope = scope::enter(world, call, user, &[&kind.permission("bulk_modify")])?;
    let filter = call.object_parameter("where")?;
    let condition: Condition = scope.condition(world, kind, Engine::Raw, &filter, false)?;
    let patch = checked(kind, call.body_object()?)?;
    let ids: Vec<Text> = world
        .rows(kind)
        .filter(|row| condition.matches(row))
        .filter_map(|row| row.text("id").map(Text::from))
        .collect();
    for id in &ids {
        world.change(kind, id, patch.clone(), &scope.user.id);
    }
    Ok(Reply::count(ids.len()))
}

pub(super) fn patch(
    world: &mut World,
    scope: &Scope,
    kind: Kind,
    id: &str,
    body: Object,
) -> Answer {
    let patch = checked(kind, body)?;
    world.change(kind, id, patch, &scope.user.id);
    shown(world, kind, id)
}

fn convert(world: &mut World, call: &Call, user: Option<User>, kind: Kind, turn: &str) -> Answer {
    let to = match (kind, turn) {
        (Kind::Contact, "convert-to-case") => Kind::Case,
        (Kind::Contact, "convert-to-contact-of-contact") => Kind::ContactOfContact,
        (Kind::Case | Kind::ContactOfContact, "convert-to-contact") => Kind::Contact,
        _ => return Err(super::no_route(call)),
    };
    let action = turn.replace('-', "_");
    let scope = scope::enter(world, call, user, &[&kind.permission(&action)])?;
    let id = call.segment(3);
    known(world, &scope, kind, id)?;
    world.turn_into(id, to, &scope.user.id);
    shown(world, to, id)
}

fn merge(world: &mut World, call: &Call, user: Option<User>) -> Answer {
    let body = call.body_object()?;
    let kind = Kind::PERSONS.into_iter().find(|kind| body.text("type") == Some(kind.person_type()));
    let kind = kind.unwrap_or(Kind::Case);
    let permission = match kind {
        Kind::Contact => "duplicate_merge_contacts",
        Kind::ContactOfContact => "duplicate_merge_contacts_of_contacts",
        Kind::Event => "duplicate_merge_events",
        _ => "duplicate_merge_cases",
    };
    let scope = scope::enter(world, call, user, &[permission])?;
    let ids: Vec<String> = body
        .get("ids")
        .and_then(Doc::as_list)
        .unwrap_or_default()
        .iter()
        .filter_map(|id| id.as_text().map(str::to_owned))
        .collect();
    for id in &ids {
        known(world, &scope, kind, id)?;
    }
    let model = body.get("model").and_then(Doc::as_object).cloned().unwrap_or_default();
    let model = checked(kind, model)?;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    match world.unite(kind, &ids, model, &scope.user.id) {
        Some(id) => shown(world, kind, &id),
        None => Err(Refusal::coded(422, "RECORD_NOT_FOUND", "Record not found")),
    }
}
