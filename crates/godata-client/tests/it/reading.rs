//! Pages, fields, filters and counts as they go over the wire.

use std::error::Error as _;

use futures_util::TryStreamExt as _;
use godata_client::{ErrorKind, Filter, Query, RecordKind, models::Case};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, Respond, ResponseTemplate,
    matchers::{method, path, path_regex},
};

use crate::{OUTBREAK, client, server};

/// Answers list requests as the server does: `where` on ids, `order`, `limit`.
struct Rows(Vec<Value>);

impl Respond for Rows {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let filter = filter_of(request);
        let limit = filter["limit"].as_u64().unwrap() as usize;
        let order = &filter["order"];
        assert!(order == &json!(["id ASC"]) || order == &json!(["_id ASC"]), "{order}");
        let mut rows: Vec<_> =
            self.0.iter().filter(|row| admits(&filter["where"], row)).cloned().collect();
        rows.sort_by(|a, b| a["id"].as_str().cmp(&b["id"].as_str()));
        rows.truncate(limit);
        ResponseTemplate::new(200).set_body_json(rows)
    }
}

/// `and` and the conditions on `id`; anything else admits all.
fn admits(condition: &Value, row: &Value) -> bool {
    let id = row["id"].as_str().unwrap_or_default();
    condition.as_object().unwrap().iter().all(|(key, value)| match key.as_str() {
        "and" => value.as_array().unwrap().iter().all(|part| admits(part, row)),
        "id" => {
            let (operator, value) = value.as_object().unwrap().iter().next().unwrap();
            match (operator.as_str(), value) {
                ("gt", Value::String(bound)) => id > bound.as_str(),
                ("gte", Value::String(bound)) => id >= bound.as_str(),
                ("lt", Value::String(bound)) => id < bound.as_str(),
                ("inq", Value::Array(ids)) => ids.iter().any(|wanted| wanted == id),
                other => panic!("{other:?}"),
            }
        }
        _ => true,
    })
}

fn filter_of(request: &Request) -> Value {
    let text = match request.method.as_str() {
        "GET" => {
            let (_, text) = request.url.query_pairs().find(|(name, _)| name == "filter").unwrap();
            text.into_owned()
        }
        _ => {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            body["filter"].to_string()
        }
    };
    serde_json::from_str(&text).unwrap()
}

async fn server_with(rows: Vec<Value>) -> MockServer {
    let server = server().await;
    Mock::given(path_regex("^/api/outbreaks")).respond_with(Rows(rows)).mount(&server).await;
    server
}

async fn filters(server: &MockServer) -> Vec<Value> {
    let requests = server.received_requests().await.unwrap();
    requests.iter().filter(|it| it.url.path() != "/api/users/login").map(filter_of).collect()
}

fn numbered(n: usize) -> Vec<Value> {
    // Spread over the whole range of ids, as UUIDs are.
    (0..n).map(|i| json!({"id": format!("{:08x}", i as u32 * 0x0100_0193)})).collect()
}

async fn ids(query: &Query<Value>) -> Vec<String> {
    let mut pages = query.raw_pages();
    let mut ids = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        for record in page.records() {
            let record: Value = serde_json::from_str(record.json()).unwrap();
            ids.push(record["id"].as_str().unwrap().to_owned());
        }
    }
    ids
}

#[tokio::test]
async fn pages_follow_the_last_id_until_one_is_short() {
    let server = server_with(numbered(25)).await;
    let client = client(&server.uri());
    let query = client.outbreak(OUTBREAK).records(RecordKind::Case).page_size(10);
    let read = ids(&query).await;
    assert_eq!(read.len(), 25);
    assert!(read.is_sorted());
    let filters = filters(&server).await;
    assert_eq!(
        filters,
        [
            json!({"where": {}, "order": ["id ASC"], "limit": 10}),
            json!({"where": {"id": {"gt": read[9]}}, "order": ["id ASC"], "limit": 10}),
            json!({"where": {"id": {"gt": read[19]}}, "order": ["id ASC"], "limit": 10}),
        ]
    );
}

