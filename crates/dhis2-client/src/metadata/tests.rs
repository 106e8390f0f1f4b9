use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use serde_json::{Value, json};

use super::category::{CategoryCombo, RawCombo};
use super::data_set::{DataSet, OptionSet};
use super::org_unit::{OrgUnit, RawUnit};
use super::read::{RawDataSet, RawOptionSet};
use super::{ComboError, MetadataReport};
use crate::period::PeriodType;
use crate::recordings;
use crate::value_type::ValueType;

fn from<T: for<'de> Deserialize<'de>>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn list(value: &Value, key: &str) -> Vec<Value> {
    value[key].as_array().cloned().unwrap_or_default()
}

/// A data set out of the parts that a server answers with.
pub(crate) fn data_set(set: Value, combos: Vec<Value>, units: Vec<Value>) -> DataSet {
    let combos: BTreeMap<_, _> = combos
        .into_iter()
        .map(|combo| CategoryCombo::from(from::<RawCombo>(combo)))
        .map(|combo| (combo.id, Arc::new(combo)))
        .collect();
    let option_sets: BTreeMap<_, _> = list(&set, "dataSetElements")
        .into_iter()
        .filter_map(|member| member["dataElement"].get("optionSet").cloned())
        .map(from::<RawOptionSet>)
        .map(|raw| (raw.id, Arc::new(OptionSet::from(raw))))
        .collect();
    let units = units.into_iter().map(|unit| OrgUnit::from(from::<RawUnit>(unit))).collect();
    from::<RawDataSet>(set).complete(&combos, &option_sets, units).unwrap()
}

/// WHO's weekly COVID-19 data set, as 2.42 holds it.
pub(crate) fn covid19() -> DataSet {
    static SET: OnceLock<DataSet> = OnceLock::new();
    SET.get_or_init(read_covid19).clone()
}

fn read_covid19() -> DataSet {
    let set = recordings::covid19("covid19-read-data-set");
    let combos = recordings::covid19("covid19-read-category-combos");
    let assigned: BTreeSet<String> = list(&set, "organisationUnits")
        .iter()
        .map(|unit| unit["id"].as_str().unwrap().to_owned())
        .collect();
    let units = list(&recordings::covid19("covid19-read-org-units"), "organisationUnits")
        .into_iter()
        .filter(|unit| assigned.contains(unit["id"].as_str().unwrap()))
        .collect();
    let mut combos = list(&combos, "categoryCombos");
    combos.push(default_combo());
    data_set(set, combos, units)
}

pub(crate) fn default_combo() -> Value {
    json!({
        "id": "bjDvmb4bfuf", "name": "default", "code": "default",
        "categories": [{ "id": "GLevLNI9wkl", "name": "default", "code": "default",
            "categoryOptions": [{ "id": "xYerKDKCefk", "name": "default", "code": "default" }] }],
        "categoryOptionCombos": [{ "id": "HllvX50cXC0", "name": "default", "code": "default",
            "categoryOptions": [{ "id": "xYerKDKCefk" }] }],
    })
}

/// The recorded daily data set of 2.42 or 2.43, with its elements' combos and its units.
pub(crate) fn daily(version: &str) -> DataSet {
    let mut set = recordings::one(version, "read-dataset").body.clone();
    let mut combos = vec![default_combo()];
    for member in list(&set, "dataSetElements") {
        combos.push(member["dataElement"]["categoryCombo"].clone());
    }
    let units = list(&set, "organisationUnits");
    set["organisationUnits"] = Value::Null;
    data_set(set, combos, units)
}

