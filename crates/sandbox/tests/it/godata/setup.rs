//! Outbreaks, places and reference data; made-up outbreaks.

use reqwest::Method;
use sandbox::godata::{Generator, GoData, Kind, World};
use serde_json::json;

use super::api::{Api, code};

#[tokio::test]
async fn places_are_unique_among_siblings_and_stay_while_used() {
    let godata = GoData::start(World::empty("Test")).unwrap();
    let api = Api::new(&godata).await;
    let (_, region) = api.send(Method::POST, "/locations", json!({"name": "North"})).await;
    let (status, body) = api.send(Method::POST, "/locations", json!({"name": "north"})).await;
    assert_eq!((status, code(&body)), (400, "MODEL_IDENTIFIERS_ARE_NOT_UNIQUE_IN_CONTEXT"));
    let below = json!({"name": "north", "parentLocationId": region["id"]});
    let (_, district) = api.send(Method::POST, "/locations", below).await;
    let delete =
        async |id: &str| api.send(Method::DELETE, &format!("/locations/{id}"), json!({})).await;
    let (status, body) = delete(region["id"].as_str().unwrap()).await;
    assert_eq!((status, code(&body)), (422, "MODEL_IN_USE"));
    assert_eq!(delete(district["id"].as_str().unwrap()).await.0, 204);
    assert_eq!(delete(region["id"].as_str().unwrap()).await.0, 204);
}

