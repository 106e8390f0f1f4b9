//! The client against the sandbox's Go.Data, which answers as the recorded server did.

use std::time::Duration;

use godata_client::{
    Client, Credentials, ErrorKind, Filter, RecordKind, RetryPolicy, Scope,
    models::{Classification, DateRangeType, GeographicalLevel},
};
use http_transport::http::Method;
use sandbox::{
    godata::{Account, EMAIL, GoData, Kind, PASSWORD, World},
    server::{Fault, Rule},
};
use serde_json::Value;

pub(crate) fn client_as(godata: &GoData, email: &str, password: &str) -> Client {
    let retry = RetryPolicy::default()
        .min_delay(Duration::from_millis(1))
        .max_delay(Duration::from_millis(2))
        .jitter_seed(1);
    Client::builder(godata.url().parse().unwrap(), Credentials::new(email, password.into()))
        .retry(retry)
        .request_timeout(Duration::from_secs(10))
        .build()
        .unwrap()
}

pub(crate) fn client(godata: &GoData) -> Client {
    client_as(godata, EMAIL, PASSWORD)
}

/// `(kind, rows in the recorded outbreak)`, by the recorded counts.
const RECORDED: [(RecordKind, u64); 7] = [
    (RecordKind::Case, 597),
    (RecordKind::Contact, 844),
    (RecordKind::ContactOfContact, 75),
    (RecordKind::Event, 8),
    (RecordKind::FollowUp, 635),
    (RecordKind::LabResult, 374),
    (RecordKind::Relationship, 1158),
];

#[tokio::test]
async fn every_kind_is_read_whole_and_equals_its_count() {
    let godata = GoData::recorded().unwrap();
    let client = client(&godata);
    let outbreak = client.outbreak(godata.outbreak_id());
    for (kind, n_recorded) in RECORDED {
        for pages_in_flight in [1, 3] {
            let query = outbreak.records(kind).page_size(100).pages_in_flight(pages_in_flight);
            let mut ids: Vec<_> = query
                .fields(["deleted"])
                .all()
                .await
                .unwrap()
                .into_iter()
                .map(|row| row["id"].as_str().unwrap().to_owned())
                .collect();
            assert_eq!(ids.len() as u64, n_recorded, "{kind}");
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len() as u64, n_recorded, "{kind}");
        }
        assert_eq!(outbreak.records(kind).count().await.unwrap(), n_recorded, "{kind}");
    }
}

#[tokio::test]
async fn typed_lists_read_without_a_bad_record() {
    let godata = GoData::recorded().unwrap();
    let client = client(&godata);
    let outbreak = client.outbreak(godata.outbreak_id());
    assert_eq!(outbreak.cases().all().await.unwrap().len(), 597);
    assert_eq!(outbreak.contacts().all().await.unwrap().len(), 844);
    assert_eq!(outbreak.contacts_of_contacts().all().await.unwrap().len(), 75);
    assert_eq!(outbreak.events().all().await.unwrap().len(), 8);
    assert_eq!(outbreak.follow_ups().all().await.unwrap().len(), 635);
    assert_eq!(outbreak.lab_results().all().await.unwrap().len(), 374);
    assert_eq!(outbreak.relationships().all().await.unwrap().len(), 1158);
    assert_eq!(outbreak.people().all().await.unwrap().len(), 597 + 844 + 75 + 8);
    assert_eq!(client.locations().all().await.unwrap().len(), 40);
    assert_eq!(client.locations().count().await.unwrap(), 40);
    assert!(outbreak.clusters().all().await.is_ok());
    assert!(!client.users().all().await.unwrap().is_empty());
}

#[tokio::test]
async fn deleted_cases_are_read_where_asked_for() {
    let godata = GoData::recorded().unwrap();
    let client = client(&godata);
    let cases = client.outbreak(godata.outbreak_id()).cases().fields(["deleted"]);
    // Recordings `cases-filtered-count-deleted` (612) and `cases-deleted-flag-and-where` (15).
    assert_eq!(cases.clone().including_deleted().all().await.unwrap().len(), 612);
    assert_eq!(cases.clone().including_deleted().count().await.unwrap(), 612);
    let deleted = cases.only_deleted();
    assert_eq!(deleted.count().await.unwrap(), 15);
    let deleted = deleted.all().await.unwrap();
    assert_eq!(deleted.len(), 15);
    assert!(deleted.iter().all(|case| case.deleted.value() == Some(&true)));
}

