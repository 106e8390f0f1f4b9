//! The outbreaks that are reported, where their records are, and what each is in DHIS2.

use std::collections::BTreeMap;

use dhis2_client::{DataSet, DataSetId};

use super::InitArgs;
use crate::config::{Config, did_you_mean};
use crate::godata::{Outbreak, Reader};
use crate::init::{Share, are_apart, ask};
use crate::pipeline::Input;
use crate::problem::{Outcome, Problem};
use crate::records::Folder;

/// Where locations and cases come from, and the outbreaks as they are written into the configuration.
///
/// # Errors
///
/// When Go.Data cannot be asked, the folder is not there, or an outbreak is not known.
pub(super) async fn chosen(
    config: &Config,
    args: &InitArgs,
    is_named: bool,
) -> Outcome<(Input, Vec<Outbreak>)> {
    if let Some(folder) = &args.records {
        let folder = Folder::open(folder)?;
        let outbreaks = match folder.outbreaks()? {
            Some(known) if is_named || !args.outbreaks.is_empty() => {
                let nobody = Problem::usage("the file of outbreaks names none")
                    .fact("folder", folder.path().display().to_string())
                    .next("save the answer to `GET /api/outbreaks` as outbreaks.json");
                choose(&known, args, nobody)?
            }
            None if is_named && args.outbreaks.is_empty() => {
                return Err(Problem::usage("--outbreak is missing, and the folder with the records has no file of outbreaks")
                    .fact("folder", folder.path().display().to_string())
                    .next("give `--outbreak`, or save the answer to `GET /api/outbreaks` as outbreaks.json"));
            }
            None => args
                .outbreaks
                .iter()
                .map(|name| Outbreak { id: name.clone(), name: name.clone(), started: None })
                .collect(),
            Some(_) => Vec::new(),
        };
        return Ok((Input::Files(folder), outbreaks));
    }
    let mut reader = Reader::connect(config).await?;
    let known = reader.known_outbreaks().await?;
    let nobody = Problem::server("this Go.Data account may see no outbreak")
        .next("ask the Go.Data administrator to add the outbreak to the account");
    let outbreaks = choose(&known, args, nobody)?;
    reader.outbreaks.clone_from(&outbreaks);
    Ok((Input::Server(reader), outbreaks))
}

fn choose(known: &[Outbreak], args: &InitArgs, nobody: Problem) -> Outcome<Vec<Outbreak>> {
    let lines: Vec<String> =
        known.iter().map(|outbreak| format!("{} {}", outbreak.id, outbreak.name)).collect();
    if known.is_empty() {
        return Err(nobody);
    }
    if args.outbreaks.is_empty() {
        if let ([only], Some(_)) = (known, &args.records) {
            return Ok(vec![only.clone()]);
        }
        let chosen = ask::some_of("--outbreak", "Which outbreaks are reported?", &lines)?;
        return Ok(chosen.into_iter().map(|n| known[n].clone()).collect());
    }
    let mut outbreaks: Vec<Outbreak> = Vec::new();
    for wanted in &args.outbreaks {
        let found = find(known, wanted).ok_or_else(|| {
            let names = known.iter().flat_map(|outbreak| [outbreak.id.as_str(), &outbreak.name]);
            let near = did_you_mean(wanted, names);
            let problem = match &args.records {
                None => Problem::server(format!(
                    "Go.Data has no outbreak `{wanted}` that this account may see{near}"
                )),
                Some(_) => Problem::usage(format!("the file of outbreaks has no `{wanted}`{near}")),
            };
            problem
                .fact("known", lines.join("\n"))
                .next("correct `--outbreak`: an id or the exact name")
        })?;
        if !outbreaks.contains(found) {
            outbreaks.push(found.clone());
        }
    }
    Ok(outbreaks)
}

fn find<'a>(known: &'a [Outbreak], wanted: &str) -> Option<&'a Outbreak> {
    known.iter().find(|outbreak| outbreak.id == wanted || outbreak.name == wanted)
}

