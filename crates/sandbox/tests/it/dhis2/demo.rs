//! Atlantia: what the demo and other crates' tests build on.

use std::collections::BTreeSet;

use reqwest::Method;
use sandbox::dhis2::{
    ADMIN_TOKEN, Clock, DataElementSpec, DataSetSpec, Dhis2, Dhis2Version, Stored, UserSpec,
    WRITER_TOKEN,
};
use serde_json::{Value, json};

use super::caller::{As, Caller, cell, cell_of, codes, counts};

#[tokio::test]
async fn both_data_sets_can_be_read_with_all_a_client_needs() {
    let caller = Caller::of(Dhis2::atlantia(Dhis2Version::V2_42));
    let fields = "id,name,periodType,openFuturePeriods,expiryDays,organisationUnits[id,code,level],dataSetElements[dataElement[id,code,valueType,zeroIsSignificant,optionSet[options[code]],categoryCombo[id]]]";
    let (status, set) = caller.get(&format!("/api/dataSets/kIfMNugiTgd?fields={fields}")).await;
    assert_eq!(status, 200);
    assert_eq!(set["periodType"], "Weekly");
    assert_eq!(set["dataSetElements"][0]["dataElement"]["zeroIsSignificant"], true);
    let units = set["organisationUnits"].as_array().expect("units");
    assert!(units.iter().any(|unit| unit["id"] == "DiszpKrYNg8" && unit["level"] == 1));
    assert_eq!(units.iter().filter(|unit| unit["level"] == 3).count(), 9);

    let (_, set) = caller.get(&format!("/api/dataSets/uKtOZwDnIpM?fields={fields}")).await;
    let elements = set["dataSetElements"].as_array().expect("elements");
    assert_eq!(elements.len(), 11);
    let class = elements.iter().find(|e| e["dataElement"]["code"] == "CV19_TRANS_CLASS");
    let options = class.expect("it is there")["dataElement"]["optionSet"]["options"].clone();
    let codes: BTreeSet<&str> =
        options.as_array().expect("options").iter().filter_map(|o| o["code"].as_str()).collect();
    assert_eq!(codes, BTreeSet::from(["CLUSTERS", "COMMUNITY", "NO_CASES", "SPORADIC"]));

    // 14 ages and 3 sexes, under the ids that the recorded server gave them.
    let path = "/api/categoryCombos?filter=code:eq:AGE_SEX_CV19&fields=categoryOptionCombos[id,categoryOptions[code]]&paging=false";
    let (_, combos) = caller.get(path).await;
    let combos = combos["categoryCombos"][0]["categoryOptionCombos"].as_array().expect("combos");
    assert_eq!(combos.len(), 42);
    let combo = caller.dhis2.option_combo(&["F", "P75Y--P80Y"]);
    assert_eq!(combo.as_deref(), Some("Lic97hqxsNP"));
}

#[tokio::test]
async fn the_weeks_of_the_outbreak_are_open_and_later_ones_are_not() {
    let caller = Caller::of(Dhis2::atlantia(Dhis2Version::V2_42));
    let values =
        [cell("2020W35", "1"), cell("2021W8", "2"), cell("2021W9", "3"), cell("2030W37", "4")];
    let (status, body) = caller.import(As::Writer, "", &values).await;
    assert_eq!((status, counts(&body)), (409, [2, 0, 2, 0]));
    assert_eq!(codes(&body), ["E7641", "E7641"]);
}

#[tokio::test]
async fn accounts_may_what_they_are_for() {
    let caller = Caller::of(Dhis2::atlantia(Dhis2Version::V2_42));
    let value = [cell("2020W40", "1")];
    for (who, status) in [
        (As::Admin, 200),
        (As::Writer, 200),
        (As::Token(WRITER_TOKEN), 200),
        (As::Token(ADMIN_TOKEN), 200),
        (As::Login("reader", "Reader-1!"), 403),
        (As::Login("writer", "wrong"), 401),
        (As::Login("twofactor", "Twofactor-1!"), 401),
        (As::Login("locked", "Locked-1!"), 401),
        (As::Token("d2p_no-such-token"), 400),
        (As::Nobody, 302),
    ] {
        assert_eq!(caller.import(who, "", &value).await.0, status);
    }
    let (_, body) = caller.import(As::Login("locked", "Locked-1!"), "", &value).await;
    assert_eq!(body["message"], "Account locked");
}

