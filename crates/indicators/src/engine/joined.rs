//! A record with the persons it belongs to.

use super::Engine;
use super::compile::{Counting, Plan};
use crate::field::Record;
use crate::people::{People, Person};
use crate::reason::Reason;
use crate::scan::{Raw, Slots, one_record};

/// The memory of one row, for a look at a single record.
pub(super) struct Rows {
    slots: Slots,
    person_slots: Slots,
}

impl Rows {
    pub(super) fn new(engine: &Engine, plan: &Plan) -> Self {
        Self {
            slots: Slots::new(plan.keys.len()),
            person_slots: Slots::new(engine.person_keys.len()),
        }
    }

    /// The record, if it is one JSON object.
    pub(super) fn record<'r>(
        &'r mut self,
        engine: &Engine,
        plan: &Plan,
        text: &'r [u8],
    ) -> Option<Record<'r>> {
        one_record(text, &plan.keys, &mut self.slots)?;
        let record = Record::new(text, &self.slots, &[]);
        Some(match plan.needs_person {
            true => with_embedded_person(engine, plan, record, &mut self.person_slots),
            false => record,
        })
    }
}

/// The record with the copy of the person that it carries, if it does.
pub(super) fn with_embedded_person<'r>(
    engine: &Engine,
    plan: &Plan,
    record: Record<'r>,
    slots: &'r mut Slots,
) -> Record<'r> {
    let copy = plan.embedded.iter().find_map(|field| record.first(field).filter(|v| v.is_object()));
    match copy {
        Some(copy) if one_record(copy.0, &engine.person_keys, slots).is_some() => {
            Record { person: Person::Embedded { text: copy.0, slots }, ..record }
        }
        _ => record,
    }
}

/// The record with the persons of the list that it belongs to.
pub(super) fn join<'r>(
    plan: &Plan,
    counting: &Counting,
    people: &'r People,
    record: Record<'r>,
) -> Result<Record<'r>, Reason> {
    let find = |id: Option<Raw<'_>>| {
        id.and_then(|id| people.find(id, &counting.join)).ok_or(Reason::PersonNotInList)
    };
    if plan.persons == plan.id {
        return Ok(Record { person: find(record.first(&plan.person_id))?, ..record });
    }
    let (mut from, mut to) = (None, None);
    let _ = record.each(&plan.persons, &mut |list| {
        if let Some(list) = list {
            list.for_each_element(|person| {
                let is = |flag| person.field(flag).and_then(Raw::as_bool) == Some(true);
                if is("source") {
                    from = person.field("id");
                } else if is("target") {
                    to = person.field("id");
                }
            });
        }
        std::ops::ControlFlow::<()>::Continue(())
    });
    // One of the two may be of a kind that was not asked for; both absent is nobody.
    let (from, to) = (find(from), find(to));
    if from.is_err() && to.is_err() {
        return Err(Reason::PersonNotInList);
    }
    let nobody = Person::Nobody;
    Ok(Record { from: from.unwrap_or(nobody), to: to.unwrap_or(nobody), ..record })
}
