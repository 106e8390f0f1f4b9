//! `plan`: every cell that would change and why, and nothing sent.

use chrono::Utc;

use super::Context;
use super::run::write_page;
use crate::Exit;
use crate::cli::Plan;
use crate::config::Config;
use crate::ledger::Ledger;
use crate::pipeline::{Input, PlanFile, Trace, Whys, Work, why_since};
use crate::problem::Outcome;
use crate::tell::{self, Facts, Progress};

pub(super) async fn run(context: &Context, args: &Plan) -> Outcome<Exit> {
    let began = Utc::now();
    let config = Config::load(&context.global.config)?;
    let work = Work::open(config, &args.work.options()).await?;
    // Only a ledger that is there can say what an earlier run saw; a plan makes none.
    let ledger = Ledger::open_existing(&work.config.ledger_path()).ok();
    let mut trace = ledger.as_ref().map(|ledger| {
        Trace::new(&ledger.key(), &work.prepared, matches!(work.input, Input::Server(_)))
    });
    let progress = Progress::new(&context.screen, "read");
    let counted = work.count(trace.as_mut(), &mut |at| progress.reading(at)).await;
    progress.finish();
    let counted = counted?;
    counted.drift().iter().for_each(|warning| context.screen.note(format!("warning: {warning}")));
    let planned = work.plan(&counted).await?;
    let whys: Vec<Whys> = match (&ledger, &trace) {
        (Some(ledger), Some(trace)) => work
            .prepared
            .iter()
            .enumerate()
            .map(|(n, report)| why_since(ledger, &work.config, report, n, trace))
            .collect::<Outcome<_>>()?,
        _ => Vec::new(),
    };
    for (report, planned) in work.prepared.iter().zip(&planned) {
        tell::json::plan(report, planned).iter().for_each(|line| context.screen.emit(line));
    }
    context.screen.emit(&tell::json::counted(&work.prepared, &counted));
    context.screen.say(tell::plan(&work.prepared, &planned, &whys, &counted, args.all).trim_end());
    tell::quality_json(&work, &counted).iter().for_each(|line| context.screen.emit(line));
    let odd = tell::quality(&work, &counted);
    if !odd.is_empty() {
        context.screen.say(odd.trim_end());
    }
    if let Some(path) = &args.out {
        PlanFile::new(&work, &planned).save(path)?;
        context.screen.note(format!(
            "plan: {}; carry it out with `run --plan {}`",
            path.display(),
            path.display()
        ));
    }
    if let Some(path) = &args.html {
        let facts = Facts {
            work: &work,
            counted: &counted,
            planned: &planned,
            sent: &[],
            whys: &whys,
            warnings: &[],
            began,
        };
        write_page(path, &facts)?;
        context.screen.note(format!("report: {}", path.display()));
    }
    work.close().await;
    Ok(Exit::Done)
}
