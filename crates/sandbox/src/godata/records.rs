//! What a server does to rows when they are written: derived fields, history, cascades.

use super::{
    doc::{Doc, Object, Text},
    kind::Kind,
    world::World,
};

const USUAL_PLACE: &str = "LNG_REFERENCE_DATA_CATEGORY_ADDRESS_TYPE_USUAL_PLACE_OF_RESIDENCE";
const ARCHIVED_ID: &str = "LNG_REFERENCE_DATA_CATEGORY_DOCUMENT_TYPE_ARCHIVED_ID";
const SUSPECT: &str = "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_SUSPECT";
const UNDER_FOLLOW_UP: &str =
    "LNG_REFERENCE_DATA_CONTACT_FINAL_FOLLOW_UP_STATUS_TYPE_UNDER_FOLLOW_UP";
const DAY_MILLIS: i64 = 86_400_000;

impl World {
    /// Adds a row with all that the server derives. No rule is checked here.
    pub(super) fn insert(
        &mut self,
        outbreak_id: &str,
        kind: Kind,
        mut row: Object,
        by: &str,
    ) -> Text {
        if row.text("id").is_none() {
            let id = self.ids.uuid();
            row.set("id", id);
        }
        if kind.is_of_an_outbreak() {
            row.set("outbreakId", outbreak_id);
        }
        kind.fill_defaults(&mut row);
        derive_residence(kind, &mut row, true);
        self.stamp_new(&mut row, by);
        if kind == Kind::Case && row.get("classificationHistory").is_none() {
            self.open_history(&mut row);
        }
        let id = self.store(kind, row);
        if kind == Kind::Relationship {
            self.link(&id);
        }
        id
    }

    /// Changes the given fields of a row; the others stay.
    pub(super) fn change(&mut self, kind: Kind, id: &str, patch: Object, by: &str) -> bool {
        let now = self.clock.millis();
        let Some(row) = self.row_mut(kind, id) else { return false };
        let sends_addresses = patch.get("addresses").is_some() || patch.get("address").is_some();
        let old_class = row.get("classification").cloned();
        for (key, value) in patch {
            row.set(&key, value);
        }
        if sends_addresses {
            derive_residence(kind, row, false);
        }
        let new_class = row.get("classification").cloned();
        if kind == Kind::Case && old_class != new_class {
            close_history(row, now);
        }
        Self::stamp_changed(now, row, by);
        true
    }

    /// Deletes a row softly, and with a person all that hangs on it.
    pub(super) fn remove(&mut self, kind: Kind, id: &str, by: &str) -> bool {
        if self.row(kind, id).is_none_or(|row| row.is_true("deleted")) {
            return false;
        }
        self.mark_deleted(kind, id, by, None);
        if kind.is_person() {
            for (other_kind, other) in self.hanging_on(id) {
                self.mark_deleted(other_kind, &other, by, Some(id));
                if other_kind == Kind::Relationship {
                    self.unlink(&other, id, by);
                }
            }
        } else if kind == Kind::Relationship {
            self.unlink(id, "", by);
        }
        true
    }

    fn mark_deleted(&mut self, kind: Kind, id: &str, by: &str, origin: Option<&str>) {
        let now = self.clock.millis();
        let Some(row) = self.row_mut(kind, id) else { return };
        row.set("deleted", true);
        row.set("deletedAt", Doc::Date(now));
        if let Some(origin) = origin {
            row.set("deletedByParent", origin);
        }
        if kind.is_person()
            && let Some(visual_id) = row.text("visualId").map(str::to_owned)
        {
            let mut archived = Object::default();
            archived.set("type", ARCHIVED_ID);
            archived.set("number", visual_id);
            let mut documents =
                row.get("documents").and_then(Doc::as_list).unwrap_or_default().to_vec();
            documents.push(Doc::Object(archived));
            row.set("documents", documents);
            row.set("visualId", "");
        }
        Self::stamp_changed(now, row, by);
    }

