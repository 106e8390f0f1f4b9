//! `count`: the cells, from files or from Go.Data; DHIS2 is asked only for files that it imports.

use std::path::Path;

use chrono::Utc;

use super::Context;
use crate::Exit;
use crate::cli::{Count, Format};
use crate::config::Config;
use crate::pipeline::{Upload, UploadFiles, Work};
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
    match (upload(format), format) {
        (Some(upload), _) => {
            let data_set = Upload::data_set(&work)?;
            let files = upload.write(data_set, &work.plan(&counted).await?)?;
            hand_over(context, args.out.as_deref(), upload, &files)?;
        }
        (None, Format::Json) => {
            let text = format!("{}\n", tell::counted_json(&work.prepared, &counted));
            write(context, args.out.as_deref(), &text)?;
        }
        (None, Format::Csv) => {
            write(context, args.out.as_deref(), &tell::counted_csv(&work.prepared, &counted)?)?;
        }
        (None, _) => write(context, args.out.as_deref(), &tell::counted(&work.prepared, &counted))?,
    }
    for (source, n) in counted.bad() {
        context
            .screen
            .note(format!("warning: {n} of {source} could not be read and are in no figure"));
    }
    work.close().await;
    Ok(Exit::Done)
}

/// Writes to a file or to standard output.
fn write(context: &Context, path: Option<&Path>, text: &str) -> Outcome<()> {
    let Some(path) = path else {
        context.screen.write(text);
        return Ok(());
    };
    std::fs::write(path, text).map_err(|error| {
        Problem::usage("the cells cannot be written")
            .fact("file", path.display().to_string())
            .because(error)
    })?;
    context.screen.note(format!("written: {}", path.display()));
    Ok(())
}

/// Writes the files for DHIS2's import, and says what to do with them.
fn hand_over(
    context: &Context,
    path: Option<&Path>,
    upload: Upload,
    files: &UploadFiles,
) -> Outcome<()> {
    let say = |text: String| context.screen.note(text);
    write(context, path, &files.values)?;
    say(format!(
        "{} to write; {} unchanged in DHIS2, {} of other users left alone",
        files.n_values, files.n_unchanged, files.n_foreign
    ));
    if files.n_values > 0 {
        say(format!("in DHIS2: Import/Export, Data import, format {}", upload.name()));
    }
    let Some(clears) = &files.clears else { return Ok(()) };
    let Some(path) = path else {
        say(format!(
            "warning: {} to clear not in this output; write to a file with `--out`, and they come as a second one",
            files.n_clears
        ));
        return Ok(());
    };
    // `confirmed.json` and `confirmed.clear.json` stay together in a listing.
    let second = path.with_extension("clear.json");
    write(context, Some(&second), clears)?;
    say(format!(
        "{} to clear, which {} names as deleted; import it, too: Data import, format JSON",
        files.n_clears,
        second.display()
    ));
    Ok(())
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
