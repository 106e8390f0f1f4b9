//! Sending a plan so that no cell is lost without a word.

mod options;
mod report;
mod run;
mod split;
#[cfg(test)]
mod tests;
mod verify;

pub use options::{SendOptions, SendProgress, SendStage};
pub use report::{Outcome, Refusal, SendCounts, SendReport, Verdict};
