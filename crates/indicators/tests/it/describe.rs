//! Definitions in words.

use std::collections::BTreeMap;
use std::fmt::Write;

use indicators::{Breakdowns, Definition, Language, describe, library, library_names};

/// Every definition of every library in one language: what an epidemiologist signs.
fn page(language: Language) -> String {
    let mut page = String::new();
    for name in library_names() {
        let library = library(name, &BTreeMap::new()).unwrap();
        for definition in &library.definitions {
            let words = describe(definition, &library.breakdowns, language);
            writeln!(page, "[{name}] {words}\n").unwrap();
        }
    }
    page
}

#[test]
fn the_libraries_in_english() {
    insta::assert_snapshot!(page(Language::English));
}

#[test]
fn the_libraries_in_french() {
    insta::assert_snapshot!(page(Language::French));
}

#[test]
fn the_libraries_in_spanish() {
    insta::assert_snapshot!(page(Language::Spanish));
}

#[test]
fn the_libraries_in_portuguese() {
    insta::assert_snapshot!(page(Language::Portuguese));
}

/// What the libraries do not use.
const REST: &str = r#"
    [[value]]
    indicator = "Every operator"
    from = "lab-results"
    join = ["cases", "contacts"]
    org_unit = "National"
    zero = "write"
    periods = "active"
    suppress = { below = 5 }
    [value.where]
    "person.age.years" = { gte = 5, lt = 15 }
    dateOfResult = { between = [2020-03-01, 2020-03-31] }
    dateTesting = { gt = "2020-03-02T12:00:00.000Z" }
    result = { nin = ["NEGATIVE", "INCONCLUSIVE"] }
    sampleIdentifier = { regexp = "/^s-/i" }
    quantitativeResult = { exists = true }
    notes = { eq = "a note" }
    testedFor = { not = { inq = ["CHOLERA"] } }
    or = [{ "questionnaireAnswers.fever.value" = "1" }, { and = [{ labName = "MOBILE_LAB" }, { quantity = { lte = 2.5 } }] }]
    nor = [{ testType = "PCR" }]

    [[value]]
    indicator = "Days in hospital"
    each = "dateRanges"
    place = "dateRanges.locationId"
    measure = { mean = { from = "dateRanges.startDate", to = "dateRanges.endDate" } }
    decimals = 2
    level = "ADMIN_LEVEL_1"
    by = { Sex = "gender", Age = "age_group", Region = "region" }
    where = { vaccinesReceived = { elemMatch = { status = "VACCINATED", vaccine = { neq = "OLD" } } }, wasContact = false, occupation = { exists = false } }

    [[value]]
    indicator = "Contacts of each case"
    measure = { max = "numberOfContacts" }

    [[value]]
    indicator = "Exposures by the exposed"
    from = "relationships"
    where = { "source.classification" = "CONFIRMED", "target.gender" = "FEMALE" }

    [[value]]
    indicator = "Incidence"
    measure = { rate = { of = "Contacts of each case", per = 100000 } }
    decimals = 0

    [[value]]
    indicator = "Level"
    measure = { classify = { numbers = { n = "Contacts of each case" }, rules = [{ when = "n != 1.5 and n - 1 < 3 and 2 > n", value = "LOW" }] } }

    [breakdown.age_group]
    field = "age"
    bands = ["0", "1-14", "15+"]
    at = "dateOfOnset"

    [breakdown.region]
    field = "usualPlaceOfResidenceLocationId"
    level = "LNG_REFERENCE_DATA_CATEGORY_LOCATION_GEOGRAPHICAL_LEVEL_HEALTH_ZONE"
    missing = "unknown"
"#;

#[test]
fn every_other_sentence_in_every_language() {
    let config: crate::recorded::Config = toml::from_str(REST).unwrap();
    let mut page = String::new();
    for language in Language::ALL {
        for definition in &config.value {
            let words = describe(definition, &config.breakdown, language);
            writeln!(page, "[{language}] {words}\n").unwrap();
        }
    }
    insta::assert_snapshot!(page);
}

/// A gap that stays open, or a word in the wrong place, shows as a brace or a doubled blank.
#[test]
fn no_sentence_has_an_open_gap() {
    let config: crate::recorded::Config = toml::from_str(REST).unwrap();
    for language in Language::ALL {
        let mut all = page(language);
        for definition in &config.value {
            all.push_str(&describe(definition, &config.breakdown, language));
        }
        assert!(!all.contains(['{', '}']) && !all.contains("  "), "{language}");
    }
}

#[test]
fn numbers_are_grouped_so_that_no_language_takes_them_for_a_fraction() {
    let rate: Definition = toml::from_str(
        r#"
        indicator = "Incidence"
        measure = { rate = { of = "Cases", per = 100000 } }
        "#,
    )
    .unwrap();
    for language in Language::ALL {
        let words = describe(&rate, &Breakdowns::new(), language);
        assert!(words.contains("100\u{202F}000"), "{words}");
    }
}

#[test]
fn a_language_has_a_code() {
    for language in Language::ALL {
        assert_eq!(language.as_str().parse(), Ok(language));
    }
    assert_eq!("FR".parse(), Ok(Language::French));
    let error = "de".parse::<Language>().unwrap_err();
    assert_eq!(error.to_string(), "`de` is no known language; use one of: en, fr, es, pt");
}
