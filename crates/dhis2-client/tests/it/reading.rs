//! Metadata and stored values.

use std::collections::BTreeSet;

use dhis2_client::{Calendar, Credentials, MetadataMode, OrgUnitQuery, PeriodType, ValueQuery};
use sandbox::dhis2::Stored;
use sandbox::server::{Fault, Rule};

use crate::server::Server;

#[tokio::test]
async fn a_data_set_is_read_with_all_that_belongs_to_it() {
    for version in ["2.36", "2.38", "2.42", "2.43"] {
        let server = Server::atlantia(version);
        let set = server.covid19().await;
        assert_eq!(set.period_type, PeriodType::Weekly);
        assert_eq!(set.elements.len(), 11, "{version}");
        let cases = set.find_element("CV19_NEW_CONF_CASES").unwrap();
        let combo = cases.combo.resolve(&[("SEX_WITH_UNK", "F"), ("AGE_CV19", "UNK_AGE")]);
        assert!(combo.is_ok(), "{version}: {combo:?}");
        let class = set.find_element("CV19_TRANS_CLASS").unwrap();
        assert_eq!(class.option_set.as_ref().unwrap().options.len(), 4);
        assert!(set.access.write && set.access.read);
        assert!(set.org_units.len() > 9 && set.default_attribute_combo().is_some());
        assert!(server.running.log().n_requests() <= 5, "{version}");
    }
}

#[tokio::test]
async fn data_sets_are_listed() {
    let server = Server::atlantia("2.43");
    let sets = server.client.data_sets().await.unwrap();
    let ids: BTreeSet<String> = sets.iter().map(|set| set.id.to_string()).collect();
    assert!(ids.contains("kIfMNugiTgd") && ids.contains("uKtOZwDnIpM"), "{ids:?}");
    assert!(sets.iter().all(|set| set.access.write), "{sets:?}");
}

#[tokio::test]
async fn organisation_units_are_found_by_level_code_and_place_in_the_tree() {
    let server = Server::atlantia("2.42");
    let all = server.client.org_units(&OrgUnitQuery::all()).await.unwrap();
    let root = all.iter().find(|unit| unit.level == 1).unwrap();
    let districts = OrgUnitQuery::all().within(root.id).level(3);
    let districts = server.client.org_units(&districts).await.unwrap();
    assert!(!districts.is_empty() && districts.iter().all(|unit| unit.level == 3));
    assert!(districts.iter().all(|unit| unit.ancestors().next() == Some(root.id)));
    let codes = districts.iter().filter_map(|unit| unit.code.clone());
    let again = server.client.org_units(&OrgUnitQuery::all().codes(codes)).await.unwrap();
    assert_eq!(again, districts);
    // More ids than one address can hold.
    let many = all.iter().map(|unit| unit.id).cycle().take(450);
    let found = server.client.org_units(&OrgUnitQuery::all().ids(many)).await.unwrap();
    assert_eq!(found, all);
}

#[tokio::test]
async fn the_server_says_what_it_is() {
    for (version, major) in [("2.36", 36), ("2.42", 42), ("2.43", 43), ("2.44", 44)] {
        let server = Server::atlantia(version);
        let info = server.client.system_info().await.unwrap();
        assert_eq!(info.version.major(), major);
        assert_eq!(info.calendar, Calendar::Iso8601);
        assert_eq!(info.today().to_string(), "2021-03-01");
    }
    let server = Server::atlantia("2.43");
    let settings = server.client.import_settings().await.unwrap();
    assert!(!settings.is_on("dataEntryAutoGroup", false));
}

#[tokio::test]
async fn another_calendar_is_refused_before_anything_is_sent() {
    let server = Server::atlantia("2.42");
    let info =
        r#"{"version":"2.42.1","serverDate":"2021-03-01T08:00:00.000","calendar":"ethiopian"}"#;
    let answer =
        Fault::Answer { status: 200, content_type: "application/json", body: info.to_owned() };
    server.running.faults().add(Rule::new(answer).on("system/info").always());
    let info = server.client.system_info().await.unwrap();
    assert!(info.calendar.require_iso().is_err(), "{info:?}");
    let set = server.weekly().await;
    let cell = crate::sending::cell(&set, "2021W5", 0);
    let plan = crate::sending::plan(&server, &set, &[(cell, crate::sending::value("1"))]).await;
    let report = crate::sending::send(&server, &set, &plan).await;
    assert!(report.failure.unwrap().to_string().contains("ethiopian"));
    assert_eq!(server.dhis2.imports(), 0);
}

/// The address stays short whatever the number of units and periods.
#[tokio::test]
async fn values_are_read_in_as_many_calls_as_short_addresses_need() {
    let server = Server::atlantia("2.43");
    let set = server.weekly().await;
    let unit = set.org_units[1].id;
    for week in ["2015W1", "2018W40", "2021W5"] {
        server.dhis2.put(Stored::new("CnPsS2xE8UN", week, unit.as_str(), "5"));
    }
    let first = set.period_type.parse("2015W1").unwrap();
    let last = set.period_type.parse("2021W5").unwrap();
    server.running.log().clear();

    let query = ValueQuery::new(set.id)
        .org_units(set.org_units.iter().map(|unit| unit.id))
        .periods(first.through(last));
    let values = server.client.stored_values(&query).await.unwrap();

    let weeks: Vec<String> = values.iter().map(|value| value.cell.period.id()).collect();
    assert_eq!(weeks, ["2015W1", "2018W40", "2021W5"]);
    let lengths: Vec<usize> = query
        .requests()
        .iter()
        .map(|request| request.url(server.client.base_url()).as_str().len())
        .collect();
    assert_eq!(server.running.log().n_requests(), lengths.len());
    assert!(lengths.len() > 1 && lengths.iter().all(|length| *length < 4_200), "{lengths:?}");
}

#[tokio::test]
async fn a_metadata_package_is_checked_and_imported() {
    let server = Server::atlantia("2.43");
    let admin = server.as_user(Credentials::basic("admin", "district"));
    let package = serde_json::json!({ "organisationUnits": [{
        "id": "newdistrict", "name": "New district", "shortName": "New district", "code": "ATX",
        "openingDate": "2020-01-01", "parent": { "id": "DiszpKrYNg8" } }] });
    let find = OrgUnitQuery::all().codes(["ATX"]);

    let checked = admin.import_metadata(&package, MetadataMode::Validate).await.unwrap();
    assert!(checked.accepted, "{checked:?}");
    assert_eq!(admin.org_units(&find).await.unwrap(), []);
    let stored = admin.import_metadata(&package, MetadataMode::Commit).await.unwrap();
    assert_eq!((stored.accepted, stored.created), (true, 1), "{stored:?}");
    assert_eq!(admin.org_units(&find).await.unwrap().len(), 1);
    admin.generate_option_combos(None).await.unwrap();
}
