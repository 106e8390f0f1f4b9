//! The DHIS2 half.

mod caller;
mod compare;
mod conformance;
mod demo;
mod faults;
mod not_imitated;
mod recording;
mod replay;
mod versions;
