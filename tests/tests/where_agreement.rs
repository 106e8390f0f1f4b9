//! One condition, two readers: what `where` chooses on the server is what `indicators` counts.
//!
//! The core evaluates conditions by itself and the server's choice only spares bytes (DESIGN,
//! decision 6). Where both are exact they must agree, on both of the server's query engines: cases
//! are chosen by one, contacts by the other (facts §4.2).

#![expect(clippy::unwrap_used, reason = "a test panics where its set-up fails")]

use std::collections::{BTreeMap, BTreeSet};

use godata_client::{Client, Credentials, Filter, RecordKind};
use indicators::{
    Definition, Engine, PeriodSpan, Places, Reason, RollUp, Setup, Source, Timeline, Where,
};
use proptest::{
    collection::vec, option, prelude::*, sample::select, test_runner::Config as ProptestConfig,
};
use sandbox::godata::{EMAIL, GoData, Kind, PASSWORD, World};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const CLASSES: [&str; 3] = [
    "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED",
    "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_PROBABLE",
    "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_OWN_VALUE",
];
const STAYS: [&str; 2] = [
    "LNG_REFERENCE_DATA_CATEGORY_PERSON_DATE_TYPE_HOSPITALIZATION",
    "LNG_REFERENCE_DATA_CATEGORY_PERSON_DATE_TYPE_ISOLATION",
];
const DATES: [&str; 5] = [
    "2020-12-27T00:00:00.000Z",
    "2020-12-28T00:00:00.000Z",
    "2020-12-28T22:30:00.000Z",
    "2021-01-03T00:00:00.000Z",
    "2021-01-04T00:00:00.000Z",
];
const TEXTS: [&str; 5] = ["", "A-1", "a-1", "B-22", "[A]"];

/// A property that is missing, null or there.
fn property<S>(value: S) -> impl Strategy<Value = Option<Value>>
where
    S: Strategy<Value = Value> + 'static,
{
    prop_oneof![1 => Just(None), 1 => Just(Some(Value::Null)), 5 => value.prop_map(Some)]
}

fn date() -> impl Strategy<Value = Value> + Clone {
    select(&DATES[..]).prop_map(Value::from)
}

fn stay() -> impl Strategy<Value = Value> {
    (select(&STAYS[..]), option::of(date()), option::of(date())).prop_map(|(kind, start, end)| {
        let mut stay = json!({ "typeId": kind });
        for (name, date) in [("startDate", start), ("endDate", end)] {
            if let Some(date) = date {
                stay[name] = date;
            }
        }
        stay
    })
}

fn record() -> impl Strategy<Value = Value> {
    (
        property(select(&CLASSES[..]).prop_map(Value::from)),
        property((0_u32..4).prop_map(|years| json!({ "years": years * 5, "months": 0 }))),
        property(date()),
        property(select(&TEXTS[..]).prop_map(Value::from)),
        property(any::<bool>().prop_map(Value::from)),
        property(vec(stay(), 0..3).prop_map(Value::from)),
    )
        .prop_map(|(class, age, date, text, flag, stays)| {
            let mut record = json!({});
            let properties = [
                ("classification", class),
                ("age", age),
                ("dateOfReporting", date),
                ("riskReason", text),
                ("transferRefused", flag),
                ("dateRanges", stays),
            ];
            for (name, value) in properties {
                if let Some(value) = value {
                    record[name] = value;
                }
            }
            record
        })
}

/// What a field can be asked.
#[derive(Clone, Copy, PartialEq)]
enum Field {
    /// Its values have an order.
    Ordered,
    /// Its values have none, and the core refuses to be asked for one.
    Unordered,
    /// Its values lie in a list. What is sent for `null` is "null or missing" for the sake of the
    /// second engine, and an empty list is missing there but not null: wider than the core's
    /// meaning, so `null` is not compared.
    InList,
}

