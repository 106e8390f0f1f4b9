//! What a case of a long-running outbreak carries besides the fields that are counted: answers of
//! investigation forms, notes, relationships, history.
//!
//! Fields, their order of size and how often they are absent follow the recorded cases, with answers
//! and notes as long as in an outbreak with full forms: about 3.3 kB a case
//! (`tests/it/godata/setup.rs` measures it). The people are invented.

use std::sync::Arc;

use serde_json::{Value, json};

use super::DAY_MILLIS;
use crate::godata::{
    doc::{Doc, Object},
    handle::reference,
    ids::Ids,
    instant,
    packed::Packed,
};

/// So many different forms are made. A page shows the same one twice now and then, though hardly
/// ever within the 32 kB that gzip looks back: the forms pack as different ones do.
const N_FORMS: usize = 2048;
const USER: &str = "e061379b-1614-460b-b998-a6520494892a";
const NOTES: [&str; 6] = [
    "Seen at home with the team leader; the family asked for a second visit on market day.",
    "Transferred by ambulance after triage, wrote \"no fever\" on the paper form [page 2].",
    "Le patient dit avoir voyagé avec sa sœur; à vérifier auprès du chef de quartier.",
    "Old note copied from the ledger: {\"classification\":\"CONFIRMED\",\"dateOfReporting\":\"2020-05-05\"}",
    "Symptoms began with headache, then cough\nand loss of taste; path C:\\scans\\form.pdf",
    "Contacto próximo no trabalho; máscara usada só às vezes, sem outras informações. 😷",
];
const OCCUPATIONS: [&str; 6] =
    ["HEALTH_CARE_WORKER", "TEACHER", "FARMER", "STUDENT", "TAXI_DRIVER", "UNKNOWN"];
const RISKS: [&str; 3] = ["1_LOW", "2_MEDIUM", "3_HIGH"];

/// A stock of forms that the cases share.
#[derive(Debug)]
pub(super) struct Forms {
    forms: Vec<Vec<(&'static str, Arc<Packed>)>>,
}

impl Forms {
    pub(super) fn new(mut ids: Ids) -> Self {
        Self { forms: (0..N_FORMS).map(|_| form(&mut ids)).collect() }
    }

