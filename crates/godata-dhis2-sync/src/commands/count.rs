//! `count`: the cells, from files or from Go.Data; DHIS2 is asked only for files that it imports.

use chrono::Utc;

use super::Context;
use crate::Exit;
use crate::cli::{Count, Format};
use crate::config::Config;
use crate::pipeline::{Upload, Work};
use crate::problem::{Outcome, Problem};
use crate::tell::{self, Progress};

pub(super) async fn run(context: &Context, args: &Count) -> Outcome<Exit> {
    let config = Config::load(&context.global.config)?;
    let format = if context.global.json { Format::Json } else { args.format };
    let work = match upload(format) {
        None => {
            Work::open_without_target(config, &args.work.options(), Utc::now().date_naive()).await?
        }
        Some(_) if config.file.dhis2.is_none() => {
            return Err(Problem::usage("a file for DHIS2 needs the ids of the data set's category option combinations, which only DHIS2 knows")
                .fact("file", config.path.display().to_string())
                .next("add a [dhis2] section, or write `--format csv` or `json`, which need no server"));
        }
        Some(_) => Work::open(config, &args.work.options()).await?,
    };
    let progress = Progress::new(&context.screen, "read");
    let counted = work.count(None, &mut |at| progress.reading(at)).await;
    progress.finish();
    let counted = counted?;
    let text = match format {
        Format::Table => tell::counted(&work.prepared, &counted),
        Format::Json => format!("{}\n", tell::counted_json(&work.prepared, &counted)),
        Format::Csv => tell::counted_csv(&work.prepared, &counted)?,
        Format::Dxf => Upload::Dxf.write(&work, &counted)?,
        Format::Adx => Upload::Adx.write(&work, &counted)?,
        Format::Dhis2Csv => Upload::Csv.write(&work, &counted)?,
    };
    match &args.out {
        None => context.screen.write(&text),
        Some(path) => {
            std::fs::write(path, text).map_err(|error| {
                Problem::usage("the cells cannot be written")
                    .fact("file", path.display().to_string())
                    .because(error)
            })?;
            context.screen.note(format!("written: {}", path.display()));
        }
    }
    for (source, n) in counted.bad() {
        context
            .screen
            .note(format!("warning: {n} of {source} could not be read and are in no figure"));
    }
    work.close().await;
    Ok(Exit::Done)
}

/// The format of DHIS2's import, if it is one.
fn upload(format: Format) -> Option<Upload> {
    match format {
        Format::Dxf => Some(Upload::Dxf),
        Format::Adx => Some(Upload::Adx),
        Format::Dhis2Csv => Some(Upload::Csv),
        Format::Table | Format::Json | Format::Csv => None,
    }
}
