//! Creating, changing and deleting people and what hangs on them.

use super::scope::{self, Scope};
use crate::godata::{
    account::User,
    answer::{Answer, Refusal, Reply},
    condition::Condition,
    dialect::{Engine, is_date_property},
    doc::{Doc, Object, Text},
    instant,
    kind::Kind,
    records::partners,
    request::Call,
    visual_id,
    world::World,
};

const USUAL_PLACE: &str = "LNG_REFERENCE_DATA_CATEGORY_ADDRESS_TYPE_USUAL_PLACE_OF_RESIDENCE";
const PREVIOUS_PLACE: &str =
    "LNG_REFERENCE_DATA_CATEGORY_ADDRESS_TYPE_PREVIOUS_USUAL_PLACE_OF_RESIDENCE";
const DISCARDED: &str = "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_NOT_A_CASE_DISCARDED";

/// Fields that only the server writes; a body's values for them are dropped silently.
const READ_ONLY: [&str; 15] = [
    "id",
    "outbreakId",
    "createdAt",
    "createdBy",
    "updatedAt",
    "updatedBy",
    "dbUpdatedAt",
    "createdOn",
    "deleted",
    "deletedAt",
    "classificationHistory",
    "relationshipsRepresentation",
    "numberOfContacts",
    "numberOfExposures",
    "usualPlaceOfResidenceLocationId",
];

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
            with_relationship(world, &scope, kind, call, Kind::Contact)
        }
        ("POST", [_, "contacts-of-contacts"]) if kind == Kind::Contact => {
            let any_of = ["contact_create_contact_of_contact"];
            let scope = scope::enter(world, call, user, &any_of)?;
            with_relationship(world, &scope, kind, call, Kind::ContactOfContact)
        }
        ("POST", [_, turn]) if turn.starts_with("convert-to-") => {
            convert(world, call, user, kind, turn)
        }
        (_, [_, "relationships", ..]) => relationship(world, call, user, kind),
        (_, [_, "follow-ups", ..]) => attached(world, call, user, kind, Kind::FollowUp),
        (_, [_, "lab-results", ..]) => attached(world, call, user, kind, Kind::LabResult),
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
        ("POST", ["relationships", "bulk"]) => bulk_relationships(world, call, user),
        _ => Err(super::no_route(call)),
    }
}

/// A live row of the scope's outbreak.
fn known(world: &World, scope: &Scope, kind: Kind, id: &str) -> Result<(), Refusal> {
    let condition = scope.condition(world, kind, Engine::Odm, &Object::default(), false)?;
    if world.row(kind, id).is_some_and(|row| condition.matches(row)) {
        return Ok(());
    }
    Err(super::people::no_instance(kind, id))
}

fn shown(world: &World, kind: Kind, id: &str) -> Answer {
    let row = world.row(kind, id).ok_or_else(|| super::people::no_instance(kind, id))?;
    Ok(Reply::json(row))
}

/// A body as the model takes it: known dates parsed, what only the server writes left out.
fn checked(kind: Kind, body: Object) -> Result<Object, Refusal> {
    let mut row = Object::default();
    for (key, value) in body {
        if READ_ONLY.contains(&&*key) {
            continue;
        }
        let value = match &value {
            Doc::Text(text) if is_date_property(&key) => match instant::parse_in_body(text) {
                Some(millis) => Doc::Date(millis),
                None => return Err(invalid_date(kind, &key)),
            },
            _ => value.with_body_dates(),
        };
        row.set(&key, value);
    }
    if let Some(Doc::List(addresses)) = row.get("addresses") {
        check_addresses(addresses)?;
    }
    Ok(row)
}

fn invalid_date(kind: Kind, field: &str) -> Refusal {
    let message = format!(
        "The `{}` instance is not valid. Details: `{field}` is not a valid date (value: Invalid \
         Date).",
        kind.model()
    );
    let single = |value: &str| {
        let mut object = Object::default();
        object.set(field, vec![Doc::from(value)]);
        object
    };
    Refusal::plain(422, &message)
        .named("ValidationError")
        .with("context", kind.model())
        .with("codes", single("date"))
        .with("messages", single("is not a valid date"))
}

fn check_addresses(addresses: &[Doc]) -> Result<(), Refusal> {
    let addresses = || addresses.iter().filter_map(Doc::as_object);
    let type_of = |address: &Object| address.text("typeId").unwrap_or(USUAL_PLACE).to_owned();
    let n_usual = addresses().filter(|address| type_of(address) == USUAL_PLACE).count();
    let undated = |address: &Object| address.get("date").is_none_or(Doc::is_null);
    if addresses().next().is_none() {
        return Ok(());
    }
    if n_usual == 0 {
        return Err(Refusal::coded(
            422,
            "ADDRESS_MUST_HAVE_USUAL_PLACE_OF_RESIDENCE",
            "One of the addresses must be set as Current address",
        ));
    }
    if n_usual > 1 {
        return Err(Refusal::coded(
            422,
            "ADDRESS_MULTIPLE_USUAL_PLACE_OF_RESIDENCE",
            "Multiple addresses set as Current address. Only one address should be set as Current \
             address",
        ));
    }
    if addresses().any(|address| type_of(address) == PREVIOUS_PLACE && undated(address)) {
        return Err(Refusal::coded(
            422,
            "ADDRESS_PREVIOUS_PLACE_OF_RESIDENCE_MUST_HAVE_DATE",
            "Addresses set as Previous Current address must have a date set",
        ));
    }
    Ok(())
}

fn create(world: &mut World, scope: &Scope, kind: Kind, body: Object) -> Result<Object, Refusal> {
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

fn patch(world: &mut World, scope: &Scope, kind: Kind, id: &str, body: Object) -> Answer {
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

/// `POST /cases/{id}/contacts` and its like: a person and its relationship in one call.
fn with_relationship(
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
fn relationship(world: &mut World, call: &Call, user: Option<User>, kind: Kind) -> Answer {
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

fn bulk_relationships(world: &mut World, call: &Call, user: Option<User>) -> Answer {
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
fn attached(
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
