//! Which fields a table can carry.

use std::collections::BTreeSet;

use super::header::{self, Step};
use super::heading::{self, Headings};

/// The fields that the columns of a table hold, by dotted name without places in lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Columns {
    fields: BTreeSet<String>,
    /// Whether no group of fields was left out, so that a list without columns is one that nobody has.
    whole: bool,
}

/// Lists that get a column for each element that any record has: none, where no record has one.
const LISTS: [&str; 4] = ["addresses", "dateRanges", "documents", "vaccinesReceived"];

/// Where somebody lives: one of these is enough.
const RESIDENCE: [&str; 3] =
    ["usualPlaceOfResidenceLocationId", "addresses.locationId", "address.locationId"];

/// Copies of the person in follow-ups and lab results.
const COPIES: [&str; 3] = ["contact", "case", "person"];

impl Columns {
    /// The columns of a table.
    ///
    /// An export of persons with all groups of fields begins with the id, the number and the reporting date; one with
    /// some groups has the order of the groups (Go.Data 2.50.3, `components/exportHelper.js`).
    pub(super) fn new<'p>(
        paths: impl IntoIterator<Item = &'p [Step]>,
        first: &[Option<String>],
    ) -> Self {
        let begins = ["visualId", "dateOfReporting", "isDateOfReportingApproximate"];
        let whole = first.get(1..4).is_some_and(|first| {
            first.iter().map(Option::as_deref).eq(begins.into_iter().map(Some))
        });
        let fields = paths.into_iter().map(|path| known(&header::name(path))).collect();
        Self { fields, whole }
    }

    /// The fields whose headings are known.
    pub(super) fn of_headings(headings: &Headings) -> Self {
        Self { fields: headings.names().map(|name| known(&name)).collect(), whole: false }
    }

    /// The first of the fields that no column holds.
    pub(super) fn missing<'f>(&self, fields: &'f [String]) -> Option<&'f str> {
        let of = |prefix: &str, names: &[&str]| -> bool {
            names.iter().any(|name| self.holds(&format!("{prefix}{name}")))
        };
        let missing = fields.iter().map(String::as_str).find(|field| {
            let (above, name) = match field.strip_prefix("person.") {
                Some(name) => (true, name),
                None => (false, *field),
            };
            let prefixes: &[&str] = if above { &["person.", "contact.", "case."] } else { &[""] };
            let alternatives: Vec<&str> = match name {
                // An address without a type is the usual place of residence.
                "usualPlaceOfResidenceLocationId"
                | "addresses"
                | "addresses.typeId"
                | "addresses.locationId"
                | "address"
                | "address.locationId" => {
                    if !above
                        && self.whole
                        && !self.fields.iter().any(|known| known.starts_with("address"))
                    {
                        return false;
                    }
                    RESIDENCE.to_vec()
                }
                "age.years" | "age.months" | "dob" | "age" => vec!["age.years", "dob"],
                _ => vec![name],
            };
            !prefixes.iter().any(|prefix| of(prefix, &alternatives))
        })?;
        // Of the ways to say where somebody lives, the one that an export has.
        Some(match missing {
            "usualPlaceOfResidenceLocationId"
            | "addresses"
            | "addresses.typeId"
            | "address"
            | "address.locationId" => "addresses.locationId",
            other => other,
        })
    }

    fn holds(&self, field: &str) -> bool {
        let below = |whole: &str, part: &str| {
            part.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let top = field.split('.').next().unwrap_or(field);
        if self.whole && LISTS.contains(&top) && !self.fields.iter().any(|known| below(top, known))
        {
            return true;
        }
        // Who met whom is put together from two columns.
        if top == "persons"
            && self.fields.contains("sourcePerson.id")
            && self.fields.contains("targetPerson.id")
        {
            return true;
        }
        if field == "personId"
            && COPIES.iter().any(|copy| self.fields.contains(&format!("{copy}.id")))
        {
            return true;
        }
        self.fields.iter().any(|known| below(known, field) || below(field, known))
    }
}

/// The name as the API has it.
fn known(name: &str) -> String {
    let name = heading::beside(name).unwrap_or(name);
    if name == "_id" { "id".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(headings: &[&str]) -> Columns {
        let paths: Vec<_> = headings.iter().filter_map(|heading| header::path(heading)).collect();
        let first: Vec<_> = headings
            .iter()
            .map(|heading| header::path(heading).map(|path| header::name(&path)))
            .collect();
        Columns::new(paths.iter().map(Vec::as_slice), &first)
    }

    fn missing(headings: &[&str], fields: &[&str]) -> Option<String> {
        let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
        columns(headings).missing(&fields).map(str::to_owned)
    }

    #[test]
    fn a_list_that_nobody_has_is_missing_only_where_groups_were_left_out() {
        let whole = ["_id", "visualId", "dateOfReporting", "isDateOfReportingApproximate"];

        assert_eq!(missing(&whole, &["id", "dateRanges.startDate", "addresses.locationId"]), None);
        assert_eq!(missing(&whole, &["dateOfOnset"]).as_deref(), Some("dateOfOnset"));
        assert_eq!(
            missing(&["_id", "gender"], &["dateRanges.startDate"]).as_deref(),
            Some("dateRanges.startDate")
        );
        assert_eq!(
            missing(&["_id", "dateRanges endDate [1]"], &["dateRanges.startDate"]).as_deref(),
            Some("dateRanges.startDate")
        );
    }

    #[test]
    fn one_of_several_ways_to_a_place_an_age_or_a_person_is_enough() {
        let place = ["usualPlaceOfResidenceLocationId", "addresses.typeId", "address.locationId"];

        assert_eq!(missing(&["_id", "addresses locationId [1]"], &place), None);
        assert_eq!(missing(&["_id", "gender"], &place).as_deref(), Some("addresses.locationId"));
        assert_eq!(missing(&["dob"], &["age.years", "age.months"]), None);
        assert_eq!(missing(&["contact contact.gender"], &["person.gender"]), None);
        assert_eq!(
            missing(&["contact contact.id"], &["personId", "person.gender"]).as_deref(),
            Some("person.gender")
        );
        assert_eq!(
            missing(
                &["sourcePerson sourcePerson.id", "targetPerson targetPerson.id"],
                &["persons.source"]
            ),
            None
        );
        assert_eq!(missing(&["hcw [MV 1]"], &["questionnaireAnswers.hcw.value"]), None);
        assert_eq!(
            missing(&["hcw [MV 1]"], &["questionnaireAnswers.fever.value"]).as_deref(),
            Some("questionnaireAnswers.fever.value")
        );
    }
}
