//! `init`: a configuration and a table of places, from what the two servers say.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use dhis2_client::{DataSet, DataSetSummary};
use indicators::Source;

use super::Context;
use crate::Exit;
use crate::config::{Config, Dhis2, File, GoData, did_you_mean};
use crate::godata::{Outbreak, Reader};
use crate::init::{self, CasesByPlace, Choices, Coverage, Recognised, ask};
use crate::pipeline::{Input, client, dhis2_problem, units_of};
use crate::places;
use crate::problem::{Outcome, Problem};
use crate::records::Folder;
use crate::tell;

/// `init`.
#[derive(Debug, Clone, Args)]
pub struct InitArgs {
    /// Writes sync.toml and places.csv into this folder
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// Address of Go.Data
    #[arg(long, value_name = "URL")]
    pub godata_url: Option<String>,
    /// E-mail of the Go.Data account; its password is taken from GODATA_PASSWORD or asked for
    #[arg(long, value_name = "EMAIL")]
    pub godata_user: Option<String>,
    /// Id or name of the outbreak
    #[arg(long, value_name = "OUTBREAK")]
    pub outbreak: Option<String>,
    /// Address of DHIS2, with its context path
    #[arg(long, value_name = "URL")]
    pub dhis2_url: Option<String>,
    /// Name of the DHIS2 account, with DHIS2_PASSWORD; without it, a token is taken from DHIS2_TOKEN
    #[arg(long, value_name = "NAME")]
    pub dhis2_user: Option<String>,
    /// Id, code or name of a data set to be filled; may be given again
    #[arg(long = "data-set", value_name = "DATA_SET")]
    pub data_sets: Vec<String>,
    /// Takes locations and cases from the files in this folder instead of from Go.Data
    #[arg(long, value_name = "DIR")]
    pub records: Option<PathBuf>,
    /// Writes over files that are already there
    #[arg(long)]
    pub force: bool,
}

pub(super) async fn run(context: &Context, args: &InitArgs) -> Outcome<Exit> {
    let files = [args.dir.join("sync.toml"), args.dir.join("places.csv")];
    spare(&files, args.force)?;

    let godata = match &args.records {
        Some(_) => None,
        None => Some((
            ask::text(args.godata_url.as_ref(), "--godata-url", "Address of Go.Data")?,
            ask::text(args.godata_user.as_ref(), "--godata-user", "E-mail of the Go.Data account")?,
        )),
    };
    let dhis2_url = ask::text(args.dhis2_url.as_ref(), "--dhis2-url", "Address of DHIS2")?;
    let dhis2_user = dhis2_user(args)?;

    // DHIS2 first: its questions cost nothing, while a Go.Data login ends the account's other sessions.
    let config = connection(args, godata.as_ref(), &dhis2_url, dhis2_user.as_deref())?;
    let data_sets = data_sets(&config, &args.data_sets).await?;
    let units = units_of(&data_sets);
    let recognised: Vec<(DataSet, Recognised)> = data_sets
        .into_iter()
        .map(|data_set| {
            let recognised = init::recognise(&data_set);
            (data_set, recognised)
        })
        .collect();

    let (input, outbreak) = input(&config, args).await?;
    let locations = match &input {
        Input::Files(folder) => folder.locations()?,
        Input::Server(reader) => reader.locations().await?,
    };
    let mut cases = CasesByPlace::default();
    let field = BTreeSet::from([CasesByPlace::FIELD.to_owned()]);
    input.each(Source::Cases, &field, &[], &mut |_, case| cases.add(case)).await?;
    if let Input::Server(reader) = input {
        reader.close().await;
    }

    let proposals = places::propose(&locations, &units);
    let coverage = Coverage::of(&cases, &locations, &proposals);
    let choices =
        Choices { godata: godata.map(|(url, user)| (url, user, outbreak)), dhis2_url, dhis2_user };
    let texts = [init::sync_toml(&choices, &recognised), init::places_csv(&locations, &proposals)?];
    // What is written must be readable: a mistake in it is ours, and better found now than by `check`.
    Config::parse(&texts[0], &files[0])?;
    write(&args.dir, &files, &texts)?;

    tell::init::json(&files, &recognised, &proposals, &coverage)
        .iter()
        .for_each(|line| context.screen.emit(line));
    let n_live = locations.iter().filter(|location| !location.deleted).count();
    context.screen.say(
        tell::init::text(
            &files,
            &recognised,
            n_live,
            &proposals,
            &coverage,
            args.records.as_deref(),
        )
        .trim_end(),
    );
    Ok(Exit::Done)
}

/// Asks, or refuses, before a file is written over.
fn spare(files: &[PathBuf], force: bool) -> Outcome<()> {
    let there: Vec<String> =
        files.iter().filter(|path| path.exists()).map(|path| path.display().to_string()).collect();
    if there.is_empty()
        || force
        || ask::confirm(&format!("{} will be written over. Go on?", there.join(" and ")))?
    {
        return Ok(());
    }
    Err(Problem::usage("there is a configuration already, and it stays as it is")
        .fact("files", there.join("\n"))
        .next("name another folder with `--dir`, or write over it with `--force`"))
}

/// The DHIS2 account: as given, else asked for where there is no token and somebody can answer.
fn dhis2_user(args: &InitArgs) -> Outcome<Option<String>> {
    if args.dhis2_user.is_some()
        || std::env::var_os("DHIS2_TOKEN").is_some()
        || !ask::is_interactive()
    {
        return Ok(args.dhis2_user.clone());
    }
    let question =
        "Name of the DHIS2 account (for a token instead, set DHIS2_TOKEN and begin again)";
    ask::text(None, "--dhis2-user", question).map(Some)
}

