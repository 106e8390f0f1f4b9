//! Definitions checked and made ready.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::place::PlaceRule;
use super::split::Split;
use super::{Engine, Setup, additions};
use crate::Source;
use crate::condition::{Predicate, Scope};
use crate::cube::{MAX_CATEGORIES, OPTIONS_PER_CATEGORY, Options, Shape};
use crate::definition::{Agg, Breakdown, Definition, Measure, Number, Only, Timing};
use crate::field::{Field, List, Names, Root, SlotNames};
use crate::people::PersonSlots;
use crate::quality::Checks;
use crate::scan::Keys;

/// What is wrong with a definition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("indicator \"{indicator}\", `{key}`: {problem}")]
pub struct CompileError {
    indicator: String,
    key: &'static str,
    problem: String,
}

impl CompileError {
    fn new(definition: &Definition, key: &'static str, problem: impl Into<String>) -> Self {
        Self { indicator: definition.indicator.clone(), key, problem: problem.into() }
    }

    /// The indicator that is concerned.
    #[must_use]
    pub fn indicator(&self) -> &str {
        &self.indicator
    }

    /// The key of its definition that is concerned.
    #[must_use]
    pub fn key(&self) -> &str {
        self.key
    }
}

/// A definition made ready.
#[derive(Debug)]
pub(super) enum Compiled {
    /// It counts records.
    Counting(Box<Counting>),
    /// It follows from other indicators.
    Derived,
}

/// An indicator that counts records.
#[derive(Debug)]
pub(super) struct Counting {
    /// Which of the source's lists is counted.
    pub(super) each: Option<usize>,
    pub(super) join: Vec<Source>,
    pub(super) predicate: Predicate,
    pub(super) date: Dated,
    pub(super) until: Vec<Dated>,
    pub(super) timing: Timing,
    pub(super) only: Option<Only>,
    /// Whether the occurrences of a person come in several records.
    pub(super) across_records: bool,
    pub(super) what: What,
    pub(super) agg: Option<Agg>,
    /// Which of the engine's place rules.
    pub(super) place: usize,
    /// Which of the engine's splits, one a category.
    pub(super) splits: Vec<usize>,
    /// Where its cells are while they are counted.
    pub(super) places: Option<additions::Places>,
}

impl Counting {
    /// Whether the condition is one on the record itself, neither on an element of a list nor on a
    /// person of another one.
    #[inline]
    pub(super) fn asks_record(&self) -> bool {
        self.each.is_none() && self.join.is_empty()
    }
}

/// A field with a date, and where it is noted down for all indicators that ask for it.
#[derive(Debug)]
pub(super) struct Dated {
    pub(super) field: Field,
    /// Not for a field of an element.
    pub(super) memo: Option<usize>,
}

/// What an occurrence adds.
#[derive(Debug)]
pub(super) enum What {
    One,
    Value(Field),
    Number(Field),
    Days(Dated, Dated),
}

/// What is done with the records of one source.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) names: SlotNames,
    pub(super) keys: Keys,
    /// Which definitions count them.
    pub(super) indicators: Vec<usize>,
    /// The slot of the record's id.
    pub(super) id: Field,
    /// Where the ids of its persons are: one for follow-ups and lab results, a list for
    /// relationships.
    pub(super) person_id: Field,
    pub(super) persons: Field,
    /// Copies of the person inside the record.
    pub(super) embedded: Vec<Field>,
    /// Whether any definition asks for the person, or for the two of a relationship.
    pub(super) needs_person: bool,
    /// Dates that indicators share.
    pub(super) dates: Vec<Field>,
    /// The lists that are counted.
    pub(super) lists: Vec<List>,
    pub(super) checks: Option<Checks>,
}

