//! The text of `sync.toml` and `places.csv`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dhis2_client::{Category, CategoryCombo, DataSet, DataSetId};
use indicators::Definition;

use super::apart::{Share, are_apart};
use super::bands::{band, is_unknown};
use super::recognise::{Recognised, breakdown_of};
use crate::godata::Outbreak;
use crate::places::{Location, Proposal};
use crate::problem::{Outcome, Problem};

/// What was chosen, by flags or by answers.
#[derive(Debug, Clone)]
pub struct Choices {
    /// Address of Go.Data and the account there; absent when records are to come from files.
    pub godata: Option<(String, String)>,
    /// The outbreaks that are reported; none where files do not say.
    pub outbreaks: Vec<Outbreak>,
    /// Address of DHIS2 and the account there, with a token when absent; absent when nothing is to be sent.
    pub dhis2: Option<(String, Option<String>)>,
    /// What each outbreak is in the data sets that are kept apart by attributes.
    pub shares: BTreeMap<DataSetId, Vec<Share>>,
}

/// A commented configuration for the chosen servers and data sets.
#[must_use]
pub fn sync_toml(choices: &Choices, data_sets: &[(DataSet, Recognised)]) -> String {
    let mut text = String::from(
        "# Which numbers DHIS2 should hold, written by `godata-dhis2-sync init`. Next: `check`, then `plan`.\n\
         # docs/configuration.md explains every key.\n",
    );
    match &choices.godata {
        Some((url, user)) => godata(&mut text, url, user, &choices.outbreaks),
        None => {
            text.push_str("\n# No [godata]: records are read from files, with `--records DIR`.\n")
        }
    }
    match &choices.dhis2 {
        Some((url, user)) => {
            let _ = write!(text, "\n[dhis2]\nurl = {}\n", quoted(url));
            match user {
                Some(user) => {
                    let _ = writeln!(
                        text,
                        "username = {}\npassword = {{ env = \"DHIS2_PASSWORD\" }}",
                        quoted(user)
                    );
                }
                None => text.push_str(
                    "# A personal access token.\ntoken = { env = \"DHIS2_TOKEN\" }\n",
                ),
            }
        }
        None => text.push_str(
            "\n# No [dhis2]: `count` needs none; `check`, `plan` and `run` need its `url` and `token`.\n",
        ),
    }
    text.push_str(
        "\n[places]\n\
         # The table decides alone: look at every proposal in it once.\n\
         match = [\"table\"]\n\
         table = \"places.csv\"\n\
         # A place without a unit counts at the nearest one above; \"report\" leaves it out, \"fail\" stops.\n\
         unmapped = \"ancestor\"\n\
         \n[quality]\n\
         # What is odd about the records that are counted; \"all\" looks at every record and reads the whole list.\n\
         records = \"counted\"\n",
    );
    let mut breakdowns: BTreeMap<&'static str, &Category> = BTreeMap::new();
    for (data_set, recognised) in data_sets {
        report(&mut text, data_set, recognised, choices);
        let splits = data_set
            .elements
            .iter()
            .filter(|element| !element.combo.is_default)
            .flat_map(|element| &element.combo.categories);
        if matches!(recognised, Recognised::Elements { .. }) {
            breakdowns
                .extend(splits.filter_map(|category| Some((breakdown_of(category)?, category))));
        }
    }
    for (name, category) in breakdowns {
        breakdown(&mut text, name, category);
    }
    text
}

/// The section of Go.Data.
fn godata(text: &mut String, url: &str, user: &str, outbreaks: &[Outbreak]) {
    let names: Vec<String> = outbreaks.iter().map(|outbreak| one_line(&outbreak.name)).collect();
    let ids: Vec<String> = outbreaks.iter().map(|outbreak| quoted(&outbreak.id)).collect();
    let (names, ids) = match (names.as_slice(), ids.as_slice()) {
        ([name], [id]) => (name.clone(), id.clone()),
        _ => (
            format!(
                "{}: counted together where a report does not keep them apart.",
                names.join(", ")
            ),
            format!("[{}]", ids.join(", ")),
        ),
    };
    let _ = write!(
        text,
        "\n[godata]\n\
         url = {}\n\
         # An account of its own: Go.Data keeps one session an account.\n\
         username = {}\n\
         password = {{ env = \"GODATA_PASSWORD\" }}\n\
         # {names}\n\
         outbreak = {ids}\n\
         # The zone that the Go.Data server is set to: in it a moment becomes a day.\n\
         time_zone = \"UTC\"\n",
        quoted(url),
        quoted(user),
    );
}

