//! Short names of reference-data values, such as `CONFIRMED`.

use std::borrow::Cow;

use crate::Source;

/// What the reference-data id of a field's value begins with, where the field holds one: `classification` holds ids
/// that begin with `LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_`.
///
/// Source: Go.Data 2.50.3; the two follow-up statuses are the ones without `CATEGORY`.
#[must_use]
pub fn id_prefix(source: Source, path: &str) -> Option<&'static str> {
    let mut steps = path
        .split('.')
        .map(|step| step.strip_suffix("[]").unwrap_or(step))
        .filter(|step| step.parse::<usize>().is_err())
        .rev();
    let last = steps.next()?;
    let parent = steps.next().unwrap_or_default();
    Some(match (parent, last) {
        (_, "classification") => "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_",
        (_, "outcomeId") => "LNG_REFERENCE_DATA_CATEGORY_OUTCOME_",
        (_, "gender") => "LNG_REFERENCE_DATA_CATEGORY_GENDER_",
        (_, "occupation") => "LNG_REFERENCE_DATA_CATEGORY_OCCUPATION_",
        (_, "pregnancyStatus") => "LNG_REFERENCE_DATA_CATEGORY_PREGNANCY_STATUS_",
        (_, "riskLevel") => "LNG_REFERENCE_DATA_CATEGORY_RISK_LEVEL_",
        (_, "certaintyLevelId") => "LNG_REFERENCE_DATA_CATEGORY_CERTAINTY_LEVEL_",
        (_, "investigationStatus") => "LNG_REFERENCE_DATA_CATEGORY_INVESTIGATION_STATUS_",
        (_, "geographicalLevelId") => "LNG_REFERENCE_DATA_CATEGORY_LOCATION_GEOGRAPHICAL_LEVEL_",
        (_, "centerName") => "LNG_REFERENCE_DATA_CATEGORY_CENTRE_NAME_",
        (_, "labName") => "LNG_REFERENCE_DATA_CATEGORY_LAB_NAME_",
        (_, "sampleType") => "LNG_REFERENCE_DATA_CATEGORY_TYPE_OF_SAMPLE_",
        (_, "testType") => "LNG_REFERENCE_DATA_CATEGORY_TYPE_OF_LAB_TEST_",
        (_, "result") => "LNG_REFERENCE_DATA_CATEGORY_LAB_TEST_RESULT_",
        (_, "testedFor" | "disease") => "LNG_REFERENCE_DATA_CATEGORY_DISEASE_",
        (_, "exposureTypeId") => "LNG_REFERENCE_DATA_CATEGORY_EXPOSURE_TYPE_",
        (_, "exposureFrequencyId") => "LNG_REFERENCE_DATA_CATEGORY_EXPOSURE_FREQUENCY_",
        (_, "exposureDurationId") => "LNG_REFERENCE_DATA_CATEGORY_EXPOSURE_DURATION_",
        (_, "socialRelationshipTypeId") => "LNG_REFERENCE_DATA_CATEGORY_CONTEXT_OF_TRANSMISSION_",
        (_, "eventCategory") => "LNG_REFERENCE_DATA_CATEGORY_EVENT_CATEGORY_",
        (_, "vaccine") => "LNG_REFERENCE_DATA_CATEGORY_VACCINE_",
        (_, "labId") => "LNG_REFERENCE_DATA_CATEGORY_LAB_SEQUENCE_LABORATORY_",
        (_, "resultId") => "LNG_REFERENCE_DATA_CATEGORY_LAB_SEQUENCE_RESULT_",
        (_, "statusId") => "LNG_REFERENCE_DATA_CONTACT_DAILY_FOLLOW_UP_STATUS_TYPE_",
        ("followUp" | "followUpHistory", "status") => {
            "LNG_REFERENCE_DATA_CONTACT_FINAL_FOLLOW_UP_STATUS_TYPE_"
        }
        ("vaccinesReceived", "status") => "LNG_REFERENCE_DATA_CATEGORY_VACCINE_STATUS_",
        (_, "status") if source == Source::LabResults => {
            "LNG_REFERENCE_DATA_CATEGORY_LAB_TEST_RESULT_STATUS_"
        }
        ("dateRanges", "typeId") => "LNG_REFERENCE_DATA_CATEGORY_PERSON_DATE_TYPE_",
        ("addresses" | "address", "typeId") => "LNG_REFERENCE_DATA_CATEGORY_ADDRESS_TYPE_",
        ("documents", "type") => "LNG_REFERENCE_DATA_CATEGORY_DOCUMENT_TYPE_",
        (_, "type" | "personType" | "createdAs" | "otherParticipantType") => {
            "LNG_REFERENCE_DATA_CATEGORY_PERSON_TYPE_"
        }
        _ => return None,
    })
}

