//! Writing what hangs on people: relationships, follow-ups, lab results.

use super::{
    body::checked,
    scope::{self, Scope},
    writes::{create, known, patch, shown},
};
use crate::godata::{
    account::User,
    answer::{Answer, Refusal, Reply},
    doc::{Doc, Object},
    kind::Kind,
    records::partners,
    request::Call,
    world::World,
};

const DISCARDED: &str = "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_NOT_A_CASE_DISCARDED";

/// `POST /cases/{id}/contacts` and its like: a person and its relationship in one call.
pub(super) fn with_relationship(
    world: &mut World,
    scope: &Scope,
    kind: Kind,
    call: &Call,
    new_kind: Kind,
) -> Answer {
    let source = call.segment(3).to_owned();
    known(world, scope, kind, &source)?;
    let (name, code) = if new_kind == Kind::Contact {
        ("contact", "CONTACT_AND_RELATIONSHIP_REQUIRED")
    } else {
        ("contactOfContact", "CONTACT_OF_CONTACT_AND_RELATIONSHIP_REQUIRED")
    };
    let mut pairs = Vec::new();
    for item in call.body()?.as_list().unwrap_or_default() {
        let part = |key: &str| item.as_object().and_then(|o| o.get(key)).and_then(Doc::as_object);
        let (Some(person), Some(relationship)) = (part(name), part("relationship")) else {
            let message = "Both contact and relationship are required when creating a contact";
            return Err(Refusal::coded(422, code, message));
        };
        let person = create(world, scope, new_kind, person.clone())?;
        let id = person.text("id").unwrap_or_default().to_owned();
        let link = link(world, scope, (kind, &source), (new_kind, &id), relationship.clone())?;
        let mut pair = Object::default();
        pair.set(name, world.row(new_kind, &id).cloned().unwrap_or_default());
        pair.set("relationship", link);
        pairs.push(pair);
    }
    Ok(Reply::json(&pairs))
}

/// Stores a relationship between a source and a target.
fn link(
    world: &mut World,
    scope: &Scope,
    source: (Kind, &str),
    target: (Kind, &str),
    body: Object,
) -> Result<Object, Refusal> {
    if source.1 == target.1 {
        let message = "You can't have a relationship between the same records";
        return Err(Refusal::coded(422, "CIRCULAR_RELATIONSHIP", message));
    }
    for (kind, id) in [source, target] {
        let class = world.row(kind, id).and_then(|row| row.text("classification"));
        if class == Some(DISCARDED) {
            let message = format!(
                "Cannot create/modify relationships with discarded cases (case id: `{id}` )"
            );
            return Err(Refusal::coded(422, "INVALID_RELATIONSHIP_WITH_DISCARDED_CASE", &message)
                .with("id", id));
        }
    }
    let end = |(kind, id): (Kind, &str), role: &str| {
        let mut person = Object::default();
        person.set("id", id);
        person.set("type", kind.person_type());
        person.set(role, true);
        Doc::Object(person)
    };
    let mut row = checked(Kind::Relationship, body)?;
    row.set("persons", vec![end(source, "source"), end(target, "target")]);
    let id = world.insert(&scope.outbreak_id, Kind::Relationship, row, &scope.user.id);
    Ok(world.row(Kind::Relationship, &id).cloned().unwrap_or_default())
}

/// `/P/{id}/relationships` and one of them.
pub(super) fn relationship(
    world: &mut World,
    call: &Call,
    user: Option<User>,
    kind: Kind,
) -> Answer {
    let words = call.words();
    let own_id = call.segment(3).to_owned();
    match (call.method.as_str(), words.get(5..).unwrap_or_default()) {
        ("POST", []) => {
            let scope = scope::enter(world, call, user, &["relationship_create"])?;
            known(world, &scope, kind, &own_id)?;
            let body = call.body_object()?;
            // Only the first of the persons sent is looked at.
            let other = body.get("persons").and_then(Doc::as_list).and_then(|list| list.first());
            let other = other.and_then(Doc::as_object).and_then(|person| person.text("id"));
            let other = other.unwrap_or_default().to_owned();
            let Some((other_kind, _)) = world.person(&other) else {
                let message = format!("Unknown `person` id / visualId `{other}`");
                return Err(Refusal::coded(404, "PERSON_NOT_FOUND", &message));
            };
            let (own, other) = ((kind, own_id.as_str()), (other_kind, other.as_str()));
            // A contact is never a source; otherwise the one that was sent is.
            let (source, target) = if matches!(other_kind, Kind::Contact | Kind::ContactOfContact)
                && matches!(kind, Kind::Case | Kind::Event)
            {
                (own, other)
            } else {
                (other, own)
            };
            Ok(Reply::json(&link(world, &scope, source, target, body)?))
        }
        ("PUT", [id]) => {
            let scope = scope::enter(world, call, user, &["relationship_modify"])?;
            let id = between(world, &scope, id, &own_id)?;
            let mut body = call.body_object()?;
            body.remove("persons");
            patch(world, &scope, Kind::Relationship, &id, body)
        }
        ("DELETE", [id]) => {
            let scope = scope::enter(world, call, user, &["relationship_delete"])?;
            let id = between(world, &scope, id, &own_id)?;
            world.remove(Kind::Relationship, &id, &scope.user.id);
            Ok(Reply::no_content())
        }
        _ => Err(super::no_route(call)),
    }
}