/// What the outbreaks are in a data set that is kept apart by attributes: as far as it is known, else for a person to
/// say.
fn attributes(text: &mut String, data_set: &DataSet, shares: &[Share]) {
    let combo = &data_set.attribute_combo;
    if combo.is_default || is_shared_out(shares) {
        return;
    }
    text.push_str(
        "# DHIS2 keeps this data set apart by attributes: write what the outbreak is there.\n",
    );
    options(text, data_set);
    // One outbreak may be known by its name; what several have in common is not.
    let share = match shares {
        [share] => share.clone(),
        _ => Share::of(combo, None, &[]),
    };
    let _ = writeln!(text, "attributes = {}", pairs(combo, &share));
}

/// Whether each outbreak gets a share of its own.
fn is_shared_out(shares: &[Share]) -> bool {
    shares.len() > 1 && are_apart(shares)
}

/// One `[[report.outbreak]]` for each of several outbreaks; as comments, where what they are is not known of all.
fn outbreaks(text: &mut String, data_set: &DataSet, shares: &[Share]) {
    if shares.len() < 2 {
        return;
    }
    let mark = if is_shared_out(shares) {
        text.push_str("\n# DHIS2 keeps this data set apart by attributes: each outbreak fills a share of its own.\n");
        options(text, data_set);
        ""
    } else {
        text.push_str(
            "\n# For a share of its own for each outbreak, in place of `attributes` above: say what each is, and take\n\
             # the marks away.\n",
        );
        "# "
    };
    for share in shares {
        let outbreak = share.outbreak.as_ref();
        let (id, name) = outbreak.map_or(("", ""), |outbreak| (&outbreak.id, &outbreak.name));
        let _ = write!(
            text,
            "{mark}[[report.outbreak]]\n{mark}name = {}  # {}\n{mark}attributes = {}\n",
            quoted(id),
            one_line(name),
            pairs(&data_set.attribute_combo, share),
        );
    }
}

/// The categories that keep a data set apart, and their options, as comments.
fn options(text: &mut String, data_set: &DataSet) {
    for category in &data_set.attribute_combo.categories {
        let names: Vec<String> = category
            .options
            .iter()
            .map(|option| format!("{} ({})", option.label(), one_line(&option.name)))
            .collect();
        let _ = writeln!(text, "#   {}: {}", one_line(&category.name), one_line(&names.join(", ")));
    }
}

/// `{ "DISEASE" = "EVD" }`; an option that is not known is empty.
fn pairs(combo: &CategoryCombo, share: &Share) -> String {
    let pairs: Vec<String> = combo
        .categories
        .iter()
        .zip(&share.options)
        .map(|(category, option)| {
            format!(
                "{} = {}",
                quoted(category.label()),
                quoted(option.as_deref().unwrap_or_default())
            )
        })
        .collect();
    format!("{{ {} }}", pairs.join(", "))
}

