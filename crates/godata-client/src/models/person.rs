//! People and events: the records that an outbreak is about.

use std::collections::BTreeMap;

use serde_json::{Number, Value};

use super::{
    Address, Classification, DateRangeType, FinalFollowUpStatus, Gender, InvestigationStatus,
    Moment, Outcome, PersonType, PregnancyStatus, RiskLevel, VaccineStatus, macros::model,
};

/// Answers to a questionnaire by the question's variable; several where the question may be
/// answered repeatedly, newest first.
pub type Answers = BTreeMap<String, Value>;

model! {
    /// An age. Years are meaningful, or months for children under one year; both 0 can mean a
    /// newborn or that nothing was entered. The server does not recompute it.
    pub struct Age {
        /// Completed years.
        shown years: Number = "years",
        /// Completed months below one year.
        shown months: Number = "months",
    }
}

model! {
    /// One answer to a question of a questionnaire.
    pub struct Answer {
        /// Text, number, date as text, or a list of chosen values, by the kind of question.
        hidden value: Value = "value",
        /// When it was given, for questions that are asked repeatedly.
        shown date: Moment = "date",
    }
}

model! {
    /// An identity document.
    pub struct Document {
        /// What kind of document.
        shown r#type: String = "type",
        /// Its number.
        hidden number: String = "number",
    }
}

model! {
    /// A vaccination.
    pub struct Vaccine {
        /// Which vaccine.
        shown vaccine: String = "vaccine",
        /// When.
        shown date: Moment = "date",
        /// Whether it was given.
        shown status: VaccineStatus = "status",
    }
}

model! {
    /// A stay in a hospital, in isolation and the like. Any date can be missing.
    pub struct DateRange {
        /// What kind of stay.
        shown type_id: DateRangeType = "typeId",
        /// Its first day.
        shown start_date: Moment = "startDate",
        /// Its last day; missing while it lasts.
        shown end_date: Moment = "endDate",
        /// The facility: a reference-data id.
        shown center_name: String = "centerName",
        /// The place of the facility.
        shown location_id: String = "locationId",
        /// Free text.
        hidden comments: String = "comments",
    }
}

model! {
    /// From when to when a case had a classification, by the moments of editing.
    pub struct ClassificationPeriod {
        /// The classification.
        shown classification: Classification = "classification",
        /// When it was given.
        shown start_date: Moment = "startDate",
        /// When it was replaced; missing for the one that holds.
        shown end_date: Moment = "endDate",
    }
}

model! {
    /// The time over which a person is followed up.
    pub struct FollowUpPeriod {
        /// The first day, as first computed.
        shown original_start_date: Moment = "originalStartDate",
        /// The first day.
        shown start_date: Moment = "startDate",
        /// The last day.
        shown end_date: Moment = "endDate",
        /// How it stands or ended.
        shown status: FinalFollowUpStatus = "status",
        /// Whether days are generated from the last contact on.
        shown from_last_contact: bool = "generateFollowUpsDateOfLastContact",
    }
}

model! {
    /// From when to when a follow-up had a status.
    pub struct FollowUpPeriodEntry {
        /// The status.
        shown status: FinalFollowUpStatus = "status",
        /// Since when.
        shown start_date: Moment = "startDate",
        /// Until when; missing for the one that holds.
        shown end_date: Moment = "endDate",
    }
}

model! {
    /// A relationship as its participants carry it.
    pub struct RelationshipSummary {
        /// The relationship's id.
        hidden id: String = "id",
        /// Whether it counts.
        shown active: bool = "active",
        /// What the other participant is.
        shown other_type: PersonType = "otherParticipantType",
        /// The other participant's id.
        hidden other_id: String = "otherParticipantId",
        /// Whether this record is the source of the exposure.
        shown source: bool = "source",
        /// Whether this record was exposed.
        shown target: bool = "target",
    }
}