pub(super) fn compile(setup: Setup) -> Result<Engine, CompileError> {
    check_names(&setup.definitions)?;
    let mut units: BTreeSet<&str> = setup.places.org_units();
    units.extend(setup.definitions.iter().filter_map(|d| d.org_unit.as_deref()));
    let units: Vec<String> = units.into_iter().map(str::to_owned).collect();

    let mut parts = Parts {
        setup: &setup,
        units: &units,
        person_slots: PersonSlots::new(),
        names: BTreeMap::new(),
        dates: BTreeMap::new(),
        splits: Vec::new(),
        places: Vec::new(),
        n_open: 0,
    };
    let mut compiled: Vec<Compiled> =
        setup.definitions.iter().map(|d| parts.definition(d)).collect::<Result<_, _>>()?;
    let mut sources: BTreeSet<Source> =
        setup.definitions.iter().filter(|d| !derived(d)).map(|d| d.from).collect();
    if setup.quality.is_some() {
        sources.extend(setup.definitions.iter().flat_map(|d| d.join.iter().copied()));
    }
    let plans: BTreeMap<Source, Plan> =
        sources.into_iter().map(|source| (source, parts.plan(source))).collect();

    let categories = compiled.iter().map(|compiled| match compiled {
        Compiled::Derived => Vec::new(),
        Compiled::Counting(counting) => counting
            .splits
            .iter()
            .map(|&n| Options {
                n_listed: u32::try_from(parts.splits[n].options.len()).unwrap_or(u32::MAX),
                open: parts.splits[n].open,
            })
            .collect(),
    });
    let shape = Shape {
        categories: categories.collect(),
        n_open: parts.n_open,
        fingerprint: fingerprint(&setup),
    };
    let Parts { person_slots, splits, places, .. } = parts;
    let n_places =
        additions::give_places(&mut compiled, &splits, setup.timeline.len(), units.len());
    let person_keys = Keys::new(person_slots.names().names());
    Ok(Engine {
        compiled,
        plans,
        person_keys,
        person_slots,
        splits,
        places,
        units,
        shape: Arc::new(shape),
        n_places,
        setup,
    })
}

pub(super) fn derived(definition: &Definition) -> bool {
    matches!(definition.measure, Measure::Share(_) | Measure::Rate(_) | Measure::Classify(_))
}

fn check_names(definitions: &[Definition]) -> Result<(), CompileError> {
    let mut seen = BTreeSet::new();
    for definition in definitions {
        if !seen.insert(definition.indicator.as_str()) {
            return Err(CompileError::new(
                definition,
                "indicator",
                "two indicators have this name",
            ));
        }
    }
    if let Some(definition) = definitions.get(usize::from(u16::MAX)) {
        return Err(CompileError::new(
            definition,
            "indicator",
            "there are more than 65535 indicators",
        ));
    }
    Ok(())
}

/// A number that tells engines apart: cubes of different ones must not be joined.
fn fingerprint(setup: &Setup) -> u64 {
    let Setup { definitions, breakdowns, timeline, places, day_rule, .. } = setup;
    let text = format!("{definitions:?}{breakdowns:?}{timeline:?}{places:?}{day_rule:?}");
    fnv(text.as_bytes())
}

/// The FNV-1a hash, which is the same on every machine.
pub(crate) fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// What grows while definitions are made ready.
struct Parts<'s> {
    setup: &'s Setup,
    units: &'s [String],
    person_slots: PersonSlots,
    names: BTreeMap<Source, SlotNames>,
    dates: BTreeMap<Source, Vec<Field>>,
    splits: Vec<Split>,
    places: Vec<PlaceRule>,
    n_open: usize,
}

