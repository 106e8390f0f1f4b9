//! Outbreaks.

use serde_json::{Number, Value};

use super::{GeographicalLevel, Moment, macros::model};

model! {
    /// A country of an outbreak.
    pub struct Country {
        /// A reference-data id.
        shown id: String = "id",
    }
}

model! {
    /// An outbreak: what the records belong to.
    pub struct Outbreak {
        /// The outbreak's id.
        shown id: String = "id",
        /// Its name, unique.
        shown name: String = "name",
        /// Free text.
        hidden description: String = "description",
        /// The disease: a reference-data id.
        shown disease: String = "disease",
        /// The countries.
        shown countries: Vec<Country> = "countries",
        /// The places it is limited to; missing or empty for all.
        shown location_ids: Vec<String> = "locationIds",
        /// Its first day.
        shown start_date: Moment = "startDate",
        /// Its last day; null or missing while it lasts.
        shown end_date: Moment = "endDate",
        /// Days of follow-up.
        shown period_of_follow_up: Number = "periodOfFollowup",
        /// Days between follow-ups.
        shown frequency_of_follow_up: Number = "frequencyOfFollowUp",
        /// Follow-ups a day.
        shown frequency_of_follow_up_per_day: Number = "frequencyOfFollowUpPerDay",
        /// The level that reports are made for.
        shown reporting_geographical_level_id: GeographicalLevel = "reportingGeographicalLevelId",
        /// How the numbers of cases look.
        shown case_id_mask: String = "caseIdMask",
        /// How the numbers of contacts look.
        shown contact_id_mask: String = "contactIdMask",
        /// How the numbers of contacts of contacts look.
        shown contact_of_contact_id_mask: String = "contactOfContactIdMask",
        /// How the numbers of events look.
        shown event_id_mask: String = "eventIdMask",
        /// The questionnaire for cases.
        hidden case_investigation_template: Vec<Value> = "caseInvestigationTemplate",
        /// The questionnaire for contacts.
        hidden contact_investigation_template: Vec<Value> = "contactInvestigationTemplate",
        /// The questionnaire for events.
        hidden event_investigation_template: Vec<Value> = "eventInvestigationTemplate",
        /// The questionnaire for follow-ups of cases.
        hidden case_follow_up_template: Vec<Value> = "caseFollowUpTemplate",
        /// The questionnaire for follow-ups of contacts.
        hidden contact_follow_up_template: Vec<Value> = "contactFollowUpTemplate",
        /// The questionnaire for lab results.
        hidden lab_results_template: Vec<Value> = "labResultsTemplate",
        /// Whether contacts have lab results; if not, lists leave theirs out, silently.
        shown is_contact_lab_results_active: bool = "isContactLabResultsActive",
        /// Whether there are contacts of contacts.
        shown is_contacts_of_contacts_active: bool = "isContactsOfContactsActive",
        /// Whether teams see their places only; see [`Scope`](crate::Scope).
        shown apply_geographic_restrictions: bool = "applyGeographicRestrictions",
        /// Whether cases are followed up (2.49 and later).
        shown allow_cases_follow_up: bool = "allowCasesFollowUp",
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