/// A configuration that names the servers and nothing else.
fn connection(
    args: &InitArgs,
    godata: Option<&(String, String)>,
    dhis2_url: &str,
    dhis2_user: Option<&str>,
) -> Outcome<Config> {
    let bug = |error: toml::de::Error| {
        Problem::new(Exit::Bug, "the servers cannot be put into a configuration").because(error)
    };
    let mut file: File = toml::from_str("").map_err(bug)?;
    let secret = |name: &str| match std::env::var_os(name) {
        Some(_) => format!("password = {{ env = \"{name}\" }}\n"),
        None => String::new(),
    };
    if let Some((url, user)) = godata {
        let mut text = secret("GODATA_PASSWORD");
        // The outbreak is looked for after the login, among those that the account may see.
        let _ = write!(
            text,
            "url = {}\nusername = {}\noutbreak = []\n",
            init::quoted(url),
            init::quoted(user)
        );
        file.godata = Some(toml::from_str::<GoData>(&text).map_err(bug)?);
    }
    let mut text = format!("url = {}\n", init::quoted(dhis2_url));
    match dhis2_user {
        Some(user) => {
            text.push_str(&secret("DHIS2_PASSWORD"));
            let _ = writeln!(text, "username = {}", init::quoted(user));
        }
        None => text.push_str("token = { env = \"DHIS2_TOKEN\" }\n"),
    }
    file.dhis2 = Some(toml::from_str::<Dhis2>(&text).map_err(bug)?);
    Ok(Config { file, path: args.dir.join("sync.toml") })
}

async fn data_sets(config: &Config, wanted: &[String]) -> Outcome<Vec<DataSet>> {
    let client = client(config)?;
    let known = client.data_sets().await.map_err(|error| dhis2_problem(config, error))?;
    let writable: Vec<&DataSetSummary> = known.iter().filter(|known| known.access.write).collect();
    let lines: Vec<String> = writable.iter().map(|known| line(known)).collect();
    if writable.is_empty() {
        return Err(Problem::server("this DHIS2 account may write to no data set").next(
            "ask the DHIS2 administrator to share the data set with it (data: can capture)",
        ));
    }
    let chosen: Vec<&DataSetSummary> = if wanted.is_empty() {
        ask::some_of("--data-set", "Which data sets are to be filled?", &lines)?
            .into_iter()
            .map(|n| writable[n])
            .collect()
    } else {
        wanted.iter().map(|wanted| find(&known, wanted, &lines)).collect::<Outcome<_>>()?
    };
    let mut data_sets = Vec::new();
    for summary in chosen {
        data_sets
            .push(client.data_set(summary.id).await.map_err(|error| dhis2_problem(config, error))?);
    }
    Ok(data_sets)
}

fn line(known: &DataSetSummary) -> String {
    format!("{} {} ({})", known.id, known.name, known.period_type)
}

fn find<'a>(
    known: &'a [DataSetSummary],
    wanted: &str,
    lines: &[String],
) -> Outcome<&'a DataSetSummary> {
    known
        .iter()
        .find(|known| {
            known.id.as_str() == wanted
                || known.code.as_deref() == Some(wanted)
                || known.name == *wanted
        })
        .ok_or_else(|| {
            let names = known.iter().flat_map(|known| {
                [known.id.as_str(), &known.name, known.code.as_deref().unwrap_or_default()]
            });
            let near = did_you_mean(wanted, names);
            Problem::server(format!(
                "DHIS2 has no data set `{wanted}` that this account may see{near}"
            ))
            .fact("known", lines.join("\n"))
            .next("correct `--data-set`: an id, a code or the exact name")
        })
}

/// Where locations and cases come from, and the outbreak as it is written into the configuration.
async fn input(config: &Config, args: &InitArgs) -> Outcome<(Input, Outbreak)> {
    if let Some(folder) = &args.records {
        let nobody = Outbreak { id: String::new(), name: String::new(), started: None };
        return Ok((Input::Files(Folder::open(folder)?), nobody));
    }
    let mut reader = Reader::connect(config).await?;
    let known = reader.known_outbreaks().await?;
    let lines: Vec<String> =
        known.iter().map(|outbreak| format!("{} {}", outbreak.id, outbreak.name)).collect();
    let chosen = match &args.outbreak {
        Some(wanted) => known
            .iter()
            .find(|outbreak| outbreak.id == *wanted || outbreak.name == *wanted)
            .ok_or_else(|| {
                let names =
                    known.iter().flat_map(|outbreak| [outbreak.id.as_str(), &outbreak.name]);
                let near = did_you_mean(wanted, names);
                Problem::server(format!(
                    "Go.Data has no outbreak `{wanted}` that this account may see{near}"
                ))
                .fact("known", lines.join("\n"))
                .next("correct `--outbreak`: an id or the exact name")
            })?,
        None if known.is_empty() => {
            return Err(Problem::server("this Go.Data account may see no outbreak")
                .next("ask the Go.Data administrator to add the outbreak to the account"));
        }
        None => &known[ask::one_of("--outbreak", "Which outbreak is reported?", &lines)?],
    };
    reader.outbreaks = vec![chosen.clone()];
    Ok((Input::Server(reader), chosen.clone()))
}

fn write(folder: &Path, files: &[PathBuf], texts: &[String]) -> Outcome<()> {
    let fail = |path: &Path, error: std::io::Error| {
        Problem::usage("the configuration cannot be written")
            .fact("file", path.display().to_string())
            .because(error)
            .next("name a folder that you may write to with `--dir`")
    };
    std::fs::create_dir_all(folder).map_err(|error| fail(folder, error))?;
    for (path, text) in files.iter().zip(texts) {
        std::fs::write(path, text).map_err(|error| fail(path, error))?;
    }
    Ok(())
}
