//! Which path is answered by what.

mod attached;
mod body;
mod exports;
mod links;
mod locations;
mod login;
mod metrics;
mod outbreaks;
mod people;
mod reference;
mod relations;
mod scope;
mod setup;
mod system;
mod users;
mod writes;

pub use system::API_KEY;

use axum::http::Method;

use super::{
    account::{Presented, User},
    answer::{Answer, Refusal, Reply},
    kind::Kind,
    request::Call,
    world::World,
};

/// How a request ends.
#[derive(Debug)]
pub(super) enum Outcome {
    Answer(Answer),
    /// The connection closes without an answer.
    Cut,
    /// The head was too long: an empty 431.
    HeadTooLong,
}

/// Longest head of a request that Node reads (recordings `url-length-15k`, `url-length-17k`).
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// Answers a request under `/api`.
pub(super) fn answer(world: &mut World, call: &Call) -> Outcome {
    if call.head_bytes() > MAX_HEAD_BYTES {
        return Outcome::HeadTooLong;
    }
    if call.method == Method::OPTIONS {
        return Outcome::Answer(Ok(Reply::no_content()));
    }
    match session(world, call) {
        Session::Expired => {
            Outcome::Answer(Err(Refusal::coded(401, "INVALID_TOKEN", "Invalid Access Token")))
        }
        // The server looks the raw value up in a second place and trips over what it does not find
        // (recording `token-bearer-invalid`).
        Session::UnknownBearer => Outcome::Cut,
        Session::Anonymous => Outcome::Answer(route(world, call, None)),
        Session::User(id) => {
            let user = world.user(&id).cloned();
            Outcome::Answer(route(world, call, user))
        }
    }
}

enum Session {
    Anonymous,
    User(String),
    Expired,
    UnknownBearer,
}

fn session(world: &mut World, call: &Call) -> Session {
    let authorization = call.header("authorization").map(str::to_owned);
    let bearer = authorization.as_deref().and_then(|value| value.strip_prefix("Bearer "));
    let token = call
        .parameter("access_token")
        .or_else(|| call.header("x-access-token").map(str::to_owned))
        .or_else(|| bearer.map(str::to_owned))
        .or_else(|| authorization.clone());
    let Some(token) = token else { return Session::Anonymous };
    let now = world.clock.millis();
    match world.tokens.present(&token, now) {
        Presented::Valid { user_id } => Session::User(user_id),
        Presented::Expired => Session::Expired,
        Presented::Unknown if bearer == Some(&*token) => Session::UnknownBearer,
        Presented::Unknown => Session::Anonymous,
    }
}

/// Refuses a request that nobody is logged in for.
fn logged_in(user: Option<User>) -> Result<User, Refusal> {
    user.ok_or_else(Refusal::unauthorized)
}

fn route(world: &mut World, call: &Call, user: Option<User>) -> Answer {
    let words = call.words();
    let method = call.method.as_str();
    match (method, words.as_slice()) {
        ("POST", ["users", "login"]) => login::login(world, call),
        ("POST", ["oauth", "token"]) => login::oauth(world, call),
        ("POST", ["users", "two-factor-authentication-step-2"]) => {
            login::second_step(world, call, login::Form::Login)
        }
        ("POST", ["oauth", "two-factor-authentication-step-2"]) => {
            login::second_step(world, call, login::Form::OAuth)
        }
        ("POST", ["users", "logout"]) => login::logout(world, call, user),
        (_, ["system-settings", ..]) => system::route(call, user),
        (_, ["languages", ..]) => reference::languages(world, call, user.as_ref()),
        ("GET", ["reference-data", ..]) => reference::route(world, call, &logged_in(user)?),
        (_, ["reference-data", ..]) => setup::reference_data(world, call, &logged_in(user)?),
        ("GET", ["locations", ..]) | ("POST", ["locations", "filter"]) => {
            locations::route(world, call, &logged_in(user)?)
        }
        (_, ["locations", ..]) => setup::location(world, call, &logged_in(user)?),
        (_, ["users", ..]) => users::route(world, call, &logged_in(user)?),
        ("GET", ["roles"]) => users::roles(world, call, &logged_in(user)?),
        (_, ["teams", ..]) => users::teams(world, call, &logged_in(user)?),
        (_, ["export-logs", ..]) => exports::route(world, call, &logged_in(user)?),
        (_, ["outbreaks", _, rest @ ..]) if !rest.is_empty() => {
            of_outbreak(world, call, user, rest)
        }
        (_, ["outbreaks", ..]) => outbreaks::route(world, call, user),
        _ => Err(no_route(call)),
    }
}

/// What lies below one outbreak.
fn of_outbreak(world: &mut World, call: &Call, user: Option<User>, rest: &[&str]) -> Answer {
    let reads = call.method == Method::GET
        || (call.method == Method::POST
            && matches!(rest.last(), Some(&"filter" | &"filtered-count")));
    let kind = rest.first().copied().and_then(Kind::of_persons);
    match (rest, kind) {
        (["locations", "hierarchical"], _) => {
            locations::of_outbreak(world, call, &logged_in(user)?)
        }
        ([_, "export"], Some(kind)) => exports::start(world, call, user, kind),
        (["cases", "hospitalized", "count"], _) => metrics::hospitalized(world, call, user),
        (["follow-ups", "contacts-seen", "count"], _) => metrics::contacts_seen(world, call, user),
        (["contacts", "on-follow-up-list", "count"], _) => {
            metrics::on_follow_up_list(world, call, user)
        }
        (["clusters", ..], _) => users::clusters(world, call, user),
        ([_, _, "relationships" | "follow-ups" | "lab-results", ..], Some(kind)) if reads => {
            attached::of_person(world, call, user, kind)
        }
        (_, Some(_)) if reads => people::route(world, call, user),
        (_, Some(kind)) => writes::person(world, call, user, kind),
        (["people", ..], _) if reads => people::route(world, call, user),
        (["follow-ups" | "lab-results" | "relationships", ..], _) if reads => {
            attached::of_outbreak(world, call, user)
        }
        (["merge"] | ["follow-ups" | "lab-results" | "relationships", ..], _) => {
            writes::of_outbreak(world, call, user)
        }
        (["restore"], _) => setup::outbreak(world, call, &logged_in(user)?),
        _ => Err(no_route(call)),
    }
}

/// 404 for a path that the server does not know, in the framework's words. Class names are those of
/// the models, so `/outbreaks/{id}/x` belongs to class `outbreak`.
fn no_route(call: &Call) -> Refusal {
    let class = match call.words().first().copied() {
        Some("outbreaks") => "outbreak",
        Some("locations") => "location",
        Some("reference-data") => "referenceData",
        Some("users") => "user",
        Some("teams") => "team",
        Some("export-logs") => "exportLog",
        Some("languages") => "language",
        Some("system-settings") => "systemSettings",
        _ => {
            let message = format!("There is no method to handle {} {}", call.method, call.target);
            return Refusal::plain(404, &message);
        }
    };
    let below = call.target.trim_start_matches('/');
    let below = below.find('/').map_or("/", |at| &below[at..]);
    let message =
        format!("Shared class \"{class}\" has no method handling {} {below}", call.method);
    Refusal::plain(404, &message)
}
