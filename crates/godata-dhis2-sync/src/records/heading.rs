//! The headings of a case export in English, as people get it from the web interface without options.
//!
//! Source: recordings `export-download` and `export-labels-download`, the same records twice. Other kinds of records
//! were not recorded with headings, and other languages have other headings; both are refused with what to do.

use super::header::{ID_BESIDE, Step};

/// Field and heading. Fields of objects and of list elements have headings of their own, below those of the whole.
const CASES: [(&str, &str); 62] = [
    ("id", "ID"),
    ("visualId", "Case ID"),
    ("dateOfReporting", "Date of reporting"),
    ("isDateOfReportingApproximate", "Date of reporting approximate"),
    ("createdAt", "Created at"),
    ("createdBy", "Created by"),
    ("updatedAt", "Updated on"),
    ("updatedBy", "Updated by"),
    ("deleted", "Deleted"),
    ("createdOn", "Created on"),
    ("gender", "Gender"),
    ("occupation", "Occupation"),
    ("age", "Age"),
    ("age.years", "Years"),
    ("age.months", "Months"),
    ("dob", "Date of birth"),
    ("classification", "Classification"),
    ("wasCase", "Was case"),
    ("dateBecomeCase", "Date of becoming case"),
    ("wasContact", "Was a contact"),
    ("wasContactOfContact", "Was contact of contact"),
    ("dateOfOnset", "Date of onset"),
    ("isDateOfOnsetApproximate", "Date of onset approximate"),
    ("riskLevel", "Risk level"),
    ("outcomeId", "Outcome"),
    ("dateOfOutcome", "Date of outcome"),
    ("documents", "Documents"),
    ("documents.type", "Document type"),
    ("documents.number", "Document number"),
    ("type", "Type"),
    ("dateRanges", "Dates"),
    ("dateRanges.typeId", "Hospitalization / Isolation type"),
    ("dateRanges.centerName", "Centre name"),
    ("dateRanges.locationId", "Location"),
    ("dateRanges.locationId ID", "Location ID"),
    ("dateRanges.startDate", "Start Date"),
    ("dateRanges.endDate", "End Date"),
    ("dateRanges.comments", "Comments"),
    ("transferRefused", "Refused transfer to treatment unit"),
    ("addresses", "Addresses"),
    ("addresses.typeId", "Address type"),
    ("addresses.city", "City"),
    ("addresses.locationId", "Location"),
    ("addresses.locationId ID", "Location ID"),
    ("addresses.date", "Address valid until date"),
    ("safeBurial", "Performed safe burial"),
    ("dateOfBurial", "Date of burial"),
    ("numberOfExposures", "Number of exposures"),
    ("numberOfContacts", "Number of contacts"),
    ("deathLocationId", "Place of death"),
    ("deathLocationId ID", "Place of death ID"),
    ("burialLocationId", "Burial location"),
    ("burialLocationId ID", "Burial location ID"),
    ("investigationStatus", "Case investigation status"),
    ("vaccinesReceived", "Vaccines received"),
    ("vaccinesReceived.vaccine", "Vaccine"),
    ("vaccinesReceived.date", "Vaccine date"),
    ("vaccinesReceived.status", "Vaccine status"),
    ("pregnancyStatus", "Pregnancy status"),
    ("questionnaireAnswers", "Questionnaire answers"),
    ("questionnaireAnswers.value", "Value"),
    ("questionnaireAnswers.date", "Date"),
];

/// The field of a heading below `above` (empty for the record itself), in JSON.
pub(super) fn field(above: &str, heading: &str) -> Option<&'static str> {
    CASES.iter().find_map(|(path, known)| {
        let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
        (parent == above && *known == heading).then_some(name)
    })
}

/// Whether these are the headings of such an export: enough of them, and those that every case has.
pub(super) fn are_known<'h>(headings: impl IntoIterator<Item = &'h str>) -> bool {
    let known = ["ID", "Case ID", "Classification", "Date of reporting"];
    let mut found = [false; 4];
    for heading in headings {
        for (found, known) in found.iter_mut().zip(known) {
            *found |= heading.trim() == known;
        }
    }
    found[0] && found.iter().filter(|found| **found).count() > 2
}

/// The way to the value of a column: `Age Years`, `Dates Start Date [1]`.
pub(super) fn path(heading: &str) -> Option<Vec<Step>> {
    let heading = heading.trim();
    let steps = |path: &str, item: Option<usize>| {
        let mut steps = Vec::new();
        for name in path.split('.') {
            steps.push(Step::Field(name.to_owned()));
            if steps.len() == 1 {
                steps.extend(item.map(Step::Item));
            }
        }
        steps
    };
    let (words, item) = match heading.strip_suffix(']').and_then(|text| text.rsplit_once(" [")) {
        Some((words, number)) => (words, Some(number.parse::<usize>().ok()?.checked_sub(1)?)),
        None => (heading, None),
    };
    CASES.iter().find_map(|(path, known)| {
        let whole = match path.split_once('.') {
            None => return (words == *known && item.is_none()).then(|| steps(path, None)),
            Some((parent, _)) => CASES.iter().find(|(path, _)| *path == parent)?.1,
        };
        let below = words.strip_prefix(whole)?.strip_prefix(' ')?;
        (below == *known).then(|| steps(path, item))
    })
}

/// The fields whose headings are known, by dotted name.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    CASES.iter().map(|(path, _)| *path)
}

/// Whether a name from here is the id beside a place.
pub(super) fn beside(name: &str) -> Option<&str> {
    name.strip_suffix(ID_BESIDE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_name_fields() {
        let name = |heading| path(heading).map(|path| super::super::header::name(&path));
        for (heading, field) in [
            ("ID", "id"),
            ("Age Years", "age.years"),
            ("Dates Hospitalization / Isolation type [2]", "dateRanges.typeId"),
            ("Addresses Location ID [1]", "addresses.locationId ID"),
            ("Place of death ID", "deathLocationId ID"),
        ] {
            assert_eq!(name(heading).as_deref(), Some(field), "{heading}");
        }
        assert_eq!(name("Addresses Location [1] Parent location [2]"), None);
        assert_eq!(name("Clasificación"), None);
        assert_eq!(field("dateRanges", "Location ID"), Some("locationId ID"));
        assert_eq!(field("", "Location ID"), None);
    }
}
