//! The same indicators counted a second time, by plain loops over JSON trees.
//!
//! The loops share nothing with the crate but the words of `naive.toml`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDate};
use indicators::{Engine, Location, Places, RollUp, Source};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

use crate::outbreak::{Outbreak, outbreak};
use crate::recorded::{assert_conserved, day, engine, weeks};

type Cells = BTreeMap<String, String>;

/// Three weeks, over a turn of the year.
pub(crate) fn three_weeks() -> indicators::Timeline {
    weeks("2020-12-21", "2021-01-04")
}

/// A country without an organisation unit, two districts with one, one without; a village in the
/// first.
pub(crate) fn four_places() -> Places {
    let location = |id: &str, parent: &str, org_unit: &str| Location {
        id: id.into(),
        parent: Some(parent.to_owned()).filter(|parent| !parent.is_empty()),
        org_unit: Some(org_unit.to_owned()).filter(|unit| !unit.is_empty()),
        ..Location::default()
    };
    let all = [
        location("country", "", ""),
        location("a", "country", "A"),
        location("b", "country", "B"),
        location("x", "country", ""),
        location("village", "a", ""),
    ];
    Places::new(all.into(), RollUp::NearestMapped)
}

pub(crate) fn naive_engine() -> Engine {
    engine(include_str!("naive.toml"), three_weeks(), four_places())
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

fn naive_day(value: &Value) -> Option<NaiveDate> {
    let text = value.as_str()?;
    match text.len() {
        10 => text.parse().ok(),
        _ => DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.to_utc().date_naive()),
    }
}

fn week(day: NaiveDate) -> Option<String> {
    let first = self::day("2020-12-21");
    let last = self::day("2021-01-10");
    (first..=last).contains(&day).then(|| week_id(day))
}

fn week_id(day: NaiveDate) -> String {
    format!("{}W{}", day.iso_week().year(), day.iso_week().week())
}

fn unit(person: &Value) -> Option<&'static str> {
    let usual = |address: &&Value| {
        address["typeId"].as_str().is_some_and(|kind| kind.ends_with("_USUAL_PLACE_OF_RESIDENCE"))
    };
    let addresses = person["addresses"].as_array().map(Vec::as_slice).unwrap_or_default();
    let id = text(&person["usualPlaceOfResidenceLocationId"])
        .or_else(|| text(&addresses.iter().find(usual)?["locationId"]))?;
    match id {
        "a" | "village" => Some("A"),
        "b" => Some("B"),
        _ => None,
    }
}

fn is(record: &Value, field: &str, short: &str) -> bool {
    record[field].as_str().is_some_and(|id| id.ends_with(&format!("_{short}")))
}

fn sex(person: &Value) -> Option<&'static str> {
    match person["gender"].as_str() {
        None => Some("?"),
        Some(id) if id.ends_with("_FEMALE") => Some("F"),
        Some(id) if id.ends_with("_MALE") => Some("M"),
        Some(_) => None,
    }
}

fn age_group(person: &Value) -> &'static str {
    let age = &person["age"];
    let years = age["years"].as_i64().or_else(|| age["months"].as_i64().map(|_| 0)).or_else(|| {
        let (born, at) = (naive_day(&person["dob"])?, naive_day(&person["dateOfReporting"])?);
        let before_birthday = (at.month(), at.day()) < (born.month(), born.day());
        Some(i64::from(at.year() - born.year()) - i64::from(before_birthday))
    });
    match years {
        Some(0) => "0",
        Some(1..=17) => "1-17",
        Some(18..=120) => "18+",
        _ => "?",
    }
}

/// The ranges in hospital of a case.
fn in_hospital(case: &Value) -> Vec<&Value> {
    let ranges = case["dateRanges"].as_array().map(Vec::as_slice).unwrap_or_default();
    ranges.iter().filter(|range| is(range, "typeId", "HOSPITALIZATION")).collect()
}

fn plus_one(cells: &mut BTreeMap<String, u64>, key: String) {
    *cells.entry(key).or_default() += 1;
}

