//! `init`: a configuration and a table of places, from what the two servers say, or files of theirs.

mod data_sets;
mod outbreaks;
mod saved;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use dhis2_client::DataSet;
use indicators::Source;

use super::Context;
use crate::Exit;
use crate::config::{Config, Dhis2, File, GoData};
use crate::init::{self, CasesByPlace, Choices, Coverage, Recognised, ask};
use crate::pipeline::{Input, units_of};
use crate::places;
use crate::problem::{Outcome, Problem};
use crate::tell;

/// `init`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = saved::help())]
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
    /// Id or name of an outbreak; may be given again
    #[arg(long = "outbreak", value_name = "OUTBREAK")]
    pub outbreaks: Vec<String>,
    /// Address of DHIS2, with its context path
    #[arg(long, value_name = "URL")]
    pub dhis2_url: Option<String>,
    /// Name of the DHIS2 account, with DHIS2_PASSWORD; without it, a token is taken from DHIS2_TOKEN
    #[arg(long, value_name = "NAME")]
    pub dhis2_user: Option<String>,
    /// Id, code or name of a data set to be filled; may be given again
    #[arg(long = "data-set", value_name = "DATA_SET")]
    pub data_sets: Vec<String>,
    /// What an outbreak is in a data set that is kept apart by attributes: an option by id, code or name; may be given
    /// again
    #[arg(long = "option", value_name = "OUTBREAK=OPTION")]
    pub options: Vec<String>,
    /// Takes outbreaks, locations and cases from the files in this folder instead of from Go.Data
    #[arg(long, value_name = "DIR")]
    pub records: Option<PathBuf>,
    /// Takes data sets and organisation units from this file, or the files in this folder, instead of from DHIS2; may be
    /// given again; --help says which files
    #[arg(long, value_name = "PATH")]
    pub metadata: Vec<PathBuf>,
    /// Writes over files that are already there
    #[arg(long)]
    pub force: bool,
}

pub(super) async fn run(context: &Context, args: &InitArgs) -> Outcome<Exit> {
    let files = [args.dir.join("sync.toml"), args.dir.join("places.csv")];
    spare(&files, args.force)?;

    let godata = match (&args.records, &args.godata_url) {
        (Some(_), None) => None,
        _ => Some((
            ask::text(args.godata_url.as_ref(), "--godata-url", "Address of Go.Data")?,
            ask::text(args.godata_user.as_ref(), "--godata-user", "E-mail of the Go.Data account")?,
        )),
    };
    let dhis2 = match (args.metadata.is_empty(), &args.dhis2_url) {
        (false, None) => None,
        (false, Some(url)) => Some((url.clone(), args.dhis2_user.clone())),
        (true, url) => {
            Some((ask::text(url.as_ref(), "--dhis2-url", "Address of DHIS2")?, dhis2_user(args)?))
        }
    };

    // DHIS2 first: its questions cost nothing, while a Go.Data login ends the account's other sessions.
    let config = connection(args, godata.as_ref(), dhis2.as_ref())?;
    let data_sets = data_sets::chosen(&config, args).await?;
    let units = units_of(&data_sets);

    let (input, outbreaks) = outbreaks::chosen(&config, args, godata.is_some()).await?;
    let shares = outbreaks::shares(args, &data_sets, &outbreaks)?;
    let locations = match &input {
        Input::Files(folder) => folder.locations()?,
        Input::Server(reader) => reader.locations().await?,
    };
    let inputs = match input {
        Input::Files(folder) => {
            outbreaks::folders(&folder, &outbreaks).into_iter().map(Input::Files).collect()
        }
        server @ Input::Server(_) => vec![server],
    };
    let mut cases = CasesByPlace::default();
    let field = BTreeSet::from([CasesByPlace::FIELD.to_owned()]);
    for input in inputs {
        input.each(Source::Cases, &field, &[], &mut |_, case| cases.add(case)).await?;
        if let Input::Server(reader) = input {
            reader.close().await;
        }
    }

    let recognised: Vec<(DataSet, Recognised)> = data_sets
        .into_iter()
        .map(|data_set| {
            let recognised = init::recognise(&data_set);
            (data_set, recognised)
        })
        .collect();
    let proposals = places::propose(&locations, &units);
    let coverage = Coverage::of(&cases, &locations, &proposals);
    let choices = Choices { godata, outbreaks, dhis2, shares };
    let texts = [init::sync_toml(&choices, &recognised), init::places_csv(&locations, &proposals)?];
    // What is written must be readable: a mistake in it is ours, and better found now than by `check`.
    Config::parse(&texts[0], &files[0])?;
    write(&args.dir, &files, &texts)?;

    tell::init::json(&files, &choices, &recognised, &proposals, &coverage)
        .iter()
        .for_each(|line| context.screen.emit(line));
    let n_live = locations.iter().filter(|location| !location.deleted).count();
    context.screen.say(
        tell::init::text(
            &files,
            &choices,
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
    dhis2: Option<&(String, Option<String>)>,
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
    if let Some((url, user)) = dhis2 {
        let mut text = format!("url = {}\n", init::quoted(url));
        match user {
            Some(user) => {
                text.push_str(&secret("DHIS2_PASSWORD"));
                let _ = writeln!(text, "username = {}", init::quoted(user));
            }
            None => text.push_str("token = { env = \"DHIS2_TOKEN\" }\n"),
        }
        file.dhis2 = Some(toml::from_str::<Dhis2>(&text).map_err(bug)?);
    }
    Ok(Config { file, path: args.dir.join("sync.toml") })
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
