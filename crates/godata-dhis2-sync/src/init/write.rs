//! The text of `sync.toml` and `places.csv`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dhis2_client::{Category, DataSet};

use super::recognise::{Recognised, breakdown_of};
use crate::places::{Location, Proposal};
use crate::problem::{Outcome, Problem};

/// What was chosen, by flags or by answers.
#[derive(Debug, Clone)]
pub struct Choices {
    /// Address of Go.Data.
    pub godata_url: String,
    /// The account there.
    pub godata_user: String,
    /// The outbreak's id and name.
    pub outbreak: (String, String),
    /// Address of DHIS2.
    pub dhis2_url: String,
    /// The account there; a token when absent.
    pub dhis2_user: Option<String>,
}

/// A commented configuration for the chosen servers and data sets.
#[must_use]
pub fn sync_toml(choices: &Choices, data_sets: &[(DataSet, Recognised)]) -> String {
    let mut text = String::new();
    let _ = write!(
        text,
        "# Which numbers DHIS2 should hold, written by `godata-dhis2-sync init`. Next: `check`, then `plan`.\n\
         # Every key is explained in docs/configuration.md.\n\n\
         [godata]\n\
         url = {}\n\
         username = {}                # an account of its own: Go.Data allows one session an account\n\
         password = {{ env = \"GODATA_PASSWORD\" }}\n\
         outbreak = {}     # {}\n\
         time_zone = \"UTC\"                             # the zone that the Go.Data server is set to\n\n\
         [dhis2]\n\
         url = {}\n",
        quoted(&choices.godata_url),
        quoted(&choices.godata_user),
        quoted(&choices.outbreak.0),
        one_line(&choices.outbreak.1),
        quoted(&choices.dhis2_url),
    );
    match &choices.dhis2_user {
        Some(user) => {
            let _ = writeln!(text, "username = {}\npassword = {{ env = \"DHIS2_PASSWORD\" }}", quoted(user));
        }
        None => text.push_str("token = { env = \"DHIS2_TOKEN\" }                # a personal access token\n"),
    }
    text.push_str(
        "\n[places]\n\
         match = [\"table\"]                              # the table decides alone: look at every proposal in it once\n\
         table = \"places.csv\"\n\
         unmapped = \"ancestor\"                          # a place without a unit counts at the nearest one above\n",
    );
    let mut breakdowns: BTreeMap<&'static str, &Category> = BTreeMap::new();
    for (data_set, recognised) in data_sets {
        report(&mut text, data_set, recognised);
        let splits = data_set.elements.iter().filter(|element| !element.combo.is_default).flat_map(|element| &element.combo.categories);
        if matches!(recognised, Recognised::Elements { .. }) {
            breakdowns.extend(splits.filter_map(|category| Some((breakdown_of(category)?, category))));
        }
    }
    for (name, category) in breakdowns {
        breakdown(&mut text, name, category);
    }
    text
}

fn report(text: &mut String, data_set: &DataSet, recognised: &Recognised) {
    let _ = write!(
        text,
        "\n# {}: {}, {} data elements, {} organisation units\n[[report]]\ndata_set = {}\nwindow = \"12 periods\"                          # recounted in each run\ncomplete = false                               # true: register as complete when every value is stored\n",
        one_line(&data_set.name),
        data_set.period_type,
        data_set.elements.len(),
        data_set.org_units.len(),
        quoted(data_set.id.as_str()),
    );
    match recognised {
        Recognised::Library { name, n_known } => {
            let _ = writeln!(text, "library = {}                            # knows {n_known} of the {} elements", quoted(name), data_set.elements.len());
        }
        Recognised::Elements { known, unknown } => {
            for (element, definition) in known {
                let name = data_set.find_element(element).map_or(element.as_str(), |element| element.name.as_str());
                let _ = writeln!(text, "\n# {}", one_line(name));
                match toml::to_string(definition.as_ref()) {
                    Ok(value) => {
                        let _ = write!(text, "[[report.value]]\n{value}");
                    }
                    Err(error) => tracing::debug!("a proposal cannot be written as TOML: {error}"),
                }
            }
            for name in unknown {
                let _ = writeln!(text, "\n# Not recognised: {}. Write a [[report.value]] for it if it is to be filled.", one_line(name));
            }
            if known.is_empty() {
                let first = data_set.elements.first().map(|element| element.id.to_string()).unwrap_or_default();
                let _ = write!(
                    text,
                    "\n# A start, to be changed: confirmed cases.\n[[report.value]]\ndata_element = {}\nindicator = \"Confirmed cases\"\nwhere = {{ classification = \"CONFIRMED\" }}\n",
                    quoted(&first)
                );
            }
        }
    }
}

fn breakdown(text: &mut String, name: &str, category: &Category) {
    let options: Vec<&str> = category.options.iter().map(|option| option.code.as_deref().unwrap_or(&option.name)).collect();
    let _ = write!(text, "\n# The options of the category {}: {}. Make every one of them stand here.\n[breakdown.{name}]\n", one_line(&category.name), options.join(", "));
    if name == "sex" {
        let find = |letters: &[&str]| options.iter().find(|option| letters.iter().any(|letter| option.eq_ignore_ascii_case(letter))).copied();
        let male = find(&["m", "male", "sex_m", "masculin", "masculino"]).unwrap_or("MALE");
        let female = find(&["f", "female", "sex_f", "feminin", "femenino", "feminino"]).unwrap_or("FEMALE");
        let _ = writeln!(text, "field = \"gender\"\nvalues = {{ MALE = {}, FEMALE = {} }}", quoted(male), quoted(female));
        if let Some(unknown) = options.iter().find(|option| option.to_lowercase().contains("unk")) {
            let _ = writeln!(text, "other = {0}\nmissing = {0}", quoted(unknown));
        }
    } else {
        let bands: Vec<String> = options.iter().filter(|option| option.starts_with(|c: char| c.is_ascii_digit())).map(|option| quoted(option)).collect();
        let _ = writeln!(text, "field = \"age\"\nbands = [{}]", bands.join(", "));
        if let Some(unknown) = options.iter().find(|option| option.to_lowercase().contains("unk")) {
            let _ = writeln!(text, "missing = {}", quoted(unknown));
        }
    }
}

/// The table of places: every location, with the proposal where there is one, how it was found and how sure it is.
///
/// # Errors
///
/// When the lines cannot be put together, which would be a bug.
pub fn places_csv(locations: &[Location], proposals: &BTreeMap<String, Proposal<'_>>) -> Outcome<String> {
    let bug = |error: csv::Error| Problem::new(crate::Exit::Bug, "the table of places cannot be written").because(error);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["location_id", "location_name", "org_unit", "org_unit_name", "found_by", "score"]).map_err(bug)?;
    let mut live: Vec<&Location> = locations.iter().filter(|location| !location.deleted).collect();
    live.sort_by_key(|location| (location.level_number(), location.name.clone(), location.id.clone()));
    for location in live {
        let (unit, name, evidence, score) = proposals.get(&location.id).map_or_else(Default::default, |proposal| {
            (proposal.unit.id.clone(), proposal.unit.name.clone(), proposal.evidence.word().to_owned(), proposal.score.to_string())
        });
        writer.write_record([&location.id, &location.name, &unit, &name, &evidence, &score]).map_err(bug)?;
    }
    let bytes = writer.into_inner().map_err(|error| Problem::new(crate::Exit::Bug, "the table of places cannot be written").because(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A TOML text, quoted.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A name that stays on its comment line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
