//! Background exports.

use std::collections::BTreeMap;

use super::{
    doc::{Doc, Object, Text},
    kind::Kind,
    world::World,
};

/// The exports that were started, by id.
#[derive(Debug, Default)]
pub(super) struct Exports {
    jobs: BTreeMap<String, Job>,
}

/// One export.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) user_id: String,
    /// What a poll answers, complete from the start.
    pub(super) log: Object,
    /// Polls that still find the job at work.
    pub(super) n_polls_left: usize,
    /// The file, until it is downloaded.
    pub(super) file: Option<Vec<u8>>,
}

impl Exports {
    pub(super) fn add(&mut self, id: String, job: Job) {
        self.jobs.insert(id, job);
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Job> {
        self.jobs.get_mut(id)
    }
}

/// Columns of a case export, in its order (recording `export-download`). Fields without a label
/// are none: `usualPlaceOfResidenceLocationId`, `dbUpdatedAt`, `duplicateKeys`.
const CASE_COLUMNS: [&str; 53] = [
    "visualId",
    "dateOfReporting",
    "isDateOfReportingApproximate",
    "createdAt",
    "createdBy",
    "updatedAt",
    "updatedBy",
    "deleted",
    "deletedAt",
    "createdOn",
    "firstName",
    "middleName",
    "lastName",
    "gender",
    "occupation",
    "age",
    "dob",
    "classification",
    "wasCase",
    "dateBecomeCase",
    "wasContact",
    "wasContactOfContact",
    "dateOfInfection",
    "dateOfOnset",
    "riskLevel",
    "riskReason",
    "outcomeId",
    "dateOfOutcome",
    "documents",
    "type",
    "dateRanges",
    "transferRefused",
    "addresses",
    "safeBurial",
    "dateOfBurial",
    "isDateOfOnsetApproximate",
    "followUpTeamId",
    "numberOfExposures",
    "numberOfContacts",
    "deathLocationId",
    "deathLocationId Identifiers",
    "deathLocationId Location geographical level",
    "deathLocationId Parent location",
    "burialLocationId",
    "burialLocationId Identifiers",
    "burialLocationId Location geographical level",
    "burialLocationId Parent location",
    "burialPlaceName",
    "investigationStatus",
    "dateInvestigationCompleted",
    "vaccinesReceived",
    "pregnancyStatus",
    "responsibleUserId",
];
const ADDRESS_COLUMNS: [&str; 11] = [
    "typeId",
    "country",
    "city",
    "addressLine1",
    "postalCode",
    "locationId",
    "geoLocation",
    "geoLocationAccurate",
    "date",
    "phoneNumber",
    "emailAddress",
];
const DATE_RANGE_COLUMNS: [&str; 6] =
    ["typeId", "centerName", "locationId", "comments", "startDate", "endDate"];
const VACCINE_COLUMNS: [&str; 3] = ["vaccine", "date", "status"];

/// How the rows of one export look.
#[derive(Debug)]
pub(super) struct Layout {
    kind: Kind,
    columns: Vec<Text>,
    questions: Vec<Text>,
    with_nulls: bool,
}

impl Layout {
    pub(super) fn new(
        kind: Kind,
        outbreak: Option<&Object>,
        rows: &[&Object],
        with_nulls: bool,
    ) -> Self {
        let columns = if kind == Kind::Case {
            CASE_COLUMNS.into_iter().map(Text::from).collect()
        } else {
            all_fields(rows)
        };
        let mut questions = Vec::new();
        let template = outbreak.and_then(|o| o.get("caseInvestigationTemplate"));
        if let Some(template) = template.and_then(Doc::as_list).filter(|_| kind == Kind::Case) {
            variables(template, &mut questions);
        }
        Self { kind, columns, questions, with_nulls }
    }

    /// One row under its database names.
    pub(super) fn row(&self, world: &World, row: &Object) -> Object {
        let mut exported = Object::default();
        exported.set("_id", row.text("id").unwrap_or_default());
        for column in &self.columns {
            if let Some(value) = self.value(world, row, column) {
                exported.set(column, value);
            }
        }
        if self.kind == Kind::Case {
            if self.with_nulls {
                exported.set("responsibleUser", Doc::Null);
            }
            match row.get("questionnaireAnswers").and_then(Doc::as_object) {
                Some(answers) => exported.set("questionnaireAnswers", self.answers(answers)),
                None if self.with_nulls => exported.set("questionnaireAnswers", Doc::Null),
                None => {}
            }
        }
        exported
    }

