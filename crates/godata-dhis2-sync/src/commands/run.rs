//! `run`: plan, send, read back, and write down what was done.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::Path;
use std::pin::pin;

use chrono::{DateTime, Utc};

use super::Context;
use super::schedule::last_success;
use crate::Exit;
use crate::cli::Run;
use crate::config::Config;
use crate::notify::{Alert, Notifier};
use crate::page;
use crate::pipeline::{self, Counted, Journal, Options, PlanFile, Planned, Sent, Whys, Work};
use crate::problem::{Outcome, Problem};
use crate::schedule::{Board, RunEnd};
use crate::stop::{Stop, stop_on_signals};
use crate::tell::{self, Facts, Progress, Verdicts};

pub(super) async fn run(context: &Context, args: &Run) -> Outcome<Exit> {
    let began = Utc::now();
    let config = Config::load(&context.global.config)?;
    let how = How {
        dry_run: args.dry_run,
        accept: args.accept,
        plan: args.plan.as_deref().map(PlanFile::load).transpose()?,
    };
    let unwatched = Unwatched::of(context, &config, args)?;
    let carried = match until_stopped(context, config, &args.work.options(), &how).await {
        Ok(carried) => carried,
        Err(problem) => {
            unwatched.tell(&RunEnd::of(&problem), began).await;
            return Err(problem);
        }
    };
    unwatched.tell(&carried.end(), began).await;
    let work = &carried.work;
    for ((report, planned), sent) in work.prepared.iter().zip(&carried.planned).zip(&carried.sent) {
        tell::json::plan(report, planned).iter().for_each(|line| context.screen.emit(line));
        tell::json::sent(report, &planned.plan, sent)
            .iter()
            .for_each(|line| context.screen.emit(line));
    }
    context.screen.emit(&tell::json::counted(&work.prepared, &carried.counted));
    context.screen.emit(&tell::json::traffic(work));
    context.screen.say(
        tell::plan(&work.prepared, &carried.planned, &carried.whys, &carried.counted, false)
            .trim_end(),
    );
    tell::quality_json(work, &carried.counted).iter().for_each(|line| context.screen.emit(line));
    let odd = tell::quality(work, &carried.counted);
    if !odd.is_empty() {
        context.screen.say(odd.trim_end());
    }
    context.screen.say("");
    context.screen.say(tell::run(&work.prepared, &carried.sent).trim_end());
    if let Some(path) = &args.html {
        write_page(path, &carried.facts())?;
        context.screen.note(format!("report: {}", path.display()));
    }
    let exit = carried.exit();
    carried.work.close().await;
    Ok(exit)
}

/// One run. The first signal lets it finish the call that is out, the second ends it at once.
async fn until_stopped(
    context: &Context,
    config: Config,
    options: &Options,
    how: &How,
) -> Outcome<Carried> {
    let began = Utc::now();
    let (work, stop) = if config.asks_for().is_some() {
        // Whoever is asked for a password leaves with Ctrl-C as from any other prompt: nothing is begun yet.
        (open(config, options, how).await?, stop_on_signals()?)
    } else {
        // From the start on: the first process of a container hears only the signals that it listens to.
        let stop = stop_on_signals()?;
        (stop.unless_asked(open(config, options, how)).await?, stop)
    };
    let run = note_stop(context, &stop, carry_out(context, work, began, how, &stop));
    tokio::select! {
        biased;
        carried = run => carried,
        () = stop.insisted() => Err(cut_short()),
    }
}

/// Does `run`, and says so when it is asked to stop meanwhile.
pub(super) async fn note_stop<T>(
    context: &Context,
    stop: &Stop,
    run: impl Future<Output = T>,
) -> T {
    let mut run = pin!(run);
    tokio::select! {
        biased;
        done = &mut run => return done,
        () = stop.asked() => {}
    }
    context
        .screen
        .note("stopping: the call that is out is finished first; a second signal ends at once");
    run.await
}

/// The end of a run that was not allowed to finish its last call.
pub(super) fn cut_short() -> Problem {
    Problem::new(Exit::Stopped, "the run was cut short by the request to stop")
        .next("nothing to do: the next run reads what DHIS2 holds and settles what was left open")
        .after_sending()
}

/// The people to tell of a run that nobody watches, such as one that cron began.
#[derive(Debug)]
struct Unwatched {
    notifier: Notifier,
    last_success: Option<DateTime<Utc>>,
}

impl Unwatched {
    /// As `[notify]` says; nobody where a person sits at the terminal or nothing is sent.
    fn of(context: &Context, config: &Config, args: &Run) -> Outcome<Self> {
        let watched = args.dry_run || std::io::stderr().is_terminal();
        let notify = config.file.notify.as_ref().filter(|_| !watched);
        let last_success = match notify {
            Some(_) => last_success(config).unwrap_or_else(|problem| {
                // What it is good for is one line of a message: no reason not to run.
                context.screen.problem(&problem);
                None
            }),
            None => None,
        };
        Ok(Self { notifier: Notifier::new(notify, config.folder())?, last_success })
    }

    async fn tell(&self, end: &RunEnd, began: DateTime<Utc>) {
        if let Some(alert) = Alert::of_run(end, began, &Board::new(began, self.last_success)) {
            self.notifier.tell(&alert).await;
        }
    }
}

/// How a run is carried out.
#[derive(Debug, Clone, Default)]
pub struct How {
    /// DHIS2 checks every value and stores none.
    pub dry_run: bool,
    /// Guards warn and do not stop.
    pub accept: bool,
    /// Carries out exactly this plan, or nothing.
    pub plan: Option<PlanFile>,
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
    /// Why it had to, report by report, where an earlier run can be compared with.
    pub whys: Vec<Whys>,
    /// What became of it, report by report.
    pub sent: Vec<Sent>,
    /// What the reader of the figures must know besides, such as guards that were overruled.
    pub warnings: Vec<String>,
    /// When it began.
    pub began: DateTime<Utc>,
}