/// Facts §1.3: off by default; else four failed tries lock a name for 15 minutes.
#[tokio::test]
async fn failed_logins_lock_where_the_setting_says_so() {
    let clock = Clock::frozen("2021-03-01T08:00:00Z");
    let caller = Caller::of(Dhis2::atlantia(Dhis2Version::V2_42).with_clock(clock.clone()));
    let me = async |password: &str| {
        let (status, body) =
            caller.ask(As::Login("writer", password), Method::GET, "/api/me?fields=id", None).await;
        (status, body["message"].as_str().map(str::to_owned))
    };
    for _ in 0..6 {
        assert_eq!(me("wrong").await.0, 401);
    }
    assert_eq!(me("Writer-1!").await.0, 200);

    caller.dhis2.set_setting("keyLockMultipleFailedLogins", "true");
    for _ in 0..4 {
        me("wrong").await;
    }
    assert_eq!(me("Writer-1!").await, (401, Some("Account locked".to_owned())));
    clock.advance(std::time::Duration::from_secs(16 * 60));
    assert_eq!(me("Writer-1!").await.0, 200);
}

#[tokio::test]
async fn tests_can_meddle() {
    let caller = Caller::of(Dhis2::atlantia(Dhis2Version::V2_42));
    let dhis2 = &caller.dhis2;
    dhis2.put(
        Stored::new("CnPsS2xE8UN", "2020W05", "UbP9vQYgqbk", "7")
            .stored_by("nurse")
            .comment("by phone")
            .followup(true),
    );
    let stored = dhis2.value("CnPsS2xE8UN", "2020W5", "UbP9vQYgqbk").expect("it is there");
    assert_eq!((stored.stored_by.as_str(), stored.followup), ("nurse", true));
    let (_, read) = caller
        .get("/api/dataValueSets?dataSet=kIfMNugiTgd&period=2020W5&orgUnit=UbP9vQYgqbk")
        .await;
    assert_eq!(read["dataValues"][0]["comment"], "by phone");

    let refused = async |values: &[Value], expected: &str| {
        let (_, body) = caller.import(As::Writer, "", values).await;
        assert_eq!(codes(&body), [expected]);
    };
    dhis2.lock_after("kIfMNugiTgd", 3.0);
    refused(&[cell("2020W40", "1")], "E7640").await;
    dhis2.lock_exception("kIfMNugiTgd", "2020W40", "UbP9vQYgqbk");
    assert_eq!(caller.import(As::Writer, "", &[cell("2020W40", "1")]).await.0, 200);
    dhis2.lock_after("kIfMNugiTgd", 0.0);
    dhis2.input_periods("kIfMNugiTgd", &[("2020W41", "2021-01-01", "")]);
    refused(&[cell("2020W42", "1")], "E7643").await;
    assert_eq!(caller.import(As::Writer, "", &[cell("2020W41", "1")]).await.0, 200);
    dhis2.input_periods("kIfMNugiTgd", &[]);
    dhis2.user_org_units("writer", &["G01BBajj9FJ"]);
    refused(&[cell_of("ZU8Uk48KY1A", "2020W42", "1")], "E7617").await;
    dhis2.share_data_set("kIfMNugiTgd", "rwr-----");
    refused(&[cell("2020W42", "1")], "E7601").await;
    dhis2.share_data_set("kIfMNugiTgd", "--------");
    refused(&[cell("2020W42", "1")], "E7600").await;
}

#[tokio::test]
async fn a_server_can_be_put_together() {
    let dhis2 = Dhis2::builder(Dhis2Version::V2_43)
        .clock(Clock::frozen("2021-03-01T08:00:00Z"))
        .org_unit("DiszpKrYNg8", "AT", "Atlantia", None)
        .org_unit("UbP9vQYgqbk", "AT0103", "Wisco", Some("DiszpKrYNg8"))
        .category(
            "SVp6ADyd4Yr",
            "SEX",
            "Sex",
            [("OE4ZXLSQZz5", "SEX_M", "Male"), ("Q45Ijn7QDD5", "SEX_F", "Female")],
        )
        .category_combo("D1OOPvf7hck", "SEX", "Sex", ["SVp6ADyd4Yr"])
        .data_element(
            DataElementSpec::new("CnPsS2xE8UN", "CONFIRMED", "Confirmed")
                .zero_significant(true)
                .category_combo("D1OOPvf7hck"),
        )
        .data_set(
            DataSetSpec::new("kIfMNugiTgd", "WEEKLY", "Weekly", "Weekly")
                .elements(["CnPsS2xE8UN"])
                .org_units(["UbP9vQYgqbk"])
                .open_future_periods(1),
        )
        .user(
            UserSpec::new("writer", "Writer-1!")
                .authorities(["F_DATAVALUE_ADD"])
                .org_units(["DiszpKrYNg8"]),
        )
        .build();
    let female = dhis2.option_combo(&["SEX_F"]).expect("made from its options");
    let caller = Caller::of(dhis2);
    let mut value = cell("2021W9", "4");
    value["categoryOptionCombo"] = json!(female);
    let (status, body) = caller.import(As::Writer, "", &[value]).await;
    assert_eq!((status, counts(&body)), (200, [0, 1, 0, 0]));
    let stored = caller.dhis2.value_of("CnPsS2xE8UN", "2021W9", "UbP9vQYgqbk", &female);
    assert_eq!(stored.expect("stored").value.as_deref(), Some("4"));
}
