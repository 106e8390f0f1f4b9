//! How a plan is sent.

use std::num::NonZeroUsize;

/// How a plan is sent. The defaults are the measured ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendOptions {
    pub(super) batch_size: Option<NonZeroUsize>,
    pub(super) dry_run: bool,
    pub(super) verify: bool,
    pub(super) resends: u32,
    pub(super) force: bool,
}

impl Default for SendOptions {
    fn default() -> Self {
        Self { batch_size: None, dry_run: false, verify: true, resends: 3, force: false }
    }
}

impl SendOptions {
    /// Values in one call. Default: [`Capabilities::batch_size`](crate::Capabilities) of the
    /// server's version, 1,000 on 2.43.
    #[must_use]
    pub fn batch_size(mut self, values: NonZeroUsize) -> Self {
        self.batch_size = Some(values);
        self
    }

    /// Lets the server check everything and store nothing.
    #[must_use]
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }

    /// Whether cells are read back after each call. Default: yes. Without it engine B can lose
    /// values in ways that nothing shows; meant for users who may write but not read.
    #[must_use]
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// How often values are sent again that were lost on the way or by the server. Default: 3.
    #[must_use]
    pub fn resends(mut self, resends: u32) -> Self {
        self.resends = resends;
        self
    }

    /// Skips expiry, future, approval and input period checks; only for users with `ALL`.
    #[must_use]
    pub fn force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }
}

/// How far a plan is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendProgress {
    /// What is being done.
    pub stage: SendStage,
    /// Cells with a final verdict.
    pub done: usize,
    /// Cells to send.
    pub total: usize,
    /// Import calls so far.
    pub calls: usize,
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SendStage {
    /// A call is on its way.
    Sending,
    /// Its cells are read back.
    Verifying,
    /// A call was refused as a whole and is being taken apart.
    Splitting,
    /// Waiting before sending again.
    Waiting,
}
