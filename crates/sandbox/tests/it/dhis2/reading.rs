//! Reading values back, and what is said to questions that are none.

use reqwest::Method;
use sandbox::dhis2::{Clock, Dhis2, Dhis2Version, Stored};

use super::caller::{As, Caller, cell};

const SET: &str = "dataSet=kIfMNugiTgd";

/// Facts §6.1.
#[tokio::test]
async fn incomplete_questions_have_their_codes() {
    for version in [Dhis2Version::V2_42, Dhis2Version::V2_43] {
        let caller = Caller::of(Dhis2::atlantia(version));
        caller.dhis2.user_org_units("writer", &["G01BBajj9FJ"]);
        for (query, code) in [
            ("orgUnit=UbP9vQYgqbk&period=2020W40".to_owned(), "E2001"),
            (format!("{SET}&orgUnit=UbP9vQYgqbk"), "E2002"),
            (
                format!(
                    "{SET}&orgUnit=UbP9vQYgqbk&period=2020W40&startDate=2020-01-01&endDate=2020-12-31"
                ),
                "E2003",
            ),
            (format!("{SET}&orgUnit=UbP9vQYgqbk&startDate=2021-01-01&endDate=2020-12-31"), "E2004"),
            (format!("{SET}&orgUnit=UbP9vQYgqbk&lastUpdatedDuration=soon"), "E2005"),
            (format!("{SET}&period=2020W40"), "E2006"),
            (format!("{SET}&orgUnit=UbP9vQYgqbk&period=2020W40&limit=-1"), "E2009"),
            (format!("{SET}&orgUnit=ZU8Uk48KY1A&period=2020W40"), "E2012"),
        ] {
            let path = format!("/api/dataValueSets?{query}");
            let (status, body) = caller.ask(As::Writer, Method::GET, &path, None).await;
            assert_eq!(
                (status, body["errorCode"].as_str()),
                (409, Some(code)),
                "{version} {query}"
            );
        }
        caller.dhis2.share_data_set("kIfMNugiTgd", "rw-w----");
        let path = format!("/api/dataValueSets?{SET}&orgUnit=UbP9vQYgqbk&period=2020W40");
        let (_, body) = caller.ask(As::Writer, Method::GET, &path, None).await;
        assert_eq!(body["errorCode"], "E2010", "{version}");
    }
}

#[tokio::test]
async fn values_are_found_by_unit_period_and_time_of_change() {
    let clock = Clock::frozen("2021-03-01T08:00:00Z");
    let caller = Caller::of(Dhis2::atlantia(Dhis2Version::V2_43).with_clock(clock.clone()));
    let put = |period: &str, unit: &str| {
        caller.dhis2.put(Stored::new("CnPsS2xE8UN", period, unit, "1"));
    };
    put("2020W40", "UbP9vQYgqbk");
    put("2020W41", "UbP9vQYgqbk");
    clock.advance(std::time::Duration::from_secs(7200));
    put("2020W41", "ZU8Uk48KY1A");
    caller.dhis2.put(Stored::new("CnPsS2xE8UN", "2020W42", "UbP9vQYgqbk", "1").deleted(true));
    for (query, n) in [
        ("orgUnit=DiszpKrYNg8&startDate=2020-01-01&endDate=2020-12-31", 0),
        ("orgUnit=DiszpKrYNg8&children=true&startDate=2020-01-01&endDate=2020-12-31", 3),
        ("orgUnit=UbP9vQYgqbk&period=2020W40&period=2020W41", 2),
        ("orgUnit=UbP9vQYgqbk&orgUnit=ZU8Uk48KY1A&period=2020W41", 2),
        // A period must lie within the days.
        ("orgUnit=UbP9vQYgqbk&startDate=2020-09-29&endDate=2020-12-31", 1),
        ("orgUnit=DiszpKrYNg8&children=true&lastUpdatedDuration=1h", 1),
        ("orgUnit=DiszpKrYNg8&children=true&lastUpdatedDuration=1h&includeDeleted=true", 2),
        ("orgUnit=DiszpKrYNg8&children=true&lastUpdated=2021-03-01T07:00:00", 3),
        ("orgUnit=DiszpKrYNg8&children=true&lastUpdated=2021-03-01T09:00:00", 1),
        ("orgUnit=DiszpKrYNg8&children=true&lastUpdatedDuration=1d&limit=2", 2),
        ("orgUnit=DiszpKrYNg8&children=true&lastUpdatedDuration=1d&limit=2&offset=2", 1),
        ("orgUnit=AT0103&period=2020W40&inputOrgUnitIdScheme=CODE", 1),
    ] {
        let (status, body) = caller.get(&format!("/api/dataValueSets?{SET}&{query}")).await;
        assert_eq!(status, 200, "{query}");
        assert_eq!(body["dataValues"].as_array().map(Vec::len), Some(n), "{query}");
    }
}

/// Facts §6.2 and §6.3: the flag changes whenever it is named, and the history shows what was
/// before; from 2.43 on it is what was sent, and the history what was after.
#[tokio::test]
async fn single_values_have_a_flag_and_a_history() {
    for (version, second_flag, history) in [
        (Dhis2Version::V2_42, false, &["UPDATE 1"][..]),
        (Dhis2Version::V2_43, true, &["UPDATE 2", "CREATE 1"]),
    ] {
        let caller = Caller::of(Dhis2::atlantia(version));
        let key = "de=CnPsS2xE8UN&pe=2020W40&ou=UbP9vQYgqbk";
        for value in ["1", "2"] {
            let path = format!("/api/dataValues?{key}&value={value}&followUp=true");
            let (status, _) = caller.ask(As::Writer, Method::POST, &path, None).await;
            assert_eq!(status, 201);
        }
        let stored = caller.dhis2.value("CnPsS2xE8UN", "2020W40", "UbP9vQYgqbk").expect("stored");
        assert_eq!(stored.value.as_deref(), Some("2"));
        assert_eq!(stored.followup, second_flag, "{version}");
        let (_, audits) = caller.get(&format!("/api/audits/dataValue?{key}")).await;
        let audits: Vec<String> = audits["dataValueAudits"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|a| {
                format!("{} {}", a["auditType"].as_str().unwrap(), a["value"].as_str().unwrap())
            })
            .collect();
        assert_eq!(audits, history, "{version}");
    }
}

#[tokio::test]
async fn a_data_entry_form_sees_locks_and_completeness() {
    let caller = Caller::of(Dhis2::atlantia(Dhis2Version::V2_42));
    caller.import(As::Writer, "", &[cell("2020W40", "3")]).await;
    let path = "/api/dataEntry/dataValues?ds=kIfMNugiTgd&pe=2020W40&ou=UbP9vQYgqbk";
    let form = async || caller.ask(As::Writer, Method::GET, path, None).await.1;
    assert_eq!(form().await["lockStatus"], "OPEN");
    assert_eq!(form().await["completeStatus"]["complete"], false);
    assert_eq!(form().await["dataValues"][0]["value"], "3");
    let body = serde_json::json!({
        "dataSet": "kIfMNugiTgd", "period": "2020W40", "orgUnit": "UbP9vQYgqbk", "completed": true,
    });
    let post = "/api/dataEntry/dataSetCompletion";
    assert_eq!(caller.ask(As::Writer, Method::POST, post, Some(&body)).await.0, 200);
    assert_eq!(form().await["completeStatus"]["complete"], true);
    assert_eq!(caller.dhis2.registrations().len(), 1);
    caller.dhis2.lock_after("kIfMNugiTgd", 5.0);
    assert_eq!(form().await["lockStatus"], "LOCKED");
}
