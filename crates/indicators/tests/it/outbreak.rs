//! Outbreaks made up by dice: small, and as odd as real ones.

use serde_json::{Map, Value, json};

use crate::recorded::day;

/// Dice that fall the same way for the same seed (SplitMix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.roll() % n as u64).unwrap()
    }

    pub(crate) fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    pub(crate) fn shuffle<T>(&mut self, all: &mut [T]) {
        for n in (1..all.len()).rev() {
            all.swap(n, self.below(n + 1));
        }
    }
}

/// The records of one outbreak.
#[derive(Debug)]
pub(crate) struct Outbreak {
    pub(crate) cases: Vec<Value>,
    pub(crate) contacts: Vec<Value>,
    pub(crate) lab_results: Vec<Value>,
    pub(crate) relationships: Vec<Value>,
}

const CLASS: &str = "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_";

pub(crate) fn outbreak(seed: u64) -> Outbreak {
    let mut dice = Dice(seed);
    let cases: Vec<Value> = (0..dice.below(13)).map(|n| person(&mut dice, "case", n)).collect();
    let contacts: Vec<Value> =
        (0..dice.below(4)).map(|n| person(&mut dice, "contact", n)).collect();
    let someone = |dice: &mut Dice| {
        let kind = dice.one_of(&["case", "case", "case", "contact", "nobody"]);
        json!(format!("{kind}-{}", dice.below(8)))
    };
    let lab_results = (0..dice.below(10)).map(|n| {
        let mut record = Map::new();
        record.insert("id".into(), json!(format!("lab-{n}")));
        put(&mut dice, &mut record, "personId", |dice| someone(dice));
        put(&mut dice, &mut record, "dateSampleTaken", date);
        put(&mut dice, &mut record, "testType", |dice| {
            let kind = dice.one_of(&["RT_PCR", "ANTIGEN_DETECTED"]);
            json!(format!("LNG_REFERENCE_DATA_CATEGORY_TYPE_OF_LAB_TEST_{kind}"))
        });
        record.insert("person".into(), json!({ "id": "case-0", "gender": "trap" }));
        Value::Object(record)
    });
    let lab_results = lab_results.collect();
    let relationships = (0..dice.below(6)).map(|n| {
        let (from, to) = (someone(&mut dice), someone(&mut dice));
        let mut persons =
            vec![json!({ "id": from, "source": true }), json!({ "id": to, "target": true })];
        dice.shuffle(&mut persons);
        json!({ "id": format!("rel-{n}"), "contactDate": date(&mut dice), "persons": persons })
    });
    Outbreak { cases, contacts, lab_results, relationships: relationships.collect() }
}

/// Puts a value into a record, or null, or nothing.
fn put(
    dice: &mut Dice,
    record: &mut Map<String, Value>,
    key: &str,
    value: impl Fn(&mut Dice) -> Value,
) {
    match dice.below(10) {
        0 => {}
        1 => {
            record.insert(key.into(), Value::Null);
        }
        _ => {
            let value = value(dice);
            record.insert(key.into(), value);
        }
    }
}

fn person(dice: &mut Dice, kind: &str, n: usize) -> Value {
    let mut record = Map::new();
    record.insert("id".into(), json!(format!("{kind}-{n}")));
    put(dice, &mut record, "classification", |dice| {
        let class = dice.one_of(&["CONFIRMED", "CONFIRMED", "PROBABLE", "NOT_A_CASE_DISCARDED"]);
        json!(format!("{CLASS}{class}"))
    });
    put(dice, &mut record, "gender", |dice| {
        let gender = dice.one_of(&["MALE", "FEMALE", "OTHER"]);
        json!(format!("LNG_REFERENCE_DATA_CATEGORY_GENDER_{gender}"))
    });
    put(dice, &mut record, "outcomeId", |dice| {
        let outcome = dice.one_of(&["DECEASED", "RECOVERED"]);
        json!(format!("LNG_REFERENCE_DATA_CATEGORY_OUTCOME_{outcome}"))
    });
    for key in ["dateOfReporting", "dateOfOnset", "dateOfOutcome"] {
        put(dice, &mut record, key, date);
    }
    put(dice, &mut record, "age", |dice| match dice.below(5) {
        0 => json!({ "months": dice.below(12) }),
        1 => json!({ "years": dice.below(200), "months": 0 }),
        2 => json!({}),
        _ => json!({ "years": dice.below(80), "months": dice.below(12) }),
    });
    put(dice, &mut record, "dob", |dice| {
        json!(format!("{}-0{}-15T00:00:00.000Z", 1930 + dice.below(92), 1 + dice.below(9)))
    });
    put(dice, &mut record, "usualPlaceOfResidenceLocationId", place);
    put(dice, &mut record, "addresses", |dice| {
        let address = |dice: &mut Dice| {
            let kind = dice.one_of(&["USUAL_PLACE_OF_RESIDENCE", "OTHER"]);
            json!({
                "typeId": format!("LNG_REFERENCE_DATA_CATEGORY_ADDRESS_TYPE_{kind}"),
                "addressLine1": "7 \"Old\" Street \\ {[",
                "locationId": place(dice),
            })
        };
        (0..dice.below(3)).map(|_| address(dice)).collect()
    });
    put(dice, &mut record, "dateRanges", |dice| {
        let range = |dice: &mut Dice| {
            let kind = dice.one_of(&["HOSPITALIZATION", "HOSPITALIZATION", "ISOLATION"]);
            let mut range = Map::new();
            range.insert(
                "typeId".into(),
                json!(format!("LNG_REFERENCE_DATA_CATEGORY_PERSON_DATE_TYPE_{kind}")),
            );
            put(dice, &mut range, "startDate", date);
            put(dice, &mut range, "endDate", date);
            Value::Object(range)
        };
        (0..dice.below(4)).map(|_| range(dice)).collect()
    });
    put(dice, &mut record, "numberOfContacts", |dice| match dice.below(6) {
        0 => json!("many"),
        1 => json!("4"),
        2 => json!(2.5),
        n => json!(n * 3),
    });
    put(dice, &mut record, "occupation", |dice| {
        let occupation = dice.one_of(&["HEALTH_CARE_WORKER", "TEACHER", "FARMER"]);
        json!(format!("LNG_REFERENCE_DATA_CATEGORY_OCCUPATION_{occupation}"))
    });
    // Fields of the same names where they must not be taken for those of the record.
    record.insert(
        "classificationHistory".into(),
        json!([{ "classification": format!("{CLASS}CONFIRMED") }]),
    );
    record.insert(
        "lastName".into(),
        json!(dice.one_of(&["\\", "\"}", "né(e) ,\"id\":1", "{\"gender\":"])),
    );
    let mut fields: Vec<(String, Value)> = record.into_iter().collect();
    dice.shuffle(&mut fields);
    Value::Object(fields.into_iter().collect())
}

fn place(dice: &mut Dice) -> Value {
    json!(dice.one_of(&["a", "b", "village", "village", "x", "country", "nowhere", ""]))
}

/// A date from two weeks before the window to one week after it, in the forms that occur.
fn date(dice: &mut Dice) -> Value {
    let date = day("2020-12-07") + chrono::Days::new(dice.below(49) as u64);
    match dice.below(14) {
        0 => json!(""),
        1 => json!("last week"),
        2 => json!(20_201_224),
        3 => json!(date.to_string()),
        4 => json!(format!("{date}T22:30:00.000Z")),
        5 => json!(format!("{date}T01:00:00+02:00")),
        _ => json!(format!("{date}T00:00:00.000Z")),
    }
}
