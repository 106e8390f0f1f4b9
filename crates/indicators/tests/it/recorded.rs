//! The recorded outbreak of Go.Data 2.50.3 (`wire/godata/dataset`), without names and texts.

use std::collections::BTreeMap;
use std::io::Read;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use flate2::read::GzDecoder;
use indicators::{
    Cell, Cube, Definition, Engine, Location, PeriodSpan, Places, RollUp, Setup, Timeline,
};
use serde::Deserialize;
use serde_json::Value;

/// The text of a recording.
pub(crate) fn text(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/recordings/{name}.json.gz", env!("CARGO_MANIFEST_DIR"));
    let mut text = Vec::new();
    GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut text).unwrap();
    text
}

pub(crate) fn json(name: &str) -> Value {
    serde_json::from_slice(&text(name)).unwrap()
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The ISO weeks from the one with `first` to the one with `last`, named as DHIS2 names them.
pub(crate) fn weeks(first: &str, last: &str) -> Timeline {
    let monday = |day: NaiveDate| day.week(Weekday::Mon).first_day();
    let mut first_day = monday(day(first));
    let mut periods = Vec::new();
    while first_day <= day(last) {
        let last_day = first_day + Days::new(6);
        let week = first_day.iso_week();
        let id = format!("{}W{}", week.year(), week.week());
        periods.push(PeriodSpan { id, first_day, last_day });
        first_day = last_day + Days::new(1);
    }
    Timeline::new(periods).unwrap()
}

/// Every week in which anything is dated in the recording.
pub(crate) fn all_weeks() -> Timeline {
    weeks("2020-01-06", "2031-12-31")
}

/// The locations, each with its P-code as organisation unit.
pub(crate) fn places(roll_up: RollUp) -> Places {
    let locations = json("locations");
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let locations = locations.as_array().unwrap().iter().map(|location| Location {
        id: text(&location["id"]).unwrap(),
        parent: text(&location["parentLocationId"]),
        level: text(&location["geographicalLevelId"]),
        deleted: location["deleted"] == true,
        org_unit: location["identifiers"].as_array().and_then(|identifiers| {
            let p_code = identifiers.iter().find(|i| i["description"] == "P-code");
            p_code.and_then(|i| text(&i["code"]))
        }),
    });
    Places::new(locations.collect(), roll_up)
}

/// The definitions and breakdowns of a configuration file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) value: Vec<Definition>,
    #[serde(default)]
    pub(crate) breakdown: indicators::Breakdowns,
}

pub(crate) fn engine(config: &str, timeline: Timeline, places: Places) -> Engine {
    let config: Config = toml::from_str(config).unwrap();
    let mut setup = Setup::new(timeline, places);
    setup.definitions = config.value;
    setup.breakdowns = config.breakdown;
    Engine::compile(setup).unwrap()
}

/// Counts the whole recording.
pub(crate) fn counted(engine: &Engine) -> Cube {
    let mut people = engine.people();
    for source in engine.people_sources() {
        people.push_array(engine, source, &text(source.as_str())).unwrap();
    }
    let mut counter = engine.counter(&people);
    for source in engine.sources() {
        counter.push_array(source, &text(source.as_str())).unwrap();
    }
    counter.into_cube()
}

/// The cells of one indicator by organisation unit, categories and period.
pub(crate) fn by_key(
    cells: &[Cell],
    indicator: &str,
    key: impl Fn(&Cell) -> String,
) -> BTreeMap<String, BTreeMap<String, u64>> {
    let mut all: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for cell in cells.iter().filter(|cell| &*cell.indicator == indicator) {
        let n = cell.value.to_string().parse().unwrap();
        let before = all.entry(key(cell)).or_default().insert(cell.period.to_string(), n);
        assert_eq!(before, None, "two cells for one place: {cell:?}");
    }
    all
}

/// Conservation: what was counted and what was left out is what was read.
pub(crate) fn assert_conserved(engine: &Engine, cube: &Cube) {
    for account in engine.accounts(cube) {
        let left_out: u64 = account.left_out.values().sum();
        assert_eq!(account.counted + left_out, account.read, "{account:?}");
    }
}