#[tokio::test]
async fn a_full_last_page_is_followed_by_an_empty_one() {
    for (n, n_requests) in [(0, 1), (9, 1), (10, 2), (20, 3)] {
        let server = server_with(numbered(n)).await;
        let client = client(&server.uri());
        let query = client.outbreak(OUTBREAK).records(RecordKind::Case).page_size(10);
        assert_eq!(ids(&query).await.len(), n);
        assert_eq!(filters(&server).await.len(), n_requests, "{n} rows");
    }
}

#[tokio::test]
async fn ranges_side_by_side_bring_every_record_once() {
    for n_pages in [2, 3, 4, 7] {
        let server = server_with(numbered(200)).await;
        let client = client(&server.uri());
        let query = client
            .outbreak(OUTBREAK)
            .records(RecordKind::Contact)
            .page_size(10)
            .pages_in_flight(n_pages);
        let mut read = ids(&query).await;
        assert_eq!(read.len(), 200);
        read.sort();
        read.dedup();
        assert_eq!(read.len(), 200, "{n_pages} at a time");
    }
}

/// Each kind: its address, and the order that its route understands.
#[tokio::test]
async fn every_kind_has_its_route() {
    for (kind, list, order) in [
        (RecordKind::Case, "cases", "id ASC"),
        (RecordKind::Contact, "contacts", "id ASC"),
        (RecordKind::ContactOfContact, "contacts-of-contacts", "id ASC"),
        (RecordKind::Event, "events", "id ASC"),
        (RecordKind::FollowUp, "follow-ups", "_id ASC"),
        (RecordKind::LabResult, "lab-results/aggregate", "_id ASC"),
        (RecordKind::Relationship, "relationships", "id ASC"),
    ] {
        let server = server_with(numbered(3)).await;
        let client = client(&server.uri());
        assert_eq!(ids(&client.outbreak(OUTBREAK).records(kind)).await.len(), 3);
        let requests = server.received_requests().await.unwrap();
        let list_request = requests.last().unwrap();
        assert_eq!(list_request.url.path(), format!("/api/outbreaks/{OUTBREAK}/{list}"));
        assert_eq!(filter_of(list_request)["order"], json!([order]), "{kind}");
    }
}

/// 2.50.3 leaves dotted names out of the answer (recording `cases-fields-nested`).
#[tokio::test]
async fn fields_name_the_outer_property_and_always_the_id() {
    let server = server_with(numbered(1)).await;
    let client = client(&server.uri());
    let outbreak = client.outbreak(OUTBREAK);
    let query = outbreak.cases().fields(["age.years", "age.months", "addresses.locationId", ""]);
    query.all().await.unwrap();
    assert_eq!(filters(&server).await[0]["fields"], json!(["addresses", "age", "id"]));
}

#[tokio::test]
async fn filters_add_up_and_deleted_rows_are_asked_for_at_the_top() {
    let server = server_with(numbered(1)).await;
    let client = client(&server.uri());
    let outbreak = client.outbreak(OUTBREAK);
    let query = outbreak
        .cases()
        .filter(Filter::field("classification").eq("X"))
        .filter(Filter::field("age.years").gte(5));
    query.clone().including_deleted().all().await.unwrap();
    query.only_deleted().all().await.unwrap();
    let filters = filters(&server).await;
    let both = json!([{"classification": "X"}, {"age.years": {"gte": 5}}]);
    assert_eq!(
        (&filters[0]["where"], &filters[0]["deleted"]),
        (&json!({"and": both}), &json!(true))
    );
    let only =
        json!({"and": [{"classification": "X"}, {"age.years": {"gte": 5}}, {"deleted": true}]});
    assert_eq!((&filters[1]["where"], &filters[1]["deleted"]), (&only, &json!(true)));
}

