//! The data sets that are to be filled: on the server, or in files.

use dhis2_client::{Client, DataSet, DataSetSummary, SavedMetadata};

use super::{InitArgs, saved};
use crate::config::{Config, did_you_mean};
use crate::init::ask;
use crate::pipeline::{client, dhis2_problem};
use crate::problem::{Outcome, Problem};

/// Where data sets are looked for.
enum Shelf {
    Server(Client),
    Files(SavedMetadata),
}

/// Finds the data sets that the arguments name, or asks for them.
///
/// # Errors
///
/// When DHIS2 cannot be asked, the files do not say enough, or a data set is not known.
pub(super) async fn chosen(config: &Config, args: &InitArgs) -> Outcome<Vec<DataSet>> {
    let url = args.dhis2_url.as_deref();
    let (shelf, known) = if args.metadata.is_empty() {
        let client = client(config)?;
        let known = client.data_sets().await.map_err(|error| dhis2_problem(config, error))?;
        (Shelf::Server(client), known)
    } else {
        let saved = saved::read(&args.metadata, url)?;
        let known = saved.data_sets();
        if known.is_empty() {
            return Err(Problem::usage("the saved metadata describe no data set")
                .fact("files", saved::in_lines(&args.metadata))
                .next(saved::both(url, args.data_sets.first().map(String::as_str))));
        }
        (Shelf::Files(saved), known)
    };
    let mut data_sets = Vec::new();
    for summary in choose(&known, args)? {
        data_sets.push(match &shelf {
            Shelf::Server(client) => {
                client.data_set(summary.id).await.map_err(|error| dhis2_problem(config, error))?
            }
            Shelf::Files(files) => files
                .data_set(summary.id)
                .map_err(|error| saved::incomplete(error, &args.metadata, url))?,
        });
    }
    Ok(data_sets)
}

fn choose<'a>(known: &'a [DataSetSummary], args: &InitArgs) -> Outcome<Vec<&'a DataSetSummary>> {
    let writable: Vec<&DataSetSummary> = known.iter().filter(|known| known.access.write).collect();
    let lines: Vec<String> = writable.iter().map(|known| line(known)).collect();
    if writable.is_empty() {
        return Err(Problem::server("this DHIS2 account may write to no data set").next(
            "ask the DHIS2 administrator to share the data set with it (data: can capture)",
        ));
    }
    if !args.data_sets.is_empty() {
        return args.data_sets.iter().map(|wanted| find(known, wanted, args, &lines)).collect();
    }
    match writable.as_slice() {
        // Whoever saved one data set means this one.
        [only] if !args.metadata.is_empty() => Ok(vec![only]),
        _ => Ok(ask::some_of("--data-set", "Which data sets are to be filled?", &lines)?
            .into_iter()
            .map(|n| writable[n])
            .collect()),
    }
}

fn line(known: &DataSetSummary) -> String {
    format!("{} {} ({})", known.id, known.name, known.period_type)
}

fn find<'a>(
    known: &'a [DataSetSummary],
    wanted: &str,
    args: &InitArgs,
    lines: &[String],
) -> Outcome<&'a DataSetSummary> {
    let found = known.iter().find(|known| {
        known.id.as_str() == wanted
            || known.code.as_deref() == Some(wanted)
            || known.name == *wanted
    });
    found.ok_or_else(|| {
        let names = known.iter().flat_map(|known| {
            [known.id.as_str(), &known.name, known.code.as_deref().unwrap_or_default()]
        });
        let near = did_you_mean(wanted, names);
        let problem = if args.metadata.is_empty() {
            let what = format!("DHIS2 has no data set `{wanted}` that this account may see{near}");
            Problem::server(what)
        } else {
            Problem::usage(format!("the saved metadata describe no data set `{wanted}`{near}"))
                .fact("files", saved::in_lines(&args.metadata))
        };
        problem
            .fact("known", lines.join("\n"))
            .next("correct `--data-set`: an id, a code or the exact name")
    })
}