fn count_cases(cases: &[Value], counts: &mut BTreeMap<String, u64>) {
    for case in cases {
        let place = unit(case);
        let reported = naive_day(&case["dateOfReporting"]);
        if let (Some(week), Some(unit)) = (reported.and_then(week), place) {
            plus_one(counts, format!("reported|{week}|{unit}|"));
            if is(case, "gender", "FEMALE") {
                plus_one(counts, format!("women reported|{week}|{unit}|"));
            }
            if is(case, "classification", "CONFIRMED") {
                plus_one(counts, format!("confirmed in all|{week}|{unit}|"));
                if let Some(sex) = sex(case) {
                    let age = age_group(case);
                    plus_one(counts, format!("confirmed|{week}|{unit}|{age}|{sex}"));
                }
            }
        }
        let Some(unit) = place else { continue };
        let died = naive_day(&case["dateOfOutcome"]);
        let discarded = is(case, "classification", "NOT_A_CASE_DISCARDED");
        if let (Some(died), true, false) = (died, is(case, "outcomeId", "DECEASED"), discarded) {
            for sunday in ["2020-12-27", "2021-01-03", "2021-01-10"].map(day) {
                if died <= sunday {
                    plus_one(counts, format!("deaths so far|{}|{unit}|", week_id(sunday)));
                }
            }
        }
        let ranges = in_hospital(case);
        let starts = ranges.iter().filter_map(|range| naive_day(&range["startDate"]));
        if let Some(week) = starts.min().and_then(week) {
            plus_one(counts, format!("first admissions|{week}|{unit}|"));
        }
        let ends = ranges.iter().filter_map(|range| naive_day(&range["endDate"]));
        if let Some(week) = ends.max().and_then(week) {
            plus_one(counts, format!("last discharges|{week}|{unit}|"));
        }
        for sunday in ["2020-12-27", "2021-01-03", "2021-01-10"].map(day) {
            // An end that cannot be read makes the whole range unusable.
            let usable = |value: &Value| {
                text(value).is_none() && !value.is_number() || naive_day(value).is_some()
            };
            let open = ranges.iter().any(|range| {
                let ends = [&range["endDate"], &case["dateOfOutcome"]];
                naive_day(&range["startDate"]).is_some_and(|start| start <= sunday)
                    && ends.iter().all(|end| usable(end))
                    && ends.iter().filter_map(|end| naive_day(end)).all(|end| end >= sunday)
            });
            if open {
                plus_one(counts, format!("in hospital|{}|{unit}|", week_id(sunday)));
            }
        }
    }
}

fn count_numbers(cases: &[Value], cells: &mut Cells) {
    let mut numbers: BTreeMap<String, Vec<Decimal>> = BTreeMap::new();
    let mut occupations: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for case in cases {
        let reported = naive_day(&case["dateOfReporting"]);
        let (Some(week), Some(unit)) = (reported.and_then(week), unit(case)) else { continue };
        let contacts = &case["numberOfContacts"];
        let contacts = contacts.as_str().map_or_else(|| contacts.to_string(), str::to_owned);
        if let Ok(contacts) = contacts.parse::<Decimal>() {
            numbers.entry(format!("contacts named|{week}|{unit}|")).or_default().push(contacts);
        }
        if let (Some(onset), Some(reported)) = (naive_day(&case["dateOfOnset"]), reported) {
            let days = Decimal::from((reported - onset).num_days());
            numbers.entry(format!("delay|{week}|{unit}|")).or_default().push(days);
        }
        if let (Some(occupation), Some(gender)) = (text(&case["occupation"]), text(&case["gender"]))
        {
            let gender = gender.rsplit('_').next().unwrap();
            let key = format!("occupations|{week}|{unit}|{gender}");
            occupations.entry(key).or_default().insert(occupation);
        }
    }
    let away = RoundingStrategy::MidpointAwayFromZero;
    for (key, mut numbers) in numbers {
        let sum: Decimal = numbers.iter().sum();
        let Some(of) = key.strip_prefix("delay") else {
            cells.insert(key, sum.normalize().to_string());
            continue;
        };
        numbers.sort_unstable();
        let n = numbers.len();
        let median = (numbers[(n - 1) / 2] + numbers[n / 2]) / Decimal::TWO;
        let mean = (sum / Decimal::from(n)).round_dp_with_strategy(2, away);
        for (name, number) in [
            ("mean delay", mean),
            ("median delay", median.round_dp_with_strategy(1, away)),
            ("shortest delay", numbers[0]),
            ("longest delay", numbers[n - 1]),
        ] {
            cells.insert(format!("{name}{of}"), number.normalize().to_string());
        }
    }
    cells.extend(occupations.into_iter().map(|(key, all)| (key, all.len().to_string())));
}

fn count_joined(outbreak: &Outbreak, counts: &mut BTreeMap<String, u64>) {
    let by_id = |people: &[Value]| -> BTreeMap<String, Value> {
        people.iter().map(|p| (p["id"].as_str().unwrap().to_owned(), p.clone())).collect()
    };
    let cases = by_id(&outbreak.cases);
    let mut everyone = by_id(&outbreak.contacts);
    everyone.extend(cases.clone());

    let mut tested = BTreeSet::new();
    let mut samples: BTreeMap<&str, Vec<NaiveDate>> = BTreeMap::new();
    for result in &outbreak.lab_results {
        let (Some(id), Some(taken)) =
            (result["personId"].as_str(), naive_day(&result["dateSampleTaken"]))
        else {
            continue;
        };
        if everyone.contains_key(id) {
            samples.entry(id).or_default().push(taken);
        }
        if let (Some(case), Some(week)) = (cases.get(id), week(taken)) {
            let counts =
                is(case, "classification", "CONFIRMED") || is(case, "classification", "PROBABLE");
            if let (Some(unit), true, true) = (unit(case), is(result, "testType", "RT_PCR"), counts)
            {
                tested.insert((week, unit, id));
            }
        }
    }
    for (week, unit, _) in tested {
        plus_one(counts, format!("persons tested|{week}|{unit}|"));
    }
    for (id, taken) in samples {
        let person = &everyone[id];
        if let (Some(week), Some(unit)) = (taken.into_iter().min().and_then(week), unit(person)) {
            plus_one(counts, format!("first tests|{week}|{unit}|{}", sex(person).unwrap_or("?")));
        }
    }
    for relationship in &outbreak.relationships {
        let persons = relationship["persons"].as_array().unwrap();
        let find = |flag: &str| {
            let person = persons.iter().find(|person| person[flag] == true)?;
            everyone.get(person["id"].as_str()?)
        };
        let met = naive_day(&relationship["contactDate"]);
        if let (Some(from), Some(to), Some(week)) =
            (find("source"), find("target"), met.and_then(week))
            && let (Some(unit), true) = (unit(to), is(from, "classification", "CONFIRMED"))
        {
            plus_one(counts, format!("met by confirmed cases|{week}|{unit}|"));
        }
    }
}