#[tokio::test]
async fn one_unreadable_record_does_not_touch_the_others() {
    let rows = vec![
        json!({"id": "a", "age": {"years": 7}}),
        json!({"id": "b", "age": "Planted Name"}),
        json!({"id": "c", "firstName": {"Planted": "Name"}}),
        json!({"id": "d"}),
    ];
    let server = server_with(rows).await;
    let client = client(&server.uri());
    let outbreak = client.outbreak(OUTBREAK);
    let page = outbreak.cases().pages().next().await.unwrap().unwrap();
    let is_good: Vec<_> = page.records.iter().map(Result::is_ok).collect();
    assert_eq!(is_good, [true, false, false, true]);

    let bad = page.records[1].as_ref().unwrap_err();
    assert_eq!((bad.origin().page, bad.origin().record), (1, 2));
    assert_eq!(
        bad.to_string(),
        "case 2 of page 1 cannot be read at `age`: invalid type, expected a JSON object (Age)"
    );
    let text = format!("{:?}", page.records);
    assert!(!text.contains("Planted"), "{text}");

    let error = outbreak.cases().all().await.unwrap_err();
    assert!(error.source().unwrap().to_string().contains("`age` of case 2 of page 1"), "{error:?}");
}

#[tokio::test]
async fn raw_records_know_where_they_came_from() {
    let server = server_with(numbered(5)).await;
    let client = client(&server.uri());
    let query = client.outbreak(OUTBREAK).records(RecordKind::LabResult).page_size(2);
    let pages: Vec<_> = query.raw_pages().into_stream().try_collect().await.unwrap();
    let origins: Vec<_> =
        pages.iter().flat_map(|page| page.records().map(|it| it.origin().to_string())).collect();
    assert_eq!(
        origins,
        [
            "lab result 1 of page 1",
            "lab result 2 of page 1",
            "lab result 1 of page 2",
            "lab result 2 of page 2",
            "lab result 1 of page 3",
        ]
    );
    for page in &pages {
        let whole: Vec<Value> = serde_json::from_slice(page.bytes()).unwrap();
        let single: Vec<Value> =
            page.records().map(|it| serde_json::from_slice(it.bytes()).unwrap()).collect();
        assert_eq!(whole, single);
    }
}

#[tokio::test]
async fn progress_is_visible_as_pages_arrive() {
    let server = server_with(numbered(25)).await;
    let client = client(&server.uri());
    let mut pages = client.outbreak(OUTBREAK).records(RecordKind::Case).page_size(10).raw_pages();
    let mut seen = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        let progress = pages.progress();
        assert!(progress.n_bytes >= page.n_bytes() as u64);
        seen.push((progress.n_pages, progress.n_records));
    }
    assert_eq!(seen, [(1, 10), (2, 20), (3, 25)]);
    assert!(pages.next().await.unwrap().is_none(), "the end stays the end");
}

#[tokio::test]
async fn typed_records_come_as_a_stream_over_all_pages() {
    let server = server_with(numbered(25)).await;
    let client = client(&server.uri());
    let records = client.outbreak(OUTBREAK).cases().page_size(10).pages().into_records();
    let records: Vec<Result<Case, _>> = records.try_collect().await.unwrap();
    assert_eq!(records.len(), 25);
}

async fn error_for_body(body: &'static str) -> godata_client::Error {
    let server = server().await;
    let answer = ResponseTemplate::new(200).set_body_raw(body, "application/json");
    Mock::given(path_regex("^/api/outbreaks")).respond_with(answer).mount(&server).await;
    client(&server.uri()).outbreak(OUTBREAK).cases().all().await.unwrap_err()
}

#[tokio::test]
async fn garbage_in_place_of_a_list_is_an_error_that_says_what_it_is() {
    for (body, is_cut) in [
        ("{\"count\": 5}", false),
        ("[{\"id\": \"a\"} {\"id\": \"Planted\"}]", false),
        ("[{\"id\": \"a\"}, {\"id\": \"Plan", true),
        ("[{\"id\": \"a\"},", true),
    ] {
        let error = error_for_body(body).await;
        assert!(error.is_decode(), "{body}: {error:?}");
        assert_eq!(error.is_cut(), is_cut, "{body}: {error:?}");
        assert!(!format!("{error:?}").contains("Plan"), "{error:?}");
    }
    assert!(error_for_body("<html><title>Login</title>").await.is_html());
    assert!(error_for_body("").await.is_decode());
}

