//! Bigger outbreaks, made up.

mod whole;

use chrono::NaiveDate;

use self::whole::Forms;

use super::{
    doc::{Doc, Object, Text},
    handle::reference,
    ids::Ids,
    instant,
    kind::Kind,
    world::{Row, World},
};

const DAY_MILLIS: i64 = 86_400_000;

/// How to make up an outbreak. The same settings give the same rows, ids included.
///
/// ```
/// use sandbox::godata::{GoData, Generator, Kind, World};
///
/// let world = World::generated(&Generator { n_cases: 50, ..Generator::default() });
/// let godata = GoData::start(world)?;
/// assert_eq!(godata.records(Kind::Case).len(), 50);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generator {
    /// How many cases. A hundred thousand take about 250 MB, whole ones about 600 MB.
    pub n_cases: usize,
    /// Whether cases are as long as those of an outbreak with full investigation forms, about
    /// 3.3 kB each. Otherwise they hold what is counted and little more.
    pub is_whole: bool,
    /// Contacts for each hundred cases, each with one relationship.
    pub contacts_per_hundred_cases: usize,
    /// What the rows follow from.
    pub seed: u64,
    /// The first day on which a case is reported.
    pub first_day: NaiveDate,
    /// Over how many days the reports are spread.
    pub n_days: u32,
}

impl Default for Generator {
    /// A thousand cases in the year from 30 December 2019 on, without contacts.
    fn default() -> Self {
        Self {
            n_cases: 1000,
            is_whole: false,
            contacts_per_hundred_cases: 0,
            seed: 1,
            first_day: NaiveDate::from_ymd_opt(2019, 12, 30).unwrap_or_default(),
            n_days: 364,
        }
    }
}

impl World {
    /// A made-up outbreak in the recorded places, under the recorded outbreak's id.
    ///
    /// As in real ones, a few cases lack a place, a date, a class, a sex or an age.
    #[must_use]
    pub fn generated(how: &Generator) -> Self {
        let mut world = Self::places_only();
        let maker = Maker::new(&world, how);
        for n in 0..how.n_cases {
            let row = maker.case(n);
            world.store(Kind::Case, row);
        }
        for n in 0..how.n_cases * how.contacts_per_hundred_cases / 100 {
            world.store(Kind::Contact, maker.contact(n));
            let link = maker.relationship(n);
            let outbreak_id = Text::clone(&maker.outbreak_id);
            world.insert(&outbreak_id, Kind::Relationship, link, "system");
        }
        world
    }

    /// The cases of [`World::generated`], made when they are asked for and never kept: memory does
    /// not grow with their number, as long as they are read in pages by id.
    ///
    /// They cannot be changed, and there are no contacts. What is stored besides, such as places,
    /// is as always.
    #[must_use]
    pub fn vast(how: &Generator) -> Self {
        let mut world = Self::places_only();
        world.vast = Some(Maker::new(&world, how));
        world
    }

    fn places_only() -> Self {
        let mut world = Self::recorded();
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_of_an_outbreak()) {
            world.clear(kind);
        }
        world
    }
}

/// Makes row `n` of a kind, the same each time.
#[derive(Debug)]
pub(super) struct Maker {
    how: Generator,
    outbreak_id: Text,
    places: Vec<Text>,
    now: i64,
    start: i64,
    forms: Option<Forms>,
}

impl Maker {
    fn new(world: &World, how: &Generator) -> Self {
        let has_people = |row: &&Object| {
            let level = row.text("geographicalLevelId").unwrap_or_default();
            level.ends_with('2') || level.ends_with('3')
        };
        let places = world.rows(Kind::Location).filter(has_people);
        let start = how.first_day.and_hms_opt(0, 0, 0).unwrap_or_default();
        Self {
            how: how.clone(),
            outbreak_id: world.first_outbreak_id().unwrap_or_default().into(),
            places: places.filter_map(|row| row.text("id").map(Text::from)).collect(),
            now: instant::parse_written("2026-11-23T11:00:00.000Z").unwrap_or_default(),
            start: start.and_utc().timestamp_millis(),
            forms: how.is_whole.then(|| Forms::new(Ids::new(how.seed ^ 0x0f02_35f0))),
        }
    }

    pub(super) fn case_of_id(&self, id: &str) -> Option<Object> {
        // All ids have one length, so no other lies between one and its own beginning.
        let before = id.get(..id.len().checked_sub(1)?)?;
        let row = self.cases_after(Some(before)).next()?;
        (row.doc.text("id") == Some(id)).then_some(row.doc)
    }