/// Conditions on one field whose values are `value`.
fn tests<S>(field: Field, path: &'static str, value: S) -> BoxedStrategy<Value>
where
    S: Strategy<Value = Value> + Clone + 'static,
{
    let operators: &[&str] = match field {
        Field::Unordered => &["eq", "neq"],
        Field::Ordered | Field::InList => &["eq", "neq", "gt", "gte", "lt", "lte"],
    };
    let single = (select(operators), value.clone())
        .prop_map(move |(operator, value)| json!({ path: { operator: value } }));
    let listed = (select(&["inq", "nin"][..]), vec(value.clone(), 1..3))
        .prop_map(move |(operator, values)| json!({ path: { operator: values } }));
    let negated = (select(operators), value.clone(), any::<bool>()).prop_map(
        move |(operator, value, of_list)| {
            let test = if of_list { json!({ "inq": [value] }) } else { json!({ operator: value }) };
            json!({ path: { "not": test } })
        },
    );
    let exists = any::<bool>().prop_map(move |exists| json!({ path: { "exists": exists } }));
    let plain = value.clone().prop_map(move |value| json!({ path: value }));
    let mut choices = vec![
        (3, single.boxed()),
        (2, listed.boxed()),
        (2, negated.boxed()),
        (1, exists.boxed()),
        (2, plain.boxed()),
    ];
    if field != Field::InList {
        choices.push((1, Just(json!({ path: null })).boxed()));
        choices.push((1, Just(json!({ path: { "neq": null } })).boxed()));
    }
    if field != Field::Unordered {
        let range = (value.clone(), value.clone())
            .prop_map(move |(low, high)| json!({ path: { "between": [low, high] } }));
        let two = (value.clone(), value)
            .prop_map(move |(low, high)| json!({ path: { "gte": low, "lt": high } }));
        choices.push((1, range.boxed()));
        choices.push((2, two.boxed()));
    }
    proptest::strategy::Union::new_weighted(choices).boxed()
}

fn matching() -> BoxedStrategy<Value> {
    let pattern = select(&["^A", "1$", "A-1", "^a", ".", "\\[A\\]"][..]);
    (pattern, any::<bool>(), any::<bool>())
        .prop_map(|(pattern, ignore_case, negated)| {
            let mut test = json!({ "like": pattern });
            if ignore_case {
                test["options"] = "i".into();
            }
            if negated {
                json!({ "riskReason": { "not": test } })
            } else {
                json!({ "riskReason": test })
            }
        })
        .boxed()
}

fn leaf() -> impl Strategy<Value = Value> {
    let one_stay = (
        tests(Field::Unordered, "typeId", select(&STAYS[..]).prop_map(Value::from)),
        tests(Field::Ordered, "startDate", date()),
    )
        .prop_map(
            |(kind, start)| json!({ "dateRanges": { "elemMatch": { "and": [kind, start] } } }),
        );
    prop_oneof![
        tests(Field::Ordered, "classification", select(&CLASSES[..]).prop_map(Value::from)),
        tests(Field::Ordered, "age.years", (0_u32..4).prop_map(|years| json!(years * 5))),
        tests(Field::Ordered, "dateOfReporting", date()),
        tests(Field::Unordered, "transferRefused", any::<bool>().prop_map(Value::from)),
        tests(Field::InList, "dateRanges.typeId", select(&STAYS[..]).prop_map(Value::from)),
        tests(Field::InList, "dateRanges.startDate", date()),
        matching(),
        one_stay,
    ]
}

fn condition() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(2, 8, 3, |inner| {
        (select(&["and", "or", "nor"][..]), vec(inner, 1..4))
            .prop_map(|(group, parts)| json!({ group: parts }))
    })
}

/// An engine that counts what meets `condition`, whatever its day and place.
fn engine(source: Source, condition: &Value) -> Engine {
    let day = |text: &str| text.parse().unwrap();
    let all_time =
        PeriodSpan { id: "all".into(), first_day: day("2000-01-01"), last_day: day("2099-12-31") };
    let timeline = Timeline::new(vec![all_time]).unwrap();
    let mut setup = Setup::new(timeline, Places::new(Vec::new(), RollUp::default()));
    let mut definition = Definition::new("chosen");
    definition.from = source;
    definition.condition = Where::from_json(condition).unwrap();
    setup.definitions.push(definition);
    Engine::compile(setup).unwrap()
}

