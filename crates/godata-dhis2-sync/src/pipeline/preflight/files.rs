//! Whether the files that a run needs are there, and can carry what is counted.

use std::collections::BTreeSet;

use super::{Check, Status};
use crate::pipeline::Prepared;
use crate::pipeline::read::needs;
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
        let needed: BTreeSet<_> =
            reports.clone().flat_map(|report| report.engine.sources()).collect();
        for source in needed {
            checks.push(match folder.records(source, &needs(reports.clone(), source)) {
                Ok(file) => Check::good("Records", format!("{source}: {}", file.path.display())),
                Err(problem) => Check::found(
                    Status::Bad,
                    "Records",
                    format!("{source} in {}: {}", folder.path().display(), problem.what()),
                    problem.next_step().unwrap_or_default(),
                ),
            });
        }
    }
    checks
}