/// The folders with the records of each outbreak, by id or name; the folder itself where an outbreak has none.
pub(super) fn folders(folder: &Folder, outbreaks: &[Outbreak]) -> Vec<Folder> {
    let own: Vec<Folder> = outbreaks
        .iter()
        .filter_map(|outbreak| folder.of(&outbreak.id).or_else(|| folder.of(&outbreak.name)))
        .collect();
    if own.is_empty() || own.len() < outbreaks.len() { vec![folder.clone()] } else { own }
}

/// What each outbreak is in each data set that is kept apart by attributes: said with `--option`, known by its name,
/// or asked for where several outbreaks would otherwise not be told apart.
///
/// # Errors
///
/// When `--option` names an outbreak or an option that there is not.
pub(super) fn shares(
    args: &InitArgs,
    data_sets: &[DataSet],
    outbreaks: &[Outbreak],
) -> Outcome<BTreeMap<DataSetId, Vec<Share>>> {
    let said: Vec<(String, String)> =
        args.options.iter().map(|text| pair(text, outbreaks)).collect::<Outcome<_>>()?;
    let apart = || data_sets.iter().filter(|data_set| !data_set.attribute_combo.is_default);
    for (_, option) in &said {
        let categories = || apart().flat_map(|data_set| &data_set.attribute_combo.categories);
        if !categories().any(|category| category.option(option).is_ok()) {
            let options: Vec<&str> = categories()
                .flat_map(|category| &category.options)
                .flat_map(|option| [option.label(), option.name.as_str()])
                .collect();
            let near = did_you_mean(option, options.iter().copied());
            return Err(Problem::usage(format!(
                "no chosen data set is kept apart by an attribute with the option `{option}`{near}"
            ))
            .fact("known", if options.is_empty() { "none".to_owned() } else { options.join("\n") })
            .next("correct `--option OUTBREAK=OPTION`: an option's id, code or name"));
        }
    }
    let mut shares = BTreeMap::new();
    for data_set in apart() {
        let combo = &data_set.attribute_combo;
        let mut of_set: Vec<Share> =
            outbreaks.iter().map(|outbreak| Share::of(combo, Some(outbreak), &said)).collect();
        if of_set.len() > 1 && !are_apart(&of_set) && ask::is_interactive() {
            for share in &mut of_set {
                let name = share.outbreak.as_ref().map_or("", |outbreak| &outbreak.name);
                for (category, option) in combo.categories.iter().zip(&mut share.options) {
                    if option.is_none() {
                        let labels: Vec<String> =
                            category.options.iter().map(|option| option.name.clone()).collect();
                        let question =
                            format!("{}: which {} is {name}?", data_set.name, category.name);
                        let chosen = ask::one_of("--option", &question, &labels)?;
                        *option = Some(category.options[chosen].label().to_owned());
                    }
                }
            }
        }
        shares.insert(data_set.id, of_set);
    }
    Ok(shares)
}

/// `OUTBREAK=OPTION`, of an outbreak that was chosen.
fn pair(text: &str, outbreaks: &[Outbreak]) -> Outcome<(String, String)> {
    let Some((outbreak, option)) = text.rsplit_once('=') else {
        return Err(Problem::usage(format!("`--option {text}` has no `=`"))
            .next("write `--option OUTBREAK=OPTION`, such as `--option \"Ebola 2026=EVD\"`"));
    };
    let (outbreak, option) = (outbreak.trim(), option.trim());
    if find(outbreaks, outbreak).is_none() {
        let names = outbreaks.iter().flat_map(|outbreak| [outbreak.id.as_str(), &outbreak.name]);
        let near = did_you_mean(outbreak, names);
        let known: Vec<&str> = outbreaks.iter().map(|outbreak| outbreak.name.as_str()).collect();
        return Err(Problem::usage(format!(
            "`--option` names `{outbreak}`, which is not reported{near}"
        ))
        .fact("reported", known.join("\n"))
        .next("name an outbreak that is given with `--outbreak`, too"));
    }
    Ok((outbreak.to_owned(), option.to_owned()))
}