/// A cut answer is asked for again before it is an error.
#[tokio::test]
async fn a_list_that_ends_too_early_is_asked_for_again() {
    let server = server().await;
    Mock::given(path_regex("^/api/outbreaks"))
        .respond_with(ResponseTemplate::new(200).set_body_raw("[{\"id\":\"a", "application/json"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(path_regex("^/api/outbreaks")).respond_with(Rows(numbered(3))).mount(&server).await;
    let client = client(&server.uri());
    assert_eq!(client.outbreak(OUTBREAK).cases().all().await.unwrap().len(), 3);
}

/// A server (or a proxy's cache) that ignores the condition would send the first page for ever.
#[tokio::test]
async fn a_server_that_ignores_the_cursor_is_noticed() {
    let server = server().await;
    let same_page = ResponseTemplate::new(200).set_body_json(numbered(10));
    Mock::given(path_regex("^/api/outbreaks")).respond_with(same_page).mount(&server).await;
    let client = client(&server.uri());
    let error = client.outbreak(OUTBREAK).cases().page_size(10).all().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Paging { .. }), "{error:?}");
}

#[tokio::test]
async fn rows_without_an_id_cannot_be_paged() {
    let server = server().await;
    let rows = ResponseTemplate::new(200).set_body_json(json!([{"name": "x"}]));
    Mock::given(path_regex("^/api/outbreaks")).respond_with(rows).mount(&server).await;
    let client = client(&server.uri());
    let error = client.outbreak(OUTBREAK).cases().all().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Paging { .. }), "{error:?}");
}

/// A proxy gives up on a large page; smaller ones pass.
#[tokio::test]
async fn pages_become_smaller_where_the_server_cannot_make_them() {
    struct GivesUpAbove(u64, Rows);
    impl Respond for GivesUpAbove {
        fn respond(&self, request: &Request) -> ResponseTemplate {
            match filter_of(request)["limit"].as_u64().unwrap() {
                limit if limit > self.0 => ResponseTemplate::new(504).set_body_raw("", "text/html"),
                _ => self.1.respond(request),
            }
        }
    }
    let server = server().await;
    Mock::given(path_regex("^/api/outbreaks"))
        .respond_with(GivesUpAbove(100, Rows(numbered(150))))
        .mount(&server)
        .await;
    let client = client(&server.uri());
    let read = client.outbreak(OUTBREAK).cases().page_size(1000).all().await.unwrap();
    assert_eq!(read.len(), 150);
}

fn uuid(i: u32) -> String {
    format!("{i:08x}-0000-4000-8000-000000000000")
}

/// 16 KiB is Node's limit for an address (recordings `url-length-*`).
#[tokio::test]
async fn a_long_list_of_ids_is_cut_into_requests_that_fit() {
    let rows = (0..2000).map(|i| json!({"id": uuid(i)})).collect();
    let server = server_with(rows).await;
    mount_me(&server, None).await;
    let client = client(&server.uri());
    let wanted: Vec<_> = (0..1000).map(|i| uuid(2 * i)).collect();
    let query = client
        .outbreak(OUTBREAK)
        .records(RecordKind::Case)
        .filter(Filter::field("id").is_in(&wanted))
        .page_size(100);
    let mut read = ids(&query).await;
    read.sort();
    assert_eq!(read, wanted);
    for request in server.received_requests().await.unwrap() {
        assert!(request.url.as_str().len() < 15_100, "{}", request.url.as_str().len());
    }
}

