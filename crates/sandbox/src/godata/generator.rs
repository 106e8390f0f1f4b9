//! Bigger outbreaks, made up.

use chrono::NaiveDate;

use super::{
    doc::{Doc, Object, Text},
    handle::reference,
    ids::Ids,
    instant,
    kind::Kind,
    world::World,
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
    /// How many cases. A hundred thousand take about 250 MB.
    pub n_cases: usize,
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
        let mut world = Self::recorded();
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_of_an_outbreak()) {
            world.clear(kind);
        }
        let outbreak_id = world.first_outbreak_id().unwrap_or_default().to_owned();
        let mut maker = Maker::new(&world, how, &outbreak_id);
        let mut case_ids = Vec::new();
        for n in 1..=how.n_cases {
            let row = maker.case(n);
            let id = world.store(Kind::Case, row);
            if how.contacts_per_hundred_cases > 0 {
                case_ids.push(id);
            }
        }
        for n in 1..=how.n_cases * how.contacts_per_hundred_cases / 100 {
            let contact = maker.contact(n);
            let contact_id = world.store(Kind::Contact, contact);
            if let Some(case_id) = maker.ids.pick(&case_ids) {
                let link = maker.relationship(case_id, &contact_id);
                world.insert(&outbreak_id, Kind::Relationship, link, "system");
            }
        }
        world
    }
}

struct Maker<'h> {
    how: &'h Generator,
    ids: Ids,
    outbreak_id: Text,
    places: Vec<Text>,
    now: i64,
    start: i64,
}

impl<'h> Maker<'h> {
    fn new(world: &World, how: &'h Generator, outbreak_id: &str) -> Self {
        let level = |row: &Object| {
            let level = row.text("geographicalLevelId").unwrap_or_default();
            level.ends_with('2') || level.ends_with('3')
        };
        let places = world.rows(Kind::Location).filter(|row| level(row));
        let start = how.first_day.and_hms_opt(0, 0, 0).unwrap_or_default();
        Self {
            how,
            ids: Ids::new(how.seed),
            outbreak_id: outbreak_id.into(),
            places: places.filter_map(|row| row.text("id").map(Text::from)).collect(),
            now: instant::parse_written("2026-11-23T11:00:00.000Z").unwrap_or_default(),
            start: start.and_utc().timestamp_millis(),
        }
    }

    fn case(&mut self, n: usize) -> Object {
        const CLASSES: [(&str, u64); 4] =
            [("CONFIRMED", 60), ("PROBABLE", 15), ("SUSPECT", 15), ("NOT_A_CASE_DISCARDED", 9)];
        let mut row = self.person("CA", n);
        if let Some(class) = self.weighted(&CLASSES) {
            row.set("classification", reference("CASE_CLASSIFICATION", class));
        }
        let reported = self.day();
        if !self.ids.percent(2) {
            row.set("dateOfReporting", Doc::Date(reported));
        }
        let onset = reported - self.days_below(10);
        if !self.ids.percent(8) {
            row.set("dateOfOnset", Doc::Date(onset));
        }
        if let Some(outcome) = self.weighted(&[("RECOVERED", 55), ("DECEASED", 8), ("ALIVE", 12)]) {
            row.set("outcomeId", reference("OUTCOME", outcome));
            row.set("dateOfOutcome", Doc::Date(reported + self.days_below(21)));
        }
        if self.ids.percent(30) {
            let mut stay = Object::default();
            let from = onset + self.days_below(7);
            stay.set("typeId", reference("PERSON_DATE_TYPE", "HOSPITALIZATION"));
            stay.set("startDate", Doc::Date(from));
            stay.set("endDate", Doc::Date(from + self.days_below(20)));
            row.set("dateRanges", vec![Doc::Object(stay)]);
        }
        self.finish(Kind::Case, row)
    }

    fn contact(&mut self, n: usize) -> Object {
        let mut row = self.person("CO", n);
        let reported = self.day();
        row.set("dateOfReporting", Doc::Date(reported));
        self.finish(Kind::Contact, row)
    }

    fn relationship(&mut self, case_id: &str, contact_id: &str) -> Object {
        let end = |id: &str, kind: Kind, role: &str| {
            let mut person = Object::default();
            person.set("id", id);
            person.set("type", kind.person_type());
            person.set(role, true);
            Doc::Object(person)
        };
        let mut row = Object::default();
        row.set("id", self.ids.uuid());
        row.set(
            "persons",
            vec![end(case_id, Kind::Case, "source"), end(contact_id, Kind::Contact, "target")],
        );
        row.set("contactDate", Doc::Date(self.day()));
        row
    }

    /// What cases and contacts share.
    fn person(&mut self, prefix: &str, n: usize) -> Object {
        let mut row = Object::default();
        row.set("id", self.ids.uuid());
        row.set("outbreakId", Doc::Text(Text::clone(&self.outbreak_id)));
        row.set("visualId", format!("{prefix}-{n:07}"));
        row.set("firstName", "Sample");
        row.set("lastName", format!("Person {n}"));
        if let Some(gender) = self.weighted(&[("FEMALE", 49), ("MALE", 48)]) {
            row.set("gender", reference("GENDER", gender));
        }
        if !self.ids.percent(5) {
            let mut age = Object::default();
            age.set("years", i64::try_from(self.ids.below(95)).unwrap_or_default());
            age.set("months", 0_i64);
            row.set("age", age);
        }
        let place = if self.ids.percent(3) { None } else { self.ids.pick(&self.places).cloned() };
        if let Some(place) = &place {
            let mut address = Object::default();
            address.set("typeId", reference("ADDRESS_TYPE", "USUAL_PLACE_OF_RESIDENCE"));
            address.set("locationId", Doc::Text(Text::clone(place)));
            row.set("addresses", vec![Doc::Object(address)]);
        }
        row.set("usualPlaceOfResidenceLocationId", place.map_or(Doc::Null, Doc::Text));
        row
    }

    fn finish(&self, kind: Kind, mut row: Object) -> Object {
        kind.fill_defaults(&mut row);
        row.set("createdAt", Doc::Date(self.now));
        row.set("updatedAt", Doc::Date(self.now));
        row.set("dbUpdatedAt", Doc::Date(self.now));
        row.set("deleted", false);
        row
    }

    fn day(&mut self) -> i64 {
        self.start + self.days_below(u64::from(self.how.n_days.max(1)))
    }

    fn days_below(&mut self, n: u64) -> i64 {
        i64::try_from(self.ids.below(n)).unwrap_or_default() * DAY_MILLIS
    }

    /// One of the names by its chance in a hundred; none where the chances add up to less.
    fn weighted<'n>(&mut self, chances: &[(&'n str, u64)]) -> Option<&'n str> {
        let mut drawn = self.ids.below(100);
        for (name, chance) in chances {
            if drawn < *chance {
                return Some(name);
            }
            drawn -= chance;
        }
        None
    }
}
