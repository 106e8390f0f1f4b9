//! The DHIS2 half.

mod compare;
mod conformance;
mod not_imitated;
mod recording;
mod replay;
