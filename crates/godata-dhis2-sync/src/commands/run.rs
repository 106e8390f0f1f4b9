//! `run`: plan, send, read back.

use super::Context;
use crate::Exit;
use crate::cli::Run;
use crate::config::Config;
use crate::pipeline::{self, Counted, Options, Planned, Sent, Work};
use crate::problem::Outcome;
use crate::tell::{self, Progress, Verdicts};

pub(super) async fn run(context: &Context, args: &Run) -> Outcome<Exit> {
    let config = Config::load(&context.global.config)?;
    let carried = carry_out(context, config, &args.work.options(), args.dry_run).await?;
    let work = &carried.work;
    for ((report, planned), sent) in work.prepared.iter().zip(&carried.planned).zip(&carried.sent) {
        tell::json::plan(report, planned).iter().for_each(|line| context.screen.emit(line));
        tell::json::sent(report, &planned.plan, sent)
            .iter()
            .for_each(|line| context.screen.emit(line));
    }
    context.screen.emit(&tell::json::counted(&work.prepared, &carried.counted));
    context
        .screen
        .say(tell::plan(&work.prepared, &carried.planned, &carried.counted, false).trim_end());
    context.screen.say("");
    context.screen.say(tell::run(&work.prepared, &carried.sent).trim_end());
    let exit = Verdicts::of(&carried.sent).exit();
    carried.work.close().await;
    Ok(exit)
}

/// A run that was carried out, with everything there is to tell about it.
#[derive(Debug)]
pub struct Carried {
    /// What it worked with.
    pub work: Work,
    /// What was counted.
    pub counted: Counted,
    /// What had to change, report by report.
    pub planned: Vec<Planned>,
    /// What became of it, report by report.
    pub sent: Vec<Sent>,
}

/// Reads, counts, plans, sends and reads back.
///
/// # Errors
///
/// When a stage cannot do its work. A value that DHIS2 refuses is no error but an outcome in [`Carried::sent`].
pub async fn carry_out(
    context: &Context,
    config: Config,
    options: &Options,
    dry_run: bool,
) -> Outcome<Carried> {
    let work = Work::open(config, options).await?;
    let progress = Progress::new(&context.screen, "read");
    let counted = work.count(&mut |at| progress.reading(at)).await;
    progress.finish();
    let counted = counted?;
    let planned = work.plan(&counted).await?;
    let mut sent = Vec::new();
    for (prepared, planned) in work.prepared.iter().zip(&planned) {
        let progress = Progress::new(&context.screen, "send");
        let one =
            pipeline::send(&work.config, work.target()?, prepared, planned, dry_run, &mut |at| {
                progress.at(at.done, at.total, &prepared.name);
            })
            .await;
        progress.finish();
        sent.push(one?);
    }
    Ok(Carried { work, counted, planned, sent })
}