/// Recording `cases-filtered-count-where`: 31 confirmed cases in the week from 28 December 2020.
#[tokio::test]
async fn a_week_of_confirmed_cases() {
    let godata = GoData::recorded().unwrap();
    let client = client(&godata);
    let week = Filter::field("classification")
        .eq(Classification::Confirmed)
        .and(Filter::field("dateOfReporting").gte("2020-12-28T00:00:00.000Z"))
        .and(Filter::field("dateOfReporting").lt("2021-01-04T00:00:00.000Z"));
    let cases = client.outbreak(godata.outbreak_id()).cases().filter(week);
    assert_eq!(cases.count().await.unwrap(), 31);
    assert_eq!(cases.all().await.unwrap().len(), 31);
}

/// The route that the server evaluates by another engine must bring what the count counts.
#[tokio::test]
async fn lists_of_both_engines_agree_with_their_counts() {
    let godata = GoData::recorded().unwrap();
    let client = client(&godata);
    let outbreak = client.outbreak(godata.outbreak_id());
    let filters = [
        Filter::field("age.years").gte(5).and(Filter::field("age.years").lt(15)),
        Filter::field("usualPlaceOfResidenceLocationId").is_null(),
        Filter::field("gender").is_null(),
        Filter::field("gender").eq("LNG_REFERENCE_DATA_CATEGORY_GENDER_MALE").negated(),
        Filter::field("age.years").between(5, 14).negated(),
        Filter::field("riskLevel").exists(false),
        Filter::field("lastName").like_ignoring_case("^s"),
        Filter::field("lastName").like("^S").negated(),
        Filter::field("addresses").any_element(
            Filter::field("locationId").exists(true).and(Filter::field("city").eq("Old Town")),
        ),
        Filter::field("dateOfReporting").between("2020-12-01", "2020-12-31"),
        Filter::field("followUp.status")
            .eq("LNG_REFERENCE_DATA_CONTACT_FINAL_FOLLOW_UP_STATUS_TYPE_UNDER_FOLLOW_UP"),
        Filter::any([]),
    ];
    for filter in filters {
        for kind in [RecordKind::Case, RecordKind::Contact, RecordKind::ContactOfContact] {
            let query = outbreak.records(kind).fields(["deleted"]).filter(filter.clone());
            let n_read = query.all().await.unwrap().len() as u64;
            assert_eq!(query.count().await.unwrap(), n_read, "{kind} {filter:?}");
            let is_a_choice = n_read < outbreak.records(kind).count().await.unwrap();
            assert!(is_a_choice || kind != RecordKind::Case, "{kind} {filter:?}");
        }
    }
}

/// Recordings `cases-where-parent-location*`.
#[tokio::test]
async fn places_below_a_place_are_expanded_by_the_server() {
    let godata = GoData::recorded().unwrap();
    let client = client(&godata);
    let locations = client.locations().all().await.unwrap();
    let country = locations
        .iter()
        .find(|it| it.geographical_level_id.value() == Some(&GeographicalLevel::Level0))
        .and_then(|it| it.id.text())
        .unwrap();
    let cases = client.outbreak(godata.outbreak_id()).cases();
    let somewhere = Filter::field("usualPlaceOfResidenceLocationId").below([country]);
    let nowhere = Filter::field("usualPlaceOfResidenceLocationId").is_null();
    let n_somewhere = cases.clone().filter(somewhere).count().await.unwrap();
    let n_nowhere = cases.filter(nowhere).count().await.unwrap();
    assert_eq!((n_somewhere > 500, n_nowhere), (true, 75));
}

#[tokio::test]
async fn trees_hold_the_places_of_the_flat_list() {
    fn n_places(nodes: &[godata_client::models::LocationNode]) -> usize {
        nodes.iter().map(|node| 1 + n_places(&node.children)).sum()
    }
    let godata = GoData::recorded().unwrap();
    let client = client(&godata);
    assert_eq!(n_places(&client.location_tree().await.unwrap()), 40);
    let own = client.outbreak(godata.outbreak_id()).location_tree().await.unwrap();
    assert_eq!(n_places(&own), 40);
}

