//! Hidden numbers stay hidden, also from those who know every sum.

use std::collections::{BTreeMap, BTreeSet};

use indicators::{CellValue, Engine, GivenAway, Source};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::naive::{four_places, three_weeks};
use crate::recorded::engine;

const DEFINITIONS: &str = r#"
    [[value]]
    indicator = "cases"
    by = { Sex = "sex", Class = "class" }
    suppress = { below = 4 }
    zero = "write"

    [[value]]
    indicator = "share"
    measure = { share = { of = "cases", in = "all" } }
    by = { Sex = "sex", Class = "class" }

    [[value]]
    indicator = "all"
    by = { Sex = "sex", Class = "class" }

    [breakdown.sex]
    field = "gender"
    values = ["m", "f"]

    [breakdown.class]
    field = "classification"
    values = ["c", "p"]
"#;

/// A table of two places, two sexes and two classes.
type Table = [u64; 8];

fn records(table: &Table) -> Vec<Value> {
    let mut records = Vec::new();
    for (n, count) in table.iter().enumerate() {
        let gender = ["M", "F"][n / 2 % 2];
        let class = ["C", "P"][n % 2];
        for _ in 0..*count {
            records.push(json!({
                "id": records.len().to_string(),
                "dateOfReporting": "2020-12-24",
                "usualPlaceOfResidenceLocationId": (["a", "b"][n / 4]),
                "gender": format!("LNG_REFERENCE_DATA_CATEGORY_GENDER_{gender}"),
                "classification": format!("LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_{class}"),
            }));
        }
    }
    records
}

/// What is published of a table: a number, or nothing where it is hidden.
fn published(engine: &Engine, table: &Table) -> [Option<u64>; 8] {
    let people = engine.people();
    let mut counter = engine.counter(&people);
    let records = serde_json::to_vec(&records(table)).unwrap();
    counter.push_array(Source::Cases, &records).unwrap();
    let mut shown = [None; 8];
    let mut n_cells = 0;
    let cells = engine.cells(&counter.into_cube());
    let hidden: BTreeSet<_> = cells
        .iter()
        .filter(|cell| &*cell.indicator == "cases" && cell.value == CellValue::Withheld)
        .map(|cell| (&cell.period, &cell.org_unit, &cell.categories))
        .collect();
    for cell in &cells {
        if &*cell.indicator == "share" {
            let of = (&cell.period, &cell.org_unit, &cell.categories);
            assert_eq!(cell.value == CellValue::Withheld, hidden.contains(&of), "{cell:?}");
        }
        if &*cell.indicator != "cases" || &*cell.period != "2020W52" {
            continue;
        }
        n_cells += 1;
        let place = usize::from(&*cell.org_unit == "B") * 4
            + usize::from(cell.categories["Sex"] == "f") * 2
            + usize::from(cell.categories["Class"] == "p");
        shown[place] = cell.value.as_number().map(|number| number.to_string().parse().unwrap());
    }
    assert_eq!(n_cells, 8);
    shown
}

/// The sums along each dimension.
fn sums(table: &Table) -> Vec<u64> {
    let pairs = [4, 2, 1]
        .into_iter()
        .flat_map(|step| (0..8).filter(move |n| n & step == 0).map(move |n| (n, n + step)));
    pairs.map(|(n, m)| table[n] + table[m]).collect()
}

