//! The DHIS2 half.

mod caller;
mod compare;
mod conformance;
mod covid19;
mod demo;
mod faults;
mod metadata;
mod not_imitated;
mod reading;
mod recording;
mod replay;
mod versions;