#[tokio::test]
async fn a_tree_by_condition_has_what_lies_above_and_below() {
    let godata = GoData::recorded().unwrap();
    let api = Api::new(&godata).await;
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("filter", &json!({"where": {"name": "Guibari District"}}).to_string())
        .finish();
    let (_, tree) = api.get(&format!("/locations/hierarchical?{query}")).await;
    assert_eq!(tree[0]["location"]["name"], "Atlantia");
    let region = &tree[0]["children"];
    assert_eq!(region.as_array().unwrap().len(), 1);
    let district = &region[0]["children"][0];
    assert_eq!(district["location"]["name"], "Guibari District");
    assert_eq!(district["children"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn the_country_carries_the_org_unit_of_the_reference_implementation() {
    let godata = GoData::recorded().unwrap();
    let country = godata.record("b8f1d87b-d48c-4900-9b81-5f80ab24e19f").unwrap();
    assert_eq!(country["name"], "Atlantia");
    assert!(country["identifiers"].as_array().unwrap().iter().any(|i| i["code"] == "DiszpKrYNg8"));
}

#[tokio::test]
async fn reference_data_gets_its_id_from_its_text() {
    let godata = GoData::recorded().unwrap();
    let api = Api::new(&godata).await;
    let category = "LNG_REFERENCE_DATA_CATEGORY_CENTRE_NAME";
    let body = json!({"categoryId": category, "value": "Field hospital 7"});
    let (_, row) = api.send(Method::POST, "/reference-data", body.clone()).await;
    assert_eq!(row["id"], json!(format!("{category}_FIELD_HOSPITAL_7")));
    let (status, body) = api.send(Method::POST, "/reference-data", body).await;
    assert_eq!((status, code(&body)), (409, "MODEL_CONFLICT"));
    let fixed = "/reference-data/LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED";
    let (status, body) = api.send(Method::DELETE, fixed, json!({})).await;
    assert_eq!((status, code(&body)), (422, "MODEL_NOT_EDITABLE"));
}

#[tokio::test]
async fn outbreaks_are_made_changed_and_deleted() {
    let godata = GoData::start(World::empty("Test")).unwrap();
    let api = Api::new(&godata).await;
    let (_, made) = api.send(Method::POST, "/outbreaks", json!({"name": "New"})).await;
    let path = format!("/outbreaks/{}", made["id"].as_str().unwrap());
    let (_, changed) = api.send(Method::PUT, &path, json!({"description": "d"})).await;
    assert_eq!((&changed["name"], &changed["description"]), (&json!("New"), &json!("d")));
    assert_eq!(api.send(Method::DELETE, &path, json!({})).await.0, 204);
    assert_eq!(api.get(&path).await.0, 404);
}

#[test]
fn made_up_outbreaks_are_the_same_every_time() {
    let how = Generator { n_cases: 300, contacts_per_hundred_cases: 20, ..Generator::default() };
    let rows = |how: &Generator| {
        let godata = GoData::start(World::generated(how)).unwrap();
        [Kind::Case, Kind::Contact, Kind::Relationship].map(|kind| godata.records(kind))
    };
    let first = rows(&how);
    assert_eq!(first.each_ref().map(Vec::len), [300, 60, 60]);
    // Relationships carry the times at which they were stored.
    assert_eq!(first[0], rows(&how)[0]);
    assert_ne!(first[0], rows(&Generator { seed: 2, ..how })[0]);
    assert!(first[0].iter().any(|case| case.get("dateOfReporting").is_none()));
}

/// As long as those of `crates/indicators/benches/peers/generate.rs`, and packing as well as real
/// ones: the recorded 597 cases are 1,597,253 bytes, 174,382 with gzip (`MEASURED.json`).
#[tokio::test]
async fn whole_cases_are_as_long_as_real_ones_and_pack_as_well() {
    let how = Generator { n_cases: 2000, is_whole: true, ..Generator::default() };
    let godata = GoData::start(World::generated(&how)).unwrap();
    let api = Api::new(&godata).await;
    godata.server().log().clear();
    let (_, cases) = api.get(&format!("{}/cases", api.outbreak)).await;
    let n_packed = godata.server().log().n_bytes_answered();
    let n_bytes = cases.to_string().len() as u64;

    assert!((3100..3500).contains(&(n_bytes / 2000)), "{} bytes a case", n_bytes / 2000);
    assert!((6..12).contains(&(n_bytes / n_packed)), "{n_bytes} bytes pack into {n_packed}");
}

/// Whatever is asked about a whole case is answered as about any other.
#[tokio::test]
async fn the_forms_of_whole_cases_can_be_asked_about_and_changed() {
    let how = Generator { n_cases: 200, is_whole: true, ..Generator::default() };
    let godata = GoData::start(World::generated(&how)).unwrap();
    let api = Api::new(&godata).await;
    let asked = json!({"where": {"questionnaireAnswers.hcw.value": "1"}, "fields": ["id", "questionnaireAnswers"]});
    let (_, found) = api.filtered("/cases", asked).await;
    let expected = godata
        .records(Kind::Case)
        .iter()
        .filter(|case| case["questionnaireAnswers"]["hcw"][0]["value"] == "1")
        .count();
    assert!((40..100).contains(&expected), "{expected}");
    assert_eq!(found.as_array().unwrap().len(), expected);

    let id = found[0]["id"].as_str().unwrap();
    assert!(godata.edit(id, |case| case["questionnaireAnswers"]["hcw"][0]["value"] = json!("9")));

    let with_nine = json!({"where": {"questionnaireAnswers.hcw.value": "9"}});
    let (_, changed) = api.filtered("/cases", with_nine).await;
    assert_eq!(changed.as_array().unwrap().len(), 1, "rows with the same form stay as they are");
    assert_eq!(changed[0]["id"], id);
}

#[tokio::test]
async fn a_vast_outbreak_is_the_made_up_one_without_being_kept() {
    let how = Generator { n_cases: 1000, ..Generator::default() };
    let kept = GoData::start(World::generated(&how)).unwrap();
    let vast = GoData::start(World::vast(&how)).unwrap();
    let (kept, vast) = (Api::new(&kept).await, Api::new(&vast).await);
    let female = json!({"gender": sandbox::godata::reference("GENDER", "FEMALE")});
    let mut after = String::new();
    loop {
        let filter = json!({
            "where": {"and": [female, {"id": {"gt": after}}]}, "order": "id ASC", "limit": 150,
        });
        let page = kept.filtered("/cases", filter.clone()).await;
        assert_eq!(page, vast.filtered("/cases", filter).await);
        let Some(last) = page.1.as_array().unwrap().last() else { break };
        after = last["id"].as_str().unwrap().to_owned();
        let one = format!("{}/cases/{after}", vast.outbreak);
        assert_eq!(vast.get(&one).await.1["id"], json!(after));
    }
    assert_ne!(after, "");
    for path in ["/cases/filtered-count", "/cases/per-classification/count"] {
        let filter = json!({"where": female});
        assert_eq!(
            kept.filtered(path, filter.clone()).await,
            vast.filtered(path, filter).await,
            "{path}"
        );
    }
}
