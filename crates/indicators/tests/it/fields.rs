//! Which fields of a record each indicator reads.

use indicators::Source;

use crate::naive::{four_places, three_weeks};
use crate::recorded::engine;

const DEFINITIONS: &str = r#"
    [breakdown.sex]
    field = "gender"
    values = ["m", "f"]

    [breakdown.seen]
    field = "person.gender"
    values = ["m", "f"]

    [[value]]
    indicator = "cases"
    org_unit = "A"
    by = { Sex = "sex" }
    where = { "questionnaireAnswers.q[].value" = "yes" }

    [[value]]
    indicator = "residence"

    [[value]]
    indicator = "visits"
    from = "follow-ups"
    org_unit = "A"
    by = { Sex = "seen" }

    [[value]]
    indicator = "visits of contacts"
    from = "follow-ups"
    org_unit = "A"
    join = ["contacts"]
    by = { Sex = "seen" }

    [[value]]
    indicator = "tests"
    from = "lab-results"
    org_unit = "A"
    where = { "person.classification" = "CONFIRMED", status = "DONE" }

    [[value]]
    indicator = "exposures"
    from = "relationships"
    where = { "source.gender" = "MALE" }
"#;

/// Each indicator of a source with the fields that it reads, in one line.
fn told(source: Source) -> Vec<String> {
    let engine = engine(DEFINITIONS, three_weeks(), four_places());
    let by_indicator = engine.fields_by_indicator(source).into_iter();
    by_indicator.map(|(indicator, fields)| format!("{indicator}: {}", fields.join(" "))).collect()
}

/// Of a joined follow-up the person's fields are read from the list, of another one from its copy.
#[test]
fn each_indicator_names_the_fields_that_it_reads() {
    let address = "address.locationId addresses.locationId addresses.typeId";
    let residence =
        format!("residence: {address} dateOfReporting id usualPlaceOfResidenceLocationId");
    for (source, expected) in [
        (
            Source::Cases,
            &["cases: dateOfReporting gender id questionnaireAnswers.q.value", &residence][..],
        ),
        (Source::Contacts, &["visits of contacts: gender id"]),
        (Source::ContactsOfContacts, &[]),
        (Source::Events, &[]),
        (
            Source::FollowUps,
            &["visits: date id personId person.gender", "visits of contacts: date id personId"],
        ),
        (Source::LabResults, &["tests: dateSampleTaken id personId status person.classification"]),
        (
            Source::Relationships,
            &["exposures: contactDate id persons.id persons.source persons.target"],
        ),
    ] {
        assert_eq!(told(source), expected, "{source}");
    }
}
