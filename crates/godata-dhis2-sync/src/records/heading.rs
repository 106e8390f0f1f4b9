//! Headings of exports: which field the words of a person's language stand for.
//!
//! Known are those of a case export in English, as people get it from the web interface without options (recordings
//! `export-download` and `export-labels-download`, the same records twice). Other kinds of records were not recorded with
//! headings, and other languages have other headings: what these mean says a file that lies beside the records,
//! `headings.csv`.

use std::collections::BTreeMap;
use std::io::Read;

use indicators::Source;
use serde::Deserialize;

use super::header::{ID_BESIDE, Step, is_place};
use super::table::separator;
use super::unfit::Unfit;

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

/// What the id of a record is headed with, whatever the language and the kind.
const ID: &str = "ID";

/// The headings of a kind of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Headings {
    /// The steps to the field, by the words of the heading without places in lists: `Dates Start Date`.
    known: BTreeMap<String, Vec<String>>,
    /// Whether a person has said some of them.
    are_own: bool,
    /// Whether a person has said which column is the id of a place.
    place_ids: bool,
}

impl Headings {
    /// What is known without being told: everything of cases in English, the id of all others.
    pub(super) fn of(source: Source) -> Self {
        let mut known = BTreeMap::from([(ID.to_owned(), vec!["id".to_owned()])]);
        if source == Source::Cases {
            for (path, heading) in CASES {
                let above = path.rsplit_once('.').and_then(|(above, _)| {
                    CASES.iter().find(|(path, _)| *path == above).map(|(_, heading)| *heading)
                });
                let words =
                    above.map_or_else(|| heading.to_owned(), |above| format!("{above} {heading}"));
                known.insert(words, path.split('.').map(str::to_owned).collect());
            }
        }
        Self { known, are_own: false, place_ids: false }
    }

    /// Takes the lines of a file `heading,field` or `heading,field,records` that are of this kind.
    ///
    /// # Errors
    ///
    /// When it has other columns, a line is not whole, or two lines say different things of one heading.
    pub(super) fn learn(&mut self, source: Source, mut file: impl Read) -> Result<(), Unfit> {
        let next = "write a line `heading,field` and one line a heading, such as `Statut final,followUp.status`";
        let broken = |what: String| Unfit::new(what, next);
        let mut text = String::new();
        file.read_to_string(&mut text)
            .map_err(|_| broken("the file of headings is not written in UTF-8".to_owned()))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let mut rows = csv::ReaderBuilder::new()
            .delimiter(separator(text.as_bytes()).unwrap_or(b','))
            .trim(csv::Trim::All)
            .flexible(true)
            .from_reader(text.as_bytes());
        let no_table =
            || broken("the file of headings is no table of `heading` and `field`".to_owned());
        let header = rows.headers().map_err(|_| no_table())?;
        if !["heading", "field"].iter().all(|name| header.iter().any(|column| column == *name)) {
            return Err(no_table());
        }
        let mut said: BTreeMap<String, String> = BTreeMap::new();
        for row in rows.deserialize::<Line>() {
            let line = row.map_err(|error| {
                let at = error.position().map_or(1, csv::Position::line);
                no_table().at("line", at.to_string())
            })?;
            if let Some(kind) = line.records.filter(|kind| !kind.is_empty()) {
                match kind.parse::<Source>() {
                    Ok(kind) if kind == source => {}
                    Ok(_) => continue,
                    Err(error) => return Err(broken(error.to_string()).at("heading", line.heading)),
                }
            }
            let is_field = !line.field.is_empty()
                && line
                    .field
                    .split('.')
                    .all(|step| !step.is_empty() && !step.contains(char::is_whitespace));
            if line.heading.is_empty() || !is_field {
                return Err(broken(format!("`{}` is no name of a field", line.field))
                    .at("heading", line.heading));
            }
            let (words, _) = numbered(&line.heading);
            if let Some(other) = said.insert(words.to_owned(), line.field.clone())
                && other != line.field
            {
                return Err(broken(format!(
                    "one heading is to be both `{other}` and `{}`",
                    line.field
                ))
                .at("heading", line.heading));
            }
        }
        for (words, field) in said {
            self.are_own = true;
            self.place_ids |= is_place(&field);
            self.known.insert(words, field.split('.').map(str::to_owned).collect());
        }
        Ok(())
    }

    /// Whether a person has said some of them.
    pub(super) fn are_own(&self) -> bool {
        self.are_own
    }

    /// Whether a person has said which column is the id of a place, so that no place is given by name.
    pub(super) fn name_place_ids(&self) -> bool {
        self.place_ids
    }

    /// The way to the value of a column: `Age Years`, `Dates Start Date [1]`.
    pub(super) fn path(&self, heading: &str) -> Option<Vec<Step>> {
        let (words, item) = numbered(heading.trim());
        let fields = self.known.get(words)?;
        if item.is_some() && fields.len() < 2 {
            return None;
        }
        let mut steps: Vec<Step> = fields.iter().cloned().map(Step::Field).collect();
        if let Some(item) = item {
            steps.insert(1, Step::Item(item));
        }
        Some(steps)
    }