/// A record can match several parts of a list that was cut, if the field is a list itself.
#[tokio::test]
async fn a_record_that_matches_several_parts_comes_once() {
    let server = server_with(numbered(5)).await;
    let client = client(&server.uri());
    let codes: Vec<_> = (0..1000).map(uuid).collect();
    let query = client
        .outbreak(OUTBREAK)
        .records(RecordKind::Relationship)
        .filter(Filter::field("persons.id").is_in(&codes));
    assert_eq!(ids(&query).await.len(), 5);
    assert_eq!(filters(&server).await.len(), 5, "five parts of 200 values");
}

async fn mount_me(server: &MockServer, active_outbreak: Option<&str>) {
    Mock::given(path_regex("^/api/users/45dabb01"))
        .respond_with(
            ResponseTemplate::new(200).set_body_json(json!({"activeOutbreakId": active_outbreak})),
        )
        .mount(server)
        .await;
}

/// POST is for the active outbreak only (recording `cases-filter-post`), and the filter must stand
/// under `filter` (recording `cases-filter-post-bare-active`).
#[tokio::test]
async fn a_long_filter_is_posted_where_the_outbreak_is_active() {
    let server = server().await;
    mount_me(&server, Some(OUTBREAK)).await;
    Mock::given(method("POST"))
        .and(path(format!("/api/outbreaks/{OUTBREAK}/cases/filter")))
        .respond_with(Rows(numbered(25)))
        .expect(3)
        .mount(&server)
        .await;
    let client = client(&server.uri());
    let long = Filter::any((0..400).map(|i| Filter::field("visualId").like(uuid(i))));
    let query = client.outbreak(OUTBREAK).records(RecordKind::Case).filter(long).page_size(10);
    assert_eq!(ids(&query).await.len(), 25);
}

#[tokio::test]
async fn a_long_filter_that_cannot_be_cut_is_refused_before_sending() {
    let server = server_with(numbered(5)).await;
    mount_me(&server, Some("another outbreak")).await;
    let client = client(&server.uri());
    let long = Filter::any((0..400).map(|i| Filter::field("visualId").like(uuid(i))));
    let query = client.outbreak(OUTBREAK).cases().filter(long);
    for error in [query.all().await.unwrap_err(), query.count().await.unwrap_err()] {
        assert!(matches!(error.kind(), ErrorKind::FilterTooLong { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_filter_that_cannot_be_sent_is_refused_before_sending() {
    let server = server_with(numbered(5)).await;
    let client = client(&server.uri());
    let query = client.outbreak(OUTBREAK).cases().filter(Filter::field("a").eq("2020-13-45"));
    let error = query.all().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Filter(_)), "{error:?}");
    assert!(error.exchange().is_none());
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn counts_send_the_same_condition_to_the_route_that_honours_it() {
    for (kind, count_path, parameter) in [
        (RecordKind::Case, "cases/filtered-count", "filter"),
        (RecordKind::Contact, "contacts/filtered-count", "filter"),
        (RecordKind::ContactOfContact, "contacts-of-contacts/filtered-count", "filter"),
        (RecordKind::Event, "events/filtered-count", "filter"),
        (RecordKind::FollowUp, "follow-ups/filtered-count", "filter"),
        (RecordKind::LabResult, "lab-results/filtered-count", "filter"),
        (RecordKind::Relationship, "relationships/count", "where"),
    ] {
        let server = server().await;
        Mock::given(method("GET"))
            .and(path(format!("/api/outbreaks/{OUTBREAK}/{count_path}")))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({"count": 31})))
            .expect(1)
            .mount(&server)
            .await;
        let client = client(&server.uri());
        let query = client.outbreak(OUTBREAK).records(kind).filter(Filter::field("x").gte(5));
        assert_eq!(query.count().await.unwrap(), 31);
        let requests = server.received_requests().await.unwrap();
        let (_, sent) = requests[1].url.query_pairs().find(|(name, _)| name == parameter).unwrap();
        let sent: Value = serde_json::from_str(&sent).unwrap();
        let condition = if parameter == "filter" { &sent["where"] } else { &sent };
        assert_eq!(condition, &json!({"x": {"gte": 5}}), "{kind}");
        assert!(sent.get("limit").is_none(), "a limit would cap the count");
    }
}