    /// Adds what a case of this day carries besides.
    pub(super) fn fill(&self, row: &mut Object, reported: i64, ids: &mut Ids) {
        row.push_new("isDateOfOnsetApproximate", ids.percent(10));
        row.push_new("riskLevel", reference("RISK_LEVEL", picked(ids, &RISKS)));
        if ids.percent(60) {
            row.push_new("occupation", reference("OCCUPATION", picked(ids, &OCCUPATIONS)));
        }
        lengthen_address(row, ids);
        lengthen_stays(row, ids);
        let form = ids.pick(&self.forms);
        for (key, value) in form.into_iter().flatten() {
            row.push_packed(key, value);
        }
        row.set("hasRelationships", true);
        row.push_new("createdBy", USER);
        row.push_new("updatedBy", USER);
        row.push_new("createdOn", "API");
        row.push_new("active", true);
        row.push_new("address", Object::default());
        let mut follow_up = Object::default();
        follow_up.push_new("originalStartDate", Doc::Date(reported));
        follow_up.push_new("startDate", Doc::Date(reported));
        follow_up.push_new("endDate", Doc::Date(reported + 21 * DAY_MILLIS));
        follow_up.push_new(
            "status",
            "LNG_REFERENCE_DATA_CONTACT_FINAL_FOLLOW_UP_STATUS_TYPE_UNDER_FOLLOW_UP",
        );
        row.push_new("followUp", follow_up);
    }
}

/// The street, the telephone and the place on the map.
fn lengthen_address(row: &mut Object, ids: &mut Ids) {
    let Some(Doc::List(addresses)) = row.get_mut("addresses") else { return };
    for address in addresses {
        let Doc::Object(address) = address else { continue };
        address.push_new("city", "Old Town");
        address.push_new("addressLine1", format!("{} Example Street", ids.below(99)));
        address.push_new("postalCode", "");
        address.push_new("phoneNumber", format!("+000 {:07}", ids.below(10_000_000)));
        let point = json!({
            "lat": format!("{}.{:05}", ids.below(80), ids.below(100_000)).parse::<f64>().ok(),
            "lng": format!("-{}.{:05}", ids.below(170), ids.below(100_000)).parse::<f64>().ok(),
        });
        address.push_new("geoLocation", Doc::from(point));
        address.push_new("geoLocationAccurate", false);
    }
}

/// Centre and remarks of each stay.
fn lengthen_stays(row: &mut Object, ids: &mut Ids) {
    let Some(Doc::List(stays)) = row.get_mut("dateRanges") else { return };
    for stay in stays {
        let Doc::Object(stay) = stay else { continue };
        stay.push_new("centerName", reference("CENTRE_NAME", "CENTRAL_ISOLATION_UNIT"));
        stay.push_new("comments", picked(ids, &NOTES));
    }
}

fn form(ids: &mut Ids) -> Vec<(&'static str, Arc<Packed>)> {
    let packed = |value: Value| Arc::new(Packed::new(&value));
    let mut form = vec![
        ("riskReason", packed(json!(picked(ids, &NOTES)))),
        ("classificationHistory", packed(history())),
        ("relationshipsRepresentation", packed(relationships(ids))),
        ("questionnaireAnswers", packed(answers(ids))),
        (
            "duplicateKeys",
            packed(json!({"name": [format!("Sample{}", ids.below(1000))], "document": []})),
        ),
    ];
    if ids.percent(20) {
        let vaccine = json!([{
            "vaccine": reference("VACCINE", "VACCINE_ALBA"),
            "date": written(ids.below(20)),
            "status": reference("VACCINE_STATUS", "VACCINATED"),
        }]);
        form.push(("vaccinesReceived", packed(vaccine)));
    }
    if ids.percent(15) {
        let number = format!("DOC-{}", ids.below(1_000_000));
        let passport = json!([{"type": reference("DOCUMENT_TYPE", "PASSPORT"), "number": number}]);
        form.push(("documents", packed(passport)));
    }
    form
}

fn history() -> Value {
    json!([
        {
            "classification": reference("CASE_CLASSIFICATION", "SUSPECT"),
            "startDate": "2026-11-22T10:59:57.468Z",
            "endDate": "2026-11-23T10:59:57.468Z",
        },
        {
            "classification": reference("CASE_CLASSIFICATION", "CONFIRMED"),
            "startDate": "2026-11-23T10:59:57.468Z",
        },
    ])
}

fn relationships(ids: &mut Ids) -> Value {
    let links = (0..ids.below(5)).map(|_| {
        json!({
            "id": ids.uuid(),
            "active": true,
            "otherParticipantType": "LNG_REFERENCE_DATA_CATEGORY_PERSON_TYPE_CONTACT",
            "otherParticipantId": ids.uuid(),
            "source": true,
        })
    });
    Value::Array(links.collect())
}

fn answers(ids: &mut Ids) -> Value {
    let mut answers = json!({
        "hcw": [{"value": ids.below(3).to_string()}],
        "first_consult": [{"value": written(ids.below(300))}],
    });
    for question in 0..4 + ids.below(8) {
        let (kind, value) = match ids.below(4) {
            0 => ("symptom", json!(["fever", "cough", "headache"])),
            1 => ("number", json!(format!("{}.5", ids.below(42)).parse::<f64>().ok())),
            2 => ("open", Value::Null),
            _ => ("notes", json!(picked(ids, &NOTES))),
        };
        answers[format!("q_case_{kind}_{question:02}")] = json!([{"value": value}]);
    }
    answers
}

/// A day of the outbreak's first year, as the server writes it.
fn written(day: u64) -> String {
    const NEW_YEAR_2020: i64 = 1_577_836_800_000;
    instant::write(NEW_YEAR_2020 + i64::try_from(day).unwrap_or_default() * DAY_MILLIS)
}

fn picked<'t>(ids: &mut Ids, texts: &[&'t str]) -> &'t str {
    ids.pick(texts).copied().unwrap_or_default()
}
