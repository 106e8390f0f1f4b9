//! A running Go.Data and what tests do to it behind the API's back.

use std::{
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{
    account::Account,
    answer::{Reply, respond},
    clock::Clock,
    doc::{Doc, Object},
    kind::Kind,
    request::Call,
    routes::{self, Outcome},
    world::World,
};
use crate::server::{Connection, Server};

/// A running Go.Data. It stops when this handle is dropped.
///
/// The methods that change rows need no permission and no active outbreak. They do what the server
/// itself does on a write: it derives the place of a person, keeps the history of classifications,
/// stamps times, and deletes softly with all that hangs on a row.
///
/// ```
/// use sandbox::godata::{GoData, Kind};
///
/// let godata = GoData::recorded()?;
/// assert_eq!(godata.records(Kind::Case).len(), 597);
/// println!("serving at {}", godata.url());
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct GoData {
    server: Server,
    world: Shared,
    clock: Clock,
}

type Shared = Arc<Mutex<World>>;

/// Whose hand the changes made through [`GoData`] show.
const BY: &str = "sandbox";

impl GoData {
    /// Starts a server that holds the recorded outbreak.
    ///
    /// # Errors
    ///
    /// Where no port can be had, or no thread be started.
    pub fn recorded() -> io::Result<Self> {
        Self::start(World::recorded())
    }

    /// Starts a server on a free port of this machine.
    ///
    /// # Errors
    ///
    /// Where no port can be had, or no thread be started.
    pub fn start(world: World) -> io::Result<Self> {
        let clock = world.clock.clone();
        let world = Arc::new(Mutex::new(world));
        let app = Router::new().fallback(answer).with_state(Arc::clone(&world));
        Ok(Self { server: Server::start(app)?, world, clock })
    }

    /// The base URL, without `/api` and without a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// The HTTP side: faults, delay, request log.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The server's clock: tokens die and locks open by it, and new rows are stamped with it.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    // --- accounts -----------------------------------------------------------------------------

    /// Adds an account, or replaces the one with the same e-mail. Gives the user's id.
    pub fn add_account(&self, account: Account) -> String {
        self.world().add_account(account)
    }

    /// Adds a team that is bound to places. Gives its id.
    pub fn add_team(&self, name: &str, emails: &[&str], location_ids: &[&str]) -> String {
        let mut world = self.world();
        let id = world.ids.uuid();
        let members: Vec<Doc> =
            emails.iter().filter_map(|email| world.user_id_of(email)).map(Doc::from).collect();
        let mut team = Object::default();
        team.set("name", name);
        team.set("userIds", members);
        team.set("locationIds", location_ids.iter().map(|id| Doc::from(*id)).collect::<Vec<_>>());
        team.set("id", id.as_str());
        world.stamp_new(&mut team, BY);
        world.teams.push(team);
        id
    }

    /// Switches the outbreak's geographic restrictions for members of teams.
    pub fn restrict_geographically(&self, outbreak_id: &str, on: bool) {
        if let Some(outbreak) = self.world().outbreak_mut(outbreak_id) {
            outbreak.set("applyGeographicRestrictions", on);
        }
    }

    /// Ends the account's session, as a login from elsewhere does.
    pub fn evict(&self, email: &str) {
        let mut world = self.world();
        if let Some(id) = world.user_id_of(email) {
            world.tokens.evict(&id);
        }
    }

    /// Lets every token die of age, without moving the clock.
    pub fn expire_tokens(&self) {
        self.world().tokens.expire();
    }

    // --- outbreaks ----------------------------------------------------------------------------

    /// The id of the first outbreak: the recorded one, or the one a world was made with.
    #[must_use]
    pub fn outbreak_id(&self) -> String {
        self.world().first_outbreak_id().unwrap_or_default().to_owned()
    }

    /// Adds an outbreak without rows. Gives its id.
    pub fn add_outbreak(&self, name: &str) -> String {
        self.world().add_outbreak(name)
    }

    /// Changes an outbreak's own fields.
    pub fn edit_outbreak(&self, id: &str, edit: impl FnOnce(&mut Value)) {
        if let Some(outbreak) = self.world().outbreak_mut(id) {
            *outbreak = edited(outbreak, edit);
        }
    }

    // --- rows ---------------------------------------------------------------------------------

    /// Puts a row into the first outbreak; with the id of a row that is there, in its place. Gives
    /// the id.
    ///
    /// A `row` that is no object is taken for an empty one.
    pub fn put(&self, kind: Kind, row: Value) -> String {
        let outbreak_id = self.outbreak_id();
        self.put_in(&outbreak_id, kind, row)
    }

    /// Puts a row into an outbreak. Gives the id.
    pub fn put_in(&self, outbreak_id: &str, kind: Kind, row: Value) -> String {
        let row = object_of(row);
        self.world().insert(outbreak_id, kind, row, BY).to_string()
    }

    /// Changes a row as a user would: `edit` gets it as the API shows it. Tells whether the row was
    /// there.
    pub fn edit(&self, id: &str, edit: impl FnOnce(&mut Value)) -> bool {
        let mut world = self.world();
        let Some(kind) = world.kind_of(id) else { return false };
        let Some(row) = world.row(kind, id) else { return false };
        let new = edited(row, edit);
        let gone: Vec<_> = row.keys().filter(|key| new.get(key).is_none()).cloned().collect();
        let mut patch = new;
        patch.remove("id");
        // An unchanged place must not look like a given one.
        patch.retain(|key| key != "usualPlaceOfResidenceLocationId" || !kind.is_person());
        for key in gone {
            if let Some(row) = world.row_mut(kind, id) {
                row.remove(&key);
            }
        }
        world.change(kind, id, patch, BY)
    }

    /// Gives a case another classification: a reference-data id, or its last part such as
    /// `CONFIRMED`.
    pub fn reclassify(&self, id: &str, classification: &str) -> bool {
        let classification = if classification.starts_with("LNG_") {
            classification.to_owned()
        } else {
            reference("CASE_CLASSIFICATION", classification)
        };
        let mut patch = Object::default();
        patch.set("classification", classification);
        self.world().change(Kind::Case, id, patch, BY)
    }

    /// Deletes a row softly. Tells whether a live one was there.
    pub fn delete(&self, id: &str) -> bool {
        let mut world = self.world();
        world.kind_of(id).is_some_and(|kind| world.remove(kind, id, BY))
    }

    /// Brings a deleted row back.
    pub fn restore(&self, id: &str) -> bool {
        let mut world = self.world();
        world.kind_of(id).is_some_and(|kind| world.bring_back(kind, id, BY))
    }

    /// Merges persons of one kind: a new row, and the old ones deleted. Gives the new id.
    pub fn merge(&self, ids: &[&str]) -> Option<String> {
        let mut world = self.world();
        let kind = world.person(ids.first()?)?.0;
        world.unite(kind, ids, Object::default(), BY).map(|id| id.to_string())
    }

    /// Makes a person another kind of person; the id stays.
    pub fn convert(&self, id: &str, to: Kind) -> bool {
        self.world().turn_into(id, to, BY)
    }

    /// A row as the API shows it, deleted or not.
    #[must_use]
    pub fn record(&self, id: &str) -> Option<Value> {
        let world = self.world();
        let kind = world.kind_of(id)?;
        world.row(kind, id).map(|row| Value::from(&Doc::Object(row.clone())))
    }

    /// The live rows of a kind in the first outbreak, or of the server where the kind belongs to no
    /// outbreak, by id.
    #[must_use]
    pub fn records(&self, kind: Kind) -> Vec<Value> {
        self.records_in(&self.outbreak_id(), kind)
    }

    /// The live rows of a kind in an outbreak, or of the server where the kind belongs to no outbreak,
    /// by id.
    #[must_use]
    pub fn records_in(&self, outbreak_id: &str, kind: Kind) -> Vec<Value> {
        let world = self.world();
        world
            .rows(kind)
            .filter(|row| !row.is_true("deleted"))
            .filter(|row| !kind.is_of_an_outbreak() || row.text("outbreakId") == Some(outbreak_id))
            .map(|row| Value::from(&Doc::Object(row.clone())))
            .collect()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }
}

impl fmt::Debug for GoData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoData").field("url", &self.url()).finish_non_exhaustive()
    }
}

