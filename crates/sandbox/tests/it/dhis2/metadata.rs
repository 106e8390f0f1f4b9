//! Metadata: lists, filters, imports and their reports.

use reqwest::Method;
use sandbox::dhis2::{Dhis2, Dhis2Version};
use serde_json::{Value, json};

use super::caller::{As, Caller};

async fn names(caller: &Caller, query: &str) -> Vec<String> {
    let path = format!("/api/organisationUnits?fields=name&paging=false&{query}");
    let (status, body) = caller.get(&path).await;
    assert_eq!(status, 200, "{query}");
    let units = body["organisationUnits"].as_array().expect("a list");
    units.iter().map(|unit| unit["name"].as_str().expect("a name").to_owned()).collect()
}

/// Facts §10.1.
#[tokio::test]
async fn filters_choose_objects() {
    let caller = Caller::of(Dhis2::atlantia(Dhis2Version::V2_42));
    for (query, n) in [
        ("filter=level:eq:3", 9),
        ("filter=level:le:2", 4),
        ("filter=level:in:[1,2]", 4),
        ("filter=code:like:AT01", 13),
        ("filter=code:$like:AT0101", 4),
        ("filter=name:ilike:DISTRICT", 9),
        ("filter=name:like:DISTRICT", 0),
        ("filter=code:null", 1),
        ("filter=code:!null&filter=level:eq:4", 26),
        ("filter=parent.code:eq:AT01", 3),
        ("filter=dataSets.id:eq:uKtOZwDnIpM", 10),
        ("filter=dataSets.code:eq:GODATA_WEEKLY&filter=level:eq:1", 1),
        ("filter=code:eq:AT&filter=code:eq:AT01&rootJunction=OR", 2),
        ("level=2", 3),
        ("maxLevel=2", 4),
    ] {
        assert_eq!(names(&caller, query).await.len(), n, "{query}");
    }
    assert_eq!(names(&caller, "filter=level:eq:2&order=code:desc").await[0], "Betoville Region");
}

#[tokio::test]
async fn lists_have_pages() {
    let caller = Caller::of(Dhis2::atlantia(Dhis2Version::V2_42));
    let mut found = 0;
    let mut page = 1;
    loop {
        let path = format!("/api/organisationUnits?fields=id&pageSize=15&page={page}");
        let (_, body) = caller.get(&path).await;
        found += body["organisationUnits"].as_array().map_or(0, Vec::len);
        assert_eq!(body["pager"]["pageCount"], 3);
        assert_eq!(body["pager"].get("nextPage").is_some(), page < 3);
        if page == 3 {
            break;
        }
        page += 1;
    }
    assert_eq!(found, 40);
}

fn element(id: &str, more: Value) -> Value {
    let mut element = json!({
        "id": id, "code": "NEW", "name": "New", "shortName": "New", "domainType": "AGGREGATE",
        "valueType": "NUMBER", "aggregationType": "SUM", "categoryCombo": {"id": "bjDvmb4bfuf"},
    });
    for (name, value) in more.as_object().expect("an object") {
        element[name] = value.clone();
    }
    element
}

/// Facts §10.3: all or nothing, each fault with its code.
#[tokio::test]
async fn a_package_is_imported_whole_or_not_at_all() {
    let caller = Caller::of(Dhis2::atlantia(Dhis2Version::V2_42));
    let post = async |query: &str, elements: &[Value]| {
        let body = json!({ "dataElements": elements });
        caller.ask(As::Admin, Method::POST, &format!("/api/metadata{query}"), Some(&body)).await
    };
    let known = async || caller.get("/api/dataElements/abcdefghij1").await.0 == 200;

    let (status, report) = post("?importMode=VALIDATE", &[element("abcdefghij1", json!({}))]).await;
    assert_eq!((status, &report["response"]["stats"]["created"]), (200, &json!(1)));
    assert!(!known().await);

    for (more, code) in [
        (json!({"name": null}), "E4000"),
        (json!({"categoryCombo": {"id": "aaaaaaaaaaa"}}), "E5002"),
        (json!({"code": "GODATA_CONFIRMED"}), "E5003"),
    ] {
        let elements = [element("abcdefghij1", json!({})), element("abcdefghij2", more)];
        let (status, report) = post("", &elements).await;
        assert_eq!(status, 409);
        let reports = &report["response"]["typeReports"][0]["objectReports"];
        assert_eq!(reports[0]["errorReports"][0]["errorCode"], code);
        assert!(!known().await, "{code}");
    }
    let (status, report) = post("", &[element("xx", json!({}))]).await;
    assert_eq!(status, 409);
    let reports = &report["response"]["typeReports"][0]["objectReports"];
    assert_eq!(reports[0]["errorReports"][0]["errorCode"], "E4014");

    assert_eq!(post("", &[element("abcdefghij1", json!({}))]).await.0, 200);
    assert!(known().await);
    for (strategy, status) in [("CREATE", 409), ("UPDATE", 200), ("DELETE", 200), ("UPDATE", 409)] {
        let query = format!("?importStrategy={strategy}");
        assert_eq!(
            post(&query, &[element("abcdefghij1", json!({}))]).await.0,
            status,
            "{strategy}"
        );
    }
}

/// Facts §10.4: combinations come with maintenance, not with the package.
#[tokio::test]
async fn option_combinations_are_made_by_maintenance() {
    let caller = Caller::of(Dhis2::atlantia(Dhis2Version::V2_42));
    let package = json!({"categoryCombos": [{
        "id": "abcdefghij1", "code": "SEXONLY", "name": "Sex only",
        "dataDimensionType": "DISAGGREGATION", "categories": [{"id": "b7peexUktxt"}],
    }]});
    let (status, _) = caller.ask(As::Admin, Method::POST, "/api/metadata", Some(&package)).await;
    assert_eq!(status, 200);
    let n_combos = async || {
        let path = "/api/categoryCombos/abcdefghij1?fields=categoryOptionCombos~size";
        caller.get(path).await.1["categoryOptionCombos"].as_u64()
    };
    assert_eq!(n_combos().await, Some(0));
    let path = "/api/maintenance/categoryOptionComboUpdate";
    assert_eq!(caller.ask(As::Writer, Method::POST, path, None).await.0, 403);
    assert_eq!(caller.ask(As::Admin, Method::POST, path, None).await.0, 204);
    assert_eq!(n_combos().await, Some(3));
    // The recorded ones of the other combo are still there.
    assert!(caller.dhis2.option_combo(&["F", "P75Y--P80Y"]).is_some_and(|id| id == "Lic97hqxsNP"));
}