    /// The field of a heading below others, in JSON: these words, after so many fields.
    pub(super) fn field(&self, above: &[String], words: &str) -> Option<&str> {
        let depth = above.len();
        let fits = |fields: &&Vec<String>| fields.len() > depth && fields[..depth] == *above;
        let whole = self.known.get(words).filter(|fields| fields.len() == depth + 1).filter(fits);
        // The heading of a list or an object that nobody needed to name: one of what is below it is known.
        let below = format!("{words} ");
        let part = || {
            self.known
                .range(below.clone()..)
                .take_while(|(heading, _)| heading.starts_with(&below))
                .map(|(_, fields)| fields)
                .find(|fields| fields.len() > depth + 1 && fits(fields))
        };
        whole.or_else(part).map(|fields| fields[depth].as_str())
    }

    /// The fields whose headings are known, by dotted name.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.known.values().map(|fields| fields.join("."))
    }

    /// The headings, each with its field.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, String)> {
        self.known.iter().map(|(heading, fields)| (heading.as_str(), fields.join(".")))
    }
}

/// A line of a file of headings.
#[derive(Deserialize)]
struct Line {
    heading: String,
    field: String,
    #[serde(default)]
    records: Option<String>,
}

/// `Dates Start Date [2]` as the words and 1.
fn numbered(heading: &str) -> (&str, Option<usize>) {
    let cut = || {
        let (words, number) = heading.strip_suffix(']')?.rsplit_once(" [")?;
        Some((words, number.parse::<usize>().ok()?.checked_sub(1)?))
    };
    cut().map_or((heading, None), |(words, item)| (words, Some(item)))
}

/// Whether these are the headings of a case export in English: enough of them, and those that every case has.
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

/// Whether a name from here is the id beside a place.
pub(super) fn beside(name: &str) -> Option<&str> {
    name.strip_suffix(ID_BESIDE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(headings: &Headings, heading: &str) -> Option<String> {
        headings.path(heading).map(|path| super::super::header::name(&path))
    }

    #[test]
    fn headings_name_fields() {
        let cases = Headings::of(Source::Cases);
        for (heading, field) in [
            ("ID", "id"),
            ("Age Years", "age.years"),
            ("Dates Hospitalization / Isolation type [2]", "dateRanges.typeId"),
            ("Addresses Location ID [1]", "addresses.locationId ID"),
            ("Place of death ID", "deathLocationId ID"),
        ] {
            assert_eq!(name(&cases, heading).as_deref(), Some(field), "{heading}");
        }
        assert_eq!(name(&cases, "Addresses Location [1] Parent location [2]"), None);
        assert_eq!(name(&cases, "Gender [1]"), None);
        assert_eq!(name(&cases, "Clasificación"), None);
        assert_eq!(
            cases.field(&["dateRanges".to_owned()], "Dates Location ID"),
            Some("locationId ID")
        );
        assert_eq!(cases.field(&[], "Location ID"), None);
        assert_eq!(name(&Headings::of(Source::Contacts), "Classification"), None);
    }

    fn learned(source: Source, text: &str) -> Result<Headings, Unfit> {
        let mut headings = Headings::of(source);
        headings.learn(source, text.as_bytes())?;
        Ok(headings)
    }

    #[test]
    fn a_file_says_what_headings_mean() {
        let text = "\u{feff}heading;field;records\n\
                    Sexe;gender;\n\
                    Statut;followUp.status;contacts\n\
                    Statut;investigationStatus;cases\n\
                    \"Adresses Lieu ID [1]\"; addresses.locationId ;\n";
        let contacts = learned(Source::Contacts, text).unwrap();
        assert_eq!(name(&contacts, "Sexe").as_deref(), Some("gender"));
        assert_eq!(name(&contacts, "Statut").as_deref(), Some("followUp.status"));
        assert_eq!(
            contacts.path("Adresses Lieu ID [3]").unwrap()[1..],
            [Step::Item(2), Step::Field("locationId".to_owned())]
        );
        assert!(contacts.are_own() && contacts.name_place_ids());
        // The list itself has no line of its own.
        assert_eq!(contacts.field(&[], "Adresses"), Some("addresses"));
        assert_eq!(
            contacts.field(&["addresses".to_owned()], "Adresses Lieu ID"),
            Some("locationId")
        );

        let cases = learned(Source::Cases, text).unwrap();
        assert_eq!(name(&cases, "Statut").as_deref(), Some("investigationStatus"));
        assert_eq!(name(&cases, "Classification").as_deref(), Some("classification"));
        assert!(!learned(Source::LabResults, "heading,field\n").unwrap().are_own());
    }

    #[test]
    fn a_file_that_says_nothing_sure_is_refused() {
        for (text, expected) in [
            ("a,b\nSexe,gender\n", "no table of `heading` and `field`"),
            ("heading,field\nSexe\n", "no table of `heading` and `field`"),
            ("heading,field\nSexe,the gender\n", "`the gender` is no name of a field"),
            ("heading,field\nSexe,\n", "`` is no name of a field"),
            ("heading,field\nX,gender\nX,outcomeId\n", "both `gender` and `outcomeId`"),
            ("heading,field,records\nX,gender,people\n", "people"),
        ] {
            let error = learned(Source::Contacts, text).expect_err(text).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
