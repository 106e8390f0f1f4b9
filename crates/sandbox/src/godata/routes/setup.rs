//! Creating, changing and deleting what outbreaks are set up from: outbreaks, places, reference data.

use crate::godata::{
    account::User,
    answer::{Answer, Refusal, Reply},
    doc::{Doc, Object},
    kind::Kind,
    request::Call,
    world::World,
};

/// `POST|PUT|PATCH|DELETE` on `/outbreaks` and one of them.
pub(super) fn outbreak(world: &mut World, call: &Call, user: &User) -> Answer {
    let words = call.words();
    let id = call.segment(1).to_owned();
    match (call.method.as_str(), words.get(1..).unwrap_or_default()) {
        ("POST", []) => {
            user.needs(&["outbreak_create"])?;
            let body = dated(call)?;
            let Some(name) = body.text("name").map(str::to_owned) else {
                return Err(missing("outbreak", "name"));
            };
            let id = world.add_outbreak(&name);
            update_outbreak(world, &id, body, user)
        }
        ("PUT" | "PATCH", [_]) => {
            user.needs(&["outbreak_modify"])?;
            update_outbreak(world, &id, dated(call)?, user)
        }
        ("DELETE", [_]) => {
            user.needs(&["outbreak_delete"])?;
            mark_outbreak(world, &id, true, user)?;
            Ok(Reply::no_content())
        }
        ("POST", [_, "restore"]) => {
            user.needs(&["outbreak_restore"])?;
            mark_outbreak(world, &id, false, user)?;
            let row = world.outbreak(&id).ok_or_else(|| Refusal::unknown_id("outbreak", &id))?;
            Ok(Reply::json(row))
        }
        _ => Err(super::no_route(call)),
    }
}

fn update_outbreak(world: &mut World, id: &str, mut body: Object, user: &User) -> Answer {
    body.remove("id");
    let now = world.clock.millis();
    let row = world.outbreak_mut(id).ok_or_else(|| Refusal::unknown_id("outbreak", id))?;
    for (key, value) in body {
        row.set(&key, value);
    }
    World::stamp_changed(now, row, &user.id);
    Ok(Reply::json(row))
}

fn mark_outbreak(world: &mut World, id: &str, deleted: bool, user: &User) -> Result<(), Refusal> {
    let now = world.clock.millis();
    let mut all = world.outbreaks.iter_mut().map(|row| &mut row.doc);
    let row = all.find(|row| row.text("id") == Some(id));
    let row = row.ok_or_else(|| Refusal::unknown_id("outbreak", id))?;
    row.set("deleted", deleted);
    row.set("deletedAt", if deleted { Doc::Date(now) } else { Doc::Null });
    World::stamp_changed(now, row, &user.id);
    Ok(())
}

/// `POST|PUT|PATCH|DELETE` on `/locations` and one of them.
pub(super) fn location(world: &mut World, call: &Call, user: &User) -> Answer {
    let words = call.words();
    let id = call.segment(1).to_owned();
    match (call.method.as_str(), words.get(1..).unwrap_or_default()) {
        ("POST", []) => {
            user.needs(&["location_create"])?;
            let mut body = dated(call)?;
            body.remove("id");
            if body.text("name").is_none() {
                return Err(missing("location", "name"));
            }
            unique_among_siblings(world, &body, None)?;
            body.set_default("parentLocationId", Doc::Null);
            let id = world.insert("", Kind::Location, body, &user.id);
            shown(world, Kind::Location, &id)
        }
        ("PUT" | "PATCH", [_]) => {
            user.needs(&["location_modify"])?;
            let mut body = dated(call)?;
            body.remove("id");
            let mut merged = live(world, Kind::Location, &id)?.clone();
            for (key, value) in body.iter() {
                merged.set(key, value.clone());
            }
            unique_among_siblings(world, &merged, Some(&id))?;
            world.change(Kind::Location, &id, body, &user.id);
            shown(world, Kind::Location, &id)
        }
        ("DELETE", [_]) => {
            user.needs(&["location_delete"])?;
            live(world, Kind::Location, &id)?;
            if is_in_use(world, &id) {
                let message = format!("Model `location` id `{id}` is in use.");
                return Err(Refusal::coded(422, "MODEL_IN_USE", &message)
                    .with("model", "location")
                    .with("id", id));
            }
            world.remove(Kind::Location, &id, &user.id);
            Ok(Reply::no_content())
        }
        _ => Err(super::no_route(call)),
    }
}

