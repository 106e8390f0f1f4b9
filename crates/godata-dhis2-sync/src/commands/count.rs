//! `count`: the cells, from files or from Go.Data, with no DHIS2.

use chrono::Utc;

use super::Context;
use crate::Exit;
use crate::cli::{Count, Format};
use crate::config::Config;
use crate::pipeline::Work;
use crate::problem::{Outcome, Problem};
use crate::tell::{self, Progress};

pub(super) async fn run(context: &Context, args: &Count) -> Outcome<Exit> {
    let config = Config::load(&context.global.config)?;
    let work =
        Work::open_without_target(config, &args.work.options(), Utc::now().date_naive()).await?;
    let progress = Progress::new(&context.screen, "read");
    let counted = work.count(None, &mut |at| progress.reading(at)).await;
    progress.finish();
    let counted = counted?;
    let format = if context.global.json { Format::Json } else { args.format };
    let text = match format {
        Format::Table => tell::counted(&work.prepared, &counted),
        Format::Json => format!("{}\n", tell::counted_json(&work.prepared, &counted)),
        Format::Csv => tell::counted_csv(&work.prepared, &counted)?,
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
