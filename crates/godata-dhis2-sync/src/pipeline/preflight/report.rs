//! What DHIS2 would refuse of a report, by its own metadata and rules.

use dhis2_client::{
    Cell, DataSet, DataSetElement, DataValue, Finding, OrgUnitId, Preflight, Severity, Subject,
};
use indicators::{Agg, Definition, Measure, Zero};

use super::{Check, Status};
use crate::pipeline::prepare::element_of;
use crate::pipeline::{Prepared, Target};

/// What DHIS2 would refuse of a report, by its own metadata and rules.
pub(super) fn report(target: &Target, prepared: &Prepared) -> Vec<Check> {
    let Some(data_set) = &prepared.data_set else { return Vec::new() };
    let (first, last) = prepared.periods;
    let mut checks = vec![Check::good(
        &prepared.name,
        format!(
            "{} data set (data elements: {}, organisation units: {}); counting {first} to {last}",
            prepared.kind,
            data_set.elements.len(),
            data_set.org_units.len()
        ),
    )];
    let mut cells = Vec::new();
    let units: Vec<OrgUnitId> =
        prepared.units.iter().filter_map(|unit| unit.parse().ok()).collect();
    for definition in prepared.engine.definitions() {
        let Some(element) = element_of(data_set, definition) else {
            if let Some(wanted) = &definition.data_element {
                checks.push(Check::found(
                    Status::Bad,
                    &prepared.name,
                    format!("{}: the data element `{wanted}` is not in the data set", definition.indicator),
                    "correct data_element (id, code or name), or add the element to the data set in DHIS2",
                ));
            }
            continue;
        };
        let (Some(combo), Some(attribute)) =
            (element.combo.option_combos.first(), prepared.attributes.as_ref())
        else {
            continue;
        };
        for unit in &units {
            for period in first.through(last) {
                cells.push(Cell {
                    org_unit: *unit,
                    period,
                    data_element: element.id,
                    category_option_combo: combo.id,
                    attribute_option_combo: attribute.id,
                });
            }
        }
    }
    let findings = dhis2_client::preflight(&Preflight {
        data_set,
        cells: &cells,
        user: &target.me,
        server: &target.server,
    });
    checks.extend(findings.into_iter().map(|finding| from_finding(&prepared.name, finding)));
    checks.extend(values(target, prepared, data_set));
    let is_sent = |indicator: &str| {
        let definition = prepared.engine.definition(indicator);
        definition.is_some_and(|definition| element_of(data_set, definition).is_some())
    };
    let given_away = prepared.engine.given_away();
    checks.extend(given_away.iter().filter(|pair| is_sent(&pair.hidden) && is_sent(&pair.by)).map(
        |pair| Check::found(Status::Warning, &prepared.name, pair.to_string(), pair.remedy()),
    ));
    checks
}

fn from_finding(report: &str, finding: Finding) -> Check {
    let bad = finding.severity == Severity::Blocks;
    // What is said of the server or the account is said of every report.
    let subject = match finding.subject {
        Subject::Server | Subject::User => "DHIS2",
        _ => report,
    };
    // What is wrong with the server, the account or the data set itself costs every value.
    let everything = matches!(finding.subject, Subject::Server | Subject::User | Subject::DataSet);
    Check {
        status: if bad { Status::Bad } else { Status::Warning },
        subject: subject.to_owned(),
        found: finding.message,
        code: finding.code.map(|code| code.to_string()),
        remedy: Some(finding.remedy),
        stops: bad && everything,
    }
}

/// The account and the server, whatever the report.
pub(super) fn server(target: &Target) -> Check {
    let version = &target.server.version;
    Check::good(
        "DHIS2",
        format!(
            "version {version}, logged in as {}, the day there is {}",
            target.me.username,
            target.today()
        ),
    )
}

/// Values such as the definition gives: what DHIS2 says of one it says of all.
fn samples(definition: &Definition) -> Vec<String> {
    match &definition.measure {
        Measure::Classify(classify) => {
            let values = classify.rules.iter().map(|rule| rule.value.clone());
            values.chain(classify.otherwise.clone()).collect()
        }
        Measure::Of(Agg::Mean | Agg::Median, _) | Measure::Share(_) | Measure::Rate(_)
            if definition.decimals != Some(0) =>
        {
            vec!["1.5".to_owned()]
        }
        _ if definition.zero == Some(Zero::Write) => vec!["1".to_owned(), "0".to_owned()],
        _ => vec!["1".to_owned()],
    }
}

/// What DHIS2 would refuse of the values themselves: a decimal for whole numbers, a text that is no code of the
/// option set, a zero that does not count.
fn values(target: &Target, prepared: &Prepared, data_set: &DataSet) -> Vec<Check> {
    let input = Preflight { data_set, cells: &[], user: &target.me, server: &target.server };
    let mut checks = Vec::new();
    for (definition, element) in elements(prepared, data_set) {
        let (Some(combo), Some(attribute), Some(unit)) = (
            element.combo.option_combos.first(),
            prepared.attributes.as_ref(),
            data_set.org_units.first(),
        ) else {
            continue;
        };
        let cell = Cell {
            org_unit: unit.id,
            period: prepared.periods.0,
            data_element: element.id,
            category_option_combo: combo.id,
            attribute_option_combo: attribute.id,
        };
        for sample in samples(definition) {
            let found = dhis2_client::preflight_values(&input, &[DataValue::new(cell, sample)]);
            for finding in found {
                let check = from_finding(&prepared.name, finding);
                if !checks.contains(&check) {
                    checks.push(check);
                }
            }
        }
        if definition.zero != Some(Zero::Write) && !element.keeps_zeros() && is_count(definition) {
            checks.push(Check::found(
                Status::Warning,
                &prepared.name,
                format!("zeros of `{}` are not significant in DHIS2 and are not sent: a week without any and a week without a report look the same", element.name),
                "tick “Store zero data values” in the data element, if zeros should be seen",
            ));
        }
    }
    checks
}

fn is_count(definition: &Definition) -> bool {
    matches!(definition.measure, Measure::Count | Measure::Distinct(_))
}

/// Each definition with its data element.
fn elements<'a>(
    prepared: &'a Prepared,
    data_set: &'a DataSet,
) -> impl Iterator<Item = (&'a Definition, &'a DataSetElement)> {
    let of = |definition| Some((definition, element_of(data_set, definition)?));
    prepared.engine.definitions().iter().filter_map(of)
}
