//! The attribute option combination of a report: what keeps its entries apart from others of the same data set.

use std::collections::BTreeMap;

use dhis2_client::{CategoryCombo, CategoryOptionComboId, DataSet};

use super::{Input, Prepared};
use crate::config::Report;
use crate::problem::{Outcome, Problem};

/// An attribute option combination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attributes {
    /// Its id.
    pub id: CategoryOptionComboId,
    /// Its options in words, such as `Ebola`; nothing for the default, by which nothing is kept apart.
    pub name: Option<String>,
}

impl Attributes {
    /// The combination that takes the values of a report; `name` is what the report is called in messages.
    ///
    /// # Errors
    ///
    /// When the data set has no such attributes, or has some and the report does not say which of them it is.
    pub fn find(name: &str, report: &Report, data_set: &DataSet) -> Outcome<Self> {
        let combo = &data_set.attribute_combo;
        if !report.attributes.is_empty() {
            return by_options(name, report, combo);
        }
        let Some(wanted) = &report.attribute_option_combo else {
            return Ok(Self { id: default_of(name, combo)?, name: None });
        };
        let found = combo.option_combos.iter().find(|combo| {
            combo.id.as_str() == wanted
                || combo.code.as_deref() == Some(wanted)
                || combo.name == *wanted
        });
        match found {
            Some(found) => Ok(Self {
                id: found.id,
                name: (!combo.is_default).then(|| found.name.clone()),
            }),
            None => Err(Problem::usage(format!(
                "`{wanted}` is no attribute option combination of {name}"
            ))
            .fact("known", known(combo))
            .next("correct `attribute_option_combo`, or better name the options: attributes = { Category = \"option\" }")),
        }
    }
}

fn by_options(name: &str, report: &Report, combo: &CategoryCombo) -> Outcome<Attributes> {
    if combo.is_default {
        return Err(Problem::usage(format!(
            "{name} has no attributes in DHIS2 (its category combination is the default), so nothing keeps its values apart there"
        ))
        .next("ask the DHIS2 administrator for a data set with a category combination of type Attribute; to count outbreaks together, remove `attributes` and list them in `outbreak` of [godata]"));
    }
    let options: Vec<(&str, &str)> = report
        .attributes
        .iter()
        .map(|(category, option)| (category.as_str(), option.as_str()))
        .collect();
    let id = combo.resolve(&options).map_err(|error| {
        Problem::usage(format!("the attributes of {name} are not those of the data set in DHIS2"))
            .because(error)
            .fact("known", known(combo))
            .next("correct `attributes`: one option of each category, by id, code or name")
    })?;
    let words = combo.option_combo(id).map(|found| found.name.clone());
    Ok(Attributes {
        id,
        name: words.filter(|words| !words.is_empty()).or_else(|| report.attributes_in_words()),
    })
}

fn default_of(name: &str, combo: &CategoryCombo) -> Outcome<CategoryOptionComboId> {
    combo.default_option_combo().ok_or_else(|| {
        Problem::usage(format!("{name} is kept apart by {} in DHIS2", combo.name))
            .fact("known", known(combo))
            .next("say which it is: `attributes = { Category = \"option\" }` in this [[report]], or in each [[report.outbreak]] of it")
    })
}

/// The combinations that there are, in words.
fn known(combo: &CategoryCombo) -> String {
    let names: Vec<&str> =
        combo.option_combos.iter().map(|combo| combo.name.as_str()).take(12).collect();
    names.join("\n")
}

/// Refuses reports that would write into each other's cells, or count one outbreak twice.
///
/// # Errors
///
/// When two reports fill the same attribute option combination of a data set, or count the same outbreak in two of
/// them.
pub(super) fn refuse_shared(prepared: &[Prepared], input: &Input) -> Outcome<()> {
    let mut taken: BTreeMap<_, &Prepared> = BTreeMap::new();
    let mut counted: BTreeMap<_, &Prepared> = BTreeMap::new();
    for report in prepared {
        let (Some(data_set), Some(attributes)) = (&report.data_set, &report.attributes) else {
            continue;
        };
        if let Some(other) = taken.insert((data_set.id, attributes.id), report) {
            let (one, other) = (whose(report), whose(other));
            return Err(match &attributes.name {
                Some(_) => Problem::usage(format!("{} is filled twice: with {other} and with {one}", report.name))
                    .next("give each outbreak `attributes` of its own; to count them together, list them in one `name = [\"…\", \"…\"]`"),
                None => Problem::usage(format!("two reports fill the data set {}", report.name))
                    .next("put all indicators of a data set into one [[report]], or give each report `attributes` of its own"),
            });
        }
        for name in &report.outbreaks {
            // Two names may mean one outbreak, which only Go.Data knows.
            let id = match input {
                Input::Server(reader) => reader.id_of(name).unwrap_or(name),
                Input::Files(_) => name,
            };
            if report.report.outbreak.is_empty() {
                continue;
            }
            if let Some(other) = counted.insert((data_set.id, id.to_owned()), report) {
                return Err(Problem::usage(format!(
                    "the outbreak `{name}` is counted twice in one data set: in {} and in {}",
                    other.name, report.name
                ))
                .next("name each outbreak once, by its id or its name"));
            }
        }
    }
    Ok(())
}

fn whose(report: &Prepared) -> String {
    report.outbreaks.join(" + ")
}
