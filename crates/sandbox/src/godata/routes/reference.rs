//! Reference data and language tokens.

use std::collections::BTreeSet;

use axum::http::Method;

use super::{attached::projected, scope};
use crate::godata::{
    account::User,
    answer::{Answer, Refusal, Reply},
    condition::Condition,
    dialect::{self, Engine},
    doc::{Doc, Object},
    kind::Kind,
    query::Query,
    request::Call,
    world::World,
};

pub(super) fn route(world: &World, call: &Call, user: &User) -> Answer {
    if call.method != Method::GET {
        return Err(super::no_route(call));
    }
    match call.words().get(1..).unwrap_or_default() {
        [] => {
            let query = Query::from_url(&call.query)?;
            let condition = condition(&query.condition(), query.with_deleted())?;
            let rows = world.rows_after(Kind::ReferenceData, condition.after_id());
            let rows = query.page_by_id(rows, &condition, &["value"]);
            Ok(Reply::json(&projected(&rows, &query.fields)))
        }
        ["count"] => {
            let condition = condition(&call.object_parameter("where")?, false)?;
            let rows = world.rows(Kind::ReferenceData);
            Ok(Reply::count(rows.filter(|row| condition.matches(row)).count()))
        }
        ["available-categories"] => Ok(Reply::json(&categories(world))),
        [_] => {
            user.needs(&["reference_data_view"])?;
            let id = call.segment(1);
            let row = world.row(Kind::ReferenceData, id).filter(|row| !row.is_true("deleted"));
            Ok(Reply::json(row.ok_or_else(|| Refusal::unknown_id("referenceData", id))?))
        }
        _ => Err(super::no_route(call)),
    }
}

fn condition(filter: &Object, with_deleted: bool) -> Result<Condition, Refusal> {
    let mut parts = vec![dialect::compile(Engine::Odm, filter, false)?];
    if !with_deleted {
        parts.push(scope::live());
    }
    Ok(Condition::All(parts))
}

/// Categories that the server ships without items.
const EMPTY_CATEGORIES: [&str; 3] = [
    "LNG_REFERENCE_DATA_CATEGORY_LAB_SEQUENCE_LABORATORY",
    "LNG_REFERENCE_DATA_CATEGORY_LAB_SEQUENCE_RESULT",
    "LNG_REFERENCE_DATA_CATEGORY_EVENT_CATEGORY",
];

fn categories(world: &World) -> Vec<Doc> {
    let in_use = world.rows(Kind::ReferenceData).filter_map(|row| row.text("categoryId"));
    let ids: BTreeSet<&str> = in_use.chain(EMPTY_CATEGORIES).collect();
    ids.into_iter()
        .map(|id| {
            let mut category = Object::default();
            category.set("id", id);
            category.set("name", id);
            category.set("description", format!("{id}_DESCRIPTION"));
            Doc::Object(category)
        })
        .collect()
}

/// `/languages/{id}/language-tokens`. The sandbox has no texts: a token's translation is made from
/// its own last words, so that a caller sees the right shape and a readable label.
pub(super) fn languages(world: &World, call: &Call, _user: Option<&User>) -> Answer {
    let words = call.words();
    match (call.method.as_str(), words.get(1..).unwrap_or_default()) {
        ("GET", []) => {
            let mut language = Object::default();
            language.set("id", LANGUAGE);
            language.set("name", "English (US)");
            language.set("readOnly", true);
            Ok(Reply::json(&[language]))
        }
        ("GET", [_, "language-tokens"]) => {
            let id = call.segment(1);
            if id != LANGUAGE {
                return Err(Refusal::unknown_id("language", id));
            }
            let query = Query::from_url(&call.query)?;
            let mut filter = query.condition();
            filter.remove("updatedSince");
            let condition = dialect::compile(Engine::Odm, &filter, false)?;
            let tokens: Vec<Doc> = world
                .rows(Kind::ReferenceData)
                .filter(|row| !row.is_true("deleted"))
                .filter_map(|row| row.text("value"))
                .map(token)
                .filter(|token| condition.matches(token))
                .map(Doc::Object)
                .collect();
            let mut answer = Object::default();
            answer.set("languageId", id);
            answer.set("lastUpdateDate", "2018-01-01T01:00:00.000Z");
            answer.set("tokens", tokens);
            Ok(Reply::json(&answer))
        }
        _ => Err(super::no_route(call)),
    }
}

const LANGUAGE: &str = "english_us";

fn token(id: &str) -> Object {
    let label = id.rsplit_once("CATEGORY_").map_or(id, |(_, rest)| rest).replace('_', " ");
    let mut token = Object::default();
    token.set("token", id);
    token.set("translation", label.to_lowercase());
    token
}