    /// The cases behind an id, in the order of their ids, which is that of their numbers.
    pub(super) fn cases_after<'m>(
        &'m self,
        id: Option<&str>,
    ) -> impl Iterator<Item = Row> + use<'m> {
        let id = id.map(str::to_owned);
        // The first digits of an id tell its number; one row is tried too many.
        let digits = id.as_deref().and_then(|id| id.get(..8)).unwrap_or("00000000");
        let place = u64::from_str_radix(digits, 16).unwrap_or(0);
        let first = usize::try_from(place / self.step()).unwrap_or(usize::MAX);
        (first..self.how.n_cases)
            .map(|n| Row { at: n as u64, doc: self.case(n) })
            .filter(move |row| id.as_deref().is_none_or(|id| row.doc.text("id") > Some(id)))
    }

    /// How far the first 32 bits of two neighbouring ids lie apart.
    fn step(&self) -> u64 {
        (1 << 32) / (self.how.n_cases as u64 + 1)
    }

    /// Ids rise with the row's number and are spread over all their first digits.
    fn id(&self, n: usize, ids: &mut Ids) -> String {
        let tail = ids.uuid();
        format!("{:08x}{}", (n as u64 * self.step()).min(u64::from(u32::MAX)), &tail[8..])
    }

    /// What row `n` of a kind is made from.
    fn source(&self, kind: Kind, n: usize) -> Ids {
        let mut mixed = Ids::new(self.how.seed ^ ((kind as u64) << 56));
        Ids::new(mixed.next().wrapping_add((n as u64).wrapping_mul(0xd134_2543_de82_ef95)))
    }

    fn case(&self, n: usize) -> Object {
        const CLASSES: [(&str, u64); 4] =
            [("CONFIRMED", 60), ("PROBABLE", 15), ("SUSPECT", 15), ("NOT_A_CASE_DISCARDED", 9)];
        const OUTCOMES: [(&str, u64); 3] = [("RECOVERED", 55), ("DECEASED", 8), ("ALIVE", 12)];
        let ids = &mut self.source(Kind::Case, n);
        let mut row = self.person("CA", n, ids);
        if let Some(class) = weighted(ids, &CLASSES) {
            row.push_new("classification", reference("CASE_CLASSIFICATION", class));
        }
        let reported = self.day(ids);
        if !ids.percent(2) {
            row.push_new("dateOfReporting", Doc::Date(reported));
        }
        let onset = reported - days_below(ids, 10);
        if !ids.percent(8) {
            row.push_new("dateOfOnset", Doc::Date(onset));
        }
        if let Some(outcome) = weighted(ids, &OUTCOMES) {
            row.push_new("outcomeId", reference("OUTCOME", outcome));
            row.push_new("dateOfOutcome", Doc::Date(reported + days_below(ids, 21)));
        }
        if ids.percent(30) {
            let mut stay = Object::default();
            let from = onset + days_below(ids, 7);
            stay.push_new("typeId", reference("PERSON_DATE_TYPE", "HOSPITALIZATION"));
            stay.push_new("startDate", Doc::Date(from));
            stay.push_new("endDate", Doc::Date(from + days_below(ids, 20)));
            row.push_new("dateRanges", vec![Doc::Object(stay)]);
        }
        let mut row = self.finish(Kind::Case, row);
        if let Some(forms) = &self.forms {
            forms.fill(&mut row, reported, ids);
        }
        row
    }

    fn contact(&self, n: usize) -> Object {
        let ids = &mut self.source(Kind::Contact, n);
        let mut row = self.person("CO", n, ids);
        row.push_new("dateOfReporting", Doc::Date(self.day(ids)));
        self.finish(Kind::Contact, row)
    }

    /// The link of contact `n` to some case.
    fn relationship(&self, n: usize) -> Object {
        let ids = &mut self.source(Kind::Relationship, n);
        let case = usize::try_from(ids.below(self.how.n_cases as u64)).unwrap_or_default();
        let case_id = self.id(case, &mut self.source(Kind::Case, case));
        let contact_id = self.id(n, &mut self.source(Kind::Contact, n));
        let end = |id: String, kind: Kind, role: &str| {
            let mut person = Object::default();
            person.push_new("id", id);
            person.push_new("type", kind.person_type());
            person.push_new(role, true);
            Doc::Object(person)
        };
        let persons =
            vec![end(case_id, Kind::Case, "source"), end(contact_id, Kind::Contact, "target")];
        let mut row = Object::default();
        row.push_new("id", ids.uuid());
        row.push_new("persons", persons);
        row.push_new("contactDate", Doc::Date(self.day(ids)));
        row
    }

    /// What cases and contacts share.
    fn person(&self, prefix: &str, n: usize, ids: &mut Ids) -> Object {
        let mut row = Object::default();
        row.push_new("id", self.id(n, ids));
        row.push_new("outbreakId", Text::clone(&self.outbreak_id));
        row.push_new("visualId", format!("{prefix}-{:07}", n + 1));
        row.push_new("firstName", "Sample");
        row.push_new("lastName", format!("Person {}", n + 1));
        if let Some(gender) = weighted(ids, &[("FEMALE", 49), ("MALE", 48)]) {
            row.push_new("gender", reference("GENDER", gender));
        }
        if !ids.percent(5) {
            let mut age = Object::default();
            age.push_new("years", i64::try_from(ids.below(95)).unwrap_or_default());
            age.push_new("months", 0_i64);
            row.push_new("age", age);
        }
        let place = if ids.percent(3) { None } else { ids.pick(&self.places).cloned() };
        if let Some(place) = &place {
            let mut address = Object::default();
            address.push_new("typeId", reference("ADDRESS_TYPE", "USUAL_PLACE_OF_RESIDENCE"));
            address.push_new("locationId", Text::clone(place));
            row.push_new("addresses", vec![Doc::Object(address)]);
        }
        row.push_new("usualPlaceOfResidenceLocationId", place.map_or(Doc::Null, Doc::Text));
        row
    }

    fn finish(&self, kind: Kind, mut row: Object) -> Object {
        kind.fill_defaults(&mut row);
        for stamp in ["createdAt", "updatedAt", "dbUpdatedAt"] {
            row.push_new(stamp, Doc::Date(self.now));
        }
        row.push_new("deleted", false);
        row
    }

    fn day(&self, ids: &mut Ids) -> i64 {
        self.start + days_below(ids, u64::from(self.how.n_days.max(1)))
    }
}

fn days_below(ids: &mut Ids, n: u64) -> i64 {
    i64::try_from(ids.below(n)).unwrap_or_default() * DAY_MILLIS
}

/// One of the names by its chance in a hundred; none where the chances add up to less.
fn weighted<'n>(ids: &mut Ids, chances: &[(&'n str, u64)]) -> Option<&'n str> {
    let mut drawn = ids.below(100);
    for (name, chance) in chances {
        if drawn < *chance {
            return Some(name);
        }
        drawn -= chance;
    }
    None
}
