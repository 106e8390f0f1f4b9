//! Background exports: start, poll, download once.

use super::scope;
use crate::godata::{
    account::User,
    answer::{Answer, Refusal, Reply},
    dialect::Engine,
    doc::{Doc, Object},
    export::{Job, Layout},
    kind::Kind,
    query::Query,
    request::Call,
    world::World,
};

/// Keys of `where` that steer an export instead of choosing rows.
const OPTIONS: [&str; 6] = [
    "useDbColumns",
    "dontTranslateValues",
    "jsonReplaceUndefinedWithNull",
    "useQuestionVariable",
    "includeContactFields",
    "includeContactOfContactFields",
];

/// `GET|POST /outbreaks/{o}/P/export`.
pub(super) fn start(world: &mut World, call: &Call, user: Option<User>, kind: Kind) -> Answer {
    let scope = scope::enter(world, call, user, &[&kind.permission("export")])?;
    let body = call.body_object()?;
    let file_type = call.parameter("type").or_else(|| body.text("type").map(str::to_owned));
    if file_type.as_deref().is_some_and(|t| t != "json") {
        // The sandbox writes JSON only; the server refuses what it does not know in these words.
        let mut inner = Object::default();
        inner.set("message", "Export type not supported");
        return Err(Refusal::internal(inner));
    }
    let query = if call.method == axum::http::Method::GET {
        Query::from_url(&call.query)?
    } else {
        Query::from_body(&body)?
    };
    let mut filter = query.condition();
    let has = |filter: &Object, name: &str| {
        filter.get(name).is_some_and(|v| !matches!(v, Doc::Null | Doc::Bool(false)))
    };
    let with_nulls = has(&filter, "jsonReplaceUndefinedWithNull");
    for option in OPTIONS {
        filter.remove(option);
    }
    let condition = scope.condition(world, kind, Engine::Raw, &filter, query.with_deleted())?;
    let rows =
        query.page(world.rows_after(kind, None), &condition, &["name", "lastName", "firstName"]);
    let layout = Layout::new(kind, scope.outbreak(world), &rows, with_nulls);
    let exported: Vec<Object> = rows.iter().map(|row| layout.row(world, row)).collect();
    let file = serde_json::to_vec(&exported).unwrap_or_default();

    let id = world.ids.uuid();
    let n_rows = exported.len();
    let log = log(world, &scope, &id, kind, n_rows, file.len());
    let job = Job { user_id: scope.user.id, log, n_polls_left: 1, file: Some(file) };
    world.exports.add(id.clone(), job);
    let mut answer = Object::default();
    answer.set("exportLogId", id);
    Ok(Reply::json(&answer))
}

/// What a poll shows once the job is done.
fn log(
    world: &World,
    scope: &scope::Scope,
    id: &str,
    kind: Kind,
    n_rows: usize,
    n_bytes: usize,
) -> Object {
    let now = Doc::Date(world.clock.millis());
    let mut log = Object::default();
    log.set("resourceType", kind.model());
    log.set("totalNo", n_rows);
    log.set("processedNo", n_rows);
    log.set("mimeType", "application/json");
    log.set("extension", "json");
    log.set("statusStep", "LNG_STATUS_STEP_EXPORT_FINISHED");
    log.set("filter", Doc::Null);
    log.set("aggregateCompletionDate", now.clone());
    log.set("sizeBytes", n_bytes);
    log.set("actionStartDate", now.clone());
    log.set("actionCompletionDate", now);
    log.set("status", "LNG_SYNC_STATUS_SUCCESS");
    log.set("outbreakIDs", vec![Doc::from(scope.outbreak_id.as_str())]);
    log.set("id", id);
    world.stamp_new(&mut log, &scope.user.id);
    log.remove("createdOn");
    log
}

/// `/export-logs/{id}` and its download.
pub(super) fn route(world: &mut World, call: &Call, user: &User) -> Answer {
    let id = call.segment(1).to_owned();
    let words = call.words();
    let job = world.exports.get_mut(&id);
    match (call.method.as_str(), words.get(1..).unwrap_or_default()) {
        ("GET", [_]) => {
            let job = job.ok_or_else(|| Refusal::unknown_id("exportLog", &id))?;
            let mut shown = job.log.clone();
            if job.n_polls_left > 0 {
                job.n_polls_left -= 1;
                for done in ["aggregateCompletionDate", "sizeBytes", "actionCompletionDate"] {
                    shown.remove(done);
                }
                shown.set("totalNo", 0_i64);
                shown.set("processedNo", 0_i64);
                shown.set("statusStep", "LNG_STATUS_STEP_PREPARING_PREFILTERS");
                shown.set("status", "LNG_SYNC_STATUS_IN_PROGRESS");
            }
            Ok(Reply::json(&shown))
        }
        ("GET", [_, "download"]) => {
            let job = job.ok_or_else(|| Refusal::unknown_id("exportLog", &id))?;
            if job.user_id != user.id {
                let mut inner = Object::default();
                inner.set("message", "Not authorized");
                inner.set("name", "Error");
                return Err(Refusal::internal(inner));
            }
            let file = job.file.take();
            let gone = || Refusal::coded(404, "FILE_NOT_FOUND", "File not found");
            Ok(Reply::file(file.ok_or_else(gone)?))
        }
        _ => Err(super::no_route(call)),
    }
}