    /// Brings a deleted row back, and what was deleted with it.
    pub(super) fn bring_back(&mut self, kind: Kind, id: &str, by: &str) -> bool {
        let now = self.clock.millis();
        let Some(row) = self.row_mut(kind, id).filter(|row| row.is_true("deleted")) else {
            return false;
        };
        revive(row, now, by);
        let with_it: Vec<(Kind, Text)> = Kind::ALL
            .into_iter()
            .flat_map(|kind| self.rows(kind).map(move |row| (kind, row)))
            .filter(|(_, row)| row.text("deletedByParent") == Some(id))
            .filter_map(|(kind, row)| Some((kind, Text::from(row.text("id")?))))
            .collect();
        for (other_kind, other) in with_it {
            if let Some(row) = self.row_mut(other_kind, &other) {
                revive(row, now, by);
            }
            if other_kind == Kind::Relationship {
                self.link(&other);
            }
        }
        true
    }

    /// Live relationships, follow-ups and lab results of a person.
    fn hanging_on(&self, id: &str) -> Vec<(Kind, Text)> {
        let of = |kind: Kind| {
            self.rows(kind)
                .filter(|row| !row.is_true("deleted"))
                .filter(|row| {
                    row.text("personId") == Some(id)
                        || (kind == Kind::Relationship && partners(row).any(|p| p == id))
                })
                .filter_map(move |row| Some((kind, Text::from(row.text("id")?))))
                .collect::<Vec<_>>()
        };
        [Kind::Relationship, Kind::FollowUp, Kind::LabResult].into_iter().flat_map(of).collect()
    }

    /// Makes a person another kind of person: the id stays.
    pub(super) fn turn_into(&mut self, id: &str, to: Kind, by: &str) -> bool {
        let Some((from, _)) = self.person(id) else { return false };
        if from == to || !to.is_person() {
            return false;
        }
        let now = self.clock.millis();
        let Some(mut row) = self.take(from, id) else { return false };
        let today = Doc::Date(now - now.rem_euclid(DAY_MILLIS));
        let was = match from {
            Kind::Case => "wasCase",
            Kind::Contact => "wasContact",
            _ => "wasContactOfContact",
        };
        row.set(was, true);
        match to {
            Kind::Case => {
                row.set("dateBecomeCase", today);
                row.set("classification", SUSPECT);
                self.open_history(&mut row);
            }
            Kind::Contact => row.set("dateBecomeContact", today),
            _ => row.set("dateBecomeContactOfContact", today),
        }
        to.fill_defaults(&mut row);
        Self::stamp_changed(now, &mut row, by);
        self.store(to, row);
        self.rename_in_relationships(id, id, to);
        true
    }

    /// Merges persons of one kind into a new one. What `model` does not give is taken from the first
    /// row that has it.
    pub(super) fn unite(
        &mut self,
        kind: Kind,
        ids: &[&str],
        model: Object,
        by: &str,
    ) -> Option<Text> {
        let first = self.row(kind, ids.first()?)?;
        let outbreak_id = first.text("outbreakId")?.to_owned();
        let mut merged = model;
        for id in ids {
            for (key, value) in self.row(kind, id)?.iter() {
                let is_own = matches!(
                    &**key,
                    "id" | "createdAt"
                        | "createdBy"
                        | "updatedAt"
                        | "updatedBy"
                        | "dbUpdatedAt"
                        | "relationshipsRepresentation"
                        | "classificationHistory"
                );
                if !is_own && !value.is_null() {
                    merged.set_default(key, value.clone());
                }
            }
        }
        merged.remove("id");
        merged.set("createdOn", "MERGE");
        let old: Vec<Doc> = ids.iter().map(|id| Doc::from(*id)).collect();
        merged.set("mergedDuplicatesIds", old);
        let new_id = self.insert(&outbreak_id, kind, merged, by);
        for id in ids {
            self.rename_in_relationships(id, &new_id, kind);
            for other_kind in [Kind::FollowUp, Kind::LabResult] {
                let of_person: Vec<Text> = self
                    .rows(other_kind)
                    .filter(|row| row.text("personId") == Some(id))
                    .filter_map(|row| row.text("id").map(Text::from))
                    .collect();
                for other in of_person {
                    if let Some(row) = self.row_mut(other_kind, &other) {
                        row.set("personId", Doc::Text(Text::clone(&new_id)));
                    }
                }
            }
            self.mark_deleted(kind, id, by, None);
        }
        Some(new_id)
    }

