//! Logins, tokens and permissions over time.

use std::time::Duration;

use sandbox::godata::{Account, EMAIL, GoData, Kind, PASSWORD, World};
use serde_json::{Value, json};

use super::api::{Api, code, http, login};

fn empty() -> GoData {
    GoData::start(World::empty("Test")).unwrap()
}

#[tokio::test]
async fn a_token_lives_as_long_as_it_is_used() {
    let godata = empty();
    let api = Api::new(&godata).await;
    for _ in 0..3 {
        godata.clock().advance(Duration::from_secs(590));
        assert_eq!(api.get("/outbreaks").await.0, 200);
    }
    godata.clock().advance(Duration::from_secs(601));
    let (status, body) = api.get("/outbreaks").await;
    assert_eq!((status, code(&body)), (401, "INVALID_TOKEN"));
    let (status, body) = api.get("/outbreaks").await;
    assert_eq!((status, code(&body)), (401, "AUTHORIZATION_REQUIRED"));
}

#[tokio::test]
async fn use_within_fifty_seconds_does_not_renew_a_token() {
    let godata = empty();
    let api = Api::new(&godata).await;
    godata.clock().advance(Duration::from_secs(20));
    assert_eq!(api.get("/outbreaks").await.0, 200);
    godata.clock().advance(Duration::from_secs(585));
    assert_eq!(api.get("/outbreaks").await.0, 401);
}

#[tokio::test]
async fn a_second_login_ends_the_first_session() {
    let godata = empty();
    let first = Api::new(&godata).await;
    let second = Api::new(&godata).await;
    assert_eq!(first.get("/outbreaks").await.0, 401);
    assert_eq!(second.get("/outbreaks").await.0, 200);
    godata.evict(EMAIL);
    let (status, body) = second.get("/outbreaks").await;
    assert_eq!((status, code(&body)), (401, "AUTHORIZATION_REQUIRED"));
}

#[tokio::test]
async fn expired_tokens_can_be_made_without_moving_the_clock() {
    let godata = empty();
    let api = Api::new(&godata).await;
    godata.expire_tokens();
    assert_eq!(code(&api.get("/outbreaks").await.1), "INVALID_TOKEN");
}

#[tokio::test]
async fn ten_failures_lock_an_account_for_half_an_hour() {
    let godata = empty();
    for _ in 0..10 {
        assert_eq!(code(&login(&godata, EMAIL, "wrong").await.1), "LOGIN_FAILED");
    }
    for password in ["wrong", PASSWORD] {
        let (status, body) = login(&godata, EMAIL, password).await;
        assert_eq!((status, code(&body)), (422, "ACTION_TEMPORARILY_BLOCKED"));
    }
    godata.clock().advance(Duration::from_secs(29 * 60));
    assert_eq!(login(&godata, EMAIL, PASSWORD).await.0, 422);
    godata.clock().advance(Duration::from_secs(60));
    assert_eq!(login(&godata, EMAIL, PASSWORD).await.0, 200);
}

#[tokio::test]
async fn a_good_login_forgets_earlier_failures() {
    let godata = empty();
    for _ in 0..9 {
        login(&godata, EMAIL, "wrong").await;
    }
    assert_eq!(login(&godata, EMAIL, PASSWORD).await.0, 200);
    assert_eq!(code(&login(&godata, EMAIL, "wrong").await.1), "LOGIN_FAILED");
    assert_eq!(login(&godata, EMAIL, PASSWORD).await.0, 200);
}

#[tokio::test]
async fn a_second_factor_is_asked_for() {
    let godata = empty();
    godata.add_account(Account::new("two@example.org", "pw").two_factor());
    assert_eq!(login(&godata, "two@example.org", "pw").await, (200, json!({"twoFA": true})));
    let url = format!("{}/api/oauth/two-factor-authentication-step-2", godata.url());
    let body = json!({"email": "two@example.org", "code": Account::TWO_FACTOR_CODE});
    let answer: Value = http().post(url).json(&body).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["token_type"], "bearer");
}

#[tokio::test]
async fn an_unknown_bearer_token_takes_the_connection_down() {
    let godata = empty();
    let url = format!("{}/api/outbreaks", godata.url());
    let ask = |header: &'static str| {
        let request = http().get(&url).header("Authorization", header);
        async move { request.send().await }
    };
    assert!(ask("Bearer stale").await.is_err());
    assert_eq!(ask("stale").await.unwrap().status(), 401);
    assert_eq!(godata.server().log().entries()[0].status, None);
}

#[tokio::test]
async fn group_permissions_cover_their_members_only() {
    let godata = empty();
    godata.add_account(Account::new("tracer@example.org", "pw").permissions(["contact_all"]));
    let api = Api::of(&godata, "tracer@example.org", "pw").await;
    assert_eq!(api.filtered("/contacts", json!({})).await.0, 200);
    let (status, body) = api.filtered("/contacts-of-contacts", json!({})).await;
    assert_eq!((status, code(&body)), (403, "MISSING_REQUIRED_PERMISSION"));
}

#[tokio::test]
async fn teams_narrow_what_is_seen_without_a_word() {
    let godata = GoData::recorded().unwrap();
    let region = "548ff08d-01d2-4ad9-b523-896ac3686856";
    godata.add_account(Account::new("field@example.org", "pw"));
    godata
        .add_account(Account::new("office@example.org", "pw").disregards_geographic_restrictions());
    godata.add_team("Betoville", &["field@example.org", "office@example.org"], &[region]);
    let field = Api::of(&godata, "field@example.org", "pw").await;
    let count = |body: (u16, Value)| body.1["count"].as_u64().unwrap();
    assert_eq!(count(field.filtered("/cases/filtered-count", json!({})).await), 597);

    godata.restrict_geographically(&godata.outbreak_id(), true);
    let seen = count(field.filtered("/cases/filtered-count", json!({})).await);
    let listed = field.ids("/cases", json!({"fields": ["id"]})).await.len() as u64;
    assert_eq!(seen, listed);
    let below = count(
        field
            .filtered(
                "/cases/filtered-count",
                json!({"where": {"usualPlaceOfResidenceLocationId.parentLocationIdFilter": region}}),
            )
            .await,
    );
    let nowhere = godata
        .records(Kind::Case)
        .iter()
        .filter(|row| row["usualPlaceOfResidenceLocationId"].is_null())
        .count() as u64;
    assert_eq!(seen, below + nowhere);
    assert!(seen < 597);

    let office = Api::of(&godata, "office@example.org", "pw").await;
    assert_eq!(count(office.filtered("/cases/filtered-count", json!({})).await), 597);
}

#[tokio::test]
async fn writes_are_bound_to_the_active_outbreak_which_a_user_may_change() {
    let godata = empty();
    let other = godata.add_outbreak("Other");
    let user = godata.add_account(Account::new("writer@example.org", "pw").active_outbreak(&other));
    let api = Api::of(&godata, "writer@example.org", "pw").await;
    let (status, body) = api.post("/cases", json!({"firstName": "A"})).await;
    assert_eq!((status, code(&body)), (403, "ACCESS_DENIED"));
    assert_eq!(api.filtered("/cases", json!({})).await.0, 200);

    let change = json!({"activeOutbreakId": godata.outbreak_id()});
    let (status, body) = api.send(reqwest::Method::PATCH, &format!("/users/{user}"), change).await;
    assert_eq!((status, &body["activeOutbreakId"]), (200, &json!(godata.outbreak_id())));
    assert_eq!(api.post("/cases", json!({"firstName": "A"})).await.0, 200);
}