fn between(world: &World, scope: &Scope, id: &str, person: &str) -> Result<String, Refusal> {
    known(world, scope, Kind::Relationship, id)?;
    let row = world.row(Kind::Relationship, id);
    if row.is_some_and(|row| partners(row).any(|other| other == person)) {
        return Ok(id.to_owned());
    }
    Err(super::people::no_instance(Kind::Relationship, id))
}

pub(super) fn bulk_relationships(world: &mut World, call: &Call, user: Option<User>) -> Answer {
    let scope = scope::enter(world, call, user, &["relationship_create"])?;
    let body = call.body_object()?;
    let ids = |key: &str| -> Vec<String> {
        let list = body.get(key).and_then(Doc::as_list).unwrap_or_default();
        list.iter().filter_map(|id| id.as_text().map(str::to_owned)).collect()
    };
    let shared = body.get("relationship").and_then(Doc::as_object).cloned().unwrap_or_default();
    let mut made = Vec::new();
    for source in ids("sources") {
        for target in ids("targets") {
            let (Some((a, _)), Some((b, _))) = (world.person(&source), world.person(&target))
            else {
                return Err(Refusal::coded(422, "RECORD_NOT_FOUND", "Record not found"));
            };
            made.push(link(world, &scope, (a, &source), (b, &target), shared.clone())?);
        }
    }
    Ok(Reply::json(&made))
}

/// Follow-ups and lab results below a person.
pub(super) fn attached(
    world: &mut World,
    call: &Call,
    user: Option<User>,
    person_kind: Kind,
    kind: Kind,
) -> Answer {
    let words = call.words();
    let person_id = call.segment(3).to_owned();
    let permission = |action: &str| kind.permission(action);
    match (call.method.as_str(), words.get(5..).unwrap_or_default()) {
        ("POST", []) => {
            let scope = scope::enter(world, call, user, &[&permission("create")])?;
            known(world, &scope, person_kind, &person_id)?;
            let mut row = checked(kind, call.body_object()?)?;
            row.set("personId", person_id.as_str());
            let person = world.row(person_kind, &person_id);
            if kind == Kind::LabResult {
                row.set("personType", person_kind.person_type());
            } else {
                if person.is_none_or(|person| person.get("followUp").is_none()) {
                    let message = "Invalid follow up date, it exceeds the configured period.";
                    return Err(Refusal::coded(400, "INVALID_FOLLOW_UP_DATE", message));
                }
                row.set("createdAs", person_kind.person_type());
                let place = person.and_then(|p| p.get("usualPlaceOfResidenceLocationId")).cloned();
                row.set_default("usualPlaceOfResidenceLocationId", place.unwrap_or(Doc::Null));
            }
            let id = world.insert(&scope.outbreak_id, kind, row, &scope.user.id);
            shown(world, kind, &id)
        }
        ("PUT", [id]) => {
            let scope = scope::enter(world, call, user, &[&permission("modify")])?;
            known(world, &scope, kind, id)?;
            patch(world, &scope, kind, id, call.body_object()?)
        }
        ("DELETE", [id]) => {
            let scope = scope::enter(world, call, user, &[&permission("delete")])?;
            known(world, &scope, kind, id)?;
            world.remove(kind, id, &scope.user.id);
            Ok(Reply::no_content())
        }
        ("POST", [id, "restore"]) => {
            let scope = scope::enter(world, call, user, &[&permission("restore")])?;
            if !world.bring_back(kind, id, &scope.user.id) {
                return Err(super::people::no_instance(kind, id));
            }
            shown(world, kind, id)
        }
        _ => Err(super::no_route(call)),
    }
}
