//! The recorded outbreak gives the figures that were computed independently, online and offline.

use std::collections::BTreeMap;

use sandbox::dhis2::{Clock, DataElementSpec, DataSetSpec, Dhis2, Dhis2Version};
use sandbox::godata::GoData;
use serde_json::Value;

use super::stage::{Stage, figures, recorded};

/// Confirmed cases, four times: as one national figure, by district, by district, sex and age.
const REPORTS: &str = r#"
[places]
level = 2

[[report]]
data_set = "kIfMNugiTgd"
period = "Weekly"
window = "2020W30..2021W8"
org_unit = "DiszpKrYNg8"

[[report.value]]
data_element = "CnPsS2xE8UN"
indicator = "Confirmed"
where = { classification = "CONFIRMED" }

[[report.value]]
data_element = "bySexxxxxx1"
indicator = "Confirmed by sex"
where = { classification = "CONFIRMED" }
by = { SEX = "sex" }

[[report.value]]
data_element = "byAgexxxxx1"
indicator = "Confirmed by age"
where = { classification = "CONFIRMED" }
by = { AGE = "age" }

[[report]]
data_set = "districts01"
period = "Weekly"
window = "2020W30..2021W8"

[[report.value]]
data_element = "byDistrict1"
indicator = "Confirmed by district"
where = { classification = "CONFIRMED" }

[[report.value]]
data_element = "bySexAgexx1"
indicator = "Confirmed by district, sex and age"
where = { classification = "CONFIRMED" }
by = { SEX = "sex", AGE = "age" }

[breakdown.sex]
field = "gender"
values = ["MALE", "FEMALE"]
other = "UNKNOWN_SEX"
missing = "UNKNOWN_SEX"

[breakdown.age]
field = "age"
bands = ["0-4", "5-14", "15-24", "25-49", "50-64", "65+"]
missing = "UNKNOWN_AGE"
"#;

/// The demo's DHIS2 with elements for every split of `expected.json`.
fn dhis2(version: Dhis2Version) -> Dhis2 {
    let element = |id: &str, combo: Option<&str>| {
        let spec = DataElementSpec::new(id, id, id).zero_significant(true);
        match combo {
            Some(combo) => spec.category_combo(combo),
            None => spec,
        }
    };
    let districts = [
        "lxhZA8MPwpv",
        "LkTGQRaeMOa",
        "UbP9vQYgqbk",
        "F61z5BNLFmz",
        "iY6foUNbrbT",
        "hXuL81Yk41T",
        "UAqOx6BeDJV",
        "ZU8Uk48KY1A",
        "nzmfoTEa04y",
    ];
    Dhis2::atlantia_builder(version)
        .clock(Clock::frozen("2021-03-01T08:00:00Z"))
        .category(
            "catSexxxxx1",
            "SEX",
            "Sex",
            [
                ("optMalexxx1", "MALE", "Male."),
                ("optFemalex1", "FEMALE", "Female."),
                ("optSexUnkn1", "UNKNOWN_SEX", "Sex unknown"),
            ],
        )
        .category(
            "catAgexxxx1",
            "AGE",
            "Age",
            [
                ("optAge0xxx1", "0-4", "0-4 y"),
                ("optAge5xxx1", "5-14", "5-14 y"),
                ("optAge15xx1", "15-24", "15-24 y"),
                ("optAge25xx1", "25-49", "25-49 y"),
                ("optAge50xx1", "50-64", "50-64 y"),
                ("optAge65xx1", "65+", "65+ y"),
                ("optAgeUnkn1", "UNKNOWN_AGE", "Age unknown"),
            ],
        )
        .category_combo("comboSexxx1", "SEX", "By sex", ["catSexxxxx1"])
        .category_combo("comboAgexx1", "AGE", "By age", ["catAgexxxx1"])
        .category_combo("comboSexAg1", "SEX_AGE", "By sex and age", ["catSexxxxx1", "catAgexxxx1"])
        .data_element(element("bySexxxxxx1", Some("comboSexxx1")))
        .data_element(element("byAgexxxxx1", Some("comboAgexx1")))
        .data_element(element("byDistrict1", None))
        .data_element(element("bySexAgexx1", Some("comboSexAg1")))
        .data_set(
            DataSetSpec::new("kIfMNugiTgd", "WEEKLY", "National", "Weekly")
                .elements(["CnPsS2xE8UN", "bySexxxxxx1", "byAgexxxxx1"])
                .org_units(["DiszpKrYNg8"]),
        )
        .data_set(
            DataSetSpec::new("districts01", "DISTRICTS", "Districts", "Weekly")
                .elements(["byDistrict1", "bySexAgexx1"])
                .org_units(districts),
        )
        .build()
}