impl Parts<'_> {
    fn definition(&mut self, definition: &Definition) -> Result<Compiled, CompileError> {
        if derived(definition) {
            self.check_derived(definition)?;
            return Ok(Compiled::Derived);
        }
        check_counting(definition)?;
        let source = definition.from;
        let each = definition.each.as_deref();
        let mut slots = self.names.remove(&source).unwrap_or_default();
        let mut names = Names { source, each, record: &mut slots, person: &mut self.person_slots };

        let mut scope = Scope { names: &mut names, day_rule: &self.setup.day_rule };
        let predicate = scope
            .predicate(definition.condition.node())
            .map_err(|error| CompileError::new(definition, "where", error.to_string()))?;
        let counted_list = each.map(|_| names.counted_list());
        let dates = self.dates.entry(source).or_default();
        let mut dated = |names: &mut Names<'_>, written: &str| {
            let field = names.field(written);
            let memo = (field.root != Root::Element).then(|| {
                dates.iter().position(|known| *known == field).unwrap_or_else(|| {
                    dates.push(field.clone());
                    dates.len() - 1
                })
            });
            Dated { field, memo }
        };
        let date = dated(&mut names, definition.date_field());
        let until = definition.until.iter().map(|field| dated(&mut names, field)).collect();
        let (what, agg) = match &definition.measure {
            Measure::Distinct(field) => (What::Value(names.field(field)), None),
            Measure::Of(agg, Number::Field(field)) => {
                (What::Number(names.field(field)), Some(*agg))
            }
            Measure::Of(agg, Number::Days { from, to }) => {
                (What::Days(dated(&mut names, from), dated(&mut names, to)), Some(*agg))
            }
            _ => (What::One, None),
        };
        let place = PlaceRule::new(definition, &mut names, &self.setup.places, self.units);
        let place = self.places.iter().position(|known| *known == place).unwrap_or_else(|| {
            self.places.push(place);
            self.places.len() - 1
        });
        let mut splits = Vec::with_capacity(definition.by.len());
        for name in definition.by.values() {
            splits.push(split(
                definition,
                name,
                &mut names,
                self.setup,
                &mut self.splits,
                &mut self.n_open,
            )?);
        }
        if let Some(list) = each
            && !names.record.dotted().iter().any(|name| name.starts_with(list))
        {
            // A list of which no field is used is still needed to be counted.
            names.without_each().need(list);
        }
        self.names.insert(source, slots);
        Ok(Compiled::Counting(Box::new(Counting {
            each: counted_list,
            join: definition.join.clone(),
            predicate,
            date,
            until,
            timing: definition.timing,
            only: definition.only,
            across_records: !source.is_person(),
            what,
            agg,
            place,
            splits,
            places: None,
        })))
    }

    /// Shares and rates need their indicators, and the same categories.
    fn check_derived(&self, definition: &Definition) -> Result<(), CompileError> {
        let find = |name: &str| {
            let mut counting = self.setup.definitions.iter().filter(|other| !derived(other));
            counting.find(|other| other.indicator == name).ok_or_else(|| {
                let problem = format!("there is no indicator \"{name}\" that counts records");
                CompileError::new(definition, "measure", problem)
            })
        };
        let same_split = |other: &Definition| {
            if other.by == definition.by || definition.by.is_empty() {
                return Ok(());
            }
            let problem =
                format!("it must be the same as that of \"{}\", or be left out", other.indicator);
            Err(CompileError::new(definition, "by", problem))
        };
        match &definition.measure {
            Measure::Share(share) => {
                let (of, whole) = (find(&share.of)?, find(&share.whole)?);
                if of.by != whole.by {
                    let problem = format!(
                        "\"{}\" and \"{}\" must be split in the same way",
                        share.of, share.whole
                    );
                    return Err(CompileError::new(definition, "measure", problem));
                }
                same_split(whole)
            }
            Measure::Rate(rate) => same_split(find(&rate.of)?),
            Measure::Classify(classify) => {
                for indicator in classify.numbers.values() {
                    find(indicator)?;
                }
                for name in classify.rules.iter().flat_map(|rule| rule.when.names()) {
                    if !classify.numbers.contains_key(name) {
                        let problem =
                            format!("the rules use `{name}`, which `numbers` does not have");
                        return Err(CompileError::new(definition, "measure", problem));
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn plan(&mut self, source: Source) -> Plan {
        let mut slots = self.names.remove(&source).unwrap_or_default();
        let mut names =
            Names { source, each: None, record: &mut slots, person: &mut self.person_slots };
        let id = names.field("id");
        let mine = |definition: &Definition| definition.from == source && !derived(definition);
        let definitions = self.setup.definitions.iter().enumerate();
        let indicators: Vec<usize> =
            definitions.filter(|(_, definition)| mine(definition)).map(|(n, _)| n).collect();
        let checks = self
            .setup
            .quality
            .as_ref()
            .map(|_| Checks::new(&mut names, &self.setup.places, self.units));
        let joins = indicators.iter().any(|&n| !self.setup.definitions[n].join.is_empty());
        let needs_person =
            !source.is_person() && (joins || self.person_slots.names().names().count() > 1);
        let mut names =
            Names { source, each: None, record: &mut slots, person: &mut self.person_slots };
        let mut embedded = Vec::new();
        let (person_id, persons) = if source.is_person() {
            (id.clone(), id.clone())
        } else if source == Source::Relationships {
            for below in ["persons.id", "persons.source", "persons.target"] {
                names.need(below);
            }
            (id.clone(), names.list("persons"))
        } else {
            // The copy inside the record holds names, too: it is asked for only where no list of
            // persons serves.
            let unjoined = |&n: &usize| self.setup.definitions[n].join.is_empty();
            if needs_person && indicators.iter().any(unjoined) {
                embedded = source.embedded_person().iter().map(|name| names.field(name)).collect();
            }
            (names.field("personId"), id.clone())
        };
        let keys = Keys::new(slots.names());
        let dates = self.dates.remove(&source).unwrap_or_default();
        let lists = slots.lists();
        Plan {
            names: slots,
            keys,
            indicators,
            id,
            person_id,
            persons,
            embedded,
            needs_person,
            dates,
            lists,
            checks,
        }
    }
}

fn split(
    definition: &Definition,
    name: &str,
    names: &mut Names<'_>,
    setup: &Setup,
    splits: &mut Vec<Split>,
    n_open: &mut usize,
) -> Result<usize, CompileError> {
    let of_field = || Breakdown { field: name.to_owned(), ..Breakdown::default() };
    let breakdown = setup.breakdowns.get(name).cloned().unwrap_or_else(of_field);
    let identity =
        (names.source, names.each.map(str::to_owned), name.to_owned(), breakdown.clone());
    if let Some(known) = splits.iter().position(|split| split.identity == identity) {
        return Ok(known);
    }
    let split = Split::new(name, &breakdown, names, n_open)
        .map_err(|problem| CompileError::new(definition, "by", problem))?;
    if split.options.len() >= OPTIONS_PER_CATEGORY as usize {
        let problem = format!("the breakdown `{name}` has more than 4000 options");
        return Err(CompileError::new(definition, "by", problem));
    }
    splits.push(split);
    Ok(splits.len() - 1)
}

/// Combinations that have no meaning are refused, with a way out.
fn check_counting(definition: &Definition) -> Result<(), CompileError> {
    let error = |key, problem: &str| Err(CompileError::new(definition, key, problem));
    let across_records = !definition.from.is_person();
    if definition.by.len() > MAX_CATEGORIES {
        return error("by", "more than five categories");
    }
    if definition.timing == Timing::Current && definition.until.is_empty() {
        return error("until", "timing \"current\" needs the field in which the interval ends");
    }
    if definition.timing != Timing::Current && !definition.until.is_empty() {
        return error("until", "only timing \"current\" has an end");
    }
    if definition.timing == Timing::Current && definition.only.is_some() {
        return error("only", "with timing \"current\" a person counts once in any case");
    }
    if definition.timing == Timing::Cumulative
        && definition.only == Some(Only::OnePerPersonAndPeriod)
    {
        return error("only", "a cumulative count needs \"first\": a person counts once in all");
    }
    if definition.only.is_some() && across_records && definition.each.is_some() {
        return error("only", "with `each` it works for cases, contacts and events only");
    }
    if !definition.join.is_empty() && !across_records {
        return error("join", "these records are persons themselves");
    }
    if let Some(source) = definition.join.iter().find(|source| !source.is_person()) {
        let problem = format!("{source} are no persons");
        return Err(CompileError::new(definition, "join", problem));
    }
    if definition.from == Source::Relationships && definition.only.is_some() {
        return error(
            "only",
            "a relationship belongs to two persons; use measure distinct instead",
        );
    }
    if definition.suppress.is_some()
        && !matches!(definition.measure, Measure::Count | Measure::Distinct(_))
    {
        return error("suppress", "only counts can be hidden by their size");
    }
    if definition.org_unit.is_some() && definition.place.is_some() {
        return error("org_unit", "it stands for every place, so `place` has no meaning");
    }
    Ok(())
}
