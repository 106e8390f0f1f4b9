//! From definitions to cells.

mod account;
mod additions;
mod cells;
mod compile;
mod count;
mod derived;
mod explain;
mod given_away;
mod intervals;
mod joined;
mod named;
mod occurrence;
mod place;
mod split;
mod standing;
mod suppress;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use account::{Account, LeftOut};
pub use cells::{Cell, CellValue};
pub use compile::CompileError;
pub use count::Counter;
pub use explain::{CellKey, Explanation, Outcome, Step};
pub use given_away::{GivenAway, Leak};
pub use named::NamedValue;
pub use standing::{Standing, Tracer};

pub(crate) use compile::fnv;
use compile::{Compiled, Plan};
pub(crate) use occurrence::day_of;
pub(crate) use place::PlaceRule;
pub(crate) use split::AgeFields;
use split::Split;

use crate::Source;
use crate::condition::{Asked, either, every, wire_date};
use crate::cube::{Cube, CubeError, Shape};
use crate::day::{DayRule, Moment, day_number};
use crate::definition::{Breakdowns, Definition, Only, Timing};
use crate::field::{Root, SlotNames, root_of};
use crate::people::{People, PersonSlots};
use crate::places::Places;
use crate::quality::QualityRules;
use crate::scan::Keys;
use crate::timeline::Timeline;

/// Everything an [`Engine`] is made of.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The indicators; their names must differ.
    pub definitions: Vec<Definition>,
    /// The breakdowns that they name.
    pub breakdowns: Breakdowns,
    /// The periods.
    pub timeline: Timeline,
    /// The locations and their organisation units.
    pub places: Places,
    /// How a moment becomes a day.
    pub day_rule: DayRule,
    /// How many people live in an organisation unit, for rates.
    pub population: BTreeMap<String, u64>,
    /// What is looked for besides counting. `None`: nothing, and no field is read for it.
    pub quality: Option<QualityRules>,
}

impl Setup {
    /// A set-up of periods and places; the rest is empty.
    #[must_use]
    pub fn new(timeline: Timeline, places: Places) -> Self {
        Self {
            definitions: Vec::new(),
            breakdowns: Breakdowns::new(),
            timeline,
            places,
            day_rule: DayRule::Utc,
            population: BTreeMap::new(),
            quality: None,
        }
    }
}

/// Definitions made ready: it knows what to read, counts it, and tells the result.
///
/// # Examples
///
/// ```
/// use indicators::{Definition, Engine, Location, PeriodSpan, Places, RollUp, Setup, Source, Timeline};
///
/// let day = |text: &str| text.parse().expect("a day");
/// let week = PeriodSpan { id: "2020W30".into(), first_day: day("2020-07-20"), last_day: day("2020-07-26") };
/// let district = Location { id: "a".into(), org_unit: Some("DistrictA".into()), ..Location::default() };
/// let confirmed: Definition = toml::from_str(r#"
///     indicator = "Confirmed cases"
///     where = { classification = "CONFIRMED" }
/// "#)?;
///
/// let mut setup = Setup::new(Timeline::new(vec![week])?, Places::new(vec![district], RollUp::default()));
/// setup.definitions.push(confirmed);
/// let engine = Engine::compile(setup)?;
///
/// let people = engine.people();
/// let mut counter = engine.counter(&people);
/// counter.push_array(Source::Cases, br#"[{
///     "id": "1",
///     "classification": "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED",
///     "dateOfReporting": "2020-07-24T00:00:00.000Z",
///     "usualPlaceOfResidenceLocationId": "a"
/// }]"#)?;
/// let cube = counter.into_cube();
///
/// let cells = engine.cells(&cube);
/// assert_eq!(cells.len(), 1);
/// assert_eq!(&*cells[0].org_unit, "DistrictA");
/// assert_eq!(cells[0].value.to_string(), "1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Engine {
    setup: Setup,
    /// One for each definition, in their order.
    compiled: Vec<Compiled>,
    /// One for each source that is read.
    plans: BTreeMap<Source, Plan>,
    person_slots: PersonSlots,
    person_keys: Keys,
    splits: Vec<Split>,
    places: Vec<PlaceRule>,
    /// Every organisation unit, in order.
    units: Vec<String>,
    shape: Arc<Shape>,
    /// How many cells have places of their own while they are counted.
    n_places: usize,
}

impl Engine {
    /// Makes definitions ready.
    ///
    /// # Errors
    ///
    /// [`CompileError`] names the indicator, the key, and what to do.
    pub fn compile(setup: Setup) -> Result<Self, CompileError> {
        compile::compile(setup)
    }

    /// The definitions, in their order.
    #[must_use]
    pub fn definitions(&self) -> &[Definition] {
        &self.setup.definitions
    }

    /// The definition of this name.
    #[must_use]
    pub fn definition(&self, indicator: &str) -> Option<&Definition> {
        self.setup.definitions.iter().find(|definition| definition.indicator == indicator)
    }

    /// The periods.
    #[must_use]
    pub fn timeline(&self) -> &Timeline {
        &self.setup.timeline
    }

    /// The sources to read and push, in order.
    #[must_use]
    pub fn sources(&self) -> Vec<Source> {
        self.plans.keys().copied().collect()
    }

