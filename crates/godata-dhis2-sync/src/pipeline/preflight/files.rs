//! Whether the files that a run needs are there.

use std::collections::BTreeSet;

use super::{Check, Status};
use crate::pipeline::Prepared;
use crate::pipeline::read_for::folders;
use crate::records::Folder;

pub(super) fn files(folder: &Folder, prepared: &[Prepared]) -> Vec<Check> {
    let mut checks = Vec::new();
    let folders = match folders(folder, prepared) {
        Ok(folders) => folders,
        Err(problem) => {
            let remedy = "put the files of each outbreak into a folder of its name";
            return vec![Check::found(Status::Bad, "Records", problem.to_string(), remedy)];
        }
    };
    for (folder, read_for) in folders {
        let reports = read_for.of(prepared);
        let needed: BTreeSet<_> = reports.flat_map(|report| report.engine.sources()).collect();
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
    }
    checks
}