fn report(text: &mut String, data_set: &DataSet, recognised: &Recognised, choices: &Choices) {
    let shares = choices.shares.get(&data_set.id).map(Vec::as_slice).unwrap_or_default();
    let _ = write!(
        text,
        "\n# {}: {}, {} data elements, {} organisation units\n\
         [[report]]\n\
         data_set = {}\n\
         # Recounted in each run.\n\
         window = \"12 periods\"\n\
         # true: registered as complete when every value is stored.\n\
         complete = false\n",
        one_line(&data_set.name),
        data_set.period_type,
        data_set.elements.len(),
        data_set.org_units.len(),
        quoted(data_set.id.as_str()),
    );
    if choices.dhis2.is_none() {
        let _ = writeln!(
            text,
            "# Where no DHIS2 can be asked.\nperiod = {}",
            quoted(&data_set.period_type.to_string())
        );
    }
    attributes(text, data_set, shares);
    match recognised {
        Recognised::Library { name, n_known } => {
            let _ = writeln!(
                text,
                "# A ready library, which knows {n_known} of the {} elements by their codes.\nlibrary = {}",
                data_set.elements.len(),
                quoted(name),
            );
            outbreaks(text, data_set, shares);
        }
        Recognised::Elements { known, unknown } => {
            outbreaks(text, data_set, shares);
            for (element, definition) in known {
                let name = data_set
                    .find_element(element)
                    .map_or(element.as_str(), |element| element.name.as_str());
                let _ = writeln!(text, "\n# {}", one_line(name));
                text.push_str(&value(definition));
            }
            for name in unknown {
                let _ = writeln!(
                    text,
                    "\n# Not recognised: {}. Write a [[report.value]] for it if it is to be filled.",
                    one_line(name)
                );
            }
            if known.is_empty() {
                let first = data_set
                    .elements
                    .first()
                    .map(|element| element.id.to_string())
                    .unwrap_or_default();
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
    let options: Vec<&str> = category
        .options
        .iter()
        .map(|option| option.code.as_deref().unwrap_or(&option.name))
        .collect();
    let _ = write!(
        text,
        "\n# The options of the category {}: {}. Make every one of them stand here.\n[breakdown.{name}]\n",
        one_line(&category.name),
        options.join(", ")
    );
    if name == "sex" {
        let find = |letters: &[&str]| {
            options
                .iter()
                .find(|option| letters.iter().any(|letter| option.eq_ignore_ascii_case(letter)))
                .copied()
        };
        let male = find(&["m", "male", "sex_m", "masculin", "masculino"]).unwrap_or("MALE");
        let female =
            find(&["f", "female", "sex_f", "feminin", "femenino", "feminino"]).unwrap_or("FEMALE");
        let _ = writeln!(
            text,
            "field = \"gender\"\nvalues = {{ MALE = {}, FEMALE = {} }}",
            quoted(male),
            quoted(female)
        );
        if let Some(unknown) = options.iter().find(|option| is_unknown(option)) {
            let _ = writeln!(text, "other = {0}\nmissing = {0}", quoted(unknown));
        }
    } else {
        // People name the group in the option's name; its code may hold other numbers.
        let bands: Vec<String> = category
            .options
            .iter()
            .zip(&options)
            .filter_map(|(option, written)| {
                let found = band(&option.name).or_else(|| band(written))?;
                Some(format!("{} = {}", quoted(&found), quoted(written)))
            })
            .collect();
        text.push_str("field = \"age\"\n");
        if bands.is_empty() {
            text.push_str("# Which ages are which option? bands = { \"0-4\" = \"OPTION\", \"65+\" = \"OPTION\" }\n");
        } else {
            let _ = writeln!(text, "bands = {{ {} }}", bands.join(", "));
        }
        if let Some(unknown) = options.iter().find(|option| is_unknown(option)) {
            let _ = writeln!(text, "missing = {}", quoted(unknown));
        }
    }
}

/// The table of places: every location, with the proposal where there is one, how it was found and how sure it is.
///
/// # Errors
///
/// When the lines cannot be put together, which would be a bug.
pub fn places_csv(
    locations: &[Location],
    proposals: &BTreeMap<String, Proposal<'_>>,
) -> Outcome<String> {
    let bug = |error: csv::Error| {
        Problem::new(crate::Exit::Bug, "the table of places cannot be written").because(error)
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record([
            "location_id",
            "location_name",
            "org_unit",
            "org_unit_name",
            "found_by",
            "score",
        ])
        .map_err(bug)?;
    let mut live: Vec<&Location> = locations.iter().filter(|location| !location.deleted).collect();
    live.sort_by_key(|location| {
        (location.level_number(), location.name.clone(), location.id.clone())
    });
    for location in live {
        let (unit, name, evidence, score) =
            proposals.get(&location.id).map_or_else(Default::default, |proposal| {
                (
                    proposal.unit.id.clone(),
                    proposal.unit.name.clone(),
                    proposal.evidence.word().to_owned(),
                    proposal.score.to_string(),
                )
            });
        writer
            .write_record([&location.id, &location.name, &unit, &name, &evidence, &score])
            .map_err(bug)?;
    }
    let bytes = writer.into_inner().map_err(|error| {
        Problem::new(crate::Exit::Bug, "the table of places cannot be written")
            .because(error.into_error())
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// One `[[report.value]]`, each key on its line and without those that say what is the default.
fn value(definition: &Definition) -> String {
    let mut text = String::from("[[report.value]]\n");
    let table = |definition: &Definition| toml::Table::try_from(definition).unwrap_or_default();
    let defaults = table(&Definition::new(""));
    let all = table(definition);
    // What people look for first stands first; the keys behind it come in order.
    let first = ["data_element", "indicator", "from", "where"];
    let rest = all.keys().map(String::as_str).filter(|key| !first.contains(key) && *key != "code");
    for key in first.into_iter().chain(rest) {
        if let Some(value) = all.get(key).filter(|value| defaults.get(key) != Some(*value)) {
            let _ = writeln!(text, "{key} = {value}");
        }
    }
    text
}

/// A TOML text, quoted.
pub(crate) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A name that stays on its comment line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
