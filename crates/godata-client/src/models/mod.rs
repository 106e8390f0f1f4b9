//! What Go.Data's records look like.
//!
//! Every property is a [`Field`]: missing, `null` or a value. Value lists are open enumerations,
//! dates are [`Moment`]s, and properties that are not known here are kept in `extra`, so a record
//! that is read and written back is the same record. `Debug` shows no personal property: names,
//! contact data, addresses, documents, dates of birth, comments, answers to questionnaires, and the
//! ids of people's records.

mod address;
mod field;
pub(crate) mod macros;
mod moment;
mod outbreak;
mod person;
mod place;
mod reference;
mod report;
mod staff;

pub use self::{
    address::{Address, GeoPoint},
    field::Field,
    moment::Moment,
    outbreak::{Country, Outbreak},
    person::{
        Age, Answer, Answers, Case, ClassificationPeriod, Contact, ContactOfContact, DateRange,
        Document, Event, FollowUpPeriod, FollowUpPeriodEntry, Person, RelationshipSummary, Vaccine,
    },
    place::{Location, LocationIdentifier, LocationNode, ReferenceItem},
    reference::{
        AddressType, CertaintyLevel, Classification, DailyFollowUpStatus, DateRangeType,
        FinalFollowUpStatus, Gender, GeographicalLevel, InvestigationStatus, LabTestResult,
        LabTestStatus, Outcome, PersonType, PregnancyStatus, RiskLevel, VaccineStatus,
    },
    report::{FollowUp, LabResult, LabSequence, Participant, Relationship},
    staff::{Cluster, ExportJob, LanguageToken, LanguageTokens, SystemVersion, Team, User},
};
