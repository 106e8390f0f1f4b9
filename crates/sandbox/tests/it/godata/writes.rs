//! Creating, changing and deleting through the API.

use sandbox::godata::{GoData, Kind, World, reference};
use serde_json::json;

use super::api::{Api, code};

async fn with_mask(mask: &str) -> (GoData, Api) {
    let godata = GoData::start(World::empty("Test")).unwrap();
    godata.edit_outbreak(&godata.outbreak_id(), |outbreak| outbreak["caseIdMask"] = json!(mask));
    let api = Api::new(&godata).await;
    (godata, api)
}

#[tokio::test]
async fn a_running_number_is_given_anew_whatever_is_sent() {
    let (_godata, api) = with_mask("CASE-99999").await;
    for (sent, kept) in
        [("CASE-99999", "CASE-00001"), ("CASE-00007", "CASE-00002"), ("CASE-99999", "CASE-00003")]
    {
        let (status, row) = api.post("/cases", json!({"visualId": sent})).await;
        assert_eq!((status, &row["visualId"]), (200, &json!(kept)));
    }
    let (status, body) = api.post("/cases", json!({"visualId": "X-1"})).await;
    assert_eq!((status, code(&body)), (422, "INVALID_VISUAL_ID_MASK"));
    let (_, row) = api.post("/cases", json!({"firstName": "no number"})).await;
    assert!(row.get("visualId").is_none());
}

#[tokio::test]
async fn a_free_mask_keeps_what_is_sent_once() {
    let (_godata, api) = with_mask("*").await;
    let (_, row) = api.post("/cases", json!({"visualId": "moh-17"})).await;
    assert_eq!(row["visualId"], "moh-17");
    let (status, body) = api.post("/contacts", json!({"visualId": "moh-17"})).await;
    assert_eq!((status, code(&body)), (409, "DUPLICATE_VISUAL_ID"));
    let path = format!("/cases/{}", row["id"].as_str().unwrap());
    let (status, row) = api.put(&path, json!({"visualId": "moh-17", "firstName": "Ada"})).await;
    assert_eq!((status, &row["firstName"]), (200, &json!("Ada")));
}

#[tokio::test]
async fn a_put_changes_what_it_names_and_nothing_only_the_server_writes() {
    let (_godata, api) = with_mask("*").await;
    let (_, row) = api.post("/cases", json!({"firstName": "Ada", "lastName": "Lovelace"})).await;
    let path = format!("/cases/{}", row["id"].as_str().unwrap());
    let patch = json!({"firstName": "Augusta", "id": "mine", "deleted": true});
    let (_, changed) = api.put(&path, patch).await;
    assert_eq!(changed["id"], row["id"]);
    assert_eq!(
        (&changed["firstName"], &changed["lastName"]),
        (&json!("Augusta"), &json!("Lovelace"))
    );
    assert_eq!(changed["deleted"], false);
}

#[tokio::test]
async fn deleted_rows_are_gone_until_restored() {
    let (_godata, api) = with_mask("*").await;
    let (_, row) = api.post("/cases", json!({"firstName": "Ada"})).await;
    let path = format!("/cases/{}", row["id"].as_str().unwrap());
    assert_eq!(api.delete(&path).await, 204);
    assert_eq!(api.delete(&path).await, 404);
    assert_eq!(api.get(&format!("{}{path}", api.outbreak)).await.0, 404);
    assert_eq!(api.ids("/cases", json!({"deleted": true})).await.len(), 1);
    assert_eq!(api.post(&format!("{path}/restore"), json!({})).await.0, 200);
    assert_eq!(api.get(&format!("{}{path}", api.outbreak)).await.0, 200);
}

#[tokio::test]
async fn addresses_need_exactly_one_usual_place() {
    let (_godata, api) = with_mask("*").await;
    let kind = |name: &str| json!({"typeId": reference("ADDRESS_TYPE", name)});
    let usual = kind("USUAL_PLACE_OF_RESIDENCE");
    for (addresses, expected) in [
        (json!([usual]), ""),
        (json!([]), ""),
        (json!([kind("OTHER")]), "ADDRESS_MUST_HAVE_USUAL_PLACE_OF_RESIDENCE"),
        (json!([usual, usual]), "ADDRESS_MULTIPLE_USUAL_PLACE_OF_RESIDENCE"),
        (
            json!([usual, kind("PREVIOUS_USUAL_PLACE_OF_RESIDENCE")]),
            "ADDRESS_PREVIOUS_PLACE_OF_RESIDENCE_MUST_HAVE_DATE",
        ),
    ] {
        let (_, body) = api.post("/cases", json!({"addresses": addresses})).await;
        assert_eq!(code(&body), expected);
    }
}

