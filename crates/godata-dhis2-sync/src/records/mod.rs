//! Records from files: Go.Data's own JSON, one array a file, plain or gzipped.
//!
//! A folder holds one file a record kind, named as the API's routes: `cases.json`, `contacts.json`,
//! `contacts-of-contacts.json`, `events.json`, `follow-ups.json`, `lab-results.json`, `relationships.json` and
//! `locations.json`, each also with `.gz` at its end. JSON exports of Go.Data, with database columns and untranslated
//! values, are read as well.

mod export;
mod folder;
mod split;

pub use folder::{Folder, RecordFile};
