//! What the handle does behind the API's back, seen through the API.

use sandbox::godata::{GoData, Kind, World, reference};
use serde_json::{Value, json};

use super::api::{Api, code};

#[tokio::test]
async fn the_handle_changes_what_the_api_shows() {
    let godata = GoData::start(World::empty("Test")).unwrap();
    let api = Api::new(&godata).await;
    let confirmed = json!({"where": {
        "classification": reference("CASE_CLASSIFICATION", "CONFIRMED"),
    }});
    let count = async || api.filtered("/cases/filtered-count", confirmed.clone()).await.1;

    let id = godata
        .put(Kind::Case, json!({"classification": reference("CASE_CLASSIFICATION", "PROBABLE")}));
    assert_eq!(count().await, json!({"count": 0}));
    assert!(godata.reclassify(&id, "CONFIRMED"));
    assert_eq!(count().await, json!({"count": 1}));
    let history = &godata.record(&id).unwrap()["classificationHistory"];
    assert_eq!(history.as_array().unwrap().len(), 2);
    assert!(history[0]["endDate"].is_string() && history[1].get("endDate").is_none());

    assert!(godata.edit(&id, |row| row["dateOfReporting"] = json!("2020-07-24T00:00:00.000Z")));
    let on_the_day = json!({"where": {"dateOfReporting": "2020-07-24"}});
    assert_eq!(api.ids("/cases", on_the_day).await, [id.as_str()]);

    assert!(godata.delete(&id) && !godata.delete(&id));
    assert_eq!(count().await, json!({"count": 0}));
    assert!(godata.restore(&id));
    assert_eq!(count().await, json!({"count": 1}));
}

#[tokio::test]
async fn editing_an_address_moves_the_person() {
    let godata = GoData::start(World::empty("Test")).unwrap();
    let id = godata.put(Kind::Case, json!({"addresses": [{"locationId": "north"}]}));
    let place = |id: &str| godata.record(id).unwrap()["usualPlaceOfResidenceLocationId"].clone();
    assert_eq!(place(&id), json!("north"));
    godata.edit(&id, |row| row["addresses"][0]["locationId"] = json!("south"));
    assert_eq!(place(&id), json!("south"));
    godata.edit(&id, |row| row["firstName"] = json!("Ada"));
    assert_eq!(place(&id), json!("south"));
    godata.edit(&id, |row| {
        row.as_object_mut().unwrap().remove("firstName");
    });
    assert!(godata.record(&id).unwrap().get("firstName").is_none());
}

#[tokio::test]
async fn a_deleted_case_takes_its_rows_and_its_only_contacts_along() {
    let godata = GoData::start(World::empty("Test")).unwrap();
    let case = godata.put(Kind::Case, json!({"visualId": "CA-1"}));
    let contact = godata.put(Kind::Contact, json!({}));
    let person = |id: &str, kind: &str, role: &str| json!({"id": id, "type": reference("PERSON_TYPE", kind), role: true});
    let link = godata.put(
        Kind::Relationship,
        json!({
            "persons": [person(&case, "CASE", "source"), person(&contact, "CONTACT", "target")],
            "contactDate": "2021-03-01T00:00:00.000Z",
        }),
    );
    let lab = godata.put(Kind::LabResult, json!({"personId": case}));
    assert_eq!(godata.record(&case).unwrap()["numberOfContacts"], 1);
    let follow_up = godata.record(&contact).unwrap()["followUp"].clone();
    assert_eq!(follow_up["startDate"], "2021-03-02T00:00:00.000Z");
    assert_eq!(follow_up["endDate"], "2021-03-15T00:00:00.000Z");

    godata.delete(&case);
    for id in [&case, &contact, &link, &lab] {
        assert_eq!(godata.record(id).unwrap()["deleted"], true);
    }
    let row = godata.record(&case).unwrap();
    assert_eq!((&row["visualId"], &row["documents"][0]["number"]), (&json!(""), &json!("CA-1")));
    godata.restore(&case);
    for id in [&case, &contact, &link, &lab] {
        assert_eq!(godata.record(id).unwrap()["deleted"], false);
    }
}

#[tokio::test]
async fn a_conversion_keeps_the_id_and_leaves_no_trace_in_the_old_list() {
    let godata = GoData::start(World::empty("Test")).unwrap();
    let api = Api::new(&godata).await;
    let id = godata.put(Kind::Contact, json!({}));
    assert!(godata.convert(&id, Kind::Case));
    assert!(api.ids("/contacts", json!({"deleted": true})).await.is_empty());
    assert_eq!(api.ids("/cases", json!({})).await, [id.as_str()]);
    let row = godata.record(&id).unwrap();
    assert_eq!(row["classification"], json!(reference("CASE_CLASSIFICATION", "SUSPECT")));
    assert_eq!(row["wasContact"], true);
    assert!(row["dateBecomeCase"].as_str().unwrap().ends_with("T00:00:00.000Z"));
}

#[tokio::test]
async fn a_merge_makes_a_new_row_and_deletes_the_old_ones() {
    let godata = GoData::start(World::empty("Test")).unwrap();
    let api = Api::new(&godata).await;
    let a = godata.put(Kind::Case, json!({"firstName": "Ada"}));
    let b = godata.put(Kind::Case, json!({"firstName": "A.", "lastName": "Lovelace"}));
    let lab = godata.put(Kind::LabResult, json!({"personId": b}));
    let merged = godata.merge(&[&a, &b]).unwrap();
    assert_eq!(api.ids("/cases", json!({})).await, [merged.as_str()]);
    let row = godata.record(&merged).unwrap();
    assert_eq!((&row["firstName"], &row["lastName"]), (&json!("Ada"), &json!("Lovelace")));
    assert_eq!(row["mergedDuplicatesIds"], json!([a, b]));
    assert_eq!(godata.record(&lab).unwrap()["personId"], json!(merged));
}

#[tokio::test]
async fn an_export_is_downloaded_once_by_its_maker() {
    let godata = GoData::recorded().unwrap();
    let api = Api::new(&godata).await;
    let (_, started) = api.get(&format!("{}/cases/export?type=json", api.outbreak)).await;
    let log = format!("/export-logs/{}", started["exportLogId"].as_str().unwrap());
    let status = |body: &Value| body["status"].as_str().unwrap().to_owned();
    assert_eq!(status(&api.get(&log).await.1), "LNG_SYNC_STATUS_IN_PROGRESS");
    assert_eq!(status(&api.get(&log).await.1), "LNG_SYNC_STATUS_SUCCESS");
    let (_, file) = api.get(&format!("{log}/download")).await;
    assert_eq!(file.as_array().unwrap().len(), 597);
    let (gone, body) = api.get(&format!("{log}/download")).await;
    assert_eq!((gone, code(&body)), (404, "FILE_NOT_FOUND"));
}

#[tokio::test]
async fn long_answers_are_compressed_for_who_accepts_it() {
    let godata = GoData::recorded().unwrap();
    let api = Api::new(&godata).await;
    godata.server().log().clear();
    let ids = api.ids("/cases", json!({"fields": ["id"]})).await;
    let sent = godata.server().log().n_bytes_answered();
    assert!(sent < ids.len() as u64 * 40, "{sent} bytes for {} ids", ids.len());
}

#[tokio::test]
async fn outside_the_api_there_is_only_a_start_page() {
    let godata = GoData::start(World::empty("Test")).unwrap();
    let answer =
        super::api::http().get(format!("{}/outbreaks", godata.url())).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
}
