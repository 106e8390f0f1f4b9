//! Writes, upserts, the active outbreak and exports, against the sandbox.

use std::time::Duration;

use godata_client::{
    Error, ErrorKind, ExportOptions, Filter, InOutbreak, PersonRef, RecordKind, SaveError,
    UpsertOutcome, Writer,
    models::{
        Address, Case, Classification, Contact, ContactOfContact, Event, Field, FollowUp,
        LabResult, Location, Moment, Outbreak, Participant, ReferenceItem, Relationship,
    },
};
use http_transport::http::Method;
use sandbox::{
    godata::{Account, GoData, World},
    server::{Fault, Rule},
};
use serde_json::{Value, json};

use crate::sandbox::{client, client_as};

/// An outbreak whose masks keep what they are given.
fn empty() -> GoData {
    let godata = GoData::start(World::empty("Writing")).unwrap();
    godata.edit_outbreak(&godata.outbreak_id(), |outbreak| {
        for mask in ["caseIdMask", "contactIdMask", "contactOfContactIdMask", "eventIdMask"] {
            outbreak[mask] = json!("*");
        }
    });
    godata
}

async fn writer(godata: &GoData) -> Writer {
    client(godata).outbreak(godata.outbreak_id()).writer().await.unwrap()
}

fn case(visual_id: &str, classification: Classification) -> Case {
    Case {
        visual_id: visual_id.into(),
        first_name: "Invented".into(),
        classification: classification.into(),
        date_of_reporting: Moment::from("2020-07-24T00:00:00.000Z").into(),
        ..Case::default()
    }
}

#[tokio::test]
async fn a_case_is_created_changed_deleted_and_brought_back() {
    let godata = empty();
    let writer = writer(&godata).await;
    let cases = writer.outbreak().cases();
    let created = writer.create(&case("C-1", Classification::Suspect)).await.unwrap();
    let id = created.id.text().unwrap();
    assert_eq!(created.classification, Classification::Suspect.into());

    let changes = Case { classification: Classification::Confirmed.into(), ..Case::default() };
    let changed = writer.update(id, &changes).await.unwrap();
    assert_eq!(changed.classification, Classification::Confirmed.into());
    assert_eq!(changed.first_name.text(), Some("Invented"), "what was not sent stays");

    writer.delete::<Case>(id).await.unwrap();
    assert_eq!(cases.count().await.unwrap(), 0);
    let gone = writer.delete::<Case>(id).await.unwrap_err();
    assert!(gone.is_not_found(), "{gone:?}");
    writer.restore::<Case>(id).await.unwrap();
    assert_eq!(cases.count().await.unwrap(), 1);
    writer.finish().await.unwrap();
}

#[tokio::test]
async fn upserting_twice_changes_nothing_the_second_time() {
    let godata = empty();
    let writer = writer(&godata).await;
    for (expected, classification) in [
        (UpsertOutcome::Created, Classification::Suspect),
        (UpsertOutcome::Updated, Classification::Suspect),
        (UpsertOutcome::Updated, Classification::Confirmed),
    ] {
        let upserted = writer.upsert(&case("C-1", classification.clone())).await.unwrap();
        assert_eq!(upserted.outcome, expected);
        assert_eq!(upserted.record.classification, classification.into());
        assert_eq!(upserted.record.visual_id.text(), Some("C-1"));
    }
    assert_eq!(writer.outbreak().cases().count().await.unwrap(), 1);

    let found: Case = writer.outbreak().find_by_visual_id("C-1").await.unwrap().unwrap();
    let by_id = Case { id: found.id.clone(), outcome_id: Field::Null, ..Case::default() };
    assert_eq!(writer.upsert(&by_id).await.unwrap().outcome, UpsertOutcome::Updated);
    let error = writer.upsert(&Case::default()).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NoKey);
}

/// The server hands out the next number of a mask whatever is sent (facts §8.2), so that an upsert
/// by number would make one more case each time.
#[tokio::test]
async fn a_number_that_the_server_replaced_is_told() {
    let godata = empty();
    godata.edit_outbreak(&godata.outbreak_id(), |it| it["caseIdMask"] = json!("CASE-99999"));
    let writer = writer(&godata).await;
    let upserted = writer.upsert(&case("CASE-00007", Classification::Suspect)).await.unwrap();
    assert_eq!(upserted.outcome, UpsertOutcome::CreatedUnderAnotherKey);
    assert_ne!(upserted.record.visual_id.text(), Some("CASE-00007"));
}

