//! The table: every endpoint once, with its good answer and the call that asks for it.

use futures_util::{FutureExt as _, future::BoxFuture};
use godata_client::{
    AttachedRecord, Client, Error, Export, ExportOptions, PersonRecord, PersonRef, Query,
    RecordKind, SaveError, Writer,
    models::{
        Case, Contact, ContactOfContact, Event, FollowUp, LabResult, Location, LocationNode,
        Outbreak, ReferenceItem, Relationship,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{OUTBREAK, USER_ID};

/// What the call makes of the answer's body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// It is decoded.
    Model,
    /// Nothing is read from it.
    Nothing,
    /// It is handed on as it is.
    File,
}

type Call = Box<dyn Fn(Client) -> BoxFuture<'static, Result<Value, Error>>>;

pub(super) struct Endpoint {
    pub(super) name: String,
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) answer: Answer,
    /// What the server answers when all is well.
    pub(super) good: Value,
    /// What the caller then sees.
    pub(super) seen: Value,
    /// How many times one call asks for it.
    pub(super) n_requests: usize,
    /// Whether a lost answer may be asked for again.
    pub(super) is_repeated: bool,
    /// Whether a record that is missing is created rather than reported.
    pub(super) creates_missing: bool,
    /// What else the call asks for: method, path, answer.
    pub(super) around: Vec<(&'static str, String, Value)>,
    pub(super) call: Call,
}

impl Endpoint {
    fn new<F>(
        name: impl Into<String>,
        method: &'static str,
        path: impl Into<String>,
        good: Value,
        call: impl Fn(Client) -> F + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Value, Error>> + Send + 'static,
    {
        Self {
            name: name.into(),
            method,
            path: path.into(),
            answer: if good.is_null() { Answer::Nothing } else { Answer::Model },
            seen: good.clone(),
            good,
            n_requests: 1,
            is_repeated: !matches!(method, "POST" | "PATCH"),
            creates_missing: false,
            around: Vec::new(),
            call: Box::new(move |client| call(client).boxed()),
        }
    }

    fn seen(self, seen: Value) -> Self {
        Self { seen, ..self }
    }

    fn around(mut self, method: &'static str, path: impl Into<String>, answer: Value) -> Self {
        self.around.push((method, path.into(), answer));
        self
    }

    fn creating_missing(self, list: impl Into<String>) -> Self {
        let created = self.good.clone();
        Self { creates_missing: true, ..self }.around("POST", list, created)
    }

    pub(super) fn is_write(&self) -> bool {
        self.method != "GET"
    }

    /// The permission that the refusal names, another one for every endpoint.
    pub(super) fn permission(&self) -> String {
        self.name.replace(' ', "_")
    }
}

pub(super) fn me_with(active_outbreak: &str) -> Value {
    json!({"id": USER_ID, "activeOutbreakId": active_outbreak})
}

pub(super) fn me_path() -> String {
    format!("/api/users/{USER_ID}")
}

pub(super) fn all() -> Vec<Endpoint> {
    let mut table = Vec::new();
    table.extend(people::<Case>());
    table.extend(people::<Contact>());
    table.extend(people::<ContactOfContact>());
    table.extend(people::<Event>());
    table.extend(attached::<FollowUp>());
    table.extend(attached::<LabResult>());
    table.extend(attached::<Relationship>());
    table.extend(setup());
    table.extend(exports());
    table.extend(active_outbreak());
    table.extend(lists());
    table.extend(escape_hatch());
    table
}

async fn writer(client: &Client) -> Result<Writer, Error> {
    client.outbreak(OUTBREAK).writer().await
}

fn model<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

fn shown<T: Serialize>(model: T) -> Value {
    serde_json::to_value(model).unwrap()
}

/// A record as it is sent, with a name that no error may show.
fn numbered<T: DeserializeOwned>() -> T {
    model(json!({"visualId": "N-1", "name": super::PLANTED, "firstName": super::PLANTED}))
}

fn people<T: PersonRecord>() -> Vec<Endpoint> {
    let noun = T::KIND.as_str();
    let list = format!("/api/outbreaks/{OUTBREAK}/{noun}");
    let one = format!("{list}/R-1");
    let record = json!({"id": "R-1", "visualId": "N-1"});
    let mut bulk = Endpoint::new(
        format!("bulk upsert of {noun}"),
        "POST",
        &list,
        record.clone(),
        |client| async move {
            let two: [T; 2] = [numbered(), model(json!({"visualId": "N-2"}))];
            let upserted = writer(&client).await?.upsert_all(two, 1).await;
            let mut records = Vec::new();
            for upserted in upserted {
                records.push(shown(upserted?.record));
            }
            Ok(Value::Array(records))
        },
    )
    .around("GET", &list, json!([]))
    .seen(json!([record, record]));
    bulk.n_requests = 2;
    vec![
        bulk,
        Endpoint::new(
            format!("create in {noun}"),
            "POST",
            &list,
            record.clone(),
            |client| async move { Ok(shown(writer(&client).await?.create(&numbered::<T>()).await?)) },
        ),
        Endpoint::new(
            format!("update in {noun}"),
            "PUT",
            &one,
            record.clone(),
            |client| async move {
                Ok(shown(writer(&client).await?.update("R-1", &numbered::<T>()).await?))
            },
        ),
        Endpoint::new(
            format!("upsert of a new one in {noun}"),
            "POST",
            &list,
            record.clone(),
            |client| async move {
                Ok(shown(writer(&client).await?.upsert(&numbered::<T>()).await?.record))
            },
        )
        .around("GET", &list, json!([])),
        Endpoint::new(
            format!("upsert of a known one in {noun}"),
            "PUT",
            &one,
            record.clone(),
            |client| async move {
                Ok(shown(writer(&client).await?.upsert(&numbered::<T>()).await?.record))
            },
        )
        .around("GET", &list, json!([record])),
        Endpoint::new(
            format!("look-up before an upsert in {noun}"),
            "GET",
            &list,
            json!([record]),
            |client| async move {
                Ok(shown(writer(&client).await?.upsert(&numbered::<T>()).await?.record))
            },
        )
        .around("PUT", &one, record.clone())
        .seen(record.clone()),
        Endpoint::new(
            format!("delete from {noun}"),
            "DELETE",
            &one,
            Value::Null,
            |client| async move { writer(&client).await?.delete::<T>("R-1").await.map(Value::from) },
        ),
        Endpoint::new(
            format!("restore in {noun}"),
            "POST",
            format!("{one}/restore"),
            Value::Null,
            |client| async move { writer(&client).await?.restore::<T>("R-1").await.map(Value::from) },
        ),
    ]
}

fn attached<T: AttachedRecord>() -> Vec<Endpoint> {
    let noun = T::LIST;
    let list = format!("/api/outbreaks/{OUTBREAK}/cases/P-1/{noun}");
    let one = format!("{list}/R-1");
    let record = json!({"id": "R-1"});
    let of = || PersonRef::case("P-1");
    vec![
        Endpoint::new(
            format!("create in {noun}"),
            "POST",
            &list,
            record.clone(),
            move |client| async move {
                Ok(shown(writer(&client).await?.create_of(&of(), &numbered::<T>()).await?))
            },
        ),
        Endpoint::new(
            format!("update in {noun}"),
            "PUT",
            &one,
            record.clone(),
            move |client| async move {
                let changes = numbered::<T>();
                Ok(shown(writer(&client).await?.update_of(&of(), "R-1", &changes).await?))
            },
        ),
        Endpoint::new(
            format!("upsert of a new one in {noun}"),
            "POST",
            &list,
            record.clone(),
            move |client| async move {
                let new = numbered::<T>();
                Ok(shown(writer(&client).await?.upsert_of(&of(), &new).await?.record))
            },
        ),
        Endpoint::new(
            format!("upsert of a known one in {noun}"),
            "PUT",
            &one,
            record.clone(),
            move |client| async move {
                let known = model::<T>(json!({"id": "R-1"}));
                Ok(shown(writer(&client).await?.upsert_of(&of(), &known).await?.record))
            },
        )
        .creating_missing(&list),
        Endpoint::new(
            format!("delete from {noun}"),
            "DELETE",
            &one,
            Value::Null,
            move |client| async move {
                writer(&client).await?.delete_of::<T>(&of(), "R-1").await.map(Value::from)
            },
        ),
    ]
}

/// Create, update, upsert and delete of what outbreaks are set up from.
macro_rules! setup {
    ($noun:literal, $model:ty: $create:ident, $update:ident, $upsert:ident, $delete:ident) => {{
        let list = concat!("/api/", $noun);
        let one = concat!("/api/", $noun, "/R-1");
        let record = json!({"id": "R-1", "name": "Newtown"});
        [
            Endpoint::new(concat!("create in ", $noun), "POST", list, record.clone(), |client| {
                async move { Ok(shown(client.$create(&numbered::<$model>()).await?)) }
            }),
            Endpoint::new(concat!("update in ", $noun), "PUT", one, record.clone(), |client| {
                async move { Ok(shown(client.$update("R-1", &numbered::<$model>()).await?)) }
            }),
            Endpoint::new(concat!("upsert in ", $noun), "PUT", one, record, |client| async move {
                let known = model::<$model>(json!({"id": "R-1", "name": super::PLANTED}));
                Ok(shown(client.$upsert(&known).await?.record))
            })
            .creating_missing(list),
            Endpoint::new(concat!("delete from ", $noun), "DELETE", one, Value::Null, |client| {
                async move { client.$delete("R-1").await.map(Value::from) }
            }),
        ]
    }};
}

fn setup() -> impl Iterator<Item = Endpoint> {
    let locations = setup!("locations", Location:
        create_location, update_location, upsert_location, delete_location);
    let items = setup!("reference-data", ReferenceItem:
        create_reference_item, update_reference_item, upsert_reference_item, delete_reference_item);
    let outbreaks = setup!("outbreaks", Outbreak:
        create_outbreak, update_outbreak, upsert_outbreak, delete_outbreak);
    locations.into_iter().chain(items).chain(outbreaks)
}

fn exports() -> Vec<Endpoint> {
    const JOB: &str = "/api/export-logs/J-1";
    let started = json!({"exportLogId": "J-1"});
    let done = json!({"status": "LNG_SYNC_STATUS_SUCCESS", "processedNo": 3, "totalNo": 3});
    let mut table = Vec::new();
    for kind in
        [RecordKind::Case, RecordKind::Contact, RecordKind::ContactOfContact, RecordKind::Event]
    {
        let path = format!("/api/outbreaks/{OUTBREAK}/{}/export", kind.as_str());
        let name = format!("export of {}", kind.as_str());
        let start = Endpoint::new(name, "GET", path, started.clone(), move |client| async move {
            Ok(json!(export(&client, kind).await?.id()))
        });
        // Each call starts a job of its own.
        table.push(Endpoint { is_repeated: false, ..start.seen(json!("J-1")) });
    }
    let cases = format!("/api/outbreaks/{OUTBREAK}/cases/export");
    let poll = Endpoint::new("progress of an export", "GET", JOB, done, |client| async move {
        Ok(json!(export(&client, RecordKind::Case).await?.progress().await?.is_done))
    });
    table.push(poll.around("GET", &cases, started.clone()).seen(json!(true)));
    let rows = json!([{"_id": "R-1"}]);
    let path = format!("{JOB}/download");
    let download = Endpoint::new("download of an export", "GET", path, rows, |client| async move {
        let mut file = Vec::new();
        let export = export(&client, RecordKind::Case).await?;
        match export.download().await?.save(&mut file).await {
            Ok(_) => Ok(serde_json::from_slice(&file).unwrap_or_default()),
            Err(SaveError::Download(error)) => Err(error),
            Err(other) => panic!("memory can be written to: {other:?}"),
        }
    });
    let download = download.around("GET", &cases, started);
    // The server deletes the file after the first try.
    table.push(Endpoint { is_repeated: false, answer: Answer::File, ..download });
    table
}

async fn export(client: &Client, kind: RecordKind) -> Result<Export, Error> {
    client.outbreak(OUTBREAK).export(kind, &ExportOptions::json()).await
}

fn active_outbreak() -> Vec<Endpoint> {
    let check = Endpoint::new(
        "check of the active outbreak",
        "GET",
        me_path(),
        me_with(OUTBREAK),
        |client| async move { Ok(json!(writer(&client).await?.outbreak().id())) },
    );
    let set =
        Endpoint::new(
            "setting the active outbreak",
            "PATCH",
            me_path(),
            json!({}),
            |client| async move {
                Ok(json!(client.outbreak(OUTBREAK).activate().await?.outbreak().id()))
            },
        )
        .around("GET", me_path(), me_with("another"))
        .seen(json!(OUTBREAK));
    vec![
        check.seen(json!(OUTBREAK)),
        // Setting it twice is the same as setting it once.
        Endpoint { is_repeated: true, answer: Answer::Nothing, ..set },
    ]
}

fn list<T: DeserializeOwned + Serialize + Send + 'static>(
    path: &str,
    query: fn(&Client) -> Query<T>,
) -> Endpoint {
    let rows = json!([{"id": "R-1"}, {"id": "R-2"}]);
    Endpoint::new(format!("list at {path}"), "GET", path, rows, move |client| async move {
        Ok(shown(query(&client).all().await?))
    })
}

fn lists() -> Vec<Endpoint> {
    let clusters = format!("/api/outbreaks/{OUTBREAK}/clusters");
    let trees = json!([{"location": {"id": "R-1"}, "children": []}]);
    let of_outbreak = format!("/api/outbreaks/{OUTBREAK}/locations/hierarchical");
    let tokens =
        json!({"languageId": "english_us", "tokens": [{"token": "T", "translation": "t"}]});
    let lists = json!([{"id": "R-1", "categoryId": "K"}]);
    let places = |trees: &[LocationNode]| -> Value {
        trees.iter().map(|tree| shown(&tree.location)).collect()
    };
    vec![
        list("/api/reference-data", Client::reference_data),
        list("/api/users", Client::users),
        list("/api/teams", Client::teams),
        list("/api/locations", Client::locations),
        list("/api/outbreaks", Client::outbreaks),
        list(&clusters, |client| client.outbreak(OUTBREAK).clusters()),
        Endpoint::new("ids of value lists", "GET", "/api/reference-data", lists, |client| {
            async move { Ok(shown(client.reference_ids().await?)) }
        })
        .seen(json!({"K": ["R-1"]})),
        Endpoint::new(
            "language tokens",
            "GET",
            "/api/languages/english_us/language-tokens",
            tokens,
            |client| async move { Ok(shown(client.language_tokens("english_us", &["T"]).await?)) },
        ),
        Endpoint::new("places", "GET", "/api/locations/hierarchical", trees.clone(), move |client| {
            async move { Ok(places(&client.location_tree().await?)) }
        })
        .seen(json!([{"id": "R-1"}])),
        Endpoint::new("places of an outbreak", "GET", of_outbreak, trees, move |client| {
            async move { Ok(places(&client.outbreak(OUTBREAK).location_tree().await?)) }
        })
        .seen(json!([{"id": "R-1"}])),
        Endpoint::new("own account", "GET", me_path(), me_with(OUTBREAK), |client| async move {
            Ok(shown(client.me().await?))
        }),
    ]
}

fn escape_hatch() -> Vec<Endpoint> {
    const PATH: &str = "/api/roles";
    let role = || json!({"id": "R-1"});
    vec![
        Endpoint::new("any GET", "GET", PATH, role(), |client| async move {
            client.get(&["roles"], &[]).await
        }),
        Endpoint::new("any POST", "POST", PATH, role(), |client| async move {
            client.post(&["roles"], &json!({})).await
        }),
        Endpoint::new("any PUT", "PUT", PATH, role(), |client| async move {
            client.put(&["roles"], &json!({})).await
        }),
        Endpoint::new("any PATCH", "PATCH", PATH, role(), |client| async move {
            client.patch(&["roles"], &json!({})).await
        }),
        Endpoint::new("any DELETE", "DELETE", PATH, Value::Null, |client| async move {
            client.delete(&["roles"]).await.map(Value::from)
        }),
    ]
}
