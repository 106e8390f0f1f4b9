//! Short names of reference data, against the reference data of Go.Data 2.50.3.

use std::collections::BTreeSet;

use indicators::{Definition, Engine, Setup, Source, Where};
use serde_json::json;

use crate::naive::{four_places, three_weeks};
use crate::recorded;

/// What the server is asked for when a definition says `field = "text"`.
fn asked(source: Source, field: &str, text: &str) -> String {
    let mut setup = Setup::new(three_weeks(), four_places());
    setup.definitions.push(Definition {
        from: source,
        condition: Where::from_json(&json!({ field: text })).unwrap(),
        timing: indicators::Timing::Cumulative,
        ..Definition::new("x")
    });
    let asked = Engine::compile(setup).unwrap().server_where(source).unwrap();
    asked[field].as_str().unwrap_or_else(|| panic!("{asked}")).to_owned()
}

#[test]
fn a_short_name_stands_for_an_id_that_the_server_has() {
    let ids: BTreeSet<String> = serde_json::from_value(recorded::json("reference-ids")).unwrap();
    use Source::{Cases, Contacts, FollowUps, LabResults, Relationships};
    for (source, field, text) in [
        (Cases, "classification", "NOT_A_CASE_DISCARDED"),
        (Cases, "outcomeId", "DECEASED"),
        (Cases, "gender", "FEMALE"),
        (Cases, "occupation", "CIVIL_SERVANT"),
        (Cases, "pregnancyStatus", "NOT_PREGNANT"),
        (Contacts, "riskLevel", "1_LOW"),
        (Cases, "investigationStatus", "IN_PROGRESS"),
        (Cases, "dateRanges.typeId", "HOSPITALIZATION"),
        (Cases, "dateRanges.centerName", "CENTRAL_ISOLATION_UNIT"),
        (Cases, "addresses.typeId", "USUAL_PLACE_OF_RESIDENCE"),
        (Cases, "documents.type", "NATIONAL_ID_CARD"),
        (Cases, "vaccinesReceived.vaccine", "VACCINE_ALBA"),
        (Cases, "vaccinesReceived.status", "NOT_VACCINATED"),
        (Contacts, "followUp.status", "LOST_TO_FOLLOW_UP"),
        (Contacts, "followUpHistory.status", "DIED"),
        (FollowUps, "statusId", "MISSED"),
        (FollowUps, "address.typeId", "OTHER"),
        (LabResults, "labName", "NATIONAL_REFERENCE_LAB"),
        (LabResults, "sampleType", "BLOOD"),
        (LabResults, "testType", "HISTOPATHOLOGY"),
        (LabResults, "result", "INCONCLUSIVE"),
        (LabResults, "status", "IN_PROGRESS"),
        (LabResults, "testedFor", "CHOLERA"),
        (Relationships, "certaintyLevelId", "3_HIGH"),
        (Relationships, "exposureTypeId", "DIRECT_PHYSICAL_CONTACT"),
        (Relationships, "exposureFrequencyId", "1_5_TIMES"),
        (Relationships, "exposureDurationId", "SHORT_MINUTES"),
        (Relationships, "socialRelationshipTypeId", "CO_WORKERS"),
        (Relationships, "persons.type", "CONTACT_OF_CONTACT"),
        (Source::Events, "location.geographicalLevelId", "ADMIN_LEVEL_2"),
    ] {
        let id = asked(source, field, text);
        assert!(ids.contains(&id) && id.ends_with(&format!("_{text}")), "{field}: {id}");
    }
    // No values of these were recorded: the categories are created with the first of them.
    for (source, field, id) in [
        (Source::Events, "eventCategory", "LNG_REFERENCE_DATA_CATEGORY_EVENT_CATEGORY_FUNERAL"),
        (
            LabResults,
            "sequence.labId",
            "LNG_REFERENCE_DATA_CATEGORY_LAB_SEQUENCE_LABORATORY_FUNERAL",
        ),
        (
            LabResults,
            "sequence.resultId",
            "LNG_REFERENCE_DATA_CATEGORY_LAB_SEQUENCE_RESULT_FUNERAL",
        ),
    ] {
        assert_eq!(asked(source, field, "Funeral"), id);
    }
}

/// A status is of a category only where it is known which.
#[test]
fn a_name_of_an_unknown_category_stays_as_it_is() {
    for (source, field) in [
        (Source::Cases, "status"),
        (Source::Relationships, "status"),
        (Source::Cases, "typeId"),
        (Source::Cases, "visualId"),
    ] {
        assert_eq!(asked(source, field, "COMPLETED"), "COMPLETED", "{field}");
    }
}
