//! `schedule`: `run`, by itself, whenever it is due.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use clap::Args;
use futures_util::FutureExt as _;

use super::run::{cut_short, note_stop};
use super::{Context, How, carry_out, open};
use crate::Exit;
use crate::config::{Config, Schedule};
use crate::ledger::{Ledger, RunState};
use crate::notify::Notifier;
use crate::pipeline::{Options, target_name};
use crate::problem::{Outcome, Problem};
use crate::schedule::{
    Board, Clock as _, Ended, Retry, RunEnd, Service, SystemClock, router, serve,
};
use crate::stop::{Stop, stop_on_signals};
use crate::tell;

/// `schedule`.
#[derive(Debug, Clone, Args)]
pub struct ScheduleArgs {
    /// Runs once at the start, whatever the timetable says
    #[arg(long)]
    pub now: bool,
}

pub(super) async fn run(context: &Context, args: &ScheduleArgs) -> Outcome<Exit> {
    let config = Config::load(&context.global.config)?;
    let schedule = scheduled(&config)?;
    let clock = SystemClock;
    let started = clock.now();
    let last_success = last_success(&config)?;
    let notify = config.file.notify.as_ref();
    let notifier = Notifier::new(notify, config.folder())?;
    let timetable = schedule.timetable();
    let board = Arc::new(Board::new(started, last_success));
    let stop = stop_on_signals()?;
    if schedule.listen != "none" {
        let pages = router(Arc::clone(&board), timetable.clone());
        let address = serve(&schedule.listen, pages, stop.clone()).await?;
        context.screen.note(format!("status page: http://{address}/"));
    }
    let owed_since = if args.now {
        // The last moment before now is then owed, whenever it was.
        Some(DateTime::UNIX_EPOCH)
    } else if schedule.catch_up {
        last_success
    } else {
        None
    };
    context.screen.note(format!("timetable: {}", timetable.in_words()));
    let service = Service {
        timetable,
        retry: Retry::within(schedule.retry_for),
        stop_within: schedule.stop_within,
        owed_since,
        silent_for: notify.map(|notify| notify.silent_for),
    };
    let ended = service
        .keep_running(
            &clock,
            &board,
            &stop,
            async || once(context, &stop).await,
            async |alert| {
                for (channel, delivered) in notifier.tell(&alert).await {
                    board.told(channel, delivered);
                }
            },
        )
        .await;
    match ended {
        Ended::Stopped => Ok(Exit::Done),
        Ended::CutShort => Err(cut_short()),
        Ended::NothingDue => Err(Problem::usage("the timetable has no further moment")
            .fact("key", "schedule.cron")
            .next("write a day that exists, such as `00 23 * * 1` for each Monday at 23:00")),
    }
}

/// The `[schedule]`, with every secret in a place: nobody sits at the terminal when a run is due.
fn scheduled(config: &Config) -> Outcome<Schedule> {
    let file = &config.file;
    let schedule = file.schedule.clone().ok_or_else(|| {
        Problem::usage("the configuration has no [schedule]")
            .fact("file", config.path.display().to_string())
            .next("add [schedule] with for example cron = \"00 23 * * 1\"")
    })?;
    if let Some(key) = config.asks_for() {
        return Err(Problem::usage(format!(
            "{key} is not configured, and nobody can be asked when a scheduled run begins"
        ))
        .fact("file", config.path.display().to_string())
        .next(format!("write {key} = {{ env = \"…\" }} or {{ file = \"…\" }}")));
    }
    Ok(schedule)
}

/// When the last run for this target began that came to its end, also one by hand.
pub(super) fn last_success(config: &Config) -> Outcome<Option<DateTime<Utc>>> {
    let path = config.ledger_path();
    if !path.exists() {
        return Ok(None);
    }
    let target = target_name(config);
    let ledger = Ledger::open_existing(&path)?;
    Ok(ledger
        .runs()?
        .into_iter()
        .filter(|run| !run.start.dry_run && run.start.target == target)
        .filter(|run| matches!(run.state, RunState::Ended { exit_code: 0 | 4, .. }))
        .map(|run| run.start.started)
        .max())
}

/// One run. A bug in it ends the run and not the service.
async fn once(context: &Context, stop: &Stop) -> RunEnd {
    let run = AssertUnwindSafe(note_stop(context, stop, carry(context, stop)));
    let carried = run.catch_unwind().await.unwrap_or_else(|_| {
        Err(Problem::new(Exit::Bug, "a bug in this program ended the run")
            .next("report it with the log of this service")
            .after_sending())
    });
    match carried {
        Ok(end) => end,
        Err(problem) => {
            context.screen.problem(&problem);
            RunEnd::of(&problem)
        }
    }
}

async fn carry(context: &Context, stop: &Stop) -> Outcome<RunEnd> {
    let began = Utc::now();
    // Read anew each time, so that a corrected configuration needs no restart.
    let config = Config::load(&context.global.config)?;
    let how = How::default();
    let work = stop.unless_asked(open(config, &Options::default(), &how)).await?;
    let carried = carry_out(context, work, began, &how, stop).await?;
    let prepared = &carried.work.prepared;
    for ((report, planned), sent) in prepared.iter().zip(&carried.planned).zip(&carried.sent) {
        tell::json::sent(report, &planned.plan, sent)
            .iter()
            .for_each(|line| context.screen.emit(line));
    }
    context.screen.say(tell::run(prepared, &carried.sent).trim_end());
    let end = carried.end();
    carried.work.close().await;
    Ok(end)
}
