//! Whether the files that a run needs are there.

use std::collections::BTreeSet;

use super::{Check, Status};
use crate::pipeline::Prepared;
use crate::records::Folder;

pub(super) fn files(folder: &Folder, prepared: &[Prepared]) -> Vec<Check> {
    let mut checks = Vec::new();
    let needed: BTreeSet<_> = prepared.iter().flat_map(|report| report.engine.sources()).collect();
    for source in needed {
        checks.push(if folder.has(source) {
            Check::good("Records", format!("{source}: a file is there"))
        } else {
            Check::found(
                Status::Bad,
                "Records",
                format!("{source}: no file in {}", folder.path().display()),
                format!("put {source}.json or {source}.json.gz there"),
            )
        });
    }
    checks
}