#[tokio::test]
async fn reference_ids_come_by_category() {
    let godata = GoData::recorded().unwrap();
    let lists = client(&godata).reference_ids().await.unwrap();
    let classes = &lists["LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION"];
    assert!(classes.contains(Classification::Confirmed.id()), "{classes:?}");
}

/// More tokens than fit into one address.
#[tokio::test]
async fn labels_are_asked_for_in_parts() {
    let server = crate::server().await;
    let texts = serde_json::json!({"languageId": "english_us", "tokens": [{"token": "t"}]});
    wiremock::Mock::given(wiremock::matchers::path("/api/languages/english_us/language-tokens"))
        .respond_with(wiremock::ResponseTemplate::new(200).set_body_json(texts))
        .expect(3)
        .mount(&server)
        .await;
    let tokens: Vec<_> = (0..250).map(|i| format!("LNG_REFERENCE_DATA_CATEGORY_{i:060}")).collect();
    let tokens: Vec<_> = tokens.iter().map(String::as_str).collect();
    let client = crate::client(&server.uri());
    let labels = client.language_tokens("english_us", &tokens).await.unwrap();
    assert_eq!(labels.tokens.items().len(), 3);
    for request in server.received_requests().await.unwrap() {
        assert!(request.url.as_str().len() < 15_000);
    }
}

#[tokio::test]
async fn trustworthy_counts_equal_the_recorded_ones() {
    let godata = GoData::recorded().unwrap();
    let client = client(&godata);
    let outbreak = client.outbreak(godata.outbreak_id());
    let everything = Filter::default();

    // Recording `cases-per-classification`.
    let by_class = outbreak.cases_by_classification(&everything).await.unwrap();
    assert_eq!((by_class.of(Classification::Confirmed.id()), by_class.total), (314, 597));
    let unclassified = "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_UNCLASSIFIED";
    assert_eq!(by_class.of(unclassified), 5);
    assert_eq!(by_class.counts.values().sum::<u64>(), by_class.total);

    // Recording `contacts-per-risk-level`.
    let by_risk = outbreak.contacts_by_risk_level(&everything).await.unwrap();
    assert_eq!(by_risk.of("LNG_REFERENCE_DATA_CATEGORY_RISK_LEVEL_3_HIGH"), 144);
    assert!(outbreak.contacts_of_contacts_by_risk_level(&everything).await.unwrap().total > 0);

    // Recording `cases-hospitalized-count`, whose `total` is that of all cases.
    let day = "2020-12-30".parse().unwrap();
    let stays = outbreak.cases_in_stays_on(day, &everything).await.unwrap();
    assert_eq!(stays[DateRangeType::Hospitalization.id()], 81);
    assert!(!stays.contains_key("total"));

    // Recording `contacts-seen-count`.
    let on_the_day = Filter::field("date").eq("2020-12-30T00:00:00.000Z");
    assert_eq!(outbreak.contacts_seen(&on_the_day).await.unwrap(), 6);

    let start = "2020-12-28T00:00:00Z".parse().unwrap();
    let end = "2021-01-03T23:59:59Z".parse().unwrap();
    assert!(outbreak.contacts_under_follow_up(start, end).await.unwrap() > 0);
    assert!(outbreak.contacts_under_follow_up(end, start).await.is_err());
}

#[tokio::test]
async fn an_account_without_a_team_sees_everything() {
    let godata = GoData::recorded().unwrap();
    let outbreak = client(&godata).outbreak(godata.outbreak_id());
    assert_eq!(outbreak.scope().await.unwrap(), Scope::Everything);
    godata.restrict_geographically(&godata.outbreak_id(), true);
    assert_eq!(outbreak.scope().await.unwrap(), Scope::Everything);
}