    /// Answers to all questions of the template.
    fn answers(&self, given: &Object) -> Object {
        let mut all = Object::default();
        for variable in &self.questions {
            match given.get(variable) {
                Some(answer) => all.set(variable, answer.clone()),
                None if self.with_nulls => all.set(variable, Doc::Null),
                None => {}
            }
        }
        all
    }

    fn value(&self, world: &World, row: &Object, column: &str) -> Option<Doc> {
        if column == "type" {
            return Some(self.kind.person_type().into());
        }
        // `deathLocationId Parent location` and its like are made from the place before the blank.
        if let Some((field, part)) = column.split_once("Id ") {
            let mut place = Object::default();
            if let Some(id) = row.text(&format!("{field}Id")) {
                add_place(world, id, &mut place);
            }
            return Some(place.remove(part).unwrap_or_else(|| Vec::new().into()));
        }
        let inner: &[&str] = match column {
            "addresses" => &ADDRESS_COLUMNS,
            "dateRanges" => &DATE_RANGE_COLUMNS,
            "vaccinesReceived" => &VACCINE_COLUMNS,
            _ => &[],
        };
        match row.get(column) {
            Some(Doc::List(list)) if !inner.is_empty() => Some(
                list.iter().map(|item| self.element(world, item, inner)).collect::<Vec<_>>().into(),
            ),
            Some(value) => Some(value.clone()),
            None => self.with_nulls.then_some(Doc::Null),
        }
    }

    fn element(&self, world: &World, item: &Doc, columns: &[&str]) -> Doc {
        let Doc::Object(item) = item else { return item.clone() };
        let mut full = item.clone();
        if let Some(id) = item.text("locationId") {
            add_place(world, id, &mut full);
        }
        if self.with_nulls {
            for column in columns {
                full.set_default(column, Doc::Null);
            }
        }
        Doc::Object(full)
    }
}

/// Every field that any of the rows has, but those that no export shows.
fn all_fields(rows: &[&Object]) -> Vec<Text> {
    const NEVER: [&str; 7] = [
        "id",
        "usualPlaceOfResidenceLocationId",
        "dbUpdatedAt",
        "duplicateKeys",
        "outbreakId",
        "address",
        "relationshipsRepresentation",
    ];
    let mut fields: Vec<Text> = vec!["type".into()];
    for key in rows.iter().flat_map(|row| row.keys()) {
        if !NEVER.contains(&&**key) && !fields.contains(key) {
            fields.push(Text::clone(key));
        }
    }
    fields
}

/// The variables of a questionnaire's questions, those below answers too.
fn variables(questions: &[Doc], found: &mut Vec<Text>) {
    for question in questions.iter().filter_map(Doc::as_object) {
        found.extend(question.text("variable").map(Text::from));
        let answers = question.get("answers").and_then(Doc::as_list).unwrap_or_default();
        for answer in answers.iter().filter_map(Doc::as_object) {
            let further = answer.get("additionalQuestions").and_then(Doc::as_list);
            variables(further.unwrap_or_default(), found);
        }
    }
}

/// Adds the codes of a place, and the chain of places down to it.
fn add_place(world: &World, id: &str, full: &mut Object) {
    let mut chain = Vec::new();
    let mut at = world.row(Kind::Location, id);
    // A loop in the tree ends at its tenth step.
    while let Some(row) = at.filter(|_| chain.len() < 10) {
        chain.insert(0, row);
        at = row.text("parentLocationId").and_then(|id| world.row(Kind::Location, id));
    }
    let codes = chain.last().and_then(|row| row.get("identifiers")).and_then(Doc::as_list);
    let codes = codes.unwrap_or_default().iter().filter_map(|i| i.as_object()?.get("code"));
    full.set("Identifiers", codes.cloned().collect::<Vec<_>>());
    let each = |name: &str| -> Vec<Doc> {
        chain.iter().map(|row| row.get(name).cloned().unwrap_or(Doc::Null)).collect()
    };
    full.set("Location geographical level", each("geographicalLevelId"));
    full.set("Parent location", each("id"));
}
