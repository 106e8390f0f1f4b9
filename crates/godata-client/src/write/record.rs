//! What can be written to an outbreak.

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    RecordKind,
    models::{Case, Contact, ContactOfContact, Event, Field, FollowUp, LabResult, Relationship},
};

mod sealed {
    pub trait Sealed {}
}

/// A person or event: a record that stands on its own.
pub trait PersonRecord:
    sealed::Sealed + Serialize + DeserializeOwned + Clone + Send + Sync + 'static
{
    /// Where records of this type are found.
    const KIND: RecordKind;

    /// The record's id.
    fn id(&self) -> Option<&str>;

    /// The number that people use.
    fn visual_id(&self) -> Option<&str>;

    /// The same record without its two keys, as the changes of an update.
    #[must_use]
    fn without_keys(self) -> Self;
}

macro_rules! person_record {
    ($($model:ident: $kind:ident),* $(,)?) => {$(
        impl sealed::Sealed for $model {}

        impl PersonRecord for $model {
            const KIND: RecordKind = RecordKind::$kind;

            fn id(&self) -> Option<&str> {
                self.id.text()
            }

            fn visual_id(&self) -> Option<&str> {
                self.visual_id.text()
            }

            fn without_keys(self) -> Self {
                Self { id: Field::Missing, visual_id: Field::Missing, ..self }
            }
        }
    )*};
}

person_record! {
    Case: Case,
    Contact: Contact,
    ContactOfContact: ContactOfContact,
    Event: Event,
}

/// A record that belongs to a person: follow-up, lab result, relationship.
pub trait AttachedRecord:
    sealed::Sealed + Serialize + DeserializeOwned + Clone + Send + Sync + 'static
{
    /// The list below a person's address.
    const LIST: &'static str;

    /// The record's id.
    fn id(&self) -> Option<&str>;
}

macro_rules! attached_record {
    ($($model:ident: $list:literal),* $(,)?) => {$(
        impl sealed::Sealed for $model {}

        impl AttachedRecord for $model {
            const LIST: &'static str = $list;

            fn id(&self) -> Option<&str> {
                self.id.text()
            }
        }
    )*};
}

attached_record! {
    FollowUp: "follow-ups",
    LabResult: "lab-results",
    Relationship: "relationships",
}

/// A person or event by kind and id.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PersonRef {
    kind: RecordKind,
    id: String,
}

impl PersonRef {
    /// A case.
    pub fn case(id: impl Into<String>) -> Self {
        Self { kind: RecordKind::Case, id: id.into() }
    }

    /// A contact.
    pub fn contact(id: impl Into<String>) -> Self {
        Self { kind: RecordKind::Contact, id: id.into() }
    }

    /// A contact of a contact.
    pub fn contact_of_contact(id: impl Into<String>) -> Self {
        Self { kind: RecordKind::ContactOfContact, id: id.into() }
    }

    /// An event.
    pub fn event(id: impl Into<String>) -> Self {
        Self { kind: RecordKind::Event, id: id.into() }
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> RecordKind {
        self.kind
    }

    /// The record's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// Shows the kind, not whose record it is.
impl std::fmt::Debug for PersonRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonRef").field("kind", &self.kind).finish_non_exhaustive()
    }
}
