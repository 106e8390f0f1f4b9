//! Records from files: what the API answers, and Go.Data's own exports.
//!
//! A folder holds the files of an outbreak. What a file is follows from its name (the API's routes: `cases`,
//! `lab-results`, `locations` …) or from its fields; JSON and CSV are read, plain, gzipped or in zip archives. Whatever
//! came in goes on as one JSON array of records, as the API would have answered, a stretch at a time.
//!
//! `folder` knows what is there; `part` and `zipped` open it, `content` looks at it; `table` and `stream` make records
//! of it, by `header`, `heading` and `columns`; `shape` makes an exported record look like an answered one, by `labels`.

mod columns;
mod content;
mod folder;
mod header;
mod heading;
mod labels;
mod locations;
mod needs;
mod part;
mod shape;
mod split;
mod stream;
mod table;
mod unfit;
mod unknown;
mod zipped;

pub use folder::{Folder, RecordFile};
pub use needs::Needs;
pub(crate) use part::Part;