#[tokio::test]
async fn all_kinds_of_people_and_events_are_upserted() {
    let godata = empty();
    let writer = writer(&godata).await;
    let contact = Contact { visual_id: "K-1".into(), ..Contact::default() };
    let contact_of = ContactOfContact { visual_id: "L-1".into(), ..ContactOfContact::default() };
    let event = Event { visual_id: "E-1".into(), name: "Gathering".into(), ..Event::default() };
    for expected in [UpsertOutcome::Created, UpsertOutcome::Updated] {
        assert_eq!(writer.upsert(&contact).await.unwrap().outcome, expected);
        assert_eq!(writer.upsert(&contact_of).await.unwrap().outcome, expected);
        assert_eq!(writer.upsert(&event).await.unwrap().outcome, expected);
    }
    // The number is unique over all kinds of people (facts §8.2).
    let error = writer.upsert(&case("K-1", Classification::Suspect)).await.unwrap_err();
    assert!(error.is_duplicate(), "{error:?}");
}

#[tokio::test]
async fn what_belongs_to_a_person_is_upserted_under_it() {
    let godata = empty();
    let writer = writer(&godata).await;
    let case = writer.create(&case("C-1", Classification::Confirmed)).await.unwrap();
    let contact = Contact { visual_id: "K-1".into(), ..Contact::default() };
    let contact = writer.create(&contact).await.unwrap();
    let of_case = PersonRef::case(case.id.text().unwrap());
    let of_contact = PersonRef::contact(contact.id.text().unwrap());

    let lab_result = LabResult { sample_identifier: "S-1".into(), ..LabResult::default() };
    let created = writer.upsert_of(&of_case, &lab_result).await.unwrap();
    assert_eq!(created.outcome, UpsertOutcome::Created);
    let again = LabResult { id: created.record.id.clone(), ..lab_result };
    let updated = writer.upsert_of(&of_case, &again).await.unwrap();
    assert_eq!(updated.outcome, UpsertOutcome::Updated);
    assert_eq!(writer.outbreak().lab_results().count().await.unwrap(), 1);

    let exposure = Relationship {
        persons: vec![Participant { id: case.id.clone(), ..Participant::default() }].into(),
        contact_date: Moment::from("2020-07-20T00:00:00.000Z").into(),
        ..Relationship::default()
    };
    let relationship = writer.create_of(&of_contact, &exposure).await.unwrap();
    let read = writer.outbreak().relationships().all().await.unwrap();
    assert_eq!(read.len(), 1);
    assert_eq!(read[0].source().unwrap().id, case.id);
    assert_eq!(read[0].target().unwrap().id, contact.id);

    let follow_up =
        FollowUp { date: Moment::from("2020-07-21T00:00:00.000Z").into(), ..FollowUp::default() };
    let follow_up = writer.create_of(&of_contact, &follow_up).await.unwrap();
    let id = follow_up.id.text().unwrap();
    let seen = "LNG_REFERENCE_DATA_CONTACT_DAILY_FOLLOW_UP_STATUS_TYPE_SEEN_OK";
    let changes = FollowUp { status_id: Field::Value(seen.into()), ..FollowUp::default() };
    let updated = writer.update_of(&of_contact, id, &changes).await.unwrap();
    assert_eq!(updated.status_id, Field::Value(seen.into()));
    writer.delete_of::<FollowUp>(&of_contact, id).await.unwrap();
    assert_eq!(writer.outbreak().follow_ups().count().await.unwrap(), 0);

    let id = relationship.id.text().unwrap();
    writer.delete_of::<Relationship>(&of_contact, id).await.unwrap();
    assert_eq!(writer.outbreak().relationships().count().await.unwrap(), 0);
}

/// One result an item in the order of the items, and one bad item touches no other.
#[tokio::test]
async fn many_are_upserted_side_by_side() {
    let godata = empty();
    let writer = writer(&godata).await;
    let mut cases: Vec<_> =
        (0..40).map(|i| case(&format!("C-{i}"), Classification::Suspect)).collect();
    cases[7].date_of_onset = Moment::from("yesterday").into();
    cases[9].visual_id = Field::Missing;
    cases[11].addresses = vec![Address::default(), Address::default()].into();
    let results = writer.upsert_all(cases, 4).await;
    assert_eq!(results.len(), 40);
    for (i, result) in results.iter().enumerate() {
        match (i, result) {
            (7, Err(error)) => {
                let fields = vec![("dateOfOnset".into(), "is not a valid date".into())];
                assert_eq!(error.kind(), &ErrorKind::Invalid { fields });
            }
            (9, Err(error)) => assert_eq!(error.kind(), &ErrorKind::NoKey),
            (11, Err(error)) => {
                assert_eq!(error.code(), Some("ADDRESS_MULTIPLE_USUAL_PLACE_OF_RESIDENCE"));
            }
            (i, Ok(upserted)) => {
                assert_eq!(upserted.outcome, UpsertOutcome::Created);
                let visual_id = format!("C-{i}");
                assert_eq!(upserted.record.visual_id.text(), Some(visual_id.as_str()));
            }
            (i, Err(error)) => panic!("{i}: {error:?}"),
        }
    }
    assert_eq!(writer.outbreak().cases().count().await.unwrap(), 37);
}