/// Every non-zero figure of `expected.json` within the weeks of the reports, as `indicator|unit|sex|age|week`.
///
/// Cases without a district are in the national figures and in no district.
fn wanted(expected: &Value) -> BTreeMap<String, u64> {
    let mut cells = BTreeMap::new();
    let mut add = |prefix: String, series: &Value| {
        for (week, n) in figures(series) {
            if *"2020W30" <= *week && in_window(&week) {
                cells.insert(format!("{prefix}|{week}"), n);
            }
        }
    };
    add("Confirmed|AT||".into(), &expected["weeklyConfirmed"]);
    for (sex, series) in expected["weeklyConfirmedBySex"].as_object().unwrap() {
        add(format!("Confirmed by sex|AT|{sex}|"), series);
    }
    for (age, series) in expected["weeklyConfirmedByAgeGroup"].as_object().unwrap() {
        add(format!("Confirmed by age|AT||{age}"), series);
    }
    for (district, series) in expected["weeklyConfirmedByDistrict"].as_object().unwrap() {
        if district != "UNKNOWN" {
            add(format!("Confirmed by district|{district}||"), series);
        }
    }
    for (key, series) in expected["weeklyConfirmedByDistrictSexAge"].as_object().unwrap() {
        let [district, sex, age] = key.split('|').collect::<Vec<_>>().try_into().unwrap();
        if district != "UNKNOWN" {
            add(format!("Confirmed by district, sex and age|{district}|{sex}|{age}"), series);
        }
    }
    cells
}

/// 2020W30 to 2021W8; the recorded outbreak also holds cases dated years later, on purpose.
fn in_window(week: &str) -> bool {
    let (year, n) = week.split_once('W').unwrap();
    let n: u32 = n.parse().unwrap();
    (year == "2020" && n >= 30) || (year == "2021" && n <= 8)
}

/// An option as `expected.json` names it.
fn plain(option: &str) -> &str {
    if option.starts_with("UNKNOWN") { "UNKNOWN" } else { option }
}

/// The cells that `count --format json` wrote, in the same form; zeros are left out.
fn counted(object: &Value, code_of: &BTreeMap<String, String>) -> BTreeMap<String, u64> {
    object["cells"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|cell| cell["value"] != 0)
        .map(|cell| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let unit = text(&cell["orgUnit"]);
            let key = format!(
                "{}|{}|{}|{}|{}",
                text(&cell["indicator"]),
                code_of.get(&unit).unwrap_or(&unit),
                plain(&text(&cell["categories"]["SEX"])),
                plain(&text(&cell["categories"]["AGE"])),
                text(&cell["period"])
            );
            (key, cell["value"].as_u64().unwrap())
        })
        .collect()
}

fn codes() -> BTreeMap<String, String> {
    [
        ("DiszpKrYNg8", "AT"),
        ("lxhZA8MPwpv", "AT0101"),
        ("LkTGQRaeMOa", "AT0102"),
        ("UbP9vQYgqbk", "AT0103"),
        ("F61z5BNLFmz", "AT0201"),
        ("iY6foUNbrbT", "AT0202"),
        ("hXuL81Yk41T", "AT0203"),
        ("UAqOx6BeDJV", "AT0301"),
        ("ZU8Uk48KY1A", "AT0302"),
        ("nzmfoTEa04y", "AT0303"),
    ]
    .map(|(id, code)| (id.to_owned(), code.to_owned()))
    .into()
}