/// The lists of a member of a team are shorter, without any error (facts §1.8).
#[tokio::test]
async fn silent_narrowing_is_seen_before_anything_is_counted() {
    let godata = GoData::recorded().unwrap();
    let place = godata.records(Kind::Location)[7]["id"].as_str().unwrap().to_owned();
    godata.add_account(Account::new("member@example.org", "pw"));
    godata.add_team("Team", &["member@example.org"], &[&place]);
    let member = client_as(&godata, "member@example.org", "pw");
    let outbreak = member.outbreak(godata.outbreak_id());
    assert_eq!(outbreak.cases().count().await.unwrap(), 597);
    assert!(outbreak.scope().await.unwrap().is_everything());

    godata.restrict_geographically(&godata.outbreak_id(), true);
    assert!(outbreak.cases().count().await.unwrap() < 597);
    assert_eq!(outbreak.scope().await.unwrap(), Scope::Narrowed { location_ids: vec![place] });

    godata.add_account(Account::new("lone@example.org", "pw").permissions(["case_list"]));
    let lone = client_as(&godata, "lone@example.org", "pw").outbreak(godata.outbreak_id());
    assert!(matches!(lone.scope().await.unwrap(), Scope::Unknown { .. }));
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let godata = GoData::recorded().unwrap();
    godata.add_account(Account::new("few@example.org", "pw").permissions(["outbreak_view"]));
    let outbreak = client_as(&godata, "few@example.org", "pw").outbreak(godata.outbreak_id());
    let error = outbreak.cases().all().await.unwrap_err();
    assert_eq!(error.missing_permissions(), ["case_list"]);
}

#[tokio::test]
async fn ten_wrong_passwords_lock_the_account_and_one_client_never_gets_there_by_itself() {
    let godata = GoData::recorded().unwrap();
    godata.add_account(Account::new("locked@example.org", "right"));
    let wrong = client_as(&godata, "locked@example.org", "wrong");
    for _ in 0..30 {
        assert!(wrong.outbreaks().all().await.unwrap_err().is_login_refused());
    }
    let right = client_as(&godata, "locked@example.org", "right");
    right.login().await.unwrap();

    for _ in 0..10 {
        wrong.login().await.unwrap_err();
    }
    assert!(right.login().await.unwrap_err().locked_for().is_some());
    godata.clock().advance(Duration::from_secs(31 * 60));
    right.login().await.unwrap();
}

#[tokio::test]
async fn a_second_factor_is_an_error_of_its_own() {
    let godata = GoData::recorded().unwrap();
    godata.add_account(Account::new("two@example.org", "pw").two_factor());
    assert!(client_as(&godata, "two@example.org", "pw").login().await.unwrap_err().is_two_factor());
}

#[tokio::test]
async fn a_session_outlives_its_token_and_an_eviction() {
    let godata = GoData::recorded().unwrap();
    let client = client(&godata);
    let cases = client.outbreak(godata.outbreak_id()).cases();
    assert_eq!(cases.count().await.unwrap(), 597);
    godata.clock().advance(Duration::from_secs(601));
    assert_eq!(cases.count().await.unwrap(), 597);
    godata.evict(EMAIL);
    assert_eq!(cases.count().await.unwrap(), 597);
    client.close().await.unwrap();
    assert_eq!(cases.count().await.unwrap(), 597, "a closed client logs in again");
}

/// A reading of many pages whose token is lost on the way, by age and by another login.
#[tokio::test]
async fn a_reading_survives_the_loss_of_its_token() {
    let godata = GoData::recorded().unwrap();
    let client = client(&godata);
    let mut pages = client.outbreak(godata.outbreak_id()).cases().page_size(50).raw_pages();
    let mut n_records = 0;
    while let Some(page) = pages.next().await.unwrap() {
        n_records += page.n_records();
        match pages.progress().n_pages {
            3 => godata.expire_tokens(),
            6 => godata.evict(EMAIL),
            _ => {}
        }
    }
    assert_eq!(n_records, 597);
}

