//! One import: its options, the call, and what the answer says.

mod call;
mod claim;
mod code;
mod options;
mod summary;
#[cfg(test)]
mod tests;

pub use call::ImportResult;
pub(crate) use call::read_summary;
pub use claim::{CallClaim, ValueClaim};
pub use code::{ErrorCode, NotACode, RefusalCategory};
pub use options::{DeletionElement, DeletionScope, ImportOptions, ImportStrategy};
pub use summary::{Conflict, ImportCounts, ImportStatus, ImportSummary};