/// Name and synonyms must be unique among the live places under one parent.
fn unique_among_siblings(world: &World, row: &Object, own: Option<&str>) -> Result<(), Refusal> {
    let names = |row: &Object| -> Vec<String> {
        let synonyms = row.get("synonyms").and_then(Doc::as_list).unwrap_or_default();
        let synonyms = synonyms.iter().filter_map(Doc::as_text);
        row.text("name").into_iter().chain(synonyms).map(str::to_lowercase).collect()
    };
    let wanted = names(row);
    let parent = row.text("parentLocationId");
    let clash = world
        .rows(Kind::Location)
        .filter(|other| !other.is_true("deleted") && other.text("id") != own)
        .filter(|other| other.text("parentLocationId") == parent)
        .any(|other| names(other).iter().any(|name| wanted.contains(name)));
    if clash {
        let message = "The `location` is invalid. Details: name or synonym is not unique";
        return Err(Refusal::coded(400, "MODEL_IDENTIFIERS_ARE_NOT_UNIQUE_IN_CONTEXT", message));
    }
    Ok(())
}

fn is_in_use(world: &World, id: &str) -> bool {
    let has_children = world
        .rows(Kind::Location)
        .any(|row| row.text("parentLocationId") == Some(id) && !row.is_true("deleted"));
    let has_people = Kind::PERSONS
        .into_iter()
        .flat_map(|kind| world.rows(kind))
        .any(|row| row.text("usualPlaceOfResidenceLocationId") == Some(id));
    has_children || has_people
}

/// `POST|PUT|PATCH|DELETE` on `/reference-data` and one of them.
pub(super) fn reference_data(world: &mut World, call: &Call, user: &User) -> Answer {
    let words = call.words();
    let id = call.segment(1).to_owned();
    match (call.method.as_str(), words.get(1..).unwrap_or_default()) {
        ("POST", []) => {
            user.needs(&["reference_data_create"])?;
            let mut body = dated(call)?;
            let (Some(category), Some(value)) = (body.text("categoryId"), body.text("value"))
            else {
                return Err(missing("referenceData", "categoryId, value"));
            };
            // The id of an added item follows from its text.
            let id = format!("{category}_{}", snake(value));
            if world.row(Kind::ReferenceData, &id).is_some() {
                let message = format!("Model with id `{id}` already exists");
                return Err(Refusal::coded(409, "MODEL_CONFLICT", &message).with("id", id));
            }
            body.set("value", id.as_str());
            body.set("description", format!("{id}_DESCRIPTION"));
            body.set("id", id.as_str());
            let id = world.insert("", Kind::ReferenceData, body, &user.id);
            shown(world, Kind::ReferenceData, &id)
        }
        ("PUT" | "PATCH", [_]) => {
            user.needs(&["reference_data_modify"])?;
            editable(world, &id)?;
            let mut body = dated(call)?;
            for fixed in ["id", "value", "categoryId"] {
                body.remove(fixed);
            }
            world.change(Kind::ReferenceData, &id, body, &user.id);
            shown(world, Kind::ReferenceData, &id)
        }
        ("DELETE", [_]) => {
            user.needs(&["reference_data_delete"])?;
            editable(world, &id)?;
            world.remove(Kind::ReferenceData, &id, &user.id);
            Ok(Reply::no_content())
        }
        _ => Err(super::no_route(call)),
    }
}

fn editable(world: &World, id: &str) -> Result<(), Refusal> {
    if live(world, Kind::ReferenceData, id)?.is_true("readOnly") {
        let message = format!("Model `referenceData` id `{id}` is not editable (read-only).");
        return Err(Refusal::coded(422, "MODEL_NOT_EDITABLE", &message).with("id", id));
    }
    Ok(())
}

fn snake(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_").to_uppercase()
}

fn dated(call: &Call) -> Result<Object, Refusal> {
    match Doc::Object(call.body_object()?).with_body_dates() {
        Doc::Object(object) => Ok(object),
        _ => Ok(Object::default()),
    }
}

fn live<'w>(world: &'w World, kind: Kind, id: &str) -> Result<&'w Object, Refusal> {
    let row = world.row(kind, id).filter(|row| !row.is_true("deleted"));
    row.ok_or_else(|| Refusal::unknown_id(kind.model(), id))
}

fn shown(world: &World, kind: Kind, id: &str) -> Answer {
    Ok(Reply::json(live(world, kind, id)?))
}

fn missing(model: &str, properties: &str) -> Refusal {
    let message = format!("Model `{model}` is missing required properties: {properties}.");
    Refusal::coded(400, "MISSING_REQUIRED_PROPERTY", &message)
}
