//! `plan`: every cell that would change, and nothing sent.

use super::Context;
use crate::Exit;
use crate::cli::Plan;
use crate::config::Config;
use crate::pipeline::Work;
use crate::problem::Outcome;
use crate::tell::{self, Progress};

pub(super) async fn run(context: &Context, args: &Plan) -> Outcome<Exit> {
    let config = Config::load(&context.global.config)?;
    let work = Work::open(config, &args.work.options()).await?;
    let progress = Progress::new(&context.screen, "read");
    let counted = work.count(&mut |at| progress.reading(at)).await;
    progress.finish();
    let counted = counted?;
    let planned = work.plan(&counted).await?;
    for (report, planned) in work.prepared.iter().zip(&planned) {
        tell::json::plan(report, planned).iter().for_each(|line| context.screen.emit(line));
    }
    context.screen.emit(&tell::json::counted(&work.prepared, &counted));
    context.screen.say(tell::plan(&work.prepared, &planned, &counted, args.all).trim_end());
    work.close().await;
    Ok(Exit::Done)
}