    /// Puts another id and kind wherever a person stands in a relationship.
    fn rename_in_relationships(&mut self, old: &str, new: &str, kind: Kind) {
        let touched: Vec<Text> = self
            .rows(Kind::Relationship)
            .filter(|row| partners(row).any(|id| id == old))
            .filter_map(|row| row.text("id").map(Text::from))
            .collect();
        for id in touched {
            let Some(Doc::List(persons)) =
                self.row_mut(Kind::Relationship, &id).and_then(|row| row.get_mut("persons"))
            else {
                continue;
            };
            for person in persons.iter_mut() {
                if let Doc::Object(person) = person
                    && person.text("id") == Some(old)
                {
                    person.set("id", new);
                    person.set("type", kind.person_type());
                }
            }
            self.link(&id);
        }
    }

    /// Writes a relationship into its two persons, and the follow-up period into a contact.
    fn link(&mut self, id: &str) {
        let Some(row) = self.row(Kind::Relationship, id).cloned() else { return };
        let ends: Vec<Object> = row
            .get("persons")
            .and_then(Doc::as_list)
            .unwrap_or_default()
            .iter()
            .filter_map(|person| person.as_object().cloned())
            .collect();
        let [a, b] = ends.as_slice() else { return };
        let active = !matches!(row.get("active"), Some(Doc::Bool(false)));
        for (own, other) in [(a, b), (b, a)] {
            let Some(own_id) = own.text("id") else { continue };
            let Some((kind, _)) = self.person(own_id) else { continue };
            let mut shown = Object::default();
            shown.set("id", id);
            shown.set("active", active);
            shown.set("otherParticipantType", other.get("type").cloned().unwrap_or(Doc::Null));
            shown.set("otherParticipantId", other.get("id").cloned().unwrap_or(Doc::Null));
            let role = if own.is_true("source") { "source" } else { "target" };
            shown.set(role, true);
            let period = self.period_of_follow_up(&row);
            let contact_date = row.get("contactDate").and_then(Doc::as_date);
            let Some(person) = self.row_mut(kind, own_id) else { continue };
            let mut list = links(person);
            list.retain(|link| link.as_object().and_then(|link| link.text("id")) != Some(id));
            list.push(Doc::Object(shown));
            set_links(person, list);
            if let Some(date) = contact_date
                && role == "target"
                && kind == Kind::Contact
            {
                start_follow_up(person, date, period);
            }
        }
    }

    fn period_of_follow_up(&self, row: &Object) -> i64 {
        let outbreak = row.text("outbreakId").and_then(|id| self.outbreak(id));
        outbreak.and_then(|o| o.get("periodOfFollowup")).and_then(Doc::as_int).unwrap_or(14)
    }

    /// Takes a deleted relationship out of its persons. A contact that has none left is deleted too.
    fn unlink(&mut self, id: &str, origin: &str, by: &str) {
        let Some(row) = self.row(Kind::Relationship, id) else { return };
        let ids: Vec<String> = partners(row).map(str::to_owned).collect();
        for person_id in ids {
            let Some((kind, _)) = self.person(&person_id) else { continue };
            let Some(person) = self.row_mut(kind, &person_id) else { continue };
            let mut list = links(person);
            list.retain(|link| link.as_object().and_then(|link| link.text("id")) != Some(id));
            let alone = list.is_empty();
            set_links(person, list);
            let is_contact = matches!(kind, Kind::Contact | Kind::ContactOfContact);
            if alone && is_contact && person_id != origin && !person.is_true("deleted") {
                let origin = if origin.is_empty() { id } else { origin };
                self.mark_deleted(kind, &person_id, by, Some(origin));
            }
        }
    }

