//! What is recorded about people: follow-ups, lab results, relationships.

use serde_json::{Number, Value};

use super::{
    Address, Answers, CertaintyLevel, DailyFollowUpStatus, LabTestResult, LabTestStatus, Moment,
    Person, PersonType, macros::model,
};

model! {
    /// One follow-up of one person on one day. There can be several a day.
    pub struct FollowUp {
        /// The record's id.
        shown id: String = "id",
        /// The outbreak's id.
        shown outbreak_id: String = "outbreakId",
        /// The person's id.
        hidden person_id: String = "personId",
        /// The day.
        shown date: Moment = "date",
        /// The day's number within the time of follow-up, from 1.
        shown index: Number = "index",
        /// How it went.
        shown status_id: DailyFollowUpStatus = "statusId",
        /// The team.
        shown team_id: String = "teamId",
        /// Whether it was meant to be done.
        shown targeted: bool = "targeted",
        /// The user who is responsible.
        hidden responsible_user_id: String = "responsibleUserId",
        /// The person's address when the day was generated.
        hidden address: Address = "address",
        /// The place of that address.
        shown usual_place_of_residence_location_id: String = "usualPlaceOfResidenceLocationId",
        /// Where it was filled in.
        hidden fill_location: Value = "fillLocation",
        /// Free text.
        hidden comment: String = "comment",
        /// Answers to the questionnaire.
        hidden questionnaire_answers: Answers = "questionnaireAnswers",
        /// What the person was when the day was generated (2.49 and later).
        shown created_as: PersonType = "createdAs",
        /// The person; called `contact` even when it is a case.
        shown person: Person = "contact",
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

model! {
    /// The sequencing of a sample.
    pub struct LabSequence {
        /// Whether there is one.
        shown has_sequence: bool = "hasSequence",
        /// Why not.
        hidden no_sequence_reason: String = "noSequenceReason",
        /// When the sample was sent.
        shown date_sample_sent: Moment = "dateSampleSent",
        /// The laboratory.
        shown lab_id: String = "labId",
        /// When the result came.
        shown date_result: Moment = "dateResult",
        /// The result: a reference-data id.
        shown result_id: String = "resultId",
    }
}

model! {
    /// A laboratory result with its person.
    pub struct LabResult {
        /// The record's id.
        shown id: String = "id",
        /// The outbreak's id.
        shown outbreak_id: String = "outbreakId",
        /// The person's id.
        hidden person_id: String = "personId",
        /// What the person is.
        shown person_type: PersonType = "personType",
        /// The sample's number; not unique.
        hidden sample_identifier: String = "sampleIdentifier",
        /// When the sample was taken.
        shown date_sample_taken: Moment = "dateSampleTaken",
        /// When it was delivered.
        shown date_sample_delivered: Moment = "dateSampleDelivered",
        /// When it was tested.
        shown date_testing: Moment = "dateTesting",
        /// When the result was there.
        shown date_of_result: Moment = "dateOfResult",
        /// The laboratory: a reference-data id.
        shown lab_name: String = "labName",
        /// What was sampled: a reference-data id.
        shown sample_type: String = "sampleType",
        /// How it was tested: a reference-data id.
        shown test_type: String = "testType",
        /// What was looked for: a reference-data id.
        shown tested_for: String = "testedFor",
        /// What was found.
        shown result: LabTestResult = "result",
        /// What was measured, as text.
        hidden quantitative_result: String = "quantitativeResult",
        /// How far the test has got.
        shown status: LabTestStatus = "status",
        /// Free text.
        hidden notes: String = "notes",
        /// The sequencing.
        shown sequence: LabSequence = "sequence",
        /// Answers to the questionnaire.
        hidden questionnaire_answers: Answers = "questionnaireAnswers",
        /// The person.
        shown person: Person = "person",
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

model! {
    /// One side of a [`Relationship`].
    pub struct Participant {
        /// The person's or event's id.
        hidden id: String = "id",
        /// What it is.
        shown r#type: PersonType = "type",
        /// Whether it exposed the other.
        shown source: bool = "source",
        /// Whether it was exposed.
        shown target: bool = "target",
    }
}

model! {
    /// An exposure: who was exposed to whom.
    pub struct Relationship {
        /// The record's id.
        shown id: String = "id",
        /// The outbreak's id.
        shown outbreak_id: String = "outbreakId",
        /// The two sides in no fixed order; see [`source`](Self::source) and
        /// [`target`](Self::target).
        shown persons: Vec<Participant> = "persons",
        /// The latest contact.
        shown contact_date: Moment = "contactDate",
        /// Whether that is approximate.
        shown contact_date_estimated: bool = "contactDateEstimated",
        /// The first contact.
        shown date_of_first_contact: Moment = "dateOfFirstContact",
        /// How certain it is.
        shown certainty_level_id: CertaintyLevel = "certaintyLevelId",
        /// What kind of exposure: a reference-data id.
        shown exposure_type_id: String = "exposureTypeId",
        /// How often: a reference-data id.
        shown exposure_frequency_id: String = "exposureFrequencyId",
        /// How long: a reference-data id.
        shown exposure_duration_id: String = "exposureDurationId",
        /// Context of transmission: a reference-data id.
        shown social_relationship_type_id: String = "socialRelationshipTypeId",
        /// Free text.
        hidden social_relationship_detail: String = "socialRelationshipDetail",
        /// The cluster.
        shown cluster_id: String = "clusterId",
        /// Free text.
        hidden comment: String = "comment",
        /// Whether it counts; not when a case was discarded.
        shown active: bool = "active",
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
        /// With which other record it was deleted.
        hidden deleted_by_parent: String = "deletedByParent",
    }
}

impl Relationship {
    /// The side that exposed the other.
    #[must_use]
    pub fn source(&self) -> Option<&Participant> {
        self.persons.items().iter().find(|person| person.source.value() == Some(&true))
    }

    /// The side that was exposed.
    #[must_use]
    pub fn target(&self) -> Option<&Participant> {
        self.persons.items().iter().find(|person| person.target.value() == Some(&true))
    }
}