#[tokio::test]
async fn keeping_alive_makes_a_call_now_and_then() {
    let godata = GoData::start(World::empty("Long work")).unwrap();
    let credentials = Credentials::new(EMAIL, PASSWORD.into());
    let client = Client::builder(godata.url().parse().unwrap(), credentials)
        .keep_alive_pause(Duration::from_millis(20))
        .build()
        .unwrap();
    client.login().await.unwrap();
    let work = async {
        // An hour in steps of five minutes: each is within the life of a token, two are not.
        for _ in 0..12 {
            let n_before = godata.server().log().count(&Method::GET, "/api/outbreaks");
            while godata.server().log().count(&Method::GET, "/api/outbreaks") == n_before {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            godata.clock().advance(Duration::from_secs(300));
        }
        "done"
    };
    assert_eq!(client.keep_alive_during(work).await, "done");
    client.outbreaks().all().await.unwrap();
    assert_eq!(godata.server().log().count(&Method::POST, "/api/users/login"), 1);
}

#[tokio::test]
async fn faults_on_the_way_lose_and_double_nothing() {
    let godata = GoData::recorded().unwrap();
    let client = client(&godata);
    let query = client.outbreak(godata.outbreak_id()).cases().fields(["gender"]).page_size(50);
    let faults = [
        Fault::Cut,
        Fault::CutAfterWork,
        Fault::Truncate { after: 700 },
        Fault::Unavailable { retry_after: None },
        Fault::TooManyRequests { retry_after: Duration::ZERO },
        Fault::Slow(Duration::from_millis(50)),
    ];
    for fault in faults {
        let shown = format!("{fault:?}");
        godata.server().faults().add(Rule::new(fault).on("/cases").skip(2).times(2));
        assert_eq!(query.all().await.unwrap().len(), 597, "{shown}");
        assert_eq!(godata.server().faults().n_pending(), 0, "{shown}");
    }
}

#[tokio::test]
async fn faults_that_do_not_pass_are_errors_that_say_what_came() {
    let godata = GoData::recorded().unwrap();
    let client = client(&godata);
    let query = client.outbreak(godata.outbreak_id()).cases();
    type Check = fn(&godata_client::Error) -> bool;
    let faults: [(Fault, Check); 5] = [
        (Fault::Html, |error| error.is_html()),
        (Fault::Garbage, |error| error.is_decode()),
        (Fault::Cut, |error| error.is_cut() && error.is_transient()),
        (Fault::InternalError, |error| error.status() == Some(500)),
        (Fault::Unavailable { retry_after: None }, |error| error.status() == Some(503)),
    ];
    for (fault, check) in faults {
        let shown = format!("{fault:?}");
        godata.server().faults().add(Rule::new(fault).on("/cases").always());
        let error = query.all().await.unwrap_err();
        assert!(check(&error), "{shown}: {error:?}");
        let error = query.count().await.unwrap_err();
        assert!(check(&error), "{shown}: {error:?}");
        godata.server().faults().clear();
    }
    assert_eq!(query.count().await.unwrap(), 597);
}

#[tokio::test]
async fn plain_calls_reach_what_has_no_method() {
    let godata = GoData::recorded().unwrap();
    let client = client(&godata);
    let filter = r#"{"where":{"name":"Empty outbreak"},"fields":["id","name"]}"#;
    let found: Vec<Value> = client.get(&["outbreaks"], &[("filter", filter)]).await.unwrap();
    assert_eq!(found.len(), 1);
    let me = client.me().await.unwrap();
    let path = ["users", me.id.text().unwrap()];
    let body = serde_json::json!({"activeOutbreakId": godata.outbreak_id()});
    let patched: Value = client.patch(&path, &body).await.unwrap();
    assert_eq!(patched["activeOutbreakId"], godata.outbreak_id());
    let error = client.get::<Value>(&["nosuchthing"], &[]).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NotFound { what: "route".into() });
}

/// The futures must be sendable, since callers spawn them.
#[tokio::test]
async fn readings_can_be_spawned() {
    let godata = GoData::recorded().unwrap();
    let query = client(&godata).outbreak(godata.outbreak_id()).cases().fields(["gender"]);
    let n_cases = tokio::spawn(async move {
        let mut pages = query.raw_pages();
        let mut n_cases = 0;
        while let Some(page) = pages.next().await.unwrap() {
            n_cases += page.n_records();
        }
        n_cases
    });
    assert_eq!(n_cases.await.unwrap(), 597);
}