/// Whether the core takes a record for one that meets the condition.
fn meets(engine: &Engine, source: Source, record: &str) -> bool {
    let people = engine.people();
    let mut counter = engine.counter(&people);
    counter.push(source, record.as_bytes());
    let accounts = engine.accounts(&counter.into_cube());
    let account = &accounts[0];
    assert!(!account.left_out.contains_key(&Reason::Unreadable), "{record}");
    !account.left_out.contains_key(&Reason::Condition)
}

struct Rig {
    godata: GoData,
    client: Client,
    runtime: Runtime,
}

impl Rig {
    fn new() -> Self {
        let godata = GoData::start(World::empty("Agreement")).unwrap();
        let credentials = Credentials::new(EMAIL, PASSWORD.into());
        let url = godata.url().parse().unwrap();
        let client = Client::builder(url, credentials).build().unwrap();
        Self { godata, client, runtime: Runtime::new().unwrap() }
    }

    /// The records as the server shows them, by id.
    fn outbreak_of(&self, kind: Kind, records: &[Value]) -> String {
        let name = format!("Outbreak {}", self.godata.server().log().n_requests());
        let outbreak = self.godata.add_outbreak(&name);
        for record in records {
            self.godata.put_in(&outbreak, kind, record.clone());
        }
        outbreak
    }

    fn read(
        &self,
        outbreak: &str,
        kind: RecordKind,
        filter: Filter,
    ) -> (BTreeMap<String, String>, u64) {
        let query = self.client.outbreak(outbreak).records(kind).filter(filter).page_size(7);
        self.runtime.block_on(async {
            let rows = query.all().await.unwrap();
            let by_id = rows
                .into_iter()
                .map(|row| (row["id"].as_str().unwrap().to_owned(), row.to_string()));
            (by_id.collect(), query.count().await.unwrap())
        })
    }
}

fn check(
    rig: &Rig,
    outbreak: &str,
    kind: RecordKind,
    source: Source,
    condition: &Value,
) -> Result<(), TestCaseError> {
    let engine = engine(source, condition);
    let (all, _) = rig.read(outbreak, kind, Filter::default());
    let by_core: BTreeSet<_> = all
        .iter()
        .filter(|(_, record)| meets(&engine, source, record))
        .map(|(id, _)| id.clone())
        .collect();

    let (rows, n_counted) = rig.read(outbreak, kind, Filter::from_json(condition).unwrap());
    let by_server: BTreeSet<_> = rows.keys().cloned().collect();
    let differing: Vec<_> = by_core.symmetric_difference(&by_server).map(|id| &all[id]).collect();
    prop_assert!(differing.is_empty(), "{kind} {condition}: {differing:?}");
    prop_assert_eq!(n_counted, by_core.len() as u64, "the count of {} for {}", kind, condition);

    // What the core itself would ask the server for may be wider, never narrower.
    let asked = engine.server_where(source);
    let asked = asked.map_or_else(Filter::default, |asked| Filter::from_json(&asked).unwrap());
    let (rows, _) = rig.read(outbreak, kind, asked);
    for id in &by_core {
        prop_assert!(rows.contains_key(id), "{kind} {condition} would lose {}", all[id]);
    }
    Ok(())
}

fn agree(kind: RecordKind, stored: Kind, source: Source) {
    let rig = Rig::new();
    let config =
        ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(records in vec(record(), 1..12), conditions in vec(condition(), 1..4))| {
        let outbreak = rig.outbreak_of(stored, &records);
        for condition in &conditions {
            check(&rig, &outbreak, kind, source, condition)?;
        }
    });
}

#[test]
fn cases_are_chosen_alike_by_the_server_and_by_the_core() {
    agree(RecordKind::Case, Kind::Case, Source::Cases);
}

#[test]
fn contacts_are_chosen_alike_by_the_server_and_by_the_core() {
    agree(RecordKind::Contact, Kind::Contact, Source::Contacts);
}