#[test]
fn covid19_read_data_set() {
    let set = covid19();
    assert_eq!(set.period_type, PeriodType::Weekly);
    assert_eq!((set.open_future_periods, set.expiry), (0, None));
    assert_eq!((set.elements.len(), set.org_units.len()), (11, 10));
    let cases = set.find_element("CV19_NEW_CONF_CASES").unwrap();
    assert_eq!(cases.id.as_str(), "bmbNyNoJcXP");
    assert_eq!(cases.value_type, ValueType::IntegerZeroOrPositive);
    assert!(!cases.keeps_zeros());
    assert_eq!(cases.combo.option_combos.len(), 14 * 3);
    let class = set.find_element("CV19_TRANS_CLASS").unwrap();
    assert!(class.keeps_zeros(), "zeros are a matter of numbers");
    let options = class.option_set.as_ref().unwrap();
    assert!(options.has("NO_CASES") && !options.has("no_cases") && !options.has("No cases"));
    assert_eq!(set.default_attribute_combo().unwrap().as_str(), "HllvX50cXC0");
    let today = "2026-11-23".parse().unwrap();
    // Recording covid19-send-1: "after latest open future period: `2026W47`".
    assert_eq!(set.latest_open_period(today).id(), "2026W47");
}

#[test]
fn option_combinations_are_found_by_their_options() {
    let set = covid19();
    let combo = &set.find_element("CV19_NEW_CONF_CASES").unwrap().combo;
    let id = combo.resolve(&[("SEX_WITH_UNK", "F"), ("AGE_CV19", "P0Y--P5Y")]).unwrap();
    let by_name = combo.resolve(&[("Age (COVID19)", "0-4 years"), ("b7peexUktxt", "FFA9e1yIXCT")]);
    assert_eq!(by_name, Ok(id));
    let words: Vec<(&str, &str)> = combo.describe(id).unwrap().into_iter().collect();
    assert_eq!(words, [("AGE_CV19", "P0Y--P5Y"), ("SEX_WITH_UNK", "F")]);
    let all: BTreeSet<_> = combo.categories[0]
        .options
        .iter()
        .flat_map(|age| {
            combo.categories[1].options.iter().map(move |sex| {
                combo.resolve(&[("AGE_CV19", age.label()), ("SEX_WITH_UNK", sex.label())]).unwrap()
            })
        })
        .collect();
    assert_eq!(all.len(), 42);
}

#[test]
fn a_combination_that_cannot_be_found_says_what_there_is() {
    let set = covid19();
    let combo = &set.find_element("CV19_NEW_CONF_CASES").unwrap().combo;
    let error = |options: &[(&str, &str)]| combo.resolve(options).unwrap_err().to_string();
    assert_eq!(
        error(&[("SEX_WITH_UNK", "X")]),
        "category `SEX_WITH_UNK` has no option `X`; it has: M, F, UNK_SEX"
    );
    assert_eq!(
        error(&[("GENDER", "F")]),
        "category combination `Age and sex (COVID-19)` has no category `GENDER`; it has: AGE_CV19, \
         SEX_WITH_UNK"
    );
    assert_eq!(
        error(&[("SEX_WITH_UNK", "F")]),
        "category combination `Age and sex (COVID-19)` needs an option of category `AGE_CV19`, too"
    );
    let twice = combo.resolve(&[("SEX_WITH_UNK", "F"), ("b7peexUktxt", "M")]).unwrap_err();
    assert!(matches!(twice, ComboError::CategoryTwice { .. }));
    let plain = &set.find_element("CV19_TESTED").unwrap().combo;
    assert_eq!(plain.resolve(&[]).ok(), plain.default_option_combo());
}

/// Recordings `setup-cocs-before-update`: options are there, combinations are not generated yet.
#[test]
fn setup_cocs_before_update() {
    let mut combo = (*covid19().find_element("CV19_NEW_CONF_CASES").unwrap().combo).clone();
    combo.option_combos.clear();
    let error = combo.resolve(&[("SEX_WITH_UNK", "F"), ("AGE_CV19", "UNK_AGE")]).unwrap_err();
    assert!(matches!(error, ComboError::NotGenerated { .. }), "{error}");
}

