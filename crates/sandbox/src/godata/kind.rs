//! The kinds of rows a Go.Data holds.

use super::doc::Object;

/// A kind of row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A case.
    Case,
    /// A contact of a case or event.
    Contact,
    /// A contact of a contact.
    ContactOfContact,
    /// An event, such as a gathering.
    Event,
    /// A visit to a contact or case on one day.
    FollowUp,
    /// A result of a laboratory.
    LabResult,
    /// A link between two persons or events.
    Relationship,
    /// A place. Belongs to no outbreak.
    Location,
    /// A value of a list, such as a classification. Belongs to no outbreak.
    ReferenceData,
}

impl Kind {
    /// The kinds that share visual ids and stand in relationships.
    pub(super) const PERSONS: [Self; 4] =
        [Self::Case, Self::Contact, Self::ContactOfContact, Self::Event];

    pub(super) const ALL: [Self; 9] = [
        Self::Case,
        Self::Contact,
        Self::ContactOfContact,
        Self::Event,
        Self::FollowUp,
        Self::LabResult,
        Self::Relationship,
        Self::Location,
        Self::ReferenceData,
    ];

    /// The kind of a path's segment under an outbreak, such as `contacts-of-contacts`.
    pub(super) fn of_persons(word: &str) -> Option<Self> {
        Some(match word {
            "cases" => Self::Case,
            "contacts" => Self::Contact,
            "contacts-of-contacts" => Self::ContactOfContact,
            "events" => Self::Event,
            _ => return None,
        })
    }

    /// The model's name in messages.
    pub(super) fn model(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Contact => "contact",
            Self::ContactOfContact => "contactOfContact",
            Self::Event => "event",
            Self::FollowUp => "followUp",
            Self::LabResult => "labResult",
            Self::Relationship => "relationship",
            Self::Location => "location",
            Self::ReferenceData => "referenceData",
        }
    }

    /// What its permissions begin with: `case` in `case_list`.
    pub(super) fn permission(self, action: &str) -> String {
        let group = match self {
            Self::Case => "case",
            Self::Contact => "contact",
            Self::ContactOfContact => "contact_of_contact",
            Self::Event => "event",
            Self::FollowUp => "follow_up",
            Self::LabResult => "lab_result",
            Self::Relationship => "relationship",
            Self::Location => "location",
            Self::ReferenceData => "reference_data",
        };
        format!("{group}_{action}")
    }

    /// The reference-data id that `type` holds where it is shown.
    pub(super) fn person_type(self) -> &'static str {
        match self {
            Self::Contact => "LNG_REFERENCE_DATA_CATEGORY_PERSON_TYPE_CONTACT",
            Self::ContactOfContact => "LNG_REFERENCE_DATA_CATEGORY_PERSON_TYPE_CONTACT_OF_CONTACT",
            Self::Event => "LNG_REFERENCE_DATA_CATEGORY_PERSON_TYPE_EVENT",
            _ => "LNG_REFERENCE_DATA_CATEGORY_PERSON_TYPE_CASE",
        }
    }

    pub(super) fn is_person(self) -> bool {
        Self::PERSONS.contains(&self)
    }

    /// Whether rows of this kind belong to an outbreak.
    pub(super) fn is_of_an_outbreak(self) -> bool {
        !matches!(self, Self::Location | Self::ReferenceData)
    }

    /// The property of an outbreak that says how this kind is numbered.
    pub(super) fn mask_property(self) -> Option<&'static str> {
        match self {
            Self::Case => Some("caseIdMask"),
            Self::Contact => Some("contactIdMask"),
            Self::ContactOfContact => Some("contactOfContactIdMask"),
            Self::Event => Some("eventIdMask"),
            _ => None,
        }
    }

    /// Fills in what the model declares a default for, as a read of the real server shows it.
    pub(super) fn fill_defaults(self, row: &mut Object) {
        match self {
            Self::Case => {
                for flag in ["wasContact", "wasContactOfContact", "transferRefused", "safeBurial"] {
                    row.set_default(flag, false);
                }
                row.set_default("isDateOfReportingApproximate", false);
            }
            Self::Contact => {
                for flag in ["transferRefused", "safeBurial", "wasCase", "wasContactOfContact"] {
                    row.set_default(flag, false);
                }
                row.set_default("active", true);
                row.set_default("isDateOfReportingApproximate", false);
            }
            Self::ContactOfContact => {
                for flag in ["safeBurial", "wasCase", "wasContact"] {
                    row.set_default(flag, false);
                }
                row.set_default("active", true);
                row.set_default("isDateOfReportingApproximate", false);
            }
            Self::Event => {
                row.set_default("dateApproximate", false);
                row.set_default("isDateOfReportingApproximate", false);
            }
            Self::FollowUp => row.set_default("targeted", true),
            Self::Relationship => {
                row.set_default("contactDateEstimated", false);
                row.set_default("active", true);
            }
            Self::Location => {
                row.set_default("active", true);
                row.set_default("synonyms", Vec::new());
                row.set_default("identifiers", Vec::new());
            }
            Self::ReferenceData => {
                row.set_default("readOnly", false);
                row.set_default("active", true);
            }
            Self::LabResult => {}
        }
        if self.is_person() {
            row.set_default("hasRelationships", false);
            row.set_default("numberOfContacts", 0_i64);
            row.set_default("numberOfExposures", 0_i64);
        }
    }
}