#[test]
fn counted_offline_the_recorded_outbreak_gives_the_expected_figures() {
    let stage = Stage::new(GoData::recorded().unwrap(), dhis2(Dhis2Version::V2_42), REPORTS);
    let folder = stage.export();

    let counted_now = stage
        .run(&["count", "--records", folder.to_str().unwrap(), "--format", "json"])
        .ok()
        .json();

    assert_eq!(counted_now["read"]["cases"], recorded("expected.json.gz")["rows"]["cases"]);
    assert_eq!(counted(&counted_now, &codes()), wanted(&recorded("expected.json.gz")));
}

#[test]
fn what_is_left_out_offline_adds_up() {
    let stage = Stage::new(GoData::recorded().unwrap(), dhis2(Dhis2Version::V2_42), REPORTS);
    let folder = stage.export();

    let object = stage
        .run(&["count", "--records", folder.to_str().unwrap(), "--format", "json"])
        .ok()
        .json();

    let read = object["read"]["cases"].as_u64().unwrap();
    for indicator in [
        "Confirmed",
        "Confirmed by sex",
        "Confirmed by age",
        "Confirmed by district",
        "Confirmed by district, sex and age",
    ] {
        let of = |list: &str, number: &str| -> u64 {
            object[list]
                .as_array()
                .unwrap()
                .iter()
                .filter(|line| line["indicator"] == indicator)
                .map(|line| line[number].as_u64().unwrap())
                .sum()
        };
        assert_eq!(of("cells", "value") + of("leftOut", "n"), read, "{indicator}");
    }
    let without_date = object["leftOut"]
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["indicator"] == "Confirmed" && line["reason"] == "no-date")
        .unwrap();
    assert_eq!(without_date["n"], recorded("expected.json.gz")["rows"]["confirmedWithoutADate"]);
}

#[test]
fn run_online_dhis2_holds_the_expected_figures() {
    for version in [Dhis2Version::V2_42, Dhis2Version::V2_43] {
        let stage = Stage::new(GoData::recorded().unwrap(), dhis2(version), REPORTS);

        stage.run(&["run"]).ok();

        let mut held = BTreeMap::new();
        let names = [
            ("CnPsS2xE8UN", "Confirmed"),
            ("bySexxxxxx1", "Confirmed by sex"),
            ("byAgexxxxx1", "Confirmed by age"),
            ("byDistrict1", "Confirmed by district"),
            ("bySexAgexx1", "Confirmed by district, sex and age"),
        ];
        let mut combos = BTreeMap::new();
        let sexes = ["MALE", "FEMALE", "UNKNOWN_SEX"];
        let ages = ["0-4", "5-14", "15-24", "25-49", "50-64", "65+", "UNKNOWN_AGE"];
        for sex in sexes {
            combos.insert(stage.dhis2.option_combo(&[sex]).unwrap(), (sex, ""));
        }
        for age in ages {
            combos.insert(stage.dhis2.option_combo(&[age]).unwrap(), ("", age));
        }
        for (sex, age) in sexes.into_iter().flat_map(|sex| ages.map(|age| (sex, age))) {
            combos.insert(stage.dhis2.option_combo(&[sex, age]).unwrap(), (sex, age));
        }
        for stored in stage.dhis2.values() {
            let name = names.iter().find(|(id, _)| *id == stored.data_element).unwrap();
            let (sex, age) = combos.get(&stored.category_option_combo).copied().unwrap_or(("", ""));
            let n: u64 = stored.value.unwrap().parse().unwrap();
            if n > 0 {
                held.insert(
                    format!(
                        "{}|{}|{}|{}|{}",
                        name.1,
                        codes()[&stored.org_unit],
                        plain(sex),
                        plain(age),
                        stored.period
                    ),
                    n,
                );
            }
        }
        assert_eq!(held, wanted(&recorded("expected.json.gz")), "{version:?}");
    }
}