/// Every table that agrees with what is published and with all sums: by trying all.
fn possible(shown: &[Option<u64>; 8], sums: &[u64]) -> BTreeMap<usize, BTreeSet<u64>> {
    let mut values: BTreeMap<usize, BTreeSet<u64>> = BTreeMap::new();
    // With three dimensions of two, all sums leave one degree of freedom: the first number decides.
    for first in 0..=sums[0] {
        let mut table: [Option<u64>; 8] = [None; 8];
        table[0] = Some(first);
        let pairs: Vec<(usize, usize)> = [4, 2, 1]
            .into_iter()
            .flat_map(|step| (0..8).filter(move |n| n & step == 0).map(move |n| (n, n + step)))
            .collect();
        for _ in 0..3 {
            for (&(n, m), sum) in pairs.iter().zip(sums) {
                if let (Some(number), None) = (table[n], table[m]) {
                    table[m] = sum.checked_sub(number);
                }
            }
        }
        let Some(table) = table.into_iter().collect::<Option<Vec<u64>>>() else { continue };
        let fits = pairs.iter().zip(sums).all(|((n, m), sum)| table[*n] + table[*m] == *sum)
            && shown.iter().zip(&table).all(|(shown, number)| shown.is_none_or(|s| s == *number));
        if fits {
            for (place, number) in table.into_iter().enumerate() {
                values.entry(place).or_default().insert(number);
            }
        }
    }
    values
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// A hidden number can be worked out only if the sums alone give it away already.
    #[test]
    fn hidden_numbers_cannot_be_worked_out(table in prop::array::uniform8(prop_oneof![
        3 => 0_u64..4, 1 => Just(0_u64), 2 => 4_u64..9,
    ])) {
        let shown = published(&engine(DEFINITIONS, three_weeks(), four_places()), &table);
        for (number, shown) in table.iter().zip(shown) {
            prop_assert!(shown.is_none_or(|shown| shown == *number));
            prop_assert!(shown.is_none() || !(1..4).contains(number), "a small number is shown");
        }
        let with_cells = possible(&shown, &sums(&table));
        let with_sums_only = possible(&[None; 8], &sums(&table));
        for place in (0..8).filter(|place| shown[*place].is_none()) {
            prop_assert!(
                with_cells[&place].len() > 1 || with_sums_only[&place].len() == 1,
                "{table:?} is shown as {shown:?}"
            );
        }
    }

    /// Nothing is hidden where nothing is small.
    #[test]
    fn large_numbers_are_shown(table in prop::array::uniform8(prop_oneof![Just(0_u64), 4_u64..9])) {
        let shown = published(&engine(DEFINITIONS, three_weeks(), four_places()), &table);
        prop_assert_eq!(shown, table.map(Some));
    }
}

/// Hidden cells, as `period unit`, of an indicator over these cases: `(day, place, how many)`.
fn withheld(lines: &str, cases: &[(&str, &str, usize)]) -> Vec<String> {
    let config = format!("[[value]]\nindicator = \"x\"\nsuppress = {{ below = 4 }}\n{lines}");
    let engine = engine(&config, three_weeks(), four_places());
    let people = engine.people();
    let mut counter = engine.counter(&people);
    for (day, place, n) in cases {
        for _ in 0..*n {
            let case = json!({
                "id": "1", "dateOfReporting": day, "usualPlaceOfResidenceLocationId": place,
            });
            counter.push(Source::Cases, case.to_string().as_bytes());
        }
    }
    let cells = engine.cells(&counter.into_cube()).into_iter();
    let hidden = cells.filter(|cell| cell.value == CellValue::Withheld);
    hidden.map(|cell| format!("{} {}", cell.period, cell.org_unit)).collect()
}

/// The count of the week before and that of the week after would give a cumulative count away.
#[test]
fn a_cumulative_count_that_is_hidden_once_is_hidden_throughout() {
    let cases = [("2020-12-22", "a", 9), ("2020-12-22", "b", 2), ("2020-12-29", "b", 20)];
    assert_eq!(withheld("", &cases), ["2020W52 A", "2020W52 B"]);
    let (a, b) = (["2020W52 A", "2020W53 A", "2021W1 A"], ["2020W52 B", "2020W53 B", "2021W1 B"]);
    let throughout: BTreeSet<String> = a.into_iter().chain(b).map(str::to_owned).collect();
    let found: BTreeSet<String> = withheld("timing = \"cumulative\"", &cases).into_iter().collect();
    assert_eq!(found, throughout);
    assert!(withheld("timing = \"cumulative\"", &[("2020-12-22", "a", 9)]).is_empty());
}

/// Nothing is hidden below nobody's threshold: 4 is shown, 3 is not, 0 is.
#[test]
fn a_number_is_hidden_from_one_up_to_the_threshold() {
    let of = |n| withheld("zero = \"write\"", &[("2020-12-22", "a", n), ("2020-12-22", "b", 9)]);
    assert!(of(0).is_empty());
    assert_eq!([1, 2, 3].map(|n| of(n).len()), [2; 3]);
    assert!(of(4).is_empty());
}