impl Carried {
    /// The exit code of the run.
    #[must_use]
    pub fn exit(&self) -> Exit {
        Verdicts::of(&self.sent).exit()
    }

    /// The numbers of the run.
    #[must_use]
    pub fn end(&self) -> RunEnd {
        let verdicts = Verdicts::of(&self.sent);
        let cells = [
            ("stored", verdicts.stored),
            ("cleared", verdicts.cleared),
            ("refused", verdicts.refused),
            ("lost", verdicts.lost),
            ("not_sent", verdicts.open),
        ];
        let mut left_out: BTreeMap<String, u64> = BTreeMap::new();
        for line in self.counted.left_out(&self.work.prepared) {
            *left_out.entry(line.reason).or_default() += line.n;
        }
        RunEnd {
            cells: cells.into_iter().map(|(end, n)| (end, n as u64)).collect(),
            left_out,
            ..RunEnd::new(self.exit())
        }
    }

    /// What the HTML report is made of.
    #[must_use]
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            work: &self.work,
            counted: &self.counted,
            planned: &self.planned,
            sent: &self.sent,
            whys: &self.whys,
            warnings: &self.warnings,
            began: self.began,
        }
    }
}

/// Opens the run that is to be carried out.
///
/// # Errors
///
/// As [`Work::open`].
pub async fn open(config: Config, options: &Options, how: &How) -> Outcome<Work> {
    let mut options = options.clone();
    if let Some(plan) = &how.plan {
        options.today.get_or_insert(plan.day);
    }
    Work::open(config, &options).await
}

/// Reads, counts, plans, sends and reads back; every step is in the ledger before the next begins.
///
/// When it is asked to stop it gives up reading; in the middle of sending it finishes the call that is out, reads it
/// back, and ends with outcomes for all values, those that were not sent among them.
///
/// # Errors
///
/// When a stage cannot do its work, a guard stops the run, another run is active, or it was asked to stop before it
/// began to send. A value that DHIS2 refuses is no error but an outcome in [`Carried::sent`].
pub async fn carry_out(
    context: &Context,
    work: Work,
    began: DateTime<Utc>,
    how: &How,
    stop: &Stop,
) -> Outcome<Carried> {
    let mut journal = Journal::begin(&work, began, how.dry_run)?;
    journal.notes().iter().for_each(|note| context.screen.note(note));
    match proceed(context, work, &mut journal, how, began, stop).await {
        Ok(carried) => {
            journal.end(Utc::now(), carried.exit())?;
            Ok(carried)
        }
        Err(problem) => {
            // The reason that stopped the run is worth more to the reader than a ledger that cannot be closed.
            if let Err(error) = journal.end(Utc::now(), problem.exit()) {
                tracing::warn!("the ledger could not be closed: {error}");
            }
            Err(problem)
        }
    }
}

async fn proceed(
    context: &Context,
    work: Work,
    journal: &mut Journal,
    how: &How,
    began: DateTime<Utc>,
    stop: &Stop,
) -> Outcome<Carried> {
    let narrowed = stop.unless_asked(work.gate(how.accept)).await?;
    let mut trace = journal.trace(&work);
    let progress = Progress::new(&context.screen, "read");
    let mut reading = |at| progress.reading(at);
    let counted = stop.unless_asked(work.count(Some(&mut trace), &mut reading)).await;
    progress.finish();
    let counted = counted?;
    let mut warnings = counted.drift();
    warnings.extend(narrowed);
    warnings.extend(
        journal
            .counted(&work, &counted, how.accept || how.dry_run)?
            .iter()
            .map(ToString::to_string),
    );
    warnings.iter().for_each(|warning| context.screen.note(format!("warning: {warning}")));
    let planned = stop.unless_asked(work.plan(&counted)).await?;
    if let Some(plan) = &how.plan {
        plan.must_be(&PlanFile::new(&work, &planned))?;
    }
    let whys = work
        .prepared
        .iter()
        .enumerate()
        .map(|(n, report)| journal.why(report, n, &trace))
        .collect::<Outcome<Vec<_>>>()?;
    let mut sent = Vec::new();
    for (prepared, planned) in work.prepared.iter().zip(&planned) {
        journal.intend(prepared, planned)?;
        let progress = Progress::new(&context.screen, "send");
        let one = pipeline::send(
            &work.config,
            work.target()?,
            prepared,
            planned,
            how.dry_run,
            stop,
            &mut |at| {
                progress.at(at.done, at.total, &prepared.name);
            },
        )
        .await;
        progress.finish();
        let one = one?;
        journal.sent(planned, &one)?;
        sent.push(one);
    }
    if !how.dry_run {
        journal.remember(&work.prepared, &sent, &trace)?;
    }
    Ok(Carried { work, counted, planned, whys, sent, warnings, began })
}

/// Writes the HTML report of a run or a plan.
///
/// # Errors
///
/// When the file cannot be written.
pub fn write_page(path: &Path, facts: &Facts<'_>) -> Outcome<()> {
    let html = page::render(&tell::page_of(*facts), None).map_err(|error| {
        Problem::new(Exit::Bug, "the report cannot be put together").because(error).after_sending()
    })?;
    std::fs::write(path, html).map_err(|error| {
        Problem::usage("the report cannot be written")
            .fact("file", path.display().to_string())
            .because(error)
            .after_sending()
    })
}