#[tokio::test]
async fn a_contact_is_made_with_its_relationship() {
    let (godata, api) = with_mask("*").await;
    let (_, case) = api.post("/cases", json!({"firstName": "Ada"})).await;
    let case_id = case["id"].as_str().unwrap();
    let pair = json!([{
        "contact": {"firstName": "Grace"},
        "relationship": {"contactDate": "2021-03-01T00:00:00.000Z"},
    }]);
    let (status, made) = api.post(&format!("/cases/{case_id}/contacts"), pair).await;
    assert_eq!(status, 200, "{made}");
    let contact_id = made[0]["contact"]["id"].as_str().unwrap().to_owned();
    let (_, links) =
        api.filtered(&format!("/contacts/{contact_id}/relationships"), json!({})).await;
    assert_eq!(links[0]["persons"][0]["id"], json!(case_id));
    assert_eq!(links[0]["persons"][0]["source"], true);

    let day = json!({"date": "2021-03-03T00:00:00.000Z"});
    let path = format!("/contacts/{contact_id}/follow-ups");
    assert_eq!(api.post(&path, day.clone()).await.0, 200);
    let alone = godata.put(Kind::Contact, json!({}));
    assert_eq!(api.post(&format!("/contacts/{alone}/follow-ups"), day).await.0, 400);
}

#[tokio::test]
async fn discarded_cases_take_no_relationships() {
    let (godata, api) = with_mask("*").await;
    let case = godata.put(
        Kind::Case,
        json!({"classification": reference("CASE_CLASSIFICATION", "NOT_A_CASE_DISCARDED")}),
    );
    let contact = godata.put(Kind::Contact, json!({}));
    let body = json!({"persons": [{"id": case}], "contactDate": "2021-03-01T00:00:00.000Z"});
    let (status, body) = api.post(&format!("/contacts/{contact}/relationships"), body).await;
    assert_eq!((status, code(&body)), (422, "INVALID_RELATIONSHIP_WITH_DISCARDED_CASE"));
}

#[tokio::test]
async fn many_rows_are_changed_at_once() {
    let (godata, api) = with_mask("*").await;
    let ids: Vec<String> =
        (0..3).map(|n| godata.put(Kind::Case, json!({"firstName": format!("{n}")}))).collect();
    let patches: Vec<_> = ids.iter().map(|id| json!({"id": id, "lastName": "Same"})).collect();
    let (status, rows) = api.put("/cases/bulk", json!(patches)).await;
    assert_eq!((status, rows.as_array().unwrap().len()), (200, 3));

    for id in &ids {
        godata.put(Kind::LabResult, json!({"personId": id, "status": "old"}));
    }
    let condition = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("where", &json!({"personId": {"inq": [ids[0], ids[1]]}}).to_string())
        .finish();
    let path = format!("/lab-results/bulk?{condition}");
    assert_eq!(api.put(&path, json!({"status": "new"})).await.1, json!({"count": 2}));
}

#[tokio::test]
async fn a_merge_through_the_api_takes_the_model_first() {
    let (godata, api) = with_mask("*").await;
    let a = godata.put(Kind::Case, json!({"firstName": "Ada"}));
    let b = godata.put(Kind::Case, json!({"firstName": "A.", "lastName": "Lovelace"}));
    let body = json!({
        "type": reference("PERSON_TYPE", "CASE"), "ids": [a, b], "model": {"firstName": "Augusta"},
    });
    let (status, row) = api.post("/merge", body).await;
    assert_eq!(
        (status, &row["firstName"], &row["lastName"]),
        (200, &json!("Augusta"), &json!("Lovelace"))
    );
    assert_ne!(row["id"], json!(a));
}