#[test]
fn a_second_run_sends_nothing() {
    let stage = Stage::new(GoData::recorded().unwrap(), dhis2(Dhis2Version::V2_42), REPORTS);
    stage.run(&["run"]).ok();
    let before = stage.n_imports();

    let ended = stage.run(&["run", "--json"]).ok();

    assert_eq!(stage.n_imports(), before);
    assert!(ended.lines("sent").iter().all(|line| line["stored"] == 0 && line["cleared"] == 0));
}

/// The official weekly COVID-19 form: all eleven elements, by district and week, and most of them by age and sex.
#[test]
fn the_official_covid19_form_holds_the_expected_figures() {
    for version in [Dhis2Version::V2_42, Dhis2Version::V2_43] {
        let report = "[[report]]\ndata_set = \"uKtOZwDnIpM\"\nlibrary = \"covid19\"\nwindow = \"2020W30..2021W8\"\n";
        let stage = Stage::new(GoData::recorded().unwrap(), Dhis2::atlantia(version), report);

        stage.run(&["run"]).ok();

        let expected = recorded("expected-covid19.json.gz");
        let wanted: BTreeMap<String, String> = expected["cells"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(key, _)| in_window(key.split('|').nth(1).unwrap()))
            .map(|(key, value)| {
                (key.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            })
            .collect();
        assert_eq!(held(&stage.dhis2), wanted, "{version:?}");
    }
}

/// What the COVID-19 data set holds, with the keys of `expected-covid19.json`: element, week, district, age, sex.
fn held(dhis2: &Dhis2) -> BTreeMap<String, String> {
    let ages = [
        "P0Y--P5Y",
        "P5Y--P10Y",
        "P10Y--P15Y",
        "P15Y--P20Y",
        "P20Y--P30Y",
        "P30Y--P40Y",
        "P40Y--P50Y",
        "P50Y--P60Y",
        "P60Y--P65Y",
        "P65Y--P70Y",
        "P70Y--P75Y",
        "P75Y--P80Y",
        "P80Y--P9999Y",
        "UNK_AGE",
    ];
    let elements: BTreeMap<&str, &str> = [
        ("bmbNyNoJcXP", "CV19_NEW_CONF_CASES"),
        ("VnkErE22ELJ", "CV19_NEW_PROB_CASES"),
        ("rBw83gVQLHK", "CV19_NEW_CONF_DEATHS"),
        ("N59eghaBpM7", "CV19_NEW_PROB_DEATHS"),
        ("cW0odY9vhrd", "CV19_NEW_CONF_PROB_HOSPITALIZED"),
        ("fJ7Qi1zcdAR", "CV19_NEW_CONF_PROB_DISCHARGED"),
        ("SU1j9CmCuW9", "CV19_NEW_CONF_PROB_HW_CASES"),
        ("DI9JgEJ3t8v", "CV19_NEW_CONF_PROB_HW_DEATHS"),
        ("E1pXvzyZzKB", "CV19_TESTED"),
        ("pZtyMNtYPLM", "CV19_TESTED_PCR"),
        ("sWCFbUawFDa", "CV19_TRANS_CLASS"),
    ]
    .into();
    let mut combos = BTreeMap::new();
    for (age, sex) in ages.into_iter().flat_map(|age| ["M", "F", "UNK_SEX"].map(|sex| (age, sex))) {
        combos.insert(dhis2.option_combo(&[age, sex]).unwrap(), format!("{age}|{sex}"));
    }
    dhis2
        .values()
        .into_iter()
        .map(|stored| {
            let split = combos.get(&stored.category_option_combo).map_or("default", String::as_str);
            let key = format!(
                "{}|{}|{}|{split}",
                elements[stored.data_element.as_str()],
                stored.period,
                codes()[&stored.org_unit]
            );
            (key, stored.value.unwrap())
        })
        .collect()
}
