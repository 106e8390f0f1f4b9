//! `demo`: the main job on a recorded outbreak, three times.

use std::collections::BTreeMap;

use chrono::Utc;

use super::{Carried, Context, How, carry_out, open, write_page};
use crate::Exit;
use crate::cli::Demo;
use crate::demo::Stage;
use crate::pipeline::Options;
use crate::problem::{Outcome, Problem};
use crate::stop::Stop;
use crate::tell::{self, Verdicts};

pub(super) async fn run(context: &Context, args: &Demo) -> Outcome<Exit> {
    let (folder, is_temporary) = match &args.dir {
        Some(folder) => (folder.clone(), false),
        None => (
            std::env::temp_dir().join(format!("godata-dhis2-sync-demo-{}", std::process::id())),
            true,
        ),
    };
    let ended = play(context, args, &folder).await;
    if is_temporary && let Err(error) = std::fs::remove_dir_all(&folder) {
        tracing::debug!("the demo's folder stays: {error}");
    }
    ended
}

async fn play(context: &Context, args: &Demo, folder: &std::path::Path) -> Outcome<Exit> {
    let screen = &context.screen;
    let stage = Stage::set(&args.dhis2_version, folder)?;
    screen.say(format!(
        "Go.Data (sandbox)        {}   outbreak: Coastal respiratory disease 2020",
        stage.godata.url()
    ));
    screen.say(format!(
        "DHIS2 {} (sandbox)     {}   country: Atlantia\n",
        args.dhis2_version,
        stage.dhis2_server.url()
    ));

    screen.say("First run: DHIS2 is empty.");
    let first = once(context, &stage, 1).await?;
    screen.say("\nSecond run: nothing has happened in between.");
    let second = once(context, &stage, 2).await?;
    screen.say("\nA week of work in Go.Data:");
    for line in stage.time_passes() {
        screen.say(format!("  {line}"));
    }
    screen.say("Third run: only what these records touch.");
    let third = once(context, &stage, 3).await?;
    screen.say(
        tell::plan(&third.work.prepared, &third.planned, &third.whys, &third.counted, false)
            .trim_end(),
    );

    screen.say(format!("\n{}", held(&third, [&first, &second, &third]).trim_end()));
    let page = match &args.dir {
        Some(dir) => dir.join("report.html"),
        None => std::env::temp_dir().join("godata-dhis2-sync-demo.html"),
    };
    write_page(&page, &third.facts())?;
    screen.say(format!("\nThe report of the third run: {}", page.display()));
    if args.dir.is_some() {
        screen.say(format!(
            "\nThe configuration of this demo: {}",
            stage.folder.join("sync.toml").display()
        ));
    }
    let ends = [&first, &second, &third].map(|run| Verdicts::of(&run.sent));
    let as_promised = ends[0].stored > 0
        && ends[1] == Verdicts::default()
        && ends[2].stored + ends[2].cleared > 0;
    for carried in [first, second, third] {
        carried.work.close().await;
    }
    if !as_promised {
        return Err(Problem::new(Exit::Bug, "the demo did not end as it should: the second run must change nothing, the third something").after_sending());
    }
    Ok(ends.into_iter().map(Verdicts::exit).max().unwrap_or(Exit::Done))
}

async fn once(context: &Context, stage: &Stage, n: usize) -> Outcome<Carried> {
    let began = Utc::now();
    let how = How::default();
    let work = open(stage.config()?, &Options::default(), &how).await?;
    let carried = carry_out(context, work, began, &how, &Stop::never()).await?;
    let counts = carried.planned.iter().map(|planned| planned.plan.counts());
    let (mut create, mut update, mut clear, mut unchanged) = (0_u64, 0, 0, 0);
    for count in counts {
        create += count.create;
        update += count.update;
        clear += count.clear;
        unchanged += count.unchanged;
    }
    let read: Vec<String> =
        carried.counted.read.iter().map(|(source, n)| format!("{n} {source}")).collect();
    context.screen.say(format!("  read {}; {create} to create, {update} to change, {clear} to clear, {unchanged} unchanged", read.join(", ")));
    for line in tell::run(&carried.work.prepared, &carried.sent).lines() {
        context.screen.say(format!("  {line}"));
    }
    for ((report, planned), sent) in
        carried.work.prepared.iter().zip(&carried.planned).zip(&carried.sent)
    {
        for mut line in tell::json::sent(report, &planned.plan, sent) {
            line["run"] = n.into();
            context.screen.emit(&line);
        }
    }
    Ok(carried)
}

/// What DHIS2 holds now, and what each run changed.
fn held(last: &Carried, runs: [&Carried; 3]) -> String {
    let mut rows = tell::table(
        &["DHIS2 now holds", "cells", "sum", "run 1", "run 2", "run 3"],
        &[1, 2, 3, 4, 5],
    );
    for (n, report) in last.work.prepared.iter().enumerate() {
        let Some(data_set) = &report.data_set else { continue };
        let mut sums: BTreeMap<String, (usize, u64)> = BTreeMap::new();
        for change in last.planned[n].plan.changes() {
            if let Some(value) = change.new() {
                let name = last.planned[n].indicator(&change.cell).unwrap_or_default().to_owned();
                let sum = sums.entry(name).or_default();
                sum.0 += 1;
                sum.1 += value.parse::<u64>().unwrap_or(0);
            }
        }
        for (indicator, (cells, sum)) in sums {
            let changed = runs.map(|run| {
                run.planned[n]
                    .plan
                    .to_send()
                    .filter(|change| {
                        run.planned[n].indicator(&change.cell) == Some(indicator.as_str())
                    })
                    .count()
                    .to_string()
            });
            let [first, second, third] = changed;
            rows.add_row([
                format!("{indicator} ({})", data_set.name),
                cells.to_string(),
                sum.to_string(),
                first,
                second,
                third,
            ]);
        }
    }
    tell::lines(&rows)
}