/// The reference-data id that a text of a definition stands for.
///
/// A text that begins with `LNG_` is an id already. Any other becomes one as the server makes ids
/// of names: upper case, anything but letters and digits an underscore. Fields without a category
/// keep the text.
pub(crate) fn full_id<'t>(source: Source, path: &str, text: &'t str) -> Cow<'t, str> {
    match id_prefix(source, path) {
        Some(prefix) if !text.starts_with("LNG_") => {
            let snake: String = text
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
                .collect();
            Cow::Owned(format!("{prefix}{snake}"))
        }
        _ => Cow::Borrowed(text),
    }
}

/// Whether a text is the id of a value of some list.
pub(crate) fn is_reference(id: &str) -> bool {
    id.starts_with("LNG_REFERENCE_DATA_")
}

/// The short name of an id, where the field's category is known.
pub(crate) fn short_name<'t>(source: Source, path: &str, id: &'t str) -> &'t str {
    id_prefix(source, path).and_then(|prefix| id.strip_prefix(prefix)).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_belongs_to_its_field() {
        for (source, path, text, id) in [
            (
                Source::Cases,
                "classification",
                "CONFIRMED",
                "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED",
            ),
            (
                Source::LabResults,
                "person.classification",
                "Not a case discarded",
                "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_NOT_A_CASE_DISCARDED",
            ),
            (
                Source::LabResults,
                "testType",
                "RT-PCR",
                "LNG_REFERENCE_DATA_CATEGORY_TYPE_OF_LAB_TEST_RT_PCR",
            ),
            (
                Source::LabResults,
                "status",
                "COMPLETED",
                "LNG_REFERENCE_DATA_CATEGORY_LAB_TEST_RESULT_STATUS_COMPLETED",
            ),
            (
                Source::FollowUps,
                "statusId",
                "SEEN_OK",
                "LNG_REFERENCE_DATA_CONTACT_DAILY_FOLLOW_UP_STATUS_TYPE_SEEN_OK",
            ),
            (
                Source::Contacts,
                "followUp.status",
                "UNDER_FOLLOW_UP",
                "LNG_REFERENCE_DATA_CONTACT_FINAL_FOLLOW_UP_STATUS_TYPE_UNDER_FOLLOW_UP",
            ),
            (
                Source::Cases,
                "dateRanges.typeId",
                "HOSPITALIZATION",
                "LNG_REFERENCE_DATA_CATEGORY_PERSON_DATE_TYPE_HOSPITALIZATION",
            ),
            (
                Source::Cases,
                "addresses.0.typeId",
                "OTHER",
                "LNG_REFERENCE_DATA_CATEGORY_ADDRESS_TYPE_OTHER",
            ),
            (
                Source::Relationships,
                "persons[].type",
                "CASE",
                "LNG_REFERENCE_DATA_CATEGORY_PERSON_TYPE_CASE",
            ),
            (Source::Cases, "classification", "LNG_OUTBREAK_X", "LNG_OUTBREAK_X"),
            (Source::Cases, "visualId", "case-1", "case-1"),
        ] {
            assert_eq!(full_id(source, path, text), id, "{path}");
        }
        assert_eq!(
            short_name(Source::Cases, "gender", "LNG_REFERENCE_DATA_CATEGORY_GENDER_MALE"),
            "MALE"
        );
        assert_eq!(short_name(Source::Cases, "visualId", "A"), "A");
    }
}