    /// The sources to push into [`People`] before counting, in order. May be empty.
    #[must_use]
    pub fn people_sources(&self) -> Vec<Source> {
        let mut sources: Vec<Source> =
            self.setup.definitions.iter().flat_map(|d| d.join.iter().copied()).collect();
        sources.sort_unstable();
        sources.dedup();
        sources
    }

    /// The fields that are needed of a source's records, by dotted name, `id` among them.
    ///
    /// For follow-ups and lab results that use fields of a person without `join`, the copy of the
    /// person is named as a whole (`contact`, `case`, `person`).
    #[must_use]
    pub fn fields(&self, source: Source) -> Vec<String> {
        let mut names =
            self.plans.get(&source).map_or_else(SlotNames::default, |p| p.names.clone());
        names.need("id");
        if self.people_sources().contains(&source) {
            for name in self.person_slots.names().dotted() {
                names.need(&name);
            }
        }
        names.dotted()
    }

    /// The fields of a source's records that each indicator needs, by dotted name, so that a table without a column
    /// for one of them can be refused by name.
    ///
    /// Fields of the person that an unjoined follow-up or lab result carries are named `person.…`, wherever in the
    /// record the copy is.
    #[must_use]
    pub fn fields_by_indicator(&self, source: Source) -> Vec<(&str, Vec<String>)> {
        let mut needed = Vec::new();
        for definition in &self.setup.definitions {
            // Neither places nor days nor quality change what an indicator reads.
            let alone = Setup {
                definitions: vec![definition.clone()],
                breakdowns: self.setup.breakdowns.clone(),
                ..Setup::new(
                    self.setup.timeline.clone(),
                    Places::new(Vec::new(), self.setup.places.roll_up().clone()),
                )
            };
            let Ok(engine) = Self::compile(alone) else { continue };
            let reads = engine.plans.contains_key(&source);
            if !reads && !engine.people_sources().contains(&source) {
                continue;
            }
            let mut fields = engine.fields(source);
            if reads && definition.join.is_empty() {
                let copies = source.embedded_person();
                fields.retain(|field| !copies.contains(&field.as_str()));
                if !source.is_person() && source != Source::Relationships {
                    let of_person = engine.person_slots.names().dotted();
                    fields.extend(
                        of_person
                            .iter()
                            .filter(|name| *name != "id")
                            .map(|n| format!("person.{n}")),
                    );
                }
            }
            needed.push((definition.indicator.as_str(), fields));
        }
        needed
    }

    /// A condition for the server that leaves out no record that counts; `None` for every record.
    ///
    /// It narrows by the conditions of the definitions and, where all of a source's indicators
    /// count new events, by the first day of the timeline. Records that are not read are in no
    /// account and no finding, so a caller that wants those complete does not use it.
    #[must_use]
    pub fn server_where(&self, source: Source) -> Option<serde_json::Value> {
        let every_record = self.setup.quality.as_ref().is_some_and(|rules| rules.every_record);
        if self.people_sources().contains(&source) || every_record {
            return None;
        }
        let plan = self.plans.get(&source)?;
        let conditions: Option<Vec<_>> = plan
            .indicators
            .iter()
            .map(|&n| self.definition_for_server(&self.setup.definitions[n]))
            .collect();
        either(conditions?)
    }

    fn definition_for_server(&self, definition: &Definition) -> Option<serde_json::Value> {
        let asked = Asked {
            source: definition.from,
            each: definition.each.as_deref(),
            day_rule: &self.setup.day_rule,
        };
        let date = definition.date_field();
        let new = definition.timing == Timing::New
            && matches!(definition.only, None | Some(Only::OnePerPersonAndPeriod));
        let on_record = root_of(asked.source, asked.each, date).0 == Root::Record;
        let since = (new && on_record && !date.contains('.')).then(|| {
            let day = day_number(self.setup.timeline.first_day());
            let midnight = Moment::Local { day, millisecond: 0 };
            // A day earlier, for clocks that skip midnight.
            let since = wire_date(self.setup.day_rule.instant_of(midnight) - 86_400_000);
            serde_json::json!({ "or": [
                { date: { "gte": since } }, { date: null }, { date: { "exists": false } },
            ] })
        });
        every(asked.of(definition.condition.node()).into_iter().chain(since))
    }

    /// An empty list of persons for this engine.
    #[must_use]
    pub fn people(&self) -> People {
        People::new(self.person_keys.len())
    }

    /// An empty cube of this engine.
    #[must_use]
    pub fn cube(&self) -> Cube {
        Cube::new(Arc::clone(&self.shape))
    }

    /// Reads a cube that [`Cube::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// When the bytes are no cube, of another version, or of other definitions.
    pub fn read_cube(&self, bytes: &[u8]) -> Result<Cube, CubeError> {
        Cube::from_bytes(&self.shape, bytes)
    }

    /// Something that counts records into a cube of its own: one for each thread.
    #[must_use]
    pub fn counter<'e>(&'e self, people: &'e People) -> Counter<'e> {
        Counter::new(self, people)
    }

    pub(crate) fn places(&self) -> &Places {
        &self.setup.places
    }

    pub(crate) fn person_keys(&self) -> &Keys {
        &self.person_keys
    }
}
