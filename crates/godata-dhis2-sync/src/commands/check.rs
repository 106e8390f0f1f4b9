//! `check`: is everything there that a run needs?

use super::Context;
use crate::Exit;
use crate::cli;
use crate::config::Config;
use crate::pipeline::{Status, Work};
use crate::problem::Outcome;
use crate::tell;

pub(super) async fn run(context: &Context, args: &cli::Work) -> Outcome<Exit> {
    let config = Config::load(&context.global.config)?;
    let work = Work::open(config, &args.options()).await?;
    let checks = work.preflight().await?;
    for check in &checks {
        let mut line = serde_json::to_value(check).unwrap_or_default();
        line["type"] = "check".into();
        context.screen.emit(&line);
    }
    context.screen.say(tell::checks(&checks).trim_end());
    work.close().await;
    let worst = checks.iter().map(|check| check.status).max().unwrap_or(Status::Good);
    Ok(if worst == Status::Bad { Exit::Usage } else { Exit::Done })
}
