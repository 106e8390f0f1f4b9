//! Everything a server holds, and the rules that hold whoever changes it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Bound,
};

use chrono::{DateTime, Utc};

use super::{
    account::{Account, EMAIL, PASSWORD, Tokens, User},
    clock::Clock,
    doc::{Doc, Interner, Object, Text},
    export::Exports,
    generator::Maker,
    ids::Ids,
    kind::Kind,
};

/// What a sandbox starts with, and holds while it runs.
///
/// Make one with [`World::recorded`], [`World::empty`] or [`World::generated`], and give it to
/// [`GoData::start`](super::GoData::start).
pub struct World {
    pub(super) clock: Clock,
    pub(super) started: DateTime<Utc>,
    pub(super) ids: Ids,
    pub(super) interner: Interner,
    /// In the order in which they were added; the first is the one that handles speak of.
    pub(super) outbreaks: Vec<Row>,
    tables: BTreeMap<Kind, BTreeMap<Text, Row>>,
    n_rows_ever: u64,
    /// Cases that are made when asked for, instead of stored ones.
    pub(super) vast: Option<Maker>,
    pub(super) users: Vec<User>,
    pub(super) teams: Vec<Object>,
    pub(super) clusters: Vec<Object>,
    pub(super) tokens: Tokens,
    pub(super) exports: Exports,
}

/// A stored row, and its place in the order in which rows came.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) at: u64,
    pub(super) doc: Object,
}

/// Shows how many rows there are, and none of them.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.tables.iter().map(|(kind, rows)| (kind, rows.len()));
        f.debug_map().entries(counts).finish()
    }
}

impl World {
    /// A server with one account ([`EMAIL`], [`PASSWORD`]) and nothing else.
    pub(super) fn bare() -> Self {
        let clock = Clock::default();
        let mut world = Self {
            started: clock.now(),
            clock,
            ids: Ids::new(0x60da7a),
            interner: Interner::default(),
            outbreaks: Vec::new(),
            tables: Kind::ALL.into_iter().map(|kind| (kind, BTreeMap::new())).collect(),
            n_rows_ever: 0,
            vast: None,
            users: Vec::new(),
            teams: Vec::new(),
            clusters: Vec::new(),
            tokens: Tokens::default(),
            exports: Exports::default(),
        };
        world.add_account(Account::new(EMAIL, PASSWORD));
        world
    }

    /// One outbreak of this name, without rows and places.
    #[must_use]
    pub fn empty(outbreak_name: &str) -> Self {
        let mut world = Self::bare();
        world.add_outbreak(outbreak_name);
        world
    }

    // --- accounts -----------------------------------------------------------------------------

    pub(super) fn add_account(&mut self, account: Account) -> String {
        let id = account.id.clone().unwrap_or_else(|| self.ids.uuid());
        let now = self.clock.millis();
        self.users.retain(|user| user.account.email != account.email);
        self.users.push(User::new(id.clone(), account, now));
        id
    }

    pub(super) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    pub(super) fn user_mut(&mut self, id: &str) -> Option<&mut User> {
        self.users.iter_mut().find(|user| user.id == id)
    }

    pub(super) fn user_id_of(&self, email: &str) -> Option<String> {
        let email = email.to_lowercase();
        self.users.iter().find(|user| user.account.email == email).map(|user| user.id.clone())
    }

    /// The outbreak that a user's writes are bound to.
    pub(super) fn active_outbreak_of(&self, user: &User) -> Option<String> {
        user.account.active_outbreak.clone().or_else(|| self.first_outbreak_id().map(str::to_owned))
    }

    // --- outbreaks ----------------------------------------------------------------------------

    pub(super) fn add_outbreak(&mut self, name: &str) -> String {
        let id = self.ids.uuid();
        let mut outbreak = Object::default();
        outbreak.set("name", name);
        outbreak.set("description", "");
        outbreak.set("disease", "LNG_REFERENCE_DATA_CATEGORY_DISEASE_2019_N_CO_V");
        outbreak.set("countries", Vec::new());
        outbreak.set("locationIds", Vec::new());
        outbreak.set("startDate", Doc::Date(1_577_836_800_000));
        outbreak.set("endDate", Doc::Null);
        outbreak.set("periodOfFollowup", 14_i64);
        outbreak.set("frequencyOfFollowUp", 1_i64);
        outbreak.set("frequencyOfFollowUpPerDay", 1_i64);
        outbreak.set("caseIdMask", "*");
        outbreak.set("contactIdMask", "*");
        outbreak.set("contactOfContactIdMask", "*");
        outbreak.set("eventIdMask", "*");
        outbreak.set("isContactLabResultsActive", false);
        outbreak.set("isContactsOfContactsActive", true);
        outbreak.set("applyGeographicRestrictions", false);
        outbreak.set("id", id.as_str());
        self.stamp_new(&mut outbreak, "system");
        let at = self.n_rows_ever;
        self.outbreaks.push(Row { at, doc: outbreak });
        id
    }

    pub(super) fn first_outbreak_id(&self) -> Option<&str> {
        self.outbreaks.first().and_then(|row| row.doc.text("id"))
    }

    pub(super) fn outbreak(&self, id: &str) -> Option<&Object> {
        let mut outbreaks = self.outbreaks.iter().map(|row| &row.doc);
        outbreaks.find(|o| o.text("id") == Some(id) && !o.is_true("deleted"))
    }

    pub(super) fn outbreak_mut(&mut self, id: &str) -> Option<&mut Object> {
        let mut outbreaks = self.outbreaks.iter_mut().map(|row| &mut row.doc);
        outbreaks.find(|o| o.text("id") == Some(id) && !o.is_true("deleted"))
    }

