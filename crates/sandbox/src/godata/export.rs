//! Background exports.

use std::collections::BTreeMap;

use super::doc::Object;

/// The exports that were started, by id.
#[derive(Debug, Default)]
pub(super) struct Exports {
    jobs: BTreeMap<String, Job>,
}

/// One export.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) user_id: String,
    /// What a poll answers, complete from the start.
    pub(super) log: Object,
    /// Polls that still find the job at work.
    pub(super) n_polls_left: usize,
    /// The file, until it is downloaded.
    pub(super) file: Option<Vec<u8>>,
}

impl Exports {
    pub(super) fn add(&mut self, id: String, job: Job) {
        self.jobs.insert(id, job);
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Job> {
        self.jobs.get_mut(id)
    }
}