#[test]
fn read_dataset_of_both_versions_is_one_data_set() {
    let (old, new) = (daily("2.42"), daily("2.43"));
    assert_eq!(old.elements.len(), new.elements.len());
    assert_eq!(old.period_type, PeriodType::Daily);
    assert!(old.find_element("CONFIRMED").unwrap().keeps_zeros());
    assert!(!old.find_element("HOSP_NEW").unwrap().keeps_zeros());
    let split = new.find_element("CONFIRMED_SEX_AGE").unwrap();
    assert_eq!(split.combo.categories.len(), 2);
    assert!(split.combo.resolve(&[("Sex", "SEX_F"), ("Age", "0-4")]).is_ok());
}

#[test]
fn an_override_of_the_data_set_goes_before_the_elements_own_combination() {
    let mut set = recordings::covid19("covid19-read-data-set");
    set["dataSetElements"][0]["categoryCombo"] = json!({ "id": "bjDvmb4bfuf" });
    let id = set["dataSetElements"][0]["dataElement"]["id"].as_str().unwrap().to_owned();
    let combos = recordings::covid19("covid19-read-category-combos");
    let mut combos = list(&combos, "categoryCombos");
    combos.push(default_combo());
    let set = data_set(set, combos, Vec::new());
    assert!(set.find_element(&id).unwrap().combo.is_default);
}

#[test]
fn expiry_days_may_be_whole_or_decimal_and_zero_means_never() {
    let expiring = |days: Value| {
        let mut set = recordings::covid19("covid19-read-data-set");
        set["expiryDays"] = days;
        let combos = recordings::covid19("covid19-read-category-combos");
        let mut combos = list(&combos, "categoryCombos");
        combos.push(default_combo());
        data_set(set, combos, Vec::new())
    };
    let week = PeriodType::Weekly.parse("2021W5").unwrap(); // ends on Sunday, 7 February
    let at = |text: &str| text.parse().unwrap();
    for days in [json!(0), json!(0.0), Value::Null] {
        assert!(!expiring(days).is_expired(week, at("2099-01-01T00:00:00")));
    }
    for days in [json!(3), json!(3.0)] {
        let set = expiring(days);
        assert!(!set.is_expired(week, at("2021-02-11T00:00:00")));
        assert!(set.is_expired(week, at("2021-02-11T00:00:01")));
    }
    assert!(expiring(json!(0.5)).is_expired(week, at("2021-02-08T12:00:01")));
}

#[test]
fn every_recorded_organisation_unit_decodes() {
    let mut n_units = 0;
    for version in ["2.42", "2.43"] {
        for recording in recordings::all(version) {
            for unit in list(&recording.body, "organisationUnits") {
                if unit.get("path").is_none() {
                    continue;
                }
                let unit = OrgUnit::from(from::<RawUnit>(unit));
                n_units += 1;
                assert_eq!(unit.level as usize, unit.path.matches('/').count());
                assert_eq!(unit.ancestors().count() + 1, unit.level as usize);
                assert_eq!(unit.parent(), unit.ancestors().last(), "{}", unit.path);
            }
        }
    }
    assert!(n_units > 100, "{n_units}");
}

#[test]
fn setup_metadata_import_reports_are_read() {
    for version in ["2.42", "2.43"] {
        for name in ["setup-metadata-import", "setup-metadata-validate"] {
            let report = MetadataReport::of(&recordings::one(version, name).body).unwrap();
            assert!(report.accepted && report.issues.is_empty(), "{version} {name}");
            assert_eq!(report.created + report.updated, 79);
        }
    }
    let refused = json!({ "response": { "status": "ERROR", "stats": { "ignored": 1 },
        "typeReports": [{ "klass": "org.hisp.dhis.category.Category", "objectReports": [{
            "uid": "RrZWSJ6CsLs", "errorReports": [{ "message": "Missing required property \
            `shortName`", "errorCode": "E4000", "errorProperty": "shortName" }] }] }] } });
    let report = MetadataReport::of(&refused).unwrap();
    assert!(!report.accepted);
    let issue = &report.issues[0];
    assert_eq!((issue.kind.as_str(), issue.property.as_deref()), ("Category", Some("shortName")));
    assert_eq!(issue.code.unwrap().to_string(), "E4000");
}