    fn open_history(&self, row: &mut Object) {
        let Some(class) = row.get("classification").filter(|c| !c.is_null()).cloned() else {
            return;
        };
        let now = self.clock.millis();
        let mut history =
            row.get("classificationHistory").and_then(Doc::as_list).unwrap_or_default().to_vec();
        history.push(opened(class, now));
        row.set("classificationHistory", history);
    }
}

fn opened(class: Doc, now: i64) -> Doc {
    let mut entry = Object::default();
    entry.set("classification", class);
    entry.set("startDate", Doc::Date(now));
    Doc::Object(entry)
}

fn close_history(row: &mut Object, now: i64) {
    let mut history =
        row.get("classificationHistory").and_then(Doc::as_list).unwrap_or_default().to_vec();
    if let Some(Doc::Object(last)) = history.last_mut() {
        last.set_default("endDate", Doc::Date(now));
    }
    if let Some(class) = row.get("classification").filter(|class| !class.is_null()) {
        history.push(opened(class.clone(), now));
    }
    row.set("classificationHistory", history);
}

fn revive(row: &mut Object, now: i64, by: &str) {
    row.set("deleted", false);
    row.set("deletedAt", Doc::Null);
    row.remove("deletedByParent");
    World::stamp_changed(now, row, by);
}

/// The ids of the two persons of a relationship.
pub(super) fn partners(relationship: &Object) -> impl Iterator<Item = &str> {
    let persons = relationship.get("persons").and_then(Doc::as_list).unwrap_or_default();
    persons.iter().filter_map(|person| person.as_object()?.text("id"))
}

fn links(person: &Object) -> Vec<Doc> {
    person.get("relationshipsRepresentation").and_then(Doc::as_list).unwrap_or_default().to_vec()
}

fn set_links(person: &mut Object, list: Vec<Doc>) {
    let with_role = |role: &str| {
        list.iter().filter_map(Doc::as_object).filter(|link| link.is_true(role)).count()
    };
    person.set("hasRelationships", !list.is_empty());
    person.set("numberOfContacts", with_role("source"));
    person.set("numberOfExposures", with_role("target"));
    person.set("relationshipsRepresentation", list);
}

fn start_follow_up(person: &mut Object, contact_date: i64, period_days: i64) {
    let start = contact_date + DAY_MILLIS;
    let known = person.get("followUp").and_then(Doc::as_object).cloned().unwrap_or_default();
    let original = known.get("originalStartDate").and_then(Doc::as_date).unwrap_or(start);
    let mut follow_up = Object::default();
    follow_up.set("originalStartDate", Doc::Date(original.min(start)));
    follow_up.set("startDate", Doc::Date(start));
    follow_up.set("endDate", Doc::Date(start + (period_days - 1).max(0) * DAY_MILLIS));
    follow_up.set("status", known.text("status").unwrap_or(UNDER_FOLLOW_UP));
    person.set("followUp", follow_up);
    person.set("dateOfLastContact", Doc::Date(contact_date));
}

/// The place of a person: that of the address of its usual residence, for an event of its address.
///
/// Where the row has no address at all, `keep_given` leaves a place that the caller gave.
fn derive_residence(kind: Kind, row: &mut Object, keep_given: bool) {
    if !kind.is_person() {
        return;
    }
    let place = if kind == Kind::Event {
        row.get("address").and_then(Doc::as_object).and_then(|a| a.get("locationId")).cloned()
    } else {
        let addresses = row.get("addresses").and_then(Doc::as_list);
        if addresses.is_none() && keep_given && row.get("usualPlaceOfResidenceLocationId").is_some()
        {
            return;
        }
        addresses
            .unwrap_or_default()
            .iter()
            .filter_map(Doc::as_object)
            .find(|address| address.text("typeId").unwrap_or(USUAL_PLACE) == USUAL_PLACE)
            .and_then(|address| address.get("locationId"))
            .cloned()
    };
    row.set("usualPlaceOfResidenceLocationId", place.unwrap_or(Doc::Null));
}
