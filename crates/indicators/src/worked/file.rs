//! The file, and running it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{FixedOffset, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

use super::error::WorkedError;
use super::outcome::{Difference, WorkedOutcome};
use crate::Source;
use crate::day::DayRule;
use crate::definition::{Breakdowns, Definition};
use crate::engine::{CellKey, Engine, Setup};
use crate::library::{SettingValue, library};
use crate::nearest::nearest;
use crate::places::{Location, Places, RollUp};
use crate::reason::Reason;
use crate::reference::full_id;
use crate::timeline::{PeriodSpan, Timeline};

/// A small file of records with the cells that must follow from them.
///
/// # Examples
///
/// ```
/// use indicators::{Given, WorkedFile};
///
/// let file = WorkedFile::from_toml(r#"
///     title = "A case is counted in the week of its report"
///     periods = { 2020W35 = "2020-08-24/2020-08-30" }
///
///     [[value]]
///     indicator = "Confirmed cases"
///     where = { classification = "CONFIRMED" }
///
///     [[location]]
///     id = "north"
///     org_unit = "North"
///
///     [[records.cases]]
///     classification = "CONFIRMED"
///     dateOfReporting = 2020-08-30
///     usualPlaceOfResidenceLocationId = "north"
///
///     [[expected]]
///     indicator = "Confirmed cases"
///     value = 2
/// "#)?;
/// let outcome = file.run(&Given::default())?;
/// assert_eq!(
///     outcome.to_string(),
///     "A case is counted in the week of its report: 1 cell compared, 1 difference\n  \
///      Confirmed cases, 2020W35, North: expected 2, found 1",
/// );
/// # Ok::<(), indicators::WorkedError>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkedFile {
    title: String,
    library: Option<String>,
    #[serde(default)]
    settings: BTreeMap<String, SettingValue>,
    #[serde(default)]
    value: Vec<Definition>,
    #[serde(default)]
    breakdown: Breakdowns,
    periods: BTreeMap<String, String>,
    #[serde(default)]
    location: Vec<FileLocation>,
    #[serde(default)]
    population: BTreeMap<String, u64>,
    utc_offset: Option<String>,
    #[serde(default)]
    records: BTreeMap<Source, Vec<Map<String, Value>>>,
    #[serde(default)]
    compare: Compare,
    #[serde(default)]
    expected: Vec<Expected>,
    #[serde(default)]
    left_out: Vec<ExpectedLeftOut>,
}

/// Indicators that a worked file is run with if it has none of its own: those of a configuration.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The indicators.
    pub definitions: Vec<Definition>,
    /// Their breakdowns.
    pub breakdowns: Breakdowns,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileLocation {
    id: String,
    parent: Option<String>,
    level: Option<String>,
    org_unit: Option<String>,
    #[serde(default)]
    deleted: bool,
}

/// Which indicators are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Compare {
    /// All: cells that are not listed must be empty.
    #[default]
    All,
    /// Those that a line of the file names.
    Listed,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    indicator: String,
    period: Option<String>,
    org_unit: Option<String>,
    #[serde(default)]
    categories: BTreeMap<String, String>,
    #[serde(deserialize_with = "number_or_text")]
    value: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedLeftOut {
    indicator: String,
    reason: Reason,
    n: u64,
}

impl WorkedFile {
    /// Reads a worked file in TOML.
    ///
    /// # Errors
    ///
    /// When it is not one; unknown keys are an error, too.
    pub fn from_toml(text: &str) -> Result<Self, WorkedError> {
        toml::from_str(text).map_err(|error| WorkedError::Unreadable { problem: error.to_string() })
    }

    /// Reads a worked file in JSON, of the same shape.
    ///
    /// # Errors
    ///
    /// When it is not one; unknown keys are an error, too.
    pub fn from_json(text: &str) -> Result<Self, WorkedError> {
        serde_json::from_str(text)
            .map_err(|error| WorkedError::Unreadable { problem: error.to_string() })
    }