    // --- rows ---------------------------------------------------------------------------------

    /// All rows of a kind by id, deleted ones too.
    pub(super) fn rows(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        self.table(kind).values().map(|row| &row.doc)
    }

    /// Calls `see` with every row of a kind, made-up ones too.
    pub(super) fn for_each(&self, kind: Kind, mut see: impl FnMut(&Object)) {
        match &self.vast {
            Some(maker) if kind == Kind::Case => {
                maker.cases_after(None).for_each(|row| see(&row.doc));
            }
            _ => self.rows(kind).for_each(see),
        }
    }

    /// Rows of a kind from behind an id on.
    pub(super) fn rows_after<'a>(
        &'a self,
        kind: Kind,
        id: Option<&str>,
    ) -> impl Iterator<Item = &'a Row> {
        let start = id.map_or(Bound::Unbounded, Bound::Excluded);
        self.table(kind).range::<str, _>((start, Bound::Unbounded)).map(|(_, row)| row)
    }

    /// Rows in the order in which they came: MongoDB's natural order.
    pub(super) fn rows_as_they_came(&self, kind: Kind) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self.table(kind).values().collect();
        rows.sort_by_key(|row| row.at);
        rows
    }

    pub(super) fn row(&self, kind: Kind, id: &str) -> Option<&Object> {
        self.table(kind).get(id).map(|row| &row.doc)
    }

    pub(super) fn row_mut(&mut self, kind: Kind, id: &str) -> Option<&mut Object> {
        self.tables.get_mut(&kind)?.get_mut(id).map(|row| &mut row.doc)
    }

    /// The kind under which an id is stored.
    pub(super) fn kind_of(&self, id: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| self.table(*kind).contains_key(id))
    }

    /// A person or event by id, with its kind.
    pub(super) fn person(&self, id: &str) -> Option<(Kind, &Object)> {
        Kind::PERSONS.into_iter().find_map(|kind| Some((kind, self.row(kind, id)?)))
    }

    /// Stores a row as it is, under its id.
    pub(super) fn store(&mut self, kind: Kind, doc: Object) -> Text {
        let id: Text = doc.text("id").unwrap_or_default().into();
        let doc = self.interner.share_object(doc);
        let table = self.tables.entry(kind).or_default();
        let at = table.get(&id).map_or(self.n_rows_ever, |row| row.at);
        self.n_rows_ever += 1;
        table.insert(Text::clone(&id), Row { at, doc });
        id
    }

    /// Takes a row out of the store altogether.
    pub(super) fn take(&mut self, kind: Kind, id: &str) -> Option<Object> {
        self.tables.get_mut(&kind)?.remove(id).map(|row| row.doc)
    }

    pub(super) fn clear(&mut self, kind: Kind) {
        self.tables.insert(kind, BTreeMap::new());
    }

    fn table(&self, kind: Kind) -> &BTreeMap<Text, Row> {
        // Every kind has a table from the start.
        &self.tables[&kind]
    }

    // --- stamps -------------------------------------------------------------------------------

    /// What the server adds to a new row.
    pub(super) fn stamp_new(&self, row: &mut Object, by: &str) {
        let now = Doc::Date(self.clock.millis());
        row.set_default("createdAt", now.clone());
        row.set_default("createdBy", by);
        row.set_default("updatedAt", now.clone());
        row.set_default("updatedBy", by);
        row.set_default("dbUpdatedAt", now);
        row.set_default("createdOn", "API");
        row.set_default("deleted", false);
    }

    /// What the server changes on every write.
    pub(super) fn stamp_changed(now: i64, row: &mut Object, by: &str) {
        row.set("updatedAt", Doc::Date(now));
        row.set("updatedBy", by);
        row.set("dbUpdatedAt", Doc::Date(now));
    }

    // --- places -------------------------------------------------------------------------------

    /// Locations and all that lie below them, deleted ones left out, in the order of their ids.
    pub(super) fn with_descendants(&self, ids: &[&str]) -> BTreeSet<Text> {
        let mut children: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for row in self.rows(Kind::Location).filter(|row| !row.is_true("deleted")) {
            if let (Some(id), Some(parent)) = (row.text("id"), row.text("parentLocationId")) {
                children.entry(parent).or_default().push(id);
            }
        }
        let mut found: BTreeSet<Text> = BTreeSet::new();
        let mut open: Vec<&str> = ids.to_vec();
        while let Some(id) = open.pop() {
            // A loop in the tree ends here.
            if found.insert(id.into()) {
                open.extend(children.get(id).into_iter().flatten());
            }
        }
        found
    }

    /// The places a user is bound to in an outbreak; `None`: all.
    pub(super) fn places_of(&self, user: &User, outbreak: &Object) -> Option<BTreeSet<Text>> {
        if !outbreak.is_true("applyGeographicRestrictions")
            || user.account.disregards_geographic_restrictions
        {
            return None;
        }
        let is_member = |team: &&Object| {
            let members = team.get("userIds").and_then(Doc::as_list).unwrap_or_default();
            members.iter().any(|member| member.as_text() == Some(&user.id))
        };
        let places: Vec<&str> = self
            .teams
            .iter()
            .filter(is_member)
            .filter_map(|team| team.get("locationIds").and_then(Doc::as_list))
            .flatten()
            .filter_map(Doc::as_text)
            .collect();
        (!places.is_empty()).then(|| self.with_descendants(&places))
    }
}
