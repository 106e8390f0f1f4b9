//! What a person or another program sees: progress, tables, JSON lines, messages.
//!
//! The only room that prints. Standard output carries results; standard error carries progress and messages, so
//! that a pipe gets results alone. A closed pipe ends the output quietly, as it does for `head`.

mod cells;
mod checks;
pub mod explain;
pub mod history;
pub mod indicators;
pub mod init;
pub mod json;
mod plan;
mod progress;
mod quality;
mod report_page;
mod run;
mod screen;

pub use cells::{counted, counted_csv, counted_json};
pub use checks::checks;
pub use plan::plan;
pub use progress::Progress;
pub use quality::{quality, quality_json};
pub use report_page::{Facts, page_of};
pub use run::{Verdicts, run};
pub use screen::Screen;
pub(crate) use screen::{lines, table};