/// What the second of two indicators gives away of the first, which hides numbers below 5.
fn pairs(hidden: &str, shown: &str) -> Vec<GivenAway> {
    let definitions = format!(
        r#"
        [[value]]
        indicator = "hidden"
        suppress = {{ below = 5 }}
        {hidden}

        [[value]]
        indicator = "shown"
        {shown}
        "#
    );
    engine(&definitions, three_weeks(), four_places()).given_away()
}

fn given_away(hidden: &str, shown: &str) -> Vec<String> {
    let told = |pair: &GivenAway| format!("{} by {}: {:?}", pair.hidden, pair.by, pair.how);
    pairs(hidden, shown).iter().map(told).collect()
}

#[test]
fn an_indicator_that_gives_away_what_another_hides_is_named() {
    let same = r#"where = { classification = "CONFIRMED" }"#;
    let total = |more: &str| format!("{same}\n{more}");
    for (hidden, shown, how) in [
        // The same, or a split of it, with nothing hidden or only smaller numbers.
        (total(""), total(""), Some("AddsUp")),
        (total(""), total(r#"by = { Sex = "gender" }"#), Some("AddsUp")),
        (total(""), total("by = { Sex = \"gender\" }\nsuppress = { below = 4 }"), Some("AddsUp")),
        (total(r#"org_unit = "A""#), total(""), Some("AddsUp")),
        (total(r#"org_unit = "A""#), total(r#"org_unit = "B""#), Some("AddsUp")),
        // The total of a split that is hidden: its boxes keep every sum.
        (total(r#"by = { Sex = "gender" }"#), total(""), None),
        (total(r#"by = { Sex = "gender" }"#), total(r#"org_unit = "A""#), None),
        (total(r#"by = { Sex = "gender" }"#), total(r#"by = { Class = "occupation" }"#), None),
        // Other places, other times.
        (total(""), total(r#"level = "ADMIN_LEVEL_1""#), Some("OtherPlaces")),
        (total(""), total(r#"timing = "cumulative""#), Some("OtherTiming")),
        (
            total(r#"timing = "cumulative""#),
            total(r#"by = { Sex = "gender" }"#),
            Some("OtherTiming"),
        ),
        // The total of a split, of other places or times: the sums of the boxes are no sums of it.
        (
            total(r#"by = { Sex = "gender" }"#),
            total(r#"level = "ADMIN_LEVEL_1""#),
            Some("OtherPlaces"),
        ),
        (
            total(r#"by = { Sex = "gender" }"#),
            total(r#"timing = "cumulative""#),
            Some("OtherTiming"),
        ),
        (
            total(r#"by = { Sex = "gender" }"#),
            total("by = { Class = \"occupation\" }\ntiming = \"cumulative\""),
            None,
        ),
        (total(""), total(r#"org_unit = "A""#), None),
        // Another figure.
        (total(""), String::new(), None),
        (total(""), total(r#"date = "dateOfOnset""#), None),
        (total(""), total(r#"measure = { distinct = "gender" }"#), None),
    ] {
        let expected: Vec<String> =
            how.map(|how| format!("hidden by shown: {how}")).into_iter().collect();
        assert_eq!(given_away(&hidden, &shown), expected, "{hidden} / {shown}");
    }
    // Both hide: neither shows what is smaller.
    let both = total("by = { Sex = \"gender\" }\nsuppress = { below = 5 }");
    assert_eq!(given_away(same, &both), Vec::<String>::new());
}

/// Both are named, and what to do about it.
#[test]
fn what_is_given_away_is_told_with_a_remedy() {
    for (shown, text, remedy) in [
        (
            "",
            r#"the numbers of "shown" add up to those that "hidden" hides"#,
            "give both the same `suppress`",
        ),
        (
            r#"level = "ADMIN_LEVEL_1""#,
            r#""shown" has the figure of "hidden" by other places: the differences show what is hidden"#,
            "send only one of the two",
        ),
        (
            r#"timing = "cumulative""#,
            r#"of "shown" and "hidden" one is the other summed over time: the differences show what is hidden"#,
            "send only one of the two",
        ),
    ] {
        let told = pairs("", shown);
        let told: Vec<_> = told.iter().map(|pair| (pair.to_string(), pair.remedy())).collect();
        assert_eq!(told, [(text.to_owned(), remedy)]);
    }
}