/// The server did the work, but its answer was lost: looking again shows it.
#[tokio::test]
async fn a_lost_answer_does_not_make_two_cases() {
    let godata = empty();
    let writer = writer(&godata).await;
    let rule = Rule::new(Fault::CutAfterWork).on("/cases").method(Method::POST);
    godata.server().faults().add(rule.times(1));
    let upserted = writer.upsert(&case("C-1", Classification::Suspect)).await.unwrap();
    assert_eq!(upserted.outcome, UpsertOutcome::Created);
    assert_eq!(writer.outbreak().cases().count().await.unwrap(), 1);

    let error = {
        let rule = Rule::new(Fault::Cut).on("/cases").method(Method::POST);
        godata.server().faults().add(rule.times(1));
        writer.upsert(&case("C-2", Classification::Suspect)).await.unwrap_err()
    };
    assert!(error.is_cut(), "{error:?}");
    assert_eq!(error.exchange().unwrap().tries(), 1, "a create is not repeated");
}

#[tokio::test]
async fn what_outbreaks_are_set_up_from_is_upserted() {
    let godata = empty();
    let client = client(&godata);
    let place = Location { name: "Newtown".into(), ..Location::default() };
    let created = client.upsert_location(&place).await.unwrap();
    assert_eq!(created.outcome, UpsertOutcome::Created);
    let id = created.record.id.text().unwrap();
    let renamed = Location { id: id.into(), name: "Oldtown".into(), ..Location::default() };
    let updated = client.upsert_location(&renamed).await.unwrap();
    assert_eq!(
        (updated.outcome, updated.record.name.text()),
        (UpsertOutcome::Updated, Some("Oldtown"))
    );
    let foreign =
        Location { id: "DHIS2uid001".into(), name: "Third".into(), ..Location::default() };
    let outcome = client.upsert_location(&foreign).await.unwrap().outcome;
    assert_eq!(outcome, UpsertOutcome::CreatedUnderAnotherKey, "own ids are not allowed");
    client.delete_location(id).await.unwrap();

    let value = ReferenceItem {
        category_id: "LNG_REFERENCE_DATA_CATEGORY_OCCUPATION".into(),
        value: "Beekeeper".into(),
        ..ReferenceItem::default()
    };
    let value = client.upsert_reference_item(&value).await.unwrap();
    assert_eq!(value.outcome, UpsertOutcome::Created);
    let id = value.record.id.text().unwrap();
    let changes = ReferenceItem { active: false.into(), ..ReferenceItem::default() };
    client.update_reference_item(id, &changes).await.unwrap();
    client.delete_reference_item(id).await.unwrap();

    let outbreak = Outbreak { name: "Second".into(), ..Outbreak::default() };
    assert_eq!(client.upsert_outbreak(&outbreak).await.unwrap().outcome, UpsertOutcome::Created);
    let again = client.upsert_outbreak(&outbreak).await.unwrap();
    assert_eq!(again.outcome, UpsertOutcome::Updated);
    client.delete_outbreak(again.record.id.text().unwrap()).await.unwrap();
    assert!(client.find_outbreak("Second").await.unwrap_err().is_outbreak_unknown());
}

#[tokio::test]
async fn writing_needs_the_active_outbreak_and_never_changes_it_in_passing() {
    let godata = empty();
    let other = client(&godata).outbreak(godata.add_outbreak("Other"));
    assert_eq!(other.writer().await.unwrap_err().kind(), &ErrorKind::NotActive);
    // Reading needs none.
    assert_eq!(other.cases().count().await.unwrap(), 0);
    assert_eq!(active(&other).await, godata.outbreak_id());
}

#[tokio::test]
async fn an_outbreak_that_was_made_active_is_set_back() {
    let godata = empty();
    let other = client(&godata).outbreak(godata.add_outbreak("Other"));
    let writer = other.activate().await.unwrap();
    assert_eq!(active(&other).await, other.id());
    writer.create(&Case { first_name: "Invented".into(), ..Case::default() }).await.unwrap();
    writer.finish().await.unwrap();
    assert_eq!(active(&other).await, godata.outbreak_id());

    // Active already: nothing is changed, and nothing is set back.
    let first = client(&godata).outbreak(godata.outbreak_id());
    first.activate().await.unwrap().finish().await.unwrap();
    assert_eq!(active(&other).await, godata.outbreak_id());
}