/// The id of a reference-data item, such as `reference("GENDER", "FEMALE")`.
#[must_use]
pub fn reference(category: &str, value: &str) -> String {
    format!("LNG_REFERENCE_DATA_CATEGORY_{category}_{value}")
}

fn lock(world: &Shared) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

fn object_of(value: Value) -> Object {
    match Doc::from(value).with_body_dates() {
        Doc::Object(object) => object,
        _ => Object::default(),
    }
}

fn edited(row: &Object, edit: impl FnOnce(&mut Value)) -> Object {
    let mut value = Value::from(&Doc::Object(row.clone()));
    edit(&mut value);
    object_of(value)
}

/// The page that any path outside the API gives.
const START_PAGE: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
<title>Go.Data</title></head><body><app-root></app-root></body></html>\n";

async fn answer(
    State(world): State<Shared>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path();
    if path == "/status" {
        return respond(&headers, Ok(status(&lock(&world))));
    }
    if path != "/api" && !path.starts_with("/api/") {
        return respond(&headers, Ok(Reply::html(START_PAGE)));
    }
    let call = Call::new(method, &uri, headers, body);
    let outcome = routes::answer(&mut lock(&world), &call);
    match outcome {
        Outcome::Answer(answer) => respond(&call.headers, answer),
        Outcome::Cut => connection.cut(),
        Outcome::HeadTooLong => {
            let close = [(header::CONNECTION, HeaderValue::from_static("close"))];
            (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, close, Body::empty()).into_response()
        }
    }
}

fn status(world: &World) -> Reply {
    let up = world.clock.now().signed_duration_since(world.started);
    let mut answer = Object::default();
    answer.set("started", Doc::Date(world.started.timestamp_millis()));
    #[expect(clippy::cast_precision_loss, reason = "seconds of up-time are small")]
    answer.set("uptime", Doc::Float(up.num_milliseconds() as f64 / 1000.0));
    Reply::json(&answer)
}