fn naive_cells(outbreak: &Outbreak) -> Cells {
    let mut counts = BTreeMap::new();
    count_cases(&outbreak.cases, &mut counts);
    count_joined(outbreak, &mut counts);
    for week in ["2020W52", "2020W53", "2021W1"] {
        for unit in ["A", "B"] {
            counts.entry(format!("confirmed in all|{week}|{unit}|")).or_default();
        }
    }
    let mut cells = Cells::new();
    count_numbers(&outbreak.cases, &mut cells);
    for (key, whole) in &counts {
        if let Some(of) = key.strip_prefix("reported|") {
            let part = counts.get(&format!("women reported|{of}")).copied().unwrap_or(0);
            let share = Decimal::from(part * 100) / Decimal::from(*whole);
            let share = share.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
            cells.insert(format!("share of women|{of}"), share.normalize().to_string());
        }
    }
    cells.extend(counts.into_iter().map(|(key, n)| (key, n.to_string())));
    cells
}

fn to_bytes(records: &[Value], pretty: bool) -> Vec<u8> {
    if pretty { serde_json::to_vec_pretty(records) } else { serde_json::to_vec(records) }.unwrap()
}

/// Counts an outbreak with the crate.
pub(crate) fn count(engine: &Engine, outbreak: &Outbreak, pretty: bool) -> indicators::Cube {
    let mut people = engine.people();
    people.push_array(engine, Source::Cases, &to_bytes(&outbreak.cases, pretty)).unwrap();
    people.push_array(engine, Source::Contacts, &to_bytes(&outbreak.contacts, pretty)).unwrap();
    let mut counter = engine.counter(&people);
    for (source, records) in [
        (Source::Cases, &outbreak.cases),
        (Source::LabResults, &outbreak.lab_results),
        (Source::Relationships, &outbreak.relationships),
    ] {
        counter.push_array(source, &to_bytes(records, pretty)).unwrap();
    }
    counter.into_cube()
}

pub(crate) fn cells(engine: &Engine, cube: &indicators::Cube) -> Cells {
    let cells = engine.cells(cube).into_iter();
    cells
        .map(|cell| {
            let options: Vec<&str> = cell.categories.values().map(String::as_str).collect();
            let options = options.join("|");
            let key = format!("{}|{}|{}|{options}", cell.indicator, cell.period, cell.org_unit);
            (key, cell.value.to_string())
        })
        .collect()
}

/// In two halves, for two cores.
#[test]
fn plain_loops_agree_on_five_thousand_outbreaks() {
    agree(0..5_000);
}

#[test]
fn plain_loops_agree_on_five_thousand_more_outbreaks() {
    agree(5_000..10_000);
}

fn agree(seeds: std::ops::Range<u64>) {
    let engine = naive_engine();
    // `cargo mutants` asks for fewer first (CONTRIBUTING.md): most mutants are caught by the first few outbreaks.
    let asked = std::env::var("NAIVE_OUTBREAKS").ok().map(|n| n.parse::<u64>().unwrap());
    let n_outbreaks = asked.unwrap_or(u64::MAX).min(seeds.end - seeds.start);
    let seeds = seeds.start..seeds.start + n_outbreaks;
    let mut n_cells = 0;
    for seed in seeds {
        let outbreak = outbreak(seed);
        let cube = count(&engine, &outbreak, seed % 8 == 0);
        let (ours, naive) = (cells(&engine, &cube), naive_cells(&outbreak));
        n_cells += naive.len();
        if ours != naive {
            let differ = |a: &Cells, b: &Cells| -> Vec<String> {
                let only = a.iter().filter(|(key, value)| b.get(*key) != Some(value));
                only.map(|(key, value)| format!("{key} = {value}")).collect()
            };
            panic!(
                "outbreak {seed}\n crate only: {:#?}\n loops only: {:#?}\n{outbreak:#?}",
                differ(&ours, &naive),
                differ(&naive, &ours),
            );
        }
        assert_conserved(&engine, &cube);
    }
    assert!(
        n_cells as u64 > 10 * n_outbreaks,
        "the dice make too little to count: {n_cells} cells in {n_outbreaks} outbreaks"
    );
}
