//! Go.Data and DHIS2 inside this process, answering as the recorded servers do.
//!
//! Three rooms:
//! - [`server`]: a listener on `127.0.0.1`, with faults on demand and a log of every request;
//! - [`godata`]: a Go.Data 2.50.3 with accounts, outbreaks and records;
//! - [`dhis2`]: a DHIS2 with metadata, stored values and import checks.
//!
//! The sandbox depends on no other crate of this workspace. It is a second, independent reading of
//! the recordings; that is why a test against it means something.
//!
//! All people in its data are invented.

pub mod dhis2;
pub mod godata;
pub mod server;