    /// The title of the file.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Counts the records and compares.
    ///
    /// # Errors
    ///
    /// When the file cannot be run: no indicators, periods that are none, an unknown name.
    pub fn run(&self, given: &Given) -> Result<WorkedOutcome, WorkedError> {
        let engine = self.engine(given)?;
        let cube = {
            let mut people = engine.people();
            for source in engine.people_sources() {
                people.push_array(&engine, source, &self.records_of(source))?;
            }
            let mut counter = engine.counter(&people);
            for source in engine.sources() {
                counter.push_array(source, &self.records_of(source))?;
            }
            counter.into_cube()
        };
        let expected = self.expected(&engine)?;
        let mut found: BTreeMap<CellKey, String> = BTreeMap::new();
        for cell in engine.cells(&cube) {
            if self.compares(&cell.indicator) {
                found.insert(CellKey::from(&cell), plain(&cell.value.to_string()));
            }
        }

        let keys: BTreeSet<&CellKey> = expected.keys().chain(found.keys()).collect();
        let n_cells = keys.len();
        let mut differences: Vec<Difference> = keys
            .into_iter()
            .filter(|key| expected.get(key) != found.get(key))
            .map(|key| {
                let CellKey { indicator, period, org_unit, categories } = key.clone();
                let (expected, found) = (expected.get(key).cloned(), found.get(key).cloned());
                Difference::Cell { indicator, period, org_unit, categories, expected, found }
            })
            .collect();
        let left_out = engine.left_out(&cube);
        for line in &self.left_out {
            known("indicator", &line.indicator, names(&engine))?;
            let same =
                left_out.iter().find(|l| l.indicator == line.indicator && l.reason == line.reason);
            let found = same.map_or(0, |l| l.n);
            if found != line.n {
                let (indicator, reason, expected) = (line.indicator.clone(), line.reason, line.n);
                differences.push(Difference::LeftOut { indicator, reason, expected, found });
            }
        }
        Ok(WorkedOutcome { title: self.title.clone(), n_cells, differences })
    }

    fn engine(&self, given: &Given) -> Result<Engine, WorkedError> {
        let (mut definitions, mut breakdowns) = match &self.library {
            Some(name) => {
                let library = library(name, &self.settings)?;
                (library.definitions, library.breakdowns)
            }
            None if self.value.is_empty() => (given.definitions.clone(), given.breakdowns.clone()),
            None => (Vec::new(), Breakdowns::new()),
        };
        definitions.extend(self.value.iter().cloned());
        breakdowns.extend(self.breakdown.clone());
        if definitions.is_empty() {
            return Err(WorkedError::NoIndicators);
        }
        let mut periods: Vec<PeriodSpan> =
            self.periods.iter().map(|(id, days)| period(id, days)).collect::<Result<_, _>>()?;
        periods.sort_by_key(|period| period.first_day);
        let locations = self.location.iter().map(|location| Location {
            id: location.id.clone(),
            parent: location.parent.clone(),
            level: location.level.clone(),
            deleted: location.deleted,
            org_unit: location.org_unit.clone(),
        });
        let places = Places::new(locations.collect(), RollUp::NearestMapped);
        let mut setup = Setup::new(Timeline::new(periods)?, places);
        setup.definitions = definitions;
        setup.breakdowns = breakdowns;
        setup.population = self.population.clone();
        if let Some(written) = &self.utc_offset {
            let offset: Result<FixedOffset, _> = written.parse();
            let offset = offset.map_err(|_| WorkedError::Offset { written: written.clone() })?;
            setup.day_rule = DayRule::Fixed(offset);
        }
        Ok(Engine::compile(setup)?)
    }

    /// The records of one source as the server would send them.
    fn records_of(&self, source: Source) -> Vec<u8> {
        let mut records = self.records.get(&source).cloned().unwrap_or_default();
        for (n, record) in records.iter_mut().enumerate() {
            record.iter_mut().for_each(|(field, value)| as_sent(source, field, value));
            record.entry("id").or_insert_with(|| format!("{source}-{}", n + 1).into());
        }
        let records = records.into_iter().map(Value::Object).collect();
        Value::Array(records).to_string().into_bytes()
    }