#[tokio::test]
async fn an_outbreak_that_the_account_may_not_see_cannot_be_made_active() {
    let godata = empty();
    let other = godata.add_outbreak("Other");
    let first = godata.outbreak_id();
    godata.add_account(Account::new("one@example.org", "pw").outbreaks([first]));
    let error =
        client_as(&godata, "one@example.org", "pw").outbreak(other).activate().await.unwrap_err();
    assert_eq!(error.code(), Some("ACTIVE_OUTBREAK_NOT_ALLOWED"));
}

async fn active(outbreak: &InOutbreak) -> String {
    outbreak.client().active_outbreak().await.unwrap().unwrap()
}

#[tokio::test]
async fn an_export_is_waited_for_downloaded_once_and_equals_the_list() {
    let godata = GoData::recorded().unwrap();
    let client = client(&godata);
    let outbreak = client.outbreak(godata.outbreak_id());
    let confirmed = Filter::field("classification").eq(Classification::Confirmed);
    let options = ExportOptions::json().filter(confirmed);
    let export = outbreak.export(RecordKind::Case, &options).await.unwrap();
    let mut told = Vec::new();
    export
        .wait(Duration::from_millis(1), Duration::from_secs(5), |progress| {
            told.push((progress.is_done, progress.n_done));
        })
        .await
        .unwrap();
    assert_eq!(told.last(), Some(&(true, 314)));
    assert!(told.len() > 1 && !told[0].0, "{told:?}");

    let id = export.id().to_owned();
    let mut file = Vec::new();
    let n_bytes = export.download().await.unwrap().save(&mut file).await.unwrap();
    assert_eq!(n_bytes, file.len() as u64);
    let rows: Vec<Value> = serde_json::from_slice(&file).unwrap();
    assert_eq!(rows.len(), 314);
    assert!(rows.iter().all(|row| row["_id"].is_string()));

    // Recording `export-download-again`.
    let path = ["export-logs", &id, "download"];
    let error = client.get::<Value>(&path, &[]).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NotFound { what: "file".into() });
}

#[tokio::test]
async fn an_export_without_the_right_is_named() {
    let godata = GoData::recorded().unwrap();
    godata.add_account(Account::new("reader@example.org", "pw").permissions(["case_list"]));
    let reader = client_as(&godata, "reader@example.org", "pw");
    let error = reader
        .outbreak(godata.outbreak_id())
        .export(RecordKind::Case, &ExportOptions::json())
        .await
        .unwrap_err();
    assert_eq!(error.missing_permissions(), ["case_export"]);
}

#[tokio::test]
async fn an_export_that_breaks_off_is_not_taken_for_a_whole_one() {
    let godata = GoData::recorded().unwrap();
    let outbreak = client(&godata).outbreak(godata.outbreak_id());
    let options = ExportOptions::json();
    let export = outbreak.export(RecordKind::Case, &options).await.unwrap();
    export.wait(Duration::from_millis(1), Duration::from_secs(5), |_| {}).await.unwrap();
    godata.server().faults().add(Rule::new(Fault::Truncate { after: 5000 }).on("/download"));
    let error = export.download().await.unwrap().save(&mut Vec::new()).await.unwrap_err();
    assert!(matches!(error, SaveError::Download(_)), "{error:?}");
}

#[tokio::test]
async fn an_export_that_never_ends_or_fails_is_an_error() {
    for (status, expected) in [
        ("LNG_SYNC_STATUS_IN_PROGRESS", "is not ready after 0 s"),
        ("LNG_SYNC_STATUS_FAILED", "failed; a restart of the server"),
    ] {
        let godata = GoData::recorded().unwrap();
        let outbreak = client(&godata).outbreak(godata.outbreak_id());
        let export = outbreak.export(RecordKind::Case, &ExportOptions::json()).await.unwrap();
        let answer = Fault::Answer {
            status: 200,
            content_type: "application/json",
            body: json!({ "status": status }).to_string(),
        };
        godata.server().faults().add(Rule::new(answer).on("/export-logs").always());
        let waited: Result<(), Error> =
            export.wait(Duration::from_millis(5), Duration::from_millis(20), |_| {}).await;
        let error = waited.unwrap_err();
        assert!(error.kind().to_string().contains(expected), "{error:?}");
    }
}