/// The properties that all people share, and then those of one kind.
macro_rules! person_model {
    (
        $(#[$meta:meta])*
        pub struct $name:ident { $($own:tt)* }
    ) => {
        model! {
            $(#[$meta])*
            pub struct $name {
                /// The record's id. It stays when a contact becomes a case and the other way round;
                /// a merge makes a new one.
                hidden id: String = "id",
                /// The outbreak's id.
                shown outbreak_id: String = "outbreakId",
                /// The number that people use, unique in the outbreak.
                hidden visual_id: String = "visualId",
                /// First name.
                hidden first_name: String = "firstName",
                /// Middle name.
                hidden middle_name: String = "middleName",
                /// Last name.
                hidden last_name: String = "lastName",
                /// Gender.
                shown gender: Gender = "gender",
                /// Date of birth.
                hidden dob: Moment = "dob",
                /// Age when it was entered.
                shown age: Age = "age",
                /// Occupation: a reference-data id.
                shown occupation: String = "occupation",
                /// Pregnancy.
                shown pregnancy_status: PregnancyStatus = "pregnancyStatus",
                /// Identity documents.
                hidden documents: Vec<Document> = "documents",
                /// All addresses.
                hidden addresses: Vec<Address> = "addresses",
                /// The present address, as the server repeats it.
                hidden address: Address = "address",
                /// Where the person lives: the place of the usual residence, derived by the server;
                /// null if that address has none.
                shown usual_place_of_residence_location_id: String =
                    "usualPlaceOfResidenceLocationId",
                /// When it was reported.
                shown date_of_reporting: Moment = "dateOfReporting",
                /// Whether that is approximate.
                shown is_date_of_reporting_approximate: bool = "isDateOfReportingApproximate",
                /// The latest contact, kept by the server from relationships.
                shown date_of_last_contact: Moment = "dateOfLastContact",
                /// Day of burial.
                shown date_of_burial: Moment = "dateOfBurial",
                /// Whether the burial was safe.
                shown safe_burial: bool = "safeBurial",
                /// Whether a transfer was refused.
                shown transfer_refused: bool = "transferRefused",
                /// Outcome.
                shown outcome_id: Outcome = "outcomeId",
                /// When; can be missing even for a death.
                shown date_of_outcome: Moment = "dateOfOutcome",
                /// Risk level.
                shown risk_level: RiskLevel = "riskLevel",
                /// Why, as free text.
                hidden risk_reason: String = "riskReason",
                /// Vaccinations.
                shown vaccines_received: Vec<Vaccine> = "vaccinesReceived",
                /// The time of follow-up.
                shown follow_up: FollowUpPeriod = "followUp",
                /// How the follow-up stood before.
                shown follow_up_history: Vec<FollowUpPeriodEntry> = "followUpHistory",
                /// The team that follows up.
                shown follow_up_team_id: String = "followUpTeamId",
                /// The user who is responsible.
                hidden responsible_user_id: String = "responsibleUserId",
                /// Answers to the questionnaire.
                hidden questionnaire_answers: Answers = "questionnaireAnswers",
                /// Whether there are relationships.
                shown has_relationships: bool = "hasRelationships",
                /// The relationships, in short. Grows with their number: leave it out of
                /// projections.
                hidden relationships: Vec<RelationshipSummary> = "relationshipsRepresentation",
                /// How many this person exposed (2.40 and later).
                shown number_of_contacts: Number = "numberOfContacts",
                /// How many exposed this person (2.40 and later).
                shown number_of_exposures: Number = "numberOfExposures",
                /// What duplicates are looked for by: names, among others.
                hidden duplicate_keys: Value = "duplicateKeys",
                /// Records that this one was merged from.
                hidden merged_duplicates_ids: Vec<String> = "mergedDuplicatesIds",
                /// Records that were declared different people.
                hidden not_duplicates_ids: Vec<String> = "notDuplicatesIds",
                /// Whether it was a case before.
                shown was_case: bool = "wasCase",
                /// Whether it was a contact before.
                shown was_contact: bool = "wasContact",
                /// Whether it was a contact of a contact before.
                shown was_contact_of_contact: bool = "wasContactOfContact",
                /// Whether a contact counts.
                shown active: bool = "active",
                $($own)*
                /// When it was entered, by the clock of where it was entered.
                shown created_at: Moment = "createdAt",
                /// Who entered it.
                hidden created_by: String = "createdBy",
                /// Which way it came: `API`, `WEB`, `MOBILE`, `IMPORT`, ….
                shown created_on: String = "createdOn",
                /// When it was last edited, by the clock of where that was; a phone that was
                /// offline for a week delivers week-old moments.
                shown updated_at: Moment = "updatedAt",
                /// Who edited it last.
                hidden updated_by: String = "updatedBy",
                /// When the server last wrote it, by its own clock (about 2.47 and later).
                shown db_updated_at: Moment = "dbUpdatedAt",
                /// Whether it is deleted.
                shown deleted: bool = "deleted",
                /// When it was deleted.
                shown deleted_at: Moment = "deletedAt",
                /// With which other record it was deleted.
                hidden deleted_by_parent: String = "deletedByParent",
            }
        }
    };
}

person_model! {
    /// A case. The server requires next to nothing of it: any property can be missing.
    pub struct Case {
        /// How far it is confirmed; missing for some.
        shown classification: Classification = "classification",
        /// What it was before.
        shown classification_history: Vec<ClassificationPeriod> = "classificationHistory",
        /// Onset of symptoms.
        shown date_of_onset: Moment = "dateOfOnset",
        /// Whether that is approximate.
        shown is_date_of_onset_approximate: bool = "isDateOfOnsetApproximate",
        /// Infection.
        shown date_of_infection: Moment = "dateOfInfection",
        /// When a contact became this case.
        shown date_become_case: Moment = "dateBecomeCase",
        /// Stays in hospital, in isolation and the like.
        shown date_ranges: Vec<DateRange> = "dateRanges",
        /// Where the person died (2.45 and later).
        shown death_location_id: String = "deathLocationId",
        /// Where the person was buried.
        shown burial_location_id: String = "burialLocationId",
        /// Name of that place.
        hidden burial_place_name: String = "burialPlaceName",
        /// How far the investigation has got (2.41 and later).
        shown investigation_status: InvestigationStatus = "investigationStatus",
        /// When it was completed (2.41 and later).
        shown date_investigation_completed: Moment = "dateInvestigationCompleted",
        /// Answers from the time as a contact.
        hidden questionnaire_answers_contact: Answers = "questionnaireAnswersContact",
    }
}

person_model! {
    /// A contact of a case.
    pub struct Contact {
        /// When a contact of a contact, or a case, became this contact.
        shown date_become_contact: Moment = "dateBecomeContact",
        /// Answers from the time as a case.
        hidden questionnaire_answers_case: Answers = "questionnaireAnswersCase",
    }
}

person_model! {
    /// A contact of a contact.
    pub struct ContactOfContact {
        /// When a contact became this.
        shown date_become_contact_of_contact: Moment = "dateBecomeContactOfContact",
    }
}

person_model! {
    /// Any kind of person, as follow-ups and lab results embed it.
    pub struct Person {
        /// What it is.
        shown r#type: PersonType = "type",
        /// How far a case is confirmed.
        shown classification: Classification = "classification",
        /// Onset of symptoms of a case.
        shown date_of_onset: Moment = "dateOfOnset",
        /// Stays of a case in hospital, in isolation and the like.
        shown date_ranges: Vec<DateRange> = "dateRanges",
    }
}

model! {
    /// An event, such as a gathering, that people can be exposed at.
    pub struct Event {
        /// The record's id.
        shown id: String = "id",
        /// The outbreak's id.
        shown outbreak_id: String = "outbreakId",
        /// The number that people use (2.46 and later).
        shown visual_id: String = "visualId",
        /// Its name, which can be a person's.
        hidden name: String = "name",
        /// Its day.
        shown date: Moment = "date",
        /// Whether that is approximate.
        shown date_approximate: bool = "dateApproximate",
        /// Its last day (2.42 and later).
        shown end_date: Moment = "endDate",
        /// What kind of event (2.42 and later).
        shown event_category: String = "eventCategory",
        /// Free text.
        hidden description: String = "description",
        /// Where it was.
        hidden address: Address = "address",
        /// The place of that address, derived by the server.
        shown usual_place_of_residence_location_id: String = "usualPlaceOfResidenceLocationId",
        /// When it was reported.
        shown date_of_reporting: Moment = "dateOfReporting",
        /// Whether that is approximate.
        shown is_date_of_reporting_approximate: bool = "isDateOfReportingApproximate",
        /// The latest contact, kept by the server.
        shown date_of_last_contact: Moment = "dateOfLastContact",
        /// Answers to the questionnaire.
        hidden questionnaire_answers: Answers = "questionnaireAnswers",
        /// The user who is responsible.
        hidden responsible_user_id: String = "responsibleUserId",
        /// Whether there are relationships.
        shown has_relationships: bool = "hasRelationships",
        /// The relationships, in short.
        hidden relationships: Vec<RelationshipSummary> = "relationshipsRepresentation",
        /// How many people were exposed.
        shown number_of_contacts: Number = "numberOfContacts",
        /// How many exposures led to it.
        shown number_of_exposures: Number = "numberOfExposures",
        /// When it was entered.
        shown created_at: Moment = "createdAt",
        /// Who entered it.
        hidden created_by: String = "createdBy",
        /// Which way it came.
        shown created_on: String = "createdOn",
        /// When it was last edited.
        shown updated_at: Moment = "updatedAt",
        /// Who edited it last.
        hidden updated_by: String = "updatedBy",
        /// When the server last wrote it.
        shown db_updated_at: Moment = "dbUpdatedAt",
        /// Whether it is deleted.
        shown deleted: bool = "deleted",
        /// When it was deleted.
        shown deleted_at: Moment = "deletedAt",
    }
}