    fn compares(&self, indicator: &str) -> bool {
        self.compare == Compare::All
            || self.expected.iter().any(|line| line.indicator == indicator)
            || self.left_out.iter().any(|line| line.indicator == indicator)
    }

    fn expected(&self, engine: &Engine) -> Result<BTreeMap<CellKey, String>, WorkedError> {
        let periods: Vec<&str> = self.periods.keys().map(String::as_str).collect();
        let units: BTreeSet<&str> = self
            .location
            .iter()
            .filter_map(|location| location.org_unit.as_deref())
            .chain(engine.definitions().iter().filter_map(|d| d.org_unit.as_deref()))
            .collect();
        let units: Vec<&str> = units.into_iter().collect();
        let mut cells = BTreeMap::new();
        for line in &self.expected {
            known("indicator", &line.indicator, names(engine))?;
            let choose = |what, key, written: &Option<String>, all: &[&str]| match (written, all) {
                (Some(name), _) => known(what, name, all.iter().copied()).map(|()| name.clone()),
                (None, [only]) => Ok((*only).to_owned()),
                (None, _) => Err(WorkedError::Ambiguous { indicator: line.indicator.clone(), key }),
            };
            let period = choose("period", "period", &line.period, &periods)?;
            let org_unit = choose("organisation unit", "org_unit", &line.org_unit, &units)?;
            let (indicator, categories) = (line.indicator.clone(), line.categories.clone());
            let key = CellKey { indicator, period, org_unit, categories };
            cells.insert(key, plain(&line.value));
        }
        Ok(cells)
    }
}

fn names(engine: &Engine) -> impl Iterator<Item = &str> + Clone {
    engine.definitions().iter().map(|definition| definition.indicator.as_str())
}

fn known<'k>(
    what: &'static str,
    name: &str,
    all: impl Iterator<Item = &'k str> + Clone,
) -> Result<(), WorkedError> {
    if all.clone().any(|known| known == name) {
        return Ok(());
    }
    let hint =
        nearest(name, all).map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"));
    Err(WorkedError::Unknown { what, name: name.to_owned(), hint })
}

fn period(id: &str, written: &str) -> Result<PeriodSpan, WorkedError> {
    let days = || {
        let (first_day, last_day) = written.split_once('/')?;
        let day = |text: &str| text.trim().parse::<NaiveDate>().ok();
        Some(PeriodSpan { id: id.to_owned(), first_day: day(first_day)?, last_day: day(last_day)? })
    };
    days().ok_or_else(|| WorkedError::Period { id: id.to_owned(), written: written.to_owned() })
}

/// Short names become the ids that the server sends, TOML's dates become texts.
fn as_sent(source: Source, path: &str, value: &mut Value) {
    match value {
        Value::String(text) => *text = full_id(source, path, text).into_owned(),
        Value::Array(list) => list.iter_mut().for_each(|value| as_sent(source, path, value)),
        Value::Object(table) => match table.get("$__toml_private_datetime") {
            Some(Value::String(date)) => *value = Value::String(date.clone()),
            _ => table
                .iter_mut()
                .for_each(|(field, value)| as_sent(source, &format!("{path}.{field}"), value)),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// One way to write a number: `3.50` and `3.5` are the same.
fn plain(value: &str) -> String {
    value.parse::<Decimal>().map_or_else(|_| value.to_owned(), |n| n.normalize().to_string())
}

fn number_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    struct NumberOrText;

    impl de::Visitor<'_> for NumberOrText {
        type Value = String;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a number or a text")
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<String, E> {
            Ok(number.to_string())
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<String, E> {
            Ok(number.to_string())
        }

        // The shortest text of the number as it stands in the file; nothing is computed with it.
        fn visit_f64<E: de::Error>(self, number: f64) -> Result<String, E> {
            Ok(number.to_string())
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }
    }

    deserializer.deserialize_any(NumberOrText)
}
